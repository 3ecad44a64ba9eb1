"""A broker that does what a test tells it, and remembers every packet it got."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

CONNECT, PUBLISH, SUBSCRIBE, PING, DISCONNECT = 1, 3, 8, 12, 14


@dataclass(frozen=True, slots=True)
class Packet:
    """One MQTT packet: connection, type, flags, and what follows the length."""

    connection: int
    kind: int
    flags: int
    body: bytes

    def texts(self) -> list[str]:
        """The length-prefixed texts of a CONNECT after its fixed part, or of a SUBSCRIBE."""
        rest = self.body[10:] if self.kind == CONNECT else self.body[2:]
        found = []
        while rest:
            length = int.from_bytes(rest[:2], "big")
            found.append(rest[2 : 2 + length].decode())
            rest = rest[2 + length + (self.kind == SUBSCRIBE) :]
        return found


class ScriptedBroker:
    """Listens on 127.0.0.1 from its creation until `close`.

    Args:
        answers: return codes of CONNACK, one a login; 0 after the last.
        puback: acknowledge publications.
        tls: context for encrypted connections.
    """

    def __init__(
        self, answers: tuple[int, ...] = (), *, puback: bool = True, tls: ssl.SSLContext | None = None
    ) -> None:
        self.packets: list[Packet] = []
        self.ended: list[int] = []
        """Connections that are over, in order."""
        self.puback = puback
        self._answers = list(answers)
        self._connections = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        start = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def of(self, kind: int) -> list[Packet]:
        """The packets of one kind so far."""
        return [packet for packet in self.packets if packet.kind == kind]

    def send(self, topic: str, payload: bytes) -> None:
        """Publish at QoS 0 to every connection."""
        name = topic.encode()
        body = len(name).to_bytes(2, "big") + name + payload
        for writer in list(self._writers):
            self._loop.call_soon_threadsafe(writer.write, bytes((0x30, len(body))) + body)

    def close(self) -> None:
        """End every connection and the thread."""

        async def end() -> None:
            self._server.close()
            for writer in self._writers:
                writer.close()
            await asyncio.sleep(0)
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        number = self._connections
        self._writers.append(writer)
        try:
            while True:
                self._answer(await _packet(reader, number), writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.close()
        self._writers.remove(writer)
        self.ended.append(number)

    def _answer(self, packet: Packet, writer: asyncio.StreamWriter) -> None:
        self.packets.append(packet)
        if packet.kind == CONNECT:
            writer.write(bytes((0x20, 2, 0, self._answers.pop(0) if self._answers else 0)))
        elif packet.kind == SUBSCRIBE:
            writer.write(bytes((0x90, 3)) + packet.body[:2] + b"\x01")
        elif packet.kind == PING:
            writer.write(b"\xd0\x00")
        elif packet.kind == PUBLISH and self.puback:
            topic = int.from_bytes(packet.body[:2], "big")
            writer.write(b"\x40\x02" + packet.body[2 + topic : 4 + topic])


async def _packet(reader: asyncio.StreamReader, connection: int) -> Packet:
    first = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        digit = (await reader.readexactly(1))[0]
        length |= (digit & 0x7F) << shift
        shift += 7
        if digit < 0x80:
            return Packet(connection, first >> 4, first & 15, await reader.readexactly(length))
