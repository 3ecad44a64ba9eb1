"""Who one is: bearer tokens (sylvia.md:61, 72, 97), shown on the calls about units."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.vendor_target import ANY
from thingproof_conformance.vendors.sylvia.target import TOKEN_LIFE_S

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.sylvia import SylviaTarget

LIST, CREATE = "sylvia.unit.list", "sylvia.unit.create"


@case(LIST, kind="negative", rules=("sylvia.global.r1",))
@pytest.mark.contradictory("sylvia.contra.5")
def test_list__no_header(sylvia: SylviaTarget) -> None:
    """A call without a token is refused."""
    answer = sylvia.call(LIST, expect=ANY)
    expect.either(
        "sylvia.contra.5",
        a=lambda: expect.refused(answer, "err_auth", status=401),
        b=lambda: expect.refused(answer, "err_param", status=400),
    )


@case(LIST, kind="negative", rules=("sylvia.global.r1",))
@pytest.mark.contradictory("sylvia.contra.5")
def test_list__two_headers(sylvia: SylviaTarget) -> None:
    """A call with two tokens is refused, even when both are right."""
    user = sylvia.new_user()
    for tokens in ((user, sylvia.admin), (user, user), (user, "wrong")):
        answer = sylvia.call(LIST, token=tokens, expect=ANY)
        expect.either(
            "sylvia.contra.5",
            a=partial(expect.refused, answer, "err_auth", status=401),
            b=partial(expect.refused, answer, "err_param", status=400),
        )


@case(LIST, kind="negative", rules=("sylvia.global.r1", "sylvia.global.r6"), errors=("err_auth",))
@pytest.mark.documented
def test_list__no_token_of_this_service(sylvia: SylviaTarget) -> None:
    """What nobody was given is no token: garbage, a part of one, another one's beginning."""
    token = sylvia.new_user().token
    for wrong in (sylvia.names.hex(64), token[:-1], f"{token}0", "null"):
        answer = sylvia.call(LIST, token=wrong, expect=ANY)
        expect.refused(answer, "err_auth", status=401)


@case(LIST, kind="negative", rules=("sylvia.global.r1",))
@pytest.mark.inferred
def test_list__other_scheme(sylvia: SylviaTarget) -> None:
    """A token without the word Bearer, or under another scheme, is none."""
    token = sylvia.new_user().token
    for header in (token, f"Basic {token}", "Bearer", "Bearer "):
        answer = sylvia.call(LIST, headers={"authorization": header}, expect=ANY)
        expect.refused(answer, "err_auth", "err_param")


@case(LIST, kind="time", rules=("sylvia.global.r6",), errors=("err_auth",), needs=("clock", "seed"))
@pytest.mark.documented
def test_list__expired(sylvia: SylviaTarget, control: ControlClient) -> None:
    """A token works until its time is over, and no longer; a new one works."""
    user = sylvia.new_user()
    control.freeze()
    control.advance(TOKEN_LIFE_S - 1)
    sylvia.call(LIST, token=user)
    fresh = sylvia.user_token(user)
    control.advance(2)
    expect.refused(sylvia.call(LIST, token=user, expect=ANY), "err_auth", status=401)
    sylvia.call(LIST, token=fresh)


@case(LIST, kind="documented", rules=("sylvia.global.r1",), needs=("seed",))
@pytest.mark.inferred
def test_list__two_tokens(sylvia: SylviaTarget) -> None:
    """Two tokens of one user are equally good and show the same."""
    unit = sylvia.new_unit()
    other = sylvia.user_token(unit.owner)
    expect.different(unit.owner.token, other, "the tokens")
    expect.equal(sylvia.listed("unit", unit.owner), sylvia.listed("unit", other), "the units")


@case(CREATE, kind="negative", rules=("sylvia.global.r1", "sylvia.global.r6"))
@pytest.mark.documented
def test_create__without_a_valid_token(sylvia: SylviaTarget) -> None:
    """Nobody known makes nothing, and learns nothing about what is wrong beside it."""
    code = sylvia.names.text("unit")
    bodies: list[Any] = [{"data": {"code": code}}, {"data": {"code": "-"}}, {}]
    for body in bodies:
        answer = sylvia.call(CREATE, token=sylvia.names.hex(64), json=body, expect=ANY)
        expect.refused(answer, "err_auth", status=401)
    expect.equal(0, sylvia.counted("unit", contains=code), "the units made")
