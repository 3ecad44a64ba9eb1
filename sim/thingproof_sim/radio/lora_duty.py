"""How long a LoRa device or gateway may transmit: duty cycle by sub-band, dwell time.

Two accounts are kept for each sub-band, and both must allow a frame:

- a budget: no more than its share of any hour (ETSI EN 300 220-1, section 5.4: observed over one hour);
- time off: after a frame of T seconds the sub-band is left alone for T / duty - T (LoRaWAN 1.0, section 7.1),
  as device stacks do. Gateways have the budget only.

Dwell time: the longest frame US915 and AS923 allow, 400 ms (FCC part 15.247; LoRaWAN Regional Parameters).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thingproof_wire.frames.regions import SubBand

DUTY_CYCLE: Final = "duty cycle"
"""Cause of what was not sent, as the ledger says it."""
DWELL_TIME: Final = "dwell time"
HOUR_S: Final = 3600.0
DWELL_LIMIT_S: Final = 0.4
NEVER: Final = float("inf")
ROUNDING_S: Final = 1e-9


class Account:
    """What one transmitter used of one sub-band."""

    __slots__ = ("band", "duty", "free_s", "recent", "total_s", "used_s")

    def __init__(self, band: SubBand) -> None:
        self.band = band
        self.duty = band.duty_cycle
        self.free_s = -NEVER
        self.recent: list[tuple[float, float]] = []
        """End and length of the frames in the budget, in order."""
        self.used_s = 0.0
        self.total_s = 0.0

    def spent(self, frames: int, airtime_s: float, free_s: float) -> None:
        """So many frames of one length more, which are in `recent` already, and when the band is free."""
        used_s, total_s = self.used_s, self.total_s
        for _ in range(frames):  # one by one, as always: sums of floats depend on the order
            used_s += airtime_s
            total_s += airtime_s
        self.used_s, self.total_s, self.free_s = used_s, total_s, free_s

    def forget(self, before_s: float) -> None:
        """Frames that ended by then have left the budget."""
        recent = self.recent
        gone = 0
        while gone < len(recent) and recent[gone][0] <= before_s:
            self.used_s -= recent[gone][1]
            gone += 1
        if gone:
            del recent[:gone]
            if not recent:
                self.used_s = 0.0


class DutyCycle:
    """The duty cycle of one transmitter.

    Args:
        sub_bands: of its region; none for a region without limits. A frequency outside of all is not limited.
        window_s: over which the budget is observed, seconds.
        time_off: leave a sub-band alone after each frame, as devices do.
    """

    __slots__ = ("_accounts", "_bands", "_time_off", "_window_s")

    def __init__(
        self, sub_bands: Sequence[SubBand], window_s: float = HOUR_S, *, time_off: bool = True
    ) -> None:
        self._bands = sub_bands
        self._window_s = window_s
        self._time_off = time_off
        self._accounts: dict[int, Account | None] = {}
        """By frequency; those of one sub-band share an account."""

    def wait_s(self, now: float, frequency_hz: int, airtime_s: float) -> float:
        """Seconds until a frame may start: 0 for now, infinite when it is longer than the whole budget."""
        account = self._accounts[frequency_hz] if frequency_hz in self._accounts else self._open(frequency_hz)
        if account is None or account.duty >= 1:
            return 0.0
        budget = account.duty * self._window_s
        if airtime_s > budget:
            return NEVER
        start = max(now, account.free_s)
        account.forget(now - self._window_s)
        over = account.used_s + airtime_s - budget
        if over > 0:
            for ended, length in account.recent:
                start = max(start, ended + self._window_s)
                over -= length
                if over <= ROUNDING_S:
                    break
        return start - now

    def spend(self, now: float, frequency_hz: int, airtime_s: float) -> None:
        """A frame starts now."""
        account = self._accounts[frequency_hz] if frequency_hz in self._accounts else self._open(frequency_hz)
        if account is None:
            return
        account.total_s += airtime_s
        if account.duty >= 1:
            return
        account.forget(now - self._window_s)
        account.recent.append((now + airtime_s, airtime_s))
        account.used_s += airtime_s
        if self._time_off:
            account.free_s = now + airtime_s / account.duty if account.duty > 0 else NEVER

    def account(self, frequency_hz: int) -> Account | None:
        """The account of a frequency's sub-band; None for one without limits, or outside of all."""
        account = self._accounts[frequency_hz] if frequency_hz in self._accounts else self._open(frequency_hz)
        return None if account is None or account.duty >= 1 else account

    def used_s(self, now: float, frequency_hz: int) -> float:
        """Seconds on the air within the window that ends now, in the sub-band of a frequency."""
        account = self._accounts[frequency_hz] if frequency_hz in self._accounts else self._open(frequency_hz)
        if account is None:
            return 0.0
        account.forget(now - self._window_s)
        return max(account.used_s, 0.0)

    def totals_s(self) -> dict[str, float]:
        """Seconds on the air since the beginning, by name of the sub-bands that were used."""
        return {account.band.name: account.total_s for account in self._accounts.values() if account}

    def _open(self, frequency_hz: int) -> Account | None:
        """The account of a frequency that is used for the first time."""
        band = next((row for row in self._bands if row.low_hz <= frequency_hz < row.high_hz), None)
        shared = None if band is None else Account(band)
        for account in self._accounts.values():
            if account is not None and account.band is band:
                shared = account
        self._accounts[frequency_hz] = shared
        return shared


@dataclass(frozen=True, slots=True)
class DwellTime:
    """The longest time one frame may take.

    Attributes:
        limit_s: seconds; infinite for regions without a limit.
    """

    limit_s: float = DWELL_LIMIT_S

    def allows(self, airtime_s: float) -> bool:
        """Whether a frame of this length may be sent."""
        return airtime_s <= self.limit_s
