"""Whether numbers fit their fields."""

from __future__ import annotations

from thingproof_wire.errors import OutOfRange


def check_bits(name: str, value: int, bits: int) -> None:
    """Whether a number fits its field.

    Raises:
        OutOfRange: it does not.
    """
    if not 0 <= value < 1 << bits:
        raise OutOfRange(f"is {value}, must be 0..{(1 << bits) - 1}", field=name)
