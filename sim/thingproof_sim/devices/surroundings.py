"""What a device needs from around it: the outside, who it is, and what all devices share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thingproof_sim.kernel.clock import Clock
    from thingproof_sim.kernel.ledger import Ledger
    from thingproof_sim.kernel.trace import Trace


class Served(Protocol):
    """What a cloud link tells: a device, or a central device that speaks for others too."""

    @property
    def identity(self) -> Identity:
        """Who logs in."""
        ...

    @property
    def sub_devices(self) -> tuple[str, ...]:
        """DIDs it speaks for beside its own."""
        ...

    def connected(self) -> None:
        """The login is done."""
        ...

    def link_lost(self, cause: str) -> None:
        """The connection was refused or ended."""
        ...

    def acknowledged(self, token: int) -> None:
        """The broker has the report of that token."""
        ...

    def message(self, topic: str, payload: bytes) -> None:
        """A downlink."""
        ...


class Port(Protocol):
    """What a device asks of the outside."""

    def connect(self) -> None:
        """Open the cloud link; `connected` or `link_lost` follows."""
        ...

    def publish(self, topic: str, payload: bytes, token: int | None) -> None:
        """Send at QoS 1 with a token (`acknowledged` follows), at QoS 0 without one."""
        ...

    def disconnect(self, *, clean: bool) -> None:
        """Close the cloud link, with a goodbye or without; `link_lost` does not follow."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a device is at its cloud."""

    did: str
    passcode: str
    product_key: str


@dataclass(slots=True)
class Counters:
    """What a device did so far."""

    made: int = 0
    sent: int = 0
    acknowledged: int = 0
    lost: int = 0
    reconnects: int = 0
    commands: int = 0
    queued: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What devices share: clock, seed, record keeping."""

    clock: Clock
    seed: int
    ledger: Ledger
    trace: Trace | None = None
    tell: Callable[[float, str, str, Mapping[str, Any]], None] | None = None
    """Called with (time, device, what, fields) for every line of the trace."""
    downlinks_kept: int = 1000
    """The newest downlinks that each device remembers."""
