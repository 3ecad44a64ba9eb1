"""Valid calls of the operations on linkage rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


def params(_: GizwitsTarget, standing: Standing) -> Call:
    """Ask for the data points of the standing device's product."""
    query = {"product_key": standing.device.product.product_key}
    return Call("gizwits.rules.params", token=standing.owner.token, query=query)


def list(_: GizwitsTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the owner's rules."""
    return Call("gizwits.rules.list", token=standing.owner.token)


def create(_: GizwitsTarget, standing: Standing) -> Call:
    """Make a rule."""
    return Call("gizwits.rules.create", token=standing.owner.token, json=standing.rule)


def delete(_: GizwitsTarget, standing: Standing) -> Call:
    """Drop a fresh rule."""
    rule = standing.ask("rules.create", standing.owner, json=standing.rule)["rule_id"]
    return Call("gizwits.rules.delete", token=standing.owner.token, path={"rule_id": rule})


def update(_: GizwitsTarget, standing: Standing) -> Call:
    """Replace a fresh rule."""
    rule = standing.ask("rules.create", standing.owner, json=standing.rule)["rule_id"]
    return Call(
        "gizwits.rules.update", token=standing.owner.token, path={"rule_id": rule}, json=standing.rule
    )
