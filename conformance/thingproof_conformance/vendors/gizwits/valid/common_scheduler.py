"""Valid calls of the operations on common schedulers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


def _task(standing: Standing) -> str:
    body = standing.task | {"did": standing.device.did}
    task: str = standing.ask("common_scheduler.create", standing.owner, json=body)["id"]
    return task


def list(_: GizwitsTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the owner's tasks."""
    return Call("gizwits.common_scheduler.list", token=standing.owner.token)


def create(_: GizwitsTarget, standing: Standing) -> Call:
    """Make a task for the standing device."""
    body = standing.task | {"did": standing.device.did}
    return Call("gizwits.common_scheduler.create", token=standing.owner.token, json=body)


def update(_: GizwitsTarget, standing: Standing) -> Call:
    """Change a fresh task."""
    body = standing.task | {"did": standing.device.did}
    return Call(
        "gizwits.common_scheduler.update",
        token=standing.owner.token,
        path={"id": _task(standing)},
        json=body,
    )


def delete(_: GizwitsTarget, standing: Standing) -> Call:
    """Drop a fresh task."""
    return Call("gizwits.common_scheduler.delete", token=standing.owner.token, path={"id": _task(standing)})
