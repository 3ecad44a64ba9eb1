"""Capture files in the classic pcap format, with times in microseconds.

Source: draft-ietf-opsawg-pcap, sections 4 (file header) and 5 (packet record). Written little endian, read
in either byte order. Only bytes: who writes a file passes `file_header` and then `record` after `record`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from thingproof_wire.errors import Malformed, OutOfRange, Truncated

if TYPE_CHECKING:
    from collections.abc import Iterable

MAGIC = 0xA1B2C3D4
SNAP_LENGTH = 65535
"""Longest record in bytes."""
_FILE = "IHHiIII"
_RECORD = "IIII"
_VERSION = (2, 4)
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Capture:
    """One captured packet.

    Attributes:
        time_us: microseconds since 1970-01-01 UTC.
        data: its bytes.
    """

    time_us: int
    data: bytes


def file_header(link_type: int) -> bytes:
    """The 24 bytes that a file begins with.

    Args:
        link_type: LINKTYPE of all packets, e.g. 270 for LoRaTap.
    """
    return struct.pack("<" + _FILE, MAGIC, *_VERSION, 0, 0, SNAP_LENGTH, link_type)


def record(time_us: int, data: bytes) -> bytes:
    """One packet of a file.

    Raises:
        OutOfRange: a time before 1970 or after 2106, or more bytes than a record holds.
    """
    seconds, microseconds = divmod(time_us, _MICROSECONDS)
    if not 0 <= seconds < 1 << 32:
        raise OutOfRange(f"is {time_us} us, must be 0..4294967295999999", field="time")
    if len(data) > SNAP_LENGTH:
        raise OutOfRange(f"has {len(data)} bytes, at most {SNAP_LENGTH} fit", field="packet")
    return struct.pack("<" + _RECORD, seconds, microseconds, len(data), len(data)) + data


def encode_pcap(link_type: int, captures: Iterable[Capture]) -> bytes:
    """A whole file.

    Raises:
        OutOfRange: as `record`.
    """
    return file_header(link_type) + b"".join(record(packet.time_us, packet.data) for packet in captures)


def decode_pcap(data: bytes) -> tuple[int, list[Capture]]:
    """Link type and packets of a file.

    Raises:
        Truncated, Malformed: with offset and field.
    """
    order = _byte_order(data)
    head, entry = struct.Struct(order + _FILE), struct.Struct(order + _RECORD)
    if len(data) < head.size:
        raise Truncated(f"has {head.size} bytes", offset=len(data), field="file header")
    link_type = head.unpack_from(data)[6]
    captures: list[Capture] = []
    place = head.size
    while place < len(data):
        start = place + entry.size
        if start > len(data):
            raise Truncated(f"has {entry.size} bytes", offset=len(data), field="record header")
        seconds, microseconds, length, _ = entry.unpack_from(data, place)
        place = start + length
        if place > len(data):
            raise Truncated(f"says {length} bytes", offset=len(data), field="record")
        captures.append(Capture(seconds * _MICROSECONDS + microseconds, data[start:place]))
    return link_type, captures


def _byte_order(data: bytes) -> str:
    for order in "<>":
        if data[:4] == struct.pack(order + "I", MAGIC):
            return order
    if len(data) < 4:
        raise Truncated("has 4 bytes", offset=len(data), field="magic number")
    raise Malformed(f"is {data[:4].hex()}, no pcap file with microseconds", offset=0, field="magic number")
