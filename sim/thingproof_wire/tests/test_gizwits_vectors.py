"""Golden rows, decoded and encoded."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_wire import profiles, vectors
from thingproof_wire.frames.gizwits_p0 import Action, Command, Frame, decode_frame, encode_frame
from thingproof_wire.payloads.gizwits_bits import Codec, Message
from thingproof_wire.payloads.gizwits_product import Product, Value
from thingproof_wire.scapy.gizwits import build_frame

ROWS = vectors.load("gizwits")


def codec_of(row: dict[str, Any]) -> Codec:
    """The codec of the row's profile, as a variable-length product when the row says so."""
    mapping = profiles.load(row["profile"]) | ({"length": "variable"} if row.get("variable") else {})
    return Codec(Product.from_mapping(mapping))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["meaning"])
def test_vector_decodes(row: dict[str, Any]) -> None:
    """The bytes mean what the source says."""
    frame = decode_frame(bytes.fromhex(row["hex"]))
    message = codec_of(row).decode_message(frame.payload)
    assert (frame.command.name, frame.sequence) == (row["command"], row["sequence"])
    assert message.action.name == row["action"]
    assert message.values == row["values"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["meaning"])
def test_vector_encodes(row: dict[str, Any]) -> None:
    """The meaning becomes the source's bytes, in our codec and in scapy."""
    message = Message(Action[row["action"]], row["values"])
    payload = codec_of(row).encode_message(message, row.get("last_known"))
    frame = Frame(Command[row["command"]], payload, row["sequence"])
    assert encode_frame(frame).hex() == row["hex"]
    assert build_frame(frame).hex() == row["hex"]


def test_bit_group_of_two_bytes() -> None:
    """13 bools and an enumeration of 3 at bit 13: b0, b12 and e=2 are 0x5001, sent as 50 01."""
    rows: list[dict[str, Any]] = [
        {"name": f"b{index}", "access": "writable", "type": "bool"} for index in range(13)
    ]
    rows.append({"name": "e", "access": "writable", "type": "enum", "values": ["a", "b", "c"]})
    codec = Codec(Product.from_mapping({"name": "wide", "datapoints": rows}))
    values: dict[str, Value] = {"b0": True, "b12": True, "e": "c"}
    assert codec.encode_status(values) == b"\x50\x01"
    assert codec.product.position("e").bit_offset == 13
    assert codec.product.position("e").byte_offset == 1
