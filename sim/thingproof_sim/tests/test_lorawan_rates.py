"""Data rates that carry nothing, dwell times, and devices that must not fall silent because of them."""

from __future__ import annotations

from thingproof_sim.api import Area, DownlinkPlan, lora_plan, simulate_lora
from thingproof_sim.devices.lorawan_back_off import ADR_ACK_DELAY, ADR_ACK_LIMIT
from thingproof_sim.devices.lorawan_states import Window
from thingproof_sim.tests.lora_pair import DEV_EUI, Pair
from thingproof_wire.frames.lorawan import DataFrame, decode_phy
from thingproof_wire.frames.lorawan_mac import command, encode_commands

HOUR_S = 3600.0
DWELL_RATE = 2
"""AS923: the slowest data rate whose frames take less than 400 ms."""


def tell(pair: Pair, name: str, **values: int) -> None:
    """The device gets a MAC command."""
    pair.mac.commands.take(encode_commands((command(name, **values),)), 0.0, pair.now)


def rate_request(data_rate: int) -> dict[str, int]:
    """What a LinkADRReq says that changes the data rate only."""
    return {
        "data_rate": data_rate,
        "tx_power": 0,
        "channel_mask": 3,
        "channel_mask_control": 0,
        "nb_trans": 1,
    }


def test_as923_devices_never_fall_below_the_dwell_time() -> None:
    pair = Pair("AS923", abp=True, adr=True, data_rate=0)
    assert pair.mac.data_rate == DWELL_RATE
    pair.lose_up = lambda _: True
    for _ in range(ADR_ACK_LIMIT + 4 * ADR_ACK_DELAY):
        pair.send(b"a")
    assert pair.mac.data_rate == DWELL_RATE
    assert pair.mac.most_payload() > 0


def test_a_rate_that_carries_nothing_is_refused_while_the_dwell_time_counts() -> None:
    pair = Pair("AS923", abp=True, data_rate=5)
    tell(pair, "LinkADRReq", **rate_request(1))
    assert pair.mac.data_rate == 5
    tell(pair, "TXParamSetupReq", max_eirp=5, uplink_dwell_time=0, downlink_dwell_time=0)
    tell(pair, "LinkADRReq", **rate_request(1))
    assert pair.mac.data_rate == 1
    tell(pair, "TXParamSetupReq", max_eirp=5, uplink_dwell_time=1, downlink_dwell_time=0)
    assert pair.mac.data_rate == DWELL_RATE


def test_the_dwell_time_of_downlinks_decides_about_rx1() -> None:
    pair = Pair("AS923", abp=True, data_rate=2, adr=False)
    tell(pair, "RXParamSetupReq", frequency_hz=923_200_000, rx2_data_rate=2, rx1_dr_offset=1)
    for dwell, spreading_factor in ((0, 11), (1, 10)):  # DR1, but not below DR2
        tell(pair, "TXParamSetupReq", max_eirp=5, uplink_dwell_time=1, downlink_dwell_time=dwell)
        pair.lose_up = lambda _: True
        emission = pair._free(lambda at: pair.mac.uplink(2, b"a", confirmed=False, token=None, at=at))
        pair.now += emission.airtime_s
        pair.mac.sent(pair.now)
        heard = pair.mac.window(pair.now + 1.0, emission.channel.frequency_hz, spreading_factor, 125_000)
        assert heard is not None, dwell
        pair.listen()


def test_channels_of_a_join_accept_follow_the_default_ones() -> None:
    for region, first in (("EU868", 3), ("AS923", 2)):
        pair = Pair(region)
        channels = pair.mac.channels
        assert [channels.defined(index) for index in range(first, first + 6)] == [True] * 5 + [False]


def test_a_class_c_downlink_is_no_sign_that_uplinks_arrive() -> None:
    pair = Pair(abp=True, device_class="C", adr=True)
    pair.send()
    pair.request("d", confirmed=True)
    pair.listen()
    assert (len(pair.downlinks), pair.mac.adr_ack_count) == (1, 1)


def test_a_device_whose_readings_are_too_long_still_asks_for_a_faster_rate() -> None:
    plan = lora_plan(devices=4, region="US915", period_s=300.0, adr=True, area=Area(0.0, 0.0, 300.0))
    result = simulate_lora(plan, seed=3, duration_s=24 * HOUR_S)
    assert result.lost["too long for the data rate"] < 0.15 * result.readings
    assert result.delivered > 0.8 * result.readings


def test_class_c_devices_acknowledge_between_their_uplinks() -> None:
    plan = lora_plan(
        device_class="C", period_s=2 * HOUR_S, downlinks=DownlinkPlan(900.0, confirmed=True), devices=3
    )
    result = simulate_lora(plan, seed=2, duration_s=12 * HOUR_S)
    assert result.downlink_results["done"] > 100
    assert result.downlink_results.get("no acknowledgement", 0) == 0


def test_server_and_device_agree_about_rx1_under_the_dwell_time_of_downlinks() -> None:
    pair = Pair("AS923", abp=True, data_rate=2, adr=False)
    pair.server.command(
        DEV_EUI, "RXParamSetupReq", frequency_hz=923_200_000, rx2_data_rate=2, rx1_dr_offset=1
    )
    pair.server.command(DEV_EUI, "TXParamSetupReq", max_eirp=5, uplink_dwell_time=1, downlink_dwell_time=1)
    for _ in range(3):
        pair.send(b"a")
    assert (pair.known.downlink_dwell, pair.known.requests) == (True, {})
    pair.request("d", payload=b"x")
    pair.send(b"a")
    assert [(row.payload, row.window) for row in pair.downlinks] == [(b"x", Window.RX1)]
    assert pair.accepted[-1].radio.data_rate == DWELL_RATE


def test_the_sign_a_device_asks_for_acknowledges_nothing() -> None:
    pair = Pair(abp=True, adr=True, data_rate=3)
    pair.mac.adr_ack_count = ADR_ACK_LIMIT
    pair.send(b"a")
    frame = decode_phy(pair.accepted[-1].data).message
    assert isinstance(frame, DataFrame)
    assert (frame.ack, pair.mac.adr_ack_count) == (False, 0)


def test_a_rate_that_shall_stay_as_it_is_is_no_rate() -> None:
    pair = Pair(abp=True, data_rate=3, adr=False)
    pair.server.command(DEV_EUI, "LinkADRReq", **(rate_request(15) | {"tx_power": 15, "channel_mask": 7}))
    for _ in range(2):
        pair.send(b"a")
    assert (pair.known.requests, pair.known.data_rate, pair.known.power_index) == ({}, 3, 0)
