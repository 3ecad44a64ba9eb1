"""Tasks of the device scheduler: making, listing, changing (gizwits.md:2943-3161)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.group_steps import await_heard, online
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, EXTENDED
from thingproof_conformance.suites.gizwits.schedule_steps import (
    at_home,
    fires,
    moment,
    rests,
    schedule,
    tasks_of,
)
from thingproof_conformance.suites.gizwits.steps import ask
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

LIST, CREATE = "gizwits.scheduler.list", "gizwits.scheduler.create"
UPDATE, DELETE = "gizwits.scheduler.update", "gizwits.scheduler.delete"
NEEDS = ("seed", "hardware", "clock")
FIRED = "scheduler.fired"


def change(
    gizwits: GizwitsTarget, user: User, device: Device, task: str, *, expected: Any = "success", **body: Any
) -> Answer:
    """Change a task."""
    members = {"time": "06:30", "repeat": "mon", **body}
    path = {"did": device.did, "id": task}
    return ask(gizwits, "scheduler.update", user, path=path, json=members, expected=expected)


# Listing.


@case(LIST, kind="documented", rules=("r1", "r3", "r6", "r7", "r8", "r10"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.104")
def test_list__tasks_of_the_device(gizwits: GizwitsTarget) -> None:
    """The tasks of one device as they were given; raw and days are empty where they are not used."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    other = gizwits.new_device(device.product)
    gizwits.bind(user, other)
    given: dict[str, Any] = {
        "date": "2030-05-06",
        "time": "23:59",
        "repeat": "none",
        "start_date": "2030-01-01",
        "end_date": "2030-12-31",
        "remark": "备注",
        "enabled": False,
    }
    task = schedule(gizwits, user, device, **given)["id"]
    schedule(gizwits, user, other, repeat="mon")
    rows = tasks_of(gizwits, user, device)
    expect.equal([task], [row["id"] for row in rows], "tasks of the device")
    row = rows[0]
    expect.equal(given, {name: row[name] for name in given}, "what was given")
    expect.equal((device.did, device.product.product_key), (row["did"], row["product_key"]), "the device")
    expect.equal(("", [], {"switch": True}), (row["raw"], row["days"], row["attrs"]), "raw, days, attrs")


@case(LIST, kind="time", rules=("r2",), needs=("seed", "clock"))
@pytest.mark.contradictory("gizwits.contra.55")
def test_list__created_at_is_utc(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """created_at is the UTC second in which the task was made."""
    control.freeze(at=moment("2027-01-15 08:00"))
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    schedule(gizwits, user, device, repeat="mon")
    created = tasks_of(gizwits, user, device)[0]["created_at"]
    expect.matches(r"2027-01-15T08:00:00(\.\d+)?Z?", created, "created_at")


@case(LIST, kind="documented", rules=("r4", "r5"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.87")
def test_list__pages(gizwits: GizwitsTarget) -> None:
    """Limit and skip cut pages; every task comes once until a short page."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    made = {schedule(gizwits, user, device, repeat="mon", remark=str(n))["id"] for n in range(5)}
    seen: list[str] = []
    while True:
        rows = tasks_of(gizwits, user, device, limit=2, skip=len(seen))
        expect.true(len(rows) <= 2, "a page is longer than its limit", actual=len(rows))
        seen += [row["id"] for row in rows]
        if len(rows) < 2:
            break
    expect.equal((5, made), (len(seen), set(seen)), "tasks over all pages")


@case(LIST, kind="permission", errors=(9014, 9017), needs=("seed",))
@pytest.mark.inferred
def test_list__foreign_device(gizwits: GizwitsTarget) -> None:
    """A device that is not bound, or does not exist, has no tasks to list, make, change or drop."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    task = schedule(gizwits, user, device, repeat="mon")["id"]
    stranger = gizwits.new_user()
    body = {"time": "06:30", "repeat": "mon", "attrs": {"switch": True}}
    for did, code in ((device.did, 9017), (gizwits.names.hex(22), 9014)):
        path = {"did": did}
        calls: list[tuple[str, dict[str, Any]]] = [
            ("list", {"path": path}),
            ("create", {"path": path, "json": body}),
            ("update", {"path": {**path, "id": task}, "json": body}),
            ("delete", {"path": {**path, "id": task}}),
        ]
        for name, parts in calls:
            answer = ask(gizwits, f"scheduler.{name}", stranger, expected=ANY, **parts)
            expect.refused(answer, code)
    expect.equal([task], [row["id"] for row in tasks_of(gizwits, user, device)], "tasks")


@case(LIST, kind="negative")
@negatives.parametrize(LIST)
def test_list__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Mistyped parameters, foreign callers, unknown devices."""
    negatives.judge(gizwits, negative)


# Making: orders and forms. When tasks fire is judged in test_scheduler_times.py.


@case(CREATE, kind="documented", rules=("r17", "r18", "r21", "r23"), events=(FIRED,), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.24")
@pytest.mark.parametrize(
    "order",
    [
        {"raw": "616263"},
        {"raw": "616263", "binary_coding": "hex"},
        {"raw": base64.b64encode(b"abc").decode(), "binary_coding": "base64"},
    ],
    ids=["default", "hex", "base64"],
)
def test_create__raw(gizwits: GizwitsTarget, control: ControlClient, order: dict[str, str]) -> None:
    """Raw bytes are hex unless binary_coding says base64; 61 62 63 arrive as they are."""
    user, device, live = at_home(gizwits, control, "2027-01-15 06:00")
    schedule(gizwits, user, device, date="2027-01-15", attrs=None, **order)
    control.set_clock(moment("2027-01-15 06:30:01"))
    expect.equal(["616263"], await_heard(live), "what the device heard")


@case(CREATE, kind="negative", rules=("r17",), errors=(9015,), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.22")
@pytest.mark.parametrize("raw", [616263, "61626", "no hex", [97]], ids=str)
def test_create__no_hex(gizwits: GizwitsTarget, raw: Any) -> None:
    """Raw is a text of whole bytes; a number has lost its leading zeros."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    answer = schedule(gizwits, user, device, date="2030-01-01", raw=raw, attrs=None, expected=ANY)
    expect.refused(answer, 9015)


@case(CREATE, kind="documented", rules=("r19", "r20"), errors=(9025,), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.109")
def test_create__extended(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """An extended value is hex or, by binary_coding, base64, of the full length."""
    control.freeze(at=moment("2027-01-15 06:00"))
    user, device = gizwits.bound(gizwits.new_product(EXTENDED))
    (live,) = online(gizwits, device)
    coded = base64.b64encode(bytes.fromhex("0102030405")).decode()
    schedule(gizwits, user, device, date="2027-01-15", time="06:10", attrs={"binary": "1234567000"})
    order: dict[str, Any] = {"attrs": {"binary": coded}, "binary_coding": "base64"}
    schedule(gizwits, user, device, date="2027-01-15", time="06:20", **order)
    control.set_clock(moment("2027-01-15 06:10:30"))
    expect.contains("1234567000", await_heard(live)[0], "the first command")
    control.set_clock(moment("2027-01-15 06:20:30"))
    expect.contains("0102030405", await_heard(live, 2)[1], "the second command")
    short = {"attrs": {"binary": "1234567"}}
    expect.refused(schedule(gizwits, user, device, date="2030-01-01", expected=ANY, **short), 9025, 9015)


@case(
    CREATE,
    kind="negative",
    rules=("r2", "r4", "r5", "r6", "r8", "r9", "r10", "r12", "r13", "r14"),
    errors=(9015,),
    needs=("seed",),
)
@pytest.mark.contradictory("gizwits.contra.18")
@pytest.mark.parametrize(
    "body",
    [
        {"repeat": "none"},
        {"repeat": "none", "date": "2030-13-01"},
        {"repeat": "none", "date": "01.02.2030"},
        {"repeat": "none", "date": "2030-02-30"},
        {"repeat": "mon", "time": None},
        {"repeat": "mon", "time": "24:00"},
        {"repeat": "mon", "time": "6:30"},
        {"repeat": "mon", "time": "06:30:00"},
        {"repeat": "mon", "time": "06:60"},
        {"repeat": "monday"},
        {"repeat": "mon,funday"},
        {"repeat": "mon,none"},
        {"repeat": ""},
        {"repeat": "day", "days": []},
        {"repeat": "day", "days": [0]},
        {"repeat": "day", "days": [32]},
        {"repeat": "day", "days": ["first"]},
        {"repeat": "mon", "start_date": "soon"},
        {"repeat": "mon", "end_date": "2030-99-01"},
        {"repeat": "mon", "start_date": "2030-02-01", "end_date": "2030-01-01"},
    ],
    ids=str,
)
def test_create__no_such_time(gizwits: GizwitsTarget, body: dict[str, Any]) -> None:
    """What is no time, date, weekday or day of the month is refused; nothing is scheduled."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    expect.refused(schedule(gizwits, user, device, expected=ANY, **body), 9015)
    expect.equal([], tasks_of(gizwits, user, device), "tasks")


@case(CREATE, kind="documented", rules=("r4", "r9"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.20")
@pytest.mark.parametrize("days", [[1, 15], ["1", "15"]], ids=["integers", "texts"])
def test_create__days(gizwits: GizwitsTarget, days: list[Any]) -> None:
    """Days of the month are integers or texts, and come back as the same days."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    schedule(gizwits, user, device, repeat="day", days=days)
    shown = tasks_of(gizwits, user, device)[0]["days"]
    expect.equal([1, 15], [int(day) for day in shown], "days")


@case(CREATE, kind="negative", errors=(9015, 9025), needs=("seed",))
@pytest.mark.inferred
def test_create__bad_order(gizwits: GizwitsTarget) -> None:
    """Without an order, or with one the product does not understand, there is no task."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    for order, codes in (
        ({"attrs": None}, (9015,)),
        ({"attrs": {"nothing": 1}}, (9025,)),
        ({"attrs": {"room_temp": 1}}, (9025,)),
        ({"raw": "61", "binary_coding": "octal"}, (9015,)),
    ):
        expect.refused(schedule(gizwits, user, device, repeat="mon", expected=ANY, **order), *codes)


@case(CREATE, kind="negative")
@negatives.parametrize(CREATE)
def test_create__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers, unknown devices."""
    negatives.judge(gizwits, negative)


# Changing and dropping.


@case(UPDATE, kind="time", rules=("r1", "r3", "r4", "r6"), events=(FIRED,), needs=NEEDS)
@pytest.mark.documented
def test_update__fires_at_the_new_time(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A changed task fires when and how it says now, not when it said before."""
    user, device, live = at_home(gizwits, control, "2027-01-15 06:00")
    task = schedule(gizwits, user, device, date="2027-01-15", time="06:30")["id"]
    body = {"repeat": "none", "date": "2027-01-15", "time": "07:00", "raw": "07"}
    expect.equal(task, change(gizwits, user, device, task, attrs={}, **body)["id"], "id")
    row = tasks_of(gizwits, user, device)[0]
    expect.equal(("07:00", "07"), (row["time"], row["raw"]), "the task")
    rests(control, live, "2027-01-15 06:31")
    fires(control, live, "2027-01-15 07:00")
    expect.equal(["07"], await_heard(live), "what the device heard")


@case(UPDATE, kind="time", rules=("r2",), events=(FIRED,), needs=NEEDS)
@pytest.mark.documented
def test_update__switched_off_and_on(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """While enabled is false the task does not fire; afterwards it does."""
    user, device, live = at_home(gizwits, control, "2027-01-15 06:00")
    every = "mon,tue,wed,thu,fri,sat,sun"
    task = schedule(gizwits, user, device, repeat=every)["id"]
    change(gizwits, user, device, task, repeat=every, enabled=False)
    expect.equal(False, tasks_of(gizwits, user, device)[0]["enabled"], "enabled")
    rests(control, live, "2027-01-16 12:00")
    change(gizwits, user, device, task, repeat=every, enabled=True)
    fires(control, live, "2027-01-17 06:30")


@case(UPDATE, kind="negative", rules=("r3",), errors=(9015, 9025, 9030), needs=("seed",))
@pytest.mark.documented
def test_update__bad(gizwits: GizwitsTarget) -> None:
    """A change follows the rules of creation; unknown tasks and those of other devices are refused."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    other = gizwits.new_device(device.product)
    gizwits.bind(user, other)
    task = schedule(gizwits, user, device, repeat="mon")["id"]
    for body, code in (
        ({"repeat": "none"}, 9015),
        ({"time": "25:00"}, 9015),
        ({"repeat": "day"}, 9015),
        ({"attrs": {"nothing": 1}}, 9025),
    ):
        expect.refused(change(gizwits, user, device, task, expected=ANY, **body), code)
    expect.refused(change(gizwits, user, device, gizwits.names.hex(24), expected=ANY), 9030)
    expect.refused(change(gizwits, user, other, task, expected=ANY), 9030)
    expect.equal("mon", tasks_of(gizwits, user, device)[0]["repeat"], "repeat")


@case(UPDATE, kind="permission", errors=(9030,), needs=("seed",))
@pytest.mark.inferred
def test_update__task_of_another_user(gizwits: GizwitsTarget) -> None:
    """Another user of the same device has tasks of their own."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    other = gizwits.new_user()
    gizwits.bind(other, device)
    task = schedule(gizwits, user, device, repeat="mon")["id"]
    expect.equal([], tasks_of(gizwits, other, device), "tasks of the other user")
    expect.refused(change(gizwits, other, device, task, repeat="tue", expected=ANY), 9030)
    path = {"did": device.did, "id": task}
    expect.refused(ask(gizwits, "scheduler.delete", other, path=path, expected=ANY), 9030)
    expect.equal("mon", tasks_of(gizwits, user, device)[0]["repeat"], "repeat")


@case(UPDATE, kind="negative")
@negatives.parametrize(UPDATE)
def test_update__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers, unknown devices."""
    negatives.judge(gizwits, negative)


@case(DELETE, kind="time", rules=("r1", "r3"), errors=(9030,), needs=NEEDS)
@pytest.mark.documented
def test_delete__does_not_fire(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A deleted task is gone, does not fire, and cannot be deleted again."""
    user, device, live = at_home(gizwits, control, "2027-01-15 06:00")
    task = schedule(gizwits, user, device, date="2027-01-15")["id"]
    path = {"did": device.did, "id": task}
    ask(gizwits, "scheduler.delete", user, path=path)
    expect.equal([], tasks_of(gizwits, user, device), "tasks")
    rests(control, live, "2027-01-15 07:00")
    expect.refused(ask(gizwits, "scheduler.delete", user, path=path, expected=ANY), 9030)


@case(DELETE, kind="negative")
@negatives.parametrize(DELETE)
def test_delete__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers, unknown devices."""
    negatives.judge(gizwits, negative)
