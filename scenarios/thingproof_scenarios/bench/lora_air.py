"""A day on the air of a LoRa cell: both engines against the plainest code that decides the same collisions.

Times are those of the processor, so that whatever else runs disturbs them less.
"""

import gc
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from time import process_time
from typing import Final

from thingproof_scenarios.bench.lora_cell import Cell, Node, as_frames, heap_floor, make_cell, sweep_floor
from thingproof_scenarios.bench.results import Measurement
from thingproof_scenarios.problems import Broken
from thingproof_sim.kernel.slotted import SlottedClock
from thingproof_sim.radio.lora_air import LoraAir, Transmission
from thingproof_sim.radio.lora_signal import PATHS
from thingproof_sim.radio.lora_sweep import Listener, delivered, sweep

DAY_S: Final = 86_400.0


class Sender:
    """A device without a MAC: it transmits when its time comes and counts what was heard."""

    __slots__ = ("airtime_s", "begin", "channels", "heard", "on_air", "signal", "starts")

    def __init__(self, air: LoraAir, node: Node) -> None:
        self.begin = air.begin
        self.signal = node.signal
        self.airtime_s = node.airtime_s
        self.starts = iter(node.starts_s)
        self.channels = iter(node.channels)
        self.heard = 0
        self.on_air: Transmission | None = None

    def act(self, now: float) -> float | None:
        """Start a transmission, the one before being long over; when it wants to be called again."""
        before = self.on_air
        if before is not None and before.heard():
            self.heard += 1
        self.on_air = self.begin(self.signal, now, self.airtime_s, next(self.channels))
        return next(self.starts, None)


def event_engine(cell: Cell) -> int:
    """Frames that are delivered, by the event engine."""
    clock = SlottedClock()
    cell.air.silence()
    senders = [Sender(cell.air, node) for node in cell.nodes]
    for sender in senders:
        if (at := next(sender.starts, None)) is not None:
            clock.schedule(at, sender.act)
    clock.run(DAY_S)
    last = sum(sender.on_air is not None and sender.on_air.heard() for sender in senders)
    return last + sum(sender.heard for sender in senders)


@dataclass(slots=True)
class Row:
    """One size: seconds by engine, frames, and what was delivered."""

    nodes: int
    frames: int
    seconds: dict[str, float]
    delivery: float


def measure_size(nodes: int, *, rounds: int, seed: int) -> Row:
    """All engines in turns on the same day; the shortest time of each."""
    cell = make_cell(nodes, DAY_S, seed)
    engines: dict[str, Callable[[], int]] = {
        "heap": lambda: heap_floor(cell),
        "event": lambda: event_engine(cell),
    }
    if find_spec("numpy") is not None:
        frames, gateway = as_frames(cell), (Listener(PATHS),)
        engines["numpy"] = lambda: sweep_floor(frames)
        engines["sweep"] = lambda: int(delivered(sweep(frames, gateway)).sum())
    seconds = dict.fromkeys(engines, math.inf)
    results: dict[str, int] = {}
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name, engine in engines.items():
            began = process_time()
            results[name] = engine()
            seconds[name] = min(seconds[name], process_time() - began)
    gc.unfreeze()
    if results.get("sweep", results["event"]) != results["event"]:
        raise Broken(f"the engines disagree: {results['event']} and {results['sweep']} frames delivered")
    return Row(nodes, cell.frames, seconds, results["event"] / cell.frames)


def growth(rows: Sequence[Row], name: str) -> float:
    """Exponent with which the time grows with the number of nodes, first size to last."""
    first, last = rows[0], rows[-1]
    return math.log(last.seconds[name] / first.seconds[name]) / math.log(last.nodes / first.nodes)


PAIRS: Final = (("event", "heap"), ("sweep", "numpy"))
"""Each engine and its floor."""


def measure_lora_air(*, sizes: Sequence[int], rounds: int, seed: int) -> Measurement:
    """Seconds for a day, frames a second, ratio to the floor for each size, and how the time grows."""
    rows = [measure_size(nodes, rounds=rounds, seed=seed) for nodes in sizes]
    values: dict[str, float] = {}
    texts = []
    for engine, floor in PAIRS:
        if engine not in rows[0].seconds:
            continue
        parts = []
        for row in rows:
            seconds, least = row.seconds[engine], row.seconds[floor]
            values |= {
                f"{engine}_{row.nodes}_s": seconds,
                f"{floor}_floor_{row.nodes}_s": least,
                f"{engine}_{row.nodes}_ratio": seconds / least,
                f"{engine}_{row.nodes}_frames_per_second": row.frames / seconds,
                f"delivery_{row.nodes}": row.delivery,
            }
            parts.append(f"{row.nodes}: {seconds:.2f} s ({seconds / least:.1f} x floor)")
        text = f"{engine} {', '.join(parts)}"
        if len(rows) > 1:
            values |= {f"{engine}_growth": growth(rows, engine), f"{floor}_floor_growth": growth(rows, floor)}
            text += (
                f", growth exponent {values[f'{engine}_growth']:.2f}"
                f" (floor {values[f'{floor}_floor_growth']:.2f})"
            )
        texts.append(text)
    missing = (
        None if len(texts) == len(PAIRS) else "no sweep: NumPy is missing (pip install 'thingproof[sweep]')"
    )
    return Measurement("lora_air", "; ".join(texts), values, missing=missing)
