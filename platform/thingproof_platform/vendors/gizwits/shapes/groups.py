"""Groups as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_platform.vendors.gizwits.shapes import times

if TYPE_CHECKING:
    from thingproof_platform.core.model import Attachment, Binding
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.model import Group


def product_name(world: World, key: str) -> str:
    """The name of a product, empty without one."""
    product = world.things.products.get(key)
    return str(product.mapping.get("name", "")) if product is not None else ""


def group(world: World, row: Group) -> dict[str, Any]:
    """One group; product and its name only for a group of one product (gizwits.md:1903)."""
    return {
        "created_at": times.with_z(row.created_at),
        "updated_at": times.with_z(row.updated_at),
        "product_key": row.product,
        "group_name": row.name,
        "verbose_name": product_name(world, row.product),
        "id": row.id,
    }


def member(world: World, row: Group, attachment: Attachment, binding: Binding | None) -> dict[str, Any]:
    """One device of a group (gizwits.md:2037)."""
    return {
        "did": attachment.external_id,
        "type": attachment.fields.get("type", "normal"),
        "verbose_name": product_name(world, row.product),
        "dev_alias": binding.alias if binding is not None else "",
        "product_key": row.product,
    }
