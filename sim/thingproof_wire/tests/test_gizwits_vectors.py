"""Golden rows, decoded and encoded."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_wire import profiles, vectors
from thingproof_wire.explain import explain_gizwits
from thingproof_wire.frames.gizwits_p0 import (
    Action,
    Command,
    Frame,
    decode_frame,
    encode_frame,
    encode_varint,
)
from thingproof_wire.payloads.gizwits_bits import Codec, Message
from thingproof_wire.payloads.gizwits_product import Position, Product
from thingproof_wire.scapy.gizwits import build, dissect, raw_values

ROWS = vectors.load("gizwits")


def product_of(row: dict[str, Any]) -> Product:
    """The row's own product, or its profile with the length that the row says."""
    if "product" in row:
        return Product.from_mapping(row["product"])
    mapping = profiles.load(row["profile"])
    return Product.from_mapping(mapping | {"length": row.get("length", mapping["length"])})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["meaning"])
def test_vector_decodes(row: dict[str, Any]) -> None:
    """The bytes mean what the source says."""
    frame = decode_frame(bytes.fromhex(row["hex"]))
    message = Codec(product_of(row)).decode_message(frame.payload)
    assert (frame.command.name, frame.sequence) == (row["command"], row["sequence"])
    assert message.action.name == row["action"]
    assert message.values == row["values"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["meaning"])
def test_vector_encodes(row: dict[str, Any]) -> None:
    """The meaning becomes the source's bytes, in our codec and in scapy."""
    message = Message(Action[row["action"]], row["values"])
    payload = Codec(product_of(row)).encode_message(message, row.get("last_known"))
    frame = Frame(Command[row["command"]], payload, row["sequence"])
    assert encode_frame(frame).hex() == row["hex"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["meaning"])
def test_vector_in_scapy(row: dict[str, Any]) -> None:
    """The readable definition builds the source's bytes and reads the transmitted values back."""
    product = product_of(row)
    message = Message(Action[row["action"]], row["values"])
    last_known, command = row.get("last_known"), Command[row["command"]]
    built = build(product, message, last_known, command=command, sequence=row["sequence"])
    assert built.hex() == row["hex"]
    expected = raw_values(product, row["values"] or {})
    seen = dissect(product, bytes.fromhex(row["hex"]))
    assert {name: seen[name] for name in expected} == expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["meaning"])
def test_vector_is_explained_to_the_last_byte(row: dict[str, Any]) -> None:
    """Every byte has a row, every value is shown."""
    explanation = explain_gizwits(bytes.fromhex(row["hex"]), product_of(row))
    assert explanation.error is None
    assert "".join(part.hex for part in explanation.rows) == row["hex"]
    assert set(row["values"] or {}) <= {part.name for part in explanation.rows}


def test_every_vector_names_its_source() -> None:
    """A row without an outside source proves nothing; the three frames of the seed are all there."""
    assert all(row["source"] for row in ROWS)
    lines = {row["source"].split(",")[0] for row in ROWS if row["source"].startswith("gizwits.md")}
    assert lines == {"gizwits.md:1433", "gizwits.md:1439", "gizwits.md:1448"}


def test_position_inside_a_bit_group_of_two_bytes() -> None:
    """The definition counts bits on over the byte border and gives the byte before the swap."""
    product = next(product_of(row) for row in ROWS if "product" in row)
    assert product.position("e") == Position(byte_offset=1, bit_offset=13, length=2, unit="bit")


@pytest.mark.parametrize(
    ("length", "written"), [(0, "00"), (127, "7f"), (128, "8001"), (16383, "ff7f"), (16384, "808001")]
)
def test_length_field(length: int, written: str) -> None:
    """The length is written as MQTT's remaining length."""
    assert encode_varint(length).hex() == written


@pytest.mark.parametrize("name", profiles.names())
def test_profile_can_report(name: str) -> None:
    """Each profile has positions that do not overlap and a codec that reports its lowest values."""
    product = Product.from_mapping(profiles.load(name))
    codec = Codec(product)
    lowest = {row.name: row.lowest for row in product.datapoints}
    assert codec.decode_message(decode_frame(codec.report(lowest)).payload).values == lowest
    if not product.variable:
        taken = [product.position(row.name) for row in product.datapoints]
        assert len({(place.byte_offset, place.bit_offset) for place in taken}) == len(taken)
