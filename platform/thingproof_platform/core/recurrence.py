"""When something recurs: once, on weekdays, on days of the month; all in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

# A day of the month comes back within two months (a 31st after a month without one), a weekday within a week.
_DAYS_LOOKED_AT: Final = 70


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Moments at one time of day.

    With `once` there is one moment. Else every day counts that is among the weekdays (Monday is 0) or the
    days of the month, not before `first` and not after `last`, both inclusive.
    """

    at: time
    once: date | None = None
    weekdays: frozenset[int] = field(default_factory=frozenset)
    month_days: frozenset[int] = field(default_factory=frozenset)
    first: date | None = None
    last: date | None = None

    def next_after(self, moment: float) -> float | None:
        """The first moment later than `moment` (epoch seconds), None when there is none any more."""
        if self.once is not None:
            only = self._moment(self.once)
            return only if only > moment else None
        day = datetime.fromtimestamp(moment, UTC).date()
        if self.first is not None and self.first > day:
            day = self.first
        for _ in range(_DAYS_LOOKED_AT):
            if self.last is not None and day > self.last:
                return None
            if (day.weekday() in self.weekdays or day.day in self.month_days) and self._moment(day) > moment:
                return self._moment(day)
            if day == date.max:
                return None
            day += timedelta(days=1)
        return None

    def _moment(self, day: date) -> float:
        return datetime.combine(day, self.at, UTC).timestamp()
