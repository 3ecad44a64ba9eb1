"""Time, chance and the trace."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingproof_sim.kernel.clock import Clock, FastClock, RealTimeClock, SteppedClock
from thingproof_sim.kernel.streams import Stream
from thingproof_sim.kernel.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_stream_depends_on_seed_and_name_only() -> None:
    """Other streams' draws make no difference; another seed or name does."""
    alone = [Stream(7, "a").bits() for _ in range(1)]
    stream, other = Stream(7, "a"), Stream(7, "b")
    other.bits()
    assert stream.bits() == alone[0]
    assert Stream(8, "a").bits() != alone[0] != Stream(7, "b").bits()


def test_draws_have_the_promised_distributions() -> None:
    """Means of many draws are where they should be, and limits are kept."""
    stream = Stream(1, "distributions")
    uniform = [stream.uniform(2, 4) for _ in range(4000)]
    assert 2 <= min(uniform) <= max(uniform) < 4
    assert statistics.mean(uniform) == pytest.approx(3, abs=0.05)
    assert statistics.mean(stream.exponential(5) for _ in range(4000)) == pytest.approx(5, rel=0.1)
    gauss = [stream.gauss(10, 2) for _ in range(4000)]
    assert statistics.mean(gauss) == pytest.approx(10, abs=0.15)
    assert statistics.stdev(gauss) == pytest.approx(2, rel=0.1)
    assert {stream.below(3) for _ in range(100)} == {0, 1, 2}
    assert len(stream.bytes(13)) == 13


def play(clock: Clock, note: Callable[[str], None]) -> None:
    """Put a few timers on a clock, one of which is cancelled and one of which makes another."""
    clock.after(2.0, lambda: note("second"))
    clock.after(1.0, lambda: clock.after(0.5, lambda: note("nested")))
    clock.after(1.0, lambda: note("first"))
    clock.after(1.2, lambda: note("never")).cancel()


EXPECTED = ["first", "nested", "second"]


def test_fast_clock_runs_due_work_in_order() -> None:
    """The order is that of due times, and the clock stands at the end."""
    clock = FastClock(100.0)
    seen: list[str] = []
    play(clock, seen.append)
    shares: list[float] = []
    clock.run(3.0, shares.append)
    assert seen == EXPECTED
    assert clock.now() == 103.0
    assert shares[-1] == 1.0


def test_stepped_clock_moves_only_when_told() -> None:
    """Nothing happens before a step, and a step runs what fell due."""
    clock = SteppedClock(100.0)
    seen: list[str] = []
    play(clock, seen.append)
    assert clock.step_to(100.9) == 0
    clock.step_to(101.0)
    clock.step_to(103.0)
    assert seen == EXPECTED
    clock.step_to(50.0)
    assert clock.now() == 103.0


def test_real_time_clock_follows_the_loop_and_can_be_paused() -> None:
    """Due work runs in real time; while the clock is paused nothing is due."""

    async def scenario() -> list[str]:
        seen: list[str] = []
        clock = RealTimeClock(0.0, asyncio.get_running_loop())
        clock.after(0.01, lambda: seen.append("first"))
        while not seen:
            await asyncio.sleep(0.001)
        clock.after(0.01, lambda: seen.append("late"))
        clock.pause()
        stood = clock.now()
        await asyncio.sleep(0.03)
        assert clock.now() == stood
        seen.append("paused")
        clock.resume()
        while len(seen) < 3:
            await asyncio.sleep(0.001)
        return seen

    assert asyncio.run(scenario()) == ["first", "paused", "late"]


@given(st.lists(st.tuples(st.floats(0, 100), st.text(max_size=5)), max_size=20))
def test_trace_hash_tells_traces_apart(lines: list[tuple[float, str]]) -> None:
    """The same lines have the same hash; one line more has another."""
    first, second = Trace(), Trace()
    for trace in (first, second):
        for at, what in lines:
            trace.note(at, "device", what, {"b": 1, "a": what})
    assert first.hexdigest() == second.hexdigest()
    second.note(1.0, "device", "more")
    assert first.hexdigest() != second.hexdigest()


SCRIPT = """
from thingproof_sim import api
plan = api.FleetPlan("f", {"p": api.product("pet_house")}, tuple(
    api.DevicePlan(f"d{i}", "p", f"02{i:010x}", faults=(api.Fault("drop", 0.1),),
        behaviours=(api.BehaviourPlan("Temperature", "random_walk", 5.0, step=3.0),)) for i in range(5)))
print(api.simulate(plan, seed=7, duration_s=600).trace_hash)
"""


def test_trace_hash_does_not_depend_on_the_process() -> None:
    """Two processes with different hash seeds of Python agree."""
    hashes = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 1
    assert len(hashes.pop().strip()) == 64
