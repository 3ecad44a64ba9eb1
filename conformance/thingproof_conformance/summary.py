"""The numbers of a run, from its event stream: what `thingproof check --json` prints."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from thingproof_conformance.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COUNTED = (Verdict.PASSED, Verdict.NON_STRICT, Verdict.NOT_APPLICABLE, Verdict.FAILED)
"""Verdicts that are always shown; inconclusive cases only when there are some."""


def summarise(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Vendor -> documented and covered operations, events, rules, errors, and cases by verdict.

    Cells of a permission matrix are counted where the vendor documents one.

    Of operations also how many were seen to accept a request and how many to refuse one.

    `documented` counts everything the vendor documents, so what is not built yet shows as a gap.
    """
    documented: dict[str, Mapping[str, Any]] = {}
    covered: dict[str, Mapping[str, Any]] = {}
    cases: dict[str, Counter[str]] = {}
    for row in rows:
        if row["event"] == "documented":
            documented[row["vendor"]] = row
        elif row["event"] == "coverage":
            covered[row["vendor"]] = row
        elif row["event"] == "case.finished":
            cases.setdefault(row["vendor"], Counter())[row["verdict"]] += 1
    return {
        vendor: _vendor(documented[vendor], covered.get(vendor, {}), cases.get(vendor, Counter()))
        for vendor in documented
    }


def _vendor(
    documented: Mapping[str, Any], covered: Mapping[str, Any], cases: Mapping[str, int]
) -> dict[str, Any]:
    held = [row for row in covered.get("exchanges", ()) if row["matches"]]
    accepted = _axis(
        documented["operations"], "id", [row["operation"] for row in held if row["status"] < 400]
    )
    refused = _axis(
        documented["operations"], "id", [row["operation"] for row in held if row["status"] >= 400]
    )
    errors = documented["errors"]
    counts = {str(verdict): cases.get(verdict, 0) for verdict in COUNTED}
    if cases.get(Verdict.INCONCLUSIVE, 0):
        counts[str(Verdict.INCONCLUSIVE)] = cases[Verdict.INCONCLUSIVE]
    permissions = documented.get("permissions", ())
    summary = {
        "operations": _axis(documented["operations"], "id", [row["operation"] for row in held])
        | {"accepted": accepted["covered"], "refused": refused["covered"]},
        "events": _axis(documented["events"], "id", covered.get("events_observed", ())),
        "rules": _axis(documented["rules"], "id", covered.get("rules_observed", ())),
        "errors": {
            "documented": len(errors),
            "provokable": sum(bool(error["provokable"]) for error in errors),
            "covered": _axis(errors, "code", covered.get("errors_observed", ()))["covered"],
        },
        "cases": counts,
    }
    if permissions:
        summary["permissions"] = _axis(permissions, "cell", covered.get("permissions_observed", ()))
    return summary


def _axis(entries: Iterable[Mapping[str, Any]], key: str, observed: Iterable[Any]) -> dict[str, int]:
    known = {entry[key] for entry in entries}
    return {"documented": len(known), "covered": len(known & set(observed))}
