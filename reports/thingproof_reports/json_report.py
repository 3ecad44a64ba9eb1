"""report.json: the summary for machines.

Shape: ``{"thingproof", "at", "seed", "profile", "target", "verdict", "exit_code", "seconds", "notes": [],
"vendors": {name: {"operations" | "events" | "rules" | "errors": {"documented", "reachable", "covered",
"detail", "gaps": [{"id", "text", "line", "reason"}]}, "cases": {verdict: count},
"matrix": {operation: {class: {verdict: count}}},
"permissions": [{"role", "method", "subject", "scope", "cases": {verdict: count}}],
"failures": [{"id", "title", "reason", "rule", "line", "expected", "actual", "replay"}],
"contradictions": [{"id", "decision", "seen"}], "exchanges": [...]}},
"simulations": [...], "loads": [...]}``. Fields are added, never renamed.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from thingproof_reports.reading import Case
    from thingproof_reports.summary import Axis, Summary, VendorSummary


def write_json(summary: Summary, path: Path) -> Path:
    """Write the file; its path."""
    path.write_text(json.dumps(as_mapping(summary), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def as_mapping(summary: Summary) -> dict[str, Any]:
    """The report as plain data."""
    started, finished = summary.started, summary.finished
    return {
        "thingproof": started.thingproof,
        "at": started.at,
        "seed": started.seed,
        "profile": started.profile,
        "target": started.target,
        "verdict": finished.verdict,
        "exit_code": finished.exit_code,
        "seconds": finished.seconds,
        "notes": list(summary.notes),
        "vendors": {vendor.vendor: _vendor(vendor) for vendor in summary.vendors},
        "simulations": [msgspec.to_builtins(row) for row in summary.run.simulations],
        "loads": [msgspec.to_builtins(row) for row in summary.run.loads],
    }


def _vendor(vendor: VendorSummary) -> dict[str, Any]:
    return {
        **{name: _axis(axis) for name, axis in vendor.axes.items()},
        "cases": vendor.cases,
        "matrix": {
            row.id: {kind: cell.counts for kind, cell in row.cells.items() if cell.total}
            for row in vendor.matrix
            if any(cell.total for cell in row.cells.values())
        },
        "permissions": [
            {
                "role": role,
                "method": row.method,
                "subject": row.subject,
                "scope": row.scope,
                "cases": cell.counts,
            }
            for row in vendor.permissions.rows
            for role, cell in row.cells.items()
            if cell.total
        ],
        "failures": [_failure(case) for case in vendor.failed],
        "contradictions": [
            {"id": row.id, "decision": row.decision, "seen": row.seen} for row in vendor.readings
        ],
        "exchanges": list(vendor.exchanges),
    }


def _axis(axis: Axis) -> dict[str, Any]:
    return {
        "documented": axis.documented,
        "reachable": axis.reachable,
        "covered": axis.covered,
        "detail": axis.detail,
        "gaps": [asdict(gap) for gap in axis.gaps],
    }


def _failure(case: Case) -> dict[str, Any]:
    finding = case.finding or {}
    return {
        "id": case.id,
        "title": case.title,
        "reason": case.reason,
        **{name: finding.get(name) for name in ("rule", "line", "expected", "actual")},
        "replay": case.replay,
    }
