"""A gateway's packet forwarder, version 2 of the Semtech UDP protocol: sans-IO.

It turns what the concentrator hears into PUSH_DATA, keeps the way back open with PULL_DATA, puts each
PULL_RESP into its just-in-time queue and answers TX_ACK, and tells its status. The gateway around it hands
over packets and datagrams, sends what `outgoing` collects, and transmits what `transmit` is called with. It
works with any network server that speaks the protocol.

Source: PROTOCOL.TXT of Lora-net/packet_forwarder (v4).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from thingproof_sim.gateways.jit_queue import JitQueue
from thingproof_sim.radio.lora_airtime import airtime_s
from thingproof_wire.errors import WireError
from thingproof_wire.frames.semtech_udp import (
    GatewayStatus,
    PullAck,
    PullData,
    PullResponse,
    PushAck,
    PushData,
    RxPacket,
    TxAck,
    TxError,
    TxPacket,
    decode_datagram,
    encode_datagram,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_sim.kernel.streams import Stream
    from thingproof_wire.frames.regions import Region

KEEP_ALIVE_S: Final = 10.0
STATUS_S: Final = 30.0
WRAP: Final = 1 << 32
"""The concentrator counts microseconds in 32 bits."""
LOWEST_DBM, HIGHEST_DBM = -6, 30
TOKENS: Final = 1 << 16
TOKENS_KEPT: Final = 256
"""PUSH_DATA that may still be acknowledged."""


class SemtechForwarder:
    """One gateway's forwarder.

    Args:
        eui: EUI-64 of the gateway.
        region: which frequencies it may send on.
        tokens: random stream of the tokens.
        transmit: called with packet, start and airtime in seconds of the forwarder's clock when a frame is
            queued.
        now: seconds; the counter of the concentrator follows it.
        epoch: Unix time at second 0, for the status.
    """

    def __init__(
        self,
        eui: int,
        region: Region,
        tokens: Stream,
        transmit: Callable[[TxPacket, float, float], None],
        *,
        now: float,
        epoch: float = 0.0,
    ) -> None:
        self.eui = eui
        self.outgoing: list[bytes] = []
        """Datagrams to send; who sends them clears the list."""
        self.connected = False
        """Whether the server has answered the last PULL_DATA."""
        self.malformed = 0
        """Datagrams that were none."""
        self._region = region
        self._tokens = tokens
        self._transmit = transmit
        self._epoch = epoch
        self._queue = JitQueue()
        self._start = now
        self._pull_at = now
        self._status_at = now + STATUS_S
        self._pull_token: int | None = None
        self._unacknowledged: list[int] = []
        self._counts = dict.fromkeys(
            ("received", "received_ok", "forwarded", "pushed", "acked", "downlinks", "sent"), 0
        )

    # -- the concentrator's clock

    def counter_us(self, at: float) -> int:
        """The concentrator's counter at a moment, 32 bits."""
        return self._microseconds(at) % WRAP

    def _microseconds(self, at: float) -> int:
        return round((at - self._start) * 1e6)

    def _unwrapped(self, counter: int, at: float) -> int:
        """The moment that a counter value means: the one nearest to now."""
        now = self._microseconds(at)
        ahead = (counter - now) % WRAP
        return now + (ahead if ahead < WRAP // 2 else ahead - WRAP)

    # -- up

    def heard(
        self,
        data: bytes,
        *,
        frequency_hz: int,
        data_rate: str,
        rssi_dbm: float,
        snr_db: float,
        at: float,
        channel: int = 0,
        crc_right: bool = True,
    ) -> None:
        """The concentrator received a packet that ended at a moment; one with a wrong CRC is counted only."""
        self._counts["received"] += 1
        if not crc_right:
            return
        self._counts["received_ok"] += 1
        self._counts["forwarded"] += 1
        packet = RxPacket(
            self.counter_us(at),
            frequency_hz,
            data_rate,
            data,
            round(rssi_dbm),
            round(snr_db, 1),
            channel=channel,
            time=_iso(self._epoch + at),
        )
        self._push((packet,), None)

    def _push(self, packets: tuple[RxPacket, ...], status: GatewayStatus | None) -> None:
        token = self._tokens.below(TOKENS)
        self._unacknowledged = [*self._unacknowledged[1 - TOKENS_KEPT :], token]
        self._counts["pushed"] += 1
        self.outgoing.append(encode_datagram(PushData(token, self.eui, packets, status)))

    # -- by itself

    def next_due(self) -> float:
        """When it has something to say by itself, seconds."""
        return min(self._pull_at, self._status_at)

    def tick(self, at: float) -> None:
        """Keep the way open and tell the status when it is time."""
        while self._pull_at <= at:
            self._pull_at += KEEP_ALIVE_S
            if self._pull_token is not None:
                self.connected = False
            self._pull_token = self._tokens.below(TOKENS)
            self.outgoing.append(encode_datagram(PullData(self._pull_token, self.eui)))
        while self._status_at <= at:
            self._push((), self._status(self._status_at))
            self._status_at += STATUS_S

    def _status(self, at: float) -> GatewayStatus:
        counts = self._counts
        share = 100.0 * counts["acked"] / counts["pushed"] if counts["pushed"] else 0.0
        text = datetime.fromtimestamp(self._epoch + at, UTC).strftime("%Y-%m-%d %H:%M:%S GMT")
        status = GatewayStatus(
            text,
            counts["received"],
            counts["received_ok"],
            counts["forwarded"],
            share,
            counts["downlinks"],
            counts["sent"],
        )
        self._counts = dict.fromkeys(counts, 0)
        return status

    # -- down

    def datagram(self, data: bytes, at: float) -> None:
        """The server sent something; what is no datagram for a gateway is counted and dropped."""
        try:
            datagram = decode_datagram(data)
        except WireError:
            self.malformed += 1
            return
        match datagram:
            case PushAck():
                if datagram.token in self._unacknowledged:
                    self._unacknowledged.remove(datagram.token)
                    self._counts["acked"] += 1
            case PullAck():
                if datagram.token == self._pull_token:
                    self.connected = True
                    self._pull_token = None
            case PullResponse():
                self._counts["downlinks"] += 1
                error = self._take(datagram.packet, at)
                self.outgoing.append(encode_datagram(TxAck(datagram.token, self.eui, error)))
            case _:
                self.malformed += 1

    def _take(self, packet: TxPacket, at: float) -> TxError:
        """Queue a frame, or say why not."""
        airtime = _airtime(packet)
        if airtime is None or self._region.sub_band(packet.frequency_hz) is None:
            return TxError.TX_FREQ  # FSK too: this concentrator sends LoRa only
        if not LOWEST_DBM <= packet.power_dbm <= HIGHEST_DBM:
            return TxError.TX_POWER
        if packet.gps_ms is not None and not packet.immediately:
            return TxError.GPS_UNLOCKED
        now_us, airtime_us = self._microseconds(at), round(airtime * 1e6)
        if packet.immediately:
            soon = self._queue.add_soon(packet, airtime_us, now_us)
            if soon is None:
                return TxError.COLLISION_PACKET
            start_us = soon
        else:
            start_us = self._unwrapped(packet.timestamp_us or 0, at)
            error = self._queue.add(packet, start_us, airtime_us, now_us)
            if error is not TxError.NONE:
                return error
        self._counts["sent"] += 1
        self._transmit(packet, self._start + start_us / 1e6, airtime)
        return TxError.NONE


def lora_rate(text: str | int) -> tuple[int, int] | None:
    """Spreading factor and bandwidth in Hz of a data rate such as SF7BW125; None for another modulation."""
    if not isinstance(text, str):
        return None
    sf, _, bandwidth = text.removeprefix("SF").partition("BW")
    return int(sf), int(bandwidth) * 1000


def _airtime(packet: TxPacket) -> float | None:
    rate = lora_rate(packet.data_rate)
    if rate is None:
        return None
    coding = int((packet.coding_rate or "4/5")[-1]) - 4 if packet.coding_rate != "OFF" else 1
    return airtime_s(
        len(packet.payload), rate[0], rate[1], coding, packet.preamble or 8, crc=not packet.no_crc
    )


def _iso(at: float) -> str:
    """UTC with microseconds, as forwarders write it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


__all__ = ["KEEP_ALIVE_S", "STATUS_S", "SemtechForwarder", "lora_rate"]
