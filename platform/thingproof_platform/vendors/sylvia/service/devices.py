"""Devices that come, move and go, and what their networks are told of it (sylvia.md:755)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.sylvia.service.events import DevicesChanged
from thingproof_platform.vendors.sylvia.service.registry import registry

if TYPE_CHECKING:
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.addresses import Addresses
    from thingproof_platform.vendors.sylvia.service.events import ControlOperation
    from thingproof_platform.vendors.sylvia.service.model import Device, Network, Unit


def create(world: World, unit: Unit, network: Network, address: str, **fields: Any) -> Device:
    """A device at a free address; refuses one that is taken on the network."""
    found = registry(world)
    taken = found.devices.find((network.id, address)) is not None
    if taken and not world.faults.on("duplicate_address_accepted"):
        raise _taken()
    device = found.add_device(unit, network, address, **fields)
    _tell(world, network, "add-device", {"networkAddr": address})
    return device


def create_many(world: World, unit: Unit, network: Network, wanted: Addresses, profile: str) -> None:
    """Devices at the addresses that are free, named after them; the others stay as they are."""
    found, faults = registry(world), world.faults
    for address in wanted.each:
        known = found.devices.find((network.id, address))
        if known is None:
            name = "" if faults.on("bulk_devices_nameless") else address
            found.add_device(unit, network, address, profile=profile, name=name)
        elif faults.on("bulk_overwrites_existing"):
            found.change(found.devices, known, profile=profile, name=address)
        elif faults.on("bulk_refuses_existing"):
            raise _taken()
    operation: ControlOperation = "add-device-bulk" if wanted.kind == "bulk" else "add-device-range"
    _tell(world, network, operation, wanted.sent)


def move(world: World, device: Device, network: Network, address: str, *, named: bool) -> None:
    """Give a device another place; refuses an address that is taken there.

    `named` tells that the change names the address: then even the device's own one is taken
    (sylvia.contra.28, 29).
    """
    found = registry(world)
    holder = found.devices.find((network.id, address))
    free = holder is None or (holder is device and not named)
    if not free and not world.faults.on("duplicate_address_accepted"):
        raise _taken()
    left, leaving = found.networks.get(device.network), device.address
    if (device.network, device.address) == (network.id, address):
        return
    found.move_device(device, network, address)
    if left is not None:
        _tell(world, left, "del-device", {"networkAddr": leaving})
    _tell(world, network, "add-device", {"networkAddr": address})


def delete(world: World, device: Device) -> None:
    """Drop a device with its routes and buffers."""
    found = registry(world)
    network = found.networks.get(device.network)
    found.delete_devices([device])
    if network is not None:
        _tell(world, network, "del-device", {"networkAddr": device.address})


def delete_many(world: World, unit: Unit, network: Network, wanted: Addresses) -> None:
    """Drop the devices of a unit at these addresses; what is not there is skipped."""
    found = registry(world)
    known = (found.devices.find((network.id, address)) for address in wanted.each)
    every = world.faults.on("bulk_deletes_other_units")
    found.delete_devices(
        [device for device in known if device is not None and (every or device.unit == unit.id)]
    )
    operation: ControlOperation = "del-device-bulk" if wanted.kind == "bulk" else "del-device-range"
    _tell(world, network, operation, wanted.sent)


def _tell(world: World, network: Network, operation: ControlOperation, new: dict[str, Any]) -> None:
    world.emit(DevicesChanged(world.clock.now(), network, operation, new))


def _taken() -> Refusal:
    return Refusal(Reason.ADDRESS_TAKEN, "the network address has been used", "networkAddr")
