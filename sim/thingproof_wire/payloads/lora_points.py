"""Datapoints in a LoRaWAN payload: one after the other, each with its id and its value, big endian.

    id (1 byte) | value | id | value | ...

A bool and an enumeration take one byte (0 or 1; the label's order number), a number takes the bytes of its
type and holds the transmitted value, (display value - addition) / ratio, a binary datapoint takes its
length. The same form goes both ways. It is our own, meant to be read in a hex dump; a vendor's profile
brings its own codec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_wire.errors import Malformed, OutOfRange, Truncated, UnknownDatapoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_wire.payloads.gizwits_datapoint import Datapoint
    from thingproof_wire.payloads.gizwits_product import Product, Value


class PointsCodec:
    """Values of a product to bytes and back.

    Args:
        product: whose datapoints have ids from 0 to 255.
    """

    __slots__ = ("_by_id", "_by_name", "product", "size")

    def __init__(self, product: Product) -> None:
        self.product = product
        self._by_name = {row.name: (row, bytes((row.id,)), _width(row)) for row in product.datapoints}
        self._by_id = {row.id: row for row in product.datapoints}
        self.size = sum(1 + width for _, _, width in self._by_name.values())
        """Bytes of a payload with every datapoint."""

    def encode(self, values: Mapping[str, Value]) -> bytes:
        """Payload of some values, in the order in which they are given.

        Raises:
            UnknownDatapoint, OutOfRange: a value the product does not have or allow.
        """
        parts = []
        for name, value in values.items():
            row = self._by_name.get(name)
            if row is None:
                raise UnknownDatapoint(
                    f"there is no datapoint {name!r}; there are {', '.join(self._by_name)}"
                )
            datapoint, number, width = row
            parts.append(number + _encode(datapoint, datapoint.check(value), width))
        return b"".join(parts)

    def decode(self, payload: bytes) -> dict[str, Value]:
        """Values of a payload.

        Raises:
            Malformed, Truncated, OutOfRange: with offset and field.
        """
        values: dict[str, Value] = {}
        place = 0
        while place < len(payload):
            row = self._by_id.get(payload[place])
            if row is None:
                raise Malformed(
                    f"is {payload[place]}, the product has no such datapoint", offset=place, field="id"
                )
            begin, place = place + 1, place + 1 + _width(row)
            if place > len(payload):
                raise Truncated("ends inside the value", offset=len(payload), field=row.name)
            values[row.name] = _decode(row, payload[begin:place], begin)
        return values


def _width(row: Datapoint) -> int:
    return 1 if row.type in ("bool", "enum") else row.bytes


def _encode(row: Datapoint, value: Any, width: int) -> bytes:
    if row.type == "binary":
        return bytes(value)
    if row.type == "bool":
        return b"\x01" if value else b"\x00"
    if row.type == "enum":
        return bytes((row.values.index(value),))
    return row.to_raw(value).to_bytes(width, "big")


def _decode(row: Datapoint, data: bytes, offset: int) -> Value:
    raw = int.from_bytes(data, "big")
    try:
        if row.type == "binary":
            return row.check(data)
        return row.check(raw if row.type in ("bool", "enum") else row.to_display(raw))
    except OutOfRange as error:
        raise OutOfRange(error.reason, offset=offset, field=row.name) from None


__all__ = ["PointsCodec"]
