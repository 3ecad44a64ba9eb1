"""Valid calls of the operations on the values of devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget

ONLINE: Final = frozenset({"gizwits.devdata.latest"})
"""Operations whose valid call needs the standing device online."""


def latest(_: GizwitsTarget, standing: Standing) -> Call:
    """Read the standing device's last values."""
    return Call("gizwits.devdata.latest", path={"did": standing.device.did})


def agg(target: GizwitsTarget, standing: Standing) -> Call:
    """Aggregate the last hour of a fresh device."""
    user, device = standing.measured
    return Call(
        "gizwits.devdata.agg",
        token=user.token,
        path={"did": device.did},
        query={
            "start_ts": int(target.now() - 3600) * 1000,
            "attrs": "set_temp",
            "aggregator": "avg",
            "unit": "HOURS",
        },
    )
