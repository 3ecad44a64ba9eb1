"""The just-in-time queue of a packet forwarder: frames that wait for their moment, and why one cannot wait.

Source: PROTOCOL.TXT of Lora-net/packet_forwarder, section 6 (TX_ACK), and the queue of its reference
program: a frame needs 32.5 ms before its start, may be early by three beacon periods at most, and the queue
holds 32.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from typing import Final

from thingproof_wire.frames.semtech_udp import TxError

LEAST_AHEAD_US: Final = 32_500
"""1.5 ms to start, 1 ms of margin, 30 ms between two looks at the queue."""
MOST_AHEAD_US: Final = 3 * 128_000_000
GUARD_US: Final = 2_500
"""Between two frames: the time to start and the margin."""
CAPACITY: Final = 32


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """A frame and when it is sent: start and end in microseconds of a clock that does not wrap."""

    start_us: int
    end_us: int
    number: int
    packet: object


class JitQueue:
    """Frames in order of their start."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._number = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, packet: object, start_us: int, airtime_us: int, now_us: int) -> TxError:
        """Take a frame, or say why not."""
        self.drop_before(now_us)
        error = self._judge(start_us, airtime_us, now_us)
        if error is TxError.NONE:
            self._insert(packet, start_us, airtime_us)
        return error

    def add_soon(self, packet: object, airtime_us: int, now_us: int) -> int | None:
        """Take a frame that shall be sent as soon as possible; its start, None when the queue is full."""
        self.drop_before(now_us)
        if len(self._waiting) >= CAPACITY:
            return None
        start = now_us + LEAST_AHEAD_US
        for other in self._waiting:
            if other.start_us - GUARD_US >= start + airtime_us:
                break
            start = max(start, other.end_us + GUARD_US)
        self._insert(packet, start, airtime_us)
        return start

    def _judge(self, start_us: int, airtime_us: int, now_us: int) -> TxError:
        if len(self._waiting) >= CAPACITY:
            return TxError.COLLISION_PACKET
        if start_us - now_us < LEAST_AHEAD_US:
            return TxError.TOO_LATE
        if start_us - now_us > MOST_AHEAD_US:
            return TxError.TOO_EARLY
        end_us = start_us + airtime_us
        for other in self._waiting:
            if start_us < other.end_us + GUARD_US and other.start_us < end_us + GUARD_US:
                return TxError.COLLISION_PACKET
        return TxError.NONE

    def _insert(self, packet: object, start_us: int, airtime_us: int) -> None:
        self._number += 1
        insort(self._waiting, Waiting(start_us, start_us + airtime_us, self._number, packet))

    def due(self, now_us: int) -> list[Waiting]:
        """The frames whose start has come; they stay known until their end, so that none overlaps them."""
        return [waiting for waiting in self._waiting if waiting.start_us <= now_us]

    def next_start_us(self) -> int | None:
        """When the next frame starts."""
        return self._waiting[0].start_us if self._waiting else None

    def drop_before(self, now_us: int) -> None:
        """Forget what has been sent."""
        self._waiting = [waiting for waiting in self._waiting if waiting.end_us > now_us]


__all__ = ["CAPACITY", "LEAST_AHEAD_US", "MOST_AHEAD_US", "JitQueue", "Waiting"]
