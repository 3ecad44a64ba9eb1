"""The Sylvia target tells right from wrong, and its generated cases leave no rule and no cell out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import negatives
from thingproof_conformance.names import Names
from thingproof_conformance.recorder import RECORDER, Readings
from thingproof_conformance.selftest.liars import Liar
from thingproof_conformance.suites.sylvia import listings, permissions
from thingproof_conformance.target import VendorPart
from thingproof_conformance.vendor_target import ANY, Call
from thingproof_conformance.vendors.sylvia import SylviaTarget
from thingproof_conformance.verdicts import Finding
from thingproof_contracts import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CREATE, GET = "sylvia.application.create", "sylvia.application.get"
DATA = {"code": "tracker", "unitId": "u", "hostUri": "mqtt://h"}
CONTRACT = load("sylvia")


class Plain(SylviaTarget):
    """A target whose valid call needs no subject."""

    def valid_call(self, operation: str) -> Call:
        """Make an application."""
        return Call(operation, token="t", json={"data": dict(DATA)})

    def expired_token(self) -> str:
        """A token, without a clock to move."""
        return "expired"


@pytest.fixture(autouse=True)
def _fresh_recorder() -> Iterator[None]:
    RECORDER.start(None)
    yield
    RECORDER.readings = Readings()


def judged(script: Callable[..., tuple[int, Any]], work: Callable[[Plain], Any]) -> Any:
    """What a piece of work makes of a server that answers by a script."""
    with Liar(script) as liar:
        target = Plain(VendorPart("sylvia", liar.url), CONTRACT, names=Names(7, "case"))
        try:
            return work(target)
        finally:
            target.close()


def answering(status: int, body: Any) -> Callable[..., tuple[int, Any]]:
    return lambda *_: (status, body)


def refused(target: Plain) -> Any:
    return target.call(GET, token="t", path={"applicationId": "a"}, expect=ANY)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"code": "err_not_found"}),  # with the status of another code
        (404, {"code": "err_nothing"}),  # a code nobody documents
        (404, {"error": "err_not_found"}),
        (404, None),
        (404, {"code": "err_not_found", "message": 1}),
        (204, None),
    ],
)
def test_an_answer_outside_of_the_document_is_a_finding(status: int, body: Any) -> None:
    """Code, status and form of a refusal are documented together."""
    with pytest.raises(Finding):
        judged(answering(status, body), refused)


def test_both_spellings_of_a_code_are_one() -> None:
    """err_int_msg is the public spelling of err_intmsg (sylvia.contra.13)."""
    for spelling in ("err_intmsg", "err_int_msg"):
        answer = judged(answering(503, {"code": spelling}), refused)
        assert answer.error_code == "err_intmsg"


def test_two_tokens_are_two_headers() -> None:
    """A doubled header really goes out twice; one token goes out once."""
    seen: list[str] = []

    def script(_method: str, _path: str, headers: dict[str, str], _body: bytes) -> tuple[int, Any]:
        seen.append(headers.get("authorization", ""))
        return 401, {"code": "err_auth"}

    def work(target: Plain) -> None:
        for token in (("one", "two"), "three", None):
            target.call(GET, token=token, path={"applicationId": "a"}, expect=ANY)

    judged(script, work)
    assert seen == ["Bearer one, Bearer two", "Bearer three", ""]


GENERATED = {each.name: each for each in negatives.generate(CONTRACT, CREATE)}


def test_the_cases_of_an_operation_with_a_body() -> None:
    """Members lacking and mistyped, names of nothing, tokens, methods and bodies."""
    assert {
        "no_token",
        "missing_code",
        "missing_unitid",
        "mistyped_info",
        "unknown_unitid",
        "garbage_token",
        "expired_token",
        "method_delete",
        "null_body",
        "null_data",
        "sent_as_plain",
    } <= set(GENERATED)
    assert "foreign_token" not in GENERATED
    assert GENERATED["missing_code"].rules == (f"{CREATE}.r2", "sylvia.global.r5")
    assert GENERATED["unknown_unitid"].rules == (f"{CREATE}.r10", "sylvia.global.r8")


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_a_server_that_accepts_everything_fails_every_case(name: str) -> None:
    """No negative case passes a liar."""
    with pytest.raises(Finding):
        judged(
            answering(200, {"data": {"applicationId": "1"}}),
            lambda target: negatives.judge(target, GENERATED[name]),
        )


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_a_server_that_breaks_fails_every_case(name: str) -> None:
    """A failure of the server is no refusal."""
    with pytest.raises(Finding):
        judged(
            answering(500, {"code": "err_unknown"}), lambda target: negatives.judge(target, GENERATED[name])
        )


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_a_proper_refusal_passes(name: str) -> None:
    """The code asked for, with its status."""
    negative = GENERATED[name]
    code = negative.codes[0] if negative.codes else "err_param"
    answer = answering(CONTRACT.errors[code].status, {"code": code})
    judged(answer, lambda target: negatives.judge(target, negative))
    assert RECORDER.other_readings == []


def test_another_reading_counts_unless_the_run_is_strict() -> None:
    """400 without a token is another reading than 401 (sylvia.contra.5)."""
    answer = answering(400, {"code": "err_param"})
    judged(answer, lambda target: negatives.judge(target, GENERATED["no_token"]))
    assert len(RECORDER.other_readings) == 1
    RECORDER.readings = Readings(strict=True)
    with pytest.raises(Finding):
        judged(answer, lambda target: negatives.judge(target, GENERATED["no_token"]))


def test_every_rule_of_count_and_list_is_claimed() -> None:
    """The wording of each rule finds its judge, and each judge its own name."""
    for name, operation in CONTRACT.operations.items():
        if not name.endswith((".count", ".list")):
            continue
        cases = listings.generate(operation)
        assert len({each.name for each in cases}) == len(cases)
        claimed = {rule for each in cases for rule in each.rules}
        assert {rule.id for rule in operation.rules} <= claimed, name


def test_every_cell_of_the_permission_matrix_has_a_case() -> None:
    """All sixteen rows, eight roles each, and every operation but the version."""
    cells = [
        cell
        for name, operation in CONTRACT.operations.items()
        if operation.security
        for cell in permissions.generate(name)
    ]
    rows = {row["id"] for row in CONTRACT.register.state_machines["permission_matrix"]["rows"]}
    assert {(cell.row, cell.role) for cell in cells} == {
        (row, role) for row in rows for role in permissions.ROLES
    }
    assert {cell.operation for cell in cells} == CONTRACT.operations.keys() - {"sylvia.version.get"}


def test_a_cell_says_what_the_register_says() -> None:
    """Granted or not, and with which codes."""
    cells = {(cell.row, cell.role): cell for cell in permissions.generate("sylvia.application.delete")}
    assert cells["pm15", "owner"].granted
    assert not cells["pm15", "member"].granted
    assert cells["pm15", "manager"].granted
    create = {(cell.row, cell.role): cell for cell in permissions.generate(CREATE)}
    assert create["pm6", "stranger"].codes == ("err_broker_unit_not_exist",)
    update = {(cell.row, cell.role): cell for cell in permissions.generate("sylvia.unit.update")}
    assert not update["pm14", "owner"].granted
    assert update["pm14", "owner"].codes == ("err_param",)
    assert update["pm14", "member"].codes == ("err_not_found",)
