"""Data types of the Zigbee Cluster Library: values to bytes and back.

Source: ZCL revision 8 (07-5123-08), section 2.6.2 (types and their invalid values), the same in revisions
6 and 7. Numbers are little endian. Where a type has an invalid value it is None here. Values are

    bool; int for data, bitmaps, numbers, enumerations, UTC and addresses; float; bytes for octet strings and
    keys; str for character strings; a tuple of bytes for time of day and date; `Array` and `Structure`.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any, TypeAlias

from thingproof_wire.errors import Malformed, OutOfRange, Truncated

Value: TypeAlias = Any
MAX_DEPTH = 15
"""Levels of arrays and structures inside each other (section 2.6.2.12)."""


@dataclass(frozen=True, slots=True)
class DataType:
    """A type.

    Attributes:
        number: its identifier.
        kind: how its values are written: none, unsigned, signed, bool, float, quad, octets, text, key, array,
            structure.
        size: bytes of a value; of the length before it for strings and arrays.
        invalid: the number that stands for no value, None if the type has none.
        analog: whether the difference of two values means something, so that a report has a least change.
    """

    number: int
    name: str
    kind: str
    size: int
    invalid: int | None = None
    analog: bool = False


def _numbers(first: int, name: str, kind: str, *, analog: bool, invalid: bool) -> list[DataType]:
    """Eight types of 1 to 8 bytes."""
    types = []
    for size in range(1, 9):
        none = None
        if invalid:
            none = -(1 << 8 * size - 1) if kind == "signed" else (1 << 8 * size) - 1
        types.append(DataType(first + size - 1, f"{name}{8 * size}", kind, size, none, analog))
    return types


DATA_TYPES: tuple[DataType, ...] = (
    DataType(0x00, "nodata", "none", 0),
    *_numbers(0x08, "data", "unsigned", analog=False, invalid=False),
    DataType(0x10, "bool", "bool", 1, 0xFF),
    *_numbers(0x18, "map", "unsigned", analog=False, invalid=False),
    *_numbers(0x20, "uint", "unsigned", analog=True, invalid=True),
    *_numbers(0x28, "int", "signed", analog=True, invalid=True),
    DataType(0x30, "enum8", "unsigned", 1, 0xFF),
    DataType(0x31, "enum16", "unsigned", 2, 0xFFFF),
    DataType(0x38, "semi", "float", 2, analog=True),
    DataType(0x39, "single", "float", 4, analog=True),
    DataType(0x3A, "double", "float", 8, analog=True),
    DataType(0x41, "octstr", "octets", 1, 0xFF),
    DataType(0x42, "string", "text", 1, 0xFF),
    DataType(0x43, "octstr16", "octets", 2, 0xFFFF),
    DataType(0x44, "string16", "text", 2, 0xFFFF),
    DataType(0x48, "array", "array", 2, 0xFFFF),
    DataType(0x4C, "struct", "structure", 2, 0xFFFF),
    DataType(0x50, "set", "array", 2, 0xFFFF),
    DataType(0x51, "bag", "array", 2, 0xFFFF),
    DataType(0xE0, "ToD", "quad", 4, 0xFFFFFFFF, analog=True),
    DataType(0xE1, "date", "quad", 4, 0xFFFFFFFF, analog=True),
    DataType(0xE2, "UTC", "unsigned", 4, 0xFFFFFFFF, analog=True),
    DataType(0xE8, "clusterId", "unsigned", 2, 0xFFFF),
    DataType(0xE9, "attribId", "unsigned", 2, 0xFFFF),
    DataType(0xEA, "bacOID", "unsigned", 4, 0xFFFFFFFF),
    DataType(0xF0, "EUI64", "unsigned", 8, (1 << 64) - 1),
    DataType(0xF1, "key128", "key", 16),
    DataType(0xFF, "unk", "none", 0),
)
BY_NUMBER = {row.number: row for row in DATA_TYPES}
BY_NAME = {row.name: row for row in DATA_TYPES}
_FLOATS = {2: struct.Struct("<e"), 4: struct.Struct("<f"), 8: struct.Struct("<d")}


@dataclass(frozen=True, slots=True)
class Array:
    """Values of one type: an array, a set or a bag."""

    type: int
    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """Values with their types."""

    items: tuple[tuple[int, Value], ...]


def type_of(number: int, offset: int | None = None) -> DataType:
    """The type of an identifier.

    Raises:
        Malformed: there is none.
    """
    row = BY_NUMBER.get(number)
    if row is None:
        raise Malformed(f"is {number:#04x}, which no data type has", offset=offset, field="data type")
    return row


def encode_value(number: int, value: Value) -> bytes:
    """Bytes of a value of some type.

    Raises:
        Malformed, OutOfRange: no such type, or a value that it cannot hold.
    """
    row = type_of(number)
    if value is None and row.kind != "none":
        return _encode_invalid(row)
    return _ENCODERS[row.kind](row, value)


def decode_value(number: int, data: bytes, place: int, depth: int = 0) -> tuple[Value, int]:
    """The value of some type at a place, and the place after it.

    Raises:
        Malformed, Truncated: with offset and field.
    """
    row = type_of(number, place)
    end = place + row.size
    if end > len(data):
        raise Truncated(f"needs {row.size} bytes", offset=len(data), field=row.name)
    return _DECODERS[row.kind](row, data, place, depth)


def _encode_invalid(row: DataType) -> bytes:
    if row.kind == "float":
        return _FLOATS[row.size].pack(math.nan)
    if row.invalid is None:
        raise OutOfRange("has no invalid value", field=row.name)
    head = bytes((0,)) if row.kind == "array" else b""  # the type of the items, of which there are none
    return head + row.invalid.to_bytes(row.size, "little", signed=row.kind == "signed")


def _wrong(row: DataType, value: Value) -> OutOfRange:
    return OutOfRange(f"cannot hold {value!r}", field=row.name)


def _encode_number(row: DataType, value: Value) -> bytes:
    if not isinstance(value, int) or value == row.invalid:
        raise _wrong(row, value)
    try:
        return value.to_bytes(row.size, "little", signed=row.kind == "signed")
    except OverflowError:
        raise _wrong(row, value) from None


def _encode_bool(row: DataType, value: Value) -> bytes:
    if value not in (0, 1):
        raise _wrong(row, value)
    return b"\x01" if value else b"\x00"


def _encode_float(row: DataType, value: Value) -> bytes:
    if not isinstance(value, int | float) or math.isnan(value):
        raise _wrong(row, value)
    try:
        return _FLOATS[row.size].pack(value)
    except (OverflowError, struct.error):
        raise _wrong(row, value) from None


def _encode_bytes(row: DataType, value: Value) -> bytes:
    if row.kind == "text" and isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    if not isinstance(value, bytes) or len(value) >= (1 << 8 * row.size) - 1:
        raise _wrong(row, value)
    return len(value).to_bytes(row.size, "little") + value


def _encode_fixed(row: DataType, value: Value) -> bytes:
    try:
        data = bytes(value)
    except (TypeError, ValueError):
        raise _wrong(row, value) from None
    if len(data) != row.size or (row.kind == "quad" and data == b"\xff\xff\xff\xff"):
        raise _wrong(row, value)
    return data


def _encode_none(row: DataType, value: Value) -> bytes:
    if value is not None:
        raise _wrong(row, value)
    return b""


def _encode_array(row: DataType, value: Value) -> bytes:
    if not isinstance(value, Array) or len(value.items) >= 0xFFFF:
        raise _wrong(row, value)
    head = bytes((type_of(value.type).number,)) + len(value.items).to_bytes(2, "little")
    return head + b"".join([encode_value(value.type, item) for item in value.items])


def _encode_structure(row: DataType, value: Value) -> bytes:
    if not isinstance(value, Structure) or len(value.items) >= 0xFFFF:
        raise _wrong(row, value)
    parts = [bytes((type_of(number).number,)) + encode_value(number, item) for number, item in value.items]
    return len(parts).to_bytes(2, "little") + b"".join(parts)


def _decode_number(row: DataType, data: bytes, place: int, _: int) -> tuple[Value, int]:
    end = place + row.size
    value = int.from_bytes(data[place:end], "little", signed=row.kind == "signed")
    return (None if value == row.invalid else value), end


def _decode_bool(row: DataType, data: bytes, place: int, _: int) -> tuple[Value, int]:
    byte = data[place]
    if byte not in (0, 1, row.invalid):
        raise Malformed(f"is {byte:#04x}, must be 0, 1 or 0xff", offset=place, field=row.name)
    return (None if byte == row.invalid else byte == 1), place + 1


def _decode_float(row: DataType, data: bytes, place: int, _: int) -> tuple[Value, int]:
    (value,) = _FLOATS[row.size].unpack_from(data, place)
    return (None if math.isnan(value) else value), place + row.size


def _decode_bytes(row: DataType, data: bytes, place: int, _: int) -> tuple[Value, int]:
    start = place + row.size
    size = int.from_bytes(data[place:start], "little")
    if size == row.invalid:
        return None, start
    part = data[start : start + size]
    if len(part) < size:
        raise Truncated(f"says {size} bytes, {len(part)} are left", offset=len(data), field=row.name)
    return (part.decode("utf-8", "surrogateescape") if row.kind == "text" else part), start + size


def _decode_fixed(row: DataType, data: bytes, place: int, _: int) -> tuple[Value, int]:
    part = data[place : place + row.size]
    if row.kind == "key":
        return part, place + row.size
    return (None if part == b"\xff\xff\xff\xff" else tuple(part)), place + row.size


def _decode_none(_row: DataType, _data: bytes, place: int, _: int) -> tuple[Value, int]:
    return None, place


def _deeper(row: DataType, place: int, depth: int) -> int:
    if depth >= MAX_DEPTH:
        raise Malformed(f"more than {MAX_DEPTH} inside each other", offset=place, field=row.name)
    return depth + 1


def _decode_array(row: DataType, data: bytes, place: int, depth: int) -> tuple[Value, int]:
    if place + 3 > len(data):
        raise Truncated("needs three bytes", offset=len(data), field=row.name)
    number, count = data[place], int.from_bytes(data[place + 1 : place + 3], "little")
    if count == row.invalid:
        return None, place + 3
    size = type_of(number, place).size
    if count > len(data) or (count and not size):  # no memory for numbers that a few bytes claim
        raise Truncated(f"says {count} items", offset=len(data), field=row.name)
    inner, place, items = _deeper(row, place, depth), place + 3, []
    for _ in range(count):
        item, place = decode_value(number, data, place, inner)
        items.append(item)
    return Array(number, tuple(items)), place


def _decode_structure(row: DataType, data: bytes, place: int, depth: int) -> tuple[Value, int]:
    count = int.from_bytes(data[place : place + 2], "little")
    if count == row.invalid:
        return None, place + 2
    inner, place, items = _deeper(row, place, depth), place + 2, []
    for _ in range(count):
        if place >= len(data):
            raise Truncated(f"says {count} items", offset=len(data), field=row.name)
        number = data[place]
        item, place = decode_value(number, data, place + 1, inner)
        items.append((number, item))
    return Structure(tuple(items)), place


_ENCODERS = {
    "none": _encode_none,
    "unsigned": _encode_number,
    "signed": _encode_number,
    "bool": _encode_bool,
    "float": _encode_float,
    "quad": _encode_fixed,
    "key": _encode_fixed,
    "octets": _encode_bytes,
    "text": _encode_bytes,
    "array": _encode_array,
    "structure": _encode_structure,
}
_DECODERS = {
    "none": _decode_none,
    "unsigned": _decode_number,
    "signed": _decode_number,
    "bool": _decode_bool,
    "float": _decode_float,
    "quad": _decode_fixed,
    "key": _decode_fixed,
    "octets": _decode_bytes,
    "text": _decode_bytes,
    "array": _decode_array,
    "structure": _decode_structure,
}
