"""One frame, several gateways: copies that arrive within a window are one uplink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from thingproof_sim.gateways.server_model import Copy, Radio

WINDOW_S: Final = 0.2
"""How long the server waits for further gateways; RX1 opens a second after the uplink."""


@dataclass(slots=True)
class Gathered:
    """An uplink and everybody who heard it.

    Attributes:
        at: when its first copy arrived, seconds.
    """

    at: float
    data: bytes
    radio: Radio
    copies: list[Copy]


class Deduplication:
    """Gathers copies.

    Args:
        window_s: from the first copy of a frame to its handing over.
    """

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._open: dict[bytes, Gathered] = {}
        self.duplicates = 0
        """Copies beyond the first."""

    def take(self, data: bytes, radio: Radio, copy: Copy, at: float) -> None:
        """A gateway heard a frame; the same gateway counts once for each frame."""
        gathered = self._open.get(data)
        if gathered is None:
            self._open[data] = Gathered(at, data, radio, [copy])
            return
        self.duplicates += 1
        if all(other.gateway != copy.gateway for other in gathered.copies):
            gathered.copies.append(copy)

    def next_due(self) -> float | None:
        """When the oldest frame is complete; None when nothing waits."""
        return next((gathered.at + self._window_s for gathered in self._open.values()), None)

    def complete(self, at: float) -> list[Gathered]:
        """The frames whose window is over, in order of their first copies."""
        done = []
        for data, gathered in list(self._open.items()):
            if gathered.at + self._window_s > at:
                break
            done.append(self._open.pop(data))
        return done


__all__ = ["WINDOW_S", "Deduplication", "Gathered"]
