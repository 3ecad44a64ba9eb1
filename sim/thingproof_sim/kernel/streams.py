"""Named random streams from one seed.

A stream is a counter and a key. The n-th draw of a stream depends on seed, name and n alone, so it makes no
difference in which order devices draw, and a stream costs a few bytes instead of the kilobytes of a
generator's state.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

Item = TypeVar("Item")


class Stream:
    """One stream of random draws."""

    __slots__ = ("_counter", "_key")

    def __init__(self, seed: int, name: str) -> None:
        self._key = blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()
        self._counter = 0

    def bits(self) -> int:
        """The next 64 random bits."""
        self._counter += 1
        drawn = blake2b(self._counter.to_bytes(8, "little"), digest_size=8, key=self._key).digest()
        return int.from_bytes(drawn, "little")

    def unit(self) -> float:
        """A number in [0, 1)."""
        return (self.bits() >> 11) * 2.0**-53

    def uniform(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.unit()

    def below(self, count: int) -> int:
        """A whole number in 0..count-1."""
        return self.bits() * count >> 64

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return probability > 0 and self.unit() < probability

    def choice(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return items[self.below(len(items))]

    def gauss(self, mean: float, deviation: float) -> float:
        """A normally distributed number."""
        radius = math.sqrt(-2 * math.log(1 - self.unit()))
        return mean + deviation * radius * math.cos(2 * math.pi * self.unit())

    def exponential(self, mean: float) -> float:
        """A waiting time with the given mean."""
        return -mean * math.log(1 - self.unit())

    def bytes(self, count: int) -> bytes:
        """Random bytes."""
        return b"".join(self.bits().to_bytes(8, "little") for _ in range((count + 7) // 8))[:count]
