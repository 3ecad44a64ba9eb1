"""The lines of the benchmark."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line: what was measured, its numbers, and the sentence people read.

    Attributes:
        name: stable name for machines.
        text: the result in words.
        values: numbers by name, units in the names (``p50_ms``, ``per_second``).
        missing: why a part of the result is missing, if one is.
    """

    name: str
    text: str
    values: dict[str, float] = field(default_factory=dict)
    missing: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The same for machines."""
        numbers: dict[str, Any] = {name: round(value, 3) for name, value in self.values.items()}
        return numbers | ({"missing": self.missing} if self.missing else {})


def percentile(values: list[float], share: float) -> float:
    """The value below which a share of all values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def median_ratio(numerators: list[float], denominators: list[float]) -> float:
    """The median of the rounds' ratios: one disturbed round does not count."""
    return median(top / bottom for top, bottom in zip(numerators, denominators, strict=True))
