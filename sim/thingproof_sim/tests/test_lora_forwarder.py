"""The packet forwarder and the server's end of its protocol, datagram by datagram."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingproof_sim.gateways.jit_queue import CAPACITY, LEAST_AHEAD_US, MOST_AHEAD_US, JitQueue
from thingproof_sim.gateways.semtech_forwarder import KEEP_ALIVE_S, STATUS_S, SemtechForwarder
from thingproof_sim.gateways.semtech_server import SemtechServer
from thingproof_sim.gateways.server_model import Radio, TxOrder
from thingproof_sim.gateways.server_region import ServerRegion
from thingproof_sim.kernel.streams import Stream
from thingproof_wire.frames.regions import REGIONS
from thingproof_wire.frames.semtech_udp import (
    PullData,
    PullResponse,
    PushData,
    TxAck,
    TxError,
    TxPacket,
    decode_datagram,
    encode_datagram,
)

EUI = 0x02_0000_0000_0000_01
PEER = ("127.0.0.1", 4711)


class Link:
    """A forwarder and a server that hand each other their datagrams at once."""

    def __init__(self, now: float = 0.0) -> None:
        self.transmissions: list[tuple[TxPacket, float, float]] = []
        self.heard: list[tuple[bytes, Radio, list[Any]]] = []
        self.acks: list[tuple[int, str]] = []
        self.counters: Counter[str] = Counter()
        region = REGIONS["EU868"]
        self.forwarder = SemtechForwarder(
            EUI, region, Stream(1, "tokens"), lambda *what: self.transmissions.append(what), now=now
        )
        self.region = ServerRegion(region)
        self.server = SemtechServer(
            self.region,
            self.counters,
            lambda data, radio, copies, _: self.heard.append((data, radio, list(copies))),
            lambda data, _: self.forwarder.datagram(data, self.now),
        )
        self.now = now

    def exchange(self) -> list[object]:
        """What the forwarder has to say reaches the server."""
        outgoing, self.forwarder.outgoing = self.forwarder.outgoing, []
        for data in outgoing:
            answer = self.server.datagram(data, PEER, self.now)
            if answer is not None:
                self.acks.append(answer)
        return [decode_datagram(data) for data in outgoing]

    def pass_time(self, now: float) -> list[object]:
        """Let both do what is due."""
        self.now = now
        self.forwarder.tick(now)
        said = self.exchange()
        self.server.tick(now)
        return said

    def order(self, **changes: Any) -> TxPacket:
        """A packet that can be sent half a second from now."""
        fields: dict[str, Any] = {
            "frequency_hz": 868_100_000,
            "data_rate": "SF7BW125",
            "payload": b"down",
            "timestamp_us": self.forwarder.counter_us(self.now + 0.5),
            "no_crc": True,
        }
        return TxPacket(**(fields | changes))

    def pull(self, packet: TxPacket) -> TxError:
        """Send a PULL_RESP; what the gateway answers."""
        self.forwarder.datagram(encode_datagram(PullResponse(9, packet)), self.now)
        answer = decode_datagram(self.forwarder.outgoing.pop())
        assert isinstance(answer, TxAck)
        assert (answer.token, answer.gateway) == (9, EUI)
        return answer.error


def test_the_way_back_is_kept_open_and_the_server_learns_it() -> None:
    link = Link()
    said = link.pass_time(0.0)
    assert [type(one) for one in said] == [PullData]
    assert link.forwarder.connected
    assert link.server.gateways == (EUI,)
    assert link.pass_time(KEEP_ALIVE_S - 0.1) == []
    assert len(link.pass_time(KEEP_ALIVE_S)) == 1


def test_a_server_that_is_silent_is_noticed() -> None:
    link = Link()
    link.forwarder.tick(0.0)
    link.forwarder.tick(KEEP_ALIVE_S)
    assert not link.forwarder.connected


def test_a_status_every_30_seconds_counts_and_starts_again() -> None:
    link = Link()
    link.pass_time(0.0)
    link.forwarder.heard(
        b"x", frequency_hz=868_100_000, data_rate="SF7BW125", rssi_dbm=-80, snr_db=5, at=1.0, crc_right=False
    )
    link.forwarder.heard(
        b"up", frequency_hz=868_100_000, data_rate="SF7BW125", rssi_dbm=-80.4, snr_db=5.26, at=1.0
    )
    link.exchange()
    pushed = [one for one in link.pass_time(STATUS_S) if isinstance(one, PushData)]
    status = pushed[0].status
    assert status is not None
    assert (status.received, status.received_ok, status.forwarded) == (2, 1, 1)
    assert status.acknowledged_percent == 100.0
    assert link.server.status[EUI] == status
    again = next(one.status for one in link.pass_time(2 * STATUS_S) if isinstance(one, PushData))
    assert again is not None
    assert again.received == 0


def test_a_received_packet_arrives_with_its_radio_values() -> None:
    link = Link()
    link.forwarder.heard(
        b"frame", frequency_hz=867_300_000, data_rate="SF9BW125", rssi_dbm=-101.4, snr_db=-3.26, at=0.25
    )
    link.exchange()
    link.pass_time(1.0)
    data, radio, copies = link.heard[0]
    assert data == b"frame"
    assert radio == Radio(867_300_000, 9, 125_000, 3)
    assert [tuple(copy) for copy in copies] == [(EUI, -101.0, -3.3, 250_000)]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, TxError.NONE),
        ({"frequency_hz": 915_000_000}, TxError.TX_FREQ),
        ({"data_rate": 50_000}, TxError.TX_FREQ),
        ({"power_dbm": 40}, TxError.TX_POWER),
        ({"timestamp_us": None, "gps_ms": 5}, TxError.GPS_UNLOCKED),
        ({"timestamp_us": 0}, TxError.TOO_LATE),
        ({"timestamp_us": MOST_AHEAD_US + 2_000_000}, TxError.TOO_EARLY),
        ({"immediately": True, "timestamp_us": None}, TxError.NONE),
    ],
)
def test_a_packet_to_send_is_queued_or_refused_with_its_error(changes: dict[str, Any], error: Any) -> None:
    link = Link()
    link.now = 0.5
    assert link.pull(link.order(**changes)) is error
    assert len(link.transmissions) == (error is TxError.NONE)


def test_two_packets_at_the_same_time_collide_in_the_queue() -> None:
    link = Link()
    assert link.pull(link.order()) is TxError.NONE
    assert link.pull(link.order(frequency_hz=869_525_000)) is TxError.COLLISION_PACKET
    _, start, airtime = link.transmissions[0]
    assert start == pytest.approx(0.5)
    assert airtime == pytest.approx(0.030976)


def test_the_counter_wraps_after_71_minutes() -> None:
    link = Link()
    link.now = 4294.9
    assert link.pull(link.order()) is TxError.NONE
    assert link.transmissions[0][1] == pytest.approx(link.now + 0.5)
    assert (link.order().timestamp_us or 0) < 1_000_000


def test_an_order_of_the_server_reaches_the_gateway_and_its_answer_comes_back() -> None:
    link = Link()
    order = TxOrder(7, EUI, None, 1.0, 0, Radio(869_525_000, 12, 125_000, 0), 27.0, b"down", 1.0)
    assert link.server.transmit(order) == "NO_WAY"
    link.pass_time(0.0)
    assert link.server.transmit(order) is None
    link.exchange()
    assert link.acks == [(7, "NONE")]
    assert link.transmissions[0][0].payload == b"down"


def test_the_queue_is_full_at_32_and_finds_gaps_for_what_shall_go_at_once() -> None:
    queue = JitQueue()
    for number in range(CAPACITY):
        start = LEAST_AHEAD_US + number * 100_000
        assert queue.add("packet", start, 50_000, 0) is TxError.NONE
    assert queue.add("packet", 90_000_000, 10, 0) is TxError.COLLISION_PACKET
    assert queue.add_soon("packet", 10, 0) is None


def test_soon_means_after_what_is_in_the_way() -> None:
    queue = JitQueue()
    queue.add("first", 40_000, 50_000, 0)
    assert queue.add_soon("second", 30_000, 0) == 92_500


@given(st.binary(max_size=80))
def test_any_datagram_is_survived_by_both_ends(data: Any) -> None:
    link = Link()
    link.forwarder.datagram(data, 0.0)
    link.server.datagram(data, PEER, 0.0)
    link.server.tick(1.0)
