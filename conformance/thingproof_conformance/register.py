"""Look-ups in a vendor's register: lines and texts of rules, what a case may claim, the documented whole."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from thingproof_contracts import Contract, load

if TYPE_CHECKING:
    from thingproof_conformance.cases import Declaration, Evidence


@cache
def _rules(vendor: str) -> dict[str, tuple[int, str]]:
    """Rule id -> line and text."""
    return {rule.id: (rule.line, rule.text) for rule in load(vendor).register.rules}


def rule_line(rule: str | None) -> int | None:
    """The seed's line of a rule; None for an unknown one."""
    return None if rule is None else _known(rule)[0]


def rule_text(rule: str) -> str:
    """What a rule says."""
    return _known(rule)[1]


def _known(rule: str) -> tuple[int | None, str]:
    try:
        return _rules(rule.partition(".")[0]).get(rule, (None, ""))
    except ValueError:
        return None, ""


def problem(declaration: Declaration, evidence: Evidence) -> str | None:
    """What is wrong with the claims of a case: an id that no register knows; None when all is well."""
    try:
        contract = load(declaration.vendor)
    except ValueError as error:
        return f"operation {declaration.operation!r}: {error}"
    if declaration.operation not in contract.operations:
        return f"there is no operation {declaration.operation!r} in the contract of {contract.vendor}"
    checks = (
        ("rule", declaration.rules, _rules(contract.vendor)),
        ("error", declaration.errors, contract.errors),
        ("event", declaration.events, _events(contract)),
        (
            "contradiction",
            (evidence.contradiction,) if evidence.contradiction else (),
            contract.contradictions,
        ),
    )
    for what, claimed, known in checks:
        for each in claimed:
            if each not in known:
                return f"{what} {each!r} is not in the register of {contract.vendor}"
    return None


def _events(contract: Contract) -> frozenset[str]:
    return frozenset(event.id for event in contract.register.events)


def documented(vendor: str) -> dict[str, Any]:
    """The event that tells a report what the whole vendor documents."""
    contract = load(vendor)
    register = contract.register
    return {
        "event": "documented",
        "vendor": vendor,
        "title": contract.title,
        "seed_document": contract.seed_document,
        "operations": [
            {
                "id": operation.id,
                "title": operation.title,
                "method": operation.method,
                "path": operation.path,
                "line": operation.line,
            }
            for operation in contract.operations.values()
        ],
        "events": [
            {"id": event.id, "trigger": event.trigger, "line": event.line} for event in register.events
        ],
        "rules": _rows(register.rules, "id", "operation", "text", "line", "kind"),
        "errors": _rows(register.errors, "code", "message", "status", "line", "provokable", "reason"),
        "contradictions": _rows(
            register.contradictions, "id", "kind", "severity", "lines", "what", "decision"
        ),
        "permissions": [
            {"cell": cell(role, row["method"], row["op"])}
            for row in _matrix(contract)
            for role in row["roles"]
        ],
    }


def cell(role: str, method: str, subject: str) -> str:
    """The name of a cell of the permission matrix."""
    return f"{role}: {method} {subject}"


def _matrix(contract: Contract) -> list[dict[str, Any]]:
    """The rows of the permission matrix with the roles they are about; none where there is no matrix."""
    table = contract.register.state_machines.get("permission_matrix")
    return [] if table is None else [{**row, "roles": list(table["roles"])} for row in table["rows"]]


def _rows(entries: tuple[Any, ...], *names: str) -> list[dict[str, Any]]:
    return [{name: msgspec.to_builtins(getattr(entry, name)) for name in names} for entry in entries]
