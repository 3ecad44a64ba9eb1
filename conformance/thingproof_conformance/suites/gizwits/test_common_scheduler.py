"""Tasks of the common scheduler (gizwits.md:3163-3380)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.group_steps import (
    await_heard,
    heard,
    new_group,
    online,
    siblings,
    stays_silent,
)
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, EXTENDED
from thingproof_conformance.suites.gizwits.scene_steps import (
    COMPLETED,
    await_status,
    delay,
    device_task,
    new_scene,
    status_of,
)
from thingproof_conformance.suites.gizwits.schedule_steps import (
    at_home,
    common,
    common_tasks,
    fires,
    moment,
    rests,
)
from thingproof_conformance.suites.gizwits.steps import ask
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget, User

LIST, CREATE = "gizwits.common_scheduler.list", "gizwits.common_scheduler.create"
UPDATE, DELETE = "gizwits.common_scheduler.update", "gizwits.common_scheduler.delete"
NEEDS = ("seed", "hardware", "clock")
DEVICE = "common_scheduler.fired.device"
GROUP = "common_scheduler.fired.group"
SCENE = "common_scheduler.fired.scene"
TODAY = "2027-01-15"


def change(
    gizwits: GizwitsTarget, user: User, task: str, *, expected: Any = "success", **body: Any
) -> Answer:
    """Change a task."""
    members = {"time": "06:30", "repeat": "mon", **body}
    return ask(gizwits, "common_scheduler.update", user, path={"id": task}, json=members, expected=expected)


# Listing.


@case(LIST, kind="documented", rules=("r1", "r2", "r5", "r6", "r8", f"{CREATE}.r12"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.33")
def test_list__by_target(gizwits: GizwitsTarget) -> None:
    """All tasks, or those of one device, group or scenario; the other targets are empty texts."""
    product = gizwits.new_product(AIR_CONDITIONER)
    user, devices = siblings(gizwits, product, 2)
    group = new_group(gizwits, user, *devices, product=product)
    scene = new_scene(gizwits, user, delay(1))
    made = {
        name: common(gizwits, user, repeat="mon", **{name: target})["id"]
        for name, target in (("did", devices[0].did), ("group_id", group), ("scene_id", scene))
    }
    common(gizwits, user, repeat="mon", did=devices[1].did)
    targets = {"did": devices[0].did, "group_id": group, "scene_id": scene}
    for name, target in targets.items():
        rows = common_tasks(gizwits, user, **{name: target})
        expect.equal([made[name]], [row["id"] for row in rows], f"tasks by {name}")
        shown = {each: rows[0][each] for each in targets}
        expect.equal({**dict.fromkeys(targets, ""), name: target}, shown, "targets")
    expect.equal(4, len(common_tasks(gizwits, user)), "all tasks")
    expect.equal([], common_tasks(gizwits, gizwits.new_user()), "tasks of another user")


@case(LIST, kind="documented", rules=("r3", "r4"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.87")
def test_list__pages(gizwits: GizwitsTarget) -> None:
    """Limit and skip cut pages; every task comes once until a short page."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    made = {common(gizwits, user, repeat="mon", did=device.did)["id"] for _ in range(5)}
    seen: list[str] = []
    while True:
        rows = common_tasks(gizwits, user, limit=2, skip=len(seen))
        expect.true(len(rows) <= 2, "a page is longer than its limit", actual=len(rows))
        seen += [row["id"] for row in rows]
        if len(rows) < 2:
            break
    expect.equal((5, made), (len(seen), set(seen)), "tasks over all pages")


@case(LIST, kind="negative")
@negatives.parametrize(LIST)
def test_list__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


# Firing.


@case(
    CREATE,
    kind="event",
    rules=("r1", "r4", "r8", "r12", "r14", "gizwits.global.r25"),
    events=(DEVICE,),
    needs=NEEDS,
)
@pytest.mark.documented
def test_create__device(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A task for a device fires in its UTC minute, weekly ones week after week."""
    user, device, live = at_home(gizwits, control, f"{TODAY} 06:00")
    common(gizwits, user, did=device.did, date=TODAY, time="06:30")
    common(gizwits, user, did=device.did, repeat="mon", time="07:15", raw="07", attrs=None)
    fires(control, live, f"{TODAY} 06:30", "2027-01-18 07:15", "2027-01-25 07:15")


@case(CREATE, kind="event", rules=("r1", "gizwits.global.r25"), events=(GROUP,), needs=NEEDS)
@pytest.mark.documented
def test_create__group(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A task for a group reaches each of its devices, once."""
    control.freeze(at=moment(f"{TODAY} 06:00"))
    product = gizwits.new_product(AIR_CONDITIONER)
    user, devices = siblings(gizwits, product, 3)
    lives = online(gizwits, *devices)
    group = new_group(gizwits, user, *devices[:2], product=product)
    common(gizwits, user, group_id=group, date=TODAY)
    control.set_clock(moment(f"{TODAY} 06:31"))
    for live in lives[:2]:
        await_heard(live)
    stays_silent(lives[2])
    expect.equal([1, 1], [len(heard(live)) for live in lives[:2]], "commands")


@case(CREATE, kind="event", rules=("r1", "r3", "gizwits.global.r25"), events=(SCENE,), needs=NEEDS)
@pytest.mark.documented
def test_create__scene(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A task for a scenario performs it; raw and attrs of the task are not needed and not sent."""
    user, device, live = at_home(gizwits, control, f"{TODAY} 06:00")
    scene = new_scene(gizwits, user, device_task(device, raw="AQID"))
    common(gizwits, user, scene_id=scene, date=TODAY, attrs=None)
    common(gizwits, user, scene_id=scene, date=TODAY, time="06:40", raw="07", attrs={"nothing": 1})
    expect.equal(3, status_of(gizwits, user, scene), "status before")
    control.set_clock(moment(f"{TODAY} 06:31"))
    await_status(gizwits, user, scene, COMPLETED)
    control.set_clock(moment(f"{TODAY} 06:41"))
    expect.equal(["010203", "010203"], await_heard(live, 2), "what the device heard")


@case(CREATE, kind="documented", rules=("r2",), events=(DEVICE,), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.106")
def test_create__several_targets(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Of several targets did counts before group_id and group_id before scene_id; empty texts do not."""
    control.freeze(at=moment(f"{TODAY} 06:00"))
    product = gizwits.new_product(AIR_CONDITIONER)
    user, devices = siblings(gizwits, product, 2)
    lives = online(gizwits, *devices)
    group = new_group(gizwits, user, devices[1], product=product)
    scene = new_scene(gizwits, user, delay(1))
    common(gizwits, user, did=devices[0].did, group_id=group, scene_id=scene, date=TODAY)
    common(gizwits, user, did="", group_id=group, scene_id=scene, date=TODAY, time="06:40")
    control.set_clock(moment(f"{TODAY} 06:31"))
    await_heard(lives[0])
    stays_silent(lives[1])
    control.set_clock(moment(f"{TODAY} 06:41"))
    await_heard(lives[1])
    expect.equal(3, status_of(gizwits, user, scene), "status of the scenario")


@case(CREATE, kind="time", rules=("r9", "r10"), events=(DEVICE,), needs=NEEDS)
@pytest.mark.documented
def test_create__period(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """start_date counts from 00:00, end_date to the end of its day."""
    user, device, live = at_home(gizwits, control, f"{TODAY} 12:00")
    body: dict[str, Any] = {"repeat": "day", "days": list(range(1, 32))}
    for time in ("00:00", "23:59"):
        period = {"start_date": "2027-01-18", "end_date": "2027-01-18"}
        common(gizwits, user, did=device.did, time=time, **body, **period)
    rests(control, live, "2027-01-17 23:59:30")
    fires(control, live, "2027-01-18 00:00", "2027-01-18 23:59")
    rests(control, live, "2027-01-25 00:00")


@case(CREATE, kind="time", rules=("r11",), needs=NEEDS)
@pytest.mark.documented
def test_create__disabled(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A task is enabled unless it says otherwise; one that is not does not fire."""
    user, device, live = at_home(gizwits, control, f"{TODAY} 06:00")
    common(gizwits, user, did=device.did, date=TODAY, time="06:10", enabled=False)
    common(gizwits, user, did=device.did, date=TODAY, time="06:30")
    rests(control, live, f"{TODAY} 06:20")
    enabled = {row["time"]: row["enabled"] for row in common_tasks(gizwits, user)}
    expect.equal({"06:10": False, "06:30": True}, enabled, "enabled")
    fires(control, live, f"{TODAY} 06:30")


@case(CREATE, kind="documented", rules=("r5", "r6", "r7"), errors=(9025,), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.109")
def test_create__codings(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Raw and extended values are hex, or base64 by binary_coding; a short extended value is refused."""
    control.freeze(at=moment(f"{TODAY} 06:00"))
    user, device = gizwits.bound(gizwits.new_product(EXTENDED))
    (live,) = online(gizwits, device)
    value = base64.b64encode(bytes.fromhex("0102030405")).decode()
    orders: list[tuple[str, dict[str, Any], str]] = [
        ("06:10", {"raw": "616263", "attrs": None}, "616263"),
        ("06:20", {"raw": "YWJj", "attrs": None, "binary_coding": "base64"}, "616263"),
        ("06:30", {"attrs": {"binary": "1234567000"}}, "1234567000"),
        ("06:40", {"attrs": {"binary": value}, "binary_coding": "base64"}, "0102030405"),
    ]
    for time, order, _ in orders:
        common(gizwits, user, did=device.did, date=TODAY, time=time, **order)
    for number, (time, _, told) in enumerate(orders):
        control.set_clock(moment(f"{TODAY} {time}:30"))
        expect.contains(told, await_heard(live, number + 1)[number], f"the command of {time}")
    short = {"binary": "1234567"}
    answer = common(gizwits, user, did=device.did, repeat="mon", attrs=short, expected=ANY)
    expect.refused(answer, 9025, 9015)


@case(
    CREATE, kind="negative", rules=("r1", "r4", "r8"), errors=(9014, 9015, 9025, 9220, 9221), needs=("seed",)
)
@pytest.mark.inferred
def test_create__bad(gizwits: GizwitsTarget) -> None:
    """Without target, with one that is unknown or another user's, with a time or an order that is none."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    other = gizwits.new_user()
    foreign = new_scene(gizwits, other, delay(1))
    mixed = new_group(gizwits, user, device)
    did = {"did": device.did}
    bad: list[tuple[dict[str, Any], tuple[int, ...]]] = [
        ({}, (9015,)),
        ({"did": "", "group_id": "", "scene_id": ""}, (9015,)),
        ({"did": gizwits.names.hex(22)}, (9014,)),
        ({"did": gizwits.new_device(device.product).did}, (9017,)),
        ({"group_id": gizwits.names.hex(24)}, (9015, 9014)),
        ({"group_id": mixed}, (9015,)),
        ({"scene_id": gizwits.names.hex(24)}, (9220,)),
        ({"scene_id": foreign}, (9221,)),
        ({**did, "attrs": None}, (9015,)),
        ({**did, "attrs": {"nothing": 1}}, (9025,)),
        ({**did, "time": "24:00"}, (9015,)),
        ({**did, "repeat": "none"}, (9015,)),
        ({**did, "repeat": "day"}, (9015,)),
        ({**did, "repeat": "funday"}, (9015,)),
    ]
    for body, codes in bad:
        members = {"repeat": "mon", **body}
        expect.refused(common(gizwits, user, expected=ANY, **members), *codes)
    expect.equal([], common_tasks(gizwits, user), "tasks")


@case(CREATE, kind="negative")
@negatives.parametrize(CREATE)
def test_create__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


# Changing and dropping.


@case(UPDATE, kind="time", rules=("r1", "r2", "r4", "r6"), events=(DEVICE,), needs=NEEDS)
@pytest.mark.documented
def test_update__target_and_time(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A task may get another target and time; it fires as it says now."""
    control.freeze(at=moment(f"{TODAY} 06:00"))
    product = gizwits.new_product(AIR_CONDITIONER)
    user, devices = siblings(gizwits, product, 2)
    lives = online(gizwits, *devices)
    scene = new_scene(gizwits, user, delay(1))
    task = common(gizwits, user, did=devices[0].did, date=TODAY, time="06:30")["id"]
    body = {"date": TODAY, "repeat": "none", "time": "07:00", "attrs": {"switch": True}}
    answer = change(gizwits, user, task, did=devices[1].did, scene_id=scene, **body)
    expect.equal(task, answer["id"], "id")
    control.set_clock(moment(f"{TODAY} 07:01"))
    await_heard(lives[1])
    stays_silent(lives[0])
    expect.equal(3, status_of(gizwits, user, scene), "status of the scenario")


@case(UPDATE, kind="time", rules=("r3",), needs=NEEDS)
@pytest.mark.documented
def test_update__switched_off(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """With enabled false a task fires no more."""
    user, device, live = at_home(gizwits, control, f"{TODAY} 06:00")
    task = common(gizwits, user, did=device.did, date=TODAY)["id"]
    change(gizwits, user, task, repeat="none", date=TODAY, enabled=False)
    expect.equal(False, common_tasks(gizwits, user)[0]["enabled"], "enabled")
    rests(control, live, f"{TODAY} 07:00")


@case(UPDATE, kind="negative", errors=(9015, 9025, 9030), needs=("seed",))
@pytest.mark.inferred
def test_update__bad(gizwits: GizwitsTarget) -> None:
    """Unknown tasks, those of others and of the device scheduler, and what creation refuses."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    task = common(gizwits, user, did=device.did, repeat="mon")["id"]
    for body, code in (({"time": "25:00"}, 9015), ({"attrs": {"nothing": 1}}, 9025), ({"repeat": "x"}, 9015)):
        expect.refused(change(gizwits, user, task, expected=ANY, **body), code)
    expect.refused(change(gizwits, gizwits.new_user(), task, expected=ANY), 9030)
    expect.refused(change(gizwits, user, gizwits.names.hex(24), expected=ANY), 9030)
    own = ask(
        gizwits,
        "scheduler.create",
        user,
        path={"did": device.did},
        json={"time": "06:30", "repeat": "mon", "attrs": {"switch": True}},
    )["id"]
    expect.refused(change(gizwits, user, own, expected=ANY), 9030)


@case(UPDATE, kind="negative")
@negatives.parametrize(UPDATE)
def test_update__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


@case(DELETE, kind="time", rules=("r1", "r3"), errors=(9030,), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.34")
def test_delete__does_not_fire(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A deleted task is gone and does not fire; nobody deletes another user's."""
    user, device, live = at_home(gizwits, control, f"{TODAY} 06:00")
    task = common(gizwits, user, did=device.did, date=TODAY)["id"]
    path = {"id": task}
    stranger = gizwits.new_user()
    expect.refused(ask(gizwits, "common_scheduler.delete", stranger, path=path, expected=ANY), 9030)
    ask(gizwits, "common_scheduler.delete", user, path=path)
    expect.equal([], common_tasks(gizwits, user), "tasks")
    rests(control, live, f"{TODAY} 07:00")
    expect.refused(ask(gizwits, "common_scheduler.delete", user, path=path, expected=ANY), 9030)


@case(DELETE, kind="negative")
@negatives.parametrize(DELETE)
def test_delete__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers."""
    negatives.judge(gizwits, negative)
