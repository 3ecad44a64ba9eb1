"""Any MQTT broker as the device network: the platform is one of its clients.

The platform keeps a session at the broker (clean session off, QoS 1) and acknowledges a message after the
journal has it, so a message the broker has taken survives a restart of the platform. The sender's PUBACK
comes from the broker; devices that must know what the platform has ask for 0x0094 (`reliable`).

Presence: brokers that publish `$SYS/brokers/<node>/clients/<id>/connected` and `.../disconnected` (EMQX does)
are believed. Others tell nothing: a device is online from its first message and offline after SILENCE_S
without one.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from thingproof_platform.servers.brokers import BrokerError

if TYPE_CHECKING:
    from pathlib import Path

    from thingproof_platform.core.dialect import MqttSide
    from thingproof_platform.core.world import World
    from thingproof_platform.servers.settler import Settler

_LOG = logging.getLogger(__name__)

SILENCE_S: Final = 300.0
_SWEEP_S: Final = 10.0
_CONNECT_PATIENCE_S: Final = 5.0
_KEEP_ALIVE_S: Final = 30
_BACK_OFF_S: Final = (1, 8)
_CLIENTS: Final = "$SYS/brokers/+/clients/#"
_SCHEMES: Final = {"mqtt": 1883, "tcp": 1883, "mqtts": 8883}


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


class BrokerLink:
    """The platform's own connection to a broker; paho's thread reads, everything else runs in the loop.

    Args:
        address: where the broker is and as whom to log in.
        client_id: stable for a platform with memory, empty for one that starts from nothing each time.
        filters: what to subscribe to.
        arrived: called in the loop with each message and what acknowledges it.
        changed: called in the loop when the connection came (True) or went.
    """

    def __init__(
        self, address: BrokerAddress, client_id: str, filters: tuple[str, ...], *, arrived: Any, changed: Any
    ) -> None:
        self._address = address
        self._filters = filters
        self._arrived = arrived
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        client = self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=not client_id,
            manual_ack=True,
        )
        if address.user is not None:
            client.username_pw_set(address.user, address.password)
        if address.tls:
            client.tls_set()
        client.max_inflight_messages_set(1000)
        client.reconnect_delay_set(*_BACK_OFF_S)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message

    async def start(self) -> None:
        """Connect; later losses are repaired in the background.

        Raises:
            BrokerError: no connection within 5 s, or the login is refused.
        """
        address = self._address
        self._client.connect_async(address.host, address.port, _KEEP_ALIVE_S)
        self._client.loop_start()
        try:
            async with asyncio.timeout(_CONNECT_PATIENCE_S):
                await self._ready
        except TimeoutError:
            await self.stop()
            raise BrokerError(f"no answer from {address.host}:{address.port}; is it running there?") from None
        except BrokerError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Disconnect and end the thread."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    def publish(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> None:
        """Publish; paho queues while the connection is down."""
        self._client.publish(topic, payload, qos, retain)

    def _on_connect(
        self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            self._call(self._refused, str(reason))
            return
        client.subscribe([(topic_filter, 1) for topic_filter in self._filters])
        self._call(self._connected)

    def _on_disconnect(
        self, _client: paho.Client, _data: Any, _flags: Any, _reason: Any, _properties: Any
    ) -> None:
        self._call(self._changed, False)

    def _on_message(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        def acknowledge() -> None:
            client.ack(message.mid, message.qos)

        self._call(self._arrived, message, acknowledge)

    def _call(self, function: Any, *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)

    def _connected(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)
        self._changed(True)

    def _refused(self, reason: str) -> None:
        if not self._ready.done():
            self._ready.set_exception(
                BrokerError(f"{self._address.host}:{self._address.port} refuses the platform: {reason}")
            )


class ExternalBroker:
    """A broker that runs elsewhere.

    Args:
        side: the vendor's device network.
        world: told when the link is up or down.
        settler: settles what messages did.
        vendor: whose devices these are.
        url: the broker's address.
        data_dir: gives the platform a lasting session at the broker.
    """

    mqtts_port = 0

    def __init__(
        self,
        side: MqttSide,
        world: World,
        settler: Settler,
        *,
        vendor: str,
        url: str,
        data_dir: Path | None,
    ) -> None:
        self._side = side
        self._world = world
        self._settler = settler
        self._vendor = vendor
        self._data_dir = data_dir
        self._counters: Counter[str] = Counter()
        self._heard: dict[str, float] = {}
        self._told = False
        self._sweeper: asyncio.Task[None] | None = None
        self._link: BrokerLink | None = None
        self.address = BrokerAddress(url)
        self.mqtt_host: str | None = self.address.host
        self.mqtt_port = self.address.port

    async def start(self) -> None:
        """Connect and subscribe."""
        await self._connect((*self._side.uplinks, _CLIENTS))
        self._sweeper = asyncio.ensure_future(self._sweep())

    async def _connect(self, filters: tuple[str, ...]) -> None:
        self._link = BrokerLink(
            self.address, self._client_id(), filters, arrived=self._arrived, changed=self._link_changed
        )
        await self._link.start()

    def _client_id(self) -> str:
        """Stable for a data directory: the broker keeps what arrives while the platform is down."""
        if self._data_dir is None:
            return ""
        place = str(self._data_dir.resolve()).encode()
        return f"thingproof-{self._vendor}-{hashlib.blake2b(place, digest_size=6).hexdigest()}"

    async def stop(self) -> None:
        """Disconnect; the broker and its clients stay."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._link is not None:
            await self._link.stop()

    def publish(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> None:
        """Send a message through the broker."""
        if self._link is not None:
            self._counters["mqtt_sent"] += 1
            self._link.publish(topic, payload, qos, retain=retain)

    def disconnect(self, client_id: str) -> None:
        """Forget that the device is there; a foreign broker cannot be told to end a connection."""
        self._lost(client_id)

    async def delivered(self) -> None:
        """Nothing to wait for: the broker does not tell when clients took their messages."""

    async def refresh(self) -> None:
        """Do nothing: a foreign broker has its own users."""

    def counters(self) -> dict[str, int]:
        """Messages so far and devices believed to be connected."""
        return {"mqtt_connections": len(self._heard), **self._counters}

    # ---- in the loop, called by the link

    def _link_changed(self, up: bool) -> None:
        self._world.set_link(self._vendor, up=up)
        self._counters["mqtt_links" if up else "mqtt_link_losses"] += 1

    def _arrived(self, message: paho.MQTTMessage, acknowledge: Any) -> None:
        """A message: store it, acknowledge it when it is durable."""
        topic = message.topic
        if topic.startswith("$SYS/"):
            self._client_event(topic)
            acknowledge()
            return
        self._counters["mqtt_received"] += 1
        device = self._side.sender(topic)
        self._speaks(device)
        self._side.published(
            device,
            topic,
            bytes(message.payload),
            packet_id=message.mid if message.qos else None,
            duplicate=message.dup,
        )
        stored = self._settler.settle()
        if stored is None:
            acknowledge()
        else:
            stored.add_done_callback(
                lambda done: acknowledge() if not done.cancelled() and done.exception() is None else None
            )

    # ---- presence

    def _speaks(self, device: str) -> None:
        """A device was heard: it is online, unless the broker tells that itself."""
        if self._told:
            return
        if device not in self._heard:
            self._came(device)
        self._heard[device] = asyncio.get_running_loop().time()

    def _client_event(self, topic: str) -> None:
        *_, device, event = topic.split("/")
        if event == "connected":
            self._told = True
            self._came(device)
        elif event == "disconnected":
            self._told = True
            self._lost(device)

    def _came(self, device: str, peer: str = "") -> None:
        self._heard[device] = asyncio.get_running_loop().time()
        self._side.connected(device, peer)
        self._settler.settle()

    def _lost(self, device: str) -> None:
        if self._heard.pop(device, None) is not None:
            self._side.disconnected(device)
            self._settler.settle()

    async def _sweep(self) -> None:
        """Now and then: who has been silent for too long is offline."""
        while not self._told:
            await asyncio.sleep(_SWEEP_S)
            oldest = asyncio.get_running_loop().time() - SILENCE_S
            for device in [device for device, heard in self._heard.items() if heard < oldest]:
                self._lost(device)
