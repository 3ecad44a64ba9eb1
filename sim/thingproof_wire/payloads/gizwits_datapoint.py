"""Datapoints: one value that a Gizwits device can say or be told, and what is allowed for it.

Source: gizwits.md:1184 (access), 1185 (types), 1197 (limits, ratio, addition), 1125 (how values are shown).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from thingproof_wire.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Callable

Value: TypeAlias = bool | int | float | str | bytes
"""A display value: bool, enumeration label, number, or bytes of an extended datapoint."""

ACCESS_ORDER = ("writable", "readonly", "alert", "fault")
"""Kinds of datapoints in the order in which they lie in a frame."""
NUMERIC_BYTES = {"uint8": 1, "uint16": 2, "uint32": 4}
TYPES = ("bool", "enum", *NUMERIC_BYTES, "binary")


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One datapoint of a product.

    Attributes:
        minimum, maximum: limits of the display value of a number.
        ratio, addition: display value = ratio * transmitted value + addition.
        length: bytes of a binary datapoint, else 0.
        unit: unit of the display value, empty when it has none.
    """

    id: int
    name: str
    access: str
    type: str
    display_name: str = ""
    description: str = ""
    values: tuple[str, ...] = ()
    minimum: float = 0
    maximum: float = 0
    ratio: float = 1
    addition: float = 0
    length: int = 0
    unit: str = ""

    @property
    def bits(self) -> int:
        """Bits in the bit group: 1 for a bool, ceil(log2 n) for an enumeration of n values, else 0."""
        if self.type == "bool":
            return 1
        return max(1, (len(self.values) - 1).bit_length()) if self.type == "enum" else 0

    @property
    def bytes(self) -> int:
        """Whole bytes: of a number or a binary datapoint, else 0."""
        return NUMERIC_BYTES.get(self.type, self.length if self.type == "binary" else 0)

    @property
    def is_plain_number(self) -> bool:
        """Whether display and transmitted value are whole numbers that differ by the addition only."""
        limits = (self.minimum, self.maximum, self.addition)
        return self.type in NUMERIC_BYTES and self.ratio == 1 and all(float(n).is_integer() for n in limits)

    @property
    def lowest(self) -> Value:
        """The value sent for a datapoint that was given none: false, first label, lowest step, zeros."""
        if self.type == "bool":
            return False
        if self.type == "enum":
            return self.values[0]
        if self.type == "binary":
            return bytes(self.length)
        # Limits may lie between two steps; the tolerance is for ratios such as 0.1.
        return self.to_display(math.ceil((self.minimum - self.addition) / self.ratio - 1e-6))

    def check(self, value: object) -> Value:
        """The display value in its normal form.

        Accepts 0 and 1 for a bool, label or order number for an enumeration, hex text for a binary datapoint.

        Raises:
            OutOfRange: wrong type, unknown label, outside the limits, between two steps, wrong length.
        """
        return _CHECKS[self.type](self, value)

    def to_raw(self, value: float) -> int:
        """Transmitted value of a display value that `check` accepted."""
        return round((value - self.addition) / self.ratio)

    def to_display(self, raw: int) -> float:
        """Display value of a transmitted value; an int when ratio and addition are whole."""
        value = self.ratio * raw + self.addition
        if isinstance(value, int):
            return value
        # Rounding hides the noise of ratios such as 0.01: 732 is 7.32, not 7.320000000000001.
        return int(value) if self.ratio == int(self.ratio) and value.is_integer() else round(value, 10)


def _check_bool(datapoint: Datapoint, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and value in (0, 1):
        return bool(value)
    raise OutOfRange(f"{value!r} is no bool; use true or false, 1 or 0", field=datapoint.name)


def _check_enum(datapoint: Datapoint, value: object) -> str:
    if isinstance(value, str) and value in datapoint.values:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(datapoint.values):
        return datapoint.values[value]
    known = ", ".join(datapoint.values)
    raise OutOfRange(
        f"{value!r} is not in the enumeration; use one of {known} or 0..{len(datapoint.values) - 1}",
        field=datapoint.name,
    )


def _check_number(datapoint: Datapoint, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise OutOfRange(f"{value!r} is no number", field=datapoint.name)
    if not datapoint.minimum <= value <= datapoint.maximum:
        raise OutOfRange(
            f"{value!r} is outside {datapoint.minimum}..{datapoint.maximum}", field=datapoint.name
        )
    steps = (value - datapoint.addition) / datapoint.ratio
    # An absolute tolerance: a relative one would swallow whole steps of a 32-bit counter.
    if abs(steps - round(steps)) > 1e-4:
        raise OutOfRange(
            f"{value!r} lies between two steps of {datapoint.ratio} from {datapoint.addition}",
            field=datapoint.name,
        )
    return datapoint.to_display(round(steps))


def _check_binary(datapoint: Datapoint, value: object) -> bytes:
    if isinstance(value, str):
        try:
            value = bytes.fromhex(value)
        except ValueError:
            raise OutOfRange(f"{value!r} is no hex text", field=datapoint.name) from None
    if not isinstance(value, (bytes, bytearray)):
        raise OutOfRange(f"{value!r} is neither bytes nor hex text", field=datapoint.name)
    if len(value) != datapoint.length:
        raise OutOfRange(
            f"has {len(value)} bytes, the datapoint has {datapoint.length}; pad with zeros on the right",
            field=datapoint.name,
        )
    return bytes(value)


_CHECKS: dict[str, Callable[[Datapoint, object], Value]] = {
    "bool": _check_bool,
    "enum": _check_enum,
    "uint8": _check_number,
    "uint16": _check_number,
    "uint32": _check_number,
    "binary": _check_binary,
}
