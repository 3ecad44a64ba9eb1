"""The benchmark of codec and scapy, on a clock that the test moves."""

from __future__ import annotations

from itertools import count

import pytest

from thingproof_wire.scapy.benchmark import ROUNDS, benchmark_frames


def test_benchmark_counts_by_its_clock() -> None:
    """With a clock that moves 1 s a look, both contestants do one batch a second."""
    ticks = count()
    result = benchmark_frames(4.0 * ROUNDS, lambda: float(next(ticks)))
    rates = {
        result[f"{who}_{what}_per_second"] for who in ("codec", "scapy") for what in ("encode", "decode")
    }
    assert rates == {20.0}
    assert (result["encode_ratio"], result["decode_ratio"]) == (1.0, 1.0)


@pytest.mark.parametrize("profile", ["air_conditioner", "ph_meter"])
def test_benchmark_of_other_profiles(profile: str) -> None:
    """Any fixed-length profile can be measured, with scaled numbers too."""
    ticks = count()
    result = benchmark_frames(1.0, lambda: float(next(ticks)), profile=profile)
    assert len(result) == 6
