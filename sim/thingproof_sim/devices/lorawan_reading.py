"""A message of a LoRaWAN device on its way, and what a device counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from thingproof_sim.devices.lorawan_states import MacState

if TYPE_CHECKING:
    from thingproof_sim.devices.lorawan_mac import LorawanMac
    from thingproof_sim.kernel.ledger import LedgerEntry

DELIVERED: Final = "delivered"
LOST: Final = "lost"
NOT_JOINED: Final = "not joined"
QUEUE_FULL: Final = "queue full"


class Reading:
    """One message of the application on its way.

    Attributes:
        outcome: queued, sent, delivered or lost.
        frames: numbers of its transmissions on the air.
    """

    __slots__ = ("at", "cause", "confirmed", "entry", "fcnt", "number", "outcome", "payload", "port")

    def __init__(self, number: int, at: float, payload: bytes, port: int, confirmed: bool) -> None:
        self.number = number
        self.at = at
        self.payload = payload
        self.port = port
        self.confirmed = confirmed
        self.fcnt = -1
        self.outcome = "queued"
        self.cause: str | None = None
        self.entry: LedgerEntry | None = None


@dataclass(slots=True)
class LoraCounters:
    """What a device did so far.

    Attributes:
        readings: made.
        delivered: accepted by the network server.
        lost: lost for good.
        acknowledged: confirmed ones whose acknowledgement was heard.
        frames: transmissions, join requests and repetitions too.
        joins: sessions begun over the air.
        downlinks: taken.
        airtime_s: of all transmissions.
        listen_s: of the windows.
    """

    readings: int = 0
    delivered: int = 0
    lost: int = 0
    acknowledged: int = 0
    frames: int = 0
    joins: int = 0
    downlinks: int = 0
    airtime_s: float = 0.0
    listen_s: float = 0.0


def what_holds(mac: LorawanMac, at: float) -> str:
    """Why readings wait: the cause of those that are crowded out."""
    if not mac.joined:
        return NOT_JOINED
    if mac.state is MacState.IDLE and mac.blocked_until > at:
        return mac.blocked_by
    return QUEUE_FULL


__all__ = ["DELIVERED", "LOST", "LoraCounters", "Reading", "what_holds"]
