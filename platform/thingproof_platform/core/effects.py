"""What the servers have to do for the core. They do it after the changes made with it are durable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class PublishMqtt:
    """Publish a message on the vendor's broker. `command` names the command it carries, if any."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    vendor: str = "gizwits"
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
    vendor: str = "gizwits"


Effect: TypeAlias = PublishMqtt | SendText | CloseSession | DisconnectMqtt
