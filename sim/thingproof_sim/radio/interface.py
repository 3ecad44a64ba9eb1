"""What a device knows of its radio, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_sim.kernel.streams import Stream


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt: how long it took in seconds, and why it failed, None when it did not."""

    delay_s: float
    cause: str | None = None


class Radio(Protocol):
    """The radio of one device. Arrivals in, outcomes out; it never waits itself."""

    def associate(self) -> Outcome:
        """Join the network: a WiFi access point, a mobile network."""
        ...

    def address(self) -> Outcome:
        """Get an address: by DHCP, by a PDP context."""
        ...

    def transmit(self) -> Outcome:
        """Send one frame with the repetitions of the link layer."""
        ...

    def time_to_drop(self) -> float | None:
        """Seconds until the link is lost by itself; None when it never is."""
        ...

    def drop(self) -> Outcome:
        """The link is lost by itself: why, and how long the network stays away."""
        ...

    def levels(self) -> dict[str, float]:
        """What the device can tell of its reception, by name and unit, e.g. signal_dbm."""
        ...


class RadioPlan(Protocol):
    """Which network a device is in, and where."""

    def radio(self, stream: Stream, now: Callable[[], float]) -> Radio:
        """The radio of a device there. `now` tells simulated seconds; all chance comes from the stream."""
        ...


__all__ = ["Outcome", "Radio", "RadioPlan"]
