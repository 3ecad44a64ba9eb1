"""What numbers were over time: count, sum, smallest and greatest of each hour, kept as reports come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from thingproof_platform.core.events import ReadingReceived
from thingproof_platform.core.model import Hour, Total

if TYPE_CHECKING:
    from thingproof_platform.core.world import World

Unit = Literal["hours", "days", "weeks", "months"]
_HOUR: Final = 3600


class Aggregates:
    """Hours of things whose product asks for it; a year of reports costs a row an hour."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._table = world.state.table("hours", Hour)
        self._of: dict[str, list[int]] = {}
        world.events.subscribe(ReadingReceived, self._reading)

    def rebuild(self) -> None:
        """Make the index from the rows."""
        self._of.clear()
        for row in self._table:
            self._of.setdefault(row.thing, []).append(row.hour)
        for hours in self._of.values():
            hours.sort()

    def periods(
        self, thing: str, start: float, end: float, unit: Unit
    ) -> list[tuple[float, dict[str, Total]]]:
        """Totals by datapoint of each period with data, oldest first; periods begin at its moment, in UTC.

        Hours count when they begin before `end` and end after `start` (epoch seconds).
        """
        found: dict[float, dict[str, Total]] = {}
        for hour in self._of.get(thing, ()):
            if hour + _HOUR <= start or hour >= end:
                continue
            totals = found.setdefault(beginning(hour, unit), {})
            for name, total in self._table.rows[_key(thing, hour)].totals.items():
                totals[name] = totals[name].with_all(total) if name in totals else total
        return sorted(found.items())

    def prune(self, before: float) -> None:
        """Forget hours that ended before a moment."""
        for thing, hours in self._of.items():
            for hour in [hour for hour in hours if hour + _HOUR <= before]:
                self._table.delete(_key(thing, hour))
                hours.remove(hour)

    def _reading(self, event: ReadingReceived) -> None:
        world = self._world
        thing = world.things.things.get(event.thing)
        product = None if thing is None else world.things.products.get(thing.product)
        if product is None or not product.aggregated:
            return
        hour = int(event.at) // _HOUR * _HOUR
        row = self._table.get(_key(event.thing, hour))
        if row is None:
            row = Hour(event.thing, hour)
            self._of.setdefault(event.thing, []).append(hour)
        for name, value in event.values.items():
            if isinstance(value, (bool, int, float)):
                total = row.totals.get(name)
                one = Total(1, float(value), float(value), float(value))
                row.totals[name] = one if total is None else total.with_all(one)
        self._table.put(_key(event.thing, hour), row)


def beginning(moment: float, unit: Unit) -> float:
    """When the hour, day, week (from Monday) or month of a moment began, in UTC."""
    day = datetime.fromtimestamp(moment, UTC)
    if unit == "hours":
        return day.replace(minute=0, second=0, microsecond=0).timestamp()
    day = day.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "weeks":
        day -= timedelta(days=day.weekday())
    elif unit == "months":
        day = day.replace(day=1)
    return day.timestamp()


def _key(thing: str, hour: int) -> str:
    return f"{thing}:{hour}"
