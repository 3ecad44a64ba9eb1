"""Identifiers and secrets, all drawn from one random source that is passed in."""

from __future__ import annotations

from typing import Protocol

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"


class RandomSource(Protocol):
    """What is needed of `random.Random` or `random.SystemRandom`."""

    def getrandbits(self, k: int, /) -> int:
        """An integer of k random bits."""
        ...


class Identifiers:
    """Draws ids in the shapes the documents show."""

    def __init__(self, random: RandomSource) -> None:
        self._random = random

    def hex(self, digits: int = 32) -> str:
        """Lower-case hexadecimal digits (uid, app id, secret, product key)."""
        return f"{self._random.getrandbits(digits * 4):0{digits}x}"

    def object_id(self) -> str:
        """24 hexadecimal digits (gizwits.md:675)."""
        return self.hex(24)

    def token(self) -> str:
        """A token of 32 hexadecimal digits (gizwits.md:173)."""
        return self.hex(32)

    def did(self) -> str:
        """A device id of 22 letters and digits (gizwits.md:782)."""
        return self.letters(_BASE58, 22)

    def passcode(self) -> str:
        """A device passcode of 10 capital letters (gizwits.md:785)."""
        return self.letters(_CAPITALS, 10)

    def code(self) -> str:
        """A verification code of 6 digits."""
        return self.letters(_DIGITS, 6)

    def salt(self) -> bytes:
        """16 random bytes for a password hash."""
        return self._random.getrandbits(128).to_bytes(16, "big")

    def letters(self, alphabet: str, length: int) -> str:
        """So many letters of an alphabet."""
        number = self._random.getrandbits(length * 8)
        letters = []
        for _ in range(length):
            number, place = divmod(number, len(alphabet))
            letters.append(alphabet[place])
        return "".join(letters)
