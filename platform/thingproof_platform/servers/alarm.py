"""The alarm of the core's clock: wakes when the next piece of work is due."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_platform.core.clock import Clock

_LOG = logging.getLogger(__name__)
LONGEST_SLEEP_S: Final = 30.0  # wall clocks are corrected now and then; look again at least this often


class Alarm:
    """Runs due work of a running clock in the event loop.

    Args:
        clock: the world's clock.
        rang: called after due work ran.
    """

    def __init__(self, clock: Clock, rang: Callable[[], object]) -> None:
        self._clock = clock
        self._rang = rang
        self._handle: asyncio.TimerHandle | None = None
        self._armed_for: float | None = None
        self._stopped = False

    def arm(self) -> None:
        """Look at the next due moment again; cheap when nothing changed."""
        due = self._clock.next_due() if self._clock.mode == "running" and not self._stopped else None
        if due == self._armed_for:
            return
        self._armed_for = due
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if due is not None:
            delay = min(max(0.0, due - self._clock.now()), LONGEST_SLEEP_S)
            self._handle = asyncio.get_running_loop().call_later(delay, self._ring)

    def shifted(self) -> None:
        """The clock was set, frozen or resumed: what was armed means nothing any more."""
        self._armed_for = float("nan")
        self.arm()

    def stop(self) -> None:
        """Never ring again."""
        self._stopped = True
        self.arm()

    def _ring(self) -> None:
        self._handle, self._armed_for = None, None
        try:
            self._clock.run_due()
        except Exception:  # noqa: BLE001 - one failing timer must not stop the others
            _LOG.exception("due work failed")
        self._rang()
        self.arm()
