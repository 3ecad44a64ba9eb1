"""The words a case and a run end with, and the exceptions that carry them out of a case."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Verdict(StrEnum):
    """How one case ended."""

    PASSED = "passed"
    NON_STRICT = "non_strict"
    """The target follows another reading of a contradiction than the decided one."""
    NOT_APPLICABLE = "not_applicable"
    """The target lacks what the case needs."""
    INCONCLUSIVE = "inconclusive"
    """A precondition or the harness failed, so nothing was judged."""
    FAILED = "failed"


OBSERVING = frozenset({Verdict.PASSED, Verdict.NON_STRICT})
"""Only what a case with one of these verdicts saw counts as observed."""

SEVERITY = (
    Verdict.FAILED,
    Verdict.INCONCLUSIVE,
    Verdict.NON_STRICT,
    Verdict.PASSED,
    Verdict.NOT_APPLICABLE,
)
"""Worst first: decides which row stays when one case was judged on several workers."""


class Overall(StrEnum):
    """How a run ended."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not_conformant"
    PARTIAL = "partial"
    UNREACHABLE = "unreachable"
    HARNESS_ERROR = "harness_error"
    MISUSE = "misuse"


class ExitCode(IntEnum):
    """What `thingproof check` and a conformance run of pytest exit with."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    MISUSE = 2
    UNREACHABLE = 3
    HARNESS_ERROR = 4
    PARTIAL = 6


EXIT_CODES = {
    Overall.CONFORMANT: ExitCode.CONFORMANT,
    Overall.NOT_CONFORMANT: ExitCode.NOT_CONFORMANT,
    Overall.MISUSE: ExitCode.MISUSE,
    Overall.UNREACHABLE: ExitCode.UNREACHABLE,
    Overall.HARNESS_ERROR: ExitCode.HARNESS_ERROR,
    Overall.PARTIAL: ExitCode.PARTIAL,
}


class Finding(AssertionError):
    """The target does something else than a rule asks: the case fails.

    `kind` sorts findings: value, shape, status, auth, or for events missing, late, duplicate,
    out_of_order, wrong_payload, unexpected.
    """

    def __init__(
        self,
        message: str,
        *,
        expected: Any = None,
        actual: Any = None,
        rule: str | None = None,
        kind: str = "value",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.actual = actual
        self.rule = rule
        self.kind = kind

    def __str__(self) -> str:
        lines = [self.message]
        if self.expected is not None or self.actual is not None:
            lines += [f"  expected: {self.expected!r}", f"  actual:   {self.actual!r}"]
        if self.rule:
            lines.append(f"  rule:     {self.rule}")
        return "\n".join(lines)


class Inconclusive(Exception):
    """Nothing could be judged; `harness` tells whether the harness itself is at fault."""

    def __init__(self, reason: str, *, harness: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.harness = harness


class Unreachable(Inconclusive):
    """The target does not answer."""


class NotApplicable(Exception):
    """The target lacks what the case needs; the reason names it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def worse(first: Verdict, second: Verdict) -> Verdict:
    """The verdict of two that weighs more."""
    return min(first, second, key=SEVERITY.index)


def overall(cases: Iterable[Mapping[str, Any]]) -> Overall:
    """Sum up the finished cases of a run (rows of the event stream).

    A finding decides first. A harness error or a failed precondition means that the run judged less
    than it claims. A core case left out makes a conformant target partial.
    """
    rows = list(cases)
    verdicts = {row["verdict"] for row in rows}
    if not rows:
        return Overall.MISUSE
    if Verdict.FAILED in verdicts:
        return Overall.NOT_CONFORMANT
    if Verdict.INCONCLUSIVE in verdicts:
        harness = any(row["verdict"] == Verdict.INCONCLUSIVE and row.get("harness") for row in rows)
        return Overall.HARNESS_ERROR if harness else Overall.UNREACHABLE
    if any(row["verdict"] == Verdict.NOT_APPLICABLE and row.get("core", True) for row in rows):
        return Overall.PARTIAL
    return Overall.CONFORMANT
