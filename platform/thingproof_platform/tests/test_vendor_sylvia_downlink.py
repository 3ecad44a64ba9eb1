"""Downlinks, their buffer and results, and every defect of the data plane, as effects of a world."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from thingproof_platform.core.effects import BindQueues
from thingproof_platform.tests.sylvia_cloud import HOST
from thingproof_platform.tests.sylvia_plane import APP, NET, UPLINK, Plane, downlink
from thingproof_platform.vendors.sylvia.faults_data_plane import DATA_PLANE_FAULTS


@pytest.fixture
def plane() -> Plane:
    """A unit with an application and a network, no routes."""
    return Plane()


def test_a_downlink_in_full(plane: Plane) -> None:
    """To the network first, then the response; the buffer shows what went where."""
    device = plane.cloud.device("0a0b")
    plane.effects()
    extension = {"fPort": 2}
    sent = plane.put(f"{APP}.dldata", downlink(deviceId=device, extension=extension))
    (net, told), (app, response) = sent
    assert (net, app) == (f"{NET}.dldata", f"{APP}.dldata-resp")
    data_id = response["dataId"]
    assert response == {"correlationId": "c", "dataId": data_id}
    pub = told.pop("pub")
    assert told == {
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
    sent = plane.put(f"{APP}.dldata", downlink(**address))
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
    sent = plane.put(f"{APP}.dldata", downlink(deviceId=ours))
    assert sent[0][0] == "broker.network._.public.dldata"
    ((_, refused),) = plane.put(f"{APP}.dldata", downlink(deviceId=theirs))
    assert refused["error"] == "err_broker_device_not_exist"


# The rows of the state table downlink_buffer: what happens, what the application hears, whether it is listed.
RESULTS = pytest.mark.parametrize(
    ("statuses", "kept"),
    [([-1], True), ([-1, -2], True), ([0], False), ([-1, 0], False), ([5], False), ([-1, 5], False)],
)


@RESULTS
def test_results_of_adownlink(plane: Plane, statuses: list[int], kept: bool) -> None:
    """Below 0 it stays, otherwise it goes; the application hears each."""
    device = plane.cloud.device("0a0b")
    plane.effects()
    data_id = plane.put(f"{APP}.dldata", downlink(deviceId=device))[0][1]["dataId"]
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
    data_id = plane.put(f"{APP}.dldata", downlink(deviceId=device))[0][1]["dataId"]
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
    sent = plane.put(f"{APP}.dldata", downlink(deviceId=device))
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
    plane.put(f"{APP}.dldata", downlink(deviceId=device))
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


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Ids are drawn from the world's source; everything else is what was sent."""

    def history() -> list[Any]:
        plane = Plane(seed=7)
        device = plane.cloud.device("0a0b")
        plane.route_network()
        sent = [*plane.put(f"{NET}.uldata", UPLINK), *plane.put(f"{APP}.dldata", downlink(deviceId=device))]
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
        downlink(deviceId=first, extension={"a": 1}),
        downlink(deviceId=foreign),
        downlink(networkCode="public", networkAddr="0a0b"),
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
