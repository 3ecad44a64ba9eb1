"""Uplinks, downlinks, results, ctrl messages and bindings of Sylvia, as effects of a world."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from thingproof_platform.core.effects import BindQueues, PublishQueue, UnbindQueues
from thingproof_platform.core.events import FrameReceived
from thingproof_platform.tests.sylvia_cloud import HOST, SylviaCloud
from thingproof_platform.vendors.sylvia.faults_data_plane import DATA_PLANE_FAULTS
from thingproof_platform.vendors.sylvia.push import queue_side

APP, NET = "broker.application.home.home-app", "broker.network.home.home-net"
UPLINK: dict[str, Any] = {"time": "2022-01-13T15:46:09.1+08:00", "networkAddr": "0A0B", "data": "4A"}


class Plane:
    """A cloud with its queues in the test's hand."""

    def __init__(self, **options: Any) -> None:
        self.cloud = SylviaCloud(**options)
        self.effects()

    def effects(self) -> list[Any]:
        """What the servers would have to do now."""
        return self.cloud.world.drain_effects()

    def put(self, name: str, message: Any, owner: str = "") -> list[tuple[str, dict[str, Any]]]:
        """A message arrives on a queue; what is sent for it, by queue."""
        _, kind, _, code, _ = name.split(".")
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        queue_side(self.cloud.world).received(owner or self.cloud.ids[kind][code], name, payload)
        return self.sent()

    def sent(self) -> list[tuple[str, dict[str, Any]]]:
        """What was put into queues since, by queue."""
        found = self.effects()
        return [(each.name, json.loads(each.payload)) for each in found if isinstance(each, PublishQueue)]

    def route_network(self, application: str = "home-app", network: str = "home-net") -> str:
        """A network route; its id."""
        ids = self.cloud.ids
        return self.cloud.create(
            "network_route",
            applicationId=ids["application"][application],
            networkId=ids["network"][network],
        )

    def application(self, code: str, unit: str = "home") -> str:
        """Another application; its id."""
        return self.cloud.create("application", code=code, unitId=self.cloud.ids["unit"][unit], hostUri=HOST)

    def count(self, name: str) -> int:
        """A counter of the world."""
        return self.cloud.world.counters[f"sylvia_{name}"]


@pytest.fixture
def plane() -> Plane:
    """A unit with an application and a network, no routes."""
    return Plane()


def test_an_uplink_in_full(plane: Plane) -> None:
    """Every member, from the row of the device and of the network."""
    device = plane.cloud.device("0a0b", profile="meter")
    plane.route_network()
    plane.effects()
    ((name, message),) = plane.put(f"{NET}.uldata", {**UPLINK, "extension": {"rssi": 1}})
    assert name == f"{APP}.uldata"
    data_id, pub = message.pop("dataId"), message.pop("pub")
    assert message == {
        "time": "2022-01-13T07:46:09.100Z",
        "deviceId": device,
        "networkId": plane.cloud.ids["network"]["home-net"],
        "networkCode": "home-net",
        "networkAddr": "0a0b",
        "isPublic": False,
        "profile": "meter",
        "data": "4a",
        "extension": {"rssi": 1},
    }
    moment, _, letters = data_id.partition("-")
    assert int(moment) == round(plane.cloud.world.clock.now() * 1000)
    assert len(letters) == 12
    assert pub.endswith("Z")


def test_device_routes_first_then_network_routes_each_application_once(plane: Plane) -> None:
    """In this order, whatever order they were made in; every copy has its own dataId."""
    plane.application("second")
    plane.application("third")
    device = plane.cloud.device("0a0b")
    plane.route_network("second")
    plane.route_network("home-app")
    plane.cloud.route(device, "third")
    plane.cloud.route(device, "second")
    plane.effects()
    sent = plane.put(f"{NET}.uldata", UPLINK)
    assert [name.split(".")[3] for name, _ in sent] == ["third", "second", "home-app"]
    assert len({message["dataId"] for _, message in sent}) == 3


def test_routes_that_go_carry_nothing_more(plane: Plane) -> None:
    """Without route the uplink is counted as such, with one again it passes."""
    device = plane.cloud.device("0a0b")
    route = plane.cloud.route(device)
    plane.effects()
    assert len(plane.put(f"{NET}.uldata", UPLINK)) == 1
    plane.cloud.call("device_route.delete", path=route)
    assert plane.put(f"{NET}.uldata", UPLINK) == []
    assert plane.count("uplinks_unrouted") == 1
    plane.cloud.route(device)
    plane.effects()
    assert len(plane.put(f"{NET}.uldata", UPLINK)) == 1


def test_routes_follow_a_device_that_moves(plane: Plane) -> None:
    """Its new address reaches the application, the old one is nobody's; the profile is the present one."""
    device = plane.cloud.device("0a0b", profile="old")
    plane.cloud.route(device)
    plane.cloud.call("device.update", {"networkAddr": "0C0D", "profile": "new"}, path=device)
    plane.effects()
    assert plane.put(f"{NET}.uldata", UPLINK) == []
    assert plane.count("uplinks_unknown_device") == 1
    ((_, message),) = plane.put(f"{NET}.uldata", {**UPLINK, "networkAddr": "0c0d"})
    assert (message["deviceId"], message["profile"]) == (device, "new")


def test_public_networks_serve_many_units(plane: Plane) -> None:
    """The underscore in the name, isPublic true, and each device's own unit gets it."""
    plane.cloud.device("0a0b", network="public")
    plane.cloud.device("0a0c", network="public", unit="abroad")
    plane.route_network("home-app", "public")
    plane.effects()
    public = "broker.network._.public"
    ((name, message),) = plane.put(f"{public}.uldata", UPLINK)
    assert (name, message["isPublic"]) == (f"{APP}.uldata", True)
    assert plane.put(f"{NET}.uldata", UPLINK) == []


@pytest.mark.parametrize("bad", [b"{", {}, {**UPLINK, "data": "0"}, {**UPLINK, "time": "x"}])
def test_a_bad_uplink_changes_nothing(plane: Plane, bad: Any) -> None:
    """No message, no record, no connection; only the counter."""
    device = plane.cloud.device("0a0b")
    plane.route_network()
    plane.effects()
    assert plane.put(f"{NET}.uldata", bad) == []
    _, thing = plane.cloud.world.things.find("sylvia", device)
    assert thing.connection == "offline"
    assert (plane.count("uplinks_invalid"), plane.count("uplinks")) == (1, 0)


def test_an_uplink_is_a_frame_of_a_thing(plane: Plane) -> None:
    """Online once, a record and an event for each."""
    device = plane.cloud.device("0a0b")
    frames: list[bytes] = []
    plane.cloud.world.events.subscribe(FrameReceived, lambda event: frames.append(event.frame))
    for _ in range(2):
        plane.put(f"{NET}.uldata", UPLINK)
    world = plane.cloud.world
    _, thing = world.things.find("sylvia", device)
    assert thing.connection == "online"
    assert [record.kind for record in world.records.of(thing.id)] == ["online", "uplink", "uplink"]
    assert frames == [b"\x4a", b"\x4a"]


def _downlink(**change: Any) -> dict[str, Any]:
    return {"correlationId": "c", "data": "AB", **change}


def test_a_downlink_in_full(plane: Plane) -> None:
    """To the network first, then the response; the buffer shows what went where."""
    device = plane.cloud.device("0a0b")
    plane.effects()
    extension = {"fPort": 2}
    sent = plane.put(f"{APP}.dldata", _downlink(deviceId=device, extension=extension))
    (net, downlink), (app, response) = sent
    assert (net, app) == (f"{NET}.dldata", f"{APP}.dldata-resp")
    data_id = response["dataId"]
    assert response == {"correlationId": "c", "dataId": data_id}
    pub = downlink.pop("pub")
    assert downlink == {
        "dataId": data_id,
        "expiresIn": 86400,
        "networkAddr": "0a0b",
        "data": "ab",
        "extension": extension,
    }
    (row,) = plane.cloud.rows("dldata_buffer")
    assert (row["dataId"], row["applicationCode"], row["deviceId"]) == (data_id, "home-app", device)
    assert row["createdAt"] == pub


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ({"networkCode": "HOME-NET", "networkAddr": "0A0B"}, None),
        ({"networkCode": "home-net", "networkAddr": "0a0c"}, "err_broker_device_not_exist"),
        ({"networkCode": "abroad-net", "networkAddr": "0a0b"}, "err_broker_device_not_exist"),
        ({"networkCode": "public", "networkAddr": "0a0b"}, "err_broker_device_not_exist"),
        ({"networkCode": "nowhere", "networkAddr": "0a0b"}, "err_broker_device_not_exist"),
        ({"deviceId": "nobody"}, "err_broker_device_not_exist"),
        ({}, "err_param"),
        ({"deviceId": ""}, "err_param"),
        ({"deviceId": "x", "data": "0"}, "err_param"),
    ],
)
def test_where_a_downlink_may_go(plane: Plane, address: dict[str, Any], error: str | None) -> None:
    """Code and address name devices of the unit's own networks only; a refusal leaves nothing behind."""
    plane.cloud.device("0a0b")
    plane.cloud.device("0a0b", network="public")
    plane.cloud.device("0a0b", network="abroad-net", unit="abroad")
    plane.effects()
    sent = plane.put(f"{APP}.dldata", _downlink(**address))
    response = sent[-1][1]
    assert response["correlationId"] == "c"
    assert response.get("error") == error
    assert len(sent) == (2 if error is None else 1)
    assert plane.cloud.total("dldata_buffer") == (1 if error is None else 0)
    assert plane.count("downlinks_refused") == (0 if error is None else 1)


def test_a_device_of_a_public_network_is_reached_by_its_id_only_by_its_unit(plane: Plane) -> None:
    """The device's unit decides, not the network's."""
    ours = plane.cloud.device("0a0b", network="public")
    theirs = plane.cloud.device("0a0c", network="public", unit="abroad")
    plane.effects()
    sent = plane.put(f"{APP}.dldata", _downlink(deviceId=ours))
    assert sent[0][0] == "broker.network._.public.dldata"
    ((_, refused),) = plane.put(f"{APP}.dldata", _downlink(deviceId=theirs))
    assert refused["error"] == "err_broker_device_not_exist"


# The rows of the state table downlink_buffer: what happens, what the application hears, whether it is listed.
RESULTS = pytest.mark.parametrize(
    ("statuses", "kept"),
    [([-1], True), ([-1, -2], True), ([0], False), ([-1, 0], False), ([5], False), ([-1, 5], False)],
)


@RESULTS
def test_results_of_a_downlink(plane: Plane, statuses: list[int], kept: bool) -> None:
    """Below 0 it stays, otherwise it goes; the application hears each."""
    device = plane.cloud.device("0a0b")
    plane.effects()
    data_id = plane.put(f"{APP}.dldata", _downlink(deviceId=device))[0][1]["dataId"]
    for status in statuses:
        sent = plane.put(f"{NET}.dldata-result", {"dataId": data_id, "status": status, "message": "m"})
        assert sent == [(f"{APP}.dldata-result", {"dataId": data_id, "status": status, "message": "m"})]
    assert plane.cloud.total("dldata_buffer") == int(kept)
    if not kept:
        assert plane.put(f"{NET}.dldata-result", {"dataId": data_id, "status": 0}) == []
        assert plane.count("results_unknown") == 1


@pytest.mark.parametrize(
    "bad", [b"", {"status": 0}, {"dataId": "x"}, {"dataId": "x", "status": 0, "message": ""}]
)
def test_a_bad_result_is_dropped(plane: Plane, bad: Any) -> None:
    """And counted."""
    assert plane.put(f"{NET}.dldata-result", bad) == []
    assert plane.count("results_invalid") == 1


@pytest.mark.parametrize("gone", ["dldata_buffer", "device", "application", "network", "unit"])
def test_a_buffer_goes_with_what_it_belongs_to(plane: Plane, gone: str) -> None:
    """A later result is dropped, its expiry does nothing."""
    device = plane.cloud.device("0a0b")
    plane.effects()
    network = plane.cloud.ids["network"]["home-net"]
    data_id = plane.put(f"{APP}.dldata", _downlink(deviceId=device))[0][1]["dataId"]
    ids = {**plane.cloud.ids, "dldata_buffer": {"x": data_id}, "device": {"x": device}}
    identifier = ids[gone].get("x") or ids[gone].get("home") or ids[gone][f"home-{gone[:3]}"]
    plane.cloud.call(f"{gone}.delete", path=identifier)
    assert plane.cloud.total("dldata_buffer") == 0
    plane.effects()
    assert plane.put(f"{NET}.dldata-result", {"dataId": data_id, "status": 0}, owner=network) == []
    plane.cloud.world.clock.advance(90_000)
    assert plane.count("buffers_expired") == 0


@pytest.mark.parametrize("dropped", [False, True])
def test_expiry(dropped: bool) -> None:
    """The entry stays listed and its result is still told, unless expired ones are to be dropped."""
    plane = Plane()
    plane.cloud.seed(switches={"expired_buffers_dropped": dropped, "downlink_buffer_lifetime": 60.0})
    device = plane.cloud.device("0a0b")
    plane.effects()
    sent = plane.put(f"{APP}.dldata", _downlink(deviceId=device))
    assert sent[0][1]["expiresIn"] == 60
    plane.cloud.world.clock.advance(59)
    assert plane.cloud.total("dldata_buffer") == 1
    plane.cloud.world.clock.advance(1)
    assert plane.cloud.total("dldata_buffer") == (0 if dropped else 1)
    assert plane.count("buffers_expired") == 1
    told = plane.put(f"{NET}.dldata-result", {"dataId": sent[0][1]["dataId"], "status": 0})
    assert len(told) == (0 if dropped else 1)


def test_a_restart_binds_everything_and_watches_buffers(plane: Plane) -> None:
    """Queues as before, expiry at the moment that was said before."""
    device = plane.cloud.device("0a0b")
    plane.effects()
    plane.put(f"{APP}.dldata", _downlink(deviceId=device))
    plane.cloud.world.clock.advance(86_000)
    plane.cloud.restart()
    bound = {each.owner: each for each in plane.effects() if isinstance(each, BindQueues)}
    ids = plane.cloud.ids
    assert set(bound) == {*ids["application"].values(), *ids["network"].values()}
    application, network = bound[ids["application"]["home-app"]], bound[ids["network"]["public"]]
    assert application.uri == HOST
    assert application.receive == (f"{APP}.dldata",)
    assert application.send == (f"{APP}.uldata", f"{APP}.dldata-resp", f"{APP}.dldata-result")
    public = "broker.network._.public"
    assert network.receive == (f"{public}.uldata", f"{public}.dldata-result")
    assert network.send == (f"{public}.dldata", f"{public}.ctrl")
    plane.cloud.world.clock.advance(401)
    assert plane.count("buffers_expired") == 1


# The rows of the state table queue_binding.
@pytest.mark.parametrize("tag", ["application", "network"])
def test_binding_follows_the_host_uri(plane: Plane, tag: str) -> None:
    """Another URI binds there, an equal one does nothing, deletion lets go; so does deleting the unit."""
    identifier = plane.cloud.ids[tag][f"home-{tag[:3]}"]
    plane.cloud.call(f"{tag}.update", {"hostUri": "amqp://Other.Test/v"}, path=identifier)
    (moved,) = plane.effects()
    assert (moved.owner, moved.uri) == (identifier, "amqp://other.test/v")
    plane.cloud.call(f"{tag}.update", {"hostUri": "AMQP://OTHER.TEST/v"}, path=identifier)
    assert plane.effects() == []
    plane.cloud.call(f"{tag}.delete", path=identifier)
    assert plane.effects() == [UnbindQueues("sylvia", identifier)]
    plane.cloud.call("unit.delete", path=plane.cloud.ids["unit"]["abroad"])
    gone = {each.owner for each in plane.effects() if isinstance(each, UnbindQueues)}
    assert gone == {plane.cloud.ids["application"]["abroad-app"], plane.cloud.ids["network"]["abroad-net"]}


def test_a_reset_lets_go_of_every_queue(plane: Plane) -> None:
    """And of the data channel."""
    plane.cloud.seed(switches={"data_channel": HOST})
    plane.put(f"{NET}.uldata", UPLINK)
    plane.cloud.world.reset()
    gone = {each.owner for each in plane.effects() if isinstance(each, UnbindQueues)}
    assert gone == {
        *plane.cloud.ids["application"].values(),
        *plane.cloud.ids["network"].values(),
        "broker.data",
    }


def test_the_data_channel(plane: Plane) -> None:
    """Members of each kind; an unknown device is told there and nowhere else."""
    plane.cloud.seed(switches={"data_channel": HOST})
    queue_side(plane.cloud.world).received(
        plane.cloud.ids["network"]["public"], "broker.network._.public.uldata", json.dumps(UPLINK).encode()
    )
    bind, published = plane.effects()
    assert (bind.owner, bind.receive, bind.send) == ("broker.data", (), ("broker.data",))
    message = json.loads(published.payload)
    data_id, proc = message["data"].pop("dataId"), message["data"].pop("proc")
    assert data_id
    assert proc
    assert message == {
        "kind": "network-uldata",
        "data": {
            "unitCode": None,
            "networkCode": "public",
            "networkAddr": "0a0b",
            "time": "2022-01-13T07:46:09.100Z",
            "data": "4a",
        },
    }
    device = plane.cloud.device("0a0b", profile="p")
    plane.cloud.route(device)
    plane.effects()
    sent = plane.put(f"{NET}.uldata", UPLINK)
    assert [name for name, _ in sent] == ["broker.data", f"{APP}.uldata", "broker.data"]
    assert sent[0][1]["data"]["unitId"] == plane.cloud.ids["unit"]["home"]
    assert sent[2][1]["kind"] == "application-uldata"
    assert sent[2][1]["data"]["dataId"] == sent[1][1]["dataId"]
    assert list(sent[2][1]["data"]) == [
        "dataId",
        "proc",
        "pub",
        "unitCode",
        "networkCode",
        "networkAddr",
        "unitId",
        "deviceId",
        "time",
        "profile",
        "data",
    ]
    plane.cloud.seed(switches={"data_channel": ""})
    assert [name for name, _ in plane.put(f"{NET}.uldata", UPLINK)] == [f"{APP}.uldata"]


def test_messages_for_nobody_are_dropped(plane: Plane) -> None:
    """A queue whose owner has just been deleted, or a kind that is only sent."""
    application = plane.cloud.ids["application"]["home-app"]
    assert plane.put(f"{APP}.dldata", _downlink(deviceId="x"), owner="gone") == []
    assert plane.put(f"{APP}.uldata", UPLINK, owner=application) == []


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Ids are drawn from the world's source; everything else is what was sent."""

    def history() -> list[Any]:
        plane = Plane(seed=7)
        device = plane.cloud.device("0a0b")
        plane.route_network()
        sent = [*plane.put(f"{NET}.uldata", UPLINK), *plane.put(f"{APP}.dldata", _downlink(deviceId=device))]
        return [json.dumps(message) for _, message in sent]

    assert history() == history()


def _history(plane: Plane) -> list[Any]:
    """One of everything a defect of the data plane can spoil."""
    cloud = plane.cloud
    first = cloud.device("0a0b", profile="meter")
    last = cloud.device("0a0c")
    cloud.device("0a0b", network="public")
    foreign = cloud.device("0a0b", network="abroad-net", unit="abroad")
    plane.application("second")
    cloud.route(first)
    plane.route_network("second")
    plane.route_network()
    cloud.seed(switches={"data_channel": HOST, "instance_channel": HOST})
    told: list[Any] = [plane.sent()]
    told.append(plane.put(f"{NET}.uldata", {**UPLINK, "extension": {"a": 1}}))
    told.append(plane.put(f"{NET}.uldata", {**UPLINK, "networkAddr": "0a0c"}))
    for message in (
        _downlink(deviceId=first, extension={"a": 1}),
        _downlink(deviceId=foreign),
        _downlink(networkCode="public", networkAddr="0a0b"),
        b"{",
    ):
        told.append(plane.put(f"{APP}.dldata", message))
        told.append(plane.cloud.total("dldata_buffer"))
    accepted = [message["dataId"] for name, message in told[3] if name == f"{NET}.dldata"] or [
        row["dataId"] for row in plane.cloud.rows("dldata_buffer")
    ]
    for status in (-1, 0):
        data_id = accepted[0] if accepted else "none"
        told.append(plane.put(f"{NET}.dldata-result", {"dataId": data_id, "status": status}))
        told.append(plane.cloud.total("dldata_buffer"))
    network = cloud.ids["network"]["home-net"]
    cloud.call("network.update", {"hostUri": "mqtt://other.test"}, path=network)
    told.append([(type(each).__name__, each.owner == network) for each in plane.effects()])
    cloud.call("network.delete", path=network)
    told.append([(type(each).__name__, each.owner == network) for each in plane.effects()])
    assert last
    return told


def _comparable(told: list[Any]) -> str:
    """The history with each id named by its first place: what was drawn is no difference."""
    names: dict[str, str] = {}
    return re.sub(
        r'"\d{13}-\w{12}"', lambda found: names.setdefault(found[0], f"id {len(names)}"), json.dumps(told)
    )


@pytest.mark.parametrize("fault", [definition.name for definition in DATA_PLANE_FAULTS])
def test_every_defect_shows(fault: str) -> None:
    """A history with the defect differs from the clean one of the same seed."""
    clean, spoilt = Plane(), Plane()
    spoilt.cloud.world.faults.enable(fault)
    assert _comparable(_history(clean)) != _comparable(_history(spoilt))
