"""A LoRaWAN of ``thingproof simulate``: delivery by spreading factor, airtime, energy, causes of loss."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console

from thingproof_scenarios.durations import write_duration
from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.terminal import pairs, table
from thingproof_sim.api import FleetPlan, LoraResult, SweepUnavailable, simulate_lora, sweep_lora

ENGINES = ("events", "sweep")
YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class PlayedLora:
    """A simulated network with the wall time it took."""

    plan: FleetPlan
    result: LoraResult
    wall_s: float

    def to_json(self) -> dict[str, Any]:
        """One object for machines; ``trace_hash`` identifies what happened."""
        return {"fleet": self.plan.name, **asdict(self.result), "wall_s": round(self.wall_s, 3)}


def play_lora(
    plan: FleetPlan, *, seconds: float, seed: int, engine: str, trace: Path | None, pcap: Path | None
) -> PlayedLora:
    """Simulate the network of a fleet.

    Raises:
        Misuse: an unknown engine, one that cannot answer, or a file that cannot be written.
    """
    if engine not in ENGINES:
        raise Misuse(f"--engine: {engine!r} is unknown", f"write {' or '.join(ENGINES)}")
    began = perf_counter()
    try:
        if engine == "sweep":
            if trace is not None or pcap is not None:
                raise Misuse("--engine sweep keeps no trace and no frames", "leave --trace and --pcap out")
            result = sweep_lora(plan, seed=seed, duration_s=seconds)
        else:
            result = simulate_lora(plan, seed=seed, duration_s=seconds, trace_path=trace, pcap_path=pcap)
    except SweepUnavailable as error:
        raise Misuse("--engine sweep", str(error)) from error
    except OSError as error:
        raise Misuse(f"cannot write {error.filename}", str(error.strerror)) from error
    return PlayedLora(plan, result, perf_counter() - began)


def show_lora(played: PlayedLora, output: Console) -> None:
    """The result for people."""
    result = played.result
    pairs(output, _summary(played))
    output.print()
    rows = table(output, "SF", "sent", "delivered", "share", "lost", right=("sent", "delivered", "share"))
    for sf, row in sorted(result.by_sf.items()):
        share = f"{100 * row.delivered / row.sent:.1f} %" if row.sent else "-"
        rows.add_row(f"SF{sf}", str(row.sent), str(row.delivered), share, _causes(row.lost))
    output.print(rows)
    output.print()
    pairs(output, _balance(result))


def _summary(played: PlayedLora) -> list[tuple[str, str]]:
    result = played.result
    size = f"{result.devices} devices, {result.gateways} gateways"
    times = f"{write_duration(result.simulated_s)} in {write_duration(played.wall_s)}"
    return [
        ("fleet", f"{played.plan.name}, {size}, seed {result.seed}"),
        ("simulated", f"{times}, engine {result.engine}"),
        ("joined", f"{result.joined} of {result.devices}"),
    ]


def _balance(result: LoraResult) -> list[tuple[str, str]]:
    share = 100 * result.delivered / result.readings if result.readings else 0.0
    lost, frames_lost = sum(result.lost.values()), sum(result.frames_lost.values())
    arrived = f"{result.delivered} delivered ({share:.1f} %)"
    return [
        ("readings", f"{result.readings} = {arrived} + {lost} lost + {result.on_the_way} on the way"),
        ("lost readings", _causes(result.lost)),
        ("frames", f"{result.frames} = {result.frames_heard} delivered + {frames_lost} lost"),
        ("lost frames", _causes(result.frames_lost)),
        ("airtime", _airtime(result.airtime_s, result.duty_cycle)),
        ("of gateways", _airtime(result.gateway_airtime_s, result.gateway_duty_cycle)),
        ("energy", _energy(result)),
        ("downlinks", _causes(result.downlinks)),
        ("requests", _causes(result.downlink_results)),
        ("trace hash", result.trace_hash),
    ]


def _airtime(seconds: float, duty_cycle: Mapping[str, float]) -> str:
    mean, highest = (100 * duty_cycle[name] for name in ("mean", "highest"))
    return f"{write_duration(seconds)}; duty cycle {mean:.3f} %, at most {highest:.3f} %"


def _energy(result: LoraResult) -> str:
    used = result.consumption
    parts = f"send {used.transmit_j:.0f} J, listen {used.receive_j:.0f} J, sleep {used.sleep_j:.0f} J in all"
    days = used.shortest_battery_days
    life = ""
    if days is not None:
        lasts = f"{days:.1f} days" if days < YEAR_DAYS else f"{days / YEAR_DAYS:.1f} years"
        life = f"; the first battery lasts {lasts}"
    return f"{used.mean_j:.2f} J a device ({parts}){life}"


def _causes(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{cause} {count}" for cause, count in sorted(counts.items())) or "none"


__all__ = ["ENGINES", "PlayedLora", "play_lora", "show_lora"]
