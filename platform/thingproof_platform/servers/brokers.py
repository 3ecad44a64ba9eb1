"""What the platform needs of any MQTT broker, its own or a foreign one."""

from __future__ import annotations

from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

_SCHEMES: Final = {"mqtt": 1883, "tcp": 1883, "mqtts": 8883}


class BrokerError(RuntimeError):
    """The broker cannot be used; the text says which and what to do."""


class BrokerAddress:
    """A broker's URL taken apart.

    Raises:
        BrokerError: it is none.
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise BrokerError(
                f"not an address: {error}; write e.g. mqtt://user:password@host:1883"
            ) from error
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.path.strip("/") or parts.query:
            raise BrokerError(
                "not an address; write embedded, mosquitto, or e.g. mqtt://user:password@host:1883"
            )
        self.host: str = parts.hostname
        self.port: int = port or _SCHEMES[parts.scheme]
        self.tls: bool = parts.scheme == "mqtts"
        self.user = unquote(parts.username) if parts.username else None
        self.password = unquote(parts.password) if parts.password else None


class DeviceBroker(Protocol):
    """One broker that devices of one vendor talk to."""

    mqtt_port: int
    mqtts_port: int
    mqtt_host: str | None

    async def start(self) -> None:
        """Listen or connect; ports are known afterwards. Raises BrokerError or OSError."""
        ...

    async def stop(self) -> None:
        """Close every connection."""
        ...

    def publish(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> None:
        """Send a message to whoever subscribed; never blocks."""
        ...

    def disconnect(self, client_id: str) -> None:
        """End a client's connection; harmless when there is none."""
        ...

    async def delivered(self) -> None:
        """Wait a moment until connected clients have taken what was sent to them, as far as that is known."""
        ...

    async def refresh(self) -> None:
        """Devices were added, changed or removed: take over their credentials before returning."""
        ...

    def counters(self) -> dict[str, int]:
        """Return connections and messages, names starting with `mqtt_`."""
        ...
