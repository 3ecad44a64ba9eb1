"""What the servers have to do for the core. They do it after the changes made with it are durable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class PublishMqtt:
    """Publish a message on the vendor's broker. `command` names the command it carries, if any."""

    topic: str
    payload: bytes
    vendor: str
    qos: int = 0
    retain: bool = False
    command: str | None = None


@dataclass(frozen=True, slots=True)
class SendText:
    """Send a text message to a WebSocket session."""

    session_id: str
    text: str


@dataclass(frozen=True, slots=True)
class CloseSession:
    """Close a WebSocket session."""

    session_id: str
    code: int = 1000
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DisconnectMqtt:
    """End the connection of an MQTT client."""

    client_id: str
    vendor: str


@dataclass(frozen=True, slots=True)
class BindQueues:
    """Open the queues of an owner on the message broker at `uri`, or move them there.

    Messages of the queues in `receive` come to the vendor's `QueueSide`; those in `send` only exist.
    """

    vendor: str
    owner: str
    uri: str
    receive: tuple[str, ...]
    send: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnbindQueues:
    """Let go of the queues of an owner; what still waits to be sent is dropped."""

    vendor: str
    owner: str


@dataclass(frozen=True, slots=True)
class PublishQueue:
    """Put a message into a queue of an owner, on the broker where its queues are."""

    vendor: str
    owner: str
    name: str
    payload: bytes


Effect: TypeAlias = (
    PublishMqtt | SendText | CloseSession | DisconnectMqtt | BindQueues | UnbindQueues | PublishQueue
)
