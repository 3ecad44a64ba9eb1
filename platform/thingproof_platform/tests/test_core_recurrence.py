"""When something recurs: compared with a walk through every day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingproof_platform.core.recurrence import Recurrence

_START = datetime(2024, 1, 31, 12, tzinfo=UTC)  # before the 29th of February of a leap year
_DAYS = st.integers(0, 800).map(lambda days: (_START + timedelta(days=days)).date())


def _walk(recurrence: Recurrence, moment: float) -> float | None:
    """The same by trying every day of three years."""
    for days in range(-1, 1200):
        day = (datetime.fromtimestamp(moment, UTC) + timedelta(days=days)).date()
        due = datetime.combine(day, recurrence.at, UTC).timestamp()
        wanted = day.weekday() in recurrence.weekdays or day.day in recurrence.month_days
        inside = (recurrence.first or day) <= day <= (recurrence.last or day)
        if wanted and inside and due > moment:
            return due
    return None


_RECURRENCES = st.builds(
    Recurrence,
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    weekdays=st.frozensets(st.integers(0, 6)),
    month_days=st.frozensets(st.integers(1, 31), max_size=3),
    first=st.none() | _DAYS,
    last=st.none() | _DAYS,
)


@given(recurrence=_RECURRENCES, after=st.floats(0, 400 * 86400))
def test_the_next_moment_is_the_one_a_calendar_shows(recurrence: Recurrence, after: float) -> None:
    """Weekdays, days of the month, both; bounded and not."""
    moment = _START.timestamp() + after
    assert recurrence.next_after(moment) == _walk(recurrence, moment)


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("2024-01-31 11:59", "2024-01-31 12:00"),
        ("2024-01-31 12:00", "2024-03-31 12:00"),  # a moment is never its own successor; February has no 31st
        ("2024-11-30 00:00", "2024-12-31 12:00"),
    ],
)
def test_months_without_the_day_are_left_out(after: str, due: str) -> None:
    """The 31st of each month that has one."""
    recurrence = Recurrence(time(12), month_days=frozenset([31]))
    expected = datetime.fromisoformat(due).replace(tzinfo=UTC).timestamp()
    assert recurrence.next_after(datetime.fromisoformat(after).replace(tzinfo=UTC).timestamp()) == expected


def test_once_is_once() -> None:
    """Before its moment there is one, at and after it none."""
    recurrence = Recurrence(time(9, 30), once=date(2024, 2, 29))
    due = datetime(2024, 2, 29, 9, 30, tzinfo=UTC).timestamp()
    assert [recurrence.next_after(due + away) for away in (-1, 0, 1)] == [due, None, None]


def test_the_calendar_ends() -> None:
    """After its last day nothing recurs, and nothing breaks."""
    recurrence = Recurrence(time(0), weekdays=frozenset(range(7)))
    last = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
    assert (recurrence.next_after(last - 1), recurrence.next_after(last)) == (last, None)
