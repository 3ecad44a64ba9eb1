"""The error table, the envelope, and what violations of the contract are called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import thingproof_platform
from thingproof_platform.core.dialect import Request
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.tests.builders import CONTRACT, Cloud
from thingproof_platform.vendors.gizwits import DIALECT
from thingproof_platform.vendors.gizwits.errors import CODES, code_of


@dataclass
class _Problem:
    location: str
    name: str
    kind: str = "missing"
    message: str = "is missing"


def test_every_reason_has_a_code_of_the_table() -> None:
    """No refusal without code, of those that the core, the request path and this vendor can give."""
    package = Path(thingproof_platform.__file__).parent
    sources = [
        *package.glob("core/*.py"),
        *package.glob("servers/*.py"),
        *package.glob("network/gizwits_*.py"),
        *package.glob("vendors/gizwits/**/*.py"),
    ]
    given = {name for source in sources for name in re.findall(r"Reason\.([A-Z_]+)", source.read_text())}
    assert len(given) > 50
    for name in given:
        assert code_of(Reason[name]).error_code in CODES


def test_statuses_of_the_table() -> None:
    """404, 401, 403, 429 and 500 where decided, 400 for the rest."""
    special = {code: row.status for code, row in CODES.items() if row.status != 400}
    assert special == {9008: 500, 9014: 404, 9017: 401, 9035: 500, 9039: 403, 9041: 429, 9220: 404}


def test_list_of_errors() -> None:
    """The appendix, 9220 and 9221, as integers; the gaps of the appendix stay gaps."""
    answer = Cloud().call("system.errors", token="")
    codes = {row["error_code"]: row for row in answer.body}
    assert len(codes) == len(answer.body) == 69
    assert {9001, 9046, 9077, 9101, 9999, 9220, 9221} <= set(codes)
    assert not set(codes) & {*range(9047, 9077), 9078, 9079, 9086, 9091, 9097}
    assert codes[9220] == {"status": 404, "error_message": "scene not found!", "error_code": 9220}
    assert codes[9098]["error_message"] == "message already deleted!"


def test_status_tells_the_version() -> None:
    """Nested under status (gizwits.md:3483)."""
    assert Cloud().call("system.status", token="").body == {"status": {"version": "2.15.1"}}


def test_envelope() -> None:
    """Three members, the code as integer."""
    answer = DIALECT.render(Refusal(Reason.THING_UNKNOWN, "no such device"), Request("", "GET", "/"))
    assert answer.status == 404
    assert answer.body == {
        "error_message": "device not found!",
        "error_code": 9014,
        "detail_message": "no such device",
    }


@pytest.mark.parametrize(
    ("reason", "status"),
    [(Reason.ROUTE_UNKNOWN, 404), (Reason.METHOD_NOT_ALLOWED, 405), (Reason.TOO_LARGE, 413)],
)
def test_refusals_of_the_request_path(reason: Reason, status: int) -> None:
    """HTTP statuses of their own in the vendor's envelope."""
    answer = DIALECT.render(Refusal(reason), Request("", "GET", "/"))
    assert (answer.status, answer.body["error_code"]) == (status, 9015)


def test_a_refusal_may_bring_its_status() -> None:
    """The request path may know better than the table."""
    assert DIALECT.render(Refusal(Reason.FORM_INVALID, status=415), Request("", "GET", "/")).status == 415


@pytest.mark.parametrize(
    ("operation", "problem", "reason"),
    [
        ("gizwits.users.login", _Problem("body", "username"), Reason.FORM_INVALID),
        ("gizwits.users.get", _Problem("header", "X-Gizwits-User-token"), Reason.TOKEN_INVALID),
        ("gizwits.users.get", _Problem("header", "X-Gizwits-Application-Id"), Reason.APPLICATION_UNKNOWN),
        ("gizwits.bindings.bind_mac", _Problem("header", "X-Gizwits-Timestamp"), Reason.TIMESTAMP_INVALID),
        ("gizwits.datapoint.get", _Problem("query", "product_key"), Reason.PRODUCT_UNKNOWN),
        ("gizwits.bindings.bind_mac", _Problem("body", "product_key"), Reason.FORM_INVALID),
        ("gizwits.devices.get", _Problem("path", "did"), Reason.THING_UNKNOWN),
        ("gizwits.devices.control", _Problem("body", "did"), Reason.FORM_INVALID),
    ],
)
def test_contract_violations(operation: str, problem: _Problem, reason: Reason) -> None:
    """Inputs with an error of their own get it, all others are form invalid."""
    assert DIALECT.invalid(CONTRACT.operations[operation], [problem]).reason == reason
