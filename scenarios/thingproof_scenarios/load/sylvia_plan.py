"""Who puts load on a Sylvia broker: operators with a unit each, and gateways with queues of their own."""

from dataclasses import dataclass, field
from typing import Any

from thingproof_scenarios.load.plan import stored_plan


@dataclass(frozen=True, slots=True)
class Operator:
    """An OAuth2 client of a user who owns a unit."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class LoadGateway:
    """A network with its own queues, and the application its devices are routed to.

    Attributes:
        uldata: the network's queue, where its uplinks go.
        application_uldata: the application's queue, where they have to arrive.
        addresses: network addresses of the devices it hears.
    """

    uldata: str
    application_uldata: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SylviaPlan:
    """Who puts load on what.

    Attributes:
        url: base URL; the broker's interface is below ``/broker/api/v1``.
        operators: shared round-robin by the operator users.
        mqtt_host: host of the message broker that all queues of this load are on.
        mqtt_port: its port.
        gateways: one pool of ``gateways_per_worker`` after the other, one for each worker process.
        gateways_per_worker: length of a pool; also how many gateways are played in total.
    """

    url: str
    operators: tuple[Operator, ...]
    mqtt_host: str = ""
    mqtt_port: int = 0
    gateways: tuple[LoadGateway, ...] = field(default=())
    gateways_per_worker: int = 0

    @property
    def users_files(self) -> tuple[str, ...]:
        """Gateways only where queues were made for them."""
        return ("sylvia_user.py", "sylvia_gateway_user.py") if self.gateways else ("sylvia_user.py",)

    @property
    def hardware_users(self) -> int:
        """Gateways played at the same time."""
        return self.gateways_per_worker

    @classmethod
    def of_mapping(cls, raw: dict[str, Any]) -> "SylviaPlan":
        """The plan as JSON gave it back."""
        operators = tuple(Operator(**row) for row in raw["operators"])
        gateways = tuple(
            LoadGateway(**row | {"addresses": tuple(row["addresses"])}) for row in raw["gateways"]
        )
        return cls(**raw | {"operators": operators, "gateways": gateways})

    @classmethod
    def of_environment(cls) -> "SylviaPlan":
        """The plan this process was started with."""
        return cls.of_mapping(stored_plan())

    def pool(self, worker: int) -> tuple[LoadGateway, ...]:
        """The gateways that one worker process may play (worker counts from 0)."""
        first = worker * self.gateways_per_worker
        return self.gateways[first : first + self.gateways_per_worker]
