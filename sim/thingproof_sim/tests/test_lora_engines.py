"""The event engine and the sweep engine say the same of every frame at every gateway."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace

import pytest

from thingproof_sim.kernel.blocks import BlockStream
from thingproof_sim.radio import lora_sweep
from thingproof_sim.radio.lora_air import Downlink, LoraAir, Transmission
from thingproof_sim.radio.lora_airtime import airtime_s
from thingproof_sim.radio.lora_collision import (
    GATEWAY_BUSY,
    HALF_DUPLEX,
    HEARD,
    OUT_OF_RANGE,
    channels_overlap,
    rejection_db,
    spare_preamble_s,
)
from thingproof_sim.radio.lora_link import SENSITIVITY_DBM, Position
from thingproof_sim.radio.lora_signal import GatewayRadio

np = pytest.importorskip("numpy", reason="the sweep engine needs the extra sweep")

EU868 = tuple((867_100_000 + 200_000 * number, 125_000) for number in range(8))
US915 = ((903_000_000, 500_000), *((902_300_000 + 200_000 * number, 125_000) for number in range(8)))
ONE_CHANNEL = ((868_100_000, 125_000),)


@dataclass(frozen=True)
class Case:
    """A cell for both engines."""

    name: str
    channels: tuple[tuple[int, int], ...]
    devices: int
    seconds: float
    every_s: float
    gateways: int = 3
    paths: int = 8
    downlink_every_s: float = math.inf
    cell_m: float = 500.0

    def __str__(self) -> str:
        return self.name


CASES = (
    Case("sparse", EU868, 200, 1200.0, 200.0),
    Case("dense", EU868, 400, 60.0, 20.0),
    Case("one channel", ONE_CHANNEL, 200, 120.0, 20.0),
    Case("overlapping channels", US915, 300, 80.0, 20.0),
    Case("few paths", EU868, 300, 80.0, 20.0, paths=2),
    Case("half-duplex", EU868, 200, 180.0, 30.0, downlink_every_s=5.0),
    Case("all of it", US915, 400, 45.0, 15.0, paths=3, downlink_every_s=3.0, cell_m=900.0),
)


@dataclass
class Played:
    """What the event engine made of a case."""

    air: LoraAir
    transmissions: list[Transmission]
    downlinks: list[Downlink]


def play(case: Case, seed: int) -> Played:
    """Devices at random places transmit at random times; gateways answer at random."""
    stream = BlockStream(seed, case.name)
    gateways = [
        GatewayRadio(f"gateway {number}", Position(stream.uniform(0, case.cell_m), 0.0), paths=case.paths)
        for number in range(case.gateways)
    ]
    air = LoraAir(gateways, seed=seed)
    signals = []
    for number in range(case.devices):
        place = Position(stream.uniform(0, case.cell_m), stream.uniform(-case.cell_m, case.cell_m))
        antenna = air.antenna(f"device {number}", place)
        signals.append((antenna, 7 + stream.below(6)))
    agenda = []
    for number in range(case.devices):
        at = stream.exponential(case.every_s)
        while at < case.seconds:
            agenda.append((at, 0, number))
            at += stream.exponential(case.every_s)
    for number in range(case.gateways if case.downlink_every_s < math.inf else 0):
        at = stream.exponential(case.downlink_every_s)
        while at < case.seconds:
            agenda.append((at, 1, number))
            at += 3.0 + stream.exponential(case.downlink_every_s)
    played = Played(air, [], [])
    for at, kind, number in sorted(agenda):
        frequency, bandwidth = stream.choice(case.channels)
        if kind:
            sf = 7 + stream.below(6)
            played.downlinks.append(
                air.begin_downlink(
                    number, at, airtime_s(20, sf), frequency, sf=sf, bandwidth_hz=125_000, power_dbm=14.0
                )
            )
        else:
            antenna, sf = signals[number]
            signal = antenna.signal(sf, bandwidth, 14.0)
            played.transmissions.append(air.begin(signal, at, airtime_s(20, sf, bandwidth), frequency))
    return played


def event_outcomes(played: Played) -> list[list[int]]:
    """Outcomes by gateway and frame; destroyers as frame index + 1."""
    index = {one.number: place + 1 for place, one in enumerate(played.transmissions)}
    rows = [
        [index.get(each.outcome, each.outcome) for each in played.air.end(one)]
        for one in played.transmissions
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def literal_outcomes(played: Played, gateway: int, paths: int) -> list[int]:
    """The rules once more, every frame against every other, as slow and as plain as can be."""
    frames, sent = played.transmissions, [one for one in played.downlinks if one.gateway == gateway]
    held: list[tuple[float, float]] = []
    outcomes = []
    for one in frames:
        signal = one.signal
        power = signal.rssi_dbm[gateway]
        destroyers = []
        critical = one.start_s + spare_preamble_s(signal.sf, signal.bandwidth_hz)
        for number, other in enumerate(frames, 1):
            rival = other.signal
            if (
                other.start_s < one.end_s
                and other.end_s > critical
                and other is not one
                and channels_overlap(
                    one.frequency_hz, signal.bandwidth_hz, other.frequency_hz, rival.bandwidth_hz
                )
                and power - rival.rssi_dbm[gateway] < rejection_db(signal.sf, rival.sf)
            ):
                destroyers.append(number)
        cut = [down.start_s for down in sent if one.start_s < down.start_s < one.end_s]
        if power < SENSITIVITY_DBM[signal.sf, signal.bandwidth_hz]:
            outcomes.append(OUT_OF_RANGE)
        elif any(down.start_s <= one.start_s < down.end_s for down in sent):
            outcomes.append(HALF_DUPLEX)
        elif sum(begin <= one.start_s < end for begin, end in held) >= paths:
            outcomes.append(GATEWAY_BUSY)
        else:
            held.append((one.start_s, min([one.end_s, *cut])))
            outcomes.append(HALF_DUPLEX if cut else min(destroyers, default=HEARD))
    return outcomes


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_both_engines_agree_frame_by_frame(case: Case, seed: int) -> None:
    """Outcome, cause and destroyer of every frame at every gateway."""
    played = play(case, seed)
    listeners = lora_sweep.listeners_of([case.paths] * case.gateways, played.downlinks)
    swept = lora_sweep.sweep(lora_sweep.frames_of(played.transmissions), listeners)

    assert swept.tolist() == event_outcomes(played)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_event_engine_follows_the_rules_read_literally(case: Case) -> None:
    """A third, naive reading of the rules gives the same; and each case shows what it is there for."""
    played = play(case, 4)
    outcomes = event_outcomes(played)

    for gateway in range(case.gateways):
        assert outcomes[gateway] == literal_outcomes(played, gateway, case.paths)
    seen = {min(outcome, 1) for row in outcomes for outcome in row}
    wanted = {HEARD, OUT_OF_RANGE, 1}
    wanted |= {GATEWAY_BUSY} if case.paths < 8 else set()
    wanted |= {HALF_DUPLEX} if case.downlink_every_s < math.inf else set()
    assert wanted <= seen


def test_the_sweep_takes_frames_in_any_order() -> None:
    """A day given backwards has the same outcomes, destroyers renumbered."""
    case = CASES[-1]
    played = play(case, 5)
    frames = lora_sweep.frames_of(played.transmissions)
    backwards = replace(
        frames,
        **{name: getattr(frames, name)[::-1].copy() for name in ("start_s", "end_s", "sf", "channel")},
        rssi_dbm=frames.rssi_dbm[:, ::-1].copy(),
    )
    listeners = lora_sweep.listeners_of([case.paths] * case.gateways, played.downlinks)
    expected = lora_sweep.sweep(frames, listeners)
    found = lora_sweep.sweep(backwards, listeners)[:, ::-1]
    count = expected.shape[1]
    assert np.where(found > 0, count + 1 - found, found).tolist() == expected.tolist()


def test_an_empty_day_has_no_outcomes() -> None:
    """No frames at one gateway."""
    empty = lora_sweep.Frames(
        np.zeros(0), np.zeros(0), np.zeros(0, np.uint8), np.zeros(0, np.uint8), np.zeros((1, 0)), ONE_CHANNEL
    )
    assert lora_sweep.sweep(empty, [lora_sweep.Listener()]).shape == (1, 0)


def test_without_numpy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else of the radio needs it."""
    monkeypatch.setitem(sys.modules, "numpy", None)
    lora_sweep.numpy.cache_clear()
    with pytest.raises(lora_sweep.SweepUnavailable, match=r"thingproof\[sweep\]"):
        lora_sweep.numpy()
    monkeypatch.undo()
    assert lora_sweep.numpy() is np


def test_paths_are_counted_the_same_when_frames_start_together() -> None:
    """Ten frames at once, in pairs of equal starts, at a gateway with three paths."""
    starts = np.repeat(np.arange(5) * 0.01, 2)
    frames = lora_sweep.Frames(
        starts,
        starts + 0.045,
        np.full(10, 7, np.uint8),
        np.arange(10, dtype=np.uint8) % 8,
        np.full((1, 10), -100.0),
        EU868,
    )
    air = LoraAir([GatewayRadio("gateway", Position(0.0, 0.0), paths=3)])
    signal = air.antenna("device", Position(10.0, 0.0)).signal(7, 125_000, 14.0)
    sent = [air.begin(signal, at, 0.045, EU868[number % 8][0]) for number, at in enumerate(starts.tolist())]
    outcomes = [air.end(one)[0].outcome for one in sent]
    assert outcomes.count(GATEWAY_BUSY) == 7
    assert lora_sweep.sweep(frames, [lora_sweep.Listener(3)]).tolist() == [outcomes]
