"""The radio model against its own mathematics."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingproof_sim.kernel.streams import Stream
from thingproof_sim.radio.wifi import ATTEMPT_S, ATTEMPTS, SENSITIVITY_DBM, WifiPlan, WifiRadio, attempt_loss


def radio(**options: float) -> WifiRadio:
    """A radio without shadowing."""
    return WifiRadio(WifiPlan(**({"shadowing_db": 0.0} | options)), Stream(1, "radio"))  # type: ignore[arg-type]


def test_signal_falls_with_distance_as_the_exponent_says() -> None:
    """17 dBm over one metre leaves -23 dBm; ten times the distance costs 10 dB times the exponent."""
    assert radio(distance_m=1.0).signal_dbm == pytest.approx(-23.0)
    assert radio(distance_m=10.0).signal_dbm == pytest.approx(-53.0)
    assert radio(distance_m=10.0, path_loss_exponent=2.0).signal_dbm == pytest.approx(-43.0)


def test_shadowing_differs_between_devices_with_the_planned_deviation() -> None:
    """Many devices at one distance: the mean is that of the path loss, the spread the shadowing."""
    plan = WifiPlan(distance_m=10.0, shadowing_db=4.0)
    signals = [WifiRadio(plan, Stream(1, f"{number}")).signal_dbm for number in range(2000)]
    mean = sum(signals) / len(signals)
    deviation = (sum((signal - mean) ** 2 for signal in signals) / len(signals)) ** 0.5
    assert mean == pytest.approx(-53.0, abs=0.4)
    assert deviation == pytest.approx(4.0, rel=0.1)


def test_half_of_the_attempts_fail_at_the_sensitivity_and_fewer_above() -> None:
    """The slope is symmetric around the sensitivity and falls."""
    assert attempt_loss(SENSITIVITY_DBM) == pytest.approx(0.5)
    losses = [attempt_loss(SENSITIVITY_DBM + signal) for signal in range(-20, 21)]
    assert all(weaker > stronger for weaker, stronger in pairwise(losses))
    assert losses[0] > 0.99
    assert losses[-1] < 0.01


@given(st.floats(0.0, 1.0), st.integers(0, 1000))
def test_a_frame_takes_one_to_seven_attempts(loss: float, seed: int) -> None:
    """Never more than the standard's retries, and failure only when they are used up."""
    device = radio()
    device.loss = loss
    device._stream = Stream(seed, "draws")
    outcome = device.transmit()
    assert ATTEMPT_S <= outcome.delay_s <= ATTEMPTS * ATTEMPT_S + 1e-9
    assert outcome.cause is None or outcome.delay_s == ATTEMPTS * ATTEMPT_S


def test_frames_are_lost_as_often_as_all_attempts_fail() -> None:
    """The share of lost frames is the seventh power of the loss of an attempt."""
    device = radio()
    device.loss = 0.7
    lost = sum(device.transmit().cause is not None for _ in range(20_000)) / 20_000
    assert lost == pytest.approx(0.7**ATTEMPTS, rel=0.1)
