"""What arrives in a queue, heard over MQTT by a client of its own."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Self

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from thingproof_scenarios.problems import Broken
from thingproof_scenarios.seeding import mqtt_address

CONNECT_TIMEOUT_S = 10.0
KEEP_ALIVE_S = 60

OnUplink = Callable[[dict[str, Any]], None]
"""Gets the JSON of an application's uplink, in the listener's thread."""


class QueueListener:
    """An application that hears its queue of uplinks for as long as a block runs.

    Args:
        mqtt: address of the message broker.
        queue: name of the queue; on MQTT that is the topic.
        on_uplink: called for each uplink as well.
    """

    def __init__(self, mqtt: str, queue: str, on_uplink: OnUplink | None = None) -> None:
        self._address = mqtt_address(mqtt)
        self._queue = queue
        self._on_uplink = on_uplink
        self._listening = threading.Event()
        self._changed = threading.Condition()
        self._data: defaultdict[str, list[str]] = defaultdict(list)
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=f"listener-{queue}")
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._listening.set()
        self._client.on_message = self._message

    def _subscribe(self, *_: Any) -> None:
        self._client.subscribe(self._queue, qos=1)

    def _message(self, _client: Client, _userdata: Any, message: Any) -> None:
        uplink = json.loads(message.payload)
        with self._changed:
            self._data[uplink["networkAddr"]].append(uplink["data"])
            self._changed.notify_all()
        if self._on_uplink is not None:
            self._on_uplink(uplink)

    def data(self, address: str) -> tuple[str, ...]:
        """Hexadecimal data of one device's uplinks so far, in order."""
        with self._changed:
            return tuple(self._data[address])

    def wait(self, address: str, count: int, timeout_s: float) -> bool:
        """Wait for so many uplinks of one device; False when they did not come in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._data[address]) >= count, timeout_s)

    def publish(self, queue: str, message: str) -> None:
        """Put a message into another queue of the same message broker."""
        self._client.publish(queue, message, qos=1)

    def __enter__(self) -> Self:
        self._client.connect(*self._address, keepalive=KEEP_ALIVE_S)
        self._client.loop_start()
        if not self._listening.wait(CONNECT_TIMEOUT_S):
            self._client.loop_stop()
            raise Broken(f"{self._queue}: no message broker within {CONNECT_TIMEOUT_S:.0f} s")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
