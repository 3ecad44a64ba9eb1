"""Uplinks over device routes: who gets what, and what is dropped (sylvia.event.app_uldata)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.events import watch
from thingproof_conformance.suites.sylvia.test_device import update
from thingproof_conformance.suites.sylvia.uplink_steps import (
    DATA_ID,
    TIME,
    arrives,
    copy_of,
    line,
    stays_away,
    transports,
)

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

CREATE, DELETE = "sylvia.device_route.create", "sylvia.device_route.delete"
EVENTS = ("net_uldata", "app_uldata")
MALFORMED: dict[str, Any] = {
    "no_json": b"{",
    "no_object": b"[]",
    "no_time": {"time": None},
    "other_time": {"time": "yesterday"},
    "no_address": {"networkAddr": ""},
    "no_hexadecimal": {"data": "0g"},
    "half_a_byte": {"data": "012"},
    "extension_no_object": {"extension": "x"},
}


@case(CREATE, kind="event", rules=("r1",), events=EVENTS)
@pytest.mark.documented
@transports
def test_create__uplink_arrives(sylvia: SylviaTarget, transport: str) -> None:
    """With a route an uplink reaches the application once, with everything about its device."""
    way = line(sylvia, transport)
    sylvia.new_route(way.estate.device, way.estate.application)
    arrival = arrives(way, data="0A0b", extension={"rssi": -101, "nested": {"a": [1]}})
    expect.matches(DATA_ID, arrival.payload["dataId"], "dataId")
    expect.matches(TIME, arrival.payload["pub"], "pub")
    expect.equal({"rssi": -101, "nested": {"a": [1]}}, arrival.payload["extension"], "extension")
    again = arrives(way, data="")
    expect.different(arrival.payload["dataId"], again.payload["dataId"], "dataId of two uplinks")


@case(CREATE, kind="event", rules=("r1",), events=EVENTS)
@pytest.mark.inferred
@pytest.mark.parametrize("public", [False, True], ids=["private", "public"])
def test_create__address_in_any_case(sylvia: SylviaTarget, public: bool) -> None:
    """A network may write addresses in any case and times with any offset; they arrive in one form."""
    way = line(sylvia, public=public)
    sylvia.new_route(way.estate.device, way.estate.application)
    source = way.application.source("uldata")
    address = way.estate.device.network_addr.upper()
    message = way.network.uplink(address, "0C", time="2024-02-29T14:34:56.789+02:00")
    watch(source, copy_of(way.estate.device, message), others=False)


@case(CREATE, kind="event", rules=("r1",), events=EVENTS)
@pytest.mark.inferred
def test_create__many_in_order(sylvia: SylviaTarget) -> None:
    """Uplinks arrive in the order in which they were handed in, none lost, none twice."""
    way = line(sylvia)
    sylvia.new_route(way.estate.device, way.estate.application)
    source = way.application.source("uldata")
    sent = [way.network.uplink(way.estate.device, f"{number:04x}") for number in range(50)]
    watch(source, *(copy_of(way.estate.device, message) for message in sent), others=False)


@case(CREATE, kind="event", rules=("r1",), events=EVENTS)
@pytest.mark.inferred
def test_create__one_copy_an_application(sylvia: SylviaTarget) -> None:
    """Every application with a route gets its copy under an id of its own, one without gets none."""
    way = line(sylvia)
    unit = way.estate.unit
    others = [sylvia.new_application(unit) for _ in range(2)]
    sides = [way.application, *(sylvia.application_side(application) for application in others)]
    for application in (way.estate.application, others[0]):
        sylvia.new_route(way.estate.device, application)
    sources = [side.source("uldata") for side in sides]
    wish = copy_of(way.estate.device, way.network.uplink(way.estate.device, "0a"))
    copies = [watch(source, wish, others=False)[0] for source in sources[:2]]
    ids = {copy.payload["dataId"] for copy in copies}
    expect.equal(2, len(ids), "ids of two copies")
    expect.equal([], sources[2](), "what the application without a route got")


@case(CREATE, kind="event", rules=("r1",), events=EVENTS)
@pytest.mark.inferred
def test_create__both_kinds_of_route(sylvia: SylviaTarget) -> None:
    """An application with a route from the device and one from its network gets one copy."""
    way = line(sylvia)
    sylvia.new_route(way.estate.device, way.estate.application)
    sylvia.new_network_route(way.estate.network, way.estate.application)
    arrives(way)


@case(DELETE, kind="event", rules=("r1",), events=EVENTS)
@pytest.mark.documented
def test_delete__uplink_stays_away(sylvia: SylviaTarget) -> None:
    """Without a route nothing arrives, with one it does, and when it is gone nothing again."""
    way = line(sylvia)
    stays_away(way)
    route = sylvia.new_route(way.estate.device, way.estate.application)
    arrives(way)
    sylvia.call(DELETE, token=way.estate.owner, path={"routeId": route})
    stays_away(way)


@case(CREATE, kind="event", rules=("r1",), events=EVENTS)
@pytest.mark.documented
def test_create__other_devices_stay_away(sylvia: SylviaTarget) -> None:
    """Only the device of the route is heard: not its neighbours, not addresses nobody has."""
    way = line(sylvia)
    sylvia.new_route(way.estate.device, way.estate.application)
    neighbour = sylvia.new_device(way.estate.network)
    source = way.application.source("uldata")
    for sender in (neighbour, sylvia.names.hex(8)):
        way.network.uplink(sender, "dead")
    message = way.network.uplink(way.estate.device, "0a")
    watch(source, copy_of(way.estate.device, message), others=False)


@case(CREATE, kind="event", rules=("r1",), events=EVENTS)
@pytest.mark.inferred
@pytest.mark.parametrize("spoilt", MALFORMED)
def test_create__malformed_uplink(sylvia: SylviaTarget, spoilt: str) -> None:
    """What is no uplink is dropped without a word; the next one arrives."""
    way = line(sylvia)
    sylvia.new_route(way.estate.device, way.estate.application)
    source = way.application.source("uldata")
    valid = {
        "time": "2024-02-29T12:34:56.789Z",
        "networkAddr": way.estate.device.network_addr,
        "data": "dead",
    }
    change = MALFORMED[spoilt]
    way.network.send("uldata", change if isinstance(change, bytes) else valid | change)
    message = way.network.uplink(way.estate.device, "0a")
    watch(source, copy_of(way.estate.device, message), others=False)


@case("sylvia.device.update", kind="event", rules=("r8",), events=EVENTS)
@pytest.mark.inferred
def test_update__profile_in_uplinks(sylvia: SylviaTarget) -> None:
    """Uplinks carry the profile a device has now."""
    way = line(sylvia)
    sylvia.new_route(way.estate.device, way.estate.application)
    update(sylvia, way.estate.device, profile="Other")
    source = way.application.source("uldata")
    message = way.network.uplink(way.estate.device, "0a")
    watch(source, copy_of(way.estate.device, message, profile="other"), others=False)


@case("sylvia.device.update", kind="event", rules=("r4", "r6"), events=EVENTS)
@pytest.mark.contradictory("sylvia.contra.31")
def test_update__routes_follow(sylvia: SylviaTarget) -> None:
    """Routes follow a device to its new address and network; the old address is nobody's."""
    way = line(sylvia)
    device = way.estate.device
    sylvia.new_route(device, way.estate.application)
    network = sylvia.new_network(way.estate.unit)
    update(sylvia, device, networkId=network.network_id, networkAddr="80bb")
    stays_away(way)
    moved = type(device)(device.device_id, "80bb", device.profile, network, device.unit)
    source = way.application.source("uldata")
    message = sylvia.network_side(network).uplink(moved, "0a")
    watch(source, copy_of(moved, message), others=False)
    [row] = sylvia.listed("device_route", device=device.device_id)
    expect.either(
        "sylvia.contra.31",
        a=lambda: expect.equal((network.code, "80bb"), (row["networkCode"], row["networkAddr"]), "route"),
        b=lambda: expect.equal(device.network_addr, row["networkAddr"], "route"),
    )


@case("sylvia.device.delete", kind="event", rules=("r1",), events=EVENTS)
@pytest.mark.documented
def test_delete__device_is_heard_no_more(sylvia: SylviaTarget) -> None:
    """A deleted device reaches nobody, and a new one under its address has no routes."""
    way = line(sylvia)
    device = way.estate.device
    sylvia.new_route(device, way.estate.application)
    arrives(way)
    sylvia.call("sylvia.device.delete", token=way.estate.owner, path={"deviceId": device.device_id})
    stays_away(way)
    sylvia.new_device(way.estate.network, networkAddr=device.network_addr)
    stays_away(way)
