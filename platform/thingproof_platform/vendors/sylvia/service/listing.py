"""Lists: filters, order, pages and the two forms of the answer, once for every tag (sylvia.md:215)."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.sylvia.service.forms import count as number
from thingproof_platform.vendors.sylvia.service.forms import malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.rights import Rights

Row = TypeVar("Row")

_ORDERS: Final = {"asc": False, "desc": True}
_FORMATS: Final = ("array", "data")


class Order(Generic[Row]):
    """What a list can be sorted by, and how it is without being asked.

    Args:
        keys: the value of a row, by the name of the key.
        default: e.g. `network:asc,addr:asc`.
    """

    def __init__(self, keys: Mapping[str, Callable[[Row], Any]], default: str) -> None:
        self._keys = keys
        self._default = [self._read(part) for part in default.split(",")]

    def first(self, world: World, request: Request, rows: Iterable[Row], most: int | None) -> list[Row]:
        """The first rows, all without `most`, in the order asked for; equal ones by id (sylvia.contra.47)."""
        faults = world.faults
        wanted = self._asked(request)
        if faults.hits("sort_ignored", request.operation):
            wanted = self._default
        if faults.hits("sort_first_key_only", request.operation):
            wanted = wanted[:1]
        if most is not None and not any(descending for _, descending in wanted):
            # One page of a hundred thousand rows: no need to put the others in order.
            keys = [self._keys[name] for name, _ in wanted]
            return nsmallest(most, rows, key=lambda row: (*(key(row) for key in keys), _id(row)))
        ordered = sorted(rows, key=_id)
        for name, descending in reversed(wanted):
            backwards = descending and not faults.hits("sort_descending_ignored", request.operation)
            ordered.sort(key=self._keys[name], reverse=backwards)
        return ordered[:most]

    def _asked(self, request: Request) -> list[tuple[str, bool]]:
        sort = request.query.get("sort")
        if sort is None:
            return self._default
        return [self._read(part) for part in sort.split(",")]

    def _read(self, part: str) -> tuple[str, bool]:
        name, _, direction = part.partition(":")
        if name not in self._keys or direction not in _ORDERS:
            raise malformed("sort", f"expected key:asc or key:desc with the keys {', '.join(self._keys)}")
        return name, _ORDERS[direction]


def answer(
    world: World,
    request: Request,
    rows: Iterable[Row],
    order: Order[Row],
    shape: Callable[[Row], dict[str, Any]],
) -> Response:
    """One page of the rows, in `data` or as a bare array."""
    wanted = request.query.get("format")
    if wanted is not None and wanted not in _FORMATS:
        raise malformed("format", "expected array or data")
    offset, limit = number(request, "offset", 0), number(request, "limit", world.limits.list_page)
    faults, operation = world.faults, request.operation
    if faults.active:
        offset, limit = _distorted(world, operation, offset, limit)
    ordered = order.first(world, request, rows, offset + limit if limit else None)
    shown = [shape(row) for row in ordered[offset:]]
    if wanted == "array" and not faults.hits("format_ignored", operation):
        return Response(200, shown)
    return Response(200, {"data": shown})


def count(world: World, request: Request, rows: Iterable[Row]) -> Response:
    """How many rows the same filters of a list give."""
    found = sum(1 for _ in rows)
    if world.faults.hits("count_off_by_one", request.operation):
        found += 1
    return Response(200, {"data": {"count": found}})


def unit_asked(rights: Rights, request: Request) -> str | None:
    """The unit a list is about; None for all of them, which only admins may ask for (sylvia.md:383).

    A unit the caller does not see is refused like one that does not exist.
    """
    identifier = request.query.get("unit", "")
    if not identifier:
        if not rights.caller.privileged and not rights.world.faults.on("unit_may_be_left_out"):
            raise malformed("unit", "is required")
        return None
    if rights.visible_unit(identifier) is None and not rights.world.faults.on("foreign_unit_lists_nothing"):
        raise Refusal(Reason.UNIT_UNKNOWN, "you see no unit of this id", "unit")
    return identifier


def holds(world: World, word: str, value: str) -> bool:
    """Does the value hold the word, ignoring case?"""
    if world.faults.on("contains_case_sensitive"):
        return word in value
    if world.faults.on("contains_from_start"):
        return value.lower().startswith(word.lower())
    return word.lower() in value.lower()


def by_code(world: World, request: Request, rows: Iterable[Row]) -> Iterable[Row]:
    """Rows of this code, else those whose code holds the word (sylvia.md:384)."""
    code, word = request.query.get("code", ""), request.query.get("contains", "")
    if code:
        wanted = code if world.faults.on("code_case_sensitive") else code.lower()
        rows = [row for row in rows if _code(row) == wanted]
        if not world.faults.on("contains_beside_code"):
            return rows
    return [row for row in rows if holds(world, word, _code(row))] if word else rows


def _distorted(world: World, operation: str, offset: int, limit: int) -> tuple[int, int]:
    faults = world.faults
    if faults.hits("offset_off_by_one", operation) and offset:
        offset += 1
    if faults.hits("ignore_skip", operation):
        offset = 0
    if faults.hits("ignore_limit", operation):
        limit = 0
    if faults.hits("limit_zero_is_default", operation) and limit == 0:
        limit = world.limits.list_page
    return offset, limit


def _id(row: Any) -> str:
    return str(row.id)


def _code(row: Any) -> str:
    return str(row.code)
