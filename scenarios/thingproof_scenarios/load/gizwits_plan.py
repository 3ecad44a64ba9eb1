"""Who puts load on a Gizwits cloud: accounts of an application, and pools of devices."""

from dataclasses import dataclass, field
from typing import Any

from thingproof_scenarios.load.plan import stored_plan


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
class GizwitsPlan:
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

    @property
    def users_files(self) -> tuple[str, ...]:
        """Device users only where there are devices: a target that is not ours may have none."""
        return ("gizwits_user.py", "gizwits_device_user.py") if self.devices else ("gizwits_user.py",)

    @property
    def hardware_users(self) -> int:
        """Devices played at the same time."""
        return self.devices_per_worker

    @classmethod
    def of_mapping(cls, raw: dict[str, Any]) -> "GizwitsPlan":
        """The plan as JSON gave it back."""
        accounts = tuple(Account(**account) for account in raw["accounts"])
        devices = tuple(LoadDevice(**device) for device in raw["devices"])
        return cls(**raw | {"accounts": accounts, "devices": devices})

    @classmethod
    def of_environment(cls) -> "GizwitsPlan":
        """The plan this process was started with."""
        return cls.of_mapping(stored_plan())

    def pool(self, worker: int) -> tuple[LoadDevice, ...]:
        """The devices that one worker process may play (worker counts from 0)."""
        first = worker * self.devices_per_worker
        return self.devices[first : first + self.devices_per_worker]
