"""Random streams for many draws: one hash gives eight of them."""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct

from thingproof_sim.kernel.streams import Stream

_PER_HASH = 8
_WORDS = Struct(f"<{_PER_HASH}Q")


class BlockStream(Stream):
    """A stream that hashes its counter once for eight draws.

    The n-th draw still depends on seed, name and n alone. It differs from that of a `Stream`
    with the same name.
    """

    __slots__ = ("_block",)

    def __init__(self, seed: int, name: str) -> None:
        super().__init__(seed, name)
        self._block: list[int] = []

    def bits(self) -> int:
        """The next 64 random bits."""
        if not self._block:
            self._counter += 1
            drawn = blake2b(self._counter.to_bytes(8, "little"), key=self._key).digest()
            self._block.extend(reversed(_WORDS.unpack(drawn)))
        return self._block.pop()

    def take(self, count: int) -> list[int]:
        """The next draws of 64 bits."""
        block = self._block
        drawn = block[: -count - 1 : -1]
        del block[-count:]
        while len(drawn) < count:
            self._counter += 1
            words = _WORDS.unpack(blake2b(self._counter.to_bytes(8, "little"), key=self._key).digest())
            missing = count - len(drawn)
            drawn += words[:missing]
            block += words[: missing - 1 : -1] if missing < _PER_HASH else ()
        return drawn

    def unread(self, drawn: list[int]) -> None:
        """Draw these again next time, which were the last ones."""
        self._block += reversed(drawn)

    def mark(self) -> tuple[int, list[int]]:
        """Where the stream is, for `back`."""
        return self._counter, self._block[:]

    def back(self, mark: tuple[int, list[int]]) -> None:
        """Draw again what was drawn since a mark."""
        self._counter, self._block = mark[0], mark[1][:]
