"""One MQTT connection: amqtt's protocol handler with a strict reader and acknowledgement after the commit."""

from __future__ import annotations

import asyncio
import logging
import struct
from typing import TYPE_CHECKING, Any, Final

from amqtt.adapters import BufferReader, StreamReaderAdapter, StreamWriterAdapter
from amqtt.mqtt import packet_class
from amqtt.mqtt.packet import (
    CONNECT,
    DISCONNECT,
    PINGREQ,
    PUBACK,
    PUBCOMP,
    PUBLISH,
    PUBREC,
    PUBREL,
    SUBACK,
    SUBSCRIBE,
    UNSUBACK,
    UNSUBSCRIBE,
    MQTTFixedHeader,
)
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Protocol

    from thingproof_platform.servers.mqtt_delivery import Deliveries

    class Uplink(Protocol):
        """Takes a message of a client over; returns what its acknowledgement has to wait for."""

        def __call__(
            self,
            client_id: str,
            topic: str,
            payload: bytes,
            *,
            packet_id: int | None,
            duplicate: bool,
            retain: bool,
        ) -> asyncio.Future[None] | None:
            """Take one message."""
            ...


_LOG = logging.getLogger(__name__)

MAX_PACKET: Final = 256 * 1024  # a P0 frame is far below; more is a mistake or an attack
MAX_BACKLOG: Final = 4 * 1024 * 1024  # unread bytes after which a client is given up
KEEP_ALIVE_GRACE: Final = 1.5  # MQTT 3.1.1, section 3.1.2.10
CLOSE_PATIENCE_S: Final = 2.0
_LENGTH_BYTES: Final = 4  # MQTT 3.1.1, section 2.2.3

_PUBACK_HEAD: Final = PUBACK << 4
_PUBREC_HEAD: Final = PUBREC << 4
_PUBCOMP_HEAD: Final = PUBCOMP << 4
_SHORT: Final = struct.Struct("!BBH")
_NUMBER: Final = struct.Struct("!H")
_PINGRESP: Final = b"\xd0\x00"


class ProtocolViolationError(Exception):
    """The client sent something MQTT does not allow; its connection ends."""


class Reader(StreamReaderAdapter):  # type: ignore[misc] # amqtt is untyped
    """Refuses to wait for more bytes than the largest packet has."""

    async def read(self, n: int = -1) -> bytes:
        """Read exactly n bytes."""
        if n > MAX_PACKET:
            raise ProtocolViolationError(f"packet of {n} bytes, allowed are {MAX_PACKET}")
        data: bytes = await self._reader.readexactly(n)
        return data


class Writer(StreamWriterAdapter):  # type: ignore[misc] # amqtt is untyped
    """Closes without waiting for a peer that does not read."""

    is_closed: bool

    async def close(self) -> None:
        """Close now; abort when the peer takes too long."""
        if self.is_closed:
            return
        self.is_closed = True
        self._writer.close()
        try:
            async with asyncio.timeout(CLOSE_PATIENCE_S):
                await self._writer.wait_closed()
        except (TimeoutError, OSError):
            self._writer.transport.abort()

    def backlog(self) -> int:
        """Bytes the peer has not taken yet."""
        return int(self._writer.transport.get_write_buffer_size())

    def abort(self) -> None:
        """Drop the connection."""
        self._writer.transport.abort()


class DeviceConnection(BrokerProtocolHandler):  # type: ignore[misc] # amqtt is untyped
    """Reads whole packets, hands messages over, acknowledges when they are stored.

    amqtt acknowledges a QoS 1 message when it is queued in memory and starts a task for each packet; here the
    acknowledgement waits for the journal and packets are handled in order.
    """

    uplink: Uplink
    deliveries: Deliveries
    refused: Callable[[str], None]
    add_filter: Callable[[tuple[str, int], Any], Awaitable[int]]
    drop_filter: Callable[[str, Any], None]

    async def start(self) -> None:
        """Start reading; keep-alive is watched by one timer a connection."""
        self.keepalive_timeout = None  # amqtt's own timer would be moved with every packet
        # Belongs to the session, not to the connection: a QoS 2 message is not taken twice after a reconnect.
        self._received: set[int] = self.session.attributes.setdefault("received", set())
        self._watch: asyncio.TimerHandle | None = None
        self._heard = self._loop.time()
        if self.session.keep_alive > 0:
            self._allowed = self.session.keep_alive * KEEP_ALIVE_GRACE
            self._watch = self._loop.call_later(self._allowed, self._look_at_silence)
        await super().start()
        if self._reader_stopped.is_set():  # gone before amqtt began to wait for it
            await self.handle_connection_closed()

    async def stop(self) -> None:
        """Stop reading and close the socket."""
        watch = getattr(self, "_watch", None)
        if watch is not None:
            watch.cancel()
        await super().stop()

    async def handle_subscribe(self, subscribe: Any) -> None:
        """Subscribe and answer with what was granted."""
        topics = subscribe.payload.topics
        if not topics:
            raise ProtocolViolationError("SUBSCRIBE without a filter")
        granted = bytes([await self.add_filter(topic, self.session) for topic in topics])
        number = _NUMBER.pack(subscribe.variable_header.packet_id)
        self.send(MQTTFixedHeader(SUBACK, 0, len(number) + len(granted)).to_bytes() + number + granted)

    async def handle_unsubscribe(self, unsubscribe: Any) -> None:
        """Drop filters and say so."""
        for topic_filter in unsubscribe.payload.topics:
            self.drop_filter(topic_filter, self.session)
        self.send(_SHORT.pack(UNSUBACK << 4, 2, unsubscribe.variable_header.packet_id))

    def send(self, data: bytes) -> None:
        """Write without waiting; a client that never reads is dropped."""
        writer = self.writer
        if writer is None or writer.is_closed:
            return
        writer.write(data)
        if writer.backlog() > MAX_BACKLOG:
            self.refused("backlog")
            writer.abort()

    def _look_at_silence(self) -> None:
        silent = self._loop.time() - self._heard
        if silent >= self._allowed:
            _LOG.info("%s: nothing heard for %.1f s, keep alive over", self.session.client_id, silent)
            if self.writer is not None:
                self.writer.abort()
            return
        self._watch = self._loop.call_later(self._allowed - silent, self._look_at_silence)

    async def _reader_loop(self) -> None:
        self._reader_ready.set()
        try:
            while True:
                head, body = await self._read_packet()
                self._heard = self._loop.time()
                if not await self._take(head, body):
                    break
        except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
            pass
        except Exception as error:  # noqa: BLE001 - whatever a client sends ends its own connection only
            client = self.session.client_id if self.session else "?"
            _LOG.info("%s: connection ended: %s: %s", client, type(error).__name__, error)
            self.refused("protocol")
        finally:
            self._reader_stopped.set()
            await self.handle_connection_closed()

    async def _read_packet(self) -> tuple[int, bytes]:
        """The first byte and everything after the length."""
        read = self.reader.read
        head = (await read(1))[0]
        length = 0
        for position in range(_LENGTH_BYTES):
            byte = (await read(1))[0]
            length |= (byte & 0x7F) << (7 * position)
            if not byte & 0x80:
                return head, await read(length) if length else b""
        raise ProtocolViolationError("remaining length has more than four bytes")

    async def _take(self, head: int, body: bytes) -> bool:
        """Handle one packet. Returns whether to go on reading."""
        kind = head >> 4
        if kind == PUBLISH:
            self._take_message(head, body)
        elif kind == PUBACK:
            self.deliveries.acknowledged(_NUMBER.unpack_from(body)[0])
        elif kind == PINGREQ:
            self.send(_PINGRESP)
        elif kind == PUBREL:
            number = _NUMBER.unpack_from(body)[0]
            self._received.discard(number)
            self.send(_SHORT.pack(_PUBCOMP_HEAD, 2, number))
        elif kind == DISCONNECT:
            await self.handle_disconnect(await self._parse(head, body))
            return False
        elif kind in _TAKERS:
            await getattr(self, _TAKERS[kind])(await self._parse(head, body))
        else:
            name = "a second CONNECT" if kind == CONNECT else f"packet type {kind}"
            raise ProtocolViolationError(f"{name} is not allowed here")
        return True

    async def _parse(self, head: int, body: bytes) -> Any:
        """The packet as amqtt's object."""
        header = MQTTFixedHeader(head >> 4, head & 0x0F, len(body))
        return await packet_class(header).from_stream(BufferReader(body), fixed_header=header)

    def _take_message(self, head: int, body: bytes) -> None:
        qos = (head >> 1) & 3
        end = 2 + _NUMBER.unpack_from(body)[0]
        start = end + (2 if qos else 0)
        if qos > 2 or start > len(body):
            raise ProtocolViolationError("malformed PUBLISH")
        topic = body[2:end].decode("utf-8")
        if not topic or "#" in topic or "+" in topic or "\x00" in topic:
            raise ProtocolViolationError(f"topic {topic!r} is not a topic name")
        packet_id = _NUMBER.unpack_from(body, end)[0] if qos else None
        if qos == 2 and packet_id in self._received:
            self.send(_SHORT.pack(_PUBREC_HEAD, 2, packet_id))
            return
        stored = self.uplink(
            self.session.client_id,
            topic,
            body[start:],
            packet_id=packet_id,
            duplicate=bool(head & 0x08),
            retain=bool(head & 0x01),
        )
        if packet_id is None:
            return
        if qos == 2:
            self._received.add(packet_id)
        answer = _SHORT.pack(_PUBACK_HEAD if qos == 1 else _PUBREC_HEAD, 2, packet_id)
        if stored is None:
            self.send(answer)
        else:
            stored.add_done_callback(lambda done: self._acknowledge(done, answer))

    def _acknowledge(self, done: asyncio.Future[None], answer: bytes) -> None:
        if not done.cancelled() and done.exception() is None:
            self.send(answer)


_TAKERS: Final = {
    SUBSCRIBE: "handle_subscribe",
    UNSUBSCRIBE: "handle_unsubscribe",
    PUBREC: "handle_pubrec",
    PUBCOMP: "handle_pubcomp",
}
