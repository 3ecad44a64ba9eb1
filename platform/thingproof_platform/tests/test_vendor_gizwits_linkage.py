"""Linkage rules at work: edges, conditions, intervals, steps side by side (gizwits.md:2221)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.network.gizwits_codecs import codec_of
from thingproof_platform.tests.builders import START, VALUES
from thingproof_platform.tests.linked_cloud import KEY, LinkedCloud, Part, mark, wait

A = {"did": "a", "product_key": KEY, "prefix": "a"}
B = {"did": "b", "product_key": KEY, "prefix": "b"}


def _definition(*outputs: list[Part], **members: Any) -> Part:
    rule = {"name": "rule", "did": "a", "product_key": KEY, "event": "data"}
    return rule | {"input": [A, B], "condition": [], "output": list(outputs)} | members


def _rule(cloud: LinkedCloud, *outputs: list[Part], **members: Any) -> str:
    answer = cloud.call("rules.create", _definition(*outputs, **members))
    assert answer.status == 200, answer.body
    return str(answer.body["rule_id"])


@pytest.mark.parametrize(("event", "name"), [("alert", "alert_full"), ("fault", "fault_roomtemp")])
def test_only_changes_between_known_values_are_edges(event: str, name: str) -> None:
    """0 to 1 occurs, 1 to 0 recovers; a first report or one like the last is neither (gizwits.md:2432)."""
    cloud = LinkedCloud()
    for value, byte in (("1", 1), ("0", 0)):
        attribute = {"attr_name": name, "value": value}
        _rule(cloud, [mark("b", byte)], event=event, event_attr=attribute)
    reports = [cloud.says("a", **{name: value}) for value in (True, True, False, False, True, False)]
    up, down = [("b", "01")], [("b", "00")]
    assert reports == [[], [], down, [], up, down]


def test_a_restart_keeps_the_last_value_of_an_alarm() -> None:
    """The value before the edge comes from the journal."""
    cloud = LinkedCloud()
    _rule(cloud, [mark("b", 1)], event="alert", event_attr={"attr_name": "alert_full", "value": "1"})
    assert cloud.says("a") == []
    cloud.back()
    assert cloud.says("a", alert_full=True) == [("b", "01")]


def test_connections_trigger_once_each() -> None:
    """Online when it comes, offline when the grace is over; a quick return is neither (gizwits.md:1367)."""
    cloud = LinkedCloud()
    _rule(cloud, [mark("b", 1)], event="online", did="z")
    _rule(cloud, [mark("b", 0)], event="offline", did="z")
    cloud.online("z")
    assert cloud.told() == [("b", "01")]
    cloud.m2m.disconnected("z")
    cloud.online("z")
    assert cloud.after(60) == []
    cloud.m2m.disconnected("z")
    assert cloud.after(60) == [("b", "00")]


@pytest.mark.parametrize(
    ("groups", "runs"),
    [
        ([], True),
        ([["a.set_temp > 20"]], True),
        ([["a.set_temp > 21"]], False),
        ([["a.set_temp >= 21", "b.set_temp < 19"], ["b.mode == '制热'"]], True),
        ([["a.set_temp >= 21", "b.set_temp < 18"], ["b.mode != '制热'"]], False),
        ([["a.set_temp > b.set_temp", "b.switch == 0"]], True),
        ([["c.set_temp == 1"]], None),
        ([["b.room_temp == -10", '"制热" == b.mode']], True),
        ([["20.5 <= a.set_temp"]], True),
        ([[]], True),
    ],
    ids=str,
)
def test_one_group_of_conditions_has_to_hold_as_a_whole(
    groups: list[list[str]], *, runs: bool | None
) -> None:
    """OR of AND over the devices' latest values; None: the rule is refused, nothing has the prefix."""
    cloud = LinkedCloud()
    cloud.says("b", set_temp=18, switch=False, mode="制热")
    rows = [
        [dict(zip(("left", "opt", "right"), text.split(), strict=True)) for text in group] for group in groups
    ]
    body = _definition([mark("c", 9)], condition=rows)
    answer = cloud.call("rules.create", body)
    assert (answer.status == 200) == (runs is not None)
    assert cloud.says("a", set_temp=21) == ([("c", "09")] if runs else [])


def test_a_value_nobody_told_yet_satisfies_nothing() -> None:
    """Not even an inequality."""
    cloud = LinkedCloud()
    for opt in ("==", "!="):
        condition = [[{"left": "b.set_temp", "opt": opt, "right": "20"}]]
        _rule(cloud, [mark("c", 9)], condition=condition)
    assert cloud.says("a") == []


def test_the_interval_counts_from_the_last_run() -> None:
    """Exactly at its end the rule runs again; neither reports in between nor unmet conditions prolong it."""
    cloud = LinkedCloud()
    condition = [[{"left": "a.switch", "opt": "==", "right": "1"}]]
    _rule(cloud, [mark("b", 1)], interval=60, condition=condition)
    assert cloud.says("a", switch=False) == []
    ran = []
    for _ in range(130):
        ran.append(bool(cloud.says("a")))
        cloud.after(1)
    assert [second for second, yes in enumerate(ran) if yes] == [0, 60, 120]


def test_the_interval_outlives_a_restart_and_a_clock_set_back() -> None:
    """A run that lies ahead of the clock holds nothing back."""
    cloud = LinkedCloud()
    _rule(cloud, [mark("b", 1)], interval=60)
    assert cloud.says("a")
    cloud.back()
    assert cloud.says("a") == []
    cloud.world.clock.set(START - 3600)
    assert cloud.says("a")
    assert cloud.says("a") == []
    cloud.after(60)
    assert cloud.says("a")


def test_groups_run_side_by_side_and_stop_at_their_own_failure() -> None:
    """A step for a device that is offline ends its group only (gizwits.md:2473)."""
    cloud = LinkedCloud()
    number = _rule(
        cloud,
        [mark("b", 1), wait(5), mark("z", 2), mark("b", 3)],
        [mark("b", 4), wait(3), mark("c", 5), wait(0), mark("c", 6)],
    )
    assert cloud.says("a") == [("b", "01"), ("b", "04")]
    assert cloud.after(2) == []
    assert cloud.after(1) == [("c", "05"), ("c", "06")]
    assert cloud.after(3600) == []
    assert cloud.world.counters["rule_outputs_failed"] == 1
    assert set(cloud.causes("c")) == {f"rule {number}"}
    assert len(cloud.world.runs) == 0


def test_delays_outlive_a_restart() -> None:
    """What waits goes on waiting; what fell due meanwhile is done at once."""
    cloud = LinkedCloud()
    _rule(cloud, [wait(10), mark("b", 1), wait(10), mark("b", 2)])
    assert cloud.says("a") == []
    cloud.after(5)
    cloud.back()
    assert cloud.after(4) == []
    assert cloud.after(1) == [("b", "01")]
    cloud.back()
    assert cloud.after(10) == [("b", "02")]


def test_changes_and_deletion_of_a_rule_that_runs() -> None:
    """A changed rule ends what it began and begins anew with the next event; a deleted one ends at once."""
    cloud = LinkedCloud()
    number = _rule(cloud, [wait(10), mark("b", 1)])
    cloud.says("a")
    path = {"rule_id": number}
    assert cloud.call("rules.update", _definition([wait(10), mark("c", 2)], did="b"), path=path).status == 200
    assert cloud.says("a") == []
    assert cloud.says("b") == []
    assert cloud.after(10) == [("b", "01"), ("c", "02")]
    cloud.says("b")
    assert cloud.call("rules.delete", path=path).status == 200
    assert cloud.after(10) == []
    assert cloud.says("b") == []


def test_lost_devices_are_neither_heard_nor_told() -> None:
    """The user gave up the master, an input, the device of a later step (gizwits.md:2225)."""
    cloud = LinkedCloud()
    _rule(cloud, [mark("b", 1), wait(5), mark("c", 2), mark("b", 3)])
    condition = [[{"left": "c.switch", "opt": "==", "right": "1"}]]
    source = [{"did": "c", "product_key": KEY, "prefix": "c"}]
    _rule(cloud, [mark("b", 4)], condition=condition, input=source)
    cloud.says("c")
    assert cloud.says("a") == [("b", "01"), ("b", "04")]
    cloud.call("bindings.unbind", {"devices": [{"did": "c"}]})
    assert cloud.after(5) == []
    assert cloud.says("a") == [("b", "01")]
    cloud.call("bindings.unbind", {"devices": [{"did": "a"}]})
    assert cloud.says("a") == []


def test_rules_in_a_ring_stop_with_the_reports() -> None:
    """A command is no report: only what a device says goes on."""
    cloud = LinkedCloud()
    _rule(cloud, [mark("b", 1)])
    _rule(cloud, [mark("a", 2)], did="b")
    assert cloud.says("a") == [("b", "01")]
    assert cloud.says("b") == [("a", "02")]


def test_answers_to_reads_are_no_reports() -> None:
    """The answer to a read request changes values, and triggers alarms, but no data rule."""
    cloud = LinkedCloud()
    cloud.says("a")
    _rule(cloud, [mark("b", 1)])
    _rule(cloud, [mark("c", 2)], event="alert", event_attr={"attr_name": "alert_full", "value": "1"})
    report = codec_of(cloud.world, KEY).report(VALUES | {"alert_full": True})
    assert cloud.m2m.published("a", "dev2app/a", report.replace(b"\x91\x04", b"\x91\x03"))
    assert cloud.told() == [("c", "02")]
