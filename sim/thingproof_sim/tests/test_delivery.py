"""What becomes of reports, whatever happens: faults, lost links, silent clouds, power cuts."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thingproof_sim import api
from thingproof_sim.tests.builders import Bench
from thingproof_wire.frames.gizwits_p0 import Command, Frame, decode_frame, encode_frame
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_sim.devices.machine import Device

STEPS = ("report", "change", "time", "long time", "login", "loss", "acknowledge", "cloud", "power")


def cloud_answers(bench: Bench) -> None:
    """Broker and cloud acknowledge everything that was sent."""
    for _, frame, _ in bench.acknowledge():
        sequence = decode_frame(bytes.fromhex(frame)).sequence
        if sequence is not None:
            answer = encode_frame(Frame(Command.ACKNOWLEDGE, b"", sequence))
            bench.device.message("app2dev/did/cloud", answer)


def do(bench: Bench, step: str, number: int) -> None:
    """One thing that may happen to a device."""
    device: Device = bench.device
    actions: dict[str, Callable[[], object]] = {
        "report": device.report,
        "change": lambda: device.set_value("set_temp", number % 33),
        "time": lambda: bench.pass_time(0.7),
        "long time": lambda: bench.pass_time(40.0),
        "login": device.connected,
        "loss": lambda: device.link_lost("test"),
        "acknowledge": bench.acknowledge,
        "cloud": lambda: cloud_answers(bench),
        "power": device.power_cycle,
    }
    actions[step]()


@settings(max_examples=150, deadline=None)
@given(st.booleans(), st.lists(st.sampled_from(STEPS), max_size=60))
def test_no_report_is_ever_forgotten(reliable: bool, steps: list[str]) -> None:
    """Every report is acknowledged or waits, at any moment; and at last, when all is well, none waits."""
    bench = Bench(reliable=reliable)
    device = bench.device
    device.power_on()
    for number, step in enumerate(steps):
        do(bench, step, number)
        counters = device.counters
        assert counters.made == counters.acknowledged + counters.queued
        assert counters.queued == len(device.uplinks.queue)
    for _ in range(100):
        bench.pass_time(2.0)
        device.connected()
        cloud_answers(bench)
    assert device.counters.queued == 0
    assert {entry.outcome for entry in bench.reports()} <= {"acknowledged"}


@pytest.mark.parametrize("kind", ["drop", "corrupt"])
def test_a_reliable_report_survives_a_fault_on_its_way(kind: str) -> None:
    """What was lost or broken once leaves again, and the ledger keeps the cause beside the good end."""
    bench = Bench(reliable=True, faults=(api.Fault(kind, until_s=2.0),))
    bench.device.power_on()
    bench.pass_time(1.0)
    bench.device.connected()
    cloud_answers(bench) if kind == "drop" else bench.pass_time(0.1)
    bench.port.take("publish")
    assert bench.device.counters.acknowledged == 0
    bench.pass_time(6.0)
    cloud_answers(bench)
    (entry,) = bench.reports()
    assert (entry.outcome, entry.cause) == ("acknowledged", f"fault: {kind}")


def test_a_silent_cloud_is_asked_less_and_less_often() -> None:
    """A reliable report leaves again after 2, 4, 8, 16, 32, 60, 60 s."""
    bench = Bench(reliable=True)
    bench.device.power_on()
    bench.pass_time(1.0)
    bench.device.connected()
    times = []
    for _ in range(300):
        began = bench.clock.now()
        if bench.acknowledge():
            times.append(began)
        bench.pass_time(0.9)
    waits = [round(later - earlier) for earlier, later in pairwise(times)]
    assert waits == pytest.approx([2, 4, 8, 16, 32, 60, 60, 60], abs=1.5)
    assert bench.device.counters.queued == 1


def test_a_frame_nobody_hears_ends_the_link() -> None:
    """When the radio gives up on a frame the cloud link is closed as well, and the frame stays."""
    bench = Bench()
    bench.log_in()
    bench.hear(1.0)
    bench.device.set_value("set_temp", 30)
    assert bench.port.take("disconnect") == [False]
    assert bench.device.state == "waiting"
    bench.hear(0.0)
    bench.pass_time(1.0)
    bench.device.connected()
    assert len(bench.acknowledge()) == 2
    assert bench.device.counters.lost == 0


def test_an_injected_reboot_strikes_once_and_may_repeat() -> None:
    """Without an interval the device falls once; with one, again and again until the window closes."""
    once, often = Bench(), Bench()
    for bench, fault in (
        (once, api.Fault("reboot", after_s=5.0, seconds=1.0)),
        (often, api.Fault("reboot", every_s=20.0, until_s=600.0, seconds=1.0)),
    ):
        bench.log_in()
        bench.device.routine.inject(fault)
        for _ in range(1200):
            bench.pass_time(1.0)
            bench.device.connected()
    falls = [
        [entry.at for entry in bench.ledger.of("device", "link") if entry.cause == "fault: reboot"]
        for bench in (once, often)
    ]
    assert len(falls[0]) == 1
    assert 15 < len(falls[1]) < 45
    assert max(falls[1]) < 1000 + 620


def test_a_clock_skew_holds_for_its_window_only() -> None:
    """Ten seconds of double length, then ten reports a hundred seconds again."""
    bench = Bench(report_interval_s=10.0)
    bench.log_in()
    bench.device.routine.inject(api.Fault("clock_skew", factor=2.0, until_s=95.0))
    counts = []
    for _ in range(2):
        bench.pass_time(99.0)
        counts.append(len(bench.port.take("publish")))
        bench.device.uplinks.link_down("network lost")
    assert counts[0] == 5
    assert counts[1] >= 9


def test_cleared_faults_strike_no_more() -> None:
    """A reboot that was announced does not happen after all."""
    bench = Bench()
    bench.log_in()
    bench.device.routine.inject(api.Fault("reboot", after_s=5.0))
    bench.device.routine.clear_faults()
    bench.pass_time(60.0)
    assert bench.device.online


def test_a_schedule_follows_the_time_of_day() -> None:
    """On at 7, off at 22:30; before 7 the evening's value still holds."""
    times = ((7 * 3600.0, True), (22.5 * 3600.0, False))
    plan = api.BehaviourPlan("switch", "schedule", 60.0, times=times)
    bench = Bench(behaviours=(plan,), values={"switch": True})
    bench.device.power_on()
    seen = {}
    for hour in (6.9, 7.1, 22.4, 22.6):
        bench.pass_time(hour * 3600 - bench.clock.now())
        seen[hour] = bench.device.values["switch"]
    assert seen == {6.9: False, 7.1: True, 22.4: True, 22.6: False}


def test_a_control_is_reported_by_a_device_that_keeps_its_own_changes_to_itself() -> None:
    """`report_on_change: false` is about what the device does by itself."""
    bench = Bench(report_on_change=False)
    bench.log_in()
    bench.device.set_value("set_temp", 30)
    assert bench.acknowledge() == []
    bench.device.message("app2dev/did/phone", bytes.fromhex("0000000309000090010101000010"))
    ((topic, _, _),) = bench.acknowledge()
    assert topic == "dev2app/did"


def test_a_duplicated_reliable_report_carries_one_number() -> None:
    """Both copies have the same sequence number, so the cloud keeps one; for the ledger it is one report."""
    bench = Bench(reliable=True, faults=(api.Fault("duplicate"),))
    bench.device.power_on()
    bench.pass_time(1.0)
    bench.device.connected()
    bench.pass_time(0.1)
    first, second = bench.port.take("publish")
    assert first[:2] == second[:2]
    sequence = decode_frame(bytes.fromhex(first[1])).sequence
    answer = encode_frame(Frame(Command.ACKNOWLEDGE, b"", sequence))
    for _ in range(2):
        bench.device.message("app2dev/did/cloud", answer)
    (entry,) = bench.reports()
    assert (entry.outcome, entry.cause) == ("acknowledged", "fault: duplicate")
    counters = bench.device.counters
    assert (counters.made, counters.sent, counters.acknowledged, counters.queued) == (1, 2, 1, 0)


def test_frames_leave_in_their_order_however_many_attempts_they_take() -> None:
    """A weak signal makes frames late; none overtakes another."""
    bench = Bench()
    bench.log_in()
    bench.hear(0.4)
    for number in range(200):
        bench.device.set_value("set_temp", 1 + number % 2)
        bench.pass_time(0.003)
        for _, _, token in bench.port.take("publish"):
            bench.device.acknowledged(token)
            assert token == bench.device.counters.acknowledged
    assert bench.device.counters.acknowledged > 100


def test_an_unreliable_signal_delays_reports_and_loses_none() -> None:
    """Frames that nobody hears end the link again and again; after each login they leave again, in order."""
    bench = Bench(report_interval_s=10.0)
    bench.log_in()
    bench.hear(0.75)
    arrived = [1]
    for _ in range(4000):
        bench.pass_time(0.5)
        for _, _, token in bench.port.take("publish"):
            arrived.append(token)
            bench.device.acknowledged(token)
        if bench.port.take("connect"):
            bench.device.connected()
    counters = bench.device.counters
    assert arrived == list(range(1, len(arrived) + 1))
    assert counters.reconnects > 5
    assert counters.lost == 0
    assert counters.made == counters.acknowledged + counters.queued
    assert {entry.cause for entry in bench.ledger.of("device", "link")} <= {None, "no signal", "no address"}


def test_a_network_that_drops_comes_back_after_its_outage() -> None:
    """The link closes without a goodbye; no attempt is made before the outage is over; reports wait."""
    bench = Bench(radio=replace(api.QUICK_WIFI, drop_every_s=100.0, outage_s=(20.0, 20.0)))
    bench.log_in()
    while bench.device.online:
        bench.pass_time(0.5)
    assert bench.port.take("disconnect") == [False]
    bench.port.take("connect")
    bench.device.set_value("set_temp", 30)
    bench.pass_time(19.4)
    assert bench.device.state == "waiting"
    bench.pass_time(1.0)
    assert bench.port.take("connect") == [None]
    bench.device.connected()
    assert len(bench.acknowledge()) == 2
    causes = [entry.cause for entry in bench.ledger.of("device", "link") if entry.outcome == "lost"]
    assert causes == ["network lost"]


def test_drops_come_as_often_as_planned() -> None:
    """A day with a drop every ten minutes on average has about 140 of them."""
    bench = Bench(radio=replace(api.QUICK_WIFI, drop_every_s=600.0, outage_s=(1.0, 2.0)))
    bench.device.power_on()
    for _ in range(24 * 360):
        bench.pass_time(10.0)
        bench.device.connected()
        bench.acknowledge()
    drops = sum(entry.cause == "network lost" for entry in bench.ledger.of("device", "link"))
    assert 100 < drops < 180


def test_a_variable_length_device_reports_what_changed_and_everything_every_ten_minutes() -> None:
    """The first report and one each 600 s hold all datapoints, the one between them the changed one."""
    bench = Bench("water_meter")
    codec = Codec(Product.from_mapping(api.product("water_meter")))
    bench.log_in()
    bench.device.set_value("battery", 55)
    bench.pass_time(1300.0)
    values = [
        codec.decode_message(decode_frame(bytes.fromhex(frame)).payload).values
        for _, frame, _ in bench.port.take("publish")
    ]
    everything = bench.device.values
    assert values == [{"battery": 55}, everything, everything]


def test_a_disconnected_device_stays_away_even_in_the_middle_of_a_power_cycle() -> None:
    """Whoever switches a device off means it."""
    bench = Bench()
    bench.log_in()
    bench.device.power_cycle(5.0)
    bench.device.power_off("disconnected")
    bench.pass_time(60.0)
    assert bench.device.state == "off"
    bench.device.power_cycle(5.0)
    bench.pass_time(6.0)
    assert bench.device.state != "off"


@pytest.mark.parametrize(
    ("frame", "cause"),
    [
        ("000000030b0000900400000010000000", "APP_TO_DEVICE with REPORT is not for a device"),
        ("0000000309000091010101000010", "DEVICE_TO_APP with CONTROL is not for a device"),
        ("0000000303000090", "no action"),
    ],
)
def test_a_frame_that_is_not_for_devices_changes_nothing(frame: str, cause: str) -> None:
    """A report, a device's command, an empty payload: refused with a cause, not executed, not answered."""
    bench = Bench()
    bench.log_in()
    before = dict(bench.device.values)
    bench.device.message("app2dev/did/phone", bytes.fromhex(frame))
    assert bench.acknowledge() == []
    assert bench.device.values == before
    entries = list(bench.ledger.of("device", "control"))
    assert [(entry.outcome, entry.cause) for entry in entries] == [("refused", cause)]
    assert bench.device.counters.commands == 0
