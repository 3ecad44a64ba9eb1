"""Pushes that are dropped, late, repeated, out of order, altered or unasked for are told apart."""

from __future__ import annotations

import threading

import pytest

from thingproof_conformance.events import Arrival, Expected, judge, watch
from thingproof_conformance.recorder import RECORDER
from thingproof_conformance.verdicts import Finding

EVENT = "gizwits.event.devdata.updated"


def arrival(at: float, value: int, did: str = "d1") -> Arrival:
    return Arrival(at, EVENT, {"did": did, "value": value})


def wish(value: int, within_s: float | None = 1.0) -> Expected:
    return Expected(EVENT, {"did": "d1"}, {"value": value}, within_s)


WISHES = (wish(1), wish(2), wish(3))
GOOD = [arrival(0.1, 1), arrival(0.2, 2), arrival(0.3, 3)]


@pytest.mark.parametrize(
    ("arrivals", "kinds"),
    [
        (GOOD, []),
        ([], ["missing", "missing", "missing"]),
        (GOOD[:2], ["missing"]),
        ([GOOD[0], GOOD[1], arrival(1.5, 3)], ["late"]),
        ([*GOOD, arrival(0.4, 3)], ["duplicate"]),
        ([GOOD[0], GOOD[0], *GOOD[1:]], ["duplicate"]),
        ([GOOD[1], GOOD[0], GOOD[2]], ["out_of_order"]),
        ([GOOD[0], arrival(0.2, 9), GOOD[2]], ["wrong_payload"]),
        ([*GOOD, arrival(0.2, 9, "d2")], []),
    ],
    ids=["good", "silent", "dropped", "late", "duplicate", "repeated-first", "swapped", "altered", "foreign"],
)
def test_each_lie_has_its_own_name(arrivals: list[Arrival], kinds: list[str]) -> None:
    """One lie gives one finding of its kind."""
    assert [finding.kind for finding in judge(WISHES, arrivals)] == kinds


def test_an_event_about_something_else_does_not_count() -> None:
    """The same payload about another device is no answer."""
    assert [finding.kind for finding in judge([wish(1)], [arrival(0.1, 1, "d2")])] == ["missing"]


def test_the_deadline_counts_from_the_cause() -> None:
    """Late is measured from `since`."""
    assert not judge([wish(1)], [arrival(10.5, 1)], since=10.0)
    assert [finding.kind for finding in judge([wish(1)], [arrival(10.5, 1)], since=9.0)] == ["late"]


def test_unasked_events_are_findings_when_asked_for() -> None:
    """others=False refuses whatever has no cause."""
    arrivals = [arrival(0.1, 1), arrival(0.2, 9)]
    assert not judge([wish(1)], arrivals)
    assert [finding.kind for finding in judge([wish(1)], arrivals, others=False)] == ["unexpected"]


def test_order_may_be_left_open() -> None:
    """ordered=False accepts any order."""
    assert not judge(WISHES, [GOOD[2], GOOD[0], GOOD[1]], ordered=False)


class Pusher:
    """A source that pushes from another thread, as its script says."""

    def __init__(self, *script: tuple[float, int]) -> None:
        self.arrived: list[Arrival] = []
        for delay_s, value in script:
            threading.Timer(delay_s, self._push, (delay_s, value)).start()

    def _push(self, delay_s: float, value: int) -> None:
        self.arrived.append(arrival(delay_s, value))

    def __call__(self) -> list[Arrival]:
        return list(self.arrived)


def test_watch_waits_for_what_comes() -> None:
    """An event that comes in time passes and is noted as observed."""
    RECORDER.start(None)
    watch(Pusher((0.02, 1)), wish(1), timeout_s=2)
    assert {EVENT} == RECORDER.events


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ((), "missing"),
        (((0.05, 1),), "late"),
        (((0.0, 1), (0.02, 1)), "duplicate"),
        (((0.0, 2), (0.01, 1)), "out_of_order"),
        (((0.0, 7),), "wrong_payload"),
    ],
    ids=["dropped", "late", "duplicated", "out-of-order", "altered"],
)
def test_watch_catches_lying_pushers(script: tuple[tuple[float, int], ...], kind: str) -> None:
    """The five lies, pushed for real."""
    RECORDER.start(None)
    wishes = [wish(1, 0.04)] + ([wish(2, 0.04)] if kind == "out_of_order" else [])
    with pytest.raises(Finding) as caught:
        watch(Pusher(*script), *wishes, timeout_s=0.15, settle_s=0.1)
    assert caught.value.kind == kind
    assert not RECORDER.events


def test_watch_can_ask_for_silence() -> None:
    """Without expected events any arrival is a finding."""
    watch(Pusher(), others=False, settle_s=0.02)
    with pytest.raises(Finding) as caught:
        watch(Pusher((0.01, 1)), others=False, settle_s=0.2)
    assert caught.value.kind == "unexpected"
