"""The clock: order of due work, freezing, jumping."""

from __future__ import annotations

from functools import partial

import pytest

from thingproof_platform.core.clock import Clock
from thingproof_platform.tests.builders import START, Wall


def test_due_work_runs_in_order_at_its_own_moment() -> None:
    """Work runs by due time, then by order of scheduling, and sees the moment it was due at."""
    clock = Clock(Wall())
    clock.freeze()
    seen: list[tuple[str, float]] = []

    def note(name: str) -> None:
        seen.append((name, clock.now() - START))

    for name, after in (("late", 20), ("first", 10), ("second", 10)):
        clock.schedule(START + after, partial(note, name))
    assert clock.advance(30) == 3
    assert seen == [("first", 10), ("second", 10), ("late", 20)]
    assert clock.now() == START + 30


def test_work_scheduled_by_work_runs_in_the_same_step() -> None:
    """A timer that schedules another within the step gets it run before the call returns."""
    clock = Clock(Wall())
    clock.freeze()
    ran: list[float] = []

    def tick() -> None:
        ran.append(clock.now() - START)
        clock.schedule(clock.now() + 1, tick)

    clock.schedule(START + 1, tick)
    assert clock.advance(3) == 3
    assert ran == [1, 2, 3]


def test_cancelled_work_does_not_run() -> None:
    """Cancelling keeps the rest."""
    clock = Clock(Wall())
    seen: list[str] = []
    clock.schedule(START + 1, lambda: seen.append("no")).cancel()
    clock.schedule(START + 2, lambda: seen.append("yes"))
    assert clock.next_due() == START + 2
    clock.advance(5)
    assert seen == ["yes"]


def test_cancelled_work_does_not_pile_up() -> None:
    """Many timers that are cancelled at once leave the clock small."""
    clock = Clock(Wall())
    for _ in range(20_000):
        clock.schedule(START + 60, lambda: None).cancel()
    assert len(clock._heap) <= 4096
    assert clock.next_due() is None


def test_running_clock_follows_the_wall_with_its_offset() -> None:
    """Advance and resume keep time continuous while the wall goes on."""
    wall = Wall()
    clock = Clock(wall)
    clock.advance(100)
    wall.time += 1
    assert clock.now() == START + 101
    clock.freeze()
    wall.time += 50
    assert (clock.now(), clock.mode) == (START + 101, "frozen")
    clock.resume()
    wall.time += 1
    assert (clock.now(), clock.mode) == (START + 102, "running")


def test_run_due_leaves_what_is_not_due() -> None:
    """Only what is due by now runs."""
    wall = Wall()
    clock = Clock(wall)
    clock.schedule(START + 1, lambda: None)
    clock.schedule(START + 9, lambda: None)
    wall.time += 2
    assert clock.run_due() == 1
    assert clock.next_due() == START + 9


def test_set_back_keeps_timers_waiting() -> None:
    """Going back runs nothing and loses nothing."""
    clock = Clock(Wall())
    clock.schedule(START + 10, lambda: None)
    assert clock.set(START - 1000) == 0
    assert clock.next_due() == START + 10
    assert clock.set(START + 11) == 1


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_refuses_moments_that_are_none(bad: float) -> None:
    """A clear error instead of a clock that never works again."""
    clock = Clock(Wall())
    with pytest.raises(ValueError, match="now"):
        clock.set(bad)
    with pytest.raises(ValueError, match="seconds"):
        clock.advance(bad)


def test_refuses_to_advance_backwards() -> None:
    """The message says what to do instead."""
    with pytest.raises(ValueError, match="set the clock"):
        Clock(Wall()).advance(-1)


def test_failing_work_leaves_the_clock_usable() -> None:
    """An error in due work is raised, the mode stays."""
    clock = Clock(Wall())

    def fail() -> None:
        raise RuntimeError("no")

    clock.schedule(START + 1, fail)
    with pytest.raises(RuntimeError):
        clock.advance(2)
    assert clock.mode == "running"
    assert clock.advance(1) == 0
