"""MAC frames of IEEE 802.15.4 as Zigbee uses them: MHR | payload, and the FCS that follows on the air.

Source: IEEE 802.15.4-2006, sections 7.2.1 (general frame format: frame control, addressing, FCS) and 7.2.2
(beacon, data, acknowledgment, command). Numbers are little endian. Zigbee PRO (05-3474, annex D) uses frame
versions 0 and 1 without MAC security; what 802.15.4-2015 adds (version 2, information elements, suppressed
sequence numbers) is refused by name.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from dataclasses import dataclass
from enum import IntEnum

from thingproof_wire.errors import Malformed, Overlong, Truncated, WrongChecksum
from thingproof_wire.frames.bits import check_bits

LINK_TYPE = 195
"""LINKTYPE_IEEE802_15_4_WITHFCS of capture files."""
MAX_PSDU = 127
"""Longest frame in bytes with its FCS (aMaxPHYPacketSize)."""
FCS_BYTES = 2
BROADCAST = 0xFFFF
"""The PAN of everybody, and the short address of everybody."""
NO_SHORT_ADDRESS = 0xFFFE
"""Short address of a device that is associated but uses its EUI-64 only."""


class MacType(IntEnum):
    """Frame types (section 7.2.1.1.1)."""

    BEACON = 0
    DATA = 1
    ACKNOWLEDGMENT = 2
    COMMAND = 3


_MAC_TYPES = {int(kind): kind for kind in MacType}
_SECURITY, _PENDING, _ACK_REQUEST, _COMPRESSED = 0x0008, 0x0010, 0x0020, 0x0040
_SEQUENCE_SUPPRESSED, _ELEMENTS = 0x0100, 0x0200
_NONE, _SHORT, _EXTENDED = 0, 2, 3
_HEAD = struct.Struct("<HB")
_SHORT_HEAD = struct.Struct("<HBHHH")
"""Frame control, sequence number, PAN, destination and source of a frame inside one PAN."""
_SHORT_MODES = 0xFF40
_SHORT_CONTROL = 0x8840
"""Both addresses short, version 0, PAN identifier written once."""
MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Every byte with its bits in the other order: the radio sends the lowest first."""


@dataclass(frozen=True, slots=True)
class MacAddress:
    """Who, in which PAN.

    Attributes:
        pan: PAN identifier.
        number: short address, or EUI-64 when extended.
    """

    pan: int
    number: int
    extended: bool = False


@dataclass(frozen=True, slots=True)
class MacFrame:
    """A MAC frame without its FCS.

    Attributes:
        sequence: 0..255.
        payload: MAC payload: beacon fields, network frame, or command with its identifier.
        compressed: both addresses are of one PAN, whose identifier is written once.
        pending: the sender has more for the receiver.
        version: 0 (2003) or 1 (2006).
    """

    kind: MacType
    sequence: int
    destination: MacAddress | None = None
    source: MacAddress | None = None
    payload: bytes = b""
    ack_request: bool = False
    pending: bool = False
    compressed: bool = False
    version: int = 0


def data_frame(
    pan: int, destination: int, source: int, sequence: int, payload: bytes, *, ack_request: bool = False
) -> MacFrame:
    """A data frame between short addresses of one PAN, which is what nearly all Zigbee frames are."""
    to, from_ = MacAddress(pan, destination), MacAddress(pan, source)
    return MacFrame(MacType.DATA, sequence, to, from_, payload, ack_request, compressed=True)


def acknowledgment(sequence: int, *, pending: bool = False) -> MacFrame:
    """The answer to a frame that wants one (section 7.2.2.3)."""
    return MacFrame(MacType.ACKNOWLEDGMENT, sequence, pending=pending)


def fcs(data: bytes) -> bytes:
    """The two check bytes of a frame: CRC-16 of ITU-T, bits mirrored, from zero (section 7.2.1.9)."""
    return crc_hqx(data.translate(MIRRORED), 0).to_bytes(2, "big").translate(MIRRORED)


def add_fcs(data: bytes) -> bytes:
    """A frame as it is on the air.

    Raises:
        Overlong: more than 127 bytes.
    """
    if len(data) > MAX_PSDU - FCS_BYTES:
        raise Overlong(
            f"has {len(data)} bytes and two of FCS, at most {MAX_PSDU} fit", offset=MAX_PSDU, field="PSDU"
        )
    return data + fcs(data)


def remove_fcs(data: bytes) -> bytes:
    """The frame of bytes from the air.

    Raises:
        Truncated, Overlong, WrongChecksum: no frame, or a damaged one.
    """
    end = len(data) - FCS_BYTES
    if end < _HEAD.size:
        raise Truncated("ends inside frame control, sequence number or FCS", offset=len(data), field="PSDU")
    if len(data) > MAX_PSDU:
        raise Overlong(f"has {len(data)} bytes, at most {MAX_PSDU} fit", offset=MAX_PSDU, field="PSDU")
    frame = data[:end]
    if fcs(frame) != data[end:]:
        raise WrongChecksum(
            f"is {data[end:].hex()}, must be {fcs(frame).hex()} for these bytes", offset=end, field="FCS"
        )
    return frame


def encode_mac(frame: MacFrame) -> bytes:
    """Bytes of a frame without FCS.

    Raises:
        OutOfRange, Malformed: a value that has no place in its field, with the field's name.
    """
    check_bits("sequence number", frame.sequence, 8)
    check_bits("frame version", frame.version, 1)
    to, from_ = frame.destination, frame.source
    if frame.compressed and (to is None or from_ is None or to.pan != from_.pan):
        raise Malformed("needs two addresses of one PAN", field="PAN ID compression")
    control = (
        frame.kind
        | frame.pending * _PENDING
        | frame.ack_request * _ACK_REQUEST
        | frame.compressed * _COMPRESSED
        | _mode(to) << 10
        | frame.version << 12
        | _mode(from_) << 14
    )
    head = _HEAD.pack(control, frame.sequence)
    if to is not None:
        head += _address("destination", to, pan=True)
    if from_ is not None:
        head += _address("source", from_, pan=not frame.compressed)
    return head + frame.payload


def decode_mac(data: bytes) -> MacFrame:
    """The frame of bytes without FCS.

    Raises:
        Truncated, Malformed: with offset and field.
    """
    if len(data) < _HEAD.size:
        raise Truncated("ends inside frame control or sequence number", offset=len(data), field="MHR")
    control, sequence = _HEAD.unpack_from(data)
    kind = _kind(control)
    ack_request, pending = control & _ACK_REQUEST != 0, control & _PENDING != 0
    if control & _SHORT_MODES == _SHORT_CONTROL and len(data) >= _SHORT_HEAD.size:
        _, _, pan, to, from_ = _SHORT_HEAD.unpack_from(data)
        addresses = MacAddress(pan, to), MacAddress(pan, from_)
        return MacFrame(kind, sequence, *addresses, data[9:], ack_request, pending, compressed=True)
    compressed = control & _COMPRESSED != 0
    destination, place = _read_address(data, 3, control >> 10 & 3, "destination", None)
    pan = destination.pan if compressed and destination is not None else None
    source, place = _read_address(data, place, control >> 14, "source", pan)
    if compressed and (destination is None or source is None):
        raise Malformed("is set, needs two addresses", offset=0, field="PAN ID compression")
    return MacFrame(
        kind,
        sequence,
        destination,
        source,
        data[place:],
        ack_request,
        pending,
        compressed,
        control >> 12 & 3,
    )


def _kind(control: int) -> MacType:
    """The type that a frame control says.

    Raises:
        Malformed: a type or a feature that Zigbee does not use.
    """
    kind = _MAC_TYPES.get(control & 7)
    if kind is None:
        raise Malformed(f"is {control & 7}, which is reserved", offset=0, field="frame type")
    if control & _SECURITY:
        raise Malformed("is set, Zigbee secures its network layer instead", offset=0, field="MAC security")
    if control >> 12 & 3 > 1 or control & (_SEQUENCE_SUPPRESSED | _ELEMENTS):
        raise Malformed(
            f"is {control >> 12 & 3} with features of 802.15.4-2015, must be 0 or 1",
            offset=1,
            field="frame version",
        )
    return kind


def _mode(address: MacAddress | None) -> int:
    if address is None:
        return _NONE
    return _EXTENDED if address.extended else _SHORT


def _address(name: str, address: MacAddress, *, pan: bool) -> bytes:
    size = 8 if address.extended else 2
    check_bits(f"{name} address", address.number, 8 * size)
    check_bits(f"{name} PAN", address.pan, 16)
    return (address.pan.to_bytes(2, "little") if pan else b"") + address.number.to_bytes(size, "little")


def _read_address(
    data: bytes, place: int, mode: int, name: str, pan: int | None
) -> tuple[MacAddress | None, int]:
    """An address and the place after it; its PAN stands before it unless it is known."""
    if mode == _NONE:
        return None, place
    if mode not in (_SHORT, _EXTENDED):
        raise Malformed("is 1, which is reserved", offset=1, field=f"{name} addressing mode")
    start = place if pan is not None else place + 2
    end = start + (2 if mode == _SHORT else 8)
    if end > len(data):
        raise Truncated("ends inside the address", offset=len(data), field=name)
    known = int.from_bytes(data[place:start], "little") if pan is None else pan
    return MacAddress(known, int.from_bytes(data[start:end], "little"), mode == _EXTENDED), end
