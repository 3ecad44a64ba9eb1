"""A day of a LoRaWAN with the whole MAC, from device to network server, against the plainest heap."""

import gc
import math
from collections.abc import Sequence
from dataclasses import dataclass
from time import process_time
from typing import Any, Final

from thingproof_scenarios.bench.lora_air import DAY_S
from thingproof_scenarios.bench.lora_cell import BANDWIDTH_HZ, EVERY_S, Cell, heap_floor, make_cell
from thingproof_scenarios.bench.results import Measurement
from thingproof_sim.api import Area, GatewayPlan, LoraDevicePlan, LoraFleetPlan, made_up_eui, made_up_key
from thingproof_sim.lora_simulate import LoraSimulation

SLOWEST_SF: Final = 12
PRODUCT: Final[dict[str, Any]] = {
    "name": "counter",
    "length": "fixed",
    "datapoints": [
        {"id": 1, "name": "count", "access": "readonly", "type": "uint32", "maximum": 4294967295},
        {"id": 2, "name": "battery", "access": "readonly", "type": "uint8", "maximum": 100},
    ],
}
"""Its payload has 7 bytes, so that frames have the 20 bytes of the floor's traffic."""


def make_network(cell: Cell, seed: int) -> LoraSimulation:
    """The cell's devices with sessions of their own (ABP), sending as often as the floor's."""
    devices = []
    for node in cell.nodes:
        antenna = node.signal.antenna
        name = antenna.name
        devices.append(
            LoraDevicePlan(
                name,
                "counter",
                made_up_eui("device", "bench", name),
                0,
                made_up_key("bench", name),
                Area(antenna.position.x, antenna.position.y),
                height_m=antenna.position.z,
                activation="abp",
                data_rate=SLOWEST_SF - node.signal.sf,
                period_s=EVERY_S,
                traffic="poisson",
                start_within_s=0.0,
            )
        )
    gateway = GatewayPlan("gateway", 0.0, 0.0, 0.0, made_up_eui("gateway", "bench", "gateway"))
    plan = LoraFleetPlan("EU868", gateways=(gateway,), devices=tuple(devices), path_loss="lorasim")
    return LoraSimulation(plan, {"counter": PRODUCT}, seed, measures=False)


@dataclass(slots=True)
class Row:
    """One size: CPU seconds of floor and network, frames of the network, and the share it delivered."""

    nodes: int
    frames: int
    floor_s: float
    network_s: float
    delivery: float


def measure_size(nodes: int, *, rounds: int, seed: int) -> Row:
    """Floor and network in turns on the same kind of day; the shortest time of each."""
    cell = make_cell(nodes, DAY_S, seed)
    row = Row(nodes, 0, math.inf, math.inf, 0.0)
    for _ in range(rounds):
        network = make_network(cell, seed)
        gc.collect()
        gc.freeze()
        began = process_time()
        network.run(DAY_S)
        row.network_s = min(row.network_s, process_time() - began)
        began = process_time()
        heap_floor(cell)
        row.floor_s = min(row.floor_s, process_time() - began)
        gc.unfreeze()
        for device in network.world.devices:
            device.settle(network.clock.now())
        counters = [device.counters for device in network.world.devices]
        row.frames = sum(one.frames for one in counters)
        row.delivery = sum(one.delivered for one in counters) / sum(one.readings for one in counters)
    return row


def growth(rows: Sequence[Row]) -> tuple[float, float]:
    """Exponents with which the times of network and floor grow with the number of nodes, first to last."""
    first, last = rows[0], rows[-1]
    steps = math.log(last.nodes / first.nodes)
    return math.log(last.network_s / first.network_s) / steps, math.log(last.floor_s / first.floor_s) / steps


def measure_lora_mac(*, sizes: Sequence[int], rounds: int, seed: int) -> Measurement:
    """Days of several sizes: seconds, frames per second, ratio to the floor, growth."""
    rows = [measure_size(nodes, rounds=rounds, seed=seed) for nodes in sizes]
    values: dict[str, float] = {}
    parts = []
    for row in rows:
        values |= {
            f"mac_{row.nodes}_s": row.network_s,
            f"floor_{row.nodes}_s": row.floor_s,
            f"mac_{row.nodes}_frames_per_s": row.frames / row.network_s,
            f"mac_{row.nodes}_to_floor": row.network_s / row.floor_s,
            f"mac_{row.nodes}_delivery": row.delivery,
        }
        parts.append(
            f"{row.nodes} nodes {row.network_s:.2f} s ({row.network_s / row.floor_s:.1f} x floor, "
            f"{row.frames / row.network_s / 1000:.0f} k frames/s, delivery {row.delivery:.3f})"
        )
    if len(rows) > 1:
        values["mac_growth"], values["floor_growth"] = growth(rows)
        parts.append(f"growth exponent {values['mac_growth']:.2f} (floor {values['floor_growth']:.2f})")
    return Measurement("lora_mac", "LoRaWAN day with the full MAC: " + ", ".join(parts), values)


__all__ = ["BANDWIDTH_HZ", "make_network", "measure_lora_mac", "measure_size"]
