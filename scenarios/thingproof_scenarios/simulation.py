"""``thingproof simulate``: a fleet as fast as possible, and the hash of everything that happened."""

from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console

from thingproof_scenarios.durations import write_duration
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.lora_simulation import PlayedLora, play_lora, show_lora
from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.terminal import pairs
from thingproof_sim.api import FleetPlan, SimulationResult, simulate


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Attributes:
        seconds: simulated time.
        seed: root of every random stream.
        trace: file for every event; None for none.
        pcap: file for every LoRa frame; None for none.
        engine: of the LoRaWAN: events or sweep.
    """

    seconds: float
    seed: int
    trace: Path | None = None
    pcap: Path | None = None
    engine: str = "events"


@dataclass(frozen=True, slots=True)
class Played:
    """A simulation with the wall time it took.

    Attributes:
        result: devices with a link of their own; None when the fleet has none.
        lora: its LoRaWAN; None when it has none.
    """

    plan: FleetPlan
    result: SimulationResult | None
    wall_s: float
    lora: PlayedLora | None = None

    def to_json(self) -> dict[str, Any]:
        """One object for machines; ``trace_hash`` identifies what happened."""
        if self.result is None:
            return {} if self.lora is None else self.lora.to_json()
        value = {"fleet": self.plan.name, **asdict(self.result), "wall_s": round(self.wall_s, 3)}
        return value if self.lora is None else value | {"lora": self.lora.to_json()}


def play(fleet: str, wanted: Wanted) -> Played:
    """Simulate a fleet.

    Raises:
        Misuse: the fleet's file, a file that cannot be written, or options the fleet has no use for.
    """
    plan = read_fleet(fleet)
    if plan.lora is None and (wanted.pcap is not None or wanted.engine != "events"):
        raise Misuse(f"{fleet} has no lora section", "leave --pcap and --engine out")
    result, wall = None, 0.0
    if plan.devices:
        result, wall = _play_devices(plan, wanted)
    lora = None
    if plan.lora is not None:
        trace = wanted.trace if result is None else None
        lora = play_lora(
            plan,
            seconds=wanted.seconds,
            seed=wanted.seed,
            engine=wanted.engine,
            trace=trace,
            pcap=wanted.pcap,
        )
    return Played(plan, result, wall, lora)


def _play_devices(plan: FleetPlan, wanted: Wanted) -> tuple[SimulationResult, float]:
    """The devices with a link of their own, and the wall time they took."""
    began = perf_counter()
    try:
        result = simulate(plan, seed=wanted.seed, duration_s=wanted.seconds, trace_path=wanted.trace)
    except OSError as error:
        raise Misuse(f"--trace: cannot write {wanted.trace}", str(error.strerror)) from error
    return result, perf_counter() - began


def show(played: Played, output: Console) -> None:
    """The result for people."""
    if played.result is not None:
        pairs(output, _rows(played, played.result))
    if played.lora is not None:
        show_lora(played.lora, output)


def _rows(played: Played, result: SimulationResult) -> list[tuple[str, str]]:
    lost = ", ".join(f"{cause} {count}" for cause, count in sorted(result.lost.items())) or "nothing"
    return [
        ("fleet", f"{played.plan.name}, {len(played.plan.devices)} devices, seed {result.seed}"),
        ("simulated", f"{write_duration(result.simulated_s)} in {write_duration(played.wall_s)}"),
        ("reports", f"{result.reports}, delivered {result.delivered}"),
        ("lost", lost),
        ("frames", str(result.frames)),
        ("trace hash", result.trace_hash),
    ]
