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
from typing import TYPE_CHECKING, Final

from thingproof_platform.servers.brokers import BrokerAddress, BrokerError
from thingproof_platform.servers.mqtt_link import MqttLink

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import paho.mqtt.client as paho

    from thingproof_platform.core.dialect import MqttSide
    from thingproof_platform.core.world import World
    from thingproof_platform.servers.settler import Settler

_LOG = logging.getLogger(__name__)

SILENCE_S: Final = 300.0
_SWEEP_S: Final = 10.0
_CONNECT_PATIENCE_S: Final = 5.0
_BACK_OFF_S: Final = (1.0, 8.0)
_CLIENTS: Final = "$SYS/brokers/+/clients/#"


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
        self._link: MqttLink | None = None
        self._filters: tuple[str, ...] = ()
        self._again: asyncio.Task[None] | None = None
        self.address = BrokerAddress(url)
        self.mqtt_host: str | None = self.address.host
        self.mqtt_port = self.address.port

    async def start(self) -> None:
        """Connect and subscribe."""
        await self._connect((*self._side.uplinks, _CLIENTS))
        self._sweeper = asyncio.ensure_future(self._sweep())

    async def _connect(self, filters: tuple[str, ...]) -> None:
        """Connect; later losses are repaired in the background.

        Raises:
            BrokerError: no connection within 5 s, or the login is refused.
        """
        self._filters = filters
        client_id = self._client_id()
        self._link = MqttLink(
            self.address,
            client_id,
            lasting=bool(client_id),
            arrived=self._arrived,
            lost=self._link_lost,
        )
        await self._open(self._link, _CONNECT_PATIENCE_S)

    async def _open(self, link: MqttLink, patience_s: float) -> None:
        await link.open(patience_s)
        await link.subscribe(self._filters)
        self._link_changed(up=True)

    async def _open_again(self, link: MqttLink) -> None:
        delay, longest = _BACK_OFF_S
        while True:
            await asyncio.sleep(delay)
            try:
                await self._open(link, _CONNECT_PATIENCE_S)
            except BrokerError as error:
                _LOG.info("%s", error)
                delay = min(delay * 2, longest)
            else:
                return

    def _client_id(self) -> str:
        """Stable for a data directory: the broker keeps what arrives while the platform is down."""
        if self._data_dir is None:
            return ""
        place = str(self._data_dir.resolve()).encode()
        return f"thingproof-{self._vendor}-{hashlib.blake2b(place, digest_size=6).hexdigest()}"

    async def stop(self) -> None:
        """Disconnect; the broker and its clients stay."""
        for task in (self._sweeper, self._again):
            if task is not None:
                task.cancel()
        if self._link is not None:
            await self._link.close()

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

    def _link_lost(self, reason: str) -> None:
        _LOG.warning("%s:%d: connection lost: %s", self.address.host, self.address.port, reason)
        self._link_changed(up=False)
        if self._link is not None and (self._again is None or self._again.done()):
            self._again = asyncio.ensure_future(self._open_again(self._link))

    def _link_changed(self, *, up: bool) -> None:
        self._world.set_link(self._vendor, up=up)
        self._counters["mqtt_links" if up else "mqtt_link_losses"] += 1

    def _arrived(self, message: paho.MQTTMessage, acknowledge: Callable[[], None]) -> None:
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
