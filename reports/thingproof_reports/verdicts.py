"""The verdicts of cases, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VERDICTS = ("failed", "inconclusive", "non_strict", "not_applicable", "passed")


def worst(counts: Mapping[str, int]) -> str:
    """The worst verdict that occurs, empty without any."""
    return next((verdict for verdict in VERDICTS if counts.get(verdict)), "")
