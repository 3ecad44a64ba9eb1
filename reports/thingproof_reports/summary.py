"""What a run comes to: coverage by axis with its gaps, the matrix of cases, the contradictions.

The axes (operations, events, rules, errors) are never added up into one number.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from thingproof_reports.permissions import PermissionMatrix, permission_matrix
from thingproof_reports.reading import Case, Coverage, Documented, Finished, Run, Started, read
from thingproof_reports.verdicts import VERDICTS, worst

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("documented", "negative", "permission", "state", "time", "event", "wire", "consistency")
"""Case classes, in the order of the matrix' columns."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something documented that was not covered, and why."""

    id: str
    text: str
    line: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of coverage.

    Attributes:
        documented: everything the document states.
        reachable: what a test can reach at all; equal to `documented` except for errors nothing provokes.
        covered: what was observed in a case that held.
        detail: more about it in a few words.
    """

    name: str
    documented: int
    reachable: int
    covered: int
    gaps: tuple[Gap, ...]
    detail: str = ""

    @property
    def share(self) -> float:
        """Covered share of what can be reached, 0..1."""
        return self.covered / self.reachable if self.reachable else 0.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix: cases of one operation and class by verdict."""

    counts: dict[str, int]

    @property
    def total(self) -> int:
        """All cases of the cell."""
        return sum(self.counts.values())

    @property
    def worst(self) -> str:
        """The worst verdict, empty without cases."""
        return worst(self.counts)


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation: its cells by case class."""

    id: str
    title: str
    method: str
    path: str
    line: int | None
    covered: bool
    cells: dict[str, Cell]

    @property
    def tag(self) -> str:
        """The operation's group: the second part of its id."""
        return self.id.split(".")[1] if "." in self.id else self.id


@dataclass(frozen=True, slots=True)
class Reading:
    """One contradiction: what the document says twice, the decision, and what was seen of the target."""

    id: str
    kind: str
    lines: tuple[int, ...]
    what: str
    decision: str
    seen: str


@dataclass(frozen=True, slots=True)
class VendorSummary:
    """One vendor's part of a run."""

    vendor: str
    title: str
    document: str
    axes: dict[str, Axis]
    matrix: tuple[OperationRow, ...]
    cases: dict[str, int]
    failed: tuple[Case, ...]
    set_aside: tuple[Case, ...]
    exchanges: tuple[dict[str, Any], ...]
    readings: tuple[Reading, ...]
    rule_texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    permissions: PermissionMatrix = field(default_factory=PermissionMatrix)


@dataclass(frozen=True, slots=True)
class Summary:
    """A run, ready to be written or printed."""

    run: Run
    started: Started
    finished: Finished
    vendors: tuple[VendorSummary, ...]
    notes: tuple[str, ...]

    @property
    def conformant(self) -> bool:
        """Whether nothing was found."""
        return self.finished.verdict == "conformant"


def summarise(run_file: Path) -> Summary:
    """The summary of a run file.

    Raises:
        RunFileError: the file cannot be read.
    """
    return summarise_run(read(run_file))


def summarise_run(run: Run) -> Summary:
    """The summary of a run that was read."""
    named = dict.fromkeys([*run.documented, *(case.vendor for case in run.cases), *run.started.vendors])
    vendors = tuple(_vendor(run, vendor) for vendor in named if vendor)
    return Summary(run, run.started, run.finished, vendors, tuple(run.notes))


def _vendor(run: Run, vendor: str) -> VendorSummary:
    documented = run.documented.get(vendor) or Documented(vendor)
    coverage = run.coverage.get(vendor) or Coverage(vendor)
    cases = [case for case in run.cases if case.vendor == vendor]
    counted = Counter(case.verdict for case in cases)
    return VendorSummary(
        vendor=vendor,
        title=documented.title or vendor,
        document=documented.seed_document,
        axes=_axes(documented, coverage, cases),
        matrix=tuple(_row(operation, cases) for operation in documented.operations),
        cases={verdict: counted.get(verdict, 0) for verdict in VERDICTS},
        failed=tuple(case for case in cases if case.verdict == "failed"),
        set_aside=tuple(case for case in cases if case.verdict in ("inconclusive", "not_applicable")),
        exchanges=tuple(coverage.exchanges),
        readings=tuple(_reading(row, cases) for row in documented.contradictions),
        rule_texts={str(rule["id"]): rule for rule in documented.rules},
        permissions=permission_matrix(cases),
    )


def _row(operation: dict[str, Any], cases: list[Case]) -> OperationRow:
    own = [case for case in cases if case.operation == operation["id"]]
    cells = {kind: Cell(dict(Counter(case.verdict for case in own if case.kind == kind))) for kind in KINDS}
    return OperationRow(
        id=str(operation["id"]),
        title=str(operation.get("title", "")),
        method=str(operation.get("method", "")),
        path=str(operation.get("path", "")),
        line=operation.get("line"),
        covered=_holds(own),
        cells=cells,
    )


def _holds(cases: list[Case]) -> bool:
    """Whether a case held: an operation counts as covered from the first one on."""
    return any(case.verdict in ("passed", "non_strict") for case in cases)


def _axes(documented: Documented, coverage: Coverage, cases: list[Case]) -> dict[str, Axis]:
    covered = {
        row["id"] for row in documented.operations if _holds([c for c in cases if c.operation == row["id"]])
    }
    rules = set(coverage.rules_observed)
    events = set(coverage.events_observed)
    errors = set(coverage.errors_observed)
    provokable = [row for row in documented.errors if row.get("provokable", True)]
    return {
        "operations": Axis(
            "operations", len(documented.operations), len(documented.operations), len(covered),
            tuple(
                Gap(
                    row["id"], f"{row.get('method', '')} {row.get('path', '')}", row.get("line"),
                    "no case held",
                )
                for row in documented.operations if row["id"] not in covered
            ),
            _accepted_and_refused(coverage),
        ),
        "events": Axis(
            "events", len(documented.events), len(documented.events),
            sum(row["id"] in events for row in documented.events),
            tuple(
                Gap(row["id"], str(row.get("trigger", "")), row.get("line"), "not observed")
                for row in documented.events if row["id"] not in events
            ),
        ),
        "rules": Axis(
            "rules", len(documented.rules), len(documented.rules),
            sum(row["id"] in rules for row in documented.rules),
            tuple(
                Gap(row["id"], str(row.get("text", "")), row.get("line"), "no case of this run showed it")
                for row in documented.rules if row["id"] not in rules
            ),
        ),
        "errors": Axis(
            "errors", len(documented.errors), len(provokable),
            sum(row["code"] in errors for row in provokable),
            tuple(
                Gap(str(row["code"]), str(row.get("message", "")), row.get("line"), _error_gap(row))
                for row in documented.errors if row["code"] not in errors
            ),
        ),
    }  # fmt: skip


def _accepted_and_refused(coverage: Coverage) -> str:
    """How many operations were seen to accept a request, and how many to refuse one."""
    held = [row for row in coverage.exchanges if row["matches"]]
    accepted = {row["operation"] for row in held if row["status"] < 400}
    refused = {row["operation"] for row in held if row["status"] >= 400}
    return f"{len(accepted)} seen accepting, {len(refused)} refusing"


def _error_gap(error: dict[str, Any]) -> str:
    if error.get("provokable", True):
        return "not observed"
    return str(error.get("reason") or "cannot be provoked")


def _reading(row: dict[str, Any], cases: list[Case]) -> Reading:
    touched = [case for case in cases if case.contradiction == row["id"]]
    if not touched:
        seen = "not touched by this run"
    elif any(case.verdict == "failed" for case in touched):
        seen = "neither reading"
    elif any(case.verdict == "non_strict" for case in touched):
        seen = "another reading than decided"
    elif _holds(touched):
        seen = "as decided"
    else:
        seen = "not decided by this run"
    lines = tuple(line for line in row.get("lines", []) if isinstance(line, int))
    return Reading(
        str(row["id"]),
        str(row.get("kind", "")),
        lines,
        str(row.get("what", "")),
        str(row.get("decision", "")),
        seen,
    )
