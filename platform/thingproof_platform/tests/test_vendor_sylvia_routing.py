"""Uplinks, bindings and the data channel of Sylvia, as effects of a world."""

from __future__ import annotations

import json
from typing import Any

import pytest

from thingproof_platform.core.effects import UnbindQueues
from thingproof_platform.core.events import FrameReceived
from thingproof_platform.tests.sylvia_cloud import HOST
from thingproof_platform.tests.sylvia_plane import APP, NET, UPLINK, Plane, downlink
from thingproof_platform.vendors.sylvia.push import queue_side


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
    assert plane.put(f"{APP}.dldata", downlink(deviceId="x"), owner="gone") == []
    assert plane.put(f"{APP}.uldata", UPLINK, owner=application) == []
