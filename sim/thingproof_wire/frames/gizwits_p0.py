"""The Gizwits M2M frame: header, length, flag, command, optional sequence number, P0 payload.

Layout: ``00 00 00 03 | length (varint, 1..4 bytes) | flag | command (2 bytes, big endian) | [sequence, 4
bytes, big endian, only for commands 0x0093 and 0x0094] | P0 payload``. The length counts every byte after it.
Source: gizwits.md:1433, 1439 and 1448 show three frames; the field meanings follow the public device agent.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from thingproof_wire.errors import Malformed, OutOfRange, Overlong, ReservedBits, Truncated, WireError

HEADER = b"\x00\x00\x00\x03"
MAX_PAYLOAD = 65535
"""Longest P0 payload accepted, in bytes. The length field could say more; no device sends more."""
_LONGEST_VARINT = 4


class Command(IntEnum):
    """What a frame is for."""

    APP_TO_DEVICE = 0x0090
    DEVICE_TO_APP = 0x0091
    REQUEST = 0x0093
    ACKNOWLEDGE = 0x0094


class Action(IntEnum):
    """First byte of the P0 payload."""

    CONTROL = 0x01
    READ = 0x02
    READ_ANSWER = 0x03
    REPORT = 0x04
    TRANSPARENT_DOWN = 0x05
    TRANSPARENT_UP = 0x06
    CONTROL_VARIABLE = 0x11
    READ_VARIABLE = 0x12
    READ_ANSWER_VARIABLE = 0x13
    REPORT_VARIABLE = 0x14


SEQUENCED = frozenset({Command.REQUEST, Command.ACKNOWLEDGE})
"""Commands whose frames carry a sequence number."""

_COMMANDS = {int(command): command for command in Command}
_PLAIN = struct.Struct(">BH")
_NUMBERED = struct.Struct(">BHI")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes:
        command: what the frame is for.
        payload: P0 payload, action byte first.
        sequence: number that pairs a request with its acknowledgement, 0..2^32-1; None for other commands.
        flag: reserved byte, always 0.
    """

    command: Command
    payload: bytes
    sequence: int | None = None
    flag: int = 0


def encode_varint(value: int) -> bytes:
    """A length as little-endian base-128 groups, as MQTT's remaining length: 127 = 7f, 128 = 80 01."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


_SHORT_HEADS = tuple(HEADER + encode_varint(length) for length in range(1024))


def encode_frame(frame: Frame) -> bytes:
    """Bytes of a frame.

    Raises:
        OutOfRange: sequence number or payload length outside its limits.
        Malformed: a sequence number where the command has none, or none where it needs one.
        ReservedBits: flag is not 0.
    """
    if frame.flag:
        raise ReservedBits(f"is {frame.flag:#04x}, must be 0x00", field="flag")
    if len(frame.payload) > MAX_PAYLOAD:
        raise OutOfRange(f"has {len(frame.payload)} bytes, at most {MAX_PAYLOAD} fit", field="payload")
    command = frame.command
    if frame.sequence is None:
        if command in SEQUENCED:
            raise Malformed(f"command {command:#06x} needs a sequence number", field="sequence")
        body = _PLAIN.pack(0, command) + frame.payload
    else:
        if command not in SEQUENCED:
            raise Malformed(f"command {command:#06x} carries no sequence number", field="sequence")
        if not 0 <= frame.sequence <= 0xFFFFFFFF:
            raise OutOfRange(f"is {frame.sequence}, must be 0..4294967295", field="sequence")
        body = _NUMBERED.pack(0, command, frame.sequence) + frame.payload
    length = len(body)
    return (_SHORT_HEADS[length] if length < len(_SHORT_HEADS) else HEADER + encode_varint(length)) + body


def decode_frame(data: bytes) -> Frame:
    """The frame that the bytes are, exactly one.

    Raises:
        Truncated, Overlong, ReservedBits, Malformed: with offset and field.
    """
    start, length = _read_length(data)
    end = start + length
    if end > len(data):
        raise Truncated(
            f"says {length} bytes, {len(data) - start} are there", offset=len(data), field="length"
        )
    if end < len(data):
        raise Overlong(f"{len(data) - end} bytes after the end of the frame", offset=end, field="length")
    return _decode_body(data, start, end)


def split_frames(buffer: bytes) -> tuple[list[Frame], bytes]:
    """Whole frames at the start of a stream's buffer, and the bytes that wait for more.

    Raises:
        WireError: the stream is out of step and cannot be read any further.
    """
    frames: list[Frame] = []
    view = buffer
    while view:
        try:
            start, length = _read_length(view)
        except Truncated:
            break
        if start + length > len(view):
            break
        frames.append(_decode_body(view, start, start + length))
        view = view[start + length :]
    return frames, view


def _read_length(data: bytes) -> tuple[int, int]:
    """Offset after the length field, and the length."""
    if data[:4] != HEADER:
        if HEADER.startswith(data[:4]):
            raise Truncated("ends inside the header", offset=len(data), field="header")
        raise Malformed(f"is {data[:4].hex()}, must be 00000003", offset=0, field="header")
    length = 0
    for index in range(_LONGEST_VARINT):
        offset = 4 + index
        if offset >= len(data):
            raise Truncated("ends inside the length", offset=offset, field="length")
        byte = data[offset]
        length |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if byte == 0 and index:
                raise Malformed("is written with more bytes than it needs", offset=offset, field="length")
            break
    else:
        raise Malformed("has more than 4 bytes", offset=8, field="length")
    if length > MAX_PAYLOAD + _NUMBERED.size:
        raise Overlong(f"says {length} bytes, more than any frame has", offset=4, field="length")
    return offset + 1, length


def _decode_body(data: bytes, start: int, end: int) -> Frame:
    """Flag, command, sequence number and payload between two offsets."""
    if end - start < _PLAIN.size:
        raise Truncated(
            f"says {end - start} bytes, flag and command need {_PLAIN.size}", offset=start, field="length"
        )
    flag, number = _PLAIN.unpack_from(data, start)
    if flag:
        raise ReservedBits(f"is {flag:#04x}, must be 0x00", offset=start, field="flag")
    command = _COMMANDS.get(number)
    if command is None:
        raise Malformed(
            f"is {number:#06x}; known are 0x0090, 0x0091, 0x0093, 0x0094", offset=start + 1, field="command"
        )
    if command not in SEQUENCED:
        return Frame(command, bytes(data[start + _PLAIN.size : end]))
    if end - start < _NUMBERED.size:
        raise Truncated("ends inside the sequence number", offset=end, field="sequence")
    sequence = _NUMBERED.unpack_from(data, start)[2]
    return Frame(command, bytes(data[start + _NUMBERED.size : end]), sequence)


__all__ = [
    "HEADER",
    "MAX_PAYLOAD",
    "SEQUENCED",
    "Action",
    "Command",
    "Frame",
    "WireError",
    "decode_frame",
    "encode_frame",
    "encode_varint",
    "split_frames",
]
