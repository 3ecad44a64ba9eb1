"""The heap of slotted callbacks: order, determinism, other processes, and cheap streams."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
import simpy

from thingproof_sim.kernel.blocks import BlockStream
from thingproof_sim.kernel.slotted import SlottedClock

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_actions_run_by_time_then_by_order_of_scheduling() -> None:
    clock, seen = SlottedClock(), list[tuple[str, float]]()

    def note(name: str, now: float) -> None:
        seen.append((name, now))

    for name, at in (("c", 2.0), ("a", 1.0), ("d", 2.0), ("b", 1.0)):
        clock.schedule(at, partial(note, name))
    clock.after(2.0, lambda: seen.append(("e", clock.now())))
    clock.run(3.0)
    assert seen == [("a", 1.0), ("b", 1.0), ("c", 2.0), ("d", 2.0), ("e", 2.0)]
    assert clock.now() == 3.0


def test_an_action_says_when_it_wants_to_be_called_again() -> None:
    clock, seen = SlottedClock(), []

    def tick(now: float) -> float | None:
        seen.append(now)
        clock.schedule(now, lambda at: seen.append(-at))
        return now + 10 if now < 30 else None

    clock.schedule(10.0, tick)
    clock.run(100.0)
    assert seen == [10.0, -10.0, 20.0, -20.0, 30.0, -30.0]
    assert clock.next_due() is None


def test_what_is_late_runs_now_and_what_is_cancelled_never() -> None:
    clock, seen = SlottedClock(start=50.0), list[float | str]()
    clock.schedule(10.0, seen.append)
    clock.after(1.0, lambda: seen.append("cancelled")).cancel()
    assert clock.next_due() == 50.0
    assert clock.run_due() == 1
    assert seen == [50.0]
    assert clock.next_due() is None


def test_time_stops_where_it_was_told() -> None:
    clock, seen = SlottedClock(), list[float]()
    clock.schedule(5.0, seen.append)
    shares: list[float] = []
    clock.run(4.0, shares.append)
    assert (seen, clock.now()) == ([], 4.0)
    assert shares == pytest.approx([step / 100 for step in range(1, 101)])
    clock.run(4.0)
    assert (seen, clock.now()) == ([5.0], 8.0)


def test_other_processes_of_the_environment_take_their_turns() -> None:
    environment = simpy.Environment()
    clock, seen = SlottedClock(environment=environment), []

    def process() -> Iterator[simpy.Event]:
        while True:
            yield environment.timeout(10)
            seen.append(("simpy", environment.now))

    environment.process(process())
    for at in (5.0, 15.0, 25.0):
        clock.schedule(at, lambda now: seen.append(("heap", now)))
    clock.run(28.0)
    assert seen == [("heap", 5.0), ("simpy", 10), ("heap", 15.0), ("simpy", 20), ("heap", 25.0)]


def test_twenty_thousand_devices_are_one_heap() -> None:
    """All wake in the order of their draws; twice the same."""

    def live(seed: int) -> list[tuple[float, int]]:
        clock, seen = SlottedClock(), []

        def wake(number: int, stream: BlockStream, now: float) -> float | None:
            seen.append((now, number))
            return now + stream.exponential(100.0) if now < 50 else None

        for number in range(20_000):
            stream = BlockStream(seed, f"device {number}")
            clock.schedule(stream.exponential(100.0), partial(wake, number, stream))
        clock.run(100.0)
        return seen

    first = live(1)
    assert [at for at, _ in first] == sorted(at for at, _ in first)
    assert first == live(1)
    assert first != live(2)


def test_block_streams_are_uniform_named_and_repeatable() -> None:
    draws = [BlockStream(7, "x").bits() for _ in range(2)]
    stream, again, other = BlockStream(7, "x"), BlockStream(7, "x"), BlockStream(7, "y")
    units = [stream.unit() for _ in range(8000)]
    assert draws[0] == draws[1]
    assert units == [again.unit() for _ in range(8000)]
    assert units[:16] != [other.unit() for _ in range(16)]
    assert len(set(units)) == len(units)
    assert sum(units) / len(units) == pytest.approx(0.5, abs=0.02)
    assert sum(unit < 0.1 for unit in units) / len(units) == pytest.approx(0.1, abs=0.02)


def test_block_streams_give_many_draws_at_once_and_take_them_back() -> None:
    one, many = BlockStream(7, "x"), BlockStream(7, "x")
    draws = [one.bits() for _ in range(60)]
    place = 0
    for count in (0, 3, 8, 1, 20, 16, 2):
        assert many.take(count) == draws[place : place + count]
        place += count
    many.unread(draws[place - 13 : place])
    mark = many.mark()
    assert many.take(15) == draws[place - 13 : place + 2]
    many.back(mark)
    assert [many.bits() for _ in range(15)] == draws[place - 13 : place + 2]
