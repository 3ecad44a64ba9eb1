"""Commands of all clusters: attributes are read, written, reported and discovered.

Source: ZCL revision 8 (07-5123-08), section 2.5. A frame's payload is the fields, its command the number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thingproof_wire.errors import Malformed
from thingproof_wire.frames.zcl import ZclFrame, ZclType
from thingproof_wire.frames.zcl_types import decode_value, encode_value, type_of
from thingproof_wire.frames.zigbee_fields import Bits, Listing, Number, Values, When, bytes_at, value_of
from thingproof_wire.frames.zigbee_records import Message, Row, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

REPORTED, RECEIVED = 0, 1
"""Direction of a reporting configuration: the receiver reports, or it gets reports."""
NEVER_REPORT = 0xFFFF
"""Maximum interval that switches reports off (section 2.5.7.1.6)."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A data type and a value of it."""

    @property
    def names(self) -> tuple[str, ...]:
        """The values it holds."""
        return ("type", "value")

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Raises Malformed, OutOfRange: no value, or one that the type cannot hold."""
        number = type_of(value_of(values, "type")).number
        return bytes((number,)) + encode_value(number, value_of(values, "value"))

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Raises Truncated, Malformed: an unknown type, or the message ends before."""
        number = bytes_at(data, place, 1, "data type")[0]
        type_of(number, place)
        values["type"] = number
        values["value"], place = decode_value(number, data, place + 1)
        return place


@dataclass(frozen=True, slots=True)
class LeastChange:
    """The least change of a report, of the type named before; discrete types have none."""

    @property
    def names(self) -> tuple[str, ...]:
        """The value it may hold."""
        return ("change",)

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Raises Malformed, OutOfRange: no value, or one that the type cannot hold."""
        row = type_of(value_of(values, "type"))
        if not row.analog:
            if "change" in values:
                raise Malformed(f"does not go with the discrete type {row.name}", field="change")
            return b""
        return encode_value(row.number, value_of(values, "change"))

    def decode(self, data: bytes, place: int, values: Values) -> int:
        """Raises Truncated, Malformed: an unknown type, or the message ends before."""
        row = type_of(values["type"], place)
        if row.analog:
            values["change"], place = decode_value(row.number, data, place)
        return place


_ATTRIBUTE, _STATUS, _TYPE, _DIRECTION = (
    Number("attribute", 2),
    Number("status", 1),
    Number("type", 1),
    Number("direction", 1),
)
_INTERVALS = (Number("minimum", 2), Number("maximum", 2))
_CONFIGURATION = (
    When("direction", (REPORTED,), (_TYPE, *_INTERVALS, LeastChange())),
    When("direction", (RECEIVED,), (Number("timeout", 2),)),
)
_VALUES = (Listing("attributes", (_ATTRIBUTE, Typed()), 0),)

FOUNDATION = Table(
    "foundation command",
    (
        Row("read_attributes", 0x00, (Listing("attributes", (_ATTRIBUTE,), 0),), "2.5.1"),
        Row(
            "read_attributes_response",
            0x01,
            (Listing("attributes", (_ATTRIBUTE, _STATUS, When("status", (0,), (Typed(),))), 0),),
            "2.5.2",
        ),
        Row("write_attributes", 0x02, _VALUES, "2.5.3"),
        Row("write_attributes_undivided", 0x03, _VALUES, "2.5.4"),
        # One record of success alone when everything was written: it has no attribute.
        Row(
            "write_attributes_response",
            0x04,
            (Listing("results", (_STATUS, When("status", (0,), (_ATTRIBUTE,), other=True)), 0),),
            "2.5.5",
        ),
        Row("write_attributes_no_response", 0x05, _VALUES, "2.5.6"),
        Row(
            "configure_reporting",
            0x06,
            (Listing("attributes", (_DIRECTION, _ATTRIBUTE, *_CONFIGURATION), 0),),
            "2.5.7",
        ),
        Row(
            "configure_reporting_response",
            0x07,
            (Listing("results", (_STATUS, When("status", (0,), (_DIRECTION, _ATTRIBUTE), other=True)), 0),),
            "2.5.8",
        ),
        Row(
            "read_reporting_configuration",
            0x08,
            (Listing("attributes", (_DIRECTION, _ATTRIBUTE), 0),),
            "2.5.9",
        ),
        Row(
            "read_reporting_configuration_response",
            0x09,
            (
                Listing(
                    "attributes",
                    (_STATUS, _DIRECTION, _ATTRIBUTE, When("status", (0,), _CONFIGURATION)),
                    0,
                ),
            ),
            "2.5.10",
        ),
        Row("report_attributes", 0x0A, _VALUES, "2.5.11"),
        Row("default_response", 0x0B, (Number("command", 1), _STATUS), "2.5.12"),
        Row("discover_attributes", 0x0C, (Number("start", 2), Number("most", 1)), "2.5.13"),
        Row(
            "discover_attributes_response",
            0x0D,
            (Number("complete", 1), Listing("attributes", (_ATTRIBUTE, _TYPE), 0)),
            "2.5.14",
        ),
        Row("discover_commands_received", 0x11, (Number("start", 1), Number("most", 1)), "2.5.18"),
        Row(
            "discover_commands_received_response",
            0x12,
            (Number("complete", 1), Listing("commands", (Number("command", 1),), 0)),
            "2.5.19",
        ),
        Row("discover_commands_generated", 0x13, (Number("start", 1), Number("most", 1)), "2.5.20"),
        Row(
            "discover_commands_generated_response",
            0x14,
            (Number("complete", 1), Listing("commands", (Number("command", 1),), 0)),
            "2.5.21",
        ),
        Row("discover_attributes_extended", 0x15, (Number("start", 2), Number("most", 1)), "2.5.22"),
        Row(
            "discover_attributes_extended_response",
            0x16,
            (
                Number("complete", 1),
                Listing(
                    "attributes",
                    (
                        _ATTRIBUTE,
                        _TYPE,
                        Bits(1, (("readable", 0, 1), ("writable", 1, 1), ("reportable", 2, 1))),
                    ),
                    0,
                ),
            ),
            "2.5.23",
        ),
    ),
)


def foundation_frame(
    wanted: Message,
    sequence: int,
    *,
    to_client: bool = False,
    no_default_response: bool = False,
    manufacturer: int | None = None,
) -> ZclFrame:
    """The frame of a command of all clusters.

    Raises:
        Malformed, OutOfRange: a value that is missing, or has no place in its field.
    """
    number = FOUNDATION.row(wanted.name).number
    payload = FOUNDATION.encode(wanted)
    return ZclFrame(
        ZclType.FOUNDATION, sequence, number, payload, to_client, no_default_response, manufacturer
    )


def read_foundation(frame: ZclFrame) -> Message:
    """The command of a frame.

    Raises:
        Malformed, Truncated: of one cluster, unknown, or cut off; offset in the frame's payload.
    """
    if frame.kind != ZclType.FOUNDATION:
        raise Malformed(f"is {frame.kind.name}, must be FOUNDATION", field="frame type")
    return FOUNDATION.decode(frame.command, frame.payload)
