"""Connections to message brokers, by MQTT and by AMQP: subscribe, publish, and keep what arrives."""

from __future__ import annotations

import asyncio
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import unquote, urlsplit

import aiormq
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from thingproof_conformance import wallclock
from thingproof_conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Coroutine

TIMEOUT_S: Final = 5.0
AT_LEAST_ONCE: Final = 1
_GRANTED: Final = 0x80
PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came: `at` is the harness' elapsed time."""

    at: float
    queue: str
    raw: bytes


class QueueClient(Protocol):
    """One connection to one message broker."""

    received: list[Message]

    def subscribe(self, queue: str) -> None:
        """Receive a queue's messages; returns when the broker agreed."""

    def publish(self, queue: str, raw: bytes) -> None:
        """Put a message into a queue; returns when the broker has it."""

    def close(self) -> None:
        """End the connection and take along the queues nobody else will read."""


def connect(uri: str, name: str) -> QueueClient:
    """A connection to the broker an URI names.

    Raises:
        Inconclusive: nobody answers there.
    """
    try:
        return AmqpClient(uri) if urlsplit(uri).scheme in {"amqp", "amqps"} else MqttClient(uri, name)
    except (OSError, TimeoutError, aiormq.AMQPError) as error:
        raise Inconclusive(f"no connection to the message broker at {uri}: {error}") from error


class MqttClient:
    """A queue is a topic of its name, read and written with quality of service 1."""

    def __init__(self, uri: str, name: str) -> None:
        self.received: list[Message] = []
        self._granted: dict[int, list[int]] = {}
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name)
        address = urlsplit(uri)
        if address.scheme == "mqtts":
            # The certificate of a test server is its own; who it is, is not judged here.
            self._client.tls_set(cert_reqs=ssl.CERT_NONE)
            self._client.tls_insecure_set(True)
        if address.username is not None:
            self._client.username_pw_set(unquote(address.username), unquote(address.password or ""))
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._client.connect(address.hostname or "", address.port or PORTS[address.scheme], keepalive=60)
        self._client.loop_start()
        if not wallclock.wait_until(self._client.is_connected, TIMEOUT_S):
            self._client.loop_stop()
            raise TimeoutError("the broker does not accept the connection")

    def subscribe(self, queue: str) -> None:
        """Subscribe to the topic of a queue."""
        _, number = self._client.subscribe(queue, AT_LEAST_ONCE)
        if number is None or not wallclock.wait_until(lambda: number in self._granted, TIMEOUT_S):
            raise Inconclusive(f"the message broker does not answer the subscription to {queue}")
        if any(code >= _GRANTED for code in self._granted[number]):
            raise Inconclusive(f"the message broker refuses the subscription to {queue}")

    def publish(self, queue: str, raw: bytes) -> None:
        """Publish to the topic of a queue."""
        sent = self._client.publish(queue, raw, AT_LEAST_ONCE)
        sent.wait_for_publish(TIMEOUT_S)
        if not sent.is_published():
            raise Inconclusive(f"the message broker does not take a message for {queue}")

    def close(self) -> None:
        """Disconnect; topics need no care."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.received.append(Message(wallclock.elapsed(), message.topic, bytes(message.payload)))

    def _on_subscribe(
        self, _client: Client, _data: Any, number: int, codes: list[Any], _properties: Any
    ) -> None:
        self._granted[number] = [code.value for code in codes]


class AmqpClient:
    """A queue is a durable queue on the default exchange; a thread of its own speaks to the broker."""

    def __init__(self, uri: str) -> None:
        self.received: list[Message] = []
        self._queues: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="amqp")
        self._thread.start()
        try:
            self._connection, self._channel = self._run(self._open(uri))
        except BaseException:
            self._stop()
            raise

    def subscribe(self, queue: str) -> None:
        """Consume a queue."""
        self._declare(queue)
        self._run(self._channel.basic_consume(queue, self._on_message, no_ack=True))

    def publish(self, queue: str, raw: bytes) -> None:
        """Publish to a queue, confirmed."""
        self._declare(queue)
        self._run(self._channel.basic_publish(raw, routing_key=queue, mandatory=True))

    def close(self) -> None:
        """Delete the queues, which would stay for ever, and disconnect."""
        with suppress(aiormq.AMQPError, TimeoutError):
            for queue in sorted(self._queues):
                self._run(self._channel.queue_delete(queue))
        with suppress(aiormq.AMQPError, TimeoutError):
            self._run(self._connection.close())
        self._stop()

    def _declare(self, queue: str) -> None:
        if queue not in self._queues:
            self._run(self._channel.queue_declare(queue, durable=True))
            self._queues.add(queue)

    @staticmethod
    async def _open(uri: str) -> tuple[Any, Any]:
        connection = await aiormq.connect(uri)
        return connection, await connection.channel(publisher_confirms=True)

    async def _on_message(self, message: Any) -> None:
        self.received.append(Message(wallclock.elapsed(), message.routing_key, bytes(message.body)))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(TIMEOUT_S)

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT_S)
        self._loop.close()
