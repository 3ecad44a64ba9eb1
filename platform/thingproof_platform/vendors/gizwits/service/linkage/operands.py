"""Operands of comparisons: references to data points, numbers, quoted strings (gizwits.md:2444, 2457)."""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
EQUALITY: Final = ("==", "!=")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_REFERENCE: Final = re.compile(r"([^.'\"\s]+)\.([^.'\"\s]+)")
_SHORTEST_QUOTED: Final = 2


@dataclass(frozen=True, slots=True)
class Reference:
    """`prefix.name`: a data point of an input device."""

    prefix: str
    name: str


Constant = float | str
Operand = Reference | float | str


def read(text: str) -> Operand | None:
    """An operand as the document writes it, None when it is none of the three."""
    if _NUMBER.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else None
    if len(text) >= _SHORTEST_QUOTED and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    matched = _REFERENCE.fullmatch(text)
    return Reference(matched[1], matched[2]) if matched else None


def comparable(value: Any) -> Constant | None:
    """A data point's value for comparison: bool counts as 0 or 1 (gizwits.contra.73), bytes as hex."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str) else None


def settable(value: Any) -> Any:
    """A data point's value as a command takes it for any data point: a bit as 0 or 1, bytes as their list."""
    if isinstance(value, bool):
        return int(value)
    return list(value) if isinstance(value, bytes) else value


def value_of(operand: Operand, values: Mapping[str, Mapping[str, Any]]) -> Constant | None:
    """What an operand is now, from the latest values by prefix; None when the device never told it."""
    if isinstance(operand, Reference):
        return comparable(values.get(operand.prefix, {}).get(operand.name))
    return operand


def holds(left: Constant | None, opt: str, right: Constant | None) -> bool:
    """Does a comparison hold? Never for unknown values, different types, or an order of strings."""
    if left is None or right is None or type(left) is not type(right):
        return False
    if isinstance(left, str) and opt not in EQUALITY:
        return False
    return OPERATORS[opt](left, right)
