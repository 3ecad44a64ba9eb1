"""The message broker a vendor with queues brings along: open to everyone, nothing but a broker.

The platform is one of its clients, like everybody else; hosts are named by URI, this one's or any other's.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from thingproof_platform.servers.brokers import BrokerAddress, BrokerError
from thingproof_platform.servers.mqtt import EmbeddedBroker

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable
    from pathlib import Path

    from thingproof_platform.core.dialect import BrokerAccount
    from thingproof_platform.core.world import World
    from thingproof_platform.servers.brokers import DeviceBroker
    from thingproof_platform.servers.certificates import Certificates
    from thingproof_platform.servers.settler import Settler

_REACH_PATIENCE_S: Final = 5.0


class OpenSide:
    """An `MqttSide` that lets everybody do everything; clients are nobody's devices."""

    uplinks: tuple[str, ...] = ()

    def authenticate(self, client_id: str, username: str | None, password: str | None, peer: str) -> bool:
        """Credentials are taken and not looked at."""
        del client_id, username, password, peer
        return True

    def connected(self, client_id: str, peer: str) -> int:
        """Nobody follows who is there."""
        del client_id, peer
        return 0

    def disconnected(self, client_id: str, connection: int | None = None) -> None:
        """Nobody follows who is there."""

    def may_publish(self, client_id: str, topic: str) -> bool:
        """Any topic but the broker's own."""
        del client_id
        return not topic.startswith("$")

    def may_subscribe(self, client_id: str, topic_filter: str) -> bool:
        """Any filter."""
        del client_id, topic_filter
        return True

    def may_receive(self, client_id: str, topic: str) -> bool:
        """Any topic."""
        del client_id, topic
        return True

    def passed_on(self, client_id: str, topic: str) -> bool:
        """Everything is."""
        del client_id, topic
        return True

    def sender(self, topic: str) -> str:
        """Topics name nobody."""
        del topic
        return ""

    def accounts(self) -> Iterable[BrokerAccount]:
        """No accounts."""
        return ()

    def accounts_version(self) -> object:
        """No accounts, so they never change."""
        return 0

    def published(
        self,
        client_id: str,
        topic: str,
        payload: bytes,
        *,
        packet_id: int | None = None,
        duplicate: bool = False,
        peer: str = "",
    ) -> bool:
        """The platform hears messages as a subscriber, not here."""
        del client_id, topic, payload, packet_id, duplicate, peer
        return True


class NamedBroker:
    """A broker that runs elsewhere, told to clients as it was given.

    Args:
        url: its address, with user and password when it wants them.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._address = BrokerAddress(url)
        self.mqtt_host: str | None = self._address.host
        self.mqtt_port = self.mqtts_port = 0
        if self._address.tls:
            self.mqtts_port = self._address.port
        else:
            self.mqtt_port = self._address.port

    def addresses(self) -> dict[str, str]:
        """The URL by its scheme."""
        return {"mqtts" if self._address.tls else "mqtt": self._url}

    async def start(self) -> None:
        """See whether somebody listens there; who it is shows when the first queue is bound."""
        place = f"{self._address.host}:{self._address.port}"
        try:
            async with asyncio.timeout(_REACH_PATIENCE_S):
                _, writer = await asyncio.open_connection(self._address.host, self._address.port)
        except (OSError, TimeoutError) as error:
            raise BrokerError(f"no answer from {place}; is it running there?") from error
        writer.close()

    async def stop(self) -> None:
        """Do nothing: the broker stays."""

    def publish(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> None:
        """Refuse: messages leave through the queues of their owners."""
        del topic, payload, qos, retain
        raise LookupError("a queue broker is not published to directly")

    def disconnect(self, client_id: str) -> None:
        """Do nothing: a foreign broker cannot be told to."""

    async def delivered(self) -> None:
        """Nothing to wait for."""

    async def refresh(self) -> None:
        """Do nothing: a foreign broker has its own users."""

    def counters(self) -> dict[str, int]:
        """Nothing is known of it."""
        return {}


def choose_queue_broker(
    name: str,
    *,
    world: World,
    settler: Settler,
    vendor: str,
    host: str,
    ports: tuple[int, int],
    certificates: Certificates,
    tls: ssl.SSLContext,
    data_dir: Path | None,
) -> DeviceBroker:
    """Make the queue broker of that name.

    Raises:
        BrokerError: the name is neither a known broker nor a broker's URL.
    """
    if name == "embedded":
        return EmbeddedBroker(OpenSide(), settler, host=host, port=ports[0], tls_port=ports[1], tls=tls)
    if name != "mosquitto":
        return NamedBroker(name)
    from thingproof_platform.servers.queue_mosquitto import OpenMosquitto  # noqa: PLC0415 - brings paho along

    return OpenMosquitto(
        OpenSide(),
        world,
        settler,
        vendor=vendor,
        host=host,
        ports=ports,
        certificates=certificates,
        data_dir=data_dir,
    )
