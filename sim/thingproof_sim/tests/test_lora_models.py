"""Airtime, links, collisions, duty cycle and energy against published numbers."""

from __future__ import annotations

import math
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingproof_sim.kernel.blocks import BlockStream
from thingproof_sim.radio.lora_air import GatewayTransmitting, LoraAir
from thingproof_sim.radio.lora_airtime import airtime_s, low_data_rate
from thingproof_sim.radio.lora_collision import GATEWAY_BUSY, HALF_DUPLEX, HEARD, OUT_OF_RANGE, REJECTION_DB
from thingproof_sim.radio.lora_duty import DutyCycle, DwellTime
from thingproof_sim.radio.lora_energy import SX1276, Battery, EnergyMeter, battery_life_s
from thingproof_sim.radio.lora_link import LORASIM, OULU, PathLoss, Position, sensitivity_dbm, shadowing_db
from thingproof_sim.radio.lora_signal import Antenna, GatewayRadio, Reception, verdict
from thingproof_wire.frames.regions import REGIONS

OPEN = PathLoss(shadowing_db=0.0)
FREQUENCY = 868_100_000

# Semtech's "SX1261 LoRa Calculator", as quoted by the tests of micropython-lib's LoRa driver:
# sf, bandwidth, coding rate, preamble, bytes, explicit header, CRC, milliseconds.
CALCULATOR = (
    (12, 500_000, 1, 8, 1, True, True, 206.848),
    (12, 500_000, 1, 12, 64, True, True, 649.216),
    (12, 500_000, 1, 8, 1, True, False, 165.888),
    (12, 500_000, 1, 8, 192, True, True, 1476.608),
    (12, 500_000, 1, 12, 16, False, False, 280.576),
    (8, 125_000, 2, 8, 1, True, True, 53.760),
    (8, 125_000, 2, 8, 3, True, True, 66.048),
    (8, 125_000, 2, 8, 3, True, False, 53.760),
    (8, 125_000, 2, 8, 253, True, True, 827.904),
    (8, 125_000, 2, 12, 5, False, True, 61.952),
    (8, 125_000, 2, 12, 253, False, True, 823.808),
    (5, 500_000, 1, 2, 1, True, False, 1.360),
    (5, 500_000, 1, 12, 253, False, True, 34.000),
    (5, 125_000, 4, 12, 253, False, True, 213.568),
)


@pytest.mark.parametrize("row", CALCULATOR)
def test_airtime_is_that_of_semtechs_calculator(
    row: tuple[int, int, int, int, int, bool, bool, float],
) -> None:
    sf, bandwidth, coding, preamble, size, header, crc, milliseconds = row
    found = airtime_s(size, sf, bandwidth, coding, preamble, explicit_header=header, crc=crc)
    assert found * 1000 == pytest.approx(milliseconds, rel=1e-5)


@pytest.mark.parametrize(
    ("size", "sf", "milliseconds", "source"),
    [
        (10, 7, 41.216, "lorawan-stack, pkg/gatewayserver/scheduling/scheduler_test.go"),
        (51, 12, 2465.792, "lorawan-stack, the same"),
        (13, 9, 164.864, "spreadsheet of Semtech's AN1200.13"),
        (25, 12, 1482.752, "AN1200.13's formula by hand: 33 payload symbols"),
    ],
)
def test_airtime_of_lorawan_frames(size: int, sf: int, milliseconds: float, source: str) -> None:
    assert airtime_s(size, sf) * 1000 == pytest.approx(milliseconds, rel=1e-9), source


def test_low_data_rate_optimisation_is_on_where_symbols_are_long() -> None:
    on = {(sf, kilo) for sf in range(7, 13) for kilo in (125, 250, 500) if low_data_rate(sf, kilo * 1000)}
    assert on == {(11, 125), (12, 125), (12, 250)}
    assert airtime_s(64, 12, low_data_rate=False) == pytest.approx(2.465792)  # lorawan_toa, test.py
    assert airtime_s(64, 12) == pytest.approx(2.793472)  # the same with it


@given(
    st.integers(0, 254), st.integers(7, 11), st.sampled_from([125_000, 250_000]), st.integers(1, 3),
)  # fmt: skip
def test_airtime_grows_with_all_that_makes_a_frame_longer(
    size: int, sf: int, bandwidth: int, rate: int
) -> None:
    least = airtime_s(size, sf, bandwidth, rate)
    assert airtime_s(size + 1, sf, bandwidth, rate) >= least
    assert airtime_s(size, sf + 1, bandwidth, rate) > least
    assert airtime_s(size, sf, bandwidth * 2, rate) < least
    assert airtime_s(size, sf, bandwidth, rate + 1) >= least
    assert airtime_s(size, sf, bandwidth, rate, crc=False) <= least


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("payload_bytes", (256, 7)),
        ("sf", (10, 13)),
        ("coding_rate", (10, 7, 125_000, 5)),
        ("bandwidth", (10, 7, 0)),
    ],
)
def test_impossible_frames_have_no_airtime(name: str, arguments: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=name):
        airtime_s(*arguments)


def test_sensitivity_is_near_the_data_sheets() -> None:
    """SX1276 data sheet, table 10: 868 MHz, 125 kHz."""
    for sf, stated in {7: -123, 8: -126, 9: -129, 10: -132, 11: -133, 12: -136}.items():
        assert sensitivity_dbm(sf, 125_000) == pytest.approx(stated, abs=1.6)


def test_path_losses_are_the_published_ones() -> None:
    assert LORASIM.loss_db(40) == pytest.approx(127.41)
    assert LORASIM.loss_db(400) == pytest.approx(127.41 + 20.8)
    assert OULU.loss_db(1000) == pytest.approx(128.95)
    assert OULU.distance_m(OULU.loss_db(5000)) == pytest.approx(5000)


def test_shadowing_belongs_to_a_pair_and_a_seed() -> None:
    draws = [shadowing_db(7, f"device {number}", "gateway", 3.57) for number in range(4000)]
    assert draws[3] == shadowing_db(7, "device 3", "gateway", 3.57)
    assert draws[3] != shadowing_db(8, "device 3", "gateway", 3.57)
    assert draws[3] != shadowing_db(7, "device 3", "other", 3.57)
    mean = sum(draws) / len(draws)
    assert mean == pytest.approx(0, abs=0.25)
    assert math.sqrt(sum((draw - mean) ** 2 for draw in draws) / len(draws)) == pytest.approx(3.57, rel=0.05)


def test_strong_spreading_factors_reject_more() -> None:
    """Rejection grows with the own spreading factor, whoever disturbs."""
    for column in range(6):
        others = [row[column] for number, row in enumerate(REJECTION_DB) if number != column]
        assert others == sorted(others, reverse=True)
        assert REJECTION_DB[column][column] == 6


def air_of(*distances: float, paths: int = 8) -> tuple[LoraAir, list[Antenna]]:
    """One gateway, devices at distances."""
    air = LoraAir([GatewayRadio("gateway", Position(0, 0), paths=paths)], OPEN)
    return air, [air.antenna(f"device {number}", Position(at, 0)) for number, at in enumerate(distances)]


def test_the_stronger_frame_survives_by_six_decibels() -> None:
    near = 50.0
    for difference, expected in ((5.9, 2), (6.1, HEARD)):
        air, (first, second) = air_of(near, near * 10 ** (difference / 20.8))
        strong = air.begin(first.signal(7, 125_000, 14.0), 0.0, 0.05, FREQUENCY)
        weak = air.begin(second.signal(7, 125_000, 14.0), 0.01, 0.05, FREQUENCY)
        assert [air.end(strong)[0].outcome, air.end(weak)[0].outcome] == [expected, 1]
        assert air.end(weak)[0].cause == "collision with frame 1"


def test_the_first_symbols_of_a_preamble_may_be_lost() -> None:
    """SF7 symbols take 1.024 ms; three of eight are spare."""
    for overlap, expected in ((0.003, HEARD), (0.0032, 1)):
        air, (first, second) = air_of(50, 60)
        air.begin(first.signal(7, 125_000, 14.0), 0.0, 0.05, FREQUENCY)
        late = air.begin(second.signal(7, 125_000, 14.0), 0.05 - overlap, 0.05, FREQUENCY)
        assert air.end(late)[0].outcome == expected


def test_frames_on_other_channels_or_other_spreading_factors_survive() -> None:
    air, (first, second) = air_of(50, 50)
    one = air.begin(first.signal(7, 125_000, 14.0), 0.0, 0.05, FREQUENCY)
    other = air.begin(second.signal(7, 125_000, 14.0), 0.0, 0.05, FREQUENCY + 200_000)
    third = air.begin(second.signal(9, 125_000, 14.0), 0.0, 0.2, FREQUENCY)
    assert all(air.end(frame)[0].heard and frame.heard() for frame in (one, other, third))


def test_a_gateway_reads_as_many_frames_as_it_has_paths() -> None:
    air, antennas = air_of(*[50.0] * 4, paths=2)
    frames = [
        air.begin(antenna.signal(7, 125_000, 14.0), number / 100, 0.05, FREQUENCY + 200_000 * number)
        for number, antenna in enumerate(antennas)
    ]
    later = air.begin(antennas[0].signal(7, 125_000, 14.0), 0.05, 0.05, FREQUENCY)
    assert [air.end(frame)[0].outcome for frame in frames] == [HEARD, HEARD, GATEWAY_BUSY, GATEWAY_BUSY]
    assert later.heard()


def test_a_transmitting_gateway_hears_nothing() -> None:
    air, (device,) = air_of(50)
    signal = device.signal(7, 125_000, 14.0)
    answer = partial(air.begin_downlink, frequency_hz=869_525_000, sf=7, bandwidth_hz=125_000, power_dbm=14.0)
    under_way = air.begin(signal, 0.0, 0.05, FREQUENCY)
    downlink = answer(0, 0.02, 0.05)
    during = air.begin(signal, 0.06, 0.05, FREQUENCY)
    after = air.begin(signal, 0.12, 0.05, FREQUENCY)
    outcomes = [air.end(frame)[0].outcome for frame in (under_way, during, after)]
    assert outcomes == [HALF_DUPLEX, HALF_DUPLEX, HEARD]
    assert air.heard_by(device, downlink).heard
    answer(0, 0.3, 0.05)
    with pytest.raises(GatewayTransmitting, match="gateway transmits until"):
        answer(0, 0.34, 0.05)


def test_a_device_loses_a_downlink_to_a_stronger_one() -> None:
    air = LoraAir([GatewayRadio("near", Position(0, 0)), GatewayRadio("far", Position(100, 0))], OPEN)
    device = air.antenna("device", Position(30, 0))
    answer = partial(air.begin_downlink, frequency_hz=869_525_000, sf=9, bandwidth_hz=125_000, power_dbm=14.0)
    strong = answer(0, 0.0, 0.2)
    weak = answer(1, 0.1, 0.2)
    assert air.heard_by(device, strong).heard
    assert air.heard_by(device, weak).other == strong.number
    assert air.heard_by(air.antenna("outside", Position(9000, 0)), strong).cause == "out of range"


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((OUT_OF_RANGE, HEARD), HEARD),
        ((OUT_OF_RANGE, GATEWAY_BUSY), GATEWAY_BUSY),
        ((GATEWAY_BUSY, HALF_DUPLEX, OUT_OF_RANGE), HALF_DUPLEX),
        ((HALF_DUPLEX, 9, 4), 4),
        ((), OUT_OF_RANGE),
    ],
)
def test_the_verdict_is_the_nearest_miss(outcomes: tuple[int, ...], expected: int) -> None:
    receptions = [Reception(number, outcome, -100.0, 0.0) for number, outcome in enumerate(outcomes)]
    assert verdict(receptions) == expected


def aloha(*, drop_own_loss: bool, nodes: int = 1000, seed: int = 5) -> float:
    """Delivery on one channel without capture: LoRaSim's simple rule; optionally with the fork's mistake."""
    stream = BlockStream(seed, "aloha")
    seconds, airtime = 20_000.0, 0.1078
    count = int(nodes * seconds / 1000)
    starts = sorted(stream.uniform(0, seconds) for _ in range(count))
    lost = [False] * count
    for index, start in enumerate(starts[1:], 1):
        if start - starts[index - 1] < airtime:
            lost[index - 1] = True
            lost[index] = not drop_own_loss
    return 1 - sum(lost) / count


def test_a_forks_mistake_is_visible_in_the_delivery() -> None:
    """A public fork of LoRaSim forgets the loss of the frame that arrives: 0.898 instead of 0.806."""
    assert aloha(drop_own_loss=False) == pytest.approx(0.806, abs=0.01)
    assert aloha(drop_own_loss=True) == pytest.approx(0.898, abs=0.01)


def test_equal_signals_on_one_channel_are_delivered_as_theory_says() -> None:
    """Our air with signals of one strength is pure ALOHA, exp(-2 G), less the spare preamble."""
    stream = BlockStream(5, "equal")
    air, (device,) = air_of(50, paths=1000)
    signal, airtime = device.signal(8, 125_000, 14.0), 0.1078
    starts = sorted(stream.uniform(0, 20_000) for _ in range(20_000))
    frames = [air.begin(signal, at, airtime, FREQUENCY) for at in starts]
    delivery = sum(frame.heard() for frame in frames) / len(frames)
    assert delivery == pytest.approx(math.exp(-(2 * airtime - signal.spare_s)), abs=0.01)


def test_duty_cycle_of_eu868() -> None:
    """868.1 MHz: 1 %, time off of 99 frames; 869.525 MHz has its own 10 %."""
    duty = DutyCycle(REGIONS["EU868"].sub_bands)
    assert duty.wait_s(0, FREQUENCY, 1.0) == 0
    duty.spend(0, FREQUENCY, 1.0)
    assert duty.wait_s(1, 868_300_000, 1.0) == pytest.approx(99)
    assert duty.wait_s(100, 868_300_000, 1.0) == 0
    assert duty.wait_s(1, 869_525_000, 1.0) == 0
    assert duty.wait_s(0, FREQUENCY, 37.0) == math.inf
    assert duty.used_s(10, 868_500_000) == 1.0
    assert duty.totals_s() == {"M": 1.0, "P": 0.0}


def test_a_gateway_may_spend_its_hour_at_once() -> None:
    duty = DutyCycle(REGIONS["EU868"].sub_bands, time_off=False)
    for number in range(36):
        assert duty.wait_s(number, FREQUENCY, 1.0) == 0
        duty.spend(number, FREQUENCY, 1.0)
    assert duty.wait_s(36, FREQUENCY, 1.0) == pytest.approx(3600 + 1 - 36)
    assert duty.wait_s(3601, FREQUENCY, 1.0) == 0


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 3)), max_size=60))
def test_no_hour_holds_more_than_its_share(frames: list[tuple[float, float]]) -> None:
    duty, now, sent = DutyCycle(REGIONS["EU868"].sub_bands, time_off=False), 0.0, []
    for pause, airtime in frames:
        now += pause
        now += duty.wait_s(now, FREQUENCY, airtime)
        assert duty.wait_s(now, FREQUENCY, airtime) <= 1e-9
        duty.spend(now, FREQUENCY, airtime)
        sent.append((now, airtime))
        now += airtime
        assert sum(length for at, length in sent if at + length > now - 3600 + 1e-6) <= 36 + 1e-6


def test_regions_without_duty_cycle_do_not_wait_but_dwell() -> None:
    duty = DutyCycle(REGIONS["US915"].sub_bands)
    duty.spend(0, 902_300_000, 0.4)
    assert duty.wait_s(0.4, 902_300_000, 0.4) == 0
    assert DwellTime().allows(airtime_s(24, 10)) is True  # 11 bytes of application payload: US915 DR0
    assert DwellTime().allows(airtime_s(25, 10)) is False


def test_energy_is_current_times_voltage_times_time() -> None:
    meter = EnergyMeter()
    meter.transmit(13.0, 2.0)
    meter.receive(1.0)
    states = meter.joules_by_state(1000.0)
    assert states["transmit"] == pytest.approx(0.029 * 2 * 3.3)
    assert states["receive"] == pytest.approx(0.0115 * 3.3)
    assert states["sleep"] == pytest.approx(0.2e-6 * 997 * 3.3)
    assert meter.joules(1000.0) == pytest.approx(sum(states.values()))


def test_current_follows_the_data_sheet_and_never_falls_with_power() -> None:
    assert [SX1276.transmit_current_ma(power) for power in (7, 13, 17, 20)] == [20, 29, 87, 120]
    currents = [SX1276.transmit_current_ma(power) for power in range(-4, 21)]
    assert currents == sorted(currents)
    with pytest.raises(ValueError, match="power_dbm is 21"):
        SX1276.transmit_current_ma(21)


def test_a_battery_lasts_its_capacity_over_the_current() -> None:
    assert battery_life_s(Battery(1000.0, self_discharge=0.0), 1.0) == pytest.approx(1000 * 3600)
    assert battery_life_s(Battery(self_discharge=0.0), 0.0) == math.inf
    assert battery_life_s(Battery(), 0.01) < battery_life_s(Battery(self_discharge=0.0), 0.01)
