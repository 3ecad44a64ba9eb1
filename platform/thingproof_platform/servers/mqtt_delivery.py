"""Messages with QoS 1 on their way to one client: in order, a window at a time, kept with its session."""

from __future__ import annotations

import struct
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_platform.servers.mqtt_shared import SharedGroup

WINDOW: Final = 1_000  # sent and not acknowledged; a client that holds back gets no more
MAX_WAITING: Final = 100_000  # for a client that is connected and slow
MAX_KEPT: Final = 1_000  # for a client that is away and keeps its session
MAX_NUMBER: Final = 0xFFFF
_PUBLISH_QOS1: Final = 0x32
_DUPLICATE: Final = 0x08
_NUMBER: Final = struct.Struct("!H")


class Delivery(NamedTuple):
    """One message; `group` is set when the client got it as a member of a shared subscription."""

    topic: str
    payload: bytes
    group: SharedGroup | None = None


class Deliveries:
    """What one session has not acknowledged yet.

    Args:
        changed: called with True when something is under way to a connected client, with False when nothing
            is any more.
    """

    __slots__ = ("_changed", "_number", "_send", "unacknowledged", "waiting")

    def __init__(self, changed: Callable[[Deliveries, bool], None]) -> None:
        self._changed = changed
        self._send: Callable[[bytes], None] | None = None
        self._number = 0
        self.waiting: deque[Delivery] = deque()
        self.unacknowledged: dict[int, Delivery] = {}

    def attach(self, send: Callable[[bytes], None]) -> None:
        """The client is connected: send again what it did not acknowledge, then what waits."""
        self._send = send
        for number, delivery in self.unacknowledged.items():
            send(packet(_PUBLISH_QOS1 | _DUPLICATE, number, delivery))
        self._fill()
        if self.unacknowledged:
            self._changed(self, True)

    def detach(self) -> None:
        """The client is gone; whoever keeps its session keeps this."""
        self._send = None
        self._changed(self, False)

    def put(self, delivery: Delivery) -> bool:
        """Send a message or keep it; False when too much is kept already."""
        if len(self.waiting) >= (MAX_KEPT if self._send is None else MAX_WAITING):
            return False
        self.waiting.append(delivery)
        if self._send is not None and len(self.unacknowledged) < WINDOW:
            if not self.unacknowledged:
                self._changed(self, True)
            self._fill()
        return True

    def acknowledged(self, number: int) -> None:
        """The client has a message."""
        if self.unacknowledged.pop(number, None) is None:
            return
        self._fill()
        if not self.unacknowledged:
            self._changed(self, False)

    def take(self) -> list[Delivery]:
        """Everything that was not acknowledged, in order; nothing is left."""
        left = [*self.unacknowledged.values(), *self.waiting]
        self.unacknowledged.clear()
        self.waiting.clear()
        return left

    def _fill(self) -> None:
        while self._send is not None and self.waiting and len(self.unacknowledged) < WINDOW:
            delivery = self.waiting.popleft()
            number = self._next_number()
            self.unacknowledged[number] = delivery
            self._send(packet(_PUBLISH_QOS1, number, delivery))

    def _next_number(self) -> int:
        while True:
            self._number = self._number % MAX_NUMBER + 1
            if self._number not in self.unacknowledged:
                return self._number


def packet(head: int, number: int, delivery: Delivery) -> bytes:
    """A PUBLISH with QoS 1 (MQTT 3.1.1, section 3.3)."""
    topic = delivery.topic.encode()
    body = _NUMBER.pack(len(topic)) + topic + _NUMBER.pack(number) + delivery.payload
    size, length = len(body), b""
    while size > 0x7F:
        length += bytes((size & 0x7F | 0x80,))
        size >>= 7
    return bytes((head,)) + length + bytes((size,)) + body
