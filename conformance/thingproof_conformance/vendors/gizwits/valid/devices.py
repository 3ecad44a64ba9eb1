"""Valid calls of the operations on devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget

ONLINE: Final = frozenset({"gizwits.devices.control"})
"""Operations whose valid call needs the standing device online."""


def get(_: GizwitsTarget, standing: Standing) -> Call:
    """Read the standing device."""
    return Call("gizwits.devices.get", token=standing.owner.token, path={"did": standing.device.did})


def raw_data(target: GizwitsTarget, standing: Standing) -> Call:
    """Read the standing device's log of the last hour."""
    now = int(target.now())
    return Call(
        "gizwits.devices.raw_data",
        token=standing.owner.token,
        path={"did": standing.device.did},
        query={"type": "cmd", "start_time": now - 3600, "end_time": now},
    )


def control(_: GizwitsTarget, standing: Standing) -> Call:
    """Switch the standing device."""
    attributes: dict[str, Any] = standing.device.product.mapping.get("control", {"switch": 1})
    return Call(
        "gizwits.devices.control",
        token=standing.owner.token,
        path={"did": standing.device.did},
        json={"attrs": attributes},
    )
