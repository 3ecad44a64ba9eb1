"""What devices sent before, to store a repeated report once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thingproof_platform.core.world import World

_DIGESTS_KEPT: Final = 4096


class Seen:
    """Digests of what a device sent within the window, taken from the log after a restart."""

    __slots__ = ("_moments", "_world")

    def __init__(self, world: World, thing: str) -> None:
        self._world = world
        self._moments: dict[bytes, float] = {}
        since = world.clock.now() - world.limits.duplicate_window
        for record in reversed(list(world.records.recent(thing, since))):
            if record.kind == "uplink":
                for key in _keys(record.packet, record.payload):
                    self._moments[key] = record.at

    def has(self, key: tuple[int | None, bytes]) -> bool:
        """Did the same come within the window?"""
        moment = self._moments.get(_digest(*key))
        return moment is not None and self._world.clock.now() - moment <= self._world.limits.duplicate_window

    def add(self, keys: list[tuple[int | None, bytes]]) -> None:
        """Remember what came now."""
        now = self._world.clock.now()
        for key in keys:
            digest = _digest(*key)
            self._moments.pop(digest, None)
            self._moments[digest] = now
        while len(self._moments) > _DIGESTS_KEPT:  # a dict keeps order: the first one is the oldest
            del self._moments[next(iter(self._moments))]


def _keys(packet: int | None, payload: bytes) -> Iterator[bytes]:
    yield _digest(None, payload)
    if packet is not None:
        yield _digest(packet, payload)


def _digest(packet: int | None, payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=12, salt=str(packet).encode()[:16]).digest()
