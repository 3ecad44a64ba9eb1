"""Negative cases come from the contract, and a server that accepts them is caught."""

from __future__ import annotations

import json
from typing import Any

import pytest

from thingproof_conformance import negatives
from thingproof_conformance.names import Names
from thingproof_conformance.recorder import RECORDER
from thingproof_conformance.selftest.liars import HONEST, Liar, refusal
from thingproof_conformance.target import VendorPart
from thingproof_conformance.vendor_target import Call
from thingproof_conformance.vendors import REFUSALS, TARGETS
from thingproof_conformance.vendors.gizwits import GizwitsTarget
from thingproof_conformance.vendors.gizwits.valid import VALID_CALLS
from thingproof_conformance.vendors.sylvia.valid import VALID_CALLS as SYLVIA_CALLS
from thingproof_conformance.verdicts import Finding
from thingproof_contracts import VENDORS, load

LOGIN = "gizwits.users.login"


class Login(GizwitsTarget):
    """A target whose valid call is a login, without any subject to prepare."""

    def valid_call(self, operation: str) -> Call:
        """A login."""
        return Call(operation, json={"username": "u", "password": "right"})


def generated(operation: str) -> dict[str, negatives.Negative]:
    return {negative.name: negative for negative in negatives.generate(load("gizwits"), operation)}


def judged(script: Any, negative: negatives.Negative) -> Any:
    """The judgement of one negative case, and the requests the server saw."""
    RECORDER.start(None)
    with Liar(script) as liar:
        part = VendorPart("gizwits", liar.url, values={"app_id": "c" * 32})
        target = Login(part, load("gizwits"), names=Names(7, "case"))
        try:
            negatives.judge(target, negative)
        finally:
            target.close()
        return liar.requests


def test_each_vendor_is_known() -> None:
    """Every vendor with a contract has a target, refusals, and a valid call of each operation."""
    assert set(TARGETS) == set(REFUSALS) == set(VENDORS)
    for vendor, calls in (("gizwits", VALID_CALLS), ("sylvia", SYLVIA_CALLS)):
        assert set(calls) == set(load(vendor).operations)


def test_login_has_the_expected_cases() -> None:
    """Required, wrong-typed, garbage application, wrong method, and broken bodies."""
    assert set(generated(LOGIN)) == {
        "missing_application_id",
        "missing_username",
        "missing_password",
        "mistyped_username",
        "mistyped_password",
        "mistyped_lang",
        "garbage_application",
        "method_delete",
        "oversize_body",
        "truncated_json",
        "binary_body",
        "array_body",
    }


def test_tokens_and_ids_are_spoilt_where_there_are_some() -> None:
    """An operation with a user token and a device id."""
    names = set(generated("gizwits.devices.get"))
    assert {"no_token", "garbage_token", "foreign_token", "unknown_did"} <= names
    assert "missing_did" not in names


def test_missing_parameters_stand_on_the_contract_rule() -> None:
    """Only what the document says is called documented."""
    missing = generated(LOGIN)["missing_username"]
    assert (missing.evidence, missing.rules) == ("documented", (f"{LOGIN}.r8",))
    assert generated(LOGIN)["mistyped_username"].evidence == "inferred"


@pytest.mark.parametrize("name", sorted(generated(LOGIN)))
def test_a_server_that_accepts_everything_fails_every_case(name: str) -> None:
    """No negative case passes a liar."""
    with pytest.raises(Finding):
        judged(lambda *_: (200, HONEST["POST", "/app/login"][1]), generated(LOGIN)[name])


@pytest.mark.parametrize("name", sorted(generated(LOGIN)))
def test_a_server_that_breaks_fails_every_case(name: str) -> None:
    """5xx is no refusal."""
    with pytest.raises(Finding):
        judged(lambda *_: (500, refusal(9008)), generated(LOGIN)[name])


@pytest.mark.parametrize("name", sorted(generated(LOGIN)))
def test_a_proper_refusal_passes(name: str) -> None:
    """4xx with a fitting code is what every case asks for."""
    negative = generated(LOGIN)[name]
    code = int(negative.codes[0]) if negative.codes else 9015
    judged(lambda *_: (400, refusal(code)), negative)


def test_another_code_fails() -> None:
    """A refusal for another reason is no proof."""
    with pytest.raises(Finding, match="another error"):
        judged(lambda *_: (400, refusal(9041)), generated(LOGIN)["missing_username"])


def test_what_is_sent_is_what_the_name_says() -> None:
    """The spoilt request really lacks, mistypes or exceeds what it should."""
    cases = generated(LOGIN)

    def sent(name: str) -> tuple[str, str, dict[str, str], bytes]:
        code = int(cases[name].codes[0]) if cases[name].codes else 9015
        found: tuple[str, str, dict[str, str], bytes] = judged(lambda *_: (400, refusal(code)), cases[name])[
            0
        ]
        return found

    assert json.loads(sent("missing_username")[3]) == {"password": "right"}
    assert json.loads(sent("mistyped_username")[3]) == {"username": ["thingproof"], "password": "right"}
    assert "x-gizwits-application-id" not in sent("missing_application_id")[2]
    assert sent("garbage_application")[2]["x-gizwits-application-id"] != "c" * 32
    assert sent("method_delete")[0] == "DELETE"
    assert len(sent("oversize_body")[3]) > negatives.OVERSIZE_BYTES
    assert sent("array_body")[3] == b"[]"
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(sent("truncated_json")[3])


def test_only_an_oversize_body_may_meet_a_closed_door() -> None:
    """A server may hang up on 3 MB; it may not hang up on a missing field."""
    assert judged(lambda *_: (0, None), generated(LOGIN)["oversize_body"])
    with pytest.raises(Finding, match="no answer"):
        judged(lambda *_: (0, None), generated(LOGIN)["missing_username"])


def test_cases_are_stable() -> None:
    """The same names in the same order, and every operation has some."""
    for operation in load("gizwits").operations:
        names = [negative.name for negative in negatives.generate(load("gizwits"), operation)]
        assert names == [negative.name for negative in negatives.generate(load("gizwits"), operation)]
        assert len(names) == len(set(names)) >= 2
