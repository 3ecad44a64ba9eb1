"""Properties that hold for every product, value and byte string."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

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
    build,
    build_frame,
    dissect,
    frame_layer,
    raw_values,
)
from thingproof_wire.tests.strategies import (
    almost_payloads,
    messages,
    patient,
    products,
    products_with_values,
    some_values,
)

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


@patient
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


@patient
@given(st.integers(0, MAX_PAYLOAD))
def test_frame_of_any_length(length: int) -> None:
    """The length field grows with the payload."""
    frame = Frame(Command.DEVICE_TO_APP, bytes(length))
    assert decode_frame(encode_frame(frame)) == frame


@patient
@given(st.lists(frames(), max_size=4), st.data())
def test_stream_is_split_at_frame_borders(wanted: list[Frame], data: st.DataObject) -> None:
    """However a stream is cut, the same frames come out."""
    stream = b"".join(map(encode_frame, wanted))
    cut = data.draw(st.integers(0, len(stream)))
    first, rest = split_frames(stream[:cut])
    second, rest = split_frames(rest + stream[cut:])
    assert first + second == wanted
    assert rest == b""


@patient
@given(products_with_values(variable=False))
def test_status_round_trip(drawn: ProductAndValues) -> None:
    """dev_status holds every value that was put in, and always has the same length."""
    product, values = drawn
    codec = Codec(product)
    for action in (Action.REPORT, Action.READ_ANSWER):
        payload = codec.encode_message(Message(action, values))
        read = codec.decode_message(payload).values or {}
        assert {name: read[name] for name in values} == values
        assert list(read) == [row.name for row in product.datapoints]
        assert len(payload) == 1 + codec.status_length


@patient
@given(products_with_values(variable=False, access="writable"), st.data())
def test_control_round_trip(drawn: ProductAndValues, data: st.DataObject) -> None:
    """A control means the flagged datapoints only, whatever the others are filled with."""
    product, values = drawn
    codec = Codec(product)
    last_known = data.draw(some_values(codec.writable))
    payload = codec.encode_message(Message(Action.CONTROL, values), last_known)
    assert codec.decode_message(payload).values == values
    noise = data.draw(st.integers(0, 256**codec.status_length - 1)).to_bytes(codec.status_length, "big")
    noisy = with_noise(codec, payload, noise)
    assert codec.decode_message(noisy).values == values


def with_noise(codec: Codec, payload: bytes, noise: bytes) -> bytes:
    """A control whose datapoints without flag hold anything; reserved bits stay 0."""
    body = codec.open_body(Action.CONTROL, payload)
    assert body.layout is not None
    changed = bytearray(payload)
    for place, value in body.layout.walk(payload, body.start):
        if value is not None:
            continue
        begin = body.start + place.offset
        mask = (1 << (place.datapoint.bits or 8 * place.length)) - 1 << place.shift
        number = int.from_bytes(changed[begin : begin + place.length], "big")
        chosen = int.from_bytes(noise[place.offset : place.offset + place.length], "big")
        number = number & ~mask | chosen & mask
        changed[begin : begin + place.length] = number.to_bytes(place.length, "big")
    return bytes(changed)


@patient
@given(products_with_values(variable=True))
def test_variable_length_round_trip(drawn: ProductAndValues) -> None:
    """A variable-length message holds exactly what was put in."""
    product, values = drawn
    codec = Codec(product)
    for action in (Action.REPORT_VARIABLE, Action.READ_ANSWER_VARIABLE):
        message = Message(action, values)
        assert codec.decode_message(codec.encode_message(message)) == message
    names = tuple(row.name for row in codec.all if row.name in values)
    read = Message(Action.READ_VARIABLE, names=names)
    assert codec.decode_message(codec.encode_message(read)) == read


@patient
@given(products(), st.data())
def test_scapy_agrees_on_every_message(product: Product, data: st.DataObject) -> None:
    """Codec and scapy build the same bytes for all commands and actions, and read the same values back."""
    codec = Codec(product)
    message = data.draw(messages(codec))
    last_known = data.draw(some_values(codec.writable)) if message.action == Action.CONTROL else {}
    command = data.draw(st.sampled_from(Command))
    sequence = data.draw(st.integers(0, 0xFFFFFFFF)) if command in SEQUENCED else None
    frame = encode_frame(Frame(command, codec.encode_message(message, last_known), sequence))

    assert build(product, message, last_known, command=command, sequence=sequence) == frame
    seen = dissect(product, frame)
    expected = raw_values(product, message.values or {})
    assert {name: seen[name] for name in expected} == expected
    assert (seen["action"], seen["cmd"], seen["sequence"]) == (message.action, command, sequence)
    assert seen.get("load", b"") == (message.data or b"")
    packet = frame_layer(product)(frame)
    packet.clear_cache()
    assert bytes(packet) == frame


@patient
@given(products_with_values())
def test_whole_frames(drawn: ProductAndValues) -> None:
    """`report` and `control` are the frames of their messages, with and without a sequence number."""
    product, values = drawn
    codec = Codec(product)
    reported, controlled = (
        (Action.REPORT_VARIABLE, Action.CONTROL_VARIABLE)
        if product.variable
        else (Action.REPORT, Action.CONTROL)
    )
    writable = {row.name: values[row.name] for row in codec.writable if row.name in values}
    report = codec.encode_message(Message(reported, values))
    control = codec.encode_message(Message(controlled, writable))
    assert decode_frame(codec.report(values)) == Frame(Command.DEVICE_TO_APP, report)
    assert decode_frame(codec.report(values, 5)) == Frame(Command.REQUEST, report, 5)
    assert decode_frame(codec.control(writable)) == Frame(Command.APP_TO_DEVICE, control)
    assert decode_frame(codec.control(writable, None, 5)) == Frame(Command.REQUEST, control, 5)


@patient
@given(products(), st.data())
def test_payload_decodes_or_says_where_it_is_broken(product: Product, data: st.DataObject) -> None:
    """Any bytes are either a message that encodes to the same meaning, or an error with offset and field."""
    codec = Codec(product)
    payload = data.draw(almost_payloads(codec))
    message = outcome(codec.decode_message, payload)
    if isinstance(message, WireError):
        assert message.field
        assert message.offset is not None
        assert 0 <= message.offset <= len(payload)
    else:
        assert codec.decode_message(codec.encode_message(message)) == message


@patient
@given(products(), st.data())
def test_explanation_of_a_product_covers_every_byte_once(product: Product, data: st.DataObject) -> None:
    """The explanation holds all bytes in order, and is wrong exactly when the payload is."""
    codec = Codec(product)
    payload = data.draw(almost_payloads(codec))
    frame = encode_frame(Frame(Command.DEVICE_TO_APP, payload))
    explanation = explain_gizwits(frame, product)
    assert "".join(row.hex for row in explanation.rows) == frame.hex()
    decoded = outcome(codec.decode_message, payload)
    if isinstance(decoded, WireError) and payload:
        assert explanation.error is not None
        assert explanation.error.offset == (decoded.offset or 0) + len(frame) - len(payload)
    else:
        assert explanation.error is None
        assert "?" not in [row.name for row in explanation.rows]


@patient
@given(products())
def test_product_survives_its_own_form(product: Product) -> None:
    """A product written as a mapping and read again is the same product."""
    again = Product.from_mapping(product.to_mapping())
    assert (again.datapoints, again.variable) == (product.datapoints, product.variable)


@patient
@given(st.one_of(st.binary(max_size=40), st.binary(max_size=30).map(lambda rest: b"\0\0\0\3" + rest)))
def test_frame_decodes_or_says_where_it_is_broken(data: bytes) -> None:
    """Any bytes are a frame that encodes to itself, or an error with an offset inside the input."""
    frame = outcome(decode_frame, data)
    if isinstance(frame, WireError):
        assert frame.offset is not None
        assert 0 <= frame.offset <= len(data)
    else:
        assert encode_frame(frame) == data


@patient
@given(st.binary(max_size=40).map(lambda rest: b"\0\0\0\3" + rest))
def test_explanation_covers_every_byte_once(data: bytes) -> None:
    """Whatever is wrong with a frame, its explanation holds all of its bytes in order."""
    product = Product.from_mapping(profiles.load("air_conditioner"))
    explanation = explain_gizwits(data, product)
    assert "".join(row.hex for row in explanation.rows) == data.hex()
