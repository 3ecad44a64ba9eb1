"""Queues as MQTT topics: the topic is the queue's name with its dots, QoS 1, clean session."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

KEEP_ALIVE_S = 60
RECONNECT_S = (1, 10)
"""Shortest and longest wait before another attempt to connect."""
MAX_IN_FLIGHT = 1000


class MqttQueues:
    """Queues at an MQTT broker, over one connection with a network thread of its own.

    Messages are handed to `on_message` in the loop's thread, in the order of their arrival.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        *,
        tls: bool,
        reads: tuple[str, ...],
        on_message: Callable[[str, bytes], None],
        loop: asyncio.AbstractEventLoop,
        name: str,
    ) -> None:
        self._reads = reads
        self._take = on_message
        self._loop = loop
        self._subscribed: set[int] = set()
        self._ready = False
        self._sent = self._confirmed = 0
        self._lock = threading.Lock()
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name)
        if user:
            client.username_pw_set(user, password)
        if tls:
            client.tls_set()
        client.max_inflight_messages_set(MAX_IN_FLIGHT)
        client.reconnect_delay_set(*RECONNECT_S)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        self._client = client
        client.connect_async(host, port, KEEP_ALIVE_S)
        client.loop_start()

    @property
    def ready(self) -> bool:
        """Connected and subscribed."""
        return self._ready

    @property
    def waiting(self) -> int:
        """Messages without a PUBACK."""
        with self._lock:
            return self._sent - self._confirmed

    def send(self, queue: str, body: bytes) -> None:
        """Publish at QoS 1; paho keeps the message while the broker is away."""
        with self._lock:
            self._sent += 1
        # Not with the lock: paho tells of a PUBACK while it holds a lock that publishing needs.
        self._client.publish(queue, body, qos=1)

    async def close(self) -> None:
        """Say goodbye and end the thread."""
        self._ready = False
        self._client.disconnect()
        await self._loop.run_in_executor(None, self._client.loop_stop)

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: Any,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        del userdata, flags, properties
        if reason.is_failure:
            return
        self._subscribed = set()
        for queue in self._reads:
            _, mid = client.subscribe(queue, qos=1)
            if mid is not None:
                self._subscribed.add(mid)
        self._ready = not self._subscribed

    def _on_subscribe(
        self, client: paho.Client, userdata: Any, mid: int, reasons: list[ReasonCode], properties: Any
    ) -> None:
        del client, userdata, properties
        if not any(reason.is_failure for reason in reasons):
            self._subscribed.discard(mid)
        self._ready = not self._subscribed

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: Any,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        del client, userdata, flags, reason, properties
        self._ready = False

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        del client, userdata
        topic, body = message.topic, bytes(message.payload)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, topic, body)

    def _on_publish(
        self, client: paho.Client, userdata: Any, mid: int, reason: ReasonCode, properties: Properties
    ) -> None:
        del client, userdata, mid, reason, properties
        with self._lock:
            self._confirmed += 1


__all__ = ["MqttQueues"]
