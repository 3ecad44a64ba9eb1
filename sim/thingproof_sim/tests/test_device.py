"""The device machine on the bench."""

from __future__ import annotations

import pytest

from thingproof_sim import api
from thingproof_sim.devices.machine import TRANSITIONS, State
from thingproof_sim.tests.builders import Bench
from thingproof_wire.frames.gizwits_p0 import Action, Command, Frame, decode_frame, encode_frame
from thingproof_wire.payloads.gizwits_bits import Codec, Message
from thingproof_wire.payloads.gizwits_product import Product

AIR = Codec(Product.from_mapping(api.product("air_conditioner")))


def test_every_state_can_be_left_and_reached() -> None:
    """The table leads into every state and out of it, and power off works everywhere."""
    assert {state for state, _ in TRANSITIONS} == set(State)
    assert set(TRANSITIONS.values()) == set(State)
    assert all((state, "power off") in TRANSITIONS for state in State)


def test_a_device_reports_everything_when_it_comes_online() -> None:
    """Association, address, login; then one full report."""
    bench = Bench()
    bench.device.power_on()
    bench.pass_time(1.0)
    assert bench.port.take("connect") == [None]
    assert bench.device.state == State.CONNECTING
    bench.device.connected()
    (sent,) = bench.acknowledge()
    assert sent[0] == "dev2app/did"
    assert decode_frame(bytes.fromhex(sent[1])).command == Command.DEVICE_TO_APP
    assert bench.device.counters.acknowledged == 1
    assert [entry.outcome for entry in bench.reports()] == ["acknowledged"]


def test_a_change_is_reported_and_the_same_value_is_not() -> None:
    """Report on change means on change."""
    bench = Bench()
    bench.log_in()
    bench.device.set_value("set_temp", 21)
    assert len(bench.acknowledge()) == 1
    bench.device.set_value("set_temp", 21)
    assert bench.acknowledge() == []


def test_interval_reports_go_on_while_the_cloud_is_away_and_nothing_is_lost() -> None:
    """Ten minutes without a cloud: ten reports wait and leave in their order after the login."""
    bench = Bench(report_interval_s=60.0)
    bench.log_in()
    bench.device.link_lost("test")
    for _ in range(60):
        bench.pass_time(10.0)
        if bench.port.take("connect"):
            bench.device.link_lost("broker unreachable")
    waiting = bench.device.counters.queued
    assert waiting == 10
    while not bench.port.take("connect"):
        bench.pass_time(1.0)
    bench.device.connected()
    sent = bench.acknowledge() + bench.acknowledge()
    assert len(sent) == waiting + 1
    assert [token for _, _, token in sent] == sorted(token for _, _, token in sent)
    assert bench.device.counters.queued == 0
    assert bench.device.counters.reconnects == 1


def test_an_unacknowledged_report_is_sent_again_after_a_reconnect() -> None:
    """What the broker did not acknowledge before the link broke leaves again, once."""
    bench = Bench()
    bench.log_in()
    bench.device.set_value("set_temp", 21)
    bench.pass_time(0.1)
    (first,) = bench.port.take("publish")
    bench.device.link_lost("test")
    bench.pass_time(1.0)
    bench.device.connected()
    again = bench.acknowledge()
    assert again[0] == first
    assert bench.device.counters.acknowledged == 3


def test_back_off_doubles_up_to_its_limit_and_starts_over_after_success() -> None:
    """Waits grow from 0.2 s to 30 s with jitter downward, and are short again after a login."""
    bench = Bench()
    bench.device.power_on()
    waits = []
    for _ in range(12):
        bench.pass_time(0.01)
        assert bench.port.take("connect")
        failed_at = bench.clock.now()
        bench.device.link_lost("refused")
        while not bench.port.wishes:
            bench.pass_time(0.05)
        waits.append(bench.clock.now() - failed_at)
    limits = [min(30.0, 0.2 * 2**number) for number in range(12)]
    assert all(limit / 2 <= wait <= limit + 0.1 for wait, limit in zip(waits, limits, strict=True))
    bench.device.connected()
    bench.port.take("connect")
    bench.device.link_lost("again")
    bench.pass_time(0.3)
    assert bench.port.take("connect")


def test_a_reliable_report_waits_for_the_cloud() -> None:
    """PUBACK alone does not end a reliable report; the cloud's 0x0094 with its sequence does."""
    bench = Bench(reliable=True)
    bench.log_in()
    assert bench.device.counters.acknowledged == 0
    bench.pass_time(6.0)
    (_, again, _), *_ = bench.port.take("publish")
    frame = decode_frame(bytes.fromhex(again))
    assert frame.command == Command.REQUEST
    answer = encode_frame(Frame(Command.ACKNOWLEDGE, b"", frame.sequence))
    bench.device.message("app2dev/did/cloud", answer)
    assert bench.device.counters.acknowledged == 1
    bench.pass_time(60.0)
    assert bench.port.take("publish") == []


@pytest.mark.parametrize("sequence", [None, 9])
def test_a_control_is_executed_reported_and_acknowledged_when_asked(sequence: int | None) -> None:
    """The flagged value changes, the change is reported; 0x0093 gets 0x0094 to the client that asked."""
    bench = Bench()
    bench.log_in()
    bench.device.message("app2dev/did/phone", AIR.control({"switch": True}, sequence=sequence))
    assert bench.device.values["switch"] is True
    sent = [(topic, decode_frame(bytes.fromhex(frame))) for topic, frame, _ in bench.acknowledge()]
    answers = [frame for topic, frame in sent if topic == "dev2app/did/phone"]
    assert [(frame.command, frame.sequence) for frame in answers] == (
        [] if sequence is None else [(Command.ACKNOWLEDGE, 9)]
    )
    reports = [frame for topic, frame in sent if topic == "dev2app/did"]
    assert [AIR.decode_message(frame.payload).values["switch"] for frame in reports] == [True]  # type: ignore[index]


def test_a_read_is_answered_to_the_client_that_asked() -> None:
    """Action 02 gets action 03 with every value."""
    bench = Bench(values={"set_temp": 25})
    bench.log_in()
    request = encode_frame(Frame(Command.APP_TO_DEVICE, bytes((Action.READ,))))
    bench.device.message("app2dev/did/phone", request)
    ((topic, answer, _),) = bench.acknowledge()
    message = AIR.decode_message(decode_frame(bytes.fromhex(answer)).payload)
    assert topic == "dev2app/did/phone"
    assert message == Message(Action.READ_ANSWER, bench.device.values)


def test_a_broken_downlink_changes_nothing_and_is_in_the_ledger() -> None:
    """The device notes what was wrong and goes on."""
    bench = Bench()
    bench.log_in()
    before = dict(bench.device.values)
    bench.device.message("app2dev/did/phone", bytes.fromhex("0000000309000090010200"))
    assert bench.device.values == before
    assert [entry.outcome for entry in bench.ledger.of("device", "control")] == ["refused"]
    assert bench.device.downlinks.received[-1].error


def test_a_full_queue_loses_the_oldest_with_a_cause() -> None:
    """Only a device with a limited queue loses waiting reports, and the ledger says why."""
    bench = Bench(queue_limit=3)
    for _ in range(5):
        bench.device.report()
    lost = [entry for entry in bench.reports() if entry.outcome == "lost"]
    assert [entry.cause for entry in lost] == ["queue full", "queue full"]
    assert bench.device.counters.queued == 3


def test_a_drop_loses_the_report_with_its_cause() -> None:
    """A dropped report never reaches the link."""
    bench = Bench(faults=(api.Fault("drop"),))
    bench.log_in()
    assert bench.acknowledge() == []
    assert [(entry.outcome, entry.cause) for entry in bench.reports()] == [("lost", "fault: drop")]


def test_a_duplicate_is_sent_twice_and_noted_twice() -> None:
    """Two equal frames leave, the second has its own line in the ledger."""
    bench = Bench(faults=(api.Fault("duplicate"),))
    bench.device.power_on()
    bench.pass_time(1.0)
    bench.device.connected()
    first, second = bench.acknowledge()
    assert first[:2] == second[:2]
    assert [entry.cause for entry in bench.reports()] == ["fault: duplicate", "fault: duplicate"]


def test_a_delayed_report_leaves_late() -> None:
    """Nothing leaves before the delay is over."""
    bench = Bench(faults=(api.Fault("delay", seconds=5.0),))
    bench.device.power_on()
    bench.pass_time(1.0)
    bench.device.connected()
    bench.pass_time(4.9)
    assert bench.port.take("publish") == []
    bench.pass_time(0.2)
    assert len(bench.port.take("publish")) == 1


def test_a_corrupted_report_is_no_frame_and_lost() -> None:
    """What leaves cannot be decoded, and the ledger knows."""
    bench = Bench(faults=(api.Fault("corrupt"),))
    bench.log_in()
    assert [(entry.outcome, entry.cause) for entry in bench.reports()] == [("lost", "fault: corrupt")]


def test_a_corrupted_reliable_report_is_sent_again() -> None:
    """The cloud does not acknowledge what it cannot read, so the report leaves again."""
    bench = Bench(reliable=True, faults=(api.Fault("corrupt", until_s=2.0),))
    bench.log_in()
    bench.pass_time(6.0)
    (sent,) = bench.port.take("publish")
    assert decode_frame(bytes.fromhex(sent[1])).command == Command.REQUEST


def test_a_reboot_leaves_without_a_goodbye_and_comes_back() -> None:
    """The queue survives a power cycle."""
    bench = Bench(faults=(api.Fault("reboot", after_s=10.0, seconds=3.0),))
    bench.log_in()
    bench.pass_time(9.5)
    assert bench.port.take("disconnect") == [False]
    assert not bench.device.online
    bench.device.report()
    bench.pass_time(4.0)
    assert bench.device.state == State.CONNECTING
    bench.device.connected()
    assert len(bench.acknowledge()) == 2
    bench.pass_time(3600.0)
    assert bench.device.online


def test_a_skewed_clock_reports_at_the_wrong_times() -> None:
    """A clock that runs slow by half reports two times in three minutes instead of three."""
    counts = {}
    for factor in (1.0, 1.5):
        bench = Bench(report_interval_s=60.0, faults=(api.Fault("clock_skew", factor=factor),))
        bench.log_in()
        bench.pass_time(185.0)
        counts[factor] = len(bench.port.take("publish"))
    assert counts == {1.0: 3, 1.5: 2}


def test_a_fault_can_be_injected_and_taken_back() -> None:
    """A fault of the moment strikes from now on, until it is cleared."""
    bench = Bench()
    bench.log_in()
    bench.device.routine.inject(api.Fault("drop"))
    bench.device.report()
    assert bench.acknowledge() == []
    bench.device.routine.clear_faults()
    bench.device.report()
    assert len(bench.acknowledge()) == 1
    assert [entry.cause for entry in bench.ledger.of("device", "fault")] == ["fault: drop"]


def test_room_temperature_follows_the_wanted_one_only_when_switched_on() -> None:
    """A follower moves towards its target while its condition holds."""
    behaviour = api.BehaviourPlan("room_temp", "follow", 10.0, step=1.0, target="set_temp", when="switch")
    bench = Bench(values={"set_temp": 20, "room_temp": 10, "switch": True}, behaviours=(behaviour,))
    bench.device.power_on()
    bench.pass_time(300.0)
    assert bench.device.values["room_temp"] == 20


def test_a_device_out_of_range_never_gets_online() -> None:
    """Without signal the device keeps trying and the ledger says why."""
    bench = Bench(radio=api.WifiPlan(distance_m=500.0, path_loss_exponent=5.0, shadowing_db=0.0))
    bench.device.power_on()
    bench.pass_time(120.0)
    assert bench.port.take("connect") == []
    assert {entry.cause for entry in bench.ledger.of("device", "link")} == {"no signal"}
