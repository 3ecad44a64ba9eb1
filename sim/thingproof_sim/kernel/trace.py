"""The trace of a run and its hash: the same for the same seed and scenario, on any machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELDS = msgspec.json.Encoder(order="deterministic", enc_hook=str)


class Trace:
    """A running SHA-256 over canonical lines ``time device what {fields}``.

    Args:
        output: where the lines are written as well, one a line.
    """

    def __init__(self, output: TextIO | None = None) -> None:
        self.lines = 0
        self._hash = hashlib.sha256()
        self._output = output

    def note(self, at: float, device: str, what: str, fields: Mapping[str, Any] | None = None) -> None:
        """Add one line; times are rounded to microseconds."""
        text = _FIELDS.encode(fields) if fields else b"{}"
        line = f"{at:.6f} {device} {what} ".encode() + text + b"\n"
        self._hash.update(line)
        self.lines += 1
        if self._output is not None:
            self._output.write(line.decode())

    def hexdigest(self) -> str:
        """The hash of all lines so far."""
        return self._hash.hexdigest()
