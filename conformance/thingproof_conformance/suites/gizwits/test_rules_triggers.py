"""What triggers a linkage rule, and its conditions (gizwits.md:2407-2462, 2548)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.group_steps import await_heard, heard, online, stays_silent
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, MODES
from thingproof_conformance.suites.gizwits.rule_steps import (
    MARK_HEX,
    compare,
    new_rule,
    send,
    settled,
    source,
    two_devices,
)
from thingproof_conformance.suites.gizwits.sharing_steps import messages_of
from thingproof_conformance.suites.gizwits.steps import (
    await_entries,
    await_latest,
    await_offline,
    await_online,
)
from thingproof_contracts import load

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

CREATE = "gizwits.rules.create"
LOG = "gizwits.devices.raw_data"
NEEDS = ("seed", "hardware")
D3 = "log.app2dev.d3"
EDGES = load("gizwits").register.state_machines["alarm_fault_edge"]["table"]
MEANINGS = {"occurrence": "1", "recovery": "0"}


@case(
    CREATE,
    kind="event",
    rules=("r1", "r5", "r10", "r32", f"{LOG}.r23", f"{LOG}.r20"),
    events=("rule.data", "rule.output", D3),
    needs=NEEDS,
)
@pytest.mark.contradictory("gizwits.contra.51")
def test_create__every_report(gizwits: GizwitsTarget) -> None:
    """Every report of the master device, changed or not, controls the other; the log calls it d3."""
    user, (first, second), (master, target) = two_devices(gizwits)
    new_rule(gizwits, user, first, [send(second)])
    for count in (1, 2):
        master.report()
        expect.equal([MARK_HEX] * count, await_heard(target, count), "what the device heard")
    entries = await_entries(gizwits, user, second, 2, wanted=lambda entry: entry["type"] == "app2dev")
    for entry in entries:
        expect.equal(("d3", "127.0.0.1"), (entry["source"], entry["ip"]), "source and ip")
        expect.lacks("uid", entry, "the log entry")
        expect.lacks("appid", entry, "the log entry")
    target.report()
    settled(gizwits, user, second, target)
    expect.equal(2, len(heard(target)), "commands after a report of the controlled device")


@case(CREATE, kind="event", rules=("r6",), events=("rule.online", D3), needs=NEEDS)
@pytest.mark.documented
def test_create__goes_online(gizwits: GizwitsTarget) -> None:
    """The master device going online triggers; its reports do not."""
    user, first = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    second = gizwits.new_device(first.product)
    gizwits.bind(user, second)
    (target,) = online(gizwits, second)
    new_rule(gizwits, user, first, [send(second)], event="online")
    (master,) = online(gizwits, first)
    await_heard(target)
    master.report()
    settled(gizwits, user, first, master)
    stays_silent(target, 1)


@case(CREATE, kind="event", rules=("r7",), events=("rule.offline", D3), needs=(*NEEDS, "clock"))
@pytest.mark.documented
def test_create__goes_offline(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """The master device going offline triggers, once; coming back does not."""
    user, (first, second), (master, target) = two_devices(gizwits)
    new_rule(gizwits, user, first, [send(second)], event="offline")
    stays_silent(target)
    master.disconnect()
    await_offline(gizwits, control, user, first)
    await_heard(target)
    master.reconnect()
    await_online(gizwits, user, first)
    stays_silent(target, 1)


@case(
    CREATE,
    kind="event",
    rules=("r8", "r9", "r11", "r12", "r13", "r14", "r15"),
    events=(
        "rule.alert.occurred",
        "rule.alert.recovered",
        "rule.fault.occurred",
        "rule.fault.recovered",
        D3,
    ),
    needs=NEEDS,
)
@pytest.mark.documented
@pytest.mark.parametrize("event", ["alert", "fault"])
@pytest.mark.parametrize("row", EDGES, ids=lambda row: f"{row['last']}-{row['now']}")
def test_create__edges(gizwits: GizwitsTarget, event: str, row: dict[str, Any]) -> None:
    """Only the change from 0 to 1 occurs, only the change from 1 to 0 recovers; no other pair is either."""
    name = {"alert": "alert_full", "fault": "fault_roomtemp"}[event]
    user, first = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    watchers = [gizwits.new_device(first.product) for _ in MEANINGS]
    for device in watchers:
        gizwits.bind(user, device)
    lives = online(gizwits, *watchers)
    for device, value in zip(watchers, MEANINGS.values(), strict=True):
        edge = {"attr_name": name, "value": value}
        new_rule(gizwits, user, first, [send(device)], event=event, event_attr=edge)
    if row["last"] is None:
        master = gizwits.hardware(first, values={name: bool(row["now"])})
        await_latest(gizwits, first, **{name: row["now"]})
    else:
        master = gizwits.hardware(first, values={name: bool(row["last"])})
        await_latest(gizwits, first, **{name: row["last"]})
        before = [len(heard(live)) for live in lives]
        expect.equal([0, 0], before, "commands before the change")
        if row["now"] == row["last"]:
            master.report()
        else:
            master.set_value(name, bool(row["now"]))
            await_latest(gizwits, first, **{name: row["now"]})
    settled(gizwits, user, first, master)
    for live, meaning in zip(lives, MEANINGS, strict=True):
        if row["meaning"] == meaning:
            await_heard(live)
        stays_silent(live, 1 if row["meaning"] == meaning else 0)


# Conditions.


def runs_of(gizwits: GizwitsTarget, condition: list[list[dict[str, str]]], **values: Any) -> int:
    """How often a rule with this condition runs while the master, with these values, reports twice."""
    user, (first, second), (master, target) = two_devices(gizwits)
    for name, value in values.items():
        master.set_value(name, value)
    settled(gizwits, user, first, master)
    inputs = [source(first, "a"), source(second, "b")]
    new_rule(gizwits, user, first, [send(second)], input=inputs, condition=condition)
    new_rule(gizwits, user, first, [send(second, raw=[9])])  # tells that the report was judged
    for count in (1, 2):
        master.report()
        while heard(target).count("09") < count:
            await_heard(target, len(heard(target)) + 1)
    return heard(target).count(MARK_HEX)


@case(CREATE, kind="documented", rules=("r21", "r22"), events=("rule.data",), needs=NEEDS)
@pytest.mark.documented
@pytest.mark.parametrize(
    ("opt", "right", "holds"),
    [
        (">", "19", True),
        (">", "20", False),
        (">=", "20", True),
        (">=", "21", False),
        ("<", "21", True),
        ("<", "20", False),
        ("<=", "20", True),
        ("<=", "19", False),
        ("==", "20", True),
        ("==", "21", False),
        ("!=", "21", True),
        ("!=", "20", False),
    ],
)
def test_create__comparisons(gizwits: GizwitsTarget, opt: str, right: str, holds: bool) -> None:
    """Each operator at its edge, with a number on the right."""
    runs = runs_of(gizwits, [[compare("a.set_temp", opt, right)]], set_temp=20)
    expect.equal(2 if holds else 0, runs, f"runs while 20 {opt} {right}")


@case(CREATE, kind="documented", rules=("r17", "r20", "r22"), events=("rule.data",), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.73")
@pytest.mark.parametrize(
    ("left", "opt", "right", "holds"),
    [
        ("a.switch", "==", "1", True),
        ("a.switch", "==", "0", False),
        ("a.mode", "==", f"'{MODES[1]}'", True),
        ("a.mode", "==", f'"{MODES[0]}"', False),
        ("a.mode", "!=", f"'{MODES[0]}'", True),
        ("a.set_temp", ">", "b.set_temp", True),
        ("b.set_temp", ">=", "a.set_temp", False),
        ("5", "<", "a.set_temp", True),
    ],
)
def test_create__operands(gizwits: GizwitsTarget, left: str, opt: str, right: str, holds: bool) -> None:
    """Data points of two devices, numbers and quoted strings, on either side; a bit counts as 0 or 1."""
    values = {"switch": True, "mode": MODES[1], "set_temp": 20}
    runs = runs_of(gizwits, [[compare(left, opt, right)]], **values)
    expect.equal(2 if holds else 0, runs, f"runs while {left} {opt} {right}")


@case(CREATE, kind="documented", rules=("r18", "r19"), events=("rule.data",), needs=NEEDS)
@pytest.mark.documented
@pytest.mark.parametrize(
    ("groups", "holds"),
    [
        ([[True], [False]], True),
        ([[False], [True]], True),
        ([[False], [False]], False),
        ([[True, True]], True),
        ([[True, False]], False),
        ([[False, True]], False),
        ([[True, False], [True, True]], True),
    ],
    ids=str,
)
def test_create__groups_of_conditions(gizwits: GizwitsTarget, groups: list[list[bool]], holds: bool) -> None:
    """One satisfied group is enough; a group is satisfied when all its comparisons hold."""
    condition = [
        [compare("a.set_temp", "==", "20" if truth else "30") for truth in group] for group in groups
    ]
    expect.equal(2 if holds else 0, runs_of(gizwits, condition, set_temp=20), "runs of the rule")


@case(CREATE, kind="documented", rules=("r18",), events=("rule.data",), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.70")
def test_create__no_condition(gizwits: GizwitsTarget) -> None:
    """Without any condition the rule always runs."""
    expect.equal(2, runs_of(gizwits, []), "runs of the rule")


@case(CREATE, kind="time", rules=("r31",), events=("rule.data",), needs=(*NEEDS, "clock"))
@pytest.mark.contradictory("gizwits.contra.107")
def test_create__interval(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Within the interval after a run the rule does not run again; after it, it does."""
    user, (first, second), (master, target) = two_devices(gizwits)
    control.freeze()
    new_rule(gizwits, user, first, [send(second)], interval=60)
    for advance, count in ((0, 1), (30, 1), (29, 1), (2, 2), (59, 2), (1, 3)):
        control.advance(advance)
        master.report()
        settled(gizwits, user, first, master)
        if count > len(heard(target)):
            await_heard(target, count)
        stays_silent(target, count, seconds=0.05)


@case(CREATE, kind="event", events=("message.d3_rule",), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.85")
def test_create__message(gizwits: GizwitsTarget) -> None:
    """A rule that ran may leave a message, of another type than those about sharing."""
    user, (first, second), (master, target) = two_devices(gizwits)
    new_rule(gizwits, user, first, [send(second)], name="cool down")
    master.report()
    await_heard(target)
    expect.equal([], messages_of(gizwits, user), "messages about sharing")
    told = messages_of(gizwits, user, 2)
    expect.true(any("cool down" in row["content"] for row in told), "no message names the rule", actual=told)


@case(CREATE, kind="permission", rules=("r2",), needs=NEEDS)
@pytest.mark.inferred
def test_create__device_lost(gizwits: GizwitsTarget) -> None:
    """When the user gave the controlled device up, the rule controls it no more."""
    user, (first, second), (master, target) = two_devices(gizwits)
    new_rule(gizwits, user, first, [send(second)])
    body = {"devices": [{"did": second.did}]}
    gizwits.call("gizwits.bindings.unbind", token=user, app_id=user.app_id, json=body)
    master.report()
    settled(gizwits, user, first, master)
    stays_silent(target)
