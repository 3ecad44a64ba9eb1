"""Queues of a network at a message broker: where they are, how they are named, who opens them.

A network and the platform meet in queues on a message broker that both reach as clients: uplinks and results
go up, downlinks and control come down. The URI's scheme chooses the protocol: `amqp`, `amqps`, `mqtt`,
`mqtts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote, urlsplit

from thingproof_sim.shells.queues_amqp import AmqpQueues
from thingproof_sim.shells.queues_mqtt import MqttQueues

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

SCHEMES: Final = {"mqtt": 1883, "mqtts": 8883, "amqp": 5672, "amqps": 5671}
"""Schemes of a message broker's URI, with the port each means when none is given."""
PUBLIC_UNIT: Final = "_"
"""What stands in a queue's name in place of the unit when the network is public."""


@dataclass(frozen=True, slots=True)
class QueueAddress:
    """Where the queues of one network are.

    Attributes:
        host_uri: of the message broker, e.g. `mqtt://user:password@host:port`.
        network_code: the network's code, lower case.
        unit_code: code of the network's unit; None for a public network.
    """

    host_uri: str
    network_code: str
    unit_code: str | None = None

    def queue(self, kind: str) -> str:
        """Name of a queue: `broker.network.<unit or _>.<network>.<kind>`."""
        unit = PUBLIC_UNIT if self.unit_code is None else self.unit_code
        return f"broker.network.{unit}.{self.network_code}.{kind}"


@dataclass(frozen=True, slots=True)
class Broker:
    """A message broker's address in parts; user and password are empty when there are none."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""


def parse_broker(uri: str) -> Broker:
    """The parts of a message broker's URI.

    Raises:
        ValueError: unknown scheme, no host or a bad port; the text says what to write.
    """
    parts = urlsplit(uri)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise ValueError(
            f"host URI {uri!r}: write e.g. mqtt://127.0.0.1:1883; schemes are {', '.join(SCHEMES)}"
        )
    try:
        port = parts.port or SCHEMES[parts.scheme]
    except ValueError:
        raise ValueError(f"host URI {uri!r}: the port is a number from 1 to 65535") from None
    return Broker(
        parts.scheme, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or "")
    )


class Queues(Protocol):
    """Open queues. They connect again by themselves after a broken connection."""

    @property
    def ready(self) -> bool:
        """Connected, and every queue that is read is being read."""
        ...

    @property
    def waiting(self) -> int:
        """Messages that were sent and that the broker has not confirmed."""
        ...

    def send(self, queue: str, body: bytes) -> None:
        """Send a message; it waits while the broker is away."""
        ...

    async def close(self) -> None:
        """Leave the broker."""
        ...


def open_queues(
    uri: str,
    reads: tuple[str, ...],
    writes: tuple[str, ...],
    on_message: Callable[[str, bytes], None],
    *,
    loop: asyncio.AbstractEventLoop,
    name: str,
) -> Queues:
    """Open queues at a message broker.

    Args:
        uri: of the broker.
        reads: queues that are read.
        writes: queues that are written.
        on_message: called in the loop's thread with queue and body.
        loop: where it lives.
        name: client id at the broker; two connections need different ones.

    Raises:
        ValueError: the URI.
    """
    broker = parse_broker(uri)
    if broker.scheme in ("mqtt", "mqtts"):
        return MqttQueues(
            broker.host,
            broker.port,
            broker.user,
            broker.password,
            tls=broker.scheme == "mqtts",
            reads=reads,
            on_message=on_message,
            loop=loop,
            name=name,
        )
    return AmqpQueues(uri, reads=reads, writes=writes, on_message=on_message, loop=loop)


__all__ = ["PUBLIC_UNIT", "SCHEMES", "Broker", "QueueAddress", "Queues", "open_queues", "parse_broker"]
