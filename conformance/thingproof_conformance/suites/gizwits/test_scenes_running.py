"""Performing scenarios (gizwits.md:2871-2927)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives, states
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.group_steps import (
    await_heard,
    heard,
    new_group,
    online,
    siblings,
    stays_silent,
)
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER
from thingproof_conformance.suites.gizwits.scene_steps import (
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    NOT_EXECUTED,
    await_status,
    delay,
    device_task,
    group_task,
    new_scene,
    run_scene,
    status_of,
)
from thingproof_conformance.suites.gizwits.steps import ask, await_entries

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.states import Walk
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

STATUS, RUN = "gizwits.scenes.task.status", "gizwits.scenes.task.run"
NEEDS = ("seed", "hardware", "clock")
EXECUTED = "scene.executed"


@case(STATUS, kind="state", rules=("r1", "r2", "r4", f"{RUN}.r2"), events=(EXECUTED,), needs=NEEDS)
@pytest.mark.documented
@states.parametrize("gizwits", "scene_task_status")
def test_task_status__walks(gizwits: GizwitsTarget, control: ControlClient, walk: Walk) -> None:
    """Every transition of the status: never executed, in progress, completed, failed, in progress again."""
    user, (device, absent) = siblings(gizwits, gizwits.new_product(AIR_CONDITIONER), 2)
    online(gizwits, device)
    control.freeze()
    last = absent if walk[-1].event == "a task fails" or FAILED in _sources(walk) else device
    tasks = (
        device_task(device, attrs={"switch": True}),
        delay(10),
        device_task(last, attrs={"switch": False}),
    )
    scene = ""
    for step in walk:
        if step.source is None:
            scene = new_scene(gizwits, user, *tasks)
        elif step.event == "POST task":
            run_scene(gizwits, user, scene)
        else:
            control.advance(11)
        expect.equal(int(step.target), status_of(gizwits, user, scene), f"status after: {step.event}")


def _sources(walk: Walk) -> set[int]:
    return {int(step.source) for step in walk if step.source is not None}


@case(STATUS, kind="negative")
@negatives.parametrize(STATUS)
def test_task_status__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers."""
    negatives.judge(gizwits, negative)


@case(RUN, kind="event", rules=("r1", "r3", "r5"), events=(EXECUTED,), needs=NEEDS)
@pytest.mark.documented
def test_task_run__delay_holds_back(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """The answer means it began: what follows a delay comes after its time and not before."""
    user, (first, second) = siblings(gizwits, gizwits.new_product(AIR_CONDITIONER), 2)
    lives = online(gizwits, first, second)
    control.freeze()
    scene = new_scene(
        gizwits,
        user,
        device_task(first, attrs={"switch": True}),
        delay(60),
        device_task(second, attrs={"switch": True}),
    )
    run_scene(gizwits, user, scene)
    await_heard(lives[0])
    expect.equal(IN_PROGRESS, status_of(gizwits, user, scene), "status during the delay")
    control.advance(59)
    stays_silent(lives[1])
    control.advance(2)
    await_heard(lives[1])
    expect.equal(COMPLETED, status_of(gizwits, user, scene), "status at the end")
    expect.equal([1, 1], [len(heard(live)) for live in lives], "commands")


@case(RUN, kind="event", rules=("r2",), events=(EXECUTED, "log.app2dev.client"), needs=NEEDS)
@pytest.mark.documented
def test_task_run__group_and_log(gizwits: GizwitsTarget) -> None:
    """A group task reaches every device of the group; the log names the user."""
    product = gizwits.new_product(AIR_CONDITIONER)
    user, devices = siblings(gizwits, product, 2)
    lives = online(gizwits, *devices)
    group = new_group(gizwits, user, *devices, product=product)
    scene = new_scene(gizwits, user, group_task(group, attrs={"switch": True}))
    run_scene(gizwits, user, scene)
    await_status(gizwits, user, scene, COMPLETED)
    for device, live in zip(devices, lives, strict=True):
        await_heard(live)
        entries = await_entries(gizwits, user, device, wanted=lambda entry: entry["type"] == "app2dev")
        expect.equal([("client", user.uid)], [(row["source"], row["uid"]) for row in entries], "log")


@case(RUN, kind="state", rules=("r2",), events=(EXECUTED,), needs=("seed", "hardware"))
@pytest.mark.inferred
def test_task_run__stops_at_failure(gizwits: GizwitsTarget) -> None:
    """A device that is offline fails the scenario; what comes after is not done."""
    user, (absent, present) = siblings(gizwits, gizwits.new_product(AIR_CONDITIONER), 2)
    (live,) = online(gizwits, present)
    tasks = (device_task(absent, attrs={"switch": True}), device_task(present, attrs={"switch": True}))
    scene = new_scene(gizwits, user, *tasks)
    run_scene(gizwits, user, scene)
    await_status(gizwits, user, scene, FAILED)
    stays_silent(live)


@case(RUN, kind="state", rules=("r1",), needs=NEEDS)
@pytest.mark.inferred
def test_task_run__deleted_meanwhile(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A scenario that is deleted during a delay does nothing more."""
    user, devices = siblings(gizwits, gizwits.new_product(AIR_CONDITIONER), 1)
    (live,) = online(gizwits, *devices)
    control.freeze()
    scene = new_scene(gizwits, user, delay(30), device_task(devices[0], attrs={"switch": True}))
    expect.equal(NOT_EXECUTED, status_of(gizwits, user, scene), "status before")
    run_scene(gizwits, user, scene)
    ask(gizwits, "scenes.delete", user, path={"id": scene})
    control.advance(60)
    stays_silent(live)


@case(RUN, kind="negative")
@negatives.parametrize(RUN)
def test_task_run__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers."""
    negatives.judge(gizwits, negative)
