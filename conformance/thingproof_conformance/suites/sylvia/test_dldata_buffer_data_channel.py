"""Copies of all data for a data module (sylvia.event.data_channel), where a broker is told a data channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, wallclock
from thingproof_conformance.cases import case
from thingproof_conformance.events import watch
from thingproof_conformance.suites.sylvia.uplink_steps import Line, line, transports

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget
    from thingproof_conformance.vendors.sylvia.queues import DataSide

LIST = "sylvia.dldata_buffer.list"
EVENTS = ("data_channel",)
PATIENCE_S = 5.0


def listening(sylvia: SylviaTarget, transport: str = "mqtt") -> tuple[Line, DataSide]:
    """A line, and the data module's end of a data channel that was told to the broker."""
    uri = sylvia.host_uri(transport)
    way, module = line(sylvia, transport), sylvia.data_side(uri)
    sylvia.control.seed("sylvia", {"switches": {"data_channel": uri}})
    sylvia.close_later(lambda: sylvia.control.seed("sylvia", {"switches": {"data_channel": ""}}))
    return way, module


def copies(module: DataSide, address: str, data: str) -> dict[str, list[dict[str, Any]]]:
    """Kind -> copies of data of an address that arrived so far."""
    found: dict[str, list[dict[str, Any]]] = {}
    for message in module.messages("data"):
        body = message["data"]
        if body.get("networkAddr") == address and body.get("data") == data:
            found.setdefault(message["kind"], []).append(body)
    return found


def results(module: DataSide, data_id: str) -> dict[str, list[int]]:
    """Kind -> status of the results of a downlink that arrived so far."""
    found: dict[str, list[int]] = {}
    for message in module.messages("data"):
        body = message["data"]
        if message["kind"].endswith("-result") and body.get("dataId") == data_id:
            found.setdefault(message["kind"], []).append(body["status"])
    return found


@case(LIST, kind="event", events=EVENTS, needs=("seed",))
@pytest.mark.inferred
@transports
def test_list__uplinks_are_copied(sylvia: SylviaTarget, transport: str) -> None:
    """One copy of what the network handed in, and one of each message to an application, under its dataId."""
    way, module = listening(sylvia, transport)
    device = way.estate.device
    others = [sylvia.new_application(way.estate.unit) for _ in range(2)]
    for application in (way.estate.application, others[0]):
        sylvia.new_route(device, application)
    way.network.uplink(device, "0A0b")
    [copy] = way.application.wait("uldata")
    address = device.network_addr
    whole = {"network-uldata": 1, "application-uldata": 2}

    def counts() -> dict[str, int]:
        return {kind: len(rows) for kind, rows in copies(module, address, "0a0b").items()}

    wallclock.wait_until(lambda: counts() == whole, PATIENCE_S)
    expect.equal(whole, counts(), "copies of the uplink")
    ids = [row["dataId"] for row in copies(module, address, "0a0b")["application-uldata"]]
    expect.contains(copy["dataId"], ids, "the dataId the application got")
    expect.equal(2, len(set(ids)), "dataIds of the copies")
    unit, network = way.estate.unit, way.estate.network
    place = {"unitCode": unit.code, "unitId": unit.unit_id, "networkCode": network.code}
    wanted = {**place, "deviceId": device.device_id, "time": copy["time"], "profile": copy["profile"]}
    for kind, rows in copies(module, address, "0a0b").items():
        for row in rows:
            expect.equal(wanted, {name: row.get(name) for name in wanted}, f"members of {kind}")


@case(LIST, kind="event", events=EVENTS, needs=("seed",))
@pytest.mark.inferred
def test_list__unknown_devices_are_copied(sylvia: SylviaTarget) -> None:
    """Of an uplink nobody gets only the network's copy is made."""
    way, module = listening(sylvia)
    address = sylvia.names.hex(8)
    way.network.uplink(address, "0c")
    wallclock.wait_until(lambda: bool(copies(module, address, "0c")), PATIENCE_S)
    watch(way.application.source("uldata"))
    kinds = {kind: len(rows) for kind, rows in copies(module, address, "0c").items()}
    expect.equal({"network-uldata": 1}, kinds, "copies of the uplink")


@case(LIST, kind="event", events=(*EVENTS, "net_dldata", "app_dldata_result"), needs=("seed",))
@pytest.mark.inferred
def test_list__downlinks_are_copied(sylvia: SylviaTarget) -> None:
    """Copies of a downlink as it came and as it went on, and of each word about it."""
    way, module = listening(sylvia)
    device = way.estate.device
    members = {"networkCode": way.estate.network.code, "networkAddr": device.network_addr}
    data_id = way.application.downlink(**members, data="0D")["dataId"]
    way.network.result(data_id, -1)
    way.network.result(data_id, 0)
    told = {"network-dldata-result": [-1, 0], "application-dldata-result": [-1, 0]}
    wallclock.wait_until(lambda: results(module, data_id) == told, PATIENCE_S)
    expect.equal(told, results(module, data_id), "copies of the results")
    found = copies(module, device.network_addr, "0d")
    expect.equal({"application-dldata", "network-dldata"}, set(found), "kinds of copies of the downlink")
    for kind, rows in found.items():
        expect.equal([data_id], [row["dataId"] for row in rows], f"dataIds of {kind}")


@case(LIST, kind="event", events=EVENTS, needs=("seed",))
@pytest.mark.inferred
def test_list__no_data_channel(sylvia: SylviaTarget) -> None:
    """Without a data channel nothing is copied."""
    way = line(sylvia)
    module = sylvia.data_side()
    sylvia.new_route(way.estate.device, way.estate.application)
    data = sylvia.names.hex(16)
    way.network.uplink(way.estate.device, data)
    way.application.wait("uldata")
    expect.equal({}, copies(module, way.estate.device.network_addr, data), "copies of the uplink")
