"""Evidence is complete, bounded, and without secrets."""

from __future__ import annotations

import json

from thingproof_conformance.client import Exchange
from thingproof_conformance.evidence import BODY_LIMIT, Scrubber, curl, exchange_row

TOKEN = "f8324047f20144f6914e7be19304f943"


def exchange(**changes: object) -> Exchange:
    fields: dict[str, object] = {
        "operation": "gizwits.users.login",
        "method": "POST",
        "url": f"http://h/app/login?token={TOKEN}&limit=2",
        "request_headers": {"x-gizwits-user-token": TOKEN, "content-type": "application/json"},
        "request_body": b'{"username": "u", "password": "pass\'word"}',
        "status": 200,
        "response_headers": {"content-type": "application/json"},
        "response_body": json.dumps({"token": TOKEN, "passcode": "ABCDEFGHIJ", "uid": "u1"}).encode(),
    }
    return Exchange(**{**fields, **changes})  # type: ignore[arg-type] # as above


def test_no_secret_is_left() -> None:
    """Tokens, passwords and passcodes are hidden in headers, bodies, URLs, curl lines and messages."""
    scrubber = Scrubber()
    scrubber.learn_from([exchange()])
    shown = json.dumps(exchange_row(exchange(), scrubber)) + curl(exchange(), scrubber)
    shown += scrubber.text(f"expected {TOKEN}, saw {{'passcode': 'ABCDEFGHIJ'}}")
    for secret in (TOKEN, "pass'word", "ABCDEFGHIJ"):
        assert secret not in shown
    assert '"uid": "u1"' in exchange_row(exchange(), scrubber)["response_body"]
    assert "limit=2" in curl(exchange(), scrubber)


def test_known_secrets_are_hidden_wherever_they_stand() -> None:
    """A secret of the target file is hidden by its value; very short texts are left alone."""
    scrubber = Scrubber(["s3cr3t-value", "a"])
    assert scrubber.text("a md5(s3cr3t-value)") == "a md5(***)"


def test_bodies_are_bounded() -> None:
    """A large body is cut and tells its size."""
    row = exchange_row(exchange(request_body=b"x" * 10_000_000), Scrubber())
    assert len(row["request_body"]) < BODY_LIMIT + 40
    assert row["request_body"].endswith("(10000000 bytes)")


def test_binary_bodies_are_readable() -> None:
    """Bytes that are no text do not break the report."""
    row = exchange_row(exchange(request_body=bytes(range(256))), Scrubber())
    assert isinstance(json.loads(json.dumps(row))["request_body"], str)


def test_numbers_stay_numbers() -> None:
    """Numeric fields of the same name, such as an error code, are no secrets."""
    assert Scrubber().text('{"code": 9004}') == '{"code": 9004}'


def test_a_code_is_a_secret_of_one_vendor_only() -> None:
    """Gizwits sends codes by SMS; Sylvia names errors and units by codes."""
    body = b'{"code": "err_broker_unit_exist"}'
    for operation, hidden in (("gizwits.users.verify", True), ("sylvia.unit.create", False)):
        scrubber = Scrubber()
        seen = exchange(operation=operation, response_body=body)
        scrubber.learn_from([seen])
        shown = exchange_row(seen, scrubber)["response_body"]
        assert ("err_broker_unit_exist" not in shown) is hidden
