"""What was observed: exchanges, rules, errors and events, counted on axes that are never summed.

Only what was really observed in a passed (or non-strict) case counts as a match.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from thingproof_conformance.client import NO_CODE
from thingproof_conformance.register import cell
from thingproof_conformance.verdicts import OBSERVING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thingproof_conformance.client import Exchange
    from thingproof_contracts import Code

Key = tuple[str, str, int, str]
"""Operation, request type, status, response type."""


def tally(exchanges: Iterable[Exchange]) -> list[list[Any]]:
    """Exchanges of one case as rows [operation, request type, status, response type, attempts, matches]."""
    attempts: Counter[Key] = Counter()
    matches: Counter[Key] = Counter()
    for exchange in exchanges:
        key = (exchange.operation, exchange.request_type, exchange.status, exchange.response_type)
        attempts[key] += 1
        matches[key] += exchange.matched
    return [[*key, count, matches[key]] for key, count in attempts.items()]


def coverage(vendor: str, cases: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The coverage event of one vendor from the worker rows of its finished cases.

    A worker row carries `tally` and `observed_errors` beside the fields of `case.finished`.
    """
    attempts: Counter[Key] = Counter()
    matches: Counter[Key] = Counter()
    rules: set[str] = set()
    errors: set[Code] = set()
    events: set[str] = set()
    cells: set[str] = set()
    for row in cases:
        observed = row["verdict"] in OBSERVING
        for *parts, tried, matched in row.get("tally", ()):
            key = (str(parts[0]), str(parts[1]), int(parts[2]), str(parts[3]))
            if key[0].partition(".")[0] != vendor:
                continue
            attempts[key] += tried
            matches[key] += matched if observed else 0
        if observed and row["vendor"] == vendor:
            rules.update(row["rules"])
            errors.update(row.get("observed_errors", ()))
            events.update(row["events"])
            events.update(row.get("observed_events", ()))
            if row.get("permission") is not None:
                shown = row["permission"]
                cells.add(cell(shown["role"], shown["method"], shown["subject"]))
    return {
        "event": "coverage",
        "vendor": vendor,
        "exchanges": [
            {
                "operation": key[0],
                "request_type": key[1],
                "status": key[2],
                "response_type": key[3],
                "attempts": attempts[key],
                "matches": matches[key],
            }
            for key in sorted(attempts)
        ],
        "rules_observed": sorted(rules),
        "errors_observed": sorted(errors - {NO_CODE}, key=str),
        "events_observed": sorted(events),
        "permissions_observed": sorted(cells),
    }
