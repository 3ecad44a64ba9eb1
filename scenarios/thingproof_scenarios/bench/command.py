"""``thingproof bench``: all measurements, one after the other, so that none disturbs another."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console

from thingproof_scenarios.bench.codec import measure_codec
from thingproof_scenarios.bench.fan_out import measure_fan_out
from thingproof_scenarios.bench.fleet import measure_connections, measure_simulation
from thingproof_scenarios.bench.http import measure_http
from thingproof_scenarios.bench.mqtt import measure_mqtt
from thingproof_scenarios.bench.results import Measurement
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.stage import Stage, open_stage
from thingproof_scenarios.steps import Steps

SINGLE = "fleets/single.yaml"


@dataclass(frozen=True, slots=True)
class Effort:
    """How long each measurement takes."""

    rounds: int
    seconds: float
    reports: int
    devices: int
    hours: float


QUICK = Effort(rounds=3, seconds=0.5, reports=200, devices=200, hours=24)
THOROUGH = Effort(rounds=7, seconds=2.0, reports=2000, devices=2000, hours=24 * 7)


def on_a_stage(measure: Callable[[Stage], Measurement], seed: int) -> Measurement:
    """A measurement on a fresh platform that keeps its data, with one reporting device."""
    with tempfile.TemporaryDirectory(prefix="thingproof-bench-") as folder:
        plan = read_fleet(SINGLE)
        with open_stage(plan, seed=seed, arguments=["--data-dir", folder], live=False) as stage:
            return measure(stage)


def work_list(effort: Effort, seed: int) -> dict[str, Callable[[], Measurement]]:
    """The measurements by name, in order."""

    def http(stage: Stage) -> Measurement:
        return measure_http(stage, rounds=effort.rounds, seconds=effort.seconds)

    def mqtt(stage: Stage) -> Measurement:
        return measure_mqtt(stage, reports=effort.reports, seconds=effort.seconds * 2)

    def fan_out(stage: Stage) -> Measurement:
        return measure_fan_out(stage, rounds=effort.reports // 4)

    return {
        "codec": lambda: measure_codec(seconds=effort.seconds * effort.rounds),
        "devdata_latest": lambda: on_a_stage(http, seed),
        "mqtt_report": lambda: on_a_stage(mqtt, seed),
        "fan_out": lambda: on_a_stage(fan_out, seed),
        "connected_devices": lambda: measure_connections(devices=effort.devices, seed=seed),
        "simulation": lambda: measure_simulation(hours=effort.hours, seed=seed),
    }


def run_bench(*, quick: bool, seed: int, as_json: bool, output: Console) -> None:
    """Measure everything and print it."""
    work = work_list(QUICK if quick else THOROUGH, seed)
    steps = Steps(Console(stderr=True) if as_json else output, tuple(work))
    results = []
    with steps.shown():
        for name, measure in work.items():
            with steps.step(name) as step:
                results.append(measure())
                step.say(results[-1].text)
    if as_json:
        print(json.dumps({result.name: result.to_json() for result in results}))
