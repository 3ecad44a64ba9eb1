"""How many devices a process holds and what one costs; how fast simulated time runs."""

import json
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from thingproof_scenarios.bench.results import Measurement
from thingproof_scenarios.children import child, python_module
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.plans import multiply
from thingproof_scenarios.problems import Broken
from thingproof_scenarios.processes import resident_kib
from thingproof_scenarios.seeding import connections
from thingproof_scenarios.stage import open_stage
from thingproof_sim.api import simulate

SINGLE = "fleets/single.yaml"
HOUSE = "fleets/house.yaml"
HOUR_S = 3600.0


def measure_connections(*, devices: int, seed: int) -> Measurement:
    """Live devices in one process, over real MQTT: KiB for each in the simulator and in the platform."""
    plan = multiply(read_fleet(SINGLE), devices)
    with open_stage(plan, seed=seed, live=False) as stage, tempfile.TemporaryDirectory() as folder:
        links = connections(stage.seeded.devices, stage.address("mqtt"))
        order = {
            "devices": devices,
            "seed": seed,
            "links": {name: asdict(link) for name, link in links.items()},
        }
        path = Path(folder) / "order.json"
        path.write_text(json.dumps(order), encoding="utf-8")
        before = resident_kib(stage.platform.process.pid)
        began = perf_counter()
        command = python_module("thingproof_scenarios.bench.connected", str(path))
        with child(command, output=subprocess.PIPE) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise Broken("the devices did not come online")
            seconds = perf_counter() - began
            platform = resident_kib(stage.platform.process.pid) - before
    held = json.loads(line)
    values = {
        "devices": float(held["devices"]),
        "simulator_kib_each": held["kib"] / devices,
        "platform_kib_each": platform / devices,
        "online_after_s": seconds,
    }
    text = (
        f"{devices} devices in one process, {values['simulator_kib_each']:.1f} KiB each "
        f"(platform {values['platform_kib_each']:.1f} KiB each), all online after {seconds:.1f} s"
    )
    return Measurement("connected_devices", text, values)


def measure_simulation(*, hours: float, seed: int) -> Measurement:
    """Simulated device-hours in a second of real time, for the house."""
    plan = read_fleet(HOUSE)
    began = perf_counter()
    result = simulate(plan, seed=seed, duration_s=hours * HOUR_S)
    seconds = perf_counter() - began
    rate = hours * len(plan.devices) / seconds
    values = {"device_hours_per_second": rate, "reports_per_second": result.reports / seconds}
    text = f"{rate:.0f} device-hours/s ({len(plan.devices)} devices, {result.reports} reports)"
    return Measurement("simulation", text, values)
