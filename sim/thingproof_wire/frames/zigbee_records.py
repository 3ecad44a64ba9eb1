"""Messages that are tables: what the fields of a Zigbee command are, in order.

A message has a name and values by field name. Commands of the MAC, the network and the application support
layer, the device profile and the cluster library are rows of such tables, so that a field is written once
and read, written, explained and drawn at random from there.

Bytes after the last known field stay with the message: later revisions of the specifications append fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from thingproof_wire.errors import Malformed
from thingproof_wire.frames.zigbee_fields import (
    Fields,
    Values,
    bytes_at,
    decode_fields,
    encode_fields,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Message:
    """A message by name.

    Attributes:
        values: by field name; of the fields that the table names, those that apply.
        rest: bytes after the last known field.
    """

    name: str
    values: Values = field(default_factory=dict)
    rest: bytes = b""


def message(name: str, /, **values: Any) -> Message:
    """A message with its values."""
    return Message(name, values)


@dataclass(frozen=True, slots=True)
class Row:
    """What a message of a table is.

    Attributes:
        number: its identifier on the air.
        section: where the specification has it.
    """

    name: str
    number: int
    fields: Fields = ()
    section: str = ""


class Table:
    """The messages of one kind, by name and by number."""

    def __init__(self, kind: str, rows: Iterable[Row]) -> None:
        self.kind = kind
        self.rows = tuple(rows)
        self.by_name = {row.name: row for row in self.rows}
        self.by_number = {row.number: row for row in self.rows}
        self._names = {
            row.name: frozenset(name for part in row.fields for name in part.names) for row in self.rows
        }

    def row(self, name: str) -> Row:
        """The row of a name.

        Raises:
            Malformed: there is none.
        """
        row = self.by_name.get(name)
        if row is None:
            raise Malformed(f"{name!r} is none of {', '.join(self.by_name)}", field=self.kind)
        return row

    def encode(self, wanted: Message) -> bytes:
        """The fields of a message, without its number.

        Raises:
            Malformed, OutOfRange: unknown message or value, missing value, or one without a place.
        """
        row = self.row(wanted.name)
        unknown = wanted.values.keys() - self._names[wanted.name]
        if unknown:
            raise Malformed(f"has no value {min(unknown)!r}", field=wanted.name)
        return encode_fields(row.fields, wanted.values) + wanted.rest

    def decode(self, number: int, data: bytes, place: int = 0) -> Message:
        """The message of a number whose fields begin at a place.

        Raises:
            Malformed, Truncated: unknown number, or the fields are cut off.
        """
        row = self.by_number.get(number)
        if row is None:
            raise Malformed(f"is {number:#04x}, which is unknown", offset=place, field=self.kind)
        values, place = decode_fields(row.fields, data, place)
        return Message(row.name, values, data[place:])

    def encode_numbered(self, wanted: Message) -> bytes:
        """A message after its number in one byte.

        Raises:
            Malformed, OutOfRange: as `encode`.
        """
        return bytes((self.row(wanted.name).number,)) + self.encode(wanted)

    def decode_numbered(self, data: bytes) -> Message:
        """The message after its number in one byte.

        Raises:
            Malformed, Truncated: as `decode`.
        """
        return self.decode(bytes_at(data, 0, 1, self.kind)[0], data, 1)
