"""Durations as people write them."""

import pytest

from thingproof_scenarios.durations import parse_duration, write_duration
from thingproof_scenarios.problems import Misuse


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("24h", 86400),
        ("2d", 172800),
        ("1h30m", 5400),
        ("250ms", 0.25),
        ("1.5 h", 5400),
    ],
)
def test_a_written_duration_is_seconds(text: str, seconds: float) -> None:
    """Units and sums of them are understood."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "5x", "s", "-5s", "0s", "1h 30", "1 hour", "5s and more"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    """The message names the option, the value and how to write it."""
    with pytest.raises(Misuse, match=r"--for: .*write e\.g\. 30s") as caught:
        parse_duration(text, "--for")
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.012, "12 ms"), (2.5, "2.5 s"), (90, "1 min 30 s"), (86400, "24 h"), (5400, "1 h 30 min")],
)
def test_durations_are_written_for_people(seconds: float, text: str) -> None:
    """Parts that are zero are left out."""
    assert write_duration(seconds) == text
