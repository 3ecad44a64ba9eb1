"""Valid calls of the operations on device schedulers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


def _task(standing: Standing) -> str:
    path = {"did": standing.device.did}
    task: str = standing.ask("scheduler.create", standing.owner, path=path, json=standing.task)["id"]
    return task


def list(_: GizwitsTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the tasks of the standing device."""
    return Call("gizwits.scheduler.list", token=standing.owner.token, path={"did": standing.device.did})


def create(_: GizwitsTarget, standing: Standing) -> Call:
    """Make a task."""
    return Call(
        "gizwits.scheduler.create",
        token=standing.owner.token,
        path={"did": standing.device.did},
        json=standing.task,
    )


def update(_: GizwitsTarget, standing: Standing) -> Call:
    """Change a fresh task."""
    return Call(
        "gizwits.scheduler.update",
        token=standing.owner.token,
        path={"did": standing.device.did, "id": _task(standing)},
        json=standing.task,
    )


def delete(_: GizwitsTarget, standing: Standing) -> Call:
    """Drop a fresh task."""
    return Call(
        "gizwits.scheduler.delete",
        token=standing.owner.token,
        path={"did": standing.device.did, "id": _task(standing)},
    )
