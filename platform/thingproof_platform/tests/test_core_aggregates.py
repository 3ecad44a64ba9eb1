"""Aggregates: hours as reports come in, periods as they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingproof_platform.core.aggregates import Unit, beginning
from thingproof_platform.core.events import ReadingReceived
from thingproof_platform.tests.builders import AIR_CONDITIONER, Cloud
from thingproof_platform.vendors.gizwits import DIALECT

if TYPE_CHECKING:
    from thingproof_platform.core.world import World

_UNITS: tuple[Unit, ...] = ("hours", "days", "weeks", "months")
_FIRST = datetime(2024, 2, 26, tzinfo=UTC)  # a Monday in a leap year's February


def _world() -> tuple[Cloud, str]:
    cloud = Cloud()
    DIALECT.seed(cloud.world, {"products": [AIR_CONDITIONER | {"data_service": True}]})
    return cloud, cloud.world.things.find("gizwits", cloud.did)[1].id


def _say(world: World, thing: str, at: float, value: object) -> None:
    world.emit(ReadingReceived(at, thing, {"set_temp": value, "mode": "text"}))


def _calendar(moment: float, unit: Unit) -> datetime:
    """The beginning of a period, by the calendar's own numbers."""
    day = datetime.fromtimestamp(moment, UTC)
    if unit == "hours":
        return datetime(day.year, day.month, day.day, day.hour, tzinfo=UTC)
    if unit == "weeks":
        return datetime.fromisocalendar(*day.isocalendar()[:2], 1).replace(tzinfo=UTC)
    return datetime(day.year, day.month, day.day if unit == "days" else 1, tzinfo=UTC)


@given(st.lists(st.tuples(st.integers(0, 60 * 24 * 60), st.integers(16, 30)), min_size=1, max_size=40))
def test_periods_hold_what_was_reported_in_them(reports: list[tuple[int, int]]) -> None:
    """Count, sum, least and greatest by hour, day, week and month, whatever order the reports came in."""
    cloud, thing = _world()
    for minutes, value in reports:
        _say(cloud.world, thing, (_FIRST + timedelta(minutes=minutes)).timestamp(), value)
    cloud.restart()
    for unit in _UNITS:
        expected: dict[float, list[int]] = {}
        for minutes, value in reports:
            begin = _calendar((_FIRST + timedelta(minutes=minutes)).timestamp(), unit).timestamp()
            expected.setdefault(begin, []).append(value)
        found = cloud.world.aggregates.periods(thing, 0, 4e9, unit)
        assert [begin for begin, _ in found] == sorted(expected)
        for begin, totals in found:
            assert set(totals) == {"set_temp"}
            total, values = totals["set_temp"], expected[begin]
            assert (total.count, total.sum) == (len(values), sum(values))
            assert (total.least, total.greatest) == (min(values), max(values))


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [(0, 3, [0, 1, 2]), (1, 2, [1]), (1, 1.5, [1]), (0.5, 1, [0]), (3, 9, []), (-1, 0, [])],
)
def test_hours_count_when_they_touch_the_span(start: float, end: float, hours: list[int]) -> None:
    """An hour that ends with the start, or begins with the end, does not."""
    cloud, thing = _world()
    origin = _FIRST.timestamp()
    for hour in range(3):
        _say(cloud.world, thing, origin + 3600 * hour + 1, 20)
    found = cloud.world.aggregates.periods(thing, origin + 3600 * start, origin + 3600 * end, "hours")
    assert [round((begin - origin) / 3600) for begin, _ in found] == hours


def test_only_products_that_ask_for_it_are_kept_and_old_hours_go() -> None:
    """Pruning leaves the hour a moment lies in."""
    cloud = Cloud()
    thing = cloud.world.things.find("gizwits", cloud.did)[1].id
    _say(cloud.world, thing, _FIRST.timestamp(), 20)
    assert cloud.world.aggregates.periods(thing, 0, 4e9, "hours") == []
    cloud, thing = _world()
    for hour in range(3):
        _say(cloud.world, thing, _FIRST.timestamp() + 3600 * hour, 20)
    cloud.world.aggregates.prune(_FIRST.timestamp() + 3600 + 1)
    kept = cloud.world.aggregates.periods(thing, 0, 4e9, "hours")
    assert [begin for begin, _ in kept] == [_FIRST.timestamp() + 3600, _FIRST.timestamp() + 7200]


def test_a_week_begins_on_monday_also_across_a_year() -> None:
    """The 1st of January 2027 is a Friday; its week began in December."""
    moment = datetime(2027, 1, 1, 5, tzinfo=UTC).timestamp()
    assert beginning(moment, "weeks") == datetime(2026, 12, 28, tzinfo=UTC).timestamp()
