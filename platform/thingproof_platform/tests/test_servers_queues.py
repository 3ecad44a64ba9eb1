"""Sylvia's queues end to end: the embedded broker over MQTT, and RabbitMQ over AMQP where it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_platform.options import Options
from thingproof_platform.servers.certificates import make_certificates
from thingproof_platform.tests.clients import PlatformThread, platform_thread, wait_until
from thingproof_platform.tests.queue_ends import (
    AMQP_URI,
    AmqpEnd,
    Cable,
    Estate,
    MqttEnd,
    end_at,
    needs_amqp,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

TIME = "2022-01-13T15:46:09+08:00"
UTC = "2022-01-13T07:46:09.000Z"


@pytest.fixture(scope="module")
def cloud() -> Iterator[PlatformThread]:
    """One platform for all."""
    with platform_thread(Options()) as running:
        yield running


@pytest.fixture(params=["mqtt", pytest.param("amqp", marks=needs_amqp)])
def uri(request: pytest.FixtureRequest, cloud: PlatformThread) -> str:
    """The address of a message broker, one for each transport."""
    return AMQP_URI if request.param == "amqp" else str(cloud.info["vendors"]["sylvia"]["mqtt"])


@pytest.fixture
def end(uri: str) -> Iterator[MqttEnd | AmqpEnd]:
    """The application and the network of the unit, in one client."""
    with end_at(uri) as client:
        yield client


@pytest.fixture
def estate(cloud: PlatformThread, uri: str, end: MqttEnd | AmqpEnd) -> Iterator[Estate]:
    """A unit of its own, deleted before its queues are."""
    made = Estate(cloud, uri)
    if isinstance(end, AmqpEnd):
        end.use(*made.names())
    yield made
    made.call("DELETE", f"/unit/{made.unit_id}")


def _uplink(address: str = "0A0b", data: str = "4A", **more: Any) -> dict[str, Any]:
    return {"time": TIME, "networkAddr": address, "data": data, **more}


def test_an_uplink_reaches_the_application(estate: Estate, end: MqttEnd | AmqpEnd) -> None:
    """From the network's queue to the application's, at once after the answers of the API."""
    device = estate.device("0a0B", profile="meter")
    estate.route_network()
    end.receive(estate.app("uldata"))
    end.send(estate.net("uldata"), _uplink(extension={"rssi": -70}))
    (message,) = end.got(estate.app("uldata"))
    assert list(message) == [
        "dataId",
        "time",
        "pub",
        "deviceId",
        "networkId",
        "networkCode",
        "networkAddr",
        "isPublic",
        "profile",
        "data",
        "extension",
    ]
    assert message["time"] == UTC
    assert message["deviceId"] == device
    assert (message["networkAddr"], message["data"]) == ("0a0b", "4a")
    assert (message["isPublic"], message["profile"]) == (False, "meter")
    assert message["extension"] == {"rssi": -70}


def test_a_device_route_and_a_network_route_make_one_copy(estate: Estate, end: MqttEnd | AmqpEnd) -> None:
    """One copy for each application with its own dataId, whatever routes lead to it."""
    other = estate.call("POST", "/application", code="other", unitId=estate.unit_id, hostUri=estate.uri)[
        "applicationId"
    ]
    names = [estate.app(kind, "other") for kind in ("uldata", "dldata", "dldata-resp", "dldata-result")]
    if isinstance(end, AmqpEnd):
        end.use(*names)
    device = estate.device("0a0b")
    estate.route_network()
    estate.route_device(device)
    estate.call("POST", "/device-route", applicationId=other, deviceId=device)
    end.receive(estate.app("uldata"), names[0])
    for number in range(3):
        end.send(estate.net("uldata"), _uplink(data=f"0{number}"))
    ours, theirs = end.got(estate.app("uldata"), 3), end.got(names[0], 3)
    assert [message["data"] for message in ours] == ["00", "01", "02"]
    assert [message["data"] for message in theirs] == ["00", "01", "02"]
    assert len({message["dataId"] for message in (*ours, *theirs)}) == 6


def test_malformed_and_unknown_uplinks_are_counted_and_dropped(
    cloud: PlatformThread, estate: Estate, end: MqttEnd | AmqpEnd
) -> None:
    """What is no uplink goes nowhere and does not come again; the next good one passes."""
    estate.device("0a0b")
    estate.route_network()
    end.receive(estate.app("uldata"))
    before = cloud.counters()
    bad = [b"{", {}, _uplink(data="4"), _uplink(time="yesterday"), _uplink(""), _uplink("0c0d")]
    for message in (*bad, _uplink()):
        end.send(estate.net("uldata"), message)
    assert len(end.got(estate.app("uldata"))) == 1
    after = cloud.counters()

    def grown(name: str) -> int:
        return after.get(name, 0) - before.get(name, 0)

    assert grown("sylvia_uplinks_invalid") == 5
    assert grown("sylvia_uplinks_unknown_device") == 1
    assert grown("queue_received") == 7


def test_a_downlink_waits_in_the_buffer_until_its_result(estate: Estate, end: MqttEnd | AmqpEnd) -> None:
    """Answered, sent to the network, listed; progress keeps it, the final result removes it."""
    device = estate.device("0A0B")
    end.receive(*(estate.app(kind) for kind in ("dldata-resp", "dldata-result")), estate.net("dldata"))
    end.send(
        estate.app("dldata"),
        {"correlationId": "1", "deviceId": device, "data": "AB", "extension": {"fPort": 3}},
    )
    (response,) = end.got(estate.app("dldata-resp"))
    assert response == {"correlationId": "1", "dataId": response["dataId"]}
    (downlink,) = end.got(estate.net("dldata"))
    assert list(downlink) == ["dataId", "pub", "expiresIn", "networkAddr", "data", "extension"]
    assert downlink["dataId"] == response["dataId"]
    assert (downlink["expiresIn"], downlink["networkAddr"], downlink["data"]) == (86400, "0a0b", "ab")
    assert [row["dataId"] for row in estate.buffers()] == [response["dataId"]]
    for status in (-1, 0):
        end.send(
            estate.net("dldata-result"), {"dataId": response["dataId"], "status": status, "message": "m"}
        )
        results = end.got(estate.app("dldata-result"), 1 if status else 2)
        assert results[-1] == {"dataId": response["dataId"], "status": status, "message": "m"}
        assert len(estate.buffers()) == (1 if status else 0)


def test_a_bad_downlink_is_answered(estate: Estate, end: MqttEnd | AmqpEnd) -> None:
    """err_param with the correlation id as far as it can be read; a device of nobody is told as such."""
    end.receive(estate.app("dldata-resp"))
    for message in (
        b"[",
        {"correlationId": "2", "deviceId": "x", "data": "abc"},
        {"correlationId": "3", "data": ""},
        {"correlationId": "4", "deviceId": "x", "data": ""},
    ):
        end.send(estate.app("dldata"), message)
    told = [(row["correlationId"], row["error"]) for row in end.got(estate.app("dldata-resp"), 4)]
    assert told == [
        ("", "err_param"),
        ("2", "err_param"),
        ("3", "err_param"),
        ("4", "err_broker_device_not_exist"),
    ]
    assert estate.buffers() == []


def test_the_network_is_told_which_devices_came_and_went(estate: Estate, end: MqttEnd | AmqpEnd) -> None:
    """One ctrl message for each call, with addresses as they are stored."""
    end.receive(estate.net("ctrl"))
    device = estate.device("AA")
    bulk = {"unitId": estate.unit_id, "networkId": estate.network_id}
    estate.call("POST", "/device/bulk", **bulk, networkAddrs=["BB", "CC"])
    estate.call("POST", "/device/range", **bulk, startAddr="D0", endAddr="D3")
    estate.call("PATCH", f"/device/{device}", networkAddr="EE")
    estate.call("DELETE", f"/device/{device}")
    estate.call("POST", "/device/bulk-delete", **bulk, networkAddrs=["BB", "CC"])
    estate.call("POST", "/device/range-delete", **bulk, startAddr="D0", endAddr="D3")
    messages = end.got(estate.net("ctrl"), 8)
    assert [(message["operation"], message["new"]) for message in messages] == [
        ("add-device", {"networkAddr": "aa"}),
        ("add-device-bulk", {"networkAddrs": ["bb", "cc"]}),
        ("add-device-range", {"startAddr": "d0", "endAddr": "d3"}),
        ("del-device", {"networkAddr": "aa"}),
        ("add-device", {"networkAddr": "ee"}),
        ("del-device", {"networkAddr": "ee"}),
        ("del-device-bulk", {"networkAddrs": ["bb", "cc"]}),
        ("del-device-range", {"startAddr": "d0", "endAddr": "d3"}),
    ]
    assert all(list(message) == ["operation", "time", "new"] for message in messages)


def test_a_thousand_uplinks_keep_their_order(estate: Estate, end: MqttEnd | AmqpEnd) -> None:
    """None is lost, none comes twice, none overtakes."""
    estate.device("0a0b")
    estate.route_network()
    end.receive(estate.app("uldata"))
    end.send_all(estate.net("uldata"), [_uplink(data=f"{number:04x}") for number in range(1000)])
    got = end.got(estate.app("uldata"), 1000)
    assert [message["data"] for message in got] == [f"{number:04x}" for number in range(1000)]


def test_deleting_lets_go_of_the_queues(
    cloud: PlatformThread, estate: Estate, end: MqttEnd | AmqpEnd
) -> None:
    """What is sent to a deleted network is not taken any more; over AMQP it stays in the queue."""
    estate.device("0a0b")
    estate.call("DELETE", f"/network/{estate.network_id}")
    before = cloud.counters()["queue_received"]
    end.send(estate.net("uldata"), _uplink())
    end.receive(estate.app("dldata-resp"))
    end.send(estate.app("dldata"), {"correlationId": "5", "deviceId": "x", "data": ""})
    end.got(estate.app("dldata-resp"))
    assert cloud.counters()["queue_received"] == before + 1
    if isinstance(end, AmqpEnd):
        assert end.depth(estate.net("uldata")) == 1


@pytest.fixture
def cable(uri: str) -> Iterator[Cable]:
    """The way to the message broker, in the test's hand."""
    made = Cable(uri)
    yield made
    made.cut()


def test_queues_move_with_the_host_uri(
    cloud: PlatformThread, estate: Estate, end: MqttEnd | AmqpEnd, cable: Cable
) -> None:
    """After the PATCH everything goes the new way, and nothing the old one."""
    estate.device("0a0b")
    estate.route_network()
    end.receive(estate.app("uldata"))
    for path in (f"/application/{estate.application_id}", f"/network/{estate.network_id}"):
        estate.call("PATCH", path, hostUri=cable.uri)
    end.send(estate.net("uldata"), _uplink(data="01"))
    assert len(end.got(estate.app("uldata"))) == 1
    cable.cut()
    wait_until(lambda: not _bound_everywhere(cloud), "the cut to be noticed")
    end.send(estate.net("uldata"), _uplink(data="02"))
    for path in (f"/application/{estate.application_id}", f"/network/{estate.network_id}"):
        estate.call("PATCH", path, hostUri=estate.uri)
    end.send(estate.net("uldata"), _uplink(data="03"))
    got = [message["data"] for message in end.got(estate.app("uldata"), 3 if _keeps(end) else 2)]
    # A queue keeps what came while nobody listened; a topic of MQTT does not.
    assert got == (["01", "02", "03"] if _keeps(end) else ["01", "03"])


def _keeps(end: MqttEnd | AmqpEnd) -> bool:
    return isinstance(end, AmqpEnd)


def _bound_everywhere(cloud: PlatformThread) -> bool:
    numbers = cloud.counters()
    return numbers["queue_bound"] == numbers["queue_owners"]


def test_queues_behind_tls(cloud: PlatformThread, estate: Estate, end: MqttEnd | AmqpEnd, uri: str) -> None:
    """Addresses of mqtts and amqps, with a certificate the platform trusts."""
    cable = Cable(uri, cloud.platform.certificates.context())
    estate.device("0a0b")
    estate.route_network()
    end.receive(estate.app("uldata"))
    for path in (f"/application/{estate.application_id}", f"/network/{estate.network_id}"):
        estate.call("PATCH", path, hostUri=cable.uri)
    assert cable.uri.startswith(("mqtts:", "amqps:"))
    assert _bound_everywhere(cloud)
    end.send(estate.net("uldata"), _uplink())
    assert len(end.got(estate.app("uldata"))) == 1
    cable.cut()


def test_tls_with_a_certificate_nobody_vouches_for(cloud: PlatformThread, estate: Estate, uri: str) -> None:
    """No queue is bound there, and the API does not mind."""
    cable = Cable(uri, make_certificates("127.0.0.1").context())
    estate.call("PATCH", f"/application/{estate.application_id}", hostUri=cable.uri)
    assert not _bound_everywhere(cloud)
    wait_until(lambda: cloud.counters()["queue_connect_failures"], "the refusal")
    cable.cut()


def test_an_equal_host_uri_moves_nothing(cloud: PlatformThread, estate: Estate) -> None:
    """Another case of scheme and host is the same address: the connection stays."""
    before = cloud.counters()["queue_connects"]
    scheme, _, rest = estate.uri.partition("://")
    estate.call("PATCH", f"/network/{estate.network_id}", hostUri=f"{scheme.upper()}://{rest}")
    assert cloud.counters()["queue_connects"] == before


def test_messages_wait_while_the_broker_is_away(
    cloud: PlatformThread, estate: Estate, end: MqttEnd | AmqpEnd, cable: Cable
) -> None:
    """The application's broker is cut off: uplinks are kept and come in order when it is back."""
    estate.device("0a0b")
    estate.route_network()
    end.receive(estate.app("uldata"))
    estate.call("PATCH", f"/application/{estate.application_id}", hostUri=cable.uri)
    cable.cut()
    wait_until(lambda: not _bound_everywhere(cloud), "the cut to be noticed")
    for number in range(20):
        end.send(estate.net("uldata"), _uplink(data=f"{number:02x}"))
    wait_until(lambda: cloud.counters()["queue_waiting"] >= 20, "the uplinks to wait")
    assert end.of(estate.app("uldata")) == []
    cable.mend()
    got = end.got(estate.app("uldata"), 20)
    assert [message["data"] for message in got] == [f"{number:02x}" for number in range(20)]
    assert cloud.counters()["queue_dropped"] == 0


def test_waiting_messages_move_along(
    cloud: PlatformThread, estate: Estate, end: MqttEnd | AmqpEnd, cable: Cable
) -> None:
    """What waits for a broker that is away goes to the new one."""
    estate.device("0a0b")
    estate.route_network()
    end.receive(estate.app("uldata"))
    estate.call("PATCH", f"/application/{estate.application_id}", hostUri=cable.uri)
    cable.cut()
    wait_until(lambda: not _bound_everywhere(cloud), "the cut to be noticed")
    end.send(estate.net("uldata"), _uplink(data="07"))
    wait_until(lambda: cloud.counters()["queue_waiting"] >= 1, "the uplink to wait")
    estate.call("PATCH", f"/application/{estate.application_id}", hostUri=estate.uri)
    assert [message["data"] for message in end.got(estate.app("uldata"))] == ["07"]


def test_the_data_channel_gets_a_copy_of_everything(
    cloud: PlatformThread, estate: Estate, end: MqttEnd | AmqpEnd
) -> None:
    """Six kinds on broker.data, on the broker the switch names, as long as it names one."""
    device = estate.device("0a0b", profile="meter")
    estate.route_network()
    if isinstance(end, AmqpEnd):
        end.use("broker.data")
    end.receive("broker.data", estate.app("dldata-resp"))
    cloud.control("POST", "/seed/sylvia", {"switches": {"data_channel": estate.uri}})
    try:
        end.send(estate.net("uldata"), _uplink())
        end.send(estate.app("dldata"), {"correlationId": "6", "deviceId": device, "data": "ab"})
        data_id = end.got(estate.app("dldata-resp"))[0]["dataId"]
        end.send(estate.net("dldata-result"), {"dataId": data_id, "status": 0})
        messages = end.got("broker.data", 6)
    finally:
        cloud.control("POST", "/seed/sylvia", {"switches": {"data_channel": ""}})
    assert [message["kind"] for message in messages] == [
        "network-uldata",
        "application-uldata",
        "application-dldata",
        "network-dldata",
        "network-dldata-result",
        "application-dldata-result",
    ]
    assert messages[0]["data"]["deviceId"] == device
    assert messages[1]["data"]["profile"] == "meter"
    assert messages[3]["data"]["status"] == -1
    assert messages[5]["data"] == {"dataId": data_id, "resp": messages[5]["data"]["resp"], "status": 0}
    end.send(estate.net("uldata"), _uplink())
    end.send(estate.app("dldata"), {"correlationId": "7", "deviceId": device, "data": ""})
    end.got(estate.app("dldata-resp"), 2)
    assert len(end.of("broker.data")) == 6


def test_an_unreachable_host_is_no_error_of_the_api(cloud: PlatformThread, estate: Estate) -> None:
    """The answer comes all the same; the counters tell."""
    before = cloud.counters().get("queue_connect_failures", 0)
    for scheme in ("mqtt", "amqp"):
        estate.call(
            "POST",
            "/application",
            code=f"far-{scheme}",
            unitId=estate.unit_id,
            hostUri=f"{scheme}://127.0.0.1:1",
        )
    wait_until(
        lambda: cloud.counters().get("queue_connect_failures", 0) >= before + 2, "both attempts to fail"
    )
