"""Scenarios as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_platform.vendors.gizwits.service.model import GROUPS, Group
from thingproof_platform.vendors.gizwits.shapes import times
from thingproof_platform.vendors.gizwits.shapes.groups import product_name

if TYPE_CHECKING:
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.model import Scene


def scene(world: World, row: Scene) -> dict[str, Any]:
    """One scenario with its tasks (gizwits.md:2704)."""
    return {
        "id": row.id,
        "scene_name": row.name,
        "created_at": times.with_z(row.created_at),
        "updated_at": times.with_z(row.updated_at),
        "remark": row.remark,
        "tasks": [_task(world, row, task) for task in row.tasks],
    }


def _task(world: World, row: Scene, task: dict[str, Any]) -> dict[str, Any]:
    """One task; what its type does not use is empty or 0, as in the example (gizwits.contra.103)."""
    shown: dict[str, Any] = {
        "task_type": task["task_type"],
        "did": task.get("did", ""),
        "product_key": "",
        "group_name": "",
        "raw": task.get("raw", ""),
        "attrs": task.get("attrs", {}),
        "dev_remark": "",
        "time": task.get("time", 0),
        "group_id": task.get("group_id", ""),
        "verbose_name": "",
        "dev_alias": "",
    }
    if task["task_type"] == "device":
        attachment = world.things.attachment("gizwits", task["did"])
        if attachment is not None:
            binding = world.things.binding(row.account, attachment.thing)
            shown["product_key"] = world.things.things.rows[attachment.thing].product
            shown["dev_remark"] = binding.remark if binding is not None else ""
            shown["dev_alias"] = binding.alias if binding is not None else ""
    elif task["task_type"] == "group":
        group = world.state.table(GROUPS, Group).get(task["group_id"])
        if group is not None:
            shown |= {"product_key": group.product, "group_name": group.name}
    shown["verbose_name"] = product_name(world, shown["product_key"])
    return shown
