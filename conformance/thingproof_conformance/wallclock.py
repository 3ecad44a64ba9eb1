"""The harness' own watch: the only module here that reads the machine's clock.

The harness is a shell around foreign servers, so its deadlines are real ones.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

POLL_S = 0.005


def epoch() -> float:
    """Seconds since 1970, for targets whose clock is the real one."""
    return time.time()  # noqa: TID251 - see the module's docstring


def elapsed() -> float:
    """A monotonic number of seconds, for durations and deadlines."""
    return time.perf_counter()


def stamp() -> str:
    """Now as an ISO 8601 text in UTC."""
    return datetime.fromtimestamp(epoch(), UTC).isoformat(timespec="milliseconds")


def wait_until(condition: Callable[[], bool], timeout_s: float, poll_s: float = POLL_S) -> bool:
    """Poll a condition until it holds or the time is over; tells whether it held."""
    deadline = elapsed() + timeout_s
    while not condition():
        if elapsed() >= deadline:
            return False
        time.sleep(poll_s)
    return True
