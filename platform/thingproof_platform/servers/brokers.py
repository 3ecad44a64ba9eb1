"""What the platform needs of any MQTT broker, its own or a foreign one."""

from __future__ import annotations

from typing import Protocol


class BrokerError(RuntimeError):
    """The broker cannot be used; the text says which and what to do."""


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
