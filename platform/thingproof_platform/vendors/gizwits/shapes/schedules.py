"""Scheduled tasks as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_platform.vendors.gizwits.service.model import GROUPS, Group
from thingproof_platform.vendors.gizwits.shapes import times

if TYPE_CHECKING:
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.model import Schedule


def task(world: World, row: Schedule) -> dict[str, Any]:
    """One task of the device scheduler (gizwits.md:2966)."""
    return {
        "id": row.id,
        "created_at": times.plain(row.created_at),
        "product_key": _product(world, row),
        "did": row.did,
        "raw": row.raw,
        "attrs": row.attrs,
        "date": row.date,
        "time": row.time,
        "repeat": row.repeat,
        "days": row.days,
        "start_date": row.start_date,
        "end_date": row.end_date,
        "enabled": row.enabled,
        "remark": row.remark,
    }


def common_task(world: World, row: Schedule) -> dict[str, Any]:
    """One task of the common scheduler; the targets it does not have are empty (gizwits.md:3231)."""
    return task(world, row) | {"scene_id": row.scene, "group_id": row.group}


def _product(world: World, row: Schedule) -> str:
    if row.group:
        group = world.state.table(GROUPS, Group).get(row.group)
        return group.product if group is not None else ""
    attachment = world.things.attachment("gizwits", row.did)
    return world.things.things.rows[attachment.thing].product if attachment is not None else ""
