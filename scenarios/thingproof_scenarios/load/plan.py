"""What locust's processes need to know, handed over as a JSON file named by an environment variable.

Standard library only: this module is imported by the command line and by locust's patched processes.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

PLAN_VARIABLE = "THINGPROOF_LOAD_PLAN"
"""Names the plan file."""
FOLDER_VARIABLE = "THINGPROOF_LOAD_FOLDER"
"""Names the folder for ``progress.json`` and ``result.json``."""


class LoadPlan(Protocol):
    """Who puts load on one vendor's cloud. Each vendor has a frozen dataclass of its own."""

    @property
    def users_files(self) -> tuple[str, ...]:
        """Locust files beside this module that apply."""

    @property
    def hardware_users(self) -> int:
        """Locust users with a fixed number, devices or gateways, beside the people."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many take part.

    Attributes:
        users: people: application users, operators.
        devices: what plays hardware at the same time, over all workers: MQTT devices, LoRa gateways.
        workers: locust worker processes; 0 is one process without a master.
    """

    users: int
    devices: int
    workers: int = 0

    @property
    def pools(self) -> int:
        """Pools of hardware: one for each process that plays some."""
        return max(self.workers, 1)


def write_plan(plan: LoadPlan, path: Path) -> None:
    """Store a plan for the child processes."""
    path.write_text(json.dumps(asdict(plan)), encoding="utf-8")  # type: ignore[call-overload] # each is a dataclass


def stored_plan() -> dict[str, Any]:
    """The plan this process was started with, as JSON gave it back."""
    raw = json.loads(Path(os.environ[PLAN_VARIABLE]).read_text(encoding="utf-8"))
    assert isinstance(raw, dict)
    return raw
