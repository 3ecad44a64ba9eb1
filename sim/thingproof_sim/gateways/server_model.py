"""What a network server knows of a device, and what goes in and out of it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from thingproof_wire.frames.lorawan_crypto import Session

SNR_HISTORY: Final = 20
"""Uplinks between two looks of the adaptive data rate."""
NOTHING: Final = float("-inf")


class Copy(NamedTuple):
    """One gateway's reception of a frame.

    Attributes:
        gateway: who heard it.
        rssi_dbm, snr_db: how well.
        counter_us: the gateway's own time at the end of the frame, None where nobody needs it.
    """

    gateway: Hashable
    rssi_dbm: float
    snr_db: float
    counter_us: int | None = None


class HeardBy(Protocol):
    """What the server looks at in a copy."""

    @property
    def gateway(self) -> Hashable:
        """Who heard it."""
        ...

    @property
    def rssi_dbm(self) -> float:
        """Strength."""
        ...

    @property
    def snr_db(self) -> float:
        """Strength above the noise."""
        ...


@dataclass(frozen=True, slots=True)
class Radio:
    """How a frame was sent: Hz, spreading factor, Hz, data rate of the region."""

    frequency_hz: int
    sf: int
    bandwidth_hz: int
    data_rate: int


@dataclass(slots=True)
class UplinkEvent:
    """An uplink as an application gets it.

    Attributes:
        at: end of the frame, seconds.
        port: FPort 1..255, None for a frame without a payload.
        payload: in the clear.
        copies: best first.
    """

    device: ServerDevice
    at: float
    fcnt: int
    port: int | None
    payload: bytes
    confirmed: bool
    adr: bool
    radio: Radio
    copies: Sequence[HeardBy]


@dataclass(slots=True)
class DownlinkRequest:
    """A downlink that an application asked for.

    Attributes:
        data_id: the application's name for it.
        port: FPort 1..223.
        expires_at: seconds; None for never.
        tries: transmissions of a confirmed one.
        sent: transmissions so far.
        fcnt: counter of the last transmission, -1 before the first.
    """

    data_id: str
    payload: bytes
    port: int
    confirmed: bool = False
    expires_at: float | None = None
    tries: int = 3
    sent: int = 0
    fcnt: int = -1


@dataclass(slots=True)
class TxOrder:
    """A frame that a gateway shall send.

    Attributes:
        token: names the order when its result comes.
        copy: the uplink it answers, at that gateway; None for class C.
        start_s: when, on the server's clock; for class C as soon as possible.
        delay_us: after the end of the uplink.
    """

    token: int
    gateway: Hashable
    copy: HeardBy | None
    start_s: float
    delay_us: int
    radio: Radio
    power_dbm: float
    data: bytes
    airtime_s: float


class ClearFrame(Protocol):
    """A data frame whose payload is in the clear and whose counter is whole."""

    @property
    def fcnt(self) -> int:
        """Whole counter."""
        ...

    @property
    def fport(self) -> int | None:
        """FPort."""
        ...

    @property
    def payload(self) -> bytes:
        """FRMPayload in the clear."""
        ...

    @property
    def fopts(self) -> bytes:
        """MAC commands."""
        ...

    @property
    def confirmed(self) -> bool:
        """Whether it wants an acknowledgement."""
        ...

    @property
    def adr(self) -> bool:
        """Whether the server may set the data rate."""
        ...

    @property
    def adr_ack_req(self) -> bool:
        """Whether the device waits for a sign."""
        ...

    @property
    def ack(self) -> bool:
        """Whether it acknowledges a downlink."""
        ...


class ServerPort(Protocol):
    """What a network server asks of the outside."""

    def transmit(self, order: TxOrder) -> str | None:
        """Send an order on; returns an error of `TX_ACK` when it is known at once, None otherwise."""
        ...

    def uplink(self, event: UplinkEvent) -> None:
        """An uplink for applications."""
        ...

    def result(self, data_id: str, status: int, message: str) -> None:
        """What became of a downlink: negative while it is under way, 0 done, positive failed."""
        ...


@dataclass(slots=True, eq=False)
class ServerDevice:
    """A device of the network.

    Attributes:
        key: what the owner of the server calls it.
        app_key: 16 bytes; empty for ABP.
        session: the one in use.
        joined: a session that begins with its first uplink.
        twin: the device's own session object, where server and device live in one process.
        fcnt_up: last accepted counter, -1 before the first.
        fcnt_down: counter of the next downlink.
        data_rate, power_index, nb_trans: as the device confirmed them.
    """

    key: Any
    dev_eui: int
    app_key: bytes = b""
    device_class: str = "A"
    session: Session | None = None
    joined: Session | None = None
    twin: Session | None = None
    joined_rate: int = 0
    joined_rx2: tuple[int, int] | None = None
    dev_nonce: int = -1
    join_nonce: int = 0
    fcnt_up: int = -1
    fcnt_down: int = 0
    ack_due: bool = False
    rx1_delay_s: float = 1.0
    rx1_dr_offset: int = 0
    downlink_dwell: bool = False
    """Whether the dwell time of downlinks counts, by the last TXParamSetupReq."""
    data_rate: int = -1
    power_index: int = 0
    nb_trans: int = 1
    snr_best_db: float = NOTHING
    """Best signal above the noise since the last look of the adaptive data rate."""
    snr_count: int = 0
    answers: list[bytes] = field(default_factory=list)
    """MAC commands that answer the device, for the next downlink."""
    requests: dict[int, bytes] = field(default_factory=dict)
    """MAC commands that wait for the device's answer, by CID."""
    asked: dict[int, Mapping[str, int]] = field(default_factory=dict)
    """What they said."""
    rx2: tuple[int, int] | None = None
    """Frequency and data rate of RX2 where they are not the region's."""
    downlink_hz: dict[int, int] = field(default_factory=dict)
    """Frequencies of RX1 by channel, where they were moved."""
    channels_hz: dict[int, int] = field(default_factory=dict)
    """Index by frequency of the channels that were made."""
    waiting: deque[DownlinkRequest] = field(default_factory=deque)
    unacknowledged: DownlinkRequest | None = None
    status: tuple[int, int] | None = None
    """Battery and margin of the last DevStatusAns."""
    last: Sequence[HeardBy] | None = None
    """Who heard it last, best first."""
    stirred: Callable[[], None] | None = None
    """Called before something is wanted of the device, where somebody near it must know."""
    blocked_until: float = 0.0
    enabled: bool = True


__all__ = [
    "NOTHING",
    "SNR_HISTORY",
    "ClearFrame",
    "Copy",
    "DownlinkRequest",
    "HeardBy",
    "Radio",
    "ServerDevice",
    "ServerPort",
    "TxOrder",
    "UplinkEvent",
]
