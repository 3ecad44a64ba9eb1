"""Valid calls of the operations on devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia.standing import Standing
    from thingproof_conformance.vendors.sylvia.target import SylviaTarget


def create(target: SylviaTarget, standing: Standing) -> Call:
    """Make a device."""
    data = {
        "unitId": standing.estate.unit.unit_id,
        "networkId": standing.estate.network.network_id,
        "networkAddr": target.names.hex(8),
        "profile": "valid",
    }
    return Call("sylvia.device.create", token=standing.owner.token, json={"data": data})


def bulk(_: SylviaTarget, standing: Standing) -> Call:
    """Make the devices of some addresses."""
    data = {"unitId": standing.estate.unit.unit_id, **standing.addresses, "profile": "valid"}
    return Call("sylvia.device.bulk", token=standing.owner.token, json={"data": data})


def bulk_delete(target: SylviaTarget, standing: Standing) -> Call:
    """Delete the devices of some addresses that have none."""
    data = {
        "unitId": standing.estate.unit.unit_id,
        **standing.addresses,
        "networkAddrs": [target.names.hex(8)],
    }
    return Call("sylvia.device.bulk_delete", token=standing.owner.token, json={"data": data})


def range(_: SylviaTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """Make the devices of a range."""
    data = {"unitId": standing.estate.unit.unit_id, **standing.range, "profile": "valid"}
    return Call("sylvia.device.range", token=standing.owner.token, json={"data": data})


def range_delete(target: SylviaTarget, standing: Standing) -> Call:
    """Delete the devices of a range that have none."""
    address = target.names.hex(8)
    data = {
        "unitId": standing.estate.unit.unit_id,
        **standing.range,
        "startAddr": address,
        "endAddr": address,
    }
    return Call("sylvia.device.range_delete", token=standing.owner.token, json={"data": data})


def count(_: SylviaTarget, standing: Standing) -> Call:
    """Count the devices of the unit."""
    query = {"unit": standing.estate.unit.unit_id}
    return Call("sylvia.device.count", token=standing.owner.token, query=query)


def list(_: SylviaTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the devices of the unit."""
    query = {"unit": standing.estate.unit.unit_id}
    return Call("sylvia.device.list", token=standing.owner.token, query=query)


def get(_: SylviaTarget, standing: Standing) -> Call:
    """Look at the device."""
    path = {"deviceId": standing.estate.device.device_id}
    return Call("sylvia.device.get", token=standing.owner.token, path=path)


def update(_: SylviaTarget, standing: Standing) -> Call:
    """Rename the device."""
    path = {"deviceId": standing.estate.device.device_id}
    body = {"data": {"name": "valid"}}
    return Call("sylvia.device.update", token=standing.owner.token, path=path, json=body)


def delete(target: SylviaTarget, standing: Standing) -> Call:
    """Delete a fresh device."""
    path = {"deviceId": target.new_device(standing.estate.network).device_id}
    return Call("sylvia.device.delete", token=standing.owner.token, path=path)
