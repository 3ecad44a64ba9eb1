"""What the service says about itself (sylvia.md:112-140)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

GET = "sylvia.version.get"


@case(GET, kind="documented", rules=("r1", "r4", "sylvia.global.r2", "sylvia.global.r3"))
@pytest.mark.documented
def test_get__json(sylvia: SylviaTarget) -> None:
    """Without a token and a question, name and version come as JSON."""
    answer = sylvia.call(GET)
    expect.equal("application/json", answer.exchange.response_type, "the media type")
    for name in ("name", "version"):
        expect.true(answer["data"][name], f"{name} says something", actual=answer.body)


@case(GET, kind="documented", rules=("r2", "sylvia.global.r2"))
@pytest.mark.documented
def test_get__name(sylvia: SylviaTarget) -> None:
    """q=name answers the bare name."""
    answer = sylvia.call(GET, query={"q": "name"})
    expect.equal("text/plain", answer.exchange.response_type, "the media type")
    expect.equal(sylvia.call(GET)["data"]["name"], answer.text, "the name")


@case(GET, kind="documented", rules=("r3", "sylvia.global.r2"))
@pytest.mark.documented
def test_get__version(sylvia: SylviaTarget) -> None:
    """q=version answers the bare version."""
    answer = sylvia.call(GET, query={"q": "version"})
    expect.equal("text/plain", answer.exchange.response_type, "the media type")
    expect.equal(sylvia.call(GET)["data"]["version"], answer.text, "the version")


@case(GET, kind="negative")
@pytest.mark.contradictory("sylvia.contra.38")
def test_get__other_question(sylvia: SylviaTarget) -> None:
    """Another question gets the JSON form, or is refused."""
    answer = sylvia.call(GET, query={"q": "colour"}, expect=ANY)
    whole = sylvia.call(GET).body
    expect.either(
        "sylvia.contra.38",
        a=lambda: expect.equal(whole, answer.body, "the answer"),
        b=lambda: expect.refused(answer, status=400),
    )


@case(GET, kind="documented", rules=("sylvia.global.r2",))
@pytest.mark.inferred
def test_get__with_any_token(sylvia: SylviaTarget) -> None:
    """A call that needs no token does not mind a wrong one."""
    sylvia.call(GET, token=sylvia.names.hex(64))
    sylvia.call(GET, token=sylvia.admin)


@case(GET, kind="negative")
@negatives.parametrize(GET)
def test_get__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)


@case(GET, kind="documented")
@pytest.mark.contradictory("sylvia.contra.37")
def test_get__at_the_root(sylvia: SylviaTarget) -> None:
    """The path has no prefix: below /broker there is no such thing."""
    exchange = sylvia.http.send(GET, "GET", "/broker/version", record=False)
    expect.equal(404, exchange.status, "the status of /broker/version")
    sylvia.call(GET)
