"""Scenarios: making, listing, changing (gizwits.md:2680-2869)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.group_steps import await_heard, new_group, online, siblings
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, EXTENDED, MODES
from thingproof_conformance.suites.gizwits.scene_steps import (
    Task,
    create_scene,
    delay,
    device_task,
    group_task,
    new_scene,
    run_scene,
    scenes_of,
    status_of,
)
from thingproof_conformance.suites.gizwits.steps import ask, await_latest
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget, User

LIST, CREATE = "gizwits.scenes.list", "gizwits.scenes.create"
DELETE, UPDATE = "gizwits.scenes.delete", "gizwits.scenes.update"
START = 1_800_000_000.0
"""2027-01-15T08:00:00 UTC."""
ABC = base64.b64encode(b"\x01\x02\x03").decode()


def change(
    gizwits: GizwitsTarget, user: User, scene: str, *tasks: Task, expected: Any = "success", **body: Any
) -> Answer:
    """Change a scenario."""
    members = {"scene_name": "changed", "tasks": list(tasks), **body}
    return ask(gizwits, "scenes.update", user, path={"id": scene}, json=members, expected=expected)


# Listing.


@case(
    LIST,
    kind="documented",
    rules=("r1", "r3", "r4", "r5", "r6", "r7", "r8", "r10", "r11", "r13"),
    needs=("seed",),
)
@pytest.mark.contradictory("gizwits.contra.103")
def test_list__scenes_with_tasks(gizwits: GizwitsTarget) -> None:
    """A user sees the own scenarios with their tasks in order, each with what belongs to its type."""
    product = gizwits.new_product(AIR_CONDITIONER)
    user, (device, other) = siblings(gizwits, product, 2)
    group = new_group(gizwits, user, other, product=product, name="others")
    body = {"remark": "far", "dev_alias": "near"}
    ask(gizwits, "bindings.update", user, path={"did": device.did}, json=body)
    tasks = (device_task(device, raw=ABC), delay(5), group_task(group, attrs={"switch": True}))
    scene = new_scene(gizwits, user, *tasks, scene_name="evening", remark="备注")
    new_scene(gizwits, gizwits.new_user(), delay(1))
    shown = scenes_of(gizwits, user)
    expect.equal([scene], list(shown), "scenarios")
    row = shown[scene]
    expect.equal(("evening", "备注"), (row["scene_name"], row["remark"]), "name and remark")
    expect.equal(["device", "delay", "group"], [task["task_type"] for task in row["tasks"]], "tasks")
    first, second, third = row["tasks"]
    expect.equal((device.did, ABC), (first["did"], first["raw"]), "the device task")
    expect.equal(("far", "near"), (first["dev_remark"], first["dev_alias"]), "remark and alias of the device")
    expect.equal(5, second["time"], "time of the delay")
    expect.equal((group, "others"), (third["group_id"], third["group_name"]), "the group task")
    for task in (first, third):
        pair = (task["product_key"], task["verbose_name"])
        expect.equal((product.product_key, product.name), pair, "product")


@case(LIST, kind="documented", rules=("r9",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.25")
def test_list__attributes_as_given(gizwits: GizwitsTarget) -> None:
    """An enumeration stays the order number, an extended value the base64 it was given as."""
    user, cooler = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    display = gizwits.new_device(gizwits.new_product(EXTENDED))
    gizwits.bind(user, display)
    coded = base64.b64encode(bytes(5)).decode()
    scene = new_scene(
        gizwits,
        user,
        device_task(cooler, attrs={"mode": 2}),
        device_task(display, attrs={"binary": coded}, binary_coding="base64"),
    )
    first, second = scenes_of(gizwits, user)[scene]["tasks"]
    expect.equal({"mode": 2}, first["attrs"], "attrs with an enumeration")
    expect.equal({"binary": coded}, second["attrs"], "attrs with an extended value")


@case(LIST, kind="time", rules=("r2",), needs=("seed", "clock"))
@pytest.mark.documented
def test_list__times_are_utc(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """created_at is the UTC second in which the scenario was made."""
    control.freeze(at=START)
    user = gizwits.new_user()
    scene = new_scene(gizwits, user, delay(1))
    row = scenes_of(gizwits, user)[scene]
    for name in ("created_at", "updated_at"):
        expect.matches(r"2027-01-15T08:00:00(\.\d+)?Z?", row[name], name)


@case(LIST, kind="negative")
@negatives.parametrize(LIST)
def test_list__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers."""
    negatives.judge(gizwits, negative)


# Making.


@case(CREATE, kind="documented", rules=("r6", "r9", "r10", "r11", "r13"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.09")
@pytest.mark.parametrize("flat", [False, True], ids=["tasks", "flat"])
def test_create__task_types(gizwits: GizwitsTarget, flat: bool) -> None:
    """Delay, device and group tasks are taken in a list; a single one may stand flat in the body."""
    product = gizwits.new_product(AIR_CONDITIONER)
    user, (device,) = siblings(gizwits, product, 1)
    group = new_group(gizwits, user, device, product=product)
    tasks = [delay(3), device_task(device, attrs={"switch": True}), group_task(group, raw=ABC)]
    made = []
    for task in tasks:
        body = {"scene_name": "s", **task} if flat else {"scene_name": "s", "tasks": [task]}
        made.append(ask(gizwits, "scenes.create", user, json=body)["id"])
    shown = scenes_of(gizwits, user)
    expect.equal(set(made), set(shown), "ids")
    kinds = [[task["task_type"] for task in shown[scene]["tasks"]] for scene in made]
    expect.equal([["delay"], ["device"], ["group"]], kinds, "task types")


@case(CREATE, kind="documented", rules=("r1", "r2"), needs=("seed", "hardware"))
@pytest.mark.contradictory("gizwits.contra.24")
@pytest.mark.parametrize(
    ("raw", "coding"),
    [("AQID", None), ("AQID", "base64"), ("010203", "hex")],
    ids=["default", "base64", "hex"],
)
def test_create__raw(gizwits: GizwitsTarget, raw: str, coding: str | None) -> None:
    """Raw bytes are base64 unless binary_coding says hex; 01 02 03 arrive as they are."""
    user, devices = siblings(gizwits, gizwits.new_product(AIR_CONDITIONER), 1)
    (live,) = online(gizwits, *devices)
    order = {"raw": raw} | ({"binary_coding": coding} if coding else {})
    run_scene(gizwits, user, new_scene(gizwits, user, device_task(devices[0], **order)))
    expect.equal(["010203"], await_heard(live), "what the device heard")


@case(CREATE, kind="documented", rules=("r3", "r4"), errors=(9025,), needs=("seed", "hardware"))
@pytest.mark.contradictory("gizwits.contra.25")
def test_create__extended(gizwits: GizwitsTarget) -> None:
    """An extended value is hex or base64, of the full length; a shorter one is refused."""
    user, devices = siblings(gizwits, gizwits.new_product(EXTENDED), 1)
    (live,) = online(gizwits, *devices)
    coded = base64.b64encode(bytes.fromhex("0102030405")).decode()
    for value, coding in (("1234567000", "hex"), (coded, "base64")):
        task = device_task(devices[0], attrs={"binary": value}, binary_coding=coding)
        run_scene(gizwits, user, new_scene(gizwits, user, task))
    first, second = await_heard(live, 2)
    expect.contains("1234567000", first, "the first command")
    expect.contains("0102030405", second, "the second command")
    short = device_task(devices[0], attrs={"binary": "1234567"}, binary_coding="hex")
    expect.refused(create_scene(gizwits, user, short, expected=ANY), 9025, 9015)


@case(CREATE, kind="documented", rules=("r5",), needs=("seed", "hardware"))
@pytest.mark.contradictory("gizwits.contra.26")
def test_create__enumeration_by_number(gizwits: GizwitsTarget) -> None:
    """An enumeration is given by its order number; the latest values show the label."""
    user, devices = siblings(gizwits, gizwits.new_product(AIR_CONDITIONER), 1)
    online(gizwits, *devices)
    task = device_task(devices[0], attrs={"mode": 2})
    run_scene(gizwits, user, new_scene(gizwits, user, task))
    await_latest(gizwits, devices[0], mode=MODES[2])


@case(CREATE, kind="negative", rules=("r7",), errors=(9015,), needs=("seed",))
@pytest.mark.documented
def test_create__mixed_group(gizwits: GizwitsTarget) -> None:
    """A task cannot control a group without product."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    task = group_task(new_group(gizwits, user, device), attrs={"switch": 1})
    expect.refused(create_scene(gizwits, user, task, expected=ANY), 9015)


@case(CREATE, kind="documented", rules=("r8",), errors=(9015,), needs=("fresh-accounts",))
@pytest.mark.contradictory("gizwits.contra.108")
@pytest.mark.parametrize(("seconds", "good"), [(1, True), (3600, True), (3601, False), (-1, False)])
def test_create__delay(gizwits: GizwitsTarget, seconds: int, good: bool) -> None:
    """A delay is an hour at most."""
    answer = create_scene(gizwits, gizwits.new_user(), delay(seconds), expected=ANY)
    if good:
        expect.accepted(answer)
    else:
        expect.refused(answer, 9015)


@case(CREATE, kind="negative", errors=(9014, 9015, 9017, 9025), needs=("seed",))
@pytest.mark.inferred
def test_create__bad_tasks(gizwits: GizwitsTarget) -> None:
    """Devices that are unknown or not bound, data points that are none, tasks without order or type."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    other = gizwits.new_device(device.product)
    bad: list[tuple[Task, tuple[int, ...]]] = [
        ({"task_type": "device", "did": gizwits.names.hex(22), "attrs": {"switch": 1}}, (9014,)),
        (device_task(other, attrs={"switch": 1}), (9017,)),
        (device_task(device, attrs={"nothing": 1}), (9025,)),
        (device_task(device, attrs={"room_temp": 1}), (9025,)),
        (device_task(device), (9015,)),
        (group_task(gizwits.names.hex(24), attrs={"switch": 1}), (9015, 9014)),
        ({"task_type": "device", "attrs": {"switch": 1}}, (9015,)),
        ({"task_type": "dance"}, (9015,)),
        ({"task_type": "delay"}, (9015,)),
        (device_task(device, raw="no base64!"), (9015,)),
    ]
    for task, codes in bad:
        expect.refused(create_scene(gizwits, user, task, expected=ANY), *codes)
    expect.refused(create_scene(gizwits, user, expected=ANY), 9015)
    expect.equal({}, scenes_of(gizwits, user), "scenarios")


@case(CREATE, kind="negative")
@negatives.parametrize(CREATE)
def test_create__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


# Changing and dropping.


@case(UPDATE, kind="time", rules=("r1", "r5", "r7"), needs=("seed", "clock"))
@pytest.mark.contradictory("gizwits.contra.03")
def test_update__replaces(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Name and tasks are replaced, updated_at moves on, the creation stays."""
    control.freeze(at=START)
    user = gizwits.new_user()
    scene = new_scene(gizwits, user, delay(1), delay(2), remark="kept")
    control.advance(60)
    change(gizwits, user, scene, delay(9), scene_name="after")
    row = scenes_of(gizwits, user)[scene]
    expect.equal(("after", [9]), (row["scene_name"], [task["time"] for task in row["tasks"]]), "the scenario")
    expect.matches(r"2027-01-15T08:00:00.*", row["created_at"], "created_at")
    expect.matches(r"2027-01-15T08:01:00.*", row["updated_at"], "updated_at")


@case(UPDATE, kind="documented", rules=("r4", "r1"), needs=("seed", "hardware"))
@pytest.mark.contradictory("gizwits.contra.26")
def test_update__acts_anew(gizwits: GizwitsTarget) -> None:
    """The new tasks are those that are performed, with enumerations by number and base64."""
    user, devices = siblings(gizwits, gizwits.new_product(AIR_CONDITIONER), 1)
    (live,) = online(gizwits, *devices)
    scene = new_scene(gizwits, user, device_task(devices[0], raw=ABC))
    change(gizwits, user, scene, device_task(devices[0], attrs={"mode": 1}))
    run_scene(gizwits, user, scene)
    await_latest(gizwits, devices[0], mode=MODES[1])
    expect.equal(1, len(await_heard(live)), "commands")


@case(UPDATE, kind="negative", rules=("r2", "r3"), errors=(9014, 9015, 9025), needs=("seed",))
@pytest.mark.documented
def test_update__bad_tasks(gizwits: GizwitsTarget) -> None:
    """What a new scenario may not hold a changed one may not either; it stays as it was."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    scene = new_scene(gizwits, user, delay(7))
    unknown = {"task_type": "device", "did": gizwits.names.hex(22), "attrs": {"switch": 1}}
    mixed = group_task(new_group(gizwits, user, device), attrs={"switch": 1})
    for task, codes in (
        (delay(3601), (9015,)),
        (mixed, (9015,)),
        (unknown, (9014,)),
        (device_task(device, attrs={"nothing": 1}), (9025,)),
    ):
        expect.refused(change(gizwits, user, scene, task, expected=ANY), *codes)
    expect.equal([7], [task["time"] for task in scenes_of(gizwits, user)[scene]["tasks"]], "tasks")
    change(gizwits, user, scene, delay(3600))


@case(UPDATE, kind="negative")
@negatives.parametrize(UPDATE)
def test_update__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


@case(DELETE, kind="state", rules=("r1", "r3"), needs=("fresh-accounts",))
@pytest.mark.documented
def test_delete__is_gone(gizwits: GizwitsTarget) -> None:
    """A deleted scenario is listed no more, others are."""
    user = gizwits.new_user()
    first, second = (new_scene(gizwits, user, delay(1)) for _ in range(2))
    ask(gizwits, "scenes.delete", user, path={"id": first})
    expect.equal([second], list(scenes_of(gizwits, user)), "scenarios")


@case(DELETE, kind="permission", errors=(9220, 9221), needs=("fresh-accounts",))
@pytest.mark.documented
@pytest.mark.parametrize("operation", ["delete", "update", "task.status", "task.run"])
def test_delete__scene_of_another_user(gizwits: GizwitsTarget, operation: str) -> None:
    """Another user's scenario is refused with 9221, one that does not exist with 9220, everywhere."""
    user, stranger = gizwits.new_user(), gizwits.new_user()
    scene = new_scene(gizwits, user, delay(1))
    body = {"scene_name": "x", "tasks": [delay(1)]}
    for identifier, code in ((scene, 9221), (gizwits.names.hex(24), 9220)):
        path = {"id": identifier}
        if operation == "update":
            answer = ask(gizwits, "scenes.update", stranger, path=path, json=body, expected=ANY)
        else:
            answer = ask(gizwits, f"scenes.{operation}", stranger, path=path, expected=ANY)
        expect.refused(answer, code)
    expect.equal(3, status_of(gizwits, user, scene), "status")


@case(DELETE, kind="negative")
@negatives.parametrize(DELETE)
def test_delete__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers."""
    negatives.judge(gizwits, negative)
