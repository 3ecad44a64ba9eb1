"""The clock devices live by: one interface, three ways to let time pass.

`FastClock` runs as fast as it can (one simpy process owns the agenda of all devices), `RealTimeClock` follows
an asyncio loop and can be paused, `SteppedClock` moves only when it is told to, in step with a platform's
virtual clock.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

import simpy

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator


class Timer:
    """Work that is due at a moment; `cancel` makes it void."""

    __slots__ = ("action", "due")

    def __init__(self, due: float, action: Callable[[], object]) -> None:
        self.due = due
        self.action: Callable[[], object] | None = action

    def cancel(self) -> None:
        """Never run the action."""
        self.action = None


class Clock:
    """An agenda of timers in order of due time, then of creation. Subclasses let time pass."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._agenda: list[tuple[float, int, Timer]] = []
        self._order = 0

    def now(self) -> float:
        """Seconds since the epoch of the simulation."""
        return self._now

    def after(self, delay: float, action: Callable[[], object]) -> Timer:
        """Run an action so many seconds from now."""
        due = self.now() + delay if delay > 0 else self.now()
        timer = Timer(due, action)
        self._order += 1
        heappush(self._agenda, (due, self._order, timer))
        self._changed()
        return timer

    def next_due(self) -> float | None:
        """When the next timer is due; None when the agenda is empty."""
        agenda = self._agenda
        while agenda and agenda[0][2].action is None:
            heappop(agenda)
        return agenda[0][0] if agenda else None

    def run_due(self) -> int:
        """Run everything that is due by now, in order; how many actions ran."""
        ran = 0
        now = self.now()
        agenda = self._agenda
        while agenda and agenda[0][0] <= now:
            timer = heappop(agenda)[2]
            if timer.action is not None:
                action, timer.action = timer.action, None
                action()
                ran += 1
        return ran

    def _changed(self) -> None:
        """The agenda has a new entry."""


class FastClock(Clock):
    """Simulated time, as fast as possible: one simpy process walks from due time to due time."""

    def __init__(self, start: float = 0.0) -> None:
        super().__init__(start)
        self._environment = simpy.Environment(initial_time=start)

    def run(self, seconds: float, progress: Callable[[float], None] | None = None) -> None:
        """Let so many seconds pass.

        Args:
            seconds: simulated seconds.
            progress: called about a hundred times with the share done, 0..1.
        """
        start = self._now
        end = start + seconds
        self._environment.process(self._walk(end))
        for step in range(1, 101):
            until = start + seconds * step / 100
            if until > self._environment.now:
                self._environment.run(until=until)
            if progress is not None:
                progress(step / 100)
        self._now = end
        self.run_due()

    def _walk(self, end: float) -> Iterator[simpy.Event]:
        environment = self._environment
        while (due := self.next_due()) is not None and due <= end:
            if due > environment.now:
                yield environment.timeout(due - environment.now)
            self._now = max(self._now, due)
            self.run_due()


class RealTimeClock(Clock):
    """Real time inside a running asyncio loop; pausing stops the agenda, not the connections.

    Args:
        start: value of the clock when it is made.
        loop: the loop whose time it follows; all calls come from its thread.
    """

    def __init__(self, start: float, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(start)
        self._loop = loop
        self._offset = start - loop.time()
        self._paused_at: float | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._armed = 0.0

    def now(self) -> float:
        """Seconds since the epoch of the simulation."""
        return self._loop.time() + self._offset if self._paused_at is None else self._paused_at

    def pause(self) -> None:
        """Stop the agenda."""
        if self._paused_at is None:
            self._paused_at = self.now()
            self.stop()

    def resume(self) -> None:
        """Go on where the agenda stopped."""
        if self._paused_at is not None:
            self._offset = self._paused_at - self._loop.time()
            self._paused_at = None
            self._changed()

    def stop(self) -> None:
        """Run nothing any more until `resume` or a new timer."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _changed(self) -> None:
        due = self.next_due()
        if due is None or self._paused_at is not None:
            return
        if self._handle is not None:
            if self._armed <= due:
                return
            self._handle.cancel()
        self._armed = due
        self._handle = self._loop.call_at(due - self._offset, self._tick)

    def _tick(self) -> None:
        self._handle = None
        self.run_due()
        self._changed()


class SteppedClock(Clock):
    """Time that stands still until `step_to`."""

    def step_to(self, moment: float) -> int:
        """Set the time and run what is due; how many actions ran."""
        self._now = max(self._now, moment)
        return self.run_due()
