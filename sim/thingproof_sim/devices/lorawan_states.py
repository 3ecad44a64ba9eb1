"""The life of a LoRaWAN MAC as a table, and what it hands over: frames to send, downlinks, ends of exchanges.

An exchange is one message and everything that belongs to it: a join request with its answer, or an uplink
with its repetitions, its two receive windows and, when it is confirmed, its acknowledgement.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from thingproof_sim.devices.lorawan_emission import Emission


class MacState(StrEnum):
    """What a MAC is doing."""

    OFF = "off"
    IDLE = "idle"
    SENDING = "sending"
    LISTENING = "listening"
    WAITING = "waiting"


TRANSITIONS: Final[dict[tuple[MacState, str], MacState]] = {
    (MacState.OFF, "power on"): MacState.IDLE,
    (MacState.IDLE, "begin"): MacState.SENDING,
    (MacState.SENDING, "sent"): MacState.LISTENING,
    (MacState.LISTENING, "answered"): MacState.IDLE,
    (MacState.LISTENING, "nothing heard"): MacState.IDLE,
    (MacState.LISTENING, "nothing heard, tries left"): MacState.WAITING,
    (MacState.WAITING, "begin"): MacState.SENDING,
    (MacState.WAITING, "answered"): MacState.IDLE,
    (MacState.WAITING, "given up"): MacState.IDLE,
    **{(state, "power off"): MacState.OFF for state in MacState},
}
"""Everything that may happen, and where it leads. An input that is not listed for a state is void there.

`answered` reaches a waiting MAC in class C only, whose receiver is open between its tries.
"""


class Window(StrEnum):
    """Where a downlink was heard."""

    RX1 = "RX1"
    RX2 = "RX2"
    CLASS_C = "C"


class Done(StrEnum):
    """How an exchange ended for the device."""

    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    UNANSWERED = "no acknowledgement"
    TOO_LONG = "too long"
    STOPPED = "switched off"


@dataclass(frozen=True, slots=True)
class Downlink:
    """A downlink for the application.

    Attributes:
        at: end of its reception, seconds.
        port: FPort 1..223, or 224.
        payload: in the clear.
        fcnt: whole counter.
        confirmed: whether it wanted an acknowledgement.
        window: where it was heard.
    """

    at: float
    port: int
    payload: bytes
    fcnt: int
    confirmed: bool
    window: Window


class MacOwner(Protocol):
    """What a MAC tells the device around it."""

    def mac_joined(self, at: float) -> None:
        """There is a session."""
        ...

    def mac_done(self, emission: Emission, how: Done, at: float) -> None:
        """An uplink's exchange is over."""
        ...

    def mac_downlink(self, downlink: Downlink) -> None:
        """A downlink for the application."""
        ...

    def mac_refused(self, cause: str, data: bytes, at: float) -> None:
        """A frame that was heard and cannot be used."""
        ...


@dataclass(frozen=True, slots=True)
class MacSettings:
    """Who a device is and how it begins.

    Attributes:
        dev_eui, join_eui: EUI-64.
        app_key: 16 bytes.
        dev_addr, nwk_s_key, app_s_key: of an ABP device; dev_addr None for OTAA.
        data_rate: of the first uplinks and join requests.
        tries: NbTrans until the network changes it.
        power_dbm: most that the device radiates; the region may allow less.
    """

    dev_eui: int
    join_eui: int
    app_key: bytes
    dev_addr: int | None = None
    nwk_s_key: bytes = b""
    app_s_key: bytes = b""
    device_class: str = "A"
    adr: bool = True
    data_rate: int = 0
    tries: int = 1
    power_dbm: float = 14.0


__all__ = ["TRANSITIONS", "Done", "Downlink", "MacOwner", "MacSettings", "MacState", "Window"]
