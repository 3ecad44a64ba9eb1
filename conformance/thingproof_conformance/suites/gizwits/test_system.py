"""Service status and the table of errors (gizwits.md:3456-3531)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

STATUS, ERRORS = "gizwits.system.status", "gizwits.system.errors"
ANONYMOUS = "missing_application_id"
EXAMPLE_ONLY = {9220: 404, 9221: 400}
"""Codes that only the example shows, with their status (gizwits.md:3519-3526)."""


def judge(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Judge a spoilt call; without an application id a target may answer all the same (contra.59)."""

    def answered() -> None:
        gizwits.call(negative.operation, app_id=None)

    def refused() -> None:
        negatives.judge(gizwits, negative)

    if negative.name == ANONYMOUS:
        expect.either("gizwits.contra.59", a=refused, b=answered)
    else:
        refused()


@case(STATUS, kind="documented", rules=("r2", "r3", "r5"))
@pytest.mark.documented
def test_status__version(gizwits: GizwitsTarget) -> None:
    """The version stands under status and looks like 2.15.1."""
    answer = gizwits.call(STATUS)
    expect.matches(r"[0-9]+(\.[0-9]+)+", expect.field(answer, "status.version"), "version")
    expect.absent(answer, "version")


@case(STATUS, kind="documented", rules=("r1", "gizwits.system.errors.r1", "gizwits.global.r1"))
@pytest.mark.documented
def test_status__no_prefix(gizwits: GizwitsTarget) -> None:
    """Both operations of the tag are reached without /app by a plain GET."""
    headers = {"x-gizwits-application-id": gizwits.application.app_id}
    for operation, path in ((STATUS, "/status"), (ERRORS, "/errors")):
        exchange = gizwits.http.send(operation, "GET", path, headers=headers)
        expect.equal(200, exchange.status, f"the status of GET {path}")


@case(STATUS, kind="negative", rules=("r4",))
@negatives.parametrize(STATUS)
def test_status__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt request for the status is refused in the vendor's form."""
    judge(gizwits, negative)


@case(ERRORS, kind="documented", rules=("r2", "r6"))
@pytest.mark.contradictory("gizwits.contra.60")
def test_errors__rows(gizwits: GizwitsTarget) -> None:
    """Each row has status, error_code and error_message; both numbers are integers in the example."""
    rows = gizwits.call(ERRORS).body
    expect.true(len(rows) > 0, "the list is not empty", actual=rows)

    def integers() -> None:
        for row in rows:
            for member in ("status", "error_code"):
                expect.true(isinstance(row[member], int), f"{member} is an integer", actual=row)

    def texts() -> None:
        for row in rows:
            for member in ("status", "error_code"):
                expect.matches("[0-9]+", row[member], member)

    expect.either("gizwits.contra.60", a=integers, b=texts)


@case(ERRORS, kind="documented", rules=("r3",))
@pytest.mark.contradictory("gizwits.contra.61")
def test_errors__status(gizwits: GizwitsTarget) -> None:
    """Status is an HTTP status of a refusal; the codes of the example have those shown there."""
    statuses = {int(row["error_code"]): int(row["status"]) for row in gizwits.call(ERRORS).body}
    for code, status in statuses.items():
        expect.between(400, 599, status, f"the status of {code}")
    for code, status in EXAMPLE_ONLY.items():
        if code in statuses:
            expect.equal(status, statuses[code], f"the status of {code}")


@case(ERRORS, kind="documented", rules=("r4",))
@pytest.mark.documented
def test_errors__appendix(gizwits: GizwitsTarget) -> None:
    """Every code of the appendix is in the list, once."""
    codes = [int(row["error_code"]) for row in gizwits.call(ERRORS).body]
    appendix = sorted(set(gizwits.contract.errors) - set(EXAMPLE_ONLY))
    expect.equal([], [code for code in appendix if code not in codes], "missing codes")
    expect.equal(len(codes), len(set(codes)), "different codes")


@case(ERRORS, kind="consistency", rules=("r3",), errors=(9003,))
@pytest.mark.inferred
def test_errors__tells_the_truth(gizwits: GizwitsTarget) -> None:
    """A refusal has the status and the message its row in the list announces."""
    rows = {int(row["error_code"]): row for row in gizwits.call(ERRORS).body}
    refusal = gizwits.call(STATUS, app_id=gizwits.names.hex(32), expect=None)
    expect.refused(refusal, 9003)
    expect.equal(int(rows[9003]["status"]), refusal.status, "the status of 9003")


@case(ERRORS, kind="negative", rules=("r5",))
@negatives.parametrize(ERRORS)
def test_errors__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt request for the list is refused in the vendor's form."""
    judge(gizwits, negative)
