"""Control of a device: raw bytes, data points, the frames they become, refusals (gizwits.md:1457-1512)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import (
    AIR_CONDITIONER,
    AIR_REPORT,
    BITS,
    EXTENDED,
    PET_HOUSE,
    PET_HOUSE_VARIABLE,
    PET_IDLE,
    SPECIMEN,
    UNDEFINED,
)
from thingproof_conformance.suites.gizwits.steps import (
    await_command,
    await_entries,
    await_latest,
    control,
    instruction,
    send,
    switch_on,
)
from thingproof_conformance.vendor_target import ANY
from thingproof_conformance.vendors.gizwits import Product

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User
    from thingproof_sim.api import LiveDevice

CONTROL = "gizwits.devices.control"
NEEDS = ("seed", "hardware")
Json = dict[str, Any]


def online(gizwits: GizwitsTarget, mapping: Json = SPECIMEN) -> tuple[User, Device, LiveDevice]:
    """A user with a device of a product that is online."""
    user, device = gizwits.bound(gizwits.new_product(mapping))
    return user, device, switch_on(gizwits, device)


def commanded(gizwits: GizwitsTarget, user: User, device: Device, live: LiveDevice, **body: Any) -> str:
    """Control the device; gives the frame it received, in hex."""
    seen = len(live.received)
    control(gizwits, user, device, **body)
    return await_command(live, seen)


# Raw bytes.


@case(CONTROL, kind="wire", rules=("r2", "r4"), events=("command.device",), needs=NEEDS)
@pytest.mark.documented
def test_control__raw_bytes(gizwits: GizwitsTarget) -> None:
    """Raw is an array of decimal bytes: [97,98,99] arrives as 61 62 63."""
    frame = commanded(gizwits, *online(gizwits, EXTENDED), raw=[97, 98, 99])
    expect.equal("616263", instruction(frame), "the bytes that arrived")


@case(CONTROL, kind="wire", rules=("r3",), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.23")
@pytest.mark.parametrize(("coding", "raw"), [("hex", "616263"), ("base64", "YWJj")])
@pytest.mark.parametrize("place", ["body", "query"])
def test_control__binary_coding(gizwits: GizwitsTarget, coding: str, raw: str, place: str) -> None:
    """binary_coding switches raw to hex or base64; it stands in the body, in the query it may."""
    user, device, live = online(gizwits, EXTENDED)
    given = {"binary_coding": coding}
    more = given if place == "body" else {}
    query = given if place == "query" else None

    def taken() -> None:
        seen = len(live.received)
        control(gizwits, user, device, query=query, raw=raw, **more)
        expect.equal("616263", instruction(await_command(live, seen)), "the bytes that arrived")

    def refused() -> None:
        expect.refused(control(gizwits, user, device, query=query, raw=raw, expected=ANY, **more), 9015)

    if place == "body":
        taken()
    else:
        expect.either("gizwits.contra.23", a=taken, b=refused)


@case(CONTROL, kind="negative", rules=("r2", "r3"), errors=(9015,), needs=NEEDS)
@pytest.mark.inferred
@pytest.mark.parametrize(
    "body",
    [
        {"raw": [256]},
        {"raw": [-1]},
        {"raw": ["97"]},
        {"raw": [1.5]},
        {"raw": "616263"},
        {"raw": "6162xy", "binary_coding": "hex"},
        {"raw": "616", "binary_coding": "hex"},
        {"raw": "YWJ", "binary_coding": "base64"},
        {"raw": "616263", "binary_coding": "octal"},
    ],
    ids=[
        "256",
        "negative",
        "text",
        "fraction",
        "uncoded",
        "no_hex",
        "odd_hex",
        "no_base64",
        "unknown_coding",
    ],
)
def test_control__raw_is_no_bytes(gizwits: GizwitsTarget, body: Json) -> None:
    """What is no array of bytes, nor text of the named coding, is refused and not sent."""
    user, device, live = online(gizwits, EXTENDED)
    seen = len(live.received)
    expect.refused(control(gizwits, user, device, expected=ANY, **body), 9015)
    control(gizwits, user, device, raw=[1])
    expect.equal("01", instruction(await_command(live, seen)), "the first bytes that arrived")


# Data points as frames.


@case(CONTROL, kind="wire", rules=("r1", "r5"), events=("command.device",), needs=NEEDS)
@pytest.mark.inferred
@pytest.mark.parametrize(
    ("attrs", "frame"),
    [
        ({"fan_swing": False}, "0000000309000090010200000010"),
        ({"switch": True}, "0000000309000090010101000010"),
    ],
    ids=["of_the_document", "of_the_enterprise_guide"],
)
def test_control__example_frames(gizwits: GizwitsTarget, attrs: Json, frame: str) -> None:
    """The published frames: flags name what is set, the rest is filled with what was reported last."""
    user, device, live = online(gizwits, AIR_CONDITIONER)
    send(gizwits, device, live, AIR_REPORT, set_temp=16, room_temp=-10)
    received = commanded(gizwits, user, device, live, attrs=attrs)
    expect.equal(instruction(frame), instruction(received), "the instruction")
    expect.matches("0000000309000090.*|000000030d000093.*", received, "the head of the frame")


PET_COMMAND = {"LED_OnOff": True, "LED_Color": "Purple", "Motor_Speed": 3}
"""flags 23, byte 05, colours 00 00 00, speed 08 on the wire of the pet house."""


@case(CONTROL, kind="wire", rules=("r5", "r1"), needs=NEEDS)
@pytest.mark.inferred
def test_control__several_data_points(gizwits: GizwitsTarget) -> None:
    """Three data points at once: one flag each, bits in one byte, the number after its addition."""
    user, device, live = online(gizwits, PET_HOUSE)
    send(gizwits, device, live, PET_IDLE, Temperature=-13, Motor_Speed=0)
    frame = commanded(gizwits, user, device, live, attrs=PET_COMMAND)
    expect.equal("01230500000008", instruction(frame), "the instruction")


@case(CONTROL, kind="wire", rules=("r5",), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.26")
def test_control__enumeration_by_number(gizwits: GizwitsTarget) -> None:
    """An enumeration is taken as its order number too and means the same as its label."""
    user, device, live = online(gizwits, PET_HOUSE)
    send(gizwits, device, live, PET_IDLE, Temperature=-13, Motor_Speed=0)
    frames = [commanded(gizwits, user, device, live, attrs={"LED_Color": colour}) for colour in ("Purple", 2)]
    expect.equal(instruction(frames[0]), instruction(frames[1]), "the instruction")


@case(CONTROL, kind="wire", rules=("r5",), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.75")
def test_control__bool_by_number(gizwits: GizwitsTarget) -> None:
    """A bool is taken as true and as 1."""
    user, device, live = online(gizwits, BITS)
    frames = [commanded(gizwits, user, device, live, attrs={"b0": value}) for value in (True, 1)]
    expect.equal(instruction(frames[0]), instruction(frames[1]), "the instruction")


@case(CONTROL, kind="wire", rules=("r5",), needs=NEEDS)
@pytest.mark.inferred
def test_control__variable_length(gizwits: GizwitsTarget) -> None:
    """In a variable-length product only what is set is sent: flags 0005, bits 01, number c8."""
    user, device, live = online(gizwits, PET_HOUSE_VARIABLE)
    frame = commanded(gizwits, user, device, live, attrs={"LED_OnOff": True, "LED_R": 200})
    expect.equal("11000501c8", instruction(frame), "the instruction")


@case(CONTROL, kind="wire", rules=("r5",), needs=NEEDS)
@pytest.mark.inferred
def test_control__two_bytes_of_bits(gizwits: GizwitsTarget) -> None:
    """A bit group of two bytes is big endian: b0, b12 and high are 50 01; so are the flags."""
    user, device, live = online(gizwits, BITS)
    send(gizwits, device, live, "000000030600009104" + "0000", b0=0, level="low")
    frame = commanded(gizwits, user, device, live, attrs={"b0": True, "b12": True, "level": "high"})
    expect.equal("0130015001", instruction(frame), "the instruction")


@case(CONTROL, kind="wire", rules=("r6", "r7", "r8"), needs=NEEDS)
@pytest.mark.documented
@pytest.mark.parametrize(
    "body",
    [
        {"attrs": {"binary": "1234567000"}},
        {"attrs": {"binary": "1234567000"}, "binary_coding": "hex"},
        {"attrs": {"binary": "EjRWcAA="}, "binary_coding": "base64"},
    ],
    ids=["default", "hex", "base64"],
)
def test_control__extended_value(gizwits: GizwitsTarget, body: Json) -> None:
    """An extended value is hex, padded on the right to its length: 1234567000; base64 when asked for."""
    frame = commanded(gizwits, *online(gizwits, EXTENDED), **body)
    expect.contains("1234567000", instruction(frame), "the padded value")


@case(CONTROL, kind="negative", rules=("r6",), errors=(9025,), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.109")
@pytest.mark.parametrize("value", ["12345670", "1234567", "123456700000", "xy34567000"])
def test_control__extended_value_of_another_length(gizwits: GizwitsTarget, value: str) -> None:
    """A value that is not padded to the full length, or no hex, is refused."""
    user, device, _ = online(gizwits, EXTENDED)
    expect.refused(control(gizwits, user, device, attrs={"binary": value}, expected=ANY), 9025)


@case(CONTROL, kind="consistency", rules=("r1",), events=("command.device", "devdata.updated"), needs=NEEDS)
@pytest.mark.inferred
def test_control__round_trip(gizwits: GizwitsTarget) -> None:
    """The device does what it was told and reports it: the latest values are those of the command."""
    user, device, live = online(gizwits)
    values = {"flag": True, "choice": "three", "small": 42, "scaled": 100.5, "large": 4000000000}
    control(gizwits, user, device, attrs=values)
    await_latest(gizwits, device, flag=1, choice="three", small=42, scaled=100.5, large=4000000000)
    expect.equal(42, live.values["small"], "the device's own value")


@case(CONTROL, kind="permission", rules=("r1",), events=("command.device",), needs=NEEDS)
@pytest.mark.documented
def test_control__only_the_named_device(gizwits: GizwitsTarget) -> None:
    """A command reaches the device in the path and no other of the product, bound to the same user."""
    user, device, live = online(gizwits, EXTENDED)
    other = gizwits.new_device(device.product)
    gizwits.bind(user, other)
    bystander = switch_on(gizwits, other)
    seen = len(bystander.received)
    commanded(gizwits, user, device, live, raw=[1])
    commanded(gizwits, user, other, bystander, raw=[2])
    expect.equal(seen + 1, len(bystander.received), "frames at the other device")
    expect.equal("02", instruction(bystander.received[-1].hex), "its frame")


@case(CONTROL, kind="event", rules=("r10",), events=("log.app2dev.client",), needs=NEEDS)
@pytest.mark.documented
def test_control__is_logged(gizwits: GizwitsTarget) -> None:
    """The command stands in the log as app2dev of a client, with user, application and the frame sent."""
    user, device, live = online(gizwits)
    frame = commanded(gizwits, user, device, live, attrs={"flag": True})
    entries = await_entries(gizwits, user, device, wanted=lambda entry: entry["type"] == "app2dev")
    wanted = {"source": "client", "uid": user.uid, "appid": user.app_id, "payload_bin": frame}
    expect.equal([wanted], [{name: entry.get(name) for name in wanted} for entry in entries], "entries")


# Refusals.


@case(CONTROL, kind="negative", rules=("r9",), errors=(9015,), needs=NEEDS)
@pytest.mark.documented
@pytest.mark.parametrize(
    "body",
    [{}, {"binary_coding": "hex"}, {"raw": None, "attrs": None}],
    ids=["empty", "coding_only", "both_null"],
)
def test_control__nothing(gizwits: GizwitsTarget, body: Json) -> None:
    """Neither raw nor attrs is refused."""
    user, device, _ = online(gizwits)
    expect.refused(control(gizwits, user, device, expected=ANY, **body), 9015)


@case(CONTROL, kind="negative", rules=("r5",), errors=(9025,), needs=NEEDS)
@pytest.mark.documented
def test_control__no_data_points(gizwits: GizwitsTarget) -> None:
    """A product without data points cannot be controlled by attrs."""
    user, device = gizwits.bound(gizwits.new_product(UNDEFINED))
    own = Product({**device.product.mapping, "datapoints": EXTENDED["datapoints"]})
    gizwits.hardware(replace(device, product=own))  # it talks, but the cloud knows no data point of it
    expect.refused(control(gizwits, user, device, attrs={"binary": "1234567000"}, expected=ANY), 9025, 9015)


@case(CONTROL, kind="negative", rules=("r13",), errors=(9025,), needs=NEEDS)
@pytest.mark.documented
@pytest.mark.parametrize(
    "attrs",
    [
        {"nothing": 1},
        {"flag": True, "nothing": 1},
        {"sensor": 1},
        {"alarm": True},
        {"flag": 2},
        {"choice": "four"},
        {"choice": 3},
        {"small": 61},
        {"small": "42"},
        {"scaled": 100.3},
        {"large": 2**32},
        {"text": 1},
    ],
    ids=lambda row: "_".join(f"{name}_{value}" for name, value in row.items()),
)
def test_control__invalid_data_point(gizwits: GizwitsTarget, attrs: Json) -> None:
    """An unknown data point, a read-only one and an impossible value are refused, all or nothing."""
    user, device, live = online(gizwits)
    seen = len(live.received)
    expect.refused(control(gizwits, user, device, attrs=attrs, expected=ANY), 9025)
    commanded(gizwits, user, device, live, raw=[2])
    expect.equal(seen + 1, len(live.received), "frames the device received")


@case(CONTROL, kind="state", rules=("r11",), errors=(9042,), needs=("seed",))
@pytest.mark.inferred
def test_control__never_online(gizwits: GizwitsTarget) -> None:
    """A device that is not connected is refused as offline."""
    user, device = gizwits.bound(gizwits.new_product(SPECIMEN))
    expect.refused(control(gizwits, user, device, attrs={"flag": True}, expected=ANY), 9042)


@case(CONTROL, kind="negative", rules=("r12",), needs=("faults", *NEEDS))
@pytest.mark.inferred
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param("send_command_failed", 9021, marks=pytest.mark.covers(errors=(9021,))),
        pytest.param("m2m_unreachable", 9024, marks=pytest.mark.covers(errors=(9024,))),
    ],
)
def test_control__not_sent(gizwits: GizwitsTarget, fault: str, code: int) -> None:
    """A command that cannot be handed over is refused with the error of its cause; later one goes out."""
    user, device, live = online(gizwits)
    with gizwits.control.fault(fault):
        expect.refused(control(gizwits, user, device, attrs={"flag": True}, expected=ANY), code)
    commanded(gizwits, user, device, live, attrs={"flag": True})


@case(CONTROL, kind="state", errors=(9023,), needs=NEEDS)
@pytest.mark.documented
def test_control__disabled(gizwits: GizwitsTarget) -> None:
    """A deregistered device is not controlled."""
    user, device, _ = online(gizwits)
    gizwits.control.device("gizwits", device.did, disabled=True)
    expect.refused(control(gizwits, user, device, attrs={"flag": True}, expected=ANY), 9023)
