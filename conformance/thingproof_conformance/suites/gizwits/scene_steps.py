"""Steps of cases about scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_conformance import expect, wallclock
from thingproof_conformance.suites.gizwits.steps import ARRIVAL_S, ask
from thingproof_conformance.vendor_target import SUCCESS

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

IN_PROGRESS, COMPLETED, FAILED, NOT_EXECUTED = 0, 1, 2, 3
Task = dict[str, Any]


def delay(seconds: int) -> Task:
    """A task that waits."""
    return {"task_type": "delay", "time": seconds}


def device_task(device: Device, **order: Any) -> Task:
    """A task for one device."""
    return {"task_type": "device", "did": device.did, **order}


def group_task(group: str, **order: Any) -> Task:
    """A task for a group."""
    return {"task_type": "group", "group_id": group, **order}


def create_scene(
    gizwits: GizwitsTarget, user: User, *tasks: Task, expected: int | str | None = SUCCESS, **body: Any
) -> Answer:
    """Make a scenario of these tasks."""
    members = {"scene_name": "scene", "tasks": list(tasks), **body}
    return ask(gizwits, "scenes.create", user, json=members, expected=expected)


def new_scene(gizwits: GizwitsTarget, user: User, *tasks: Task, **body: Any) -> str:
    """The id of a fresh scenario."""
    return str(create_scene(gizwits, user, *tasks, **body)["id"])


def scenes_of(gizwits: GizwitsTarget, user: User) -> dict[str, dict[str, Any]]:
    """A user's scenarios by id."""
    return {row["id"]: row for row in ask(gizwits, "scenes.list", user).body}


def run_scene(gizwits: GizwitsTarget, user: User, scene: str, *, expected: Any = SUCCESS) -> Answer:
    """Perform a scenario."""
    return ask(gizwits, "scenes.task.run", user, path={"id": scene}, expected=expected)


def status_of(gizwits: GizwitsTarget, user: User, scene: str) -> int:
    """How far a scenario is."""
    return int(ask(gizwits, "scenes.task.status", user, path={"id": scene})["status"])


def await_status(gizwits: GizwitsTarget, user: User, scene: str, wanted: int) -> None:
    """Wait until a scenario has a status."""
    if not wallclock.wait_until(lambda: status_of(gizwits, user, scene) == wanted, ARRIVAL_S):
        expect.fail("the scenario's status", expected=wanted, actual=status_of(gizwits, user, scene))
