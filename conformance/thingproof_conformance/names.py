"""Names, addresses and keys for test subjects: random to look at, the same for the same seed.

Every case draws from its own stream, so selecting fewer cases does not change the names of others.
A target that keeps its data between runs adds a salt, or the second run would meet the first one's
users.
"""

from __future__ import annotations

import hashlib

PASSWORD = "Thing-Proof-2024"  # noqa: S105 - of test accounts only


class Names:
    """A stream of names for one case; counter-based, so there is no hidden state to share."""

    def __init__(self, seed: int, case_id: str, salt: str = "") -> None:
        self._key = f"{seed}/{salt}/{case_id}"
        self._count = 0

    def hex(self, length: int) -> str:
        """The next lower-case hexadecimal text."""
        self._count += 1
        text = f"{self._key}/{self._count}".encode()
        return hashlib.shake_256(text).hexdigest((length + 1) // 2)[:length]

    def digits(self, length: int) -> str:
        """The next decimal text."""
        return str(int(self.hex(2 * length), 16))[-length:].rjust(length, "0")

    def text(self, prefix: str = "tp") -> str:
        """The next readable name."""
        return f"{prefix}-{self.hex(12)}"

    def mac(self) -> str:
        """The next MAC address, twelve hexadecimal digits, locally administered."""
        return "02" + self.hex(10)

    def phone(self) -> str:
        """The next mobile phone number (mainland China form)."""
        return "139" + self.digits(8)

    def email(self) -> str:
        """The next e-mail address, in a domain reserved for tests."""
        return f"{self.text()}@example.com"
