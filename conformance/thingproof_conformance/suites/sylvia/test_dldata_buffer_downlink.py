"""Downlinks: from an application's queue into the buffer, to the network, and how they end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, states
from thingproof_conformance.cases import case
from thingproof_conformance.events import Expected, watch
from thingproof_conformance.suites.sylvia.uplink_steps import DATA_ID, TIME, Line, line, transports

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

LIST, COUNT, DELETE = "sylvia.dldata_buffer.list", "sylvia.dldata_buffer.count", "sylvia.dldata_buffer.delete"
RESULT, TO_NETWORK = "sylvia.event.app_dldata_result", "sylvia.event.net_dldata"
ACCEPTED = ("app_dldata", "app_dldata_resp", "net_dldata")
REPORTED = (*ACCEPTED, "net_dldata_result", "app_dldata_result")
MALFORMED: dict[str, Any] = {
    "no_json": b"{",
    "no_object": b"[]",
    "no_correlation": {"correlationId": None},
    "empty_correlation": {"correlationId": ""},
    "no_hexadecimal": {"data": "0g"},
    "half_a_byte": {"data": "012"},
    "no_receiver": {"deviceId": None},
    "address_only": {"deviceId": None, "networkAddr": "80aa"},
    "extension_no_object": {"extension": "x"},
}


def sent(way: Line, **fields: Any) -> str:
    """A downlink to the line's device that was accepted; gives its dataId."""
    members = fields or {"deviceId": way.estate.device.device_id}
    return str(expect.field(way.application.downlink(**members), "dataId"))


def buffers(sylvia: SylviaTarget, way: Line) -> list[str]:
    """The dataIds of the line's unit that wait in the buffer."""
    return [row["dataId"] for row in sylvia.listed("dldata_buffer", unit=way.estate.unit.unit_id)]


def forwarded(data_id: str, status: int, **more: Any) -> Expected:
    """A result the application is told."""
    payload = {"dataId": data_id, "status": status, **more}
    return Expected(RESULT, about={"dataId": data_id}, payload=payload)


@case(LIST, kind="event", rules=("r1", "r18"), events=ACCEPTED)
@pytest.mark.inferred
@transports
def test_list__waits_in_the_buffer(sylvia: SylviaTarget, transport: str) -> None:
    """A downlink is answered, handed to the network, and listed until its result."""
    way = line(sylvia, transport)
    source = way.network.source("dldata")
    data_id = sent(way, deviceId=way.estate.device.device_id, data="C0De", extension={"fPort": 7})
    expect.matches(DATA_ID, data_id, "dataId")
    payload = {
        "dataId": data_id,
        "networkAddr": way.estate.device.network_addr,
        "data": "c0de",
        "extension": {"fPort": 7},
    }
    about = {"dataId": data_id}
    [arrival] = watch(source, Expected(TO_NETWORK, about=about, payload=payload), others=False)
    expect.matches(TIME, arrival.payload["pub"], "pub")
    [row] = sylvia.listed("dldata_buffer", unit=way.estate.unit.unit_id)
    wanted = {
        "dataId": data_id,
        "unitId": way.estate.unit.unit_id,
        "applicationId": way.estate.application.application_id,
        "applicationCode": way.estate.application.code,
        "deviceId": way.estate.device.device_id,
        "networkId": way.estate.network.network_id,
        "networkAddr": way.estate.device.network_addr,
    }
    expect.equal(wanted, {name: row[name] for name in wanted}, "the buffered downlink")


@case(LIST, kind="event", rules=("r20",), events=ACCEPTED)
@pytest.mark.contradictory("sylvia.contra.23")
def test_list__lifetime(sylvia: SylviaTarget) -> None:
    """A buffered downlink expires as many seconds after its creation as the network was told."""
    way = line(sylvia)
    data_id = sent(way)
    message = way.network.wait("dldata")[0]
    [row] = sylvia.listed("dldata_buffer", unit=way.estate.unit.unit_id)
    expect.equal((data_id, data_id), (message["dataId"], row["dataId"]), "dataId")
    created, expired = (datetime.fromisoformat(row[name]) for name in ("createdAt", "expiredAt"))
    expect.equal(message["expiresIn"], (expired - created).total_seconds(), "seconds until it expires")
    expect.equal(int(created.timestamp() * 1000), int(data_id.partition("-")[0]), "milliseconds of the id")


@case(LIST, kind="event", events=ACCEPTED)
@pytest.mark.inferred
def test_list__by_network_and_address(sylvia: SylviaTarget) -> None:
    """A device of a private network is found by network code and address, in whatever case."""
    way = line(sylvia)
    device = way.estate.device
    code, address = way.estate.network.code.upper(), device.network_addr.upper()
    data_id = sent(way, networkCode=code, networkAddr=address, data="")
    [message] = way.network.wait("dldata")
    told = (message["dataId"], message["networkAddr"], message["data"])
    expect.equal((data_id, device.network_addr, ""), told, "dataId, address, data")


@case(LIST, kind="event", events=ACCEPTED)
@pytest.mark.inferred
def test_list__public_network(sylvia: SylviaTarget) -> None:
    """A device of a public network is found by its id only."""
    way = line(sylvia, public=True)
    device = way.estate.device
    answer = way.application.downlink(networkCode=device.network.code, networkAddr=device.network_addr)
    expect.equal("err_broker_device_not_exist", answer.get("error"), "error")
    data_id = sent(way, deviceId=device.device_id)
    [message] = way.network.wait("dldata")
    expect.equal(data_id, message["dataId"], "dataId")


@case(LIST, kind="event", events=("app_dldata", "app_dldata_resp"))
@pytest.mark.inferred
def test_list__unknown_device(sylvia: SylviaTarget) -> None:
    """A downlink to a device that does not exist, or is another unit's, is refused and not kept."""
    way, foreign = line(sylvia), sylvia.new_device()
    address = {"networkCode": way.estate.network.code, "networkAddr": sylvia.names.hex(8)}
    for members in ({"deviceId": sylvia.names.hex(22)}, {"deviceId": foreign.device_id}, address):
        answer = way.application.downlink(**members)
        expect.equal("err_broker_device_not_exist", answer.get("error"), f"error of {members}")
        expect.lacks("dataId", answer, "dataId")
    watch(way.network.source("dldata"))
    expect.equal([], buffers(sylvia, way), "buffered downlinks")
    expect.equal([], way.network.messages("dldata"), "what the network got")


@case(LIST, kind="event", events=("app_dldata", "app_dldata_resp"))
@pytest.mark.inferred
@pytest.mark.parametrize("spoilt", MALFORMED)
def test_list__malformed_downlink(sylvia: SylviaTarget, spoilt: str) -> None:
    """What is no downlink is answered with err_param and goes nowhere."""
    way = line(sylvia)
    valid = {"correlationId": "c1", "deviceId": way.estate.device.device_id, "data": "dead"}
    change = MALFORMED[spoilt]
    members = (
        {} if isinstance(change, bytes) else {k: v for k, v in (valid | change).items() if v is not None}
    )
    way.application.send("dldata", change if isinstance(change, bytes) else members)
    [answer] = way.application.wait("dldata-resp")
    expect.equal("err_param", answer.get("error"), "error")
    expect.equal(members.get("correlationId", ""), answer["correlationId"], "correlationId")
    expect.equal([], buffers(sylvia, way), "buffered downlinks")
    expect.equal([], way.network.messages("dldata"), "what the network got")


@case(COUNT, kind="event", rules=("r12",), events=ACCEPTED)
@pytest.mark.inferred
def test_count__in_order(sylvia: SylviaTarget) -> None:
    """Downlinks reach the network in the order in which they were sent; all are counted."""
    way = line(sylvia)
    ids = [sent(way, deviceId=way.estate.device.device_id, data=f"{number:02x}") for number in range(10)]
    messages = way.network.wait("dldata", 10)
    expect.equal(ids, [message["dataId"] for message in messages], "dataIds the network got")
    expect.equal([f"{number:02x}" for number in range(10)], [each["data"] for each in messages], "data")
    expect.equal(10, sylvia.counted("dldata_buffer", unit=way.estate.unit.unit_id), "count")


# How they end: the table downlink_buffer.


def ended(sylvia: SylviaTarget, way: Line, data_id: str) -> None:
    """The downlink waits no more, and a further result is told to nobody."""
    expect.equal([], buffers(sylvia, way), "buffered downlinks")
    source = way.application.source("dldata-result")
    way.network.result(data_id, 0)
    watch(source)


def go(sylvia: SylviaTarget, way: Line, step: states.Transition, data_id: str) -> None:
    """Cause a transition of the table and judge what follows."""
    source = way.application.source("dldata-result")
    match step.event:
        case "network dldata-result status < 0":
            way.network.result(data_id, -1, "on its way")
            watch(source, forwarded(data_id, -1, message="on its way"), others=False)
            expect.equal([data_id], buffers(sylvia, way), "buffered downlinks")
        case "status 0":
            way.network.result(data_id, 0)
            watch(source, forwarded(data_id, 0), others=False)
            ended(sylvia, way, data_id)
        case "status > 0":
            way.network.result(data_id, 3, "no acknowledgement")
            watch(source, forwarded(data_id, 3, message="no acknowledgement"), others=False)
            ended(sylvia, way, data_id)
        case "DELETE /dldata-buffer/{dataId}":
            sylvia.call(DELETE, token=way.estate.owner, path={"dataId": data_id}, expect=204)
            ended(sylvia, way, data_id)
        case "expiredAt passes":
            expires(sylvia, way, data_id)
        case _:
            disappears(sylvia, way, data_id)


def expires(sylvia: SylviaTarget, way: Line, data_id: str) -> None:
    """After its time a downlink stays listed, or is dropped; the document leaves it open."""
    control = sylvia.control
    lifetime = way.network.wait("dldata")[0]["expiresIn"]
    control.freeze()
    control.advance(lifetime - 1)
    fresh = sylvia.user_token(sylvia.admin)
    query = {"unit": way.estate.unit.unit_id}

    def listed() -> list[str]:
        rows = sylvia.call(LIST, token=fresh, query=query)["data"]
        return [row["dataId"] for row in rows]

    expect.equal([data_id], listed(), "buffered downlinks a second before")
    control.advance(2)
    expect.either(
        "sylvia.contra.24",
        a=lambda: expect.equal([data_id], listed(), "buffered downlinks after its time"),
        b=lambda: expect.equal([], listed(), "buffered downlinks after its time"),
    )


def disappears(sylvia: SylviaTarget, way: Line, data_id: str) -> None:
    """The buffer goes with the device."""
    device = way.estate.device
    sylvia.call("sylvia.device.delete", token=way.estate.owner, path={"deviceId": device.device_id})
    ended(sylvia, way, data_id)


@case(LIST, kind="state", events=REPORTED, needs=("clock", "seed"))
@pytest.mark.inferred
@states.parametrize("sylvia", "downlink_buffer", start="absent")
def test_list__buffer(sylvia: SylviaTarget, walk: states.Walk) -> None:
    """Every way of a downlink through the buffer."""
    way = line(sylvia)
    data_id = ""
    for step in walk:
        if step.source == "absent":
            data_id = sent(way)
            expect.equal([data_id], buffers(sylvia, way), "buffered downlinks")
        else:
            go(sylvia, way, step, data_id)


@case(LIST, kind="time", rules=("r20",), events=(*ACCEPTED, "dldata_expiry"), needs=("clock", "seed"))
@pytest.mark.contradictory("sylvia.contra.24")
def test_list__expires(sylvia: SylviaTarget) -> None:
    """At expiredAt a downlink is past its time."""
    way = line(sylvia)
    data_id = sent(way)
    expires(sylvia, way, data_id)


@case(DELETE, kind="state", rules=("r1", "r2", "r3"), events=REPORTED)
@pytest.mark.documented
def test_delete__only_this_one(sylvia: SylviaTarget) -> None:
    """The downlink goes from list and count, others stay and still get their results."""
    way = line(sylvia)
    gone, kept = sent(way), sent(way)
    sylvia.call(DELETE, token=way.estate.owner, path={"dataId": gone}, expect=204)
    expect.equal([kept], buffers(sylvia, way), "buffered downlinks")
    expect.equal(1, sylvia.counted("dldata_buffer", unit=way.estate.unit.unit_id), "count")
    source = way.application.source("dldata-result")
    for data_id in (gone, kept):
        way.network.result(data_id, 0)
    watch(source, forwarded(kept, 0), others=False)


@case(LIST, kind="event", events=REPORTED)
@pytest.mark.inferred
@pytest.mark.parametrize("spoilt", [b"{", {}, {"dataId": ""}, {"status": "0"}, {"status": None}], ids=str)
def test_list__malformed_result(sylvia: SylviaTarget, spoilt: Any) -> None:
    """What is no result, or one of nothing, changes nothing and is told to nobody."""
    way = line(sylvia)
    data_id = sent(way)
    source = way.application.source("dldata-result")
    if isinstance(spoilt, bytes):
        way.network.send("dldata-result", spoilt)
    else:
        way.network.send("dldata-result", {"dataId": data_id if spoilt else "unknown", "status": 0, **spoilt})
    way.network.result(data_id, -1)
    watch(source, forwarded(data_id, -1), others=False)
    expect.equal([data_id], buffers(sylvia, way), "buffered downlinks")


def cascade(sylvia: SylviaTarget, operation: str, **path: str) -> None:
    """Delete something a downlink belongs to, as the admin."""
    sylvia.call(operation, token=sylvia.admin, path=path, expect=204)


@case("sylvia.unit.delete", kind="state", rules=("r1",), events=ACCEPTED)
@pytest.mark.contradictory("sylvia.contra.49")
def test_delete__buffers_of_a_unit(sylvia: SylviaTarget) -> None:
    """Buffered downlinks go with their unit."""
    way = line(sylvia)
    sent(way)
    cascade(sylvia, "sylvia.unit.delete", unitId=way.estate.unit.unit_id)
    application = way.estate.application.application_id
    expect.equal([], sylvia.listed("dldata_buffer", application=application), "buffered downlinks")


@case("sylvia.application.delete", kind="state", rules=("r1",), events=ACCEPTED)
@pytest.mark.contradictory("sylvia.contra.49")
def test_delete__buffers_of_an_application(sylvia: SylviaTarget) -> None:
    """Buffered downlinks go with their application."""
    way = line(sylvia)
    sent(way)
    cascade(sylvia, "sylvia.application.delete", applicationId=way.estate.application.application_id)
    expect.equal([], buffers(sylvia, way), "buffered downlinks")


@case("sylvia.network.delete", kind="state", rules=("r1",), events=ACCEPTED)
@pytest.mark.contradictory("sylvia.contra.49")
def test_delete__buffers_of_a_network(sylvia: SylviaTarget) -> None:
    """Buffered downlinks go with their network."""
    way = line(sylvia)
    sent(way)
    cascade(sylvia, "sylvia.network.delete", networkId=way.estate.network.network_id)
    expect.equal([], buffers(sylvia, way), "buffered downlinks")


@case("sylvia.device.delete", kind="state", rules=("r1",), events=ACCEPTED)
@pytest.mark.contradictory("sylvia.contra.49")
def test_delete__buffers_of_a_device(sylvia: SylviaTarget) -> None:
    """Buffered downlinks go with their device, those of another one stay."""
    way = line(sylvia)
    sent(way)
    kept = sent(way, deviceId=sylvia.new_device(way.estate.network).device_id)
    cascade(sylvia, "sylvia.device.delete", deviceId=way.estate.device.device_id)
    expect.equal([kept], buffers(sylvia, way), "buffered downlinks")
