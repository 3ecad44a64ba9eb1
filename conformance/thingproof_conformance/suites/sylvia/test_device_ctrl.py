"""What a network is told about its devices: the ctrl queue (sylvia.event.net_ctrl)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.events import Expected, watch
from thingproof_conformance.suites.sylvia import bulk_steps
from thingproof_conformance.suites.sylvia.test_device import update

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

CTRL = "sylvia.event.net_ctrl"


def told(operation: str, **new: Any) -> Expected:
    """A message about devices."""
    return Expected(CTRL, about={"operation": operation}, payload={"operation": operation, "new": new})


@case("sylvia.device.create", kind="event", rules=("r6",), events=("net_ctrl",))
@pytest.mark.inferred
@pytest.mark.parametrize("public", [False, True], ids=["private", "public"])
def test_create__tells_the_network(sylvia: SylviaTarget, public: bool) -> None:
    """A new device is told to its network with its address in lower case, and to no other network."""
    unit = sylvia.new_unit()
    network = sylvia.new_network(public=True) if public else sylvia.new_network(unit)
    other = sylvia.network_side(sylvia.new_network(unit))
    source = sylvia.network_side(network).source("ctrl")
    stranger = other.source("ctrl")
    sylvia.new_device(network, unit=unit, networkAddr="80AA")
    [arrival] = watch(source, told("add-device", networkAddr="80aa"), others=False)
    expect.matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", arrival.payload["time"], "time")
    expect.equal([], stranger(), "what another network was told")


@case("sylvia.device.delete", kind="event", events=("net_ctrl",))
@pytest.mark.inferred
def test_delete__tells_the_network(sylvia: SylviaTarget) -> None:
    """A deleted device is told to its network; deleting what is not there tells nothing."""
    device = sylvia.new_device()
    source = sylvia.network_side(device.network).source("ctrl")
    for _ in range(2):
        sylvia.call("sylvia.device.delete", token=device.unit.owner, path={"deviceId": device.device_id})
    watch(source, told("del-device", networkAddr=device.network_addr), others=False)


@case("sylvia.device.update", kind="event", events=("net_ctrl",))
@pytest.mark.inferred
def test_update__tells_both_networks(sylvia: SylviaTarget) -> None:
    """A device that moves leaves the old network and comes to the new one; a new name is no move."""
    device = sylvia.new_device(networkAddr="80aa")
    new = sylvia.new_network(device.unit)
    here, there = (sylvia.network_side(network).source("ctrl") for network in (device.network, new))
    update(sylvia, device, networkId=new.network_id, networkAddr="80BB")
    update(sylvia, device, name="renamed")
    watch(here, told("del-device", networkAddr="80aa"), others=False)
    watch(there, told("add-device", networkAddr="80bb"), others=False)


@case("sylvia.device.update", kind="event", events=("net_ctrl",))
@pytest.mark.inferred
def test_update__tells_a_new_address(sylvia: SylviaTarget) -> None:
    """A device with a new address leaves under the old one and comes back under the new one."""
    device = sylvia.new_device(networkAddr="80aa")
    source = sylvia.network_side(device.network).source("ctrl")
    update(sylvia, device, networkAddr="80bb")
    gone, come = told("del-device", networkAddr="80aa"), told("add-device", networkAddr="80bb")
    watch(source, gone, come, others=False)


def many(sylvia: SylviaTarget, operation: str, word: str, **members: Any) -> None:
    """A call about many addresses is told once, as it was given but in lower case."""
    estate = sylvia.estate()
    source = sylvia.network_side(estate.network).source("ctrl")
    bulk_steps.send(sylvia, operation, estate, **members)
    lower: dict[str, Any] = {
        name: [each.lower() for each in value] if isinstance(value, list) else value.lower()
        for name, value in members.items()
    }
    watch(source, told(word, **lower), others=False)


@case("sylvia.device.bulk", kind="event", events=("net_ctrl",))
@pytest.mark.inferred
def test_bulk__tells_the_network(sylvia: SylviaTarget) -> None:
    """Devices by a list are told as a list."""
    many(sylvia, "sylvia.device.bulk", "add-device-bulk", networkAddrs=["80AA", "80ab"])


@case("sylvia.device.bulk_delete", kind="event", events=("net_ctrl",))
@pytest.mark.inferred
def test_bulk_delete__tells_the_network(sylvia: SylviaTarget) -> None:
    """Devices by a list are told as a list."""
    many(sylvia, "sylvia.device.bulk_delete", "del-device-bulk", networkAddrs=["80AA", "80ab"])


@case("sylvia.device.range", kind="event", events=("net_ctrl",))
@pytest.mark.inferred
def test_range__tells_the_network(sylvia: SylviaTarget) -> None:
    """Devices by a range are told as a range."""
    many(sylvia, "sylvia.device.range", "add-device-range", startAddr="80AA", endAddr="80AF")


@case("sylvia.device.range_delete", kind="event", events=("net_ctrl",))
@pytest.mark.inferred
def test_range_delete__tells_the_network(sylvia: SylviaTarget) -> None:
    """Devices by a range are told as a range."""
    many(sylvia, "sylvia.device.range_delete", "del-device-range", startAddr="80AA", endAddr="80AF")


@case("sylvia.device.create", kind="event", rules=("r15",), events=("net_ctrl",))
@pytest.mark.inferred
def test_create__refused_tells_nothing(sylvia: SylviaTarget) -> None:
    """A device that was not made is not told; the next one is."""
    device = sylvia.new_device(networkAddr="80aa")
    source = sylvia.network_side(device.network).source("ctrl")
    data = {
        "unitId": device.unit.unit_id,
        "networkId": device.network.network_id,
        "networkAddr": "80aa",
    }
    answer = sylvia.call("sylvia.device.create", token=device.unit.owner, json={"data": data}, expect=None)
    expect.refused(answer, "err_broker_network_addr_exist")
    sylvia.new_device(device.network, networkAddr="80bb")
    watch(source, told("add-device", networkAddr="80bb"), others=False)
