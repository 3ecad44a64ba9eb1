"""The LoRa traffic of the benchmark, and the floors its engines are compared with.

One gateway, devices all around it, each with the fastest spreading factor that reaches it, a frame of 20
bytes per 1 000 s on average on one of eight channels. The floors apply the engines' own collision rule at one
gateway and count what survives: no causes, no demodulation paths, no half-duplex, nothing else.
"""

import math
from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace
from typing import Any, Final

from thingproof_sim.kernel.blocks import BlockStream
from thingproof_sim.radio.lora_air import LoraAir
from thingproof_sim.radio.lora_airtime import airtime_s
from thingproof_sim.radio.lora_collision import FIRST_SF, LAST_SF, rejection_db, spare_preamble_s
from thingproof_sim.radio.lora_link import LORASIM, SENSITIVITY_DBM, Position
from thingproof_sim.radio.lora_signal import GatewayRadio, Signal
from thingproof_sim.radio.lora_sweep import Frames, numpy

BYTES: Final = 20
EVERY_S: Final = 1000.0
POWER_DBM: Final = 14.0
BANDWIDTH_HZ: Final = 125_000
CHANNELS_HZ: Final = tuple(867_100_000 + 200_000 * number for number in range(8))
"""The eight channels most EU868 networks use."""
EDGE_SF: Final = 10
"""Spreading factor that the mean signal from the cell's edge needs."""


@dataclass(frozen=True, slots=True)
class Node:
    """A device: what it sends, and when and where."""

    signal: Signal
    airtime_s: float
    starts_s: list[float]
    channels: list[int]


@dataclass(frozen=True, slots=True)
class Cell:
    """A gateway with devices around it."""

    air: LoraAir
    nodes: list[Node]
    frames: int


def make_cell(nodes: int, seconds: float, seed: int) -> Cell:
    """Devices evenly over a disc, starts as they come: a Poisson process each, but one frame at a time."""
    air = LoraAir([GatewayRadio("gateway", Position(0.0, 0.0))], LORASIM, seed)
    radius = LORASIM.distance_m(POWER_DBM - SENSITIVITY_DBM[EDGE_SF, BANDWIDTH_HZ])
    made = [
        _node(air, radius, seconds, BlockStream(seed, f"bench/lora/{number}"), number)
        for number in range(nodes)
    ]
    return Cell(air, made, sum(len(node.starts_s) for node in made))


def _node(air: LoraAir, radius: float, seconds: float, stream: BlockStream, number: int) -> Node:
    distance, angle = radius * math.sqrt(stream.unit()), stream.uniform(0, math.tau)
    place = Position(distance * math.cos(angle), distance * math.sin(angle))
    antenna = air.antenna(f"node {number}", place)
    power = POWER_DBM + antenna.gain_db[0]
    sf = next((sf for sf in range(FIRST_SF, LAST_SF) if power >= SENSITIVITY_DBM[sf, BANDWIDTH_HZ]), LAST_SF)
    airtime = airtime_s(BYTES, sf, BANDWIDTH_HZ)
    starts = []
    at = stream.exponential(EVERY_S)
    while at < seconds:
        starts.append(at)
        at += max(stream.exponential(EVERY_S), airtime)
    channels = [stream.choice(CHANNELS_HZ) for _ in starts]
    return Node(antenna.signal(sf, BANDWIDTH_HZ, POWER_DBM), airtime, starts, channels)


def as_frames(cell: Cell) -> Frames:
    """The cell's traffic for the sweep engine, node by node."""
    np = numpy()
    counts = [len(node.starts_s) for node in cell.nodes]
    start = np.concatenate([np.array(node.starts_s, np.float64) for node in cell.nodes])
    index = {channel: number for number, channel in enumerate(CHANNELS_HZ)}
    channel = np.concatenate([np.array([index[at] for at in node.channels], np.uint8) for node in cell.nodes])

    def of_nodes(values: list[Any], kind: Any) -> Any:
        return np.repeat(np.array(values, kind), counts)

    return Frames(
        start_s=start,
        end_s=start + of_nodes([node.airtime_s for node in cell.nodes], np.float64),
        sf=of_nodes([node.signal.sf for node in cell.nodes], np.uint8),
        channel=channel,
        rssi_dbm=of_nodes([node.signal.rssi_dbm[0] for node in cell.nodes], np.float64)[None, :],
        channels=tuple((channel, BANDWIDTH_HZ) for channel in CHANNELS_HZ),
    )


def heap_floor(cell: Cell) -> int:
    """Frames that survive, by a heap of next starts and a list of what is on the air for each channel."""
    needed = {sf: {other: rejection_db(sf, other) for other in range(FIRST_SF, LAST_SF + 1)}
              for sf in range(FIRST_SF, LAST_SF + 1)}  # fmt: skip
    nodes = [
        (node.airtime_s, node.signal.spare_s, node.signal.sf, node.signal.rssi_dbm[0], needed[node.signal.sf],
         iter(node.starts_s), iter(node.channels))
        for node in cell.nodes
    ]  # fmt: skip
    on_air: dict[int, list[Any]] = {channel: [] for channel in CHANNELS_HZ}
    heap = []
    for number, node in enumerate(nodes):
        for at in node[5]:
            heap.append((at, number))
            break
    heapify(heap)
    survived = cell.frames
    while heap:
        at, number = heap[0]
        airtime, spare, sf, power, mine, starts, channels = nodes[number]
        end, critical, lost = at + airtime, at + spare, False
        channel = next(channels)
        alive = []
        for other in on_air[channel]:
            if other[0] > at:
                alive.append(other)
                if other[0] > critical and power - other[3] < mine[other[2]]:
                    lost = True
                if end > other[1] and not other[5] and other[3] - power < other[4][sf]:
                    other[5] = True
                    survived -= 1
        survived -= lost
        alive.append([end, critical, sf, power, mine, lost])
        on_air[channel] = alive
        following = next(starts, None)
        if following is None:
            heappop(heap)
        else:
            heapreplace(heap, (following, number))
    return survived


def sweep_floor(frames: Frames) -> int:
    """Frames that survive, by comparing each with its successors on the channel while any overlaps."""
    np = numpy()
    table = np.zeros(16 * 16)
    spare_of = np.zeros(16)
    for sf in range(FIRST_SF, LAST_SF + 1):
        spare_of[sf] = spare_preamble_s(sf, BANDWIDTH_HZ)
        for other in range(FIRST_SF, LAST_SF + 1):
            table[sf * 16 + other] = rejection_db(sf, other)
    survived = len(frames.start_s)
    for channel in range(len(frames.channels)):
        chosen = np.flatnonzero(frames.channel == channel)
        chosen = chosen[np.argsort(frames.start_s[chosen])]
        start, end, sf = frames.start_s[chosen], frames.end_s[chosen], frames.sf[chosen]
        power = frames.rssi_dbm[0][chosen]
        critical = start + spare_of[sf]
        lost = np.zeros(len(start), bool)
        one = np.flatnonzero(start[1:] < end[:-1])
        step = 1
        while len(one):
            other = one + step
            ratio = power[one] - power[other]
            hit = (end[other] > critical[one]) & (ratio < table[sf[one] * 16 + sf[other]])
            lost[one[hit]] = True
            hit = (end[one] > critical[other]) & (-ratio < table[sf[other] * 16 + sf[one]])
            lost[other[hit]] = True
            step += 1
            one = one[one + step < len(start)]
            one = one[start[one + step] < end[one]]
        survived -= int(lost.sum())
    return survived
