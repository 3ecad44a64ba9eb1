"""Frames of the Zigbee Cluster Library: a header and a command of all clusters or of one.

Source: ZCL revision 8 (07-5123-08), section 2.4.1. Numbers are little endian. `zcl_foundation` has the
commands of all clusters, `zcl_clusters` those of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from thingproof_wire.errors import Malformed, Truncated
from thingproof_wire.frames.bits import check_bits


class ZclType(IntEnum):
    """Frame types (section 2.4.1.1.1)."""

    FOUNDATION = 0
    CLUSTER = 1


class Status(IntEnum):
    """Status codes (section 2.6.3)."""

    SUCCESS = 0x00
    FAILURE = 0x01
    NOT_AUTHORIZED = 0x7E
    MALFORMED_COMMAND = 0x80
    UNSUP_COMMAND = 0x81
    INVALID_FIELD = 0x85
    UNSUPPORTED_ATTRIBUTE = 0x86
    INVALID_VALUE = 0x87
    READ_ONLY = 0x88
    INSUFFICIENT_SPACE = 0x89
    NOT_FOUND = 0x8B
    UNREPORTABLE_ATTRIBUTE = 0x8C
    INVALID_DATA_TYPE = 0x8D
    INVALID_SELECTOR = 0x8E
    TIMEOUT = 0x94
    ABORT = 0x95
    UNSUPPORTED_CLUSTER = 0xC3


_ZCL_TYPES = {int(kind): kind for kind in ZclType}
_MANUFACTURER, _TO_CLIENT, _NO_DEFAULT_RESPONSE = 0x04, 0x08, 0x10


@dataclass(frozen=True, slots=True)
class ZclFrame:
    """A frame of the cluster library.

    Attributes:
        kind: whether the command is of all clusters or of one.
        sequence: 0..255, the same in the answer.
        command: its number.
        payload: its fields.
        to_client: whether the server of the cluster sends it, such as a report.
        no_default_response: whether only a failure is answered.
        manufacturer: code of whose extension it is, None for the standard.
    """

    kind: ZclType
    sequence: int
    command: int
    payload: bytes = b""
    to_client: bool = False
    no_default_response: bool = False
    manufacturer: int | None = None


def encode_zcl(frame: ZclFrame) -> bytes:
    """Bytes of a frame.

    Raises:
        OutOfRange: a value that has no place in its field.
    """
    check_bits("sequence number", frame.sequence, 8)
    check_bits("command", frame.command, 8)
    control = frame.kind | frame.to_client * _TO_CLIENT | frame.no_default_response * _NO_DEFAULT_RESPONSE
    if frame.manufacturer is None:
        return bytes((control, frame.sequence, frame.command)) + frame.payload
    check_bits("manufacturer", frame.manufacturer, 16)
    head = bytes((control | _MANUFACTURER,)) + frame.manufacturer.to_bytes(2, "little")
    return head + bytes((frame.sequence, frame.command)) + frame.payload


def decode_zcl(data: bytes) -> ZclFrame:
    """The frame of an APS payload.

    Raises:
        Truncated, Malformed: with offset and field.
    """
    size = 5 if data and data[0] & _MANUFACTURER else 3
    if len(data) < size:
        raise Truncated(f"ends inside the header of {size} bytes", offset=len(data), field="ZCL")
    control = data[0]
    kind = _ZCL_TYPES.get(control & 3)
    if kind is None:
        raise Malformed(f"is {control & 3}, which is reserved", offset=0, field="frame type")
    return ZclFrame(
        kind,
        data[size - 2],
        data[size - 1],
        data[size:],
        control & _TO_CLIENT != 0,
        control & _NO_DEFAULT_RESPONSE != 0,
        int.from_bytes(data[1:3], "little") if size == 5 else None,
    )
