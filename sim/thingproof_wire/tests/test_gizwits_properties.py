"""Properties that hold for every product, value and byte string."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from thingproof_wire import profiles
from thingproof_wire.errors import WireError
from thingproof_wire.explain import explain_gizwits
from thingproof_wire.frames.gizwits_p0 import (
    MAX_PAYLOAD,
    SEQUENCED,
    Action,
    Command,
    Frame,
    decode_frame,
    encode_frame,
    split_frames,
)
from thingproof_wire.payloads.gizwits_bits import Codec, Message
from thingproof_wire.payloads.gizwits_product import Product, Value
from thingproof_wire.scapy.gizwits import (
    GizwitsFrame,
    build_frame,
    build_payload,
    dissect_payload,
    raw_values,
)
from thingproof_wire.tests.strategies import products_with_values

if TYPE_CHECKING:
    from collections.abc import Callable

ProductAndValues = tuple[Product, dict[str, Value]]


Decoded = TypeVar("Decoded")


def outcome(decode: Callable[[bytes], Decoded], data: bytes) -> Decoded | WireError:
    """What the bytes mean, or why they mean nothing."""
    try:
        return decode(data)
    except WireError as error:
        return error


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    """Any frame."""
    command = draw(st.sampled_from(Command))
    sequence = draw(st.integers(0, 0xFFFFFFFF)) if command in SEQUENCED else None
    return Frame(command, draw(st.binary(max_size=300)), sequence)


@given(frames())
def test_frame_round_trip_and_scapy_agrees(frame: Frame) -> None:
    """A frame survives encoding and decoding; scapy builds and reads the same bytes."""
    data = encode_frame(frame)
    assert decode_frame(data) == frame
    assert build_frame(frame) == data
    packet = GizwitsFrame(data)
    assert (packet.cmd, packet.length) == (frame.command, len(data) - data.index(b"\x03") - 1 - _varint(data))
    assert bytes(packet.payload) == frame.payload


def _varint(data: bytes) -> int:
    return next(count for count, byte in enumerate(data[4:8], 1) if byte < 0x80)


@given(st.integers(0, MAX_PAYLOAD))
def test_frame_of_any_length(length: int) -> None:
    """The length field grows with the payload."""
    frame = Frame(Command.DEVICE_TO_APP, bytes(length))
    assert decode_frame(encode_frame(frame)) == frame


@given(st.lists(frames(), max_size=4), st.data())
def test_stream_is_split_at_frame_borders(wanted: list[Frame], data: st.DataObject) -> None:
    """However a stream is cut, the same frames come out."""
    stream = b"".join(map(encode_frame, wanted))
    cut = data.draw(st.integers(0, len(stream)))
    first, rest = split_frames(stream[:cut])
    second, rest = split_frames(rest + stream[cut:])
    assert first + second == wanted
    assert rest == b""


@given(products_with_values(variable=False))
def test_status_round_trip_and_scapy_agrees(drawn: ProductAndValues) -> None:
    """dev_status holds every value that was put in, and scapy writes the same bytes."""
    product, values = drawn
    codec = Codec(product)
    payload = codec.encode_message(Message(Action.REPORT, values))
    read = codec.decode_message(payload).values or {}
    assert {name: read[name] for name in values} == values
    assert len(payload) == 1 + codec.status_length
    assert build_payload(product, Action.REPORT, values) == payload
    seen = dissect_payload(product, Action.REPORT, payload)
    assert {name: seen[name] for name in values} == raw_values(product, values)


@given(products_with_values(variable=False, access="writable"), st.data())
def test_control_round_trip_and_scapy_agrees(drawn: ProductAndValues, data: st.DataObject) -> None:
    """A control means the flagged datapoints only, whatever the others are filled with."""
    product, values = drawn
    codec = Codec(product)
    rest = {
        row.name: row.check(row.to_display(0) if row.bytes and row.type != "binary" else _low(row.type, row))
        for row in product.datapoints
        if row.access == "writable" and data.draw(st.booleans())
    }
    payload = codec.encode_message(Message(Action.CONTROL, values), rest)
    assert codec.decode_message(payload).values == values
    assert build_payload(product, Action.CONTROL, values, rest) == payload


def _low(kind: str, row: Any) -> Value:
    return bytes(row.length) if kind == "binary" else row.values[0] if kind == "enum" else False


@given(products_with_values(variable=True))
def test_variable_length_round_trip_and_scapy_agrees(drawn: ProductAndValues) -> None:
    """A variable-length report holds exactly what was put in."""
    product, values = drawn
    codec = Codec(product)
    for action in (Action.REPORT_VARIABLE, Action.READ_ANSWER_VARIABLE):
        payload = codec.encode_message(Message(action, values))
        assert codec.decode_message(payload) == Message(action, values)
        assert build_payload(product, action, values) == payload
    read = codec.encode_message(Message(Action.READ_VARIABLE, names=tuple(values)))
    assert set(codec.decode_message(read).names or ()) == set(values)
    assert build_payload(product, Action.READ_VARIABLE, values) == read


@given(products_with_values(), st.binary(max_size=64))
def test_payload_decodes_or_says_where_it_is_broken(drawn: ProductAndValues, payload: bytes) -> None:
    """Any bytes are either a message that encodes to the same meaning, or an error with an offset."""
    codec = Codec(drawn[0])
    message = outcome(codec.decode_message, payload)
    if isinstance(message, WireError):
        assert message.field
        assert message.offset is None or 0 <= message.offset <= len(payload)
    else:
        assert codec.decode_message(codec.encode_message(message)) == message


@given(st.one_of(st.binary(max_size=40), st.binary(max_size=30).map(lambda rest: b"\0\0\0\3" + rest)))
def test_frame_decodes_or_says_where_it_is_broken(data: bytes) -> None:
    """Any bytes are a frame that encodes to itself, or an error with an offset inside the input."""
    frame = outcome(decode_frame, data)
    if isinstance(frame, WireError):
        assert frame.offset is not None
        assert 0 <= frame.offset <= max(len(data), 8)
    else:
        assert encode_frame(frame) == data


@given(st.binary(max_size=40).map(lambda rest: b"\0\0\0\3" + rest))
def test_explanation_covers_every_byte_once(data: bytes) -> None:
    """Whatever is wrong with a frame, its explanation holds all of its bytes in order."""
    product = Product.from_mapping(profiles.load("air_conditioner"))
    explanation = explain_gizwits(data, product)
    assert "".join(row.hex for row in explanation.rows) == data.hex()
