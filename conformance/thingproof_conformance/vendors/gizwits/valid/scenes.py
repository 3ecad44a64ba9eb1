"""Valid calls of the operations on scenes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


def list(_: GizwitsTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the owner's scenarios."""
    return Call("gizwits.scenes.list", token=standing.owner.token)


def create(_: GizwitsTarget, standing: Standing) -> Call:
    """Make a scenario."""
    tasks = [{"task_type": "device", "did": standing.device.did, "attrs": standing.order}]
    body = {"scene_name": "valid", "tasks": tasks}
    return Call("gizwits.scenes.create", token=standing.owner.token, json=body)


def delete(_: GizwitsTarget, standing: Standing) -> Call:
    """Drop a fresh scenario."""
    return Call("gizwits.scenes.delete", token=standing.owner.token, path={"id": standing.scene()})


def update(_: GizwitsTarget, standing: Standing) -> Call:
    """Change a fresh scenario."""
    body = {"scene_name": "other", "tasks": [{"task_type": "delay", "time": 2}]}
    return Call("gizwits.scenes.update", token=standing.owner.token, path={"id": standing.scene()}, json=body)


def task_status(_: GizwitsTarget, standing: Standing) -> Call:
    """Ask how far a fresh scenario is."""
    return Call("gizwits.scenes.task.status", token=standing.owner.token, path={"id": standing.scene()})


def task_run(_: GizwitsTarget, standing: Standing) -> Call:
    """Perform a fresh scenario."""
    return Call("gizwits.scenes.task.run", token=standing.owner.token, path={"id": standing.scene()})
