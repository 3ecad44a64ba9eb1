"""The clock: everything that waits or expires asks here, so that a test moves a week in a microsecond."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Mode = Literal["running", "frozen"]
_SWEEP = 4096  # timers scheduled between two clean-ups of cancelled ones


class Timer:
    """Work that is due at one moment; `cancel` before it ran, nothing happens after."""

    __slots__ = ("action", "at", "cancelled")

    def __init__(self, at: float, action: Callable[[], None]) -> None:
        self.at = at
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        """Drop the work; harmless when it already ran."""
        self.cancelled = True


class Clock:
    """Seconds since the epoch: the wall plus an offset while running, a fixed moment while frozen.

    Args:
        wall: the real time in epoch seconds; the only way time enters the core.
    """

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._offset = 0.0
        self._frozen_at: float | None = None
        self._heap: list[tuple[float, int, Timer]] = []
        self._number = 0

    @property
    def mode(self) -> Mode:
        """`running` while time passes by itself, `frozen` while only `set` and `advance` move it."""
        return "running" if self._frozen_at is None else "frozen"

    def now(self) -> float:
        """The current moment in epoch seconds."""
        return self._wall() + self._offset if self._frozen_at is None else self._frozen_at

    def set(self, moment: float) -> int:
        """Jump to a moment; forward runs what became due, in order. Returns how many pieces of work ran."""
        return self._move(_checked(moment, "now"))

    def advance(self, seconds: float) -> int:
        """Move forward and run what became due, in order, before returning. Returns how many ran."""
        if _checked(seconds, "seconds") < 0:
            raise ValueError(f"seconds: {seconds} is negative; to go back, set the clock to a moment")
        return self._move(self.now() + seconds)

    def freeze(self, at: float | None = None) -> None:
        """Stop the clock, here or at the given moment."""
        if at is not None:
            self.set(at)
        self._frozen_at = self.now()

    def resume(self) -> None:
        """Let time pass again from the current moment."""
        if self._frozen_at is not None:
            self._offset = self._frozen_at - self._wall()
            self._frozen_at = None

    def reset(self) -> None:
        """Back to the wall, running, nothing scheduled."""
        self._offset, self._frozen_at = 0.0, None
        self._heap.clear()

    def schedule(self, at: float, action: Callable[[], None]) -> Timer:
        """Run `action` when the clock reaches `at`; work due at the same moment keeps its order."""
        timer = Timer(at, action)
        self._number += 1
        if self._number % _SWEEP == 0:  # cancelled work is otherwise kept until it would have been due
            self._heap = [entry for entry in self._heap if not entry[2].cancelled]
            heapq.heapify(self._heap)
        heapq.heappush(self._heap, (at, self._number, timer))
        return timer

    def next_due(self) -> float | None:
        """The moment of the next piece of work, None when nothing waits."""
        while self._heap and self._heap[0][2].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run_due(self) -> int:
        """Run what is due by now, in order. Returns how many ran."""
        ran = 0
        while (due := self.next_due()) is not None and due <= self.now():
            heapq.heappop(self._heap)[2].action()
            ran += 1
        return ran

    def _move(self, target: float) -> int:
        """Walk to `target`, standing still at each due moment so that work sees the time it was due at."""
        running = self._frozen_at is None
        ran = 0
        try:
            while (due := self.next_due()) is not None and due <= target:
                self._frozen_at = max(due, self.now()) if target >= self.now() else target
                heapq.heappop(self._heap)[2].action()
                ran += 1
        finally:
            self._frozen_at = target
            if running:
                self.resume()
        return ran


def _checked(value: float, field: str) -> float:
    """The value when it is a finite number; clocks do not understand the others."""
    if not math.isfinite(value):
        raise ValueError(f"{field}: {value} is not a finite number of seconds")
    return value
