"""Aggregated data of a device: the query, and the answer (gizwits.md:3384)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args

from thingproof_platform.core.aggregates import Unit
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.service.forms import form_invalid, integer
from thingproof_platform.vendors.gizwits.shapes import times

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.model import Account, Thing, Total
    from thingproof_platform.core.world import World

_AGGREGATORS: Final[dict[str, Callable[[Total], float]]] = {
    "sum": lambda total: total.sum,
    "avg": lambda total: total.sum / total.count,
    "max": lambda total: total.greatest,
    "min": lambda total: total.least,
}
_NUMERIC: Final = ("bool", "uint8", "uint16", "uint32")  # a bit counts as 0 or 1 (gizwits.contra.95)
_MILLISECONDS: Final = 1000
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Query:
    """A checked query; moments in milliseconds, `end` None for now."""

    start: int
    end: int | None
    names: tuple[str, ...]
    attrs: str
    aggregator: str
    unit: Unit


def read(world: World, thing: Thing, request: Request) -> Query:
    """Check the query against the product."""
    start = integer(request, "start_ts")
    end = integer(request, "end_ts") if request.query.get("end_ts") else None
    if end is not None and end <= start:
        raise form_invalid("end_ts", "must be greater than start_ts")
    aggregator = request.query.get("aggregator", "").lower()
    if aggregator not in _AGGREGATORS:
        raise form_invalid("aggregator", f"expected one of {', '.join(_AGGREGATORS)}")
    unit = request.query.get("unit", "").lower()
    known: tuple[Unit, ...] = get_args(Unit)
    chosen = next((each for each in known if each == unit), None)
    if chosen is None:
        raise form_invalid("unit", f"expected one of {', '.join(known)}")
    attrs = request.query.get("attrs", "")
    names = tuple(name.strip() for name in attrs.split(",") if name.strip())
    if not names:
        raise form_invalid("attrs", "name one data point or more")
    points = {
        point["name"]: point for point in world.things.products.rows[thing.product].mapping["datapoints"]
    }
    for name in names:
        if points.get(name, {}).get("type") not in _NUMERIC:
            raise Refusal(Reason.ATTRIBUTE_INVALID, f"{name} is no numeric data point", "attrs")
    return Query(start, end, names, attrs, aggregator, chosen)


def answer(world: World, thing: Thing, account: Account, query: Query) -> dict[str, Any]:
    """The query again, and one object for each period with data, oldest first."""
    # Without an end the present moment counts in, even when an hour begins with it.
    end = world.clock.now() + 1 if query.end is None else query.end / _MILLISECONDS
    unit: Unit = "hours" if world.faults.on("periods_are_hours") else query.unit
    name = {"avg": "sum", "max": "min"}.get(query.aggregator) if world.faults.on("wrong_aggregator") else None
    aggregate = _AGGREGATORS[name or query.aggregator]
    periods = world.aggregates.periods(thing.id, query.start / _MILLISECONDS, end, unit)
    data = [
        {
            "datatime": times.plain(begin),
            "uid": account.id,
            "product_key": thing.product,
            "attrs": {each: _text(aggregate(totals[each])) for each in query.names if each in totals},
        }
        for begin, totals in periods
    ]
    shown = {
        "aggregator": query.aggregator,
        "end_ts": query.end,
        "start_ts": query.start,
        "attrs": query.attrs,
        "unit": query.unit.upper(),
    }
    return {"query": shown, "data": [row for row in data if row["attrs"]]}


def _text(number: float) -> str:
    """Numbers are texts in the example (gizwits.contra.94): 12, 21.5."""
    return str(round(number, _DIGITS)).removesuffix(".0")
