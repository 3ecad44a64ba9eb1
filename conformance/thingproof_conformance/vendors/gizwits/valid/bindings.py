"""Valid calls of the operations on bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call
from thingproof_conformance.verdicts import NotApplicable

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


def bind_mac(target: GizwitsTarget, standing: Standing) -> Call:
    """Bind the standing device again."""
    product = standing.device.product
    return Call(
        "gizwits.bindings.bind_mac",
        token=standing.owner.token,
        headers=target.signature(product),
        json={"product_key": product.product_key, "mac": standing.device.mac},
    )


def list(_: GizwitsTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the standing user's devices."""
    return Call("gizwits.bindings.list", token=standing.user.token)


def unbind(target: GizwitsTarget, _: Standing) -> Call:
    """Give a fresh device up."""
    user, device = target.bound()
    return Call("gizwits.bindings.unbind", token=user.token, json={"devices": [{"did": device.did}]})


def bind_latest(_: GizwitsTarget, standing: Standing) -> Call:
    """Bind the standing device again, by its code."""
    if not standing.device.qr_content:
        raise NotApplicable("the target file names no qr_content of its device")
    return Call(
        "gizwits.bindings.bind_latest",
        token=standing.owner.token,
        json={"qr_content": standing.device.qr_content},
    )


def update(_: GizwitsTarget, standing: Standing) -> Call:
    """Change the standing owner's remark of the device."""
    return Call(
        "gizwits.bindings.update",
        token=standing.owner.token,
        path={"did": standing.device.did},
        json={"remark": "valid"},
    )


def guests_list(_: GizwitsTarget, standing: Standing) -> Call:
    """List the guests of the owned device."""
    owner, device = standing.owned
    return Call("gizwits.bindings.guests.list", token=owner.token, path={"did": device.did})


def guests_remove(_: GizwitsTarget, standing: Standing) -> Call:
    """Remove a fresh guest of the owned device."""
    owner, device = standing.owned
    return Call(
        "gizwits.bindings.guests.remove",
        token=owner.token,
        path={"did": device.did},
        query={"uid": standing.guest().uid},
    )
