"""Valid calls of the operations on product definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


def get(_: GizwitsTarget, standing: Standing) -> Call:
    """Read the definition of the standing device's product."""
    return Call("gizwits.datapoint.get", query={"product_key": standing.device.product.product_key})
