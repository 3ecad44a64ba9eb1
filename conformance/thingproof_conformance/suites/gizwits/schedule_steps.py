"""Steps of cases about both schedulers: tasks, moments, what devices heard when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from thingproof_conformance import expect
from thingproof_conformance.suites.gizwits.group_steps import await_heard, heard, online, stays_silent
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER
from thingproof_conformance.suites.gizwits.steps import ask, renew
from thingproof_conformance.vendor_target import SUCCESS

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User
    from thingproof_sim.api import LiveDevice

MINUTE, DAY = 60, 24 * 3600
ON = {"switch": True}


def moment(text: str) -> float:
    """`2027-01-15 08:00` or with seconds, in UTC, as epoch seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def at_home(gizwits: GizwitsTarget, control: ControlClient, start: str) -> tuple[User, Device, LiveDevice]:
    """A user with an air conditioner that is online, the clock standing still at a moment."""
    control.freeze(at=moment(start))
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    (live,) = online(gizwits, device)
    return user, device, live


def schedule(
    gizwits: GizwitsTarget, user: User, device: Device, *, expected: int | str | None = SUCCESS, **body: Any
) -> Answer:
    """Create a task of the device scheduler; it switches on at 06:30 unless the body says otherwise."""
    members = {"time": "06:30", "repeat": "none", "attrs": ON, **body}
    members = {name: value for name, value in members.items() if value is not None}
    return ask(gizwits, "scheduler.create", user, path={"did": device.did}, json=members, expected=expected)


def common(
    gizwits: GizwitsTarget, user: User, *, expected: int | str | None = SUCCESS, **body: Any
) -> Answer:
    """Create a task of the common scheduler; it switches on at 06:30 unless the body says otherwise."""
    members = {"time": "06:30", "repeat": "none", "attrs": ON, **body}
    members = {name: value for name, value in members.items() if value is not None}
    return ask(gizwits, "common_scheduler.create", user, json=members, expected=expected)


def tasks_of(gizwits: GizwitsTarget, user: User, device: Device, **query: Any) -> list[dict[str, Any]]:
    """The tasks of a device."""
    answer = ask(gizwits, "scheduler.list", user, path={"did": device.did}, query=query)
    rows: list[dict[str, Any]] = answer.body
    return rows


def common_tasks(gizwits: GizwitsTarget, user: User, **query: Any) -> list[dict[str, Any]]:
    """The tasks of the common scheduler."""
    rows: list[dict[str, Any]] = ask(gizwits, "common_scheduler.list", user, query=query).body
    return rows


def fires(control: ControlClient, live: LiveDevice, *moments: str) -> None:
    """The device hears a command at each of these moments: not a second before, and once."""
    for text in moments:
        before = len(heard(live))
        control.set_clock(moment(text) - 1)
        stays_silent(live, before, seconds=0.05)
        control.set_clock(moment(text) + 1)
        await_heard(live, before + 1)


def rests(control: ControlClient, live: LiveDevice, until: str) -> None:
    """The device hears nothing until a moment."""
    before = len(heard(live))
    control.set_clock(moment(until))
    stays_silent(live, before)


def again(gizwits: GizwitsTarget, user: User) -> User:
    """The user with a token that holds after the clock was moved far."""
    fresh = renew(gizwits, user)
    expect.different(user.token, fresh.token, "tokens")
    return fresh
