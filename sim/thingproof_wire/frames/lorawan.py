"""LoRaWAN frames as bytes: PHYPayload = MHDR | MACPayload or join message | MIC.

Source: LoRaWAN L2 1.0.4 (TS001-1.0.4), chapter 4 (frames) and section 6.2 (join). All numbers are little
endian. Nothing here knows a key: a payload is whatever bytes the frame carries and a MIC is four bytes.
`lorawan_crypto` seals and opens frames. Bits that are reserved for future use are written as 0 and ignored
when read, as section 1.1 of the specification asks.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from thingproof_wire.errors import Malformed, OutOfRange, Overlong, Truncated
from thingproof_wire.frames.bits import check_bits
from thingproof_wire.frames.lorawan_join import (
    CF_LIST_BYTES,
    JOIN_ACCEPT_BYTES,
    CfList,
    ChannelMasks,
    DlSettings,
    FrequencyList,
    JoinAccept,
    JoinRequest,
    decode_join_accept,
    decode_join_request,
    encode_join_accept,
    encode_join_request,
)

MAX_PHY_PAYLOAD = 255
"""Longest PHYPayload in bytes: what the length byte of a LoRa radio can say."""
MIC_BYTES = 4
MAX_FOPTS = 15
"""Most bytes of MAC commands that fit beside a payload (FOptsLen has four bits)."""
MAC_PORT = 0
"""FPort of a payload that consists of MAC commands."""
TEST_PORT = 224
"""FPort of the certification protocol (TS009); 225..255 are reserved for standard applications."""


class MType(IntEnum):
    """Frame types, bits 7..5 of the MHDR (section 4.2.1, table 4); 6 is reserved in 1.0.4."""

    JOIN_REQUEST = 0
    JOIN_ACCEPT = 1
    UNCONFIRMED_UP = 2
    UNCONFIRMED_DOWN = 3
    CONFIRMED_UP = 4
    CONFIRMED_DOWN = 5
    PROPRIETARY = 7


# Tuples, not sets: members of an IntEnum are hashed in Python, and compared by identity here.
DATA_UPLINKS = (MType.UNCONFIRMED_UP, MType.CONFIRMED_UP)
DATA_TYPES = (*DATA_UPLINKS, MType.UNCONFIRMED_DOWN, MType.CONFIRMED_DOWN)
UPLINKS = (*DATA_UPLINKS, MType.JOIN_REQUEST)

FCTRL_ADR = 0x80
FCTRL_ADR_ACK_REQ = 0x40  # uplinks
FCTRL_ACK = 0x20
FCTRL_CLASS_B = 0x10  # uplinks
FCTRL_F_PENDING = 0x10  # downlinks, the same bit

_M_TYPES = {int(mtype): mtype for mtype in MType}
_MAJOR_R1 = 0
_DATA_HEAD = struct.Struct("<BIBH")
SEALED_LENGTHS = (JOIN_ACCEPT_BYTES + MIC_BYTES, JOIN_ACCEPT_BYTES + CF_LIST_BYTES + MIC_BYTES)
"""Bytes after the MHDR of a join accept, without and with a CFList."""


@dataclass(frozen=True, slots=True)
class SealedJoinAccept:
    """A join accept as it is on the air: 16 or 32 encrypted bytes, the MIC among them."""

    sealed: bytes


@dataclass(frozen=True, slots=True)
class DataFrame:
    """A data frame (section 4.3).

    Attributes:
        mtype: one of the four data types.
        dev_addr: address of the device.
        fcnt: frame counter. Sixteen bits are transmitted: a decoded frame holds those, a frame to encode may
            hold all 32.
        fport: 0 for MAC commands, 1..223 for applications, None without a payload.
        payload: FRMPayload, in the clear or encrypted, as the function that takes or gives it says.
        fopts: MAC commands beside the payload, up to 15 bytes; none when fport is 0.
        adr: uplink: the network may set the data rate; downlink: it will.
        adr_ack_req: uplink only: the device waits for a sign of the network.
        ack: acknowledges the last confirmed frame.
        f_pending: downlink only: more waits.
        class_b: uplink only: the device has switched to class B.
    """

    mtype: MType
    dev_addr: int
    fcnt: int
    fport: int | None = None
    payload: bytes = b""
    fopts: bytes = b""
    adr: bool = False
    adr_ack_req: bool = False
    ack: bool = False
    f_pending: bool = False
    class_b: bool = False

    @property
    def uplink(self) -> bool:
        """Whether a device sent it."""
        return self.mtype in DATA_UPLINKS

    @property
    def confirmed(self) -> bool:
        """Whether it wants an acknowledgement."""
        return self.mtype in (MType.CONFIRMED_UP, MType.CONFIRMED_DOWN)


@dataclass(frozen=True, slots=True)
class Proprietary:
    """A frame of a format of its own: whatever follows the MHDR, a MIC too if the format has one."""

    body: bytes


Message = JoinRequest | SealedJoinAccept | DataFrame | Proprietary


@dataclass(frozen=True, slots=True)
class PhyPayload:
    """A whole frame: message and MIC, which is empty for sealed join accepts and proprietary frames."""

    message: Message
    mic: bytes = b""


def encode_phy(phy: PhyPayload) -> bytes:
    """Bytes of a frame.

    Raises:
        OutOfRange, Malformed, Overlong: a value that has no place in its field, with the field's name.
    """
    wanted = 0 if isinstance(phy.message, SealedJoinAccept | Proprietary) else MIC_BYTES
    if len(phy.mic) != wanted:
        raise Malformed(f"has {len(phy.mic)} bytes, must have {wanted}", field="MIC")
    return checked_length(encode_unsigned(phy.message) + phy.mic)


def decode_phy(data: bytes) -> PhyPayload:
    """The frame that the bytes are, exactly one; payloads stay encrypted.

    Raises:
        Truncated, Overlong, Malformed: with offset and field.
    """
    mtype = read_mtype(data)
    checked_length(data)
    if mtype == MType.PROPRIETARY:
        return PhyPayload(Proprietary(data[1:]))
    if mtype == MType.JOIN_ACCEPT:
        return PhyPayload(SealedJoinAccept(_read_sealed(data)))
    end = len(data) - MIC_BYTES
    if mtype == MType.JOIN_REQUEST:
        return PhyPayload(decode_join_request(data, 1, end), data[end:])
    return PhyPayload(decode_data(data, end), data[end:])


def encode_unsigned(message: Message | JoinAccept) -> bytes:
    """Bytes of a message without the MIC: what the MIC is computed over.

    Raises:
        OutOfRange, Malformed: a value that has no place in its field, with the field's name.
    """
    if isinstance(message, DataFrame):
        return encode_data(message, message.payload)
    if isinstance(message, JoinRequest):
        return bytes((MType.JOIN_REQUEST << 5,)) + encode_join_request(message)
    if isinstance(message, JoinAccept):
        return bytes((MType.JOIN_ACCEPT << 5,)) + encode_join_accept(message)
    if isinstance(message, SealedJoinAccept):
        if len(message.sealed) not in SEALED_LENGTHS:
            raise Malformed(f"has {len(message.sealed)} bytes, must have 16 or 32", field="Join-Accept")
        return bytes((MType.JOIN_ACCEPT << 5,)) + message.sealed
    return bytes((MType.PROPRIETARY << 5,)) + message.body


def read_mtype(data: bytes) -> MType:
    """The type that a frame's first byte says.

    Raises:
        Truncated: no byte.
        Malformed: a reserved type, or a major version other than LoRaWAN R1.
    """
    if not data:
        raise Truncated("is missing", offset=0, field="MHDR")
    major = data[0] & 0x03
    if major != _MAJOR_R1:
        raise Malformed(f"major version is {major}, must be 0 (LoRaWAN R1)", offset=0, field="MHDR")
    mtype = _M_TYPES.get(data[0] >> 5)
    if mtype is None:
        raise Malformed(f"frame type is {data[0] >> 5}, which is reserved", offset=0, field="MHDR")
    return mtype


def checked_length(data: bytes) -> bytes:
    """The same bytes, if a radio can send them.

    Raises:
        Overlong: more than 255 bytes.
    """
    if len(data) > MAX_PHY_PAYLOAD:
        raise Overlong(
            f"has {len(data)} bytes, at most {MAX_PHY_PAYLOAD} fit",
            offset=MAX_PHY_PAYLOAD,
            field="PHYPayload",
        )
    return data


def decode_data(data: bytes, end: int, whole_fcnt: int | None = None) -> DataFrame:
    """The data frame from the MHDR to the end, where the MIC begins.

    Args:
        data: PHYPayload of a data type.
        end: offset of the MIC.
        whole_fcnt: the 32-bit counter, if it is known; otherwise the frame has the transmitted sixteen bits.

    Raises:
        Truncated, Malformed: with offset and field.
    """
    if end < _DATA_HEAD.size:
        raise Truncated("ends inside FHDR or MIC, 12 bytes are the least", offset=len(data), field="FHDR")
    mhdr, dev_addr, fctrl, fcnt = _DATA_HEAD.unpack_from(data)
    mtype = _M_TYPES[mhdr >> 5]
    place = _DATA_HEAD.size + (fctrl & 0x0F)
    if place > end:
        raise Truncated(f"FOptsLen says {fctrl & 0x0F} bytes", offset=end, field="FOpts")
    fopts = data[_DATA_HEAD.size : place]
    fport, payload = (data[place], data[place + 1 : end]) if place < end else (None, b"")
    if fport == MAC_PORT and fopts:
        raise Malformed("is 0 and FOpts has MAC commands too; one of them only", offset=place, field="FPort")
    uplink = mtype in DATA_UPLINKS
    return DataFrame(
        mtype,
        dev_addr,
        fcnt if whole_fcnt is None else whole_fcnt,
        fport,
        payload,
        fopts,
        fctrl & FCTRL_ADR != 0,
        uplink and fctrl & FCTRL_ADR_ACK_REQ != 0,
        fctrl & FCTRL_ACK != 0,
        not uplink and fctrl & FCTRL_F_PENDING != 0,
        uplink and fctrl & FCTRL_CLASS_B != 0,
    )


def encode_data(frame: DataFrame, payload: bytes) -> bytes:
    """MHDR and MACPayload of a data frame with another payload: the encrypted one.

    Raises:
        OutOfRange, Malformed: a value that has no place in its field, with the field's name.
    """
    if frame.mtype not in DATA_TYPES:
        raise Malformed(f"{frame.mtype.name} is no type of data frames", field="MType")
    check_bits("DevAddr", frame.dev_addr, 32)
    check_bits("FCnt", frame.fcnt, 32)
    if len(frame.fopts) > MAX_FOPTS:
        raise OutOfRange(f"has {len(frame.fopts)} bytes, at most {MAX_FOPTS} fit", field="FOpts")
    mhdr = frame.mtype << 5
    head = _DATA_HEAD.pack(mhdr, frame.dev_addr, encode_fctrl(frame), frame.fcnt & 0xFFFF) + frame.fopts
    if frame.fport is None:
        if payload:
            raise Malformed("is missing, a payload needs one", field="FPort")
        return head
    check_bits("FPort", frame.fport, 8)
    if frame.fport == MAC_PORT and frame.fopts:
        raise Malformed("is 0 and FOpts has MAC commands too; one of them only", field="FPort")
    return head + bytes((frame.fport,)) + payload


def encode_fctrl(frame: DataFrame) -> int:
    """The FCtrl byte (section 4.3.1, tables 7 and 8).

    Raises:
        Malformed: a flag that the frame's direction does not have.
    """
    value = len(frame.fopts) | frame.adr << 7 | frame.ack << 5
    if frame.uplink:
        if frame.f_pending:
            raise Malformed("is a flag of downlinks", field="FPending")
        return value | frame.adr_ack_req << 6 | frame.class_b << 4
    if frame.adr_ack_req or frame.class_b:
        raise Malformed("is a flag of uplinks", field="ADRACKReq" if frame.adr_ack_req else "ClassB")
    return value | frame.f_pending << 4


def _read_sealed(data: bytes) -> bytes:
    sealed = data[1:]
    if len(sealed) not in SEALED_LENGTHS:
        wrong = Truncated if len(sealed) < SEALED_LENGTHS[-1] else Overlong
        raise wrong(f"has {len(data)} bytes, must have 17 or 33", offset=len(data), field="Join-Accept")
    return sealed


__all__ = [
    "DATA_TYPES",
    "DATA_UPLINKS",
    "MAC_PORT",
    "MAX_FOPTS",
    "MAX_PHY_PAYLOAD",
    "MIC_BYTES",
    "SEALED_LENGTHS",
    "TEST_PORT",
    "UPLINKS",
    "CfList",
    "ChannelMasks",
    "DataFrame",
    "DlSettings",
    "FrequencyList",
    "JoinAccept",
    "JoinRequest",
    "MType",
    "Message",
    "PhyPayload",
    "Proprietary",
    "SealedJoinAccept",
    "checked_length",
    "decode_data",
    "decode_join_accept",
    "decode_phy",
    "encode_data",
    "encode_fctrl",
    "encode_phy",
    "encode_unsigned",
    "read_mtype",
]
