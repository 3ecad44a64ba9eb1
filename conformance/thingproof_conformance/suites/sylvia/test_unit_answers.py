"""How all calls answer (sylvia.md:68-88), shown on the calls about units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import resource_cases as resources
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.sylvia import SylviaTarget

GET, LIST, UPDATE = "sylvia.unit.get", "sylvia.unit.list", "sylvia.unit.update"
ANYWHERE = "access-control-allow-origin"
FAILURES = (
    ("database_down", "err_db", 503),
    ("messaging_down", "err_intmsg", 503),
    ("resources_exhausted", "err_rsc", 503),
    ("server_broken", "err_unknown", 500),
)
"""Condition of the reference platform, code and status."""


def refusals(sylvia: SylviaTarget) -> list[Answer]:
    """One refusal of each status a client can cause."""
    user = sylvia.new_user()
    return [
        sylvia.call(LIST, token=user, query={"limit": "many"}, expect=ANY),
        sylvia.call(LIST, token=sylvia.names.hex(64), expect=ANY),
        sylvia.call("sylvia.unit.delete_by_user", token=user, path={"userId": user.user_id}, expect=ANY),
        sylvia.call(GET, token=user, path={"unitId": sylvia.names.hex(22)}, expect=ANY),
    ]


@case(GET, kind="negative", rules=("sylvia.global.r11", "sylvia.global.r12", "sylvia.global.r5"))
@pytest.mark.documented
def test_get__form_of_refusals(sylvia: SylviaTarget) -> None:
    """A refusal is an object with a code, and a message when there is more to say."""
    answers = refusals(sylvia)
    expect.equal([400, 401, 403, 404], [answer.status for answer in answers], "the statuses")
    wanted = ["err_param", "err_auth", "err_perm", "err_not_found"]
    expect.equal(wanted, [answer.error_code for answer in answers], "the codes")
    for answer in answers:
        expect.true(isinstance(answer.body, dict), "the body is an object", actual=answer.body)
        expect.true(isinstance(answer.body.get("message", ""), str), "message is a text", actual=answer.body)


@case(GET, kind="negative", rules=("sylvia.global.r13",))
@pytest.mark.inferred
def test_get__media_type_of_refusals(sylvia: SylviaTarget) -> None:
    """Refusals are JSON by their media type, too."""
    for answer in refusals(sylvia):
        expect.equal("application/json", answer.exchange.response_type, "the media type of a refusal")


@case(GET, kind="documented", rules=("sylvia.global.r14",))
@pytest.mark.inferred
def test_get__any_origin(sylvia: SylviaTarget) -> None:
    """Answers may be read by pages of any origin, refusals, too."""
    unit = sylvia.new_unit()
    path, origin = {"unitId": unit.unit_id}, {"origin": "https://console.example.com"}
    answers = [
        sylvia.call(GET, token=unit.owner, path=path, headers=origin),
        sylvia.call(LIST, token=unit.owner, headers=origin),
        sylvia.call(LIST, token=sylvia.names.hex(64), headers=origin, expect=ANY),
    ]
    for answer in answers:
        expect.equal("*", answer.headers.get(ANYWHERE), f"{ANYWHERE} with status {answer.status}")


@case(UPDATE, kind="documented", rules=("sylvia.global.r3", "sylvia.global.r4"))
@pytest.mark.documented
def test_update__body_by_status(sylvia: SylviaTarget) -> None:
    """200 comes with a body, 204 without one."""
    unit = sylvia.new_unit()
    answer = resources.update(sylvia, "unit", unit.unit_id, unit.owner, name="x")
    expect.equal((204, b""), (answer.status, answer.exchange.response_body), "status and body")
    answer = sylvia.call(GET, token=unit.owner, path={"unitId": unit.unit_id}, expect=200)
    expect.true(answer.exchange.response_body, "the body of a 200")


@case(GET, kind="negative", rules=("sylvia.global.r8",))
@pytest.mark.documented
def test_get__404_is_about_the_path(sylvia: SylviaTarget) -> None:
    """What only body or query name is not found with 400, what the path names with 404."""
    unknown = sylvia.names.hex(22)
    answer = sylvia.call(GET, token=sylvia.admin, path={"unitId": unknown}, expect=ANY)
    expect.refused(answer, "err_not_found", status=404)
    query = {"unit": unknown}
    answer = sylvia.call("sylvia.application.list", token=sylvia.admin, query=query, expect=ANY)
    expect.refused(answer, "err_broker_unit_not_exist", status=400)
    body = {"data": {"unitId": unknown, "networkId": unknown, "networkAddr": "80"}}
    answer = sylvia.call("sylvia.device.create", token=sylvia.admin, json=body, expect=ANY)
    expect.refused(answer, "err_broker_unit_not_exist", status=400)


@case(GET, kind="negative", needs=("faults",))
@pytest.mark.parametrize(
    ("condition", "code", "status"),
    [
        pytest.param(
            *failure,
            id=failure[1],
            marks=pytest.mark.covers(
                errors=failure[1:2],
                rules=("sylvia.global.r9" if failure[2] == 500 else "sylvia.global.r10",),
            ),
        )
        for failure in FAILURES
    ],
)
@pytest.mark.documented
def test_get__server_fails(
    sylvia: SylviaTarget, control: ControlClient, condition: str, code: str, status: int
) -> None:
    """A failure of the server has its code; once it is over, everything is as it was."""
    unit = sylvia.new_unit()
    before = resources.entry(sylvia, "unit", unit.unit_id)
    path = {"unitId": unit.unit_id}
    with control.fault(condition):
        answer = sylvia.call(GET, token=unit.owner, path=path, expect=ANY)
        expect.refused(answer, code, status=status)
        answer = resources.update(sylvia, "unit", unit.unit_id, unit.owner, expected=ANY, name="lost")
        expect.refused(answer, code, status=status)
    expect.equal(before, resources.entry(sylvia, "unit", unit.unit_id), "the unit afterwards")
