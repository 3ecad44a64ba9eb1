"""What locust's processes need to know, handed over as a JSON file named by an environment variable.

Standard library only: this module is imported by the command line and by locust's patched processes.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PLAN_VARIABLE = "THINGPROOF_LOAD_PLAN"
"""Names the plan file."""
FOLDER_VARIABLE = "THINGPROOF_LOAD_FOLDER"
"""Names the folder for ``progress.json`` and ``result.json``."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the application: what a person types to log in."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class LoadDevice:
    """One device that a load user may play.

    Attributes:
        did: the cloud's device id (22 characters).
        passcode: its MQTT password.
        product: the product mapping, with ``product_key``.
    """

    did: str
    passcode: str
    product: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """Who puts load on what.

    Attributes:
        url: base URL of the vendor's HTTP interface.
        app_id: the application's id.
        accounts: shared round-robin by the application users.
        mqtt_host: where devices log in.
        mqtt_port: its port.
        devices: one pool of ``devices_per_worker`` devices after the other, one for each worker process, so
            that no two processes play the same device.
        devices_per_worker: length of a pool; also how many devices are played in total.
    """

    url: str
    app_id: str
    accounts: tuple[Account, ...]
    mqtt_host: str = ""
    mqtt_port: int = 0
    devices: tuple[LoadDevice, ...] = field(default=())
    devices_per_worker: int = 0

    def write(self, path: Path) -> None:
        """Store the plan for the child processes."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "LoadPlan":
        """The plan stored by :meth:`write`."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        raw["accounts"] = tuple(Account(**account) for account in raw["accounts"])
        raw["devices"] = tuple(LoadDevice(**device) for device in raw["devices"])
        return cls(**raw)

    @classmethod
    def of_environment(cls) -> "LoadPlan":
        """The plan this process was started with."""
        return cls.read(Path(os.environ[PLAN_VARIABLE]))

    def pool(self, worker: int) -> tuple[LoadDevice, ...]:
        """The devices that one worker process may play (worker counts from 0)."""
        first = worker * self.devices_per_worker
        return self.devices[first : first + self.devices_per_worker]
