"""The device's MAC: joining, counters, windows, repetition, MAC commands, ADR, duty cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_sim.devices.lorawan_back_off import ADR_ACK_DELAY, ADR_ACK_LIMIT
from thingproof_sim.devices.lorawan_states import TRANSITIONS, Done, MacState, Window
from thingproof_sim.tests.lora_pair import DEV_EUI, KEY, Pair
from thingproof_wire.frames.lorawan import DataFrame, DlSettings, JoinAccept, MType, decode_phy
from thingproof_wire.frames.lorawan_crypto import open_join_request, seal_join_accept
from thingproof_wire.frames.lorawan_mac import command, decode_commands, encode_commands

if TYPE_CHECKING:
    from thingproof_sim.devices.lorawan_emission import Emission
    from thingproof_sim.gateways.server_model import TxOrder


def down(pair: Pair, **fields: Any) -> bytes:
    """A sealed downlink of the pair's session."""
    session = pair.mac.session
    assert session is not None
    options: dict[str, Any] = {"fcnt": 0, "fport": 1, "payload": b"x"} | fields
    mtype = options.pop("mtype", MType.UNCONFIRMED_DOWN)
    return session.seal(DataFrame(mtype, session.dev_addr, options.pop("fcnt"), **options))


def listening(**settings: Any) -> Pair:
    """A pair right after an uplink that nobody answers, its windows ahead."""
    pair = Pair(abp=True, **settings)
    emission = pair.mac.uplink(2, b"up", confirmed=False, token="t", at=pair.now)
    assert emission is not None
    pair.now += emission.airtime_s
    pair.mac.sent(pair.now)
    return pair


def answers(emission: Emission) -> list[str]:
    """Names of the MAC commands in an uplink."""
    return [row.name for row in decode_commands(emission.fopts or emission.payload, uplink=True).commands]


def test_every_state_can_be_switched_off_and_the_table_reaches_every_state() -> None:
    assert {state for state, what in TRANSITIONS if what == "power off"} == set(MacState)
    assert set(TRANSITIONS.values()) == set(MacState)


@pytest.mark.parametrize("region", ["EU868", "US915", "AS923", "CN470"])
def test_a_device_joins_sends_and_is_answered_in_every_region(region: str) -> None:
    pair = Pair(region)
    pair.request("d", b"\x05", confirmed=True)
    pair.send(b"one")
    assert [event.payload for event in pair.uplinks] == [b"one"]
    assert [(row.payload, row.window) for row in pair.downlinks] == [(b"\x05", Window.RX1)]
    assert pair.mac.ack_due
    pair.send(b"two")
    assert pair.results == [("d", -1), ("d", -2), ("d", 0)]


def test_dev_nonce_is_a_counter_that_survives_a_power_cycle() -> None:
    pair = Pair(joined=False)
    pair.lose_down = lambda _: True
    pair.exchange(pair._free(pair.mac.join))
    pair.mac.power_off(pair.now)
    pair.mac.power_on()
    pair.exchange(pair._free(pair.mac.join))
    assert [open_join_request(data, KEY).dev_nonce for data in pair.sent] == [0, 1]


def test_a_join_accept_with_an_old_nonce_or_another_key_is_refused() -> None:
    pair = Pair()
    accept = JoinAccept(1, 0x13, 0x26000009, DlSettings(0, 0), 1)
    for key in (KEY, b"k" * 16):
        pair.mac.session = None
        emission = pair._free(pair.mac.join)
        pair.now += emission.airtime_s
        pair.mac.sent(pair.now)
        pair.mac.hear(seal_join_accept(accept, key), Window.RX1, 5.0, pair.now + 5)
        pair.now = pair.mac.listen_until
        pair.mac.close_windows(pair.now)
        pair.mac.power_off(pair.now)
        pair.mac.power_on()
    assert not pair.mac.joined
    assert "JoinNonce" in pair.refused[0]
    assert pair.refused[1] == "foreign join accept"


def test_join_back_off_allows_36_seconds_in_the_first_hour_and_slower_rates_are_tried() -> None:
    pair = Pair(joined=False, data_rate=5)
    pair.lose_up = lambda _: True
    began, airtime, rates = pair.now, 0.0, []
    while pair.now < began + 3600:
        emission = pair._free(pair.mac.join)
        if pair.now < began + 3600:
            airtime += emission.airtime_s
            rates.append(emission.rate.index)
        pair.exchange(emission)
    assert 5 < airtime <= 36 + 1.5
    assert rates[:6] == [5, 5, 4, 4, 3, 3]


def test_rx1_opens_one_second_after_the_uplink_on_its_channel_and_rx2_on_its_own() -> None:
    pair = listening(data_rate=3)
    uplink, mac = pair.mac.emission, pair.mac
    assert uplink is not None
    hertz = uplink.channel.frequency_hz
    assert mac.window(pair.now + 1.0, hertz, 9, 125_000) is Window.RX1
    assert mac.window(pair.now + 1.1, hertz, 9, 125_000) is None
    assert mac.window(pair.now + 1.0, hertz, 10, 125_000) is None
    assert mac.window(pair.now + 1.0, hertz + 200_000, 9, 125_000) is None
    assert mac.window(pair.now + 2.0, 869_525_000, 12, 125_000) is Window.RX2
    assert mac.window(pair.now + 2.0, hertz, 9, 125_000) is None


def test_rx1_follows_the_offset_and_the_delay_that_the_network_set() -> None:
    pair = Pair(data_rate=5)
    pair.server.command(
        DEV_EUI, "RXParamSetupReq", rx2_data_rate=3, rx1_dr_offset=2, frequency_hz=869_525_000
    )
    pair.server.command(DEV_EUI, "RXTimingSetupReq", delay=4)
    for _ in range(3):
        pair.send()
    assert (pair.mac.rx1_dr_offset, pair.mac.rx2_rate, pair.mac.rx1_delay_s) == (2, 3, 4.0)
    assert (pair.known.rx1_dr_offset, pair.known.rx2, pair.known.rx1_delay_s) == (2, (869_525_000, 3), 4.0)
    pair.request("d")
    pair.send()
    assert pair.downlinks[-1].window is Window.RX1


def test_sticky_answers_stay_until_a_class_a_downlink_and_others_are_said_once() -> None:
    pair = Pair(abp=True)
    pair.server.command(DEV_EUI, "RXTimingSetupReq", delay=1)
    pair.server.command(DEV_EUI, "DevStatusReq")
    pair.send()
    pair.lose_up = lambda _: True  # the network does not hear the answers
    assert answers(pair.send()) == ["RXTimingSetupAns", "DevStatusAns"]
    assert answers(pair.send()) == ["RXTimingSetupAns"]
    pair.lose_up = lambda _: False
    pair.request("d")
    assert answers(pair.send()) == ["RXTimingSetupAns"]
    assert answers(pair.send()) == ["DevStatusAns"]  # asked again, since it was never heard
    assert answers(pair.send()) == []


def test_dev_status_tells_battery_and_margin_of_the_request() -> None:
    pair = Pair()
    pair.mac.commands.battery = lambda: 0.5
    pair.server.command(DEV_EUI, "DevStatusReq")
    pair.send()
    pair.send()
    assert pair.known.status == (128, 7)


def test_link_check_and_device_time_are_asked_and_answered() -> None:
    pair = Pair(data_rate=5)
    pair.mac.commands.ask("LinkCheckReq")
    pair.mac.commands.ask("DeviceTimeReq")
    pair.send()
    assert pair.mac.commands.link_check == (16, 2)  # 9 dB above noise, SF7 needs -7.5 dB; two gateways
    assert pair.mac.commands.network_time is not None


def test_link_adr_is_obeyed_as_a_block_or_not_at_all() -> None:
    pair = listening(data_rate=0)
    good = command(
        "LinkADRReq", data_rate=5, tx_power=2, channel_mask=0x03, channel_mask_control=0, nb_trans=2
    )
    bad_mask = command(
        "LinkADRReq", data_rate=3, tx_power=1, channel_mask=0x8000, channel_mask_control=0, nb_trans=1
    )
    bad_rate = command(
        "LinkADRReq", data_rate=9, tx_power=14, channel_mask=0x07, channel_mask_control=0, nb_trans=1
    )
    for number, (block, flags) in enumerate(
        (([good], (1, 1, 1)), ([good, bad_mask], (0, 1, 1)), ([bad_rate], (1, 0, 0)))
    ):
        pair.mac.commands.take(encode_commands(block), 0.0, 0.0)
        said = decode_commands(pair.mac.commands.waiting(), uplink=True).commands
        assert [tuple(row.values.values()) for row in said] == [flags] * len(block), number
        pair.mac.commands.sent()
    assert (pair.mac.data_rate, pair.mac.power_index, pair.mac.nb_trans) == (5, 2, 2)
    assert len(pair.mac.channels.usable(5)) == 2


def test_new_channel_and_dl_channel_move_uplinks_and_rx1() -> None:
    pair = listening(data_rate=5)
    take = pair.mac.commands.take
    new = command(
        "NewChannelReq", channel_index=3, frequency_hz=867_100_000, min_data_rate=0, max_data_rate=5
    )
    default = command(
        "NewChannelReq", channel_index=0, frequency_hz=867_300_000, min_data_rate=0, max_data_rate=5
    )
    outside = command(
        "NewChannelReq", channel_index=4, frequency_hz=900_000_000, min_data_rate=4, max_data_rate=2
    )
    move = command("DlChannelReq", channel_index=3, frequency_hz=869_525_000)
    missing = command("DlChannelReq", channel_index=9, frequency_hz=869_525_000)
    take(encode_commands([new, default, outside]), 0.0, 0.0)
    said = decode_commands(pair.mac.commands.waiting(), uplink=True).commands
    assert [tuple(row.values.values()) for row in said] == [(1, 1), (0, 0), (0, 0)]
    pair.mac.commands.sent()
    take(encode_commands([move]), 0.0, 0.0)
    made = next(row for row in pair.mac.channels.usable(5) if row.index == 3)
    assert (made.frequency_hz, made.downlink_hz) == (867_100_000, 869_525_000)
    take(encode_commands([missing]), 0.0, 0.0)
    said = decode_commands(pair.mac.commands.waiting(), uplink=True).commands
    assert [(row.name, tuple(row.values.values())) for row in said] == [("DlChannelAns", (1, 0))]


def test_duty_cycle_request_silences_all_bands_together() -> None:
    pair = Pair(data_rate=5)
    pair.server.command(DEV_EUI, "DutyCycleReq", max_duty_cycle=10)
    pair.send()
    emission = pair.send()
    ended = pair.mac.rx1_at - 1.0
    assert pair.mac.uplink(2, b"x", confirmed=False, token=None, at=pair.now) is None
    assert pair.mac.blocked_by == "duty cycle"
    assert pair.mac.blocked_until == pytest.approx(ended - emission.airtime_s + emission.airtime_s * 1023)


def test_the_regional_duty_cycle_blocks_the_next_uplink() -> None:
    pair = Pair(abp=True, data_rate=0)
    for _ in range(3):  # three channels share one sub-band
        last = pair.now
        emission = pair.send(b"x" * 40)
    assert pair.now - last >= emission.airtime_s * 99


def test_too_many_answers_leave_first_on_port_0() -> None:
    pair = Pair(abp=True, data_rate=0)
    for index in range(3, 12):
        new = command(
            "NewChannelReq", channel_index=index, frequency_hz=867_100_000, min_data_rate=0, max_data_rate=5
        )
        pair.mac.commands.take(encode_commands([new]), 0.0, 0.0)
    emission = pair._free(lambda at: pair.mac.uplink(2, b"p", confirmed=False, token="mine", at=at))
    assert (emission.fport, emission.token) == (0, None)
    assert len(answers(emission)) == 9
    pair.exchange(emission)
    assert pair.uplinks == []
    pair.send(b"p")
    assert [event.payload for event in pair.uplinks] == [b"p"]


def test_a_confirmed_uplink_is_repeated_with_the_same_bytes_until_it_is_acknowledged() -> None:
    pair = Pair(abp=True, tries=5)
    pair.lose_up = lambda number: number < 3
    pair.send(b"c", confirmed=True)
    assert len(pair.sent) == 3
    assert len(set(pair.sent)) == 1
    assert pair.done == [(b"c", Done.ACKNOWLEDGED)]
    assert [event.fcnt for event in pair.uplinks] == [0]


def test_a_lost_acknowledgement_makes_a_repetition_that_is_acknowledged_but_not_handed_on_again() -> None:
    pair = Pair(abp=True, tries=3)
    lost: list[int] = []

    def lose(order: TxOrder) -> bool:
        lost.append(order.token)
        return len(lost) == 1

    pair.lose_down = lose
    pair.send(b"c", confirmed=True)
    assert pair.done == [(b"c", Done.ACKNOWLEDGED)]
    assert len(pair.uplinks) == 1
    assert pair.server.counters["repeated"] == 1


def test_a_confirmed_uplink_that_nobody_acknowledges_ends_after_its_tries() -> None:
    pair = Pair(abp=True, tries=4)
    pair.lose_down = lambda _: True
    pair.send(b"c", confirmed=True)
    assert (len(pair.sent), pair.done) == (4, [(b"c", Done.UNANSWERED)])


def test_an_unconfirmed_uplink_is_repeated_nb_trans_times_unless_a_downlink_comes() -> None:
    pair = Pair(abp=True, tries=3)
    pair.send(b"u")
    assert (len(pair.sent), pair.done) == (3, [(b"u", Done.SENT)])
    pair.request("d")
    pair.send(b"v")
    assert len(pair.sent) == 4


def test_counters_pass_65535() -> None:
    pair = Pair(abp=True)
    pair.mac.fcnt_up = pair.known.fcnt_up = 0xFFFE
    pair.known.fcnt_down = 0xFFFF
    pair.mac.fcnt_down = 0xFFFE
    for number in range(4):
        pair.request(f"d{number}")
        pair.send()
    assert [event.fcnt for event in pair.uplinks] == [0xFFFF, 0x10000, 0x10001]  # 0xFFFE is a repetition
    assert [row.fcnt for row in pair.downlinks] == [0xFFFF, 0x10000, 0x10001]


def test_a_repeated_downlink_and_a_changed_one_are_refused() -> None:
    pair = listening()
    frame = down(pair)
    pair.mac.hear(frame, Window.RX1, 5.0, pair.now)
    pair.mac.hear(frame, Window.RX2, 5.0, pair.now)
    pair.mac.hear(down(pair, fcnt=1)[:-1] + b"\x00", Window.RX2, 5.0, pair.now)
    pair.mac.hear(b"\x60\x01", Window.RX2, 5.0, pair.now)
    assert len(pair.downlinks) == 1
    assert pair.refused[:2] == ["replayed", "MIC failed"]
    assert pair.refused[2].startswith("malformed")


def test_a_frame_for_somebody_else_means_nothing() -> None:
    pair = listening()
    session = pair.mac.session
    assert session is not None
    session.dev_addr += 1
    frame = down(pair)
    session.dev_addr -= 1
    pair.mac.hear(frame, Window.RX1, 5.0, pair.now)
    assert (pair.downlinks, pair.refused) == ([], [])


def test_a_class_c_device_listens_between_uplinks_and_a_class_a_device_does_not() -> None:
    for device_class, window in (("A", None), ("C", Window.CLASS_C)):
        pair = Pair(abp=True, device_class=device_class)
        pair.send()
        assert pair.mac.window(pair.now + 100, 869_525_000, 12, 125_000) is window


def test_a_class_c_device_gets_a_confirmed_downlink_at_once_and_acknowledges_it() -> None:
    pair = Pair(abp=True, device_class="C")
    pair.send()
    pair.request("d", confirmed=True)
    pair.listen()
    assert [row.window for row in pair.downlinks] == [Window.CLASS_C]
    assert pair.mac.wants_to_send
    pair.send(b"", port=None)
    assert pair.results[-1] == ("d", 0)


def test_adr_asks_after_64_uplinks_then_gives_power_and_rate_back() -> None:
    pair = Pair(abp=True, adr=True, data_rate=3)
    pair.mac.power_index = 2
    pair.lose_up = lambda _: True
    asked = []
    for number in range(1, ADR_ACK_LIMIT + 3 * ADR_ACK_DELAY + 1):
        emission = pair.send(b"a")
        if emission.adr_ack_req:
            asked.append(number)
        if number == ADR_ACK_LIMIT + ADR_ACK_DELAY:
            assert (pair.mac.power_index, pair.mac.data_rate) == (0, 3)
    assert asked[0] == ADR_ACK_LIMIT
    assert pair.mac.data_rate == 1
    pair.lose_up = lambda _: False
    pair.send(b"a")
    assert pair.mac.adr_ack_count == 0


def test_only_a_device_that_can_step_back_asks() -> None:
    pair = Pair(abp=True, adr=True, data_rate=0)
    pair.lose_up = lambda _: True
    assert not any(pair.send(b"a").adr_ack_req for _ in range(ADR_ACK_LIMIT + 2))


def test_power_off_ends_an_exchange_and_keeps_session_and_counters() -> None:
    pair = listening()
    pair.mac.power_off(pair.now)
    pair.mac.power_on()
    assert pair.done == [("t", Done.STOPPED)]
    pair.send(b"again")
    frame = decode_phy(pair.sent[-1]).message
    assert isinstance(frame, DataFrame)
    assert frame.fcnt == 1


def test_us915_masks_by_bank_and_by_channel() -> None:
    pair = Pair("US915", abp=True, data_rate=3)
    for control, mask, count in ((7, 0x00, None), (5, 0x02, 8), (0, 0x0001, 1), (6, 0xFF, 64)):
        block = [
            command(
                "LinkADRReq",
                data_rate=3,
                tx_power=0,
                channel_mask=mask,
                channel_mask_control=control,
                nb_trans=1,
            )
        ]
        if control == 0:
            block.insert(
                0,
                command(
                    "LinkADRReq", data_rate=3, tx_power=0, channel_mask=0, channel_mask_control=7, nb_trans=1
                ),
            )
        before = len(pair.mac.channels.usable(3))
        pair.mac.commands.take(encode_commands(block), 0.0, 0.0)
        assert len(pair.mac.channels.usable(3)) == (before if count is None else count), control
