"""Broken frames and unusable values: the error names offset and field."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_wire import profiles
from thingproof_wire.errors import (
    Malformed,
    OutOfRange,
    Overlong,
    ReservedBits,
    Truncated,
    UnknownDatapoint,
    WireError,
)
from thingproof_wire.explain import explain_gizwits
from thingproof_wire.frames.gizwits_p0 import Command, Frame, decode_frame, encode_frame, split_frames
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product

AIR = Codec(Product.from_mapping(profiles.load("air_conditioner")))
WATER = Codec(Product.from_mapping(profiles.load("water_meter")))


@pytest.mark.parametrize(
    ("data", "error", "offset", "field"),
    [
        ("", Truncated, 0, "header"),
        ("0000", Truncated, 2, "header"),
        ("00000004", Malformed, 0, "header"),
        ("00000003", Truncated, 4, "length"),
        ("0000000380", Truncated, 5, "length"),
        ("00000003ffffffff01", Malformed, 8, "length"),
        ("000000038000", Malformed, 5, "length"),
        ("0000000302", Truncated, 5, "length"),
        ("00000003020000", Truncated, 5, "length"),
        ("000000030400009002ff", Overlong, 9, "length"),
        ("000000030401009002", ReservedBits, 5, "flag"),
        ("000000030400009902", Malformed, 6, "command"),
        ("0000000304000093aa", Truncated, 9, "sequence"),
    ],
)
def test_broken_frame(data: str, error: type[WireError], offset: int, field: str) -> None:
    """Each kind of damage has its own error, place and field."""
    with pytest.raises(error) as caught:
        decode_frame(bytes.fromhex(data))
    assert type(caught.value) is error
    assert (caught.value.offset, caught.value.field) == (offset, field)


@pytest.mark.parametrize(
    ("codec", "payload", "error", "offset", "field"),
    [
        (AIR, "", Truncated, 0, "action"),
        (AIR, "09", Malformed, 0, "action"),
        (AIR, "14", Malformed, 0, "action"),
        (WATER, "04", Malformed, 0, "action"),
        (AIR, "0200", Overlong, 1, "payload"),
        (AIR, "0400000010", Truncated, 5, "room_temp"),
        (AIR, "040000001000000000", Overlong, 8, "payload"),
        (AIR, "0440000010000000", ReservedBits, 1, "bit group"),
        (AIR, "0430000010000000", OutOfRange, 1, "fan_speed"),
        (AIR, "0400000021000000", OutOfRange, 4, "set_temp"),
        (AIR, "018000000010", ReservedBits, 1, "attr_flags"),
        (AIR, "01", Truncated, 1, "attr_flags"),
        (WATER, "140400", ReservedBits, 1, "attr_flags"),
        (WATER, "1100106464", OutOfRange, 3, "flow"),
        (WATER, "1100100064", OutOfRange, 2, "flow"),
        (WATER, "11010001", OutOfRange, 1, "fault_sensor"),
    ],
)
def test_broken_payload(
    codec: Codec, payload: str, error: type[WireError], offset: int | None, field: str
) -> None:
    """A payload that the product does not allow is refused with offset and datapoint."""
    with pytest.raises(error) as caught:
        codec.decode_message(bytes.fromhex(payload))
    assert (caught.value.offset, caught.value.field) == (offset, field)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("switch", 2, OutOfRange),
        ("switch", "on", OutOfRange),
        ("mode", "warm", OutOfRange),
        ("mode", 4, OutOfRange),
        ("mode", True, OutOfRange),
        ("set_temp", 33, OutOfRange),
        ("set_temp", 16.5, OutOfRange),
        ("set_temp", "16", OutOfRange),
        ("room_temp", float("nan"), OutOfRange),
        ("colour", 1, UnknownDatapoint),
    ],
)
def test_unusable_value(name: str, value: object, error: type[WireError]) -> None:
    """A value that does not fit names its datapoint."""
    with pytest.raises(error, match=name) as caught:
        AIR.check(name, value)
    assert caught.value.field == name


def test_values_in_their_accepted_spellings() -> None:
    """0 and 1 are bools, order numbers are labels, hex is bytes."""
    assert AIR.check("switch", 1) is True
    assert AIR.check("mode", 1) == "heat"
    assert WATER.check("serial", "1234567000") == bytes.fromhex("1234567000")
    assert WATER.check("flow", 1.5) == 1.5


def test_read_only_datapoints_cannot_be_controlled() -> None:
    """A control of a sensor is refused by name, fixed and variable length."""
    for codec, name in ((AIR, "room_temp"), (WATER, "flow")):
        with pytest.raises(OutOfRange, match=name):
            codec.control({name: 0})


def test_frame_that_cannot_be_sent() -> None:
    """Sequence numbers only where the command has one, in range; flag 0; payload not too long."""
    for frame in (
        Frame(Command.REQUEST, b""),
        Frame(Command.DEVICE_TO_APP, b"", 1),
        Frame(Command.REQUEST, b"", 2**32),
        Frame(Command.DEVICE_TO_APP, b"", flag=1),
        Frame(Command.DEVICE_TO_APP, bytes(65536)),
    ):
        with pytest.raises(WireError):
            encode_frame(frame)


def test_explanation_of_a_broken_frame_keeps_what_was_read() -> None:
    """The rows before the fault are explained, the rest is shown, the error says why."""
    explanation = explain_gizwits(bytes.fromhex("000000030b00009104000000100000"), AIR.product)
    assert [row.name for row in explanation.rows] == ["header", "length", "flag", "command", "?"]
    assert isinstance(explanation.error, Truncated)


def test_explanation_stops_at_the_broken_datapoint() -> None:
    """The datapoints before the fault are explained, the bytes after it are shown."""
    explanation = explain_gizwits(bytes.fromhex("000000030b0000910401020021000000"), AIR.product)
    names = [row.name for row in explanation.rows]
    assert names[4:] == [
        "action", "writable bits", "switch", "fan_swing", "mode", "fan_speed", "on_timing", "off_timing", "?",
    ]  # fmt: skip
    assert (explanation.rows[-1].offset, explanation.rows[-1].hex) == (12, "21000000")
    assert explanation.error is not None
    assert (explanation.error.field, explanation.error.offset) == ("set_temp", 12)


def test_explanation_without_a_product() -> None:
    """Without a product the datapoints stay bytes."""
    explanation = explain_gizwits(bytes.fromhex("0000000309000090010200000010"))
    assert [row.name for row in explanation.rows][4:] == ["action", "body"]
    assert explanation.error is None


def test_enumeration_beyond_its_labels_in_a_wide_group() -> None:
    """In a bit group of two bytes the fault is in the wire's byte, not in the definition's."""
    rows: list[dict[str, Any]] = [{"name": f"b{n}", "access": "readonly", "type": "bool"} for n in range(9)]
    rows.append({"name": "e", "access": "readonly", "type": "enum", "values": ["a", "b", "c"]})
    rows.insert(0, {"name": "f", "access": "readonly", "type": "enum", "values": ["a", "b", "c"]})
    codec = Codec(Product.from_mapping({"name": "wide", "datapoints": rows}))
    for data, offset, field in (("1800", 0, "e"), ("0003", 1, "f")):
        with pytest.raises(OutOfRange) as caught:
            codec.decode_status(bytes.fromhex(data))
        assert (caught.value.offset, caught.value.field) == (offset, field)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"on_timing": True}, "on_timing"),
        ({"on_timing": None}, "on_timing"),
        ({"mode": ["cool"]}, "mode"),
        ({"mode": True}, "mode"),
        ({"set_temp": 16.5}, "set_temp"),
        ({"switch": "on"}, "switch"),
        ({"colour": 1}, "colour"),
    ],
)
def test_report_of_unusable_values(values: dict[str, Any], field: str) -> None:
    """The fast way refuses what `check` refuses, and names the datapoint."""
    with pytest.raises(WireError, match=field) as caught:
        AIR.report(values)
    assert caught.value.field == field


def test_report_accepts_other_spellings() -> None:
    """A report takes whatever `check` takes."""
    usual = AIR.report({"switch": True, "mode": "heat", "set_temp": 20})
    assert AIR.report({"switch": 1, "mode": 1, "set_temp": 20.0}) == usual


def test_length_that_no_frame_has() -> None:
    """A stream that announces megabytes is refused at once instead of being collected."""
    with pytest.raises(Overlong) as caught:
        split_frames(bytes.fromhex("00000003ffffff7f00"))
    assert (caught.value.offset, caught.value.field) == (4, "length")


def test_memory_of_a_codec_has_a_bound() -> None:
    """Neither the values of a scaled number nor the combinations of flags pile up."""
    rows: list[dict[str, Any]] = [{"name": f"b{n}", "access": "writable", "type": "bool"} for n in range(12)]
    rows.append({"name": "n", "access": "writable", "type": "uint16", "ratio": 0.1})
    codec = Codec(Product.from_mapping({"name": "many", "datapoints": rows}))
    for flags in range(2000):
        codec.decode_control(flags.to_bytes(2, "big") + bytes(4))
    for raw in range(5000):
        codec.report({"n": raw / 10})
    assert len(codec._layouts) <= 1024
    assert max(len(scaled) for _, _, scaled, *_ in codec._status._others) <= 4096
