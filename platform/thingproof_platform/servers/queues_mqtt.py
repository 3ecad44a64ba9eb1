"""A queue as a topic of an MQTT broker: its name with dots, QoS 1, received through a shared subscription."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from thingproof_platform.servers.brokers import BrokerAddress, BrokerError
from thingproof_platform.servers.mqtt_link import MqttLink
from thingproof_platform.servers.queue_connection import QueueError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from concurrent.futures import Executor

    import paho.mqtt.client as paho

    from thingproof_platform.servers.queue_connection import Arrival

_LOG = logging.getLogger(__name__)
_QOS: Final = 1


class MqttQueueLink:
    """A `QueueLink` to an MQTT broker, with a session that ends with the connection.

    No topic is received and sent by one link: the broker would hand the platform its own messages.

    Args:
        uri: of the broker.
        group: with whom the messages of a topic are shared.
        tls: what is trusted at mqtts addresses.
        executor: threads for connecting.
        arrived: takes messages.
        lost: told when the connection ended by itself.
    """

    def __init__(
        self,
        uri: str,
        *,
        group: str,
        tls: ssl.SSLContext,
        executor: Executor,
        arrived: Arrival,
        lost: Callable[[str], None],
    ) -> None:
        self._uri = uri
        self._group = group
        self._tls = tls
        self._executor = executor
        self._arrived = arrived
        self._lost = lost
        self._link: MqttLink | None = None
        self._confirmations: dict[int, Callable[[bool], None]] = {}
        self._received: set[str] = set()
        self._sent: set[str] = set()

    async def open(self) -> None:
        """Connect; raises QueueError."""
        try:
            self._link = MqttLink(
                BrokerAddress("{0.scheme}://{0.netloc}".format(urlsplit(self._uri))),
                f"queues-{secrets.token_hex(8)}",  # 23 letters, which every broker takes
                tls=self._tls,
                executor=self._executor,
                arrived=self._took,
                lost=self._lost,
                published=self._published,
            )
            await self._link.open()
        except BrokerError as error:
            raise QueueError(str(error)) from error

    async def bind(self, owner: str, receive: tuple[str, ...], send: tuple[str, ...]) -> None:
        """Subscribe to what is received; topics that are sent need nothing."""
        del owner
        assert self._link is not None
        both = self._received.union(receive) & self._sent.union(send)
        if both:
            raise QueueError(f"{min(both)} would be sent and received by one connection")
        self._sent.update(send)
        if not receive:
            return
        try:
            granted = await self._link.subscribe(self._filter(name) for name in receive)
        except BrokerError as error:
            raise QueueError(str(error)) from error
        refused = [name for name, given in zip(receive, granted, strict=True) if not given]
        if refused:
            raise QueueError(f"the broker refuses a shared subscription to {', '.join(refused)}")
        self._received.update(receive)

    async def unbind(self, owner: str, receive: tuple[str, ...]) -> None:
        """Unsubscribe."""
        del owner
        self._received.difference_update(receive)
        if self._link is not None:
            self._link.unsubscribe(self._filter(name) for name in receive)

    def send(self, name: str, payload: bytes, confirmed: Callable[[bool], None]) -> None:
        """Publish with QoS 1; the PUBACK confirms."""
        assert self._link is not None
        number = self._link.publish(name, payload, _QOS)
        self._confirmations[number] = confirmed

    async def close(self) -> None:
        """Disconnect."""
        self._confirmations.clear()
        if self._link is not None:
            await self._link.close()

    def _filter(self, name: str) -> str:
        return f"$share/{self._group}/{name}"

    def _took(self, message: paho.MQTTMessage, acknowledge: Callable[[], None]) -> None:
        self._arrived(message.topic, bytes(message.payload), acknowledge)

    def _published(self, number: int) -> None:
        confirmed = self._confirmations.pop(number, None)
        if confirmed is not None:
            confirmed(True)
