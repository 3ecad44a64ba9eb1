"""Fields of Zigbee messages: each reads and writes its part of the bytes, little endian, by the value's name.

Bits that are reserved are written as 0 and ignored when read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from thingproof_wire.errors import Malformed, OutOfRange, Truncated

if TYPE_CHECKING:
    from collections.abc import Mapping

Values: TypeAlias = dict[str, Any]


class Field(Protocol):
    """A part of a message."""

    @property
    def names(self) -> tuple[str, ...]:
        """The values it holds."""
        ...

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Its bytes."""
        ...

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Read its values at a place; gives the place after it."""
        ...


Fields: TypeAlias = tuple[Field, ...]


def value_of(values: Mapping[str, Any], name: str) -> Any:
    """A value of a message.

    Raises:
        Malformed: there is none of that name.
    """
    try:
        return values[name]
    except KeyError:
        raise Malformed("has no value", field=name) from None


def whole(name: str, value: Any) -> int:
    """A whole number.

    Raises:
        OutOfRange: it is none.
    """
    if not isinstance(value, int):
        raise OutOfRange(f"is {value!r}, must be a whole number", field=name)
    return int(value)


def bytes_at(data: bytes, place: int, size: int, name: str) -> bytes:
    """Some bytes of a message.

    Raises:
        Truncated: it ends before.
    """
    part = data[place : place + size]
    if len(part) < size:
        raise Truncated(f"needs {size} bytes, {len(part)} are left", offset=len(data), field=name)
    return part


def encode_fields(fields: Fields, values: Mapping[str, Any]) -> bytes:
    """Bytes of the fields, one after the other.

    Raises:
        Malformed, OutOfRange: a value that is missing, or has no place in its field.
    """
    return b"".join([part.encode(values) for part in fields])


def decode_fields(fields: Fields, data: bytes, place: int) -> tuple[Values, int]:
    """Values of the fields at a place, and the place after them.

    Raises:
        Truncated, Malformed: with offset and field.
    """
    values: Values = {}
    for part in fields:
        place = part.decode(data, place, values)
    return values, place


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number of some bytes: addresses, identifiers, EUI-64 and bitmaps too."""

    name: str
    size: int
    signed: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The value it holds."""
        return (self.name,)

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Raises Malformed, OutOfRange: no value, or one that needs more bytes."""
        value = whole(self.name, value_of(values, self.name))
        try:
            return value.to_bytes(self.size, "little", signed=self.signed)
        except OverflowError:
            raise OutOfRange(f"is {value}, must fit in {self.size} bytes", field=self.name) from None

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Raises Truncated: the message ends before."""
        part = bytes_at(data, place, self.size, self.name)
        values[self.name] = int.from_bytes(part, "little", signed=self.signed)
        return place + self.size


@dataclass(frozen=True, slots=True)
class Bits:
    """Bytes that hold several values: (name, lowest bit, bits). A value of one bit is a bool."""

    size: int
    parts: tuple[tuple[str, int, int], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The values it holds."""
        return tuple(name for name, _, _ in self.parts)

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Raises Malformed, OutOfRange: no value, or one that needs more bits."""
        word = 0
        for name, shift, bits in self.parts:
            value = whole(name, value_of(values, name))
            if not 0 <= value < 1 << bits:
                raise OutOfRange(f"is {value}, must be 0..{(1 << bits) - 1}", field=name)
            word |= value << shift
        return word.to_bytes(self.size, "little")

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Raises Truncated: the message ends before."""
        word = int.from_bytes(bytes_at(data, place, self.size, self.parts[0][0]), "little")
        for name, shift, bits in self.parts:
            value = word >> shift & (1 << bits) - 1
            values[name] = bool(value) if bits == 1 else value
        return place + self.size


@dataclass(frozen=True, slots=True)
class Octets:
    """A fixed number of bytes: keys and hashes."""

    name: str
    size: int

    @property
    def names(self) -> tuple[str, ...]:
        """The value it holds."""
        return (self.name,)

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Raises Malformed, OutOfRange: no value, or of another length."""
        value = value_of(values, self.name)
        if not isinstance(value, bytes) or len(value) != self.size:
            raise OutOfRange(f"is {value!r}, must be {self.size} bytes", field=self.name)
        return value

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Raises Truncated: the message ends before."""
        values[self.name] = bytes_at(data, place, self.size, self.name)
        return place + self.size


@dataclass(frozen=True, slots=True)
class Prefixed:
    """Bytes after a byte with their number: names of groups and scenes."""

    name: str

    @property
    def names(self) -> tuple[str, ...]:
        """The value it holds."""
        return (self.name,)

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Raises Malformed, OutOfRange: no value, or too long."""
        value = value_of(values, self.name)
        if not isinstance(value, bytes) or len(value) > 254:
            raise OutOfRange(f"is {value!r}, must be at most 254 bytes", field=self.name)
        return bytes((len(value),)) + value

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Raises Truncated: the message ends before."""
        size = bytes_at(data, place, 1, self.name)[0]
        if size == 0xFF:  # the invalid string
            size = 0
        values[self.name] = bytes_at(data, place + 1, size, self.name)
        return place + 1 + size


@dataclass(frozen=True, slots=True)
class Rest:
    """All bytes that are left."""

    name: str

    @property
    def names(self) -> tuple[str, ...]:
        """The value it holds."""
        return (self.name,)

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Raises Malformed, OutOfRange: no value, or no bytes."""
        value = value_of(values, self.name)
        if not isinstance(value, bytes):
            raise OutOfRange(f"is {value!r}, must be bytes", field=self.name)
        return value

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Takes whatever there is."""
        values[self.name] = data[place:]
        return len(data)


@dataclass(frozen=True, slots=True)
class Listing:
    """Items of one kind: a tuple of numbers when an item is one number, else a tuple of mappings.

    Attributes:
        count: bytes of the number of items before them; 0: they go on to the end.
    """

    name: str
    item: Fields
    count: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """The value it holds."""
        return (self.name,)

    @property
    def single(self) -> str | None:
        """The name inside an item that is one number, else None."""
        only = self.item[0]
        return only.name if len(self.item) == 1 and isinstance(only, Number) else None

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Raises Malformed, OutOfRange: no value, too many items, or an item's fault."""
        items = value_of(values, self.name)
        if not isinstance(items, tuple | list):
            raise OutOfRange(f"is {items!r}, must be a tuple", field=self.name)
        if self.count and len(items) >= 1 << 8 * self.count:
            raise OutOfRange(f"has {len(items)} items, too many", field=self.name)
        head = len(items).to_bytes(self.count, "little") if self.count else b""
        single = self.single
        rows = items if single is None else [{single: item} for item in items]
        return head + b"".join([encode_fields(self.item, row) for row in rows])

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Raises Truncated, Malformed: the message ends before, or an item's fault."""
        left = -1
        if self.count:
            left = int.from_bytes(bytes_at(data, place, self.count, self.name), "little")
            place += self.count
        items = []
        while left and (left > 0 or place < len(data)):
            row, place = decode_fields(self.item, data, place)
            items.append(row if self.single is None else row[self.single])
            left -= 1
        values[self.name] = tuple(items)
        return place


@dataclass(frozen=True, slots=True)
class Counted:
    """Mappings whose number is an earlier value."""

    name: str
    number: str
    item: Fields

    @property
    def names(self) -> tuple[str, ...]:
        """The value it holds."""
        return (self.name,)

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Raises Malformed, OutOfRange: no value, another number of items, or an item's fault."""
        items = value_of(values, self.name)
        if not isinstance(items, tuple | list) or len(items) != value_of(values, self.number):
            raise OutOfRange(f"must have as many items as {self.number} says", field=self.name)
        return b"".join([encode_fields(self.item, row) for row in items])

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Raises Truncated, Malformed: the message ends before, or an item's fault."""
        items = []
        for _ in range(values[self.number]):
            row, place = decode_fields(self.item, data, place)
            items.append(row)
        values[self.name] = tuple(items)
        return place


@dataclass(frozen=True, slots=True)
class When:
    """Fields that are there when an earlier value is one of some, or with `other` none of them."""

    condition: str
    among: tuple[int, ...]
    fields: Fields
    other: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The values it may hold."""
        return tuple(name for part in self.fields for name in part.names)

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether the fields are there.

        Raises:
            Malformed: the earlier value is missing.
        """
        return (value_of(values, self.condition) in self.among) != self.other

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Raises Malformed, OutOfRange: as the fields."""
        return encode_fields(self.fields, values) if self.holds(values) else b""

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Raises Truncated, Malformed: as the fields."""
        if self.holds(values):
            for part in self.fields:
                place = part.decode(data, place, values)
        return place


@dataclass(frozen=True, slots=True)
class Trailing:
    """Fields at the end that may be left out, all of them: they are there when the first has a value."""

    fields: Fields

    @property
    def names(self) -> tuple[str, ...]:
        """The values it may hold."""
        return tuple(name for part in self.fields for name in part.names)

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Raises Malformed, OutOfRange: as the fields."""
        return encode_fields(self.fields, values) if self.names[0] in values else b""

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Raises Truncated, Malformed: as the fields."""
        if place < len(data):
            for part in self.fields:
                place = part.decode(data, place, values)
        return place


@dataclass(frozen=True, slots=True)
class Sized:
    """Fields after a byte with their length, which is 0 when they, so their first value, are not there."""

    fields: Fields

    @property
    def names(self) -> tuple[str, ...]:
        """The values it may hold."""
        return tuple(name for part in self.fields for name in part.names)

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Raises Malformed, OutOfRange: as the fields, or more than 255 bytes."""
        if self.names[0] not in values:
            return b"\0"
        body = encode_fields(self.fields, values)
        if len(body) > 0xFF:
            raise OutOfRange(f"has {len(body)} bytes, at most 255 fit", field=self.names[0])
        return bytes((len(body),)) + body

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Raises Truncated, Malformed: as the fields, or the length is wrong."""
        size = bytes_at(data, place, 1, self.names[0])[0]
        end = place + 1 + size
        if not size:
            return end
        bytes_at(data, place + 1, size, self.names[0])
        place += 1
        for part in self.fields:
            place = part.decode(data[:end], place, values)
        if place != end:
            raise Malformed(f"says {size} bytes, {end - place} are left over", offset=place, field="length")
        return place
