"""The network server: deduplication, join, replay, ADR, downlink windows, results, broken frames."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from thingproof_sim.devices.lorawan_states import Window
from thingproof_sim.gateways.adaptive_rate import adapt
from thingproof_sim.gateways.deduplication import Deduplication
from thingproof_sim.gateways.downlinks import EXPIRED, TOO_LONG, UNACKNOWLEDGED, UNKNOWN_DEVICE
from thingproof_sim.gateways.server_model import Copy, DownlinkRequest, Radio
from thingproof_sim.gateways.server_region import ServerRegion
from thingproof_sim.tests.lora_pair import DEV_EUI, Pair
from thingproof_wire.frames.lorawan import JoinRequest
from thingproof_wire.frames.lorawan_crypto import seal_join_request
from thingproof_wire.frames.regions import REGIONS

RADIO = Radio(868_100_000, 7, 125_000, 5)
COPIES = [Copy("near", -60.0, 9.0)]


def test_copies_within_the_window_are_one_uplink_and_a_gateway_counts_once() -> None:
    gathering = Deduplication(0.2)
    for gateway, at in (("a", 0.0), ("b", 0.05), ("a", 0.1)):
        gathering.take(b"frame", RADIO, Copy(gateway, -70.0, 5.0), at)
    gathering.take(b"other", RADIO, Copy("a", -70.0, 5.0), 0.15)
    assert gathering.next_due() == 0.2
    assert gathering.complete(0.19) == []
    done = gathering.complete(0.2)
    assert [(row.data, [copy.gateway for copy in row.copies]) for row in done] == [(b"frame", ["a", "b"])]
    assert gathering.duplicates == 2
    gathering.take(b"frame", RADIO, Copy("a", -70.0, 5.0), 0.3)
    assert [row.data for row in gathering.complete(9.0)] == [b"other", b"frame"]


def test_a_join_request_is_answered_once_and_never_with_an_old_nonce() -> None:
    pair = Pair(joined=False)
    key = bytes(range(16))
    frames = {nonce: seal_join_request(JoinRequest(1, DEV_EUI, nonce), key) for nonce in (3, 3, 2, 4)}
    causes = [pair.server.heard(frames[nonce], RADIO, COPIES, 10.0 * nonce) for nonce in (3, 3, 2, 4)]
    assert causes == [None, "DevNonce replayed", "DevNonce replayed", None]
    assert pair.known.join_nonce == 2
    stranger = seal_join_request(JoinRequest(1, 77, 0), key)
    forged = seal_join_request(JoinRequest(1, DEV_EUI, 9), b"x" * 16)
    assert pair.server.heard(stranger, RADIO, COPIES, 0.0) == "unknown device"
    assert pair.server.heard(forged, RADIO, COPIES, 0.0) == "MIC failed"


def test_a_device_that_joins_again_keeps_its_old_session_until_the_new_one_is_used() -> None:
    pair = Pair()
    pair.send(b"one")
    old = pair.known.session
    pair.mac.session = None
    pair.join()
    assert pair.known.session is old
    pair.send(b"two")
    assert pair.known.session is not old
    assert [event.payload for event in pair.uplinks] == [b"one", b"two"]


def test_a_replayed_frame_a_changed_one_and_a_foreign_one_are_dropped_with_their_cause() -> None:
    pair = Pair()
    pair.send(b"one")
    emission = pair.send(b"two")
    first, second = pair.sent[-2:]
    assert pair.hear(first, emission) == "replayed"
    assert pair.hear(second[:-1] + bytes((second[-1] ^ 1,)), emission) == "MIC failed"
    assert pair.hear(second[:1] + bytes((second[1] ^ 1,)) + second[2:], emission) == "unknown device"
    assert pair.hear(second, emission) is None  # a repetition of the last one is none of these
    assert [event.payload for event in pair.uplinks] == [b"one", b"two"]
    assert pair.server.counters["repeated"] == 1


@given(st.binary(max_size=64))
def test_any_bytes_are_counted_and_dropped(data: Any) -> None:
    pair = Pair(abp=True)
    cause = pair.server.heard(data, RADIO, COPIES, 0.0)
    assert cause is not None
    assert sum(pair.server.counters.values()) == 1


@given(st.data())
def test_a_frame_with_any_bit_flipped_is_never_handed_on(data: Any) -> None:
    pair = Pair(abp=True)
    emission = pair._free(lambda at: pair.mac.uplink(2, b"secret", confirmed=True, token=None, at=at))
    frame = bytearray(emission.data)
    bit = data.draw(st.integers(0, 8 * len(frame) - 1))
    frame[bit // 8] ^= 1 << bit % 8
    assert pair.hear(bytes(frame), emission) is not None
    assert pair.uplinks == []


def test_the_best_gateway_answers_in_rx1() -> None:
    pair = Pair()
    pair.request("d")
    pair.send()
    assert [order.gateway for order in pair.accepted[-1:]] == ["near"]
    assert pair.windows[-1] is Window.RX1


def test_what_a_gateway_refuses_goes_to_the_next_and_then_to_rx2() -> None:
    pair = Pair()
    pair.tx_errors = ["TOO_LATE", "COLLISION_PACKET"]
    pair.request("d")
    pair.send()
    assert pair.windows[-1] is Window.RX2
    assert pair.results[-1] == ("d", 0)
    assert pair.server.counters["downlinks_refused_too_late"] == 1


def test_a_downlink_that_every_gateway_refuses_waits_for_the_next_uplink() -> None:
    pair = Pair()
    pair.tx_errors = ["TX_FREQ"] * 4
    pair.request("d")
    pair.send()
    assert pair.results == [("d", -1)]
    assert pair.server.status(DEV_EUI)["waiting"] == ["d"]
    pair.send()
    assert pair.results[-1] == ("d", 0)


def test_gateways_keep_their_duty_cycle_and_rx2_helps_out() -> None:
    pair = Pair(abp=True, data_rate=0)
    windows = []
    for number in range(60):
        pair.request(f"d{number}", b"x" * 40)
        pair.send(b"u")
    windows = [str(window) for window in pair.windows]
    assert windows[0] == "RX1"
    assert "RX2" in windows
    assert pair.server.counters["downlinks_held_by_duty_cycle"] > 0


def test_gateways_have_a_budget_of_air_time_and_need_no_pause_after_a_frame() -> None:
    """Time off is what device stacks keep; a gateway sends as long as its share of the hour lasts."""
    duty = ServerRegion(REGIONS["EU868"]).duty()
    frequency_hz, airtime_s = 868_100_000, 1.0  # one per cent: 36 s of an hour
    for number in range(36):
        assert duty.wait_s(number * 2.0, frequency_hz, airtime_s) == 0.0
        duty.spend(number * 2.0, frequency_hz, airtime_s)
    assert duty.wait_s(72.0, frequency_hz, airtime_s) > 3000.0


def test_a_confirmed_downlink_is_sent_again_until_its_tries_are_used_up() -> None:
    pair = Pair()
    pair.lose_down = lambda _: True
    pair.request("d", confirmed=True, tries=2)
    for _ in range(3):
        pair.send()
    assert pair.results == [("d", -1), ("d", -2), ("d", -2), ("d", UNACKNOWLEDGED)]


def test_downlinks_are_sent_in_their_order_and_the_device_is_told_that_more_wait() -> None:
    pair = Pair()
    for number in range(3):
        pair.request(f"d{number}", bytes((number,)))
    pair.send()
    assert pair.mac.ask_again
    pair.send(b"", port=None)
    pair.send(b"", port=None)
    assert [row.payload for row in pair.downlinks] == [b"\x00", b"\x01", b"\x02"]
    assert not pair.mac.wants_to_send


def test_a_downlink_expires_by_the_clock_while_it_waits_and_while_it_is_unacknowledged() -> None:
    pair = Pair()
    pair.request("waits", expires_at=pair.now + 60)
    assert pair.server.next_due() == pair.now + 60
    pair.server.tick(pair.now + 59.9)
    assert pair.results == [("waits", -1)]
    pair.server.tick(pair.now + 60)
    assert pair.results[-1] == ("waits", EXPIRED)
    pair.lose_down = lambda _: True
    pair.request("sent", confirmed=True, expires_at=pair.now + 600)
    pair.send()
    pair.server.tick(pair.now + 600)
    assert pair.results[-1] == ("sent", EXPIRED)
    assert pair.server.status(DEV_EUI)["waiting"] == []


def test_what_can_never_be_sent_fails_at_once() -> None:
    pair = Pair()
    pair.request("long", bytes(300))
    pair.server.send(5, DownlinkRequest("nobody", b"", 2), pair.now)
    assert pair.results == [("long", TOO_LONG), ("nobody", UNKNOWN_DEVICE)]


def test_a_payload_that_rx1_cannot_carry_waits_or_takes_rx2() -> None:
    pair = Pair("US915", abp=True, data_rate=3)
    pair.server.command(
        DEV_EUI, "RXParamSetupReq", rx2_data_rate=8, rx1_dr_offset=3, frequency_hz=923_300_000
    )
    pair.request("d", b"x" * 100)
    pair.send()
    assert pair.results[-1] == ("d", 0)


def test_a_deleted_device_loses_what_waits_and_is_not_handed_on_until_it_is_back() -> None:
    pair = Pair()
    pair.send(b"a")
    pair.request("d")
    assert pair.server.enable(DEV_EUI, enabled=False)
    assert pair.results[-1] == ("d", UNKNOWN_DEVICE)
    pair.send(b"b")
    assert pair.server.enable(DEV_EUI, enabled=True)
    pair.send(b"c")
    assert [event.payload for event in pair.uplinks] == [b"a", b"c"]
    assert not pair.server.enable(1, enabled=True)


def test_adr_takes_the_margin_in_steps_of_three_decibels() -> None:
    options = {"fastest": 5, "least_power": 7}
    assert adapt([-20.0, 5.0], -20.0, data_rate=0, power_index=0, **options) == (5, 0)
    assert adapt([12.0], -7.5, data_rate=5, power_index=0, **options) == (5, 3)
    assert adapt([-5.0], -7.5, data_rate=5, power_index=3, **options) == (5, 0)
    assert adapt([3.0], -7.5, data_rate=5, power_index=1, **options) == (5, 1)


def test_adr_moves_a_device_with_a_good_signal_to_a_fast_rate_and_less_power() -> None:
    pair = Pair(abp=True, adr=True, data_rate=0)
    for _ in range(22):
        pair.send(b"a")
    assert pair.mac.data_rate == 5
    assert pair.known.data_rate == 5
    assert pair.known.requests == {}
    for _ in range(22):
        pair.send(b"a")
    assert (pair.mac.power_index, pair.known.power_index) == (3, 3)  # 19 dB: 5 + 1 steps; 6.5 dB: 2 more
