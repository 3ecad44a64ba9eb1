"""The clock of big fleets: one heap of slotted callbacks, owned by one simpy process.

A simpy process for each device costs a generator, an event and a callback list for every wait. Here a wait is
one tuple on a heap, so that twenty thousand devices live a day in seconds. Timers of the other clocks work as
well and share the order of events.
"""

from __future__ import annotations

import math
from heapq import heappop, heappush, heapreplace
from typing import TYPE_CHECKING, TypeAlias

import simpy

from thingproof_sim.kernel.clock import Clock, Timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Action: TypeAlias = "Callable[[float], float | None]"
"""What is due; it is told the time and says when it wants to be called again, None for not by itself."""


class SlottedTimer(Timer):
    """A timer that can lie on the heap."""

    __slots__ = ()

    def __call__(self, now: float) -> None:
        """Run the action, once, unless it was cancelled."""
        del now
        action, self.action = self.action, None
        if action is not None:
            action()


class SlottedClock(Clock):
    """Simulated time as fast as it goes; what is due at the same moment runs in the order of scheduling.

    Args:
        start: value of the clock when it is made, seconds.
        environment: a simpy environment shared with other processes; they see the heap's events as one
            process. Actions wait through this clock, not through simpy: simpy's own time stands still while
            the heap runs up to the environment's next event.
    """

    def __init__(self, start: float = 0.0, environment: simpy.Environment | None = None) -> None:
        super().__init__(start)
        self._environment = simpy.Environment(initial_time=start) if environment is None else environment
        self._heap: list[tuple[float, int, Action]] = []

    def schedule(self, at: float, action: Action) -> None:
        """Call an action at a moment, now if the moment has passed. It cannot be cancelled.

        An action that returns a moment is called again then, which is cheaper than to schedule it anew.
        """
        self._order = order = self._order + 1
        heappush(self._heap, (max(self._now, at), order, action))

    def after(self, delay: float, action: Callable[[], object]) -> Timer:
        """Run an action so many seconds from now."""
        timer = SlottedTimer(self._now + max(delay, 0.0), action)
        self.schedule(timer.due, timer)
        return timer

    def next_due(self) -> float | None:
        """When the next action is due; None when nothing is."""
        heap = self._heap
        while heap and isinstance(heap[0][2], SlottedTimer) and heap[0][2].action is None:
            heappop(heap)
        return heap[0][0] if heap else None

    def run_due(self) -> int:
        """Run everything that is due by now, in order; how many actions ran."""
        return self.run_until(self._now)

    def run_until(self, moment: float) -> int:
        """Let time pass to a moment, seconds; how many actions ran."""
        heap = self._heap
        ran = 0
        while heap:
            at, _, action = heap[0]
            if at > moment:
                break
            self._now = at
            # What the action schedules is due later or scheduled later: its own entry stays on top.
            again = action(at)
            if again is None:
                heappop(heap)
            else:
                self._order = order = self._order + 1
                heapreplace(heap, (max(at, again), order, action))
            ran += 1
        if math.isfinite(moment):
            self._now = max(self._now, moment)
        return ran

    def run(self, seconds: float, progress: Callable[[float], None] | None = None) -> None:
        """Let so many seconds pass, for the other processes of the environment as well.

        Args:
            seconds: simulated seconds.
            progress: called about a hundred times with the share done, 0..1.
        """
        start = self._now
        end = start + seconds
        self._environment.process(self._walk(end))
        for step in range(1, 101):
            until = start + seconds * step / 100 if step < 100 else end
            if until > self._environment.now:
                self._environment.run(until=until)
            if progress is not None:
                progress(step / 100)
        self.run_until(end)

    def _walk(self, end: float) -> Iterator[simpy.Event]:
        """From due time to due time; everything before the environment's next event runs in one go."""
        environment = self._environment
        while (due := self.next_due()) is not None and due <= end:
            if due > environment.now:
                yield environment.timeout(due - environment.now)
            self.run_until(min(max(environment.peek(), due), end))
