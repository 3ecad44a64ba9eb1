"""When tasks of the device scheduler fire (gizwits.md:2929-2941, 3012-3029, 3073-3078)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.group_steps import heard
from thingproof_conformance.suites.gizwits.schedule_steps import (
    at_home,
    fires,
    moment,
    rests,
    schedule,
    tasks_of,
)
from thingproof_conformance.suites.gizwits.steps import await_entries, await_latest

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

CREATE, LIST = "gizwits.scheduler.create", "gizwits.scheduler.list"
NEEDS = ("seed", "hardware", "clock")
FIRED = "scheduler.fired"


@case(
    CREATE,
    kind="time",
    rules=("r1", "r2", "r3", "gizwits.global.r21", "gizwits.global.r23", "gizwits.global.r24"),
    events=(FIRED,),
    needs=NEEDS,
)
@pytest.mark.documented
def test_create__once(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A one-time task fires in its UTC minute and never again; the log shows the command."""
    user, device, live = at_home(gizwits, control, "2027-01-15 06:00")
    schedule(gizwits, user, device, date="2027-01-15", time="06:30")
    fires(control, live, "2027-01-15 06:30")
    await_latest(gizwits, device, switch=1)
    entries = await_entries(gizwits, user, device, wanted=lambda entry: entry["type"] == "app2dev")
    expect.equal(1, len(entries), "commands in the log")
    expect.between(
        moment("2027-01-15 06:30"), moment("2027-01-15 06:31"), entries[0]["timestamp"], "time of the command"
    )
    rests(control, live, "2027-01-18 06:31")


@case(
    CREATE,
    kind="time",
    rules=("r4", "r5", "r6", f"{LIST}.r1", "gizwits.global.r21"),
    events=(FIRED,),
    needs=NEEDS,
)
@pytest.mark.contradictory("gizwits.contra.17")
@pytest.mark.parametrize("repeat", ["mon,wed", "mon, wed"], ids=["list", "with blanks"])
def test_create__weekly(gizwits: GizwitsTarget, control: ControlClient, repeat: str) -> None:
    """A weekly task fires on its weekdays, week after week, and on no other day."""
    user, device, live = at_home(gizwits, control, "2027-01-15 06:00")  # a Friday
    schedule(gizwits, user, device, repeat=repeat)
    rests(control, live, "2027-01-18 06:00")
    fires(control, live, "2027-01-18 06:30")
    rests(control, live, "2027-01-20 06:00")
    fires(control, live, "2027-01-20 06:30")
    rests(control, live, "2027-01-25 06:00")
    fires(control, live, "2027-01-25 06:30")


@case(CREATE, kind="time", rules=("r5",), events=(FIRED,), needs=NEEDS)
@pytest.mark.documented
@pytest.mark.parametrize(
    ("weekday", "date"),
    [
        ("mon", "2027-01-18"),
        ("tue", "2027-01-19"),
        ("wed", "2027-01-20"),
        ("thu", "2027-01-21"),
        ("fri", "2027-01-22"),
        ("sat", "2027-01-16"),
        ("sun", "2027-01-17"),
    ],
)
def test_create__each_weekday(
    gizwits: GizwitsTarget, control: ControlClient, weekday: str, date: str
) -> None:
    """Every weekday has its name."""
    user, device, live = at_home(gizwits, control, "2027-01-15 12:00")
    schedule(gizwits, user, device, repeat=weekday)
    rests(control, live, f"{date} 06:00")
    fires(control, live, f"{date} 06:30")


@case(
    CREATE,
    kind="time",
    rules=("r8", "r9", "r10", f"{LIST}.r1", "gizwits.global.r21"),
    events=(FIRED,),
    needs=NEEDS,
)
@pytest.mark.contradictory("gizwits.contra.19")
def test_create__days_of_the_month(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A task by days fires on those days of the month; a 31st is left out where there is none."""
    user, device, live = at_home(gizwits, control, "2027-01-15 12:00")
    schedule(gizwits, user, device, repeat="day", days=[1, 31])
    rests(control, live, "2027-01-31 06:00")
    fires(control, live, "2027-01-31 06:30", "2027-02-01 06:30", "2027-03-01 06:30", "2027-03-31 06:30")


@case(CREATE, kind="time", rules=("r7", "r11", "r13", "r14"), events=(FIRED,), needs=NEEDS)
@pytest.mark.documented
@pytest.mark.parametrize("form", ["weekly", "by days"])
def test_create__period(gizwits: GizwitsTarget, control: ControlClient, form: str) -> None:
    """start_date counts from 00:00, end_date to the end of its day; outside of them nothing fires."""
    user, device, live = at_home(gizwits, control, "2027-01-15 12:00")
    body: dict[str, Any] = {"repeat": "mon,tue,wed,thu,fri,sat,sun"}
    if form == "by days":
        body = {"repeat": "day", "days": list(range(1, 32))}
    for time in ("00:00", "23:59"):
        period = {"start_date": "2027-01-18", "end_date": "2027-01-19"}
        schedule(gizwits, user, device, time=time, **body, **period)
    rests(control, live, "2027-01-17 23:59:30")
    fires(control, live, "2027-01-18 00:00", "2027-01-18 23:59", "2027-01-19 00:00", "2027-01-19 23:59")
    rests(control, live, "2027-01-25 00:00")


@case(CREATE, kind="time", rules=("r15", "r16", "gizwits.global.r22"), needs=NEEDS)
@pytest.mark.documented
def test_create__disabled(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A task is enabled unless it says otherwise; one that is not does not fire."""
    user, device, live = at_home(gizwits, control, "2027-01-15 06:00")
    schedule(gizwits, user, device, date="2027-01-15", time="06:10", enabled=False)
    rests(control, live, "2027-01-15 06:20")
    schedule(gizwits, user, device, date="2027-01-15", time="06:30")
    enabled = {row["time"]: row["enabled"] for row in tasks_of(gizwits, user, device)}
    expect.equal({"06:10": False, "06:30": True}, enabled, "enabled")
    fires(control, live, "2027-01-15 06:30")


@case(CREATE, kind="time", rules=("r12",), events=(FIRED,), needs=NEEDS)
@pytest.mark.documented
@pytest.mark.parametrize("time", ["00:00", "12:34", "23:59"])
def test_create__to_the_minute(gizwits: GizwitsTarget, control: ControlClient, time: str) -> None:
    """The time is accurate to the minute, at both ends of the day too."""
    user, device, live = at_home(gizwits, control, "2027-01-14 23:50")
    schedule(gizwits, user, device, date="2027-01-15", time=time)
    fires(control, live, f"2027-01-15 {time}")
    rests(control, live, "2027-01-16 23:59")


@case(CREATE, kind="time", rules=("r2",), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.110")
def test_create__in_the_past(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A one-time task in the past may be refused; when it is taken it never fires."""
    user, device, live = at_home(gizwits, control, "2027-01-15 06:00")
    answer = schedule(gizwits, user, device, date="2027-01-14", expected=None)
    if not answer.ok:
        expect.refused(answer, 9015)
    rests(control, live, "2027-01-16 07:00")


@case(CREATE, kind="state", rules=("r16",), needs=NEEDS)
@pytest.mark.inferred
def test_create__after_unbinding(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A task of somebody who gave the device up controls it no more."""
    user, device, live = at_home(gizwits, control, "2027-01-15 06:00")
    schedule(gizwits, user, device, date="2027-01-15")
    gizwits.call(
        "gizwits.bindings.unbind", token=user, app_id=user.app_id, json={"devices": [{"did": device.did}]}
    )
    rests(control, live, "2027-01-15 07:00")
    expect.equal([], heard(live), "what the device heard")
