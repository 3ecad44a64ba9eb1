"""``thingproof bench``: all sections, one after the other, so that none disturbs another."""
# ruff: noqa: PLC0415 - a section imports what it needs when it is measured: some need extras, some take long

import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console

from thingproof_scenarios.bench.results import Measurement
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.stage import Stage, open_stage
from thingproof_scenarios.steps import Steps
from thingproof_scenarios.terminal import pairs

SINGLE = "fleets/single.yaml"


@dataclass(frozen=True, slots=True)
class Effort:
    """How long each measurement takes."""

    rounds: int
    seconds: float
    reports: int
    devices: int
    hours: float
    lora_nodes: tuple[int, ...]


QUICK = Effort(rounds=3, seconds=0.5, reports=200, devices=200, hours=24, lora_nodes=(1_000,))
THOROUGH = Effort(
    rounds=7, seconds=2.0, reports=2000, devices=2000, hours=24 * 7, lora_nodes=(1_000, 5_000, 20_000)
)


@dataclass(frozen=True, slots=True)
class Section:
    """One measurement: a name for ``--only``, what it is in words, and how it is taken with a seed."""

    name: str
    text: str
    measure: Callable[[Effort, int], Measurement]


def on_a_stage(measure: Callable[[Stage], Measurement], seed: int) -> Measurement:
    """A measurement on a fresh platform that keeps its data, with one reporting device."""
    with tempfile.TemporaryDirectory(prefix="thingproof-bench-") as folder:
        plan = read_fleet(SINGLE)
        with open_stage(plan, seed=seed, arguments=["--data-dir", folder], live=False) as stage:
            return measure(stage)


def _codec(effort: Effort, _: int) -> Measurement:
    from thingproof_scenarios.bench.codec import measure_codec

    return measure_codec(seconds=effort.seconds * effort.rounds)


def _lorawan_frames(effort: Effort, _: int) -> Measurement:
    from thingproof_scenarios.bench.lorawan_frames import measure_lorawan_frames

    return measure_lorawan_frames(seconds=effort.seconds * effort.rounds)


def _zigbee_frames(effort: Effort, _: int) -> Measurement:
    from thingproof_scenarios.bench.zigbee_frames import measure_zigbee_frames

    return measure_zigbee_frames(seconds=effort.seconds * effort.rounds)


def _http(effort: Effort, seed: int) -> Measurement:
    from thingproof_scenarios.bench.http import measure_http

    return on_a_stage(lambda stage: measure_http(stage, rounds=effort.rounds, seconds=effort.seconds), seed)


def _mqtt(effort: Effort, seed: int) -> Measurement:
    from thingproof_scenarios.bench.mqtt import measure_mqtt

    return on_a_stage(
        lambda stage: measure_mqtt(stage, reports=effort.reports, seconds=effort.seconds * 2), seed
    )


def _fan_out(effort: Effort, seed: int) -> Measurement:
    from thingproof_scenarios.bench.fan_out import measure_fan_out

    return on_a_stage(lambda stage: measure_fan_out(stage, rounds=effort.reports // 4), seed)


def _connections(effort: Effort, seed: int) -> Measurement:
    from thingproof_scenarios.bench.fleet import measure_connections

    return measure_connections(devices=effort.devices, seed=seed)


def _simulation(effort: Effort, seed: int) -> Measurement:
    from thingproof_scenarios.bench.fleet import measure_simulation

    return measure_simulation(hours=effort.hours, seed=seed)


def _queues(effort: Effort, seed: int) -> Measurement:
    from thingproof_scenarios.bench.queues import measure_queues

    return measure_queues(uplinks=effort.reports, seconds=effort.seconds * 2, seed=seed)


def _lora_air(effort: Effort, seed: int) -> Measurement:
    from thingproof_scenarios.bench.lora_air import measure_lora_air

    return measure_lora_air(sizes=effort.lora_nodes, rounds=effort.rounds, seed=seed)


def _lora_mac(effort: Effort, seed: int) -> Measurement:
    from thingproof_scenarios.bench.lora_mac import measure_lora_mac

    return measure_lora_mac(sizes=effort.lora_nodes, rounds=effort.rounds, seed=seed)


SECTIONS: Final = (
    Section("codec", "Gizwits P0 frames, against scapy", _codec),
    Section("lora_air", "a day on the air by both engines, against the plainest code", _lora_air),
    Section("lora_mac", "a LoRaWAN day with the full MAC, against the plainest code", _lora_mac),
    Section("lorawan_frames", "encrypted LoRaWAN uplinks, against scapy", _lorawan_frames),
    Section("zigbee_frames", "Zigbee reports in the clear and sealed, against scapy", _zigbee_frames),
    Section("devdata_latest", "an HTTP answer, against a bare handler", _http),
    Section("mqtt_report", "a report until it is stored and pushed", _mqtt),
    Section("queues", "an uplink from a network's queue to an application's", _queues),
    Section("fan_out", "one report to a hundred applications", _fan_out),
    Section("connected_devices", "what a device that is online costs", _connections),
    Section("simulation", "simulated time against real time", _simulation),
)
"""All sections, in the order in which they are measured; a new one is a row."""


def chosen(names: Iterable[str]) -> tuple[Section, ...]:
    """The sections of these names, all without a name.

    Raises:
        Misuse: an unknown name.
    """
    wanted = set(names)
    known = {section.name for section in SECTIONS}
    for name in sorted(wanted - known):
        raise Misuse(f"--only {name}: no such section", f"choose of {', '.join(sorted(known))}")
    return tuple(section for section in SECTIONS if not wanted or section.name in wanted)


def list_sections(output: Console) -> None:
    """Names and what they measure."""
    pairs(output, [(section.name, section.text) for section in SECTIONS])


def run_bench(sections: Sequence[Section], *, quick: bool, seed: int, as_json: bool, output: Console) -> None:
    """Measure and print."""
    effort = QUICK if quick else THOROUGH
    steps = Steps(Console(stderr=True) if as_json else output, tuple(section.name for section in sections))
    results = []
    with steps.shown():
        for section in sections:
            with steps.step(section.name) as step:
                results.append(section.measure(effort, seed))
                step.say(results[-1].text)
    if as_json:
        print(json.dumps({result.name: result.to_json() for result in results}))
