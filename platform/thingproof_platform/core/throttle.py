"""Throttles: how often one key may do something within a minute. Kept in memory, a restart forgives."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from thingproof_platform.core.errors import Reason, Refusal

if TYPE_CHECKING:
    from thingproof_platform.core.clock import Clock

_MINUTE = 60.0
_KEYS_KEPT = 10_000


class Throttles:
    """Sliding windows of one minute by kind and key."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], deque[float]] = {}

    def check(self, kind: str, key: str, limit: int) -> None:
        """Refuse when the key reached the limit of the last minute; 0 is no limit."""
        if limit > 0 and len(self._window(kind, key)) >= limit:
            raise Refusal(Reason.THROTTLED, f"more than {limit} within a minute; wait and try again")

    def note(self, kind: str, key: str) -> None:
        """Count one more."""
        if len(self._windows) > _KEYS_KEPT:
            self._windows.clear()
        self._windows.setdefault((kind, key), deque()).append(self._clock.now())

    def clear(self) -> None:
        """Forgive everything."""
        self._windows.clear()

    def _window(self, kind: str, key: str) -> deque[float]:
        window = self._windows.get((kind, key), deque())
        now = self._clock.now()
        # A clock that was set back leaves moments of the future behind: they do not count either.
        while window and not now - _MINUTE < window[0] <= now:
            window.popleft()
        return window
