"""The embedded MQTT broker: devices of one vendor on a plain and a TLS port."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from amqtt.errors import AMQTTError, MQTTError, NoDataError

from thingproof_platform.servers.mqtt_broker import LISTENER, PlatformBroker
from thingproof_platform.servers.mqtt_connection import Reader, Writer

if TYPE_CHECKING:
    import ssl

    from thingproof_platform.core.dialect import MqttSide
    from thingproof_platform.servers.settler import Settler

_LOG = logging.getLogger(__name__)
_BACKLOG: Final = 1024  # a fleet connects all at once
_STOP_PATIENCE_S: Final = 3.0
_DELIVERY_PATIENCE_S: Final = 1.0


class EmbeddedBroker:
    """amqtt inside the platform's own loop; a report is acknowledged when the journal has it.

    Args:
        side: the vendor's device network.
        settler: settles what messages did to the world.
        host: address to listen on.
        port: plain port, 0 for any.
        tls_port: TLS port, 0 for any.
        tls: the server's certificate.
    """

    mqtt_host: str | None = None

    def __init__(
        self,
        side: MqttSide,
        settler: Settler,
        *,
        host: str,
        port: int,
        tls_port: int,
        tls: ssl.SSLContext,
    ) -> None:
        self._side = side
        self._settler = settler
        self._host = host
        self.mqtt_port, self.mqtts_port = port, tls_port
        self._tls = tls
        self._servers: list[asyncio.Server] = []
        self._started = False
        self._counters: Counter[str] = Counter()
        self._broker = PlatformBroker(side, uplink=self._uplink, settle=settler.settle, refused=self._refused)
        # A client's mistakes are not the operator's; what matters is counted.
        for name in ("amqtt", "transitions"):
            logging.getLogger(name).setLevel(logging.CRITICAL)

    async def start(self) -> None:
        """Listen on both ports."""
        await self._broker.start()
        self._started = True
        plain = await asyncio.start_server(self._accept, self._host, self.mqtt_port, backlog=_BACKLOG)
        self._servers.append(plain)
        self.mqtt_port = plain.sockets[0].getsockname()[1]
        secure = await asyncio.start_server(
            self._accept, self._host, self.mqtts_port, backlog=_BACKLOG, ssl=self._tls
        )
        self._servers.append(secure)
        self.mqtts_port = secure.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening, close every connection; harmless when it never started."""
        for server in self._servers:
            server.close()
        if not self._started:
            return
        with suppress(AMQTTError, MQTTError):
            await self._broker.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_PATIENCE_S):
                await self._broker.all_gone()

    def publish(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> None:  # noqa: ARG002 - no vendor retains
        """Send a message to the clients that subscribed."""
        self._counters["mqtt_sent"] += self._broker.route(topic, payload, qos)

    def disconnect(self, client_id: str) -> None:
        """End a client's connection."""
        self._broker.end(client_id)

    async def delivered(self) -> None:
        """Wait until clients acknowledged their messages; one that hangs is waited for a second."""
        await self._broker.delivered(_DELIVERY_PATIENCE_S)

    async def refresh(self) -> None:
        """Do nothing: every login asks the world."""

    def counters(self) -> dict[str, int]:
        """Connections now, messages so far, and what was refused by kind."""
        return {"mqtt_connections": self._broker.connections(), **self._counters}

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; nothing a client does reaches another one."""
        adapter = Writer(writer)
        try:
            await self._broker.external_connected(Reader(reader), adapter, LISTENER)
        except (
            AMQTTError,
            MQTTError,
            NoDataError,
            OSError,
            TimeoutError,
            asyncio.IncompleteReadError,
        ) as error:
            _LOG.debug("connection ended: %s", error)
        except Exception as error:  # noqa: BLE001 - amqtt's parser raises what it likes on garbage
            self._refused("connect")
            _LOG.info("connection ended: %s: %s", type(error).__name__, error)
        finally:
            await adapter.close()

    def _uplink(
        self,
        client_id: str,
        topic: str,
        payload: bytes,
        *,
        packet_id: int | None,
        duplicate: bool,
        retain: bool,  # noqa: ARG002 - no vendor lets devices retain
    ) -> asyncio.Future[None] | None:
        self._counters["mqtt_received"] += 1
        if not self._side.may_publish(client_id, topic):
            self._refused("publish")
            return None
        self._side.published(client_id, topic, payload, packet_id=packet_id, duplicate=duplicate)
        stored = self._settler.settle()
        if self._side.passed_on(client_id, topic):
            self._broker.route(topic, payload, 1 if packet_id is not None else 0)
        return stored

    def _refused(self, kind: str) -> None:
        self._counters[f"mqtt_refused_{kind}"] += 1
