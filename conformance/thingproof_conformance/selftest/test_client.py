"""Every answer is judged by the contract; liars are caught at the call."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import Declaration, Kind
from thingproof_conformance.recorder import RECORDER
from thingproof_conformance.selftest.liars import HONEST, Liar, honest, refusal
from thingproof_conformance.target import VendorPart
from thingproof_conformance.vendor_target import ANY
from thingproof_conformance.vendors.gizwits import GizwitsTarget
from thingproof_conformance.verdicts import Finding, Inconclusive, Unreachable
from thingproof_contracts import load

LOGIN = "gizwits.users.login"


def target_of(url: str) -> GizwitsTarget:
    RECORDER.start(Declaration(LOGIN, Kind.DOCUMENTED, rules=(f"{LOGIN}.r1",)))
    return GizwitsTarget(VendorPart("gizwits", url, values={"app_id": "c" * 32}), load("gizwits"))


def call_of(script: Any, **arguments: Any) -> Any:
    """One login at a liar."""
    with Liar(script) as liar:
        target = target_of(liar.url)
        try:
            body = {"username": "u", "password": "right"}
            return target.call(LOGIN, json=body, **arguments)
        finally:
            target.close()


def lie(status: int, body: Any) -> Any:
    return lambda *_: (status, body)


def test_an_honest_answer_passes() -> None:
    """The contract accepts what it documents, and the exchange is recorded."""
    answer = call_of(honest)
    assert answer["uid"] == "a" * 32
    assert answer.ok
    [exchange] = RECORDER.exchanges
    assert (exchange.status, exchange.request_type, exchange.response_type) == (
        200,
        "application/json",
        "application/json",
    )
    assert exchange.matched


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {}, "shape"),
        (200, {"uid": "a", "token": "b"}, "shape"),
        (200, {"uid": 1, "token": "b", "expire_at": 1}, "shape"),
        (200, {"uid": "a", "token": "b", "expire_at": "soon"}, "shape"),
        (200, b"<html>", "shape"),
        (302, HONEST["POST", "/app/login"][1], "shape"),
        (418, refusal(9020), "status"),
        (500, {"oops": True}, "shape"),
        (0, None, "no_answer"),
    ],
    ids=[
        "empty",
        "missing",
        "mistyped",
        "text-for-number",
        "html",
        "redirect",
        "refused",
        "broken",
        "silent",
    ],
)
def test_a_lie_is_a_finding(status: int, body: Any, kind: str) -> None:
    """Wrong status, missing and mistyped fields, no JSON and no answer at all are findings with a rule."""
    with pytest.raises(Finding) as caught:
        call_of(lie(status, body))
    assert caught.value.kind == kind
    assert caught.value.rule == f"{LOGIN}.r1"
    assert not RECORDER.exchanges[0].matched


def test_a_refusal_in_a_success_status_is_a_finding() -> None:
    """200 with an error code is no success."""
    with pytest.raises(Finding):
        call_of(lie(200, refusal(9020)))


def test_two_hundred_to_all_does_not_pass_for_a_refusal() -> None:
    """A server that accepts everything fails the case that expects a refusal."""
    answer = call_of(lie(200, HONEST["POST", "/app/login"][1]), expect=ANY)
    with pytest.raises(Finding, match="was accepted"):
        expect.refused(answer, 9020)


def test_another_code_does_not_pass_for_the_documented_one() -> None:
    """A refusal with the wrong code is told from the right one."""
    answer = call_of(lie(400, refusal(9015)), expect=ANY)
    assert answer.error_code == 9015
    with pytest.raises(Finding, match="another error"):
        expect.refused(answer, 9020)
    assert expect.refused(answer, 9015) is answer
    assert {9015} == RECORDER.errors


def test_nobody_there_is_unreachable_not_a_finding() -> None:
    """A refused connection judges nothing."""
    with Liar() as liar:
        url = liar.url
    with pytest.raises(Unreachable):
        target_of(url).call(LOGIN, json={})


def test_a_failed_preparation_is_inconclusive() -> None:
    """What goes wrong before the judgement is a precondition."""
    with Liar(lie(200, {})) as liar:
        target = target_of(liar.url)
        with pytest.raises(Inconclusive, match="precondition"):
            target.prepare(LOGIN, lambda: target.call(LOGIN, json={}))


def test_an_operation_the_contract_lacks_is_the_harness_fault() -> None:
    """A misspelt operation is not blamed on the target."""
    with Liar() as liar, pytest.raises(Inconclusive) as caught:
        target_of(liar.url).call("gizwits.users.logn")
    assert caught.value.harness
