"""The network server's end of the Semtech UDP protocol: sans-IO.

Datagrams of gateways become copies for the deduplication; orders become PULL_RESP to where the gateway last
pulled from; TX_ACK goes back to the server. What is no datagram is counted and dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_sim.gateways.deduplication import WINDOW_S, Deduplication
from thingproof_sim.gateways.semtech_forwarder import WRAP, lora_rate
from thingproof_sim.gateways.server_model import Copy
from thingproof_wire.errors import WireError
from thingproof_wire.frames.semtech_udp import (
    PullAck,
    PullData,
    PullResponse,
    PushAck,
    PushData,
    TxAck,
    TxPacket,
    decode_datagram,
    encode_datagram,
)

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence

    from thingproof_sim.gateways.server_model import HeardBy, Radio, TxOrder
    from thingproof_sim.gateways.server_region import ServerRegion
    from thingproof_wire.frames.semtech_udp import GatewayStatus, RxPacket

Peer = tuple[str, int]
TOKENS: Final = 1 << 16


class SemtechServer:
    """Gateways of one network server.

    Args:
        region: regional parameters.
        counters: of the server.
        heard: called with frame, radio, copies (best first) and time when a frame is complete.
        send: called with datagram and gateway's address.
        window_s: of the deduplication, on the server's clock.
    """

    def __init__(
        self,
        region: ServerRegion,
        counters: Counter[str],
        heard: Callable[[bytes, Radio, Sequence[HeardBy], float], object],
        send: Callable[[bytes, Peer], None],
        window_s: float = WINDOW_S,
    ) -> None:
        self.status: dict[int, GatewayStatus] = {}
        """The last status of each gateway, by EUI."""
        self._region = region
        self._counters = counters
        self._heard = heard
        self._send = send
        self._gathering = Deduplication(window_s)
        self._ways: dict[int, Peer] = {}
        self._orders: dict[int, int] = {}
        self._next_token = 0

    @property
    def gateways(self) -> tuple[int, ...]:
        """EUIs of the gateways that pull."""
        return tuple(self._ways)

    def datagram(self, data: bytes, peer: Peer, at: float) -> tuple[int, str] | None:
        """A datagram arrived.

        Returns:
            The order's token and the error of a TX_ACK, which is for the network server; else None.
        """
        try:
            datagram = decode_datagram(data)
        except WireError:
            self._counters["malformed datagrams"] += 1
            return None
        match datagram:
            case PushData():
                self._send(encode_datagram(PushAck(datagram.token)), peer)
                if datagram.status is not None:
                    self.status[datagram.gateway] = datagram.status
                for packet in datagram.packets:
                    self._take(packet, datagram.gateway, at)
            case PullData():
                self._ways[datagram.gateway] = peer
                self._send(encode_datagram(PullAck(datagram.token)), peer)
            case TxAck():
                order = self._orders.pop(datagram.token, None)
                return None if order is None else (order, str(datagram.error))
            case _:
                self._counters["malformed datagrams"] += 1
        return None

    def _take(self, packet: RxPacket, gateway: int, at: float) -> None:
        rate = lora_rate(packet.data_rate)
        try:
            if rate is None or packet.crc_status < 0:
                self._counters["malformed"] += 1
                return
            radio = self._region.heard(*rate, packet.frequency_hz)
        except WireError:
            self._counters["malformed"] += 1
            return
        snr = packet.snr_db if packet.snr_db is not None else 0.0
        copy = Copy(gateway, float(packet.rssi_dbm), snr, packet.timestamp_us)
        before = self._gathering.duplicates
        self._gathering.take(packet.payload, radio, copy, at)
        self._counters["duplicates"] += self._gathering.duplicates - before

    def next_due(self) -> float | None:
        """When a frame is complete; None when none waits."""
        return self._gathering.next_due()

    def tick(self, at: float) -> None:
        """Hand complete frames over."""
        for gathered in self._gathering.complete(at):
            gathered.copies.sort(key=lambda copy: copy.snr_db, reverse=True)
            self._heard(gathered.data, gathered.radio, gathered.copies, gathered.at)

    def transmit(self, order: TxOrder) -> str | None:
        """Send an order to its gateway; an error when the way to it is not known."""
        gateway = order.gateway
        way = self._ways.get(gateway) if isinstance(gateway, int) else None
        if way is None:
            return "NO_WAY"
        counter = getattr(order.copy, "counter_us", None)
        packet = TxPacket(
            order.radio.frequency_hz,
            f"SF{order.radio.sf}BW{order.radio.bandwidth_hz // 1000}",
            order.data,
            immediately=counter is None,
            timestamp_us=None if counter is None else (counter + order.delay_us) % WRAP,
            power_dbm=int(order.power_dbm),
            no_crc=True,
        )
        self._next_token = (self._next_token + 1) % TOKENS
        self._orders[self._next_token] = order.token
        self._send(encode_datagram(PullResponse(self._next_token, packet)), way)
        return None


__all__ = ["SemtechServer"]
