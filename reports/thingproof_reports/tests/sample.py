"""A small run with every verdict, as the conformance harness and the scenarios write it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "<script>alert('x')</script> & \"quotes\" \x00\x1b ]]>"


def case(name: str, verdict: str, **fields: Any) -> dict[str, Any]:
    """One case."""
    row: dict[str, Any] = {
        "event": "case.finished",
        "id": f"gizwits.users.login::{name}",
        "vendor": "gizwits",
        "operation": "gizwits.users.login",
        "title": f"Case {name}",
        "kind": "documented",
        "evidence": "documented",
        "contradiction": None,
        "rules": ["gizwits.users.login.r1"],
        "errors": [],
        "events": [],
        "verdict": verdict,
        "reason": None if verdict == "passed" else f"because {name}",
        "seconds": 0.01,
        "replay": f"thingproof check --replay gizwits.users.login::{name}",
    }
    return row | fields


def events() -> list[dict[str, Any]]:
    """The events of the run."""
    exchange = {
        "method": "POST",
        "url": "http://127.0.0.1:1/app/login",
        "request_headers": {"x-gizwits-user-token": "***"},
        "request_body": '{"username": "anna"}',
        "status": 200,
        "response_headers": {},
        "response_body": HOSTILE + "x" * 5000,
        "seconds": 0.001,
    }
    failed = case(
        "failed",
        "failed",
        kind="negative",
        finding={
            "rule": "gizwits.users.login.r1",
            "line": 402,
            "expected": HOSTILE,
            "actual": {"a": 1},
            "message": "wrong",
            "kind": "shape",
        },
        exchanges=[exchange],
        frames=[{"direction": "up", "topic": "dev2app/x", "hex": "00000003", "meaning": "report"}],
        curl=["curl http://127.0.0.1:1/app/login"],
    )
    return [
        {
            "event": "run.started",
            "at": "2026-01-02T03:04:05.678+00:00",
            "thingproof": "0.1.0",
            "seed": 7,
            "profile": "strict",
            "readings": {"gizwits.contra.01": "b"},
            "target": {"name": "a cloud", "url": "http://127.0.0.1:1"},
            "vendors": ["gizwits"],
        },
        {
            "event": "documented",
            "vendor": "gizwits",
            "title": "Gizwits Open API",
            "seed_document": "gizwits.md",
            "operations": [
                {"id": "gizwits.users.login", "title": "User login", "method": "POST", "path": "/app/login",
                 "line": 384},
                {"id": "gizwits.groups.list", "title": "Groups", "method": "GET", "path": "/app/group",
                 "line": 1880},
            ],
            "events": [{"id": "gizwits.event.token.expired", "trigger": "7 days", "line": 165}],
            "rules": [
                {"id": "gizwits.users.login.r1", "operation": "gizwits.users.login", "text": "Rule one",
                 "line": 402, "kind": "stated"},
                {"id": "gizwits.users.login.r2", "operation": "gizwits.users.login", "text": "Rule two",
                 "line": 177, "kind": "stated"},
                {"id": "gizwits.groups.list.r1", "operation": "gizwits.groups.list", "text": "Groups",
                 "line": 1880, "kind": "stated"},
            ],
            "errors": [
                {"code": 9020, "message": "wrong password", "status": 400, "line": 3556, "provokable": True,
                 "reason": None},
                {"code": 9008, "message": "server error", "status": 500, "line": 3544, "provokable": False,
                 "reason": "a server fault"},
            ],
            "contradictions": [
                {"id": "gizwits.contra.01", "kind": "conflict", "severity": "high", "lines": [1, 2],
                 "what": "two ways", "decision": "the first"},
                {"id": "gizwits.contra.02", "kind": "gap", "severity": "low", "lines": [3], "what": "silence",
                 "decision": "nothing"},
            ],
        },
        case("passed", "passed"),
        failed,
        case("other_reading", "non_strict", contradiction="gizwits.contra.01", evidence="contradictory"),
        case("no_clock", "not_applicable"),
        case("lost", "inconclusive"),
        {
            "event": "coverage",
            "vendor": "gizwits",
            "exchanges": [
                {"operation": "gizwits.users.login", "request_type": "application/json", "status": 200,
                 "response_type": "application/json", "attempts": 5, "matches": 4}
            ],
            "rules_observed": ["gizwits.users.login.r1"],
            "errors_observed": [9020],
            "events_observed": [],
        },
        {"event": "simulation.finished", "fleet": "house", "seed": 7, "trace_hash": None, "devices": 12,
         "sent": 100, "acknowledged": 99, "stored": 99, "lost": {"fault: drop": 1}, "seconds": 15.0},
        {"event": "load.finished", "vendor": "gizwits", "users": 20, "seconds": 15.0, "workers": 2,
         "rows": [{"name": "latest", "kind": "GET", "requests": 100, "failures": 1, "median_ms": 1.2,
                   "p95_ms": 3.4, "p99_ms": 5.6, "per_second": 78.9}],
         "failures": [{"name": "latest", "message": "timeout", "count": 1}]},
        {"event": "something.new", "detail": 1},
        {"event": "run.finished", "verdict": "not_conformant", "seconds": 12.3, "exit_code": 1},
    ]  # fmt: skip


def permission_case(role: str, method: str, scope: str, verdict: str = "passed") -> dict[str, Any]:
    """A case of the other vendor that judges one cell of its permission matrix."""
    return case(
        f"{role}_{method}_{scope}",
        verdict,
        id=f"sylvia.device.update::{role}_{method}_{scope}",
        vendor="sylvia",
        operation="sylvia.device.update",
        kind="permission",
        rules=[],
        errors=["err_not_found"],
        permission={"role": role, "method": method, "scope": scope, "subject": "a device"},
    )


def two_vendors() -> list[dict[str, Any]]:
    """The run with a second vendor, whose error codes are texts and whose cases judge permissions."""
    documented = {
        "event": "documented",
        "vendor": "sylvia",
        "title": "Sylvia-IoT broker",
        "seed_document": "sylvia.md",
        "operations": [
            {"id": "sylvia.device.update", "title": "Update device", "method": "PATCH", "line": 1086,
             "path": "/broker/api/v1/device/{deviceId}"},
        ],
        "errors": [
            {"code": "err_not_found", "message": "not found", "status": 404, "line": 100},
            {"code": "err_param", "message": "input format", "status": 400, "line": 101},
        ],
    }  # fmt: skip
    coverage = {"event": "coverage", "vendor": "sylvia", "errors_observed": ["err_not_found"]}
    cells = [
        permission_case("admin", "PATCH", "own"),
        permission_case("owner", "PATCH", "own"),
        permission_case("owner", "PATCH", "foreign", "failed"),
        permission_case("owner", "GET", "own"),
        permission_case("none", "GET", "own", "not_applicable"),
    ]
    rows = events()
    return [*rows[:-1], documented, *cells, coverage, rows[-1]]


def write_run(folder: Path, rows: list[dict[str, Any]] | None = None) -> Path:
    """The run as a file."""
    path = folder / "run.ndjson"
    lines = (json.dumps(row) for row in (events() if rows is None else rows))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
