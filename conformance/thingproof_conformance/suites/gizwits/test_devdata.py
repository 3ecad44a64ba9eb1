"""The latest values of a device (gizwits.md:1088-1136)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import (
    AIR_CONDITIONER,
    AIR_REPORT,
    AIR_SWITCHED_ON,
    AIR_VALUES,
    BITS,
    EXTENDED,
    PET_BUSY,
    PET_HOUSE,
    PET_HOUSE_VARIABLE,
)
from thingproof_conformance.suites.gizwits.steps import DAY, HOUR, await_latest, latest, send, switch_on
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget
    from thingproof_sim.api import LiveDevice

LATEST = "gizwits.devdata.latest"
NEEDS = ("seed", "hardware")
TRUNCATED, OVERLONG = AIR_REPORT[:-4], AIR_REPORT + "00"


def air_conditioner(gizwits: GizwitsTarget) -> tuple[Device, LiveDevice]:
    """An air conditioner that is online."""
    device = gizwits.new_device(gizwits.new_product(AIR_CONDITIONER))
    return device, switch_on(gizwits, device)


@case(LATEST, kind="wire", rules=("r3", "r4", "r5", "r6", "r9"), needs=NEEDS)
@pytest.mark.documented
def test_latest__example(gizwits: GizwitsTarget) -> None:
    """The frame of the document's example gives exactly the values of the document's example."""
    device, live = air_conditioner(gizwits)
    send(gizwits, device, live, AIR_SWITCHED_ON, switch=1)
    shown = send(gizwits, device, live, AIR_REPORT, switch=0)
    expect.equal(device.did, shown["did"], "did")
    expect.equal(AIR_VALUES, shown["attr"], "attr")
    for name, value in shown["attr"].items():
        expect.equal(type(AIR_VALUES[name]).__name__, type(value).__name__, f"the type of {name}")


@case(LATEST, kind="wire", rules=("r4", "r5", "r6"), needs=NEEDS)
@pytest.mark.documented
def test_latest__another_product(gizwits: GizwitsTarget) -> None:
    """Labels, display values with addition, alerts and faults of the pet house, from one frame."""
    device = gizwits.new_device(gizwits.new_product(PET_HOUSE))
    shown = send(gizwits, device, switch_on(gizwits, device), PET_BUSY, Temperature=25)["attr"]
    wanted = {"LED_OnOff": 1, "LED_Color": "Purple", "Motor_Speed": 3, "Infrared": 1, "Humidity": 50}
    wanted |= {"Alert_1": 0, "Alert_2": 1, "Fault_LED": 0, "Fault_IR": 1, "Temperature": 25}
    expect.equal(wanted, {name: shown[name] for name in wanted}, "values")


@case(LATEST, kind="wire", rules=("r3", "r4"), needs=NEEDS)
@pytest.mark.inferred
def test_latest__two_bytes_of_bits(gizwits: GizwitsTarget) -> None:
    """A bit group of two bytes is big endian: 50 01 is b0, b12 and high."""
    device = gizwits.new_device(gizwits.new_product(BITS))
    shown = send(gizwits, device, switch_on(gizwits, device), "0000000306000091045001", b12=1)["attr"]
    on = [name for name, value in shown.items() if value == 1]
    expect.equal((["b0", "b12"], "high"), (sorted(on), shown["level"]), "values")


@case(LATEST, kind="wire", rules=("r3",), needs=NEEDS)
@pytest.mark.inferred
def test_latest__extended_values(gizwits: GizwitsTarget) -> None:
    """A number of four bytes and an extended value, shown as hex."""
    device = gizwits.new_device(gizwits.new_product(EXTENDED))
    frame = "000000030d000091" + "04" + "ee6b2800" + "1234567000"
    shown = send(gizwits, device, switch_on(gizwits, device), frame, volume=4000000000)["attr"]
    expect.equal("1234567000", shown["binary"], "binary")


@case(LATEST, kind="state", rules=("r1",), events=("devdata.updated",), needs=NEEDS)
@pytest.mark.inferred
def test_latest__variable_length(gizwits: GizwitsTarget) -> None:
    """A report that carries two data points changes these two and leaves the others as they were."""
    device = gizwits.new_device(gizwits.new_product(PET_HOUSE_VARIABLE))
    live = switch_on(gizwits, device)
    live.set_value("LED_R", 77)
    before = await_latest(gizwits, device, LED_R=77)["attr"]
    after = send(gizwits, device, live, "0000000308000091" + "1404800126", Temperature=25, Alert_2=1)["attr"]
    expect.equal(before | {"Temperature": 25, "Alert_2": 1}, after, "values")


@case(LATEST, kind="permission", rules=("r2",), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.97")
def test_latest__needs_no_token(gizwits: GizwitsTarget) -> None:
    """The AppID alone reads the latest values; no user token is sent."""
    device, live = air_conditioner(gizwits)
    shown = send(gizwits, device, live, AIR_SWITCHED_ON, switch=1)
    expect.lacks("x-gizwits-user-token", shown.exchange.request_headers, "the user token in the request")


@case(LATEST, kind="event", rules=("r1",), events=("devdata.updated",), needs=(*NEEDS, "clock"))
@pytest.mark.contradictory("gizwits.contra.49")
def test_latest__updated_at(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """updated_at is the second of the last report: it moves with each report and not without."""
    device, live = air_conditioner(gizwits)
    times = []
    for frame, switch in ((AIR_SWITCHED_ON, 1), (AIR_REPORT, 0)):
        control.advance(100)
        now = gizwits.now()
        times.append(int(send(gizwits, device, live, frame, switch=switch)["updated_at"]))
        expect.between(now - 2, gizwits.now() + 1, times[-1], "updated_at", unit="s")
    control.advance(100)
    expect.equal(times[-1], int(latest(gizwits, device)["updated_at"]), "updated_at without a report")
    shown = latest(gizwits, device)["updated_at"]
    expect.either(
        "gizwits.contra.49",
        a=lambda: expect.true(isinstance(shown, int), "updated_at is an integer", actual=shown),
        b=lambda: expect.matches("[0-9]+", shown, "updated_at"),
    )


@case(LATEST, kind="time", rules=("r1",), errors=(9029,), needs=(*NEEDS, "clock"))
@pytest.mark.documented
def test_latest__only_of_a_day(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A value is served for 24 hours after its report: one second less yes, one second more no."""
    device, live = air_conditioner(gizwits)
    send(gizwits, device, live, AIR_SWITCHED_ON, switch=1)
    live.disconnect(clean=True)
    reported = control.freeze()
    control.set_clock(reported + DAY - 5)
    expect.equal(1, latest(gizwits, device)["attr"]["switch"], "switch after 24 hours less 5 seconds")
    control.set_clock(reported + DAY + 1)
    expect.refused(latest(gizwits, device, expected=ANY), 9029)


@case(LATEST, kind="time", rules=("r1",), needs=(*NEEDS, "clock"))
@pytest.mark.inferred
def test_latest__each_data_point_its_age(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A data point reported within 24 hours is served while one reported before them is left out."""
    device = gizwits.new_device(gizwits.new_product(PET_HOUSE_VARIABLE))
    live = switch_on(gizwits, device)
    live.set_value("LED_R", 77)
    await_latest(gizwits, device, LED_R=77)
    control.advance(23 * HOUR)
    send(gizwits, device, live, "0000000308000091" + "1404800126", Temperature=25)
    control.advance(2 * HOUR)
    shown = latest(gizwits, device)["attr"]
    expect.equal({"Temperature": 25, "Alert_2": 1}, shown, "values of the last 24 hours")


@case(LATEST, kind="negative", rules=("r7",), errors=(9029,), needs=("seed",))
@pytest.mark.inferred
def test_latest__nothing_reported(gizwits: GizwitsTarget) -> None:
    """A device that never reported has no latest values."""
    device = gizwits.new_device(gizwits.new_product(AIR_CONDITIONER))
    expect.refused(latest(gizwits, device, expected=ANY), 9029)


@case(LATEST, kind="permission", rules=("r1", "r3"), needs=NEEDS)
@pytest.mark.inferred
def test_latest__of_this_device(gizwits: GizwitsTarget) -> None:
    """Two devices of one product have values of their own."""
    first, live = air_conditioner(gizwits)
    second = gizwits.new_device(first.product)
    other = switch_on(gizwits, second)
    send(gizwits, first, live, AIR_SWITCHED_ON, switch=1)
    send(gizwits, second, other, AIR_REPORT, switch=0)
    shown = [latest(gizwits, device)["attr"]["switch"] for device in (first, second)]
    expect.equal([1, 0], shown, "switch of both")


@case(LATEST, kind="wire", rules=("r1",), needs=NEEDS)
@pytest.mark.inferred
@pytest.mark.parametrize(
    "frame",
    [
        "",
        "00",
        "00000003",
        TRUNCATED,
        OVERLONG,
        "000000030a00009104000000100000",
        "000000030c000091040000001000000000",
        "ffffffff0b0000910400000010000000",
        "000000030b0000ff0400000010000000",
        "00000003ffffffff7f",
    ],
    ids=[
        "empty",
        "one_byte",
        "head_only",
        "truncated",
        "overlong",
        "status_too_short",
        "status_too_long",
        "other_head",
        "unknown_command",
        "absurd_length",
    ],
)
def test_latest__malformed_frame(gizwits: GizwitsTarget, frame: str) -> None:
    """A malformed frame changes nothing, and the device is heard again at once."""
    device, live = air_conditioner(gizwits)
    before = send(gizwits, device, live, AIR_SWITCHED_ON, switch=1)["attr"]
    live.send_raw_frame(bytes.fromhex(frame))
    again = "000000030b00009104" + "01000011000000"
    after = send(gizwits, device, live, again, set_temp=17)["attr"]
    expect.equal(before | {"set_temp": 17}, after, "values")


@case(LATEST, kind="negative", rules=("r8",))
@negatives.parametrize(LATEST)
def test_latest__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt request for the latest values is refused in the vendor's form."""
    negatives.judge(gizwits, negative)
