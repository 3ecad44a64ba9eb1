"""The mobile network a device may be in: signal, drift, attach, access, drops."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingproof_sim import api
from thingproof_sim.kernel.streams import Stream
from thingproof_sim.radio.gsm import (
    HOLD_S,
    ROUND_S,
    ROUNDS,
    SENSITIVITY_DBM,
    TERRAINS,
    GsmRadio,
    csq,
    path_loss_db,
    round_loss,
)
from thingproof_sim.tests.builders import Bench

if TYPE_CHECKING:
    from pathlib import Path

STEADY = api.GsmPlan(shadowing_db=0.0, drift_db=0.0, refusal=0.0, drop_every_s=0.0)
"""A network without chance in its signal."""
FAR = replace(STEADY, distance_km=35.0, indoor_loss_db=60.0)


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        """Present time."""
        return self.time


def radio(plan: api.GsmPlan = STEADY, seed: int = 1, hand: Hand | None = None) -> GsmRadio:
    """A radio at a place."""
    return plan.radio(Stream(seed, "radio"), (hand or Hand()).now)


def test_path_loss_is_that_of_okumura_and_hata() -> None:
    """126.4 dB over one urban kilometre at 900 MHz, 35.2 dB more for ten; suburbs and fields cost less."""
    assert path_loss_db(1.0, "urban") == pytest.approx(126.4, abs=0.1)
    assert path_loss_db(10.0, "urban") - path_loss_db(1.0, "urban") == pytest.approx(35.2, abs=0.1)
    losses = [path_loss_db(5.0, terrain) for terrain in TERRAINS]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] - losses[1] == pytest.approx(9.9, abs=0.1)
    assert losses[0] - losses[2] == pytest.approx(28.5, abs=0.1)


@pytest.mark.parametrize(
    ("signal", "expected"),
    [(-120.0, 0), (-113.0, 0), (-111.0, 1), (-109.0, 2), (-53.0, 30), (-51.0, 31), (-20.0, 31), (None, 99)],
)
def test_levels_are_told_as_the_standard_says(signal: float | None, expected: int) -> None:
    """The table of AT+CSQ."""
    assert csq(signal) == expected


def test_the_signal_drifts_around_its_mean_and_remembers() -> None:
    """The spread is the plan's; looks in quick succession agree, those far apart do not."""
    hand = Hand()
    device = radio(replace(STEADY, drift_db=3.0, drift_s=300.0), hand=hand)
    mean = radio().signal_dbm
    far: list[float] = []
    near: list[float] = []
    for _ in range(3000):
        hand.time += 3000.0
        far.append(device.signal_dbm - mean)
        hand.time += 1.0
        near.append(abs(device.signal_dbm - mean - far[-1]))
    assert sum(far) / len(far) == pytest.approx(0.0, abs=0.3)
    assert (sum(drift * drift for drift in far) / len(far)) ** 0.5 == pytest.approx(3.0, rel=0.1)
    assert sum(near) / len(near) < 0.5


def test_looking_twice_at_one_moment_changes_nothing() -> None:
    """A look is no event."""
    device = radio(replace(STEADY, drift_db=3.0))
    assert device.signal_dbm == device.signal_dbm


def test_attach_takes_seconds_and_stays_within_its_plan() -> None:
    """Registration and GPRS attach together; ten times what WiFi takes."""
    delays = [radio(seed=seed).associate().delay_s for seed in range(500)]
    assert 3.0 <= min(delays) < 5.0
    assert 15.0 < max(delays) <= 17.0


def test_without_service_the_search_takes_its_longest() -> None:
    """Below the sensitivity there is nothing to register with."""
    outcome = radio(FAR).associate()
    assert (outcome.delay_s, outcome.cause) == (STEADY.registration_s[1], "no service")
    assert radio(FAR).address().cause == "no PDP context"


def test_networks_refuse_attaches_as_often_as_planned() -> None:
    """Refusals are counted over many devices."""
    plan = replace(STEADY, refusal=0.2)
    causes = [radio(plan, seed).associate().cause for seed in range(4000)]
    assert set(causes) == {None, "attach refused"}
    assert causes.count("attach refused") / len(causes) == pytest.approx(0.2, rel=0.1)


def test_a_silent_device_waits_for_a_resource_and_a_busy_one_does_not() -> None:
    """The resource is kept for a moment after the last frame."""
    hand = Hand()
    device = radio(hand=hand)
    first = device.transmit().delay_s
    second = device.transmit().delay_s
    assert STEADY.access_s[0] + ROUND_S <= first <= STEADY.access_s[1] + ROUND_S
    assert second == pytest.approx(ROUND_S)
    hand.time = first + second + HOLD_S - 0.01
    assert device.transmit().delay_s == pytest.approx(ROUND_S)
    hand.time += 60.0
    assert device.transmit().delay_s > STEADY.access_s[0]


@given(st.floats(-125.0, -80.0), st.integers(0, 1000))
def test_a_frame_takes_one_to_eight_rounds(signal: float, seed: int) -> None:
    """Never more, and failure only when they are used up."""
    plan = replace(STEADY, power_dbm=STEADY.power_dbm + signal - radio().signal_dbm, access_s=(0.0, 0.0))
    outcome = radio(plan, seed).transmit()
    assert ROUND_S - 1e-9 <= outcome.delay_s <= ROUNDS * ROUND_S + 1e-9
    assert outcome.cause is None or outcome.delay_s == pytest.approx(ROUNDS * ROUND_S)


def test_rounds_fail_more_the_weaker_the_signal() -> None:
    """Half of them at the sensitivity; a slope that only falls."""
    assert round_loss(SENSITIVITY_DBM) == pytest.approx(0.5)
    losses = [round_loss(SENSITIVITY_DBM + step) for step in range(-20, 21)]
    assert all(weaker > stronger for weaker, stronger in pairwise(losses))


def test_the_same_seed_makes_the_same_day() -> None:
    """Two devices with one seed agree in every outcome; another seed differs."""

    def day(seed: int) -> list[object]:
        hand = Hand()
        device = radio(api.GsmPlan(), seed, hand)
        seen: list[object] = [device.associate(), device.address(), device.time_to_drop()]
        for _ in range(200):
            hand.time += 37.0
            seen += [device.transmit(), device.levels()]
        return seen

    assert day(7) == day(7)
    assert day(7) != day(8)


def test_a_device_reports_over_gsm_as_over_wifi_only_later() -> None:
    """The same machine and cloud link; attach and access take their time, the trace tells the level."""
    bench = Bench(radio=STEADY)
    bench.device.power_on()
    bench.pass_time(3.0)
    assert bench.port.take("connect") == []
    bench.pass_time(18.0)
    assert bench.port.take("connect") == [None]
    bench.device.connected()
    bench.pass_time(0.3)
    assert bench.port.take("publish") == []
    bench.pass_time(1.0)
    assert len(bench.port.take("publish")) == 1


def test_losses_of_the_link_lead_to_a_new_attach_and_nothing_is_lost() -> None:
    """After an outage the device registers again and what was not acknowledged leaves again."""
    bench = Bench(radio=replace(STEADY, drop_every_s=600.0), report_interval_s=60.0)
    bench.device.power_on()
    for _ in range(20_000):
        bench.pass_time(1.0)
        if bench.port.take("connect"):
            bench.device.connected()
        bench.acknowledge()
    causes = [entry.cause for entry in bench.ledger.of("device", "link") if entry.outcome == "lost"]
    assert len(causes) > 10
    assert set(causes) == {"network lost"}
    counters = bench.device.counters
    assert counters.lost == 0
    assert counters.acknowledged >= counters.made - 1 > 250


FLEET = """
name: tracker
products: {{meter: water_meter}}
devices:
- {{name: tracker, product: meter, gsm: {gsm}{more}}}
"""


def write(folder: Path, gsm: str, more: str = "") -> Path:
    """A fleet of one device in a mobile network."""
    path = folder / "fleet.yaml"
    path.write_text(FLEET.format(gsm=gsm, more=more))
    return path


def test_fleets_say_where_a_device_stands(tmp_path: Path) -> None:
    """Every field arrives in its unit."""
    fields = "{distance_km: 4, terrain: open, attach: [1, 2], pdp: [1, 1], drift: 2m, drop_every: 1h}"
    plan = api.load_fleet(write(tmp_path, fields)).devices[0].radio
    assert plan == api.GsmPlan(
        distance_km=4.0, terrain="open", attach_s=(1.0, 2.0), pdp_s=(1.0, 1.0),
        drift_s=120.0, drop_every_s=3600.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("gsm", "more", "named"),
    [
        ("{distance_km: 50}", "", "distance_km"),
        ("{terrain: moon}", "", "terrain"),
        ("{signal: 3}", "", "signal"),
        ("{attach: [5, 1]}", "", "attach"),
        ("{}", ", wifi: {distance_m: 3}", "one radio"),
    ],
)
def test_fleets_with_impossible_radios_are_refused(tmp_path: Path, gsm: str, more: str, named: str) -> None:
    """The message names the field."""
    with pytest.raises(api.FleetError, match=named):
        api.load_fleet(write(tmp_path, gsm, more))
