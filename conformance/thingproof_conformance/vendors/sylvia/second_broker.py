"""A message broker of the harness' own: where queues move to when a hostUri changes.

It speaks as much MQTT 3.1.1 as queues need: any client may connect; a message goes to everyone who
subscribed to exactly its topic, in a shared subscription or not, with quality of service 1.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 8, 10, 12, 14
CONNACK: Final = bytes((0x20, 2, 0, 0))
PINGRESP: Final = bytes((0xD0, 0))
AT_LEAST_ONCE: Final = 1
_SHARED: Final = "$share/"


class SecondBroker:
    """A broker on a port of its own on the loopback address, with threads of its own."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._subscribers: dict[str, list[socket.socket]] = {}
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self) -> str:
        """The hostUri that names it."""
        return f"mqtt://127.0.0.1:{self._server.getsockname()[1]}"

    def subscribed(self, queue: str) -> bool:
        """Does somebody receive the messages of a queue?"""
        with self._lock:
            return bool(self._subscribers.get(queue))

    def close(self) -> None:
        """Stop, and end every connection."""
        with self._lock:
            sockets = [self._server, *self._connections]
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                with self._lock:
                    self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, IndexError, UnicodeDecodeError), connection.makefile("rb") as stream:
            while head := stream.read(1):
                body = stream.read(_length(stream.read))
                if not self._packet(connection, head[0], body):
                    break
        with self._lock:
            for subscribers in self._subscribers.values():
                while connection in subscribers:
                    subscribers.remove(connection)
        connection.close()

    def _packet(self, connection: socket.socket, head: int, body: bytes) -> bool:
        """Answer one packet; False when it was the last."""
        match head >> 4:
            case kind if kind == CONNECT:
                self._send(connection, CONNACK)
            case kind if kind == PUBLISH:
                self._publish(connection, head, body)
            case kind if kind == SUBSCRIBE:
                self._subscribe(connection, body)
            case kind if kind == UNSUBSCRIBE:
                self._send(connection, bytes((0xB0, 2)) + body[:2])
            case kind if kind == PINGREQ:
                self._send(connection, PINGRESP)
            case kind if kind == DISCONNECT:
                return False
        return True

    def _publish(self, connection: socket.socket, head: int, body: bytes) -> None:
        topic, rest = _text(body)
        if head & 0x06:
            number, rest = rest[:2], rest[2:]
            self._send(connection, bytes((0x40, 2)) + number)
        with self._lock:
            receivers = tuple(self._subscribers.get(topic, ()))
        packet = len(topic.encode()).to_bytes(2, "big") + topic.encode() + bytes((0, 1)) + rest
        for receiver in receivers:
            with suppress(OSError):
                self._send(receiver, bytes((0x32,)) + _encoded_length(len(packet)) + packet)

    def _subscribe(self, connection: socket.socket, body: bytes) -> None:
        number, rest = body[:2], body[2:]
        granted = bytearray()
        while rest:
            topic_filter, rest = _text(rest)
            rest = rest[1:]
            queue = topic_filter.split("/", 2)[2] if topic_filter.startswith(_SHARED) else topic_filter
            with self._lock:
                self._subscribers.setdefault(queue, []).append(connection)
            granted.append(AT_LEAST_ONCE)
        self._send(connection, bytes((0x90,)) + _encoded_length(2 + len(granted)) + number + bytes(granted))

    def _send(self, connection: socket.socket, packet: bytes) -> None:
        with self._lock:
            connection.sendall(packet)


def _length(read: Callable[[int], bytes]) -> int:
    """The remaining length of a packet (MQTT 3.1.1, section 2.2.3)."""
    value, shift = 0, 0
    while True:
        digit = read(1)[0]
        value |= (digit & 0x7F) << shift
        shift += 7
        if not digit & 0x80:
            return value


def _encoded_length(value: int) -> bytes:
    digits = bytearray()
    while True:
        value, digit = divmod(value, 128)
        digits.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(digits)


def _text(data: bytes) -> tuple[str, bytes]:
    """A text with its length before it, and what follows."""
    end = 2 + int.from_bytes(data[:2], "big")
    return data[2:end].decode(), data[end:]
