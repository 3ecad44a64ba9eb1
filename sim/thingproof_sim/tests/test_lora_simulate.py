"""LoRaWAN fleets in simulated time: balances, causes, determinism, and three ways that come to the same."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_sim.api import Area, DownlinkPlan, FleetPlan, LoraResult, lora_plan, simulate_lora, sweep_lora
from thingproof_sim.kernel.trace import Trace
from thingproof_sim.lora_plan import GatewayPlan
from thingproof_sim.lora_simulate import LoraSimulation, result_of
from thingproof_wire.frames.loratap import decode_loratap
from thingproof_wire.frames.lorawan import DataFrame, decode_phy
from thingproof_wire.frames.pcap import decode_pcap

if TYPE_CHECKING:
    from pathlib import Path

DAY_S = 86_400.0
HOUR_S = 3600.0


def city(devices: int = 40, **options: Any) -> FleetPlan:
    """Devices around two gateways, near the edge of what they reach."""
    defaults: dict[str, Any] = {
        "period_s": 600.0,
        "area": Area(0.0, 0.0, 9000.0),
        "start_within_s": 1800.0,
        "adr": True,
        "queue_limit": 1,
    }
    plan = lora_plan(name="city", devices=devices, gateways=2, **(defaults | options))
    assert plan.lora is not None
    gateways = (plan.lora.gateways[0], replace(plan.lora.gateways[1], x=4000.0))
    return replace(plan, lora=replace(plan.lora, gateways=gateways, shadowing_db=7.8))


def balanced(result: LoraResult) -> None:
    """Everything that was made is accounted for."""
    assert result.readings == result.delivered + sum(result.lost.values()) + result.on_the_way
    assert result.frames == result.frames_heard + sum(result.frames_lost.values())
    assert sum(row.sent for row in result.by_sf.values()) == result.frames
    for row in result.by_sf.values():
        assert row.sent == row.delivered + sum(row.lost.values())


def test_readings_and_frames_balance_and_losses_have_causes() -> None:
    result = simulate_lora(city(60), seed=7, duration_s=6 * HOUR_S)
    balanced(result)
    assert result.delivered > 0.5 * result.readings
    assert {"out of range", "not joined"} <= set(result.lost) | set(result.frames_lost)
    assert 0 < result.duty_cycle["mean"] <= result.duty_cycle["highest"] < 0.01
    shares = result.gateway_duty_cycle
    assert 0 < shares["mean"] <= shares["highest"] <= 0.1 + 0.01  # one sub-band of ten per cent, one of one
    whole = result.gateway_airtime_s / result.gateways / result.simulated_s
    assert abs(shares["mean"] - whole) < 1e-12
    assert result.consumption.joules == pytest.approx(
        result.consumption.transmit_j + result.consumption.receive_j + result.consumption.sleep_j
    )


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(tmp_path: Path) -> None:
    files = [tmp_path / "a", tmp_path / "b"]
    results = [simulate_lora(city(20), seed=7, duration_s=2 * HOUR_S, trace_path=file) for file in files]
    assert results[0] == results[1]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert simulate_lora(city(20), seed=8, duration_s=2 * HOUR_S).trace_hash != results[0].trace_hash


def test_frames_as_bytes_and_frames_as_values_come_to_the_same(tmp_path: Path) -> None:
    plan = city(30, downlinks=DownlinkPlan(HOUR_S, confirmed=True))
    lazy = simulate_lora(plan, seed=3, duration_s=6 * HOUR_S)
    full = simulate_lora(plan, seed=3, duration_s=6 * HOUR_S, full=True)
    captured = simulate_lora(plan, seed=3, duration_s=6 * HOUR_S, pcap_path=tmp_path / "x.pcap")
    assert lazy.downlinks["heard"] > 0
    assert lazy.downlink_results["done"] > 0
    assert asdict(lazy) == asdict(full) == asdict(captured)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"traffic": "periodic", "jitter": 0.1},
        {"adr": False},
        {"device_class": "C"},
        {"activation": "otaa"},
        {"period_s": 30.0, "data_rate": 0},
    ],
    ids=["poisson", "periodic", "without ADR", "class C", "joining", "more than the duty cycle allows"],
)
def test_settled_devices_in_one_go_come_to_the_same_as_step_by_step(options: dict[str, Any]) -> None:
    defaults: dict[str, Any] = {
        "activation": "abp",
        "data_rate": 2,
        "traffic": "poisson",
        "period_s": 120.0,
        "downlinks": DownlinkPlan(8 * HOUR_S),
    }
    plan = city(25, **(defaults | options))
    assert plan.lora is not None
    results: list[dict[str, Any]] = []
    for shortcut in (True, False):
        simulation = LoraSimulation(plan.lora, plan.products, 5, measures=False)
        assert simulation.world.quick
        simulation.world.quick = shortcut
        simulation.run(DAY_S / 3)
        result = asdict(result_of(simulation, 5, DAY_S / 3, None))
        results.append(result | {"state": [
            (device.mac.fcnt_up, device.mac.adr_ack_count, device.mac.data_rate, device.mac.power_index,
             device.counters.delivered, device.counters.lost, device.server_key.fcnt_up)
            for device in simulation.world.devices
        ]})  # fmt: skip
    quick, slow = results
    assert quick["readings"] > 5_000
    for name in ("airtime_s", "duty_cycle", "consumption"):
        assert flat(quick.pop(name)) == pytest.approx(flat(slow.pop(name)))
    assert quick == slow


def flat(value: Any) -> list[float]:
    """The numbers of a result's field."""
    return list(value.values()) if isinstance(value, dict) else [value]


def test_the_duty_cycle_makes_a_fast_reader_lose_readings_and_says_so() -> None:
    plan = lora_plan(activation="abp", data_rate=0, period_s=20.0)
    result = simulate_lora(replace_queue(plan, 1), seed=1, duration_s=2 * HOUR_S)
    balanced(result)
    assert result.lost.keys() == {"duty cycle"}
    assert result.duty_cycle["mean"] < 0.04  # three sub-bands of one per cent


def replace_queue(plan: FleetPlan, limit: int) -> FleetPlan:
    """The same fleet with short queues."""
    assert plan.lora is not None
    devices = tuple(replace(row, queue_limit=limit) for row in plan.lora.devices)
    return replace(plan, lora=replace(plan.lora, devices=devices))


def test_a_device_out_of_reach_never_joins_and_its_readings_say_so() -> None:
    plan = lora_plan(area=Area(80_000.0, 0.0), period_s=600.0, queue_limit=1)
    result = simulate_lora(plan, seed=1, duration_s=3 * HOUR_S)
    balanced(result)
    assert (result.joined, result.delivered) == (0, 0)
    assert result.lost.keys() == {"not joined"}
    assert result.frames_lost.keys() == {"out of range"}


def test_two_devices_at_the_same_time_collide_and_the_trace_names_the_other_frame(tmp_path: Path) -> None:
    plan = lora_plan(devices=2, activation="abp", data_rate=0, period_s=300.0, jitter=0.0, start_within_s=0.0)
    assert plan.lora is not None
    devices = tuple(replace(row, area=Area(500.0, 0.0)) for row in plan.lora.devices)
    plan = replace(plan, lora=replace(plan.lora, devices=devices))
    result = simulate_lora(plan, seed=4, duration_s=20 * HOUR_S, trace_path=tmp_path / "trace")
    balanced(result)
    assert result.lost.keys() == {"collision"}
    assert '"cause":"collision with frame ' in (tmp_path / "trace").read_text(encoding="utf-8")


def test_class_c_devices_get_downlinks_between_uplinks() -> None:
    plan = lora_plan(
        device_class="C", period_s=6 * HOUR_S, downlinks=DownlinkPlan(600.0, confirmed=False), devices=3
    )
    result = simulate_lora(plan, seed=2, duration_s=12 * HOUR_S)
    assert result.downlink_results["done"] > 100
    assert result.downlinks["heard"] > 100


def test_a_gateway_that_sends_is_deaf() -> None:
    plan = lora_plan(
        devices=40,
        activation="abp",
        data_rate=0,
        period_s=300.0,
        confirmed=True,
        traffic="poisson",
        adr=False,
    )
    result = simulate_lora(plan, seed=2, duration_s=6 * HOUR_S)
    balanced(result)
    assert result.frames_lost["half-duplex"] > 0


def test_every_region_works() -> None:
    for region in ("EU868", "US915", "AS923", "CN470"):
        plan = lora_plan(devices=10, region=region, period_s=600.0, downlinks=DownlinkPlan(HOUR_S))
        result = simulate_lora(plan, seed=2, duration_s=6 * HOUR_S)
        balanced(result)
        assert result.joined == 10, region
        assert result.delivered > 0.95 * result.readings, region
        assert result.downlink_results.get("done", 0) > 20, region


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_the_capture(tmp_path: Path) -> None:
    path = tmp_path / "street.pcap"
    plan = lora_plan(devices=3, period_s=300.0, downlinks=DownlinkPlan(HOUR_S))
    simulate_lora(plan, seed=1, duration_s=2 * HOUR_S, pcap_path=path)
    fields = ["-T", "fields", "-e", "lorawan.mhdr.mtype", "-e", "_ws.malformed"]
    shown = subprocess.run(
        ["tshark", "-r", str(path), *fields], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    frames = [decode_phy(decode_loratap(one.data).payload) for one in decode_pcap(path.read_bytes())[1]]
    assert len(shown) == len(frames)
    kinds = {line.split("\t")[0] for line in shown}
    assert {"0", "1", "2", "5"} <= kinds  # join request, join accept, unconfirmed up, confirmed down
    for line, frame in zip(shown, frames, strict=True):
        # tshark 4.0 takes the MIC of a data frame without FPort for its port; such frames are legal (4.3.2).
        bare = isinstance(frame.message, DataFrame) and frame.message.fport is None
        assert bare or line.endswith("\t"), line


def test_the_sweep_answers_for_the_air_and_agrees_with_the_events_on_what_is_in_reach() -> None:
    pytest.importorskip("numpy")
    plan = city(80, activation="abp", adr=False, data_rate=0, period_s=1000.0, traffic="poisson")
    swept = sweep_lora(plan, seed=7, duration_s=DAY_S)
    played = simulate_lora(plan, seed=7, duration_s=DAY_S)
    balanced(swept)
    assert swept.trace_hash == sweep_lora(plan, seed=7, duration_s=DAY_S).trace_hash
    assert swept.delivered / swept.readings == pytest.approx(played.delivered / played.readings, abs=0.02)
    assert swept.airtime_s == pytest.approx(played.airtime_s, rel=0.1)


def test_more_gateways_lose_less() -> None:
    pytest.importorskip("numpy")
    plan = city(200, period_s=300.0)
    assert plan.lora is not None
    more = tuple(GatewayPlan(f"extra-{number}", 6000.0, 3000.0 * number) for number in range(-2, 3))
    larger = replace(plan, lora=replace(plan.lora, gateways=(*plan.lora.gateways, *more)))
    few, many = (sweep_lora(one, seed=7, duration_s=6 * HOUR_S) for one in (plan, larger))
    assert many.delivered / many.readings > few.delivered / few.readings


def test_a_trace_is_written_line_by_line(tmp_path: Path) -> None:
    simulate_lora(lora_plan(period_s=600.0), seed=1, duration_s=HOUR_S, trace_path=tmp_path / "t")
    lines = (tmp_path / "t").read_text(encoding="utf-8").splitlines()
    assert [line.split(" {")[0].split(" ", 2)[2] for line in lines[:3]] == [
        "power on",
        "join request",
        "joined",
    ]
    trace = Trace()
    assert trace.lines == 0
