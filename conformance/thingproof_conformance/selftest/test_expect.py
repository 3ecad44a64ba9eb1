"""The judgement helpers say what was expected and what was seen."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.recorder import RECORDER, Readings
from thingproof_conformance.verdicts import Finding

BODY = {"devices": [{"did": "d1", "role": None}], "total": 1, "online": True}


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    RECORDER.start(None)
    yield
    RECORDER.readings = Readings()


@pytest.mark.parametrize(
    ("path", "value"),
    [("devices[0].did", "d1"), ("devices[].did", "d1"), ("devices[0].role", None), ("total", 1)],
)
def test_field_finds_what_is_there(path: str, value: Any) -> None:
    """Paths reach into lists and objects; null is a value."""
    assert expect.field(BODY, path) == value


@pytest.mark.parametrize("path", ["devices[1].did", "devices[0].mac", "total.more", "nothing"])
def test_field_and_absent_agree(path: str) -> None:
    """What field misses, absent accepts."""
    with pytest.raises(Finding, match="is absent"):
        expect.field(BODY, path)
    expect.absent(BODY, path)


@pytest.mark.parametrize(
    "judge",
    [
        lambda: expect.equal(1, 2, "number"),
        lambda: expect.equal(True, 1, "boolean"),
        lambda: expect.equal(0, False, "number"),
        lambda: expect.different("a", "a", "token"),
        lambda: expect.true(0, "holds"),
        lambda: expect.between(1, 2, 3, "number"),
        lambda: expect.between(0, 2, True, "number"),
        lambda: expect.between(0, 2, "1", "number"),
        lambda: expect.one_of(("a", "b"), "c", "letter"),
        lambda: expect.matches("[0-9]+", "12x", "digits"),
        lambda: expect.matches("[0-9]+", 12, "digits"),
        lambda: expect.contains(3, [1, 2], "number"),
        lambda: expect.contains(3, None, "number"),
        lambda: expect.lacks(1, [1, 2], "number"),
        lambda: expect.absent(BODY, "devices[0].role"),
    ],
)
def test_each_helper_can_fail(judge: Any) -> None:
    """No helper accepts what it should refuse."""
    with pytest.raises(Finding):
        judge()


def test_each_helper_can_pass() -> None:
    """No helper refuses what it should accept."""
    expect.equal(1, 1, "number")
    expect.different("a", "b", "token")
    expect.true(1, "holds")
    expect.between(1, 2, 1.5, "number")
    expect.one_of(("a", "b"), "a", "letter")
    expect.matches("[0-9]+", "12", "digits")
    expect.contains(1, [1], "number")
    expect.lacks(3, [1], "number")


def _holds() -> str:
    return "held"


def _fails() -> None:
    expect.fail("does not hold")


def test_the_decided_reading_passes() -> None:
    """Nothing is noted when the decided reading holds."""
    assert expect.either("gizwits.contra.57", a=_holds, b=_fails) == "held"
    assert not RECORDER.other_readings


def test_another_reading_is_noted() -> None:
    """The other reading holds: the case will be non-strict."""
    assert expect.either("gizwits.contra.57", a=_fails, b=_holds) == "held"
    assert RECORDER.other_readings == ["gizwits.contra.57=b: does not hold"]


def test_strict_accepts_the_decided_reading_only() -> None:
    """The same answer fails a strict run."""
    RECORDER.readings = Readings(strict=True)
    with pytest.raises(Finding):
        expect.either("gizwits.contra.57", a=_fails, b=_holds)


def test_a_chosen_reading_takes_the_decided_ones_place() -> None:
    """--reading ID=b makes b the wanted one, also in a strict run."""
    RECORDER.readings = Readings(strict=True, chosen={"gizwits.contra.57": "b"})
    assert expect.either("gizwits.contra.57", a=_fails, b=_holds) == "held"
    with pytest.raises(Finding):
        expect.either("gizwits.contra.57", a=_holds, b=_fails)


def test_no_reading_holds() -> None:
    """Then the finding of the decided reading stands."""
    with pytest.raises(Finding, match="does not hold"):
        expect.either("gizwits.contra.57", a=_fails, b=_fails)
