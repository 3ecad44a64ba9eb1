"""Valid calls of the operations on groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


def list(_: GizwitsTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the owner's groups."""
    return Call("gizwits.groups.list", token=standing.owner.token)


def create(_: GizwitsTarget, standing: Standing) -> Call:
    """Make a group."""
    return Call("gizwits.groups.create", token=standing.owner.token, json={"group_name": "valid"})


def delete(_: GizwitsTarget, standing: Standing) -> Call:
    """Drop a fresh group."""
    return Call("gizwits.groups.delete", token=standing.owner.token, path={"id": standing.group()})


def update(_: GizwitsTarget, standing: Standing) -> Call:
    """Rename a fresh group."""
    return Call(
        "gizwits.groups.update",
        token=standing.owner.token,
        path={"id": standing.group()},
        json={"group_name": "other"},
    )


def devices_list(_: GizwitsTarget, standing: Standing) -> Call:
    """List the devices of a fresh group."""
    return Call("gizwits.groups.devices.list", token=standing.owner.token, path={"id": standing.group()})


def devices_add(_: GizwitsTarget, standing: Standing) -> Call:
    """Put the standing device into a fresh group."""
    return Call(
        "gizwits.groups.devices.add",
        token=standing.owner.token,
        path={"id": standing.group()},
        json={"dids": [standing.device.did]},
    )


def devices_remove(_: GizwitsTarget, standing: Standing) -> Call:
    """Take the standing device out of a fresh group."""
    return Call(
        "gizwits.groups.devices.remove",
        token=standing.owner.token,
        path={"id": standing.group(filled=True)},
        json={"dids": [standing.device.did]},
    )


def control(_: GizwitsTarget, standing: Standing) -> Call:
    """Control a fresh group."""
    return Call(
        "gizwits.groups.control",
        token=standing.owner.token,
        path={"id": standing.group(filled=True)},
        json={"attrs": standing.order},
    )
