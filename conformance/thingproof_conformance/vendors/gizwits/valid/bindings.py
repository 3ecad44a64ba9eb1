"""Valid calls of the operations on bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

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
