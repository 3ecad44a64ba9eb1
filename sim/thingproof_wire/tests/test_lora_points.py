"""Datapoints in LoRaWAN payloads: golden bytes, round trips, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingproof_wire import profiles
from thingproof_wire.errors import Malformed, OutOfRange, Truncated, UnknownDatapoint, WireError
from thingproof_wire.payloads.gizwits_product import Product
from thingproof_wire.payloads.lora_points import PointsCodec

METER = PointsCodec(Product.from_mapping(profiles.load("water_meter")))


@pytest.mark.parametrize(
    ("values", "hexadecimal"),
    [
        ({"valve": True}, "0001"),
        ({"tariff": "holiday"}, "0102"),
        ({"limit": 500}, "0201f4"),
        ({"flow": 12.3}, "04007b"),
        ({"total": 48210, "battery": 88}, "050000bc520658"),
        ({"serial": b"\x01\x02\x03\x04\x05"}, "030102030405"),
        ({}, ""),
    ],
)
def test_golden_bytes_both_ways(values: dict[str, Any], hexadecimal: str) -> None:
    assert METER.encode(values).hex() == hexadecimal
    assert METER.decode(bytes.fromhex(hexadecimal)) == values


def test_the_size_is_that_of_a_payload_with_everything() -> None:
    values = {row.name: row.lowest for row in METER.product.datapoints}
    assert len(METER.encode(values)) == METER.size


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ("63", Malformed),
        ("02ff", Truncated),
        ("0002", OutOfRange),
        ("0109", OutOfRange),
        ("022711", OutOfRange),
    ],
)
def test_bad_payloads_say_where(payload: str, error: Any) -> None:
    with pytest.raises(error):
        METER.decode(bytes.fromhex(payload))


def test_an_unknown_datapoint_is_refused() -> None:
    with pytest.raises(UnknownDatapoint, match="valve"):
        METER.encode({"vlave": True})


@given(st.binary(max_size=40))
def test_any_bytes_are_values_or_an_error(data: Any) -> None:
    try:
        values = METER.decode(data)
    except WireError:
        return
    assert METER.decode(METER.encode(values)) == values
