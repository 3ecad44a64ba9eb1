"""``thingproof simulate``: a fleet as fast as possible, and the hash of everything that happened."""

from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console

from thingproof_scenarios.durations import write_duration
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.terminal import pairs
from thingproof_sim.api import FleetPlan, SimulationResult, simulate


@dataclass(frozen=True, slots=True)
class Played:
    """A simulation with the wall time it took."""

    plan: FleetPlan
    result: SimulationResult
    wall_s: float

    def to_json(self) -> dict[str, Any]:
        """One object for machines; ``trace_hash`` identifies what happened."""
        return {"fleet": self.plan.name, **asdict(self.result), "wall_s": round(self.wall_s, 3)}


def play(fleet: str, *, seconds: float, seed: int, trace: Path | None) -> Played:
    """Simulate a fleet.

    Raises:
        Misuse: the fleet's file, or a trace file that cannot be written.
    """
    plan = read_fleet(fleet)
    began = perf_counter()
    try:
        result = simulate(plan, seed=seed, duration_s=seconds, trace_path=trace)
    except OSError as error:
        raise Misuse(f"--trace: cannot write {trace}", str(error.strerror)) from error
    return Played(plan, result, perf_counter() - began)


def show(played: Played, output: Console) -> None:
    """The result for people."""
    result = played.result
    lost = ", ".join(f"{cause} {count}" for cause, count in sorted(result.lost.items())) or "nothing"
    rows = [
        ("fleet", f"{played.plan.name}, {len(played.plan.devices)} devices, seed {result.seed}"),
        ("simulated", f"{write_duration(result.simulated_s)} in {write_duration(played.wall_s)}"),
        ("reports", f"{result.reports}, delivered {result.delivered}"),
        ("lost", lost),
        ("frames", str(result.frames)),
        ("trace hash", result.trace_hash),
    ]
    pairs(output, rows)
