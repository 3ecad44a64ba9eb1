"""The Semtech UDP protocol between gateways and network servers, version 2.

Source: PROTOCOL.TXT of Lora-net/packet_forwarder (v4), sections 3 to 6. A datagram is version (02), token
(two bytes), identifier, then for datagrams of gateways their EUI-64, then for some JSON. Numbers are big
endian. What the JSON holds is in `semtech_packets`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

from thingproof_wire.errors import Malformed, OutOfRange, Overlong, Truncated
from thingproof_wire.frames.semtech_json import Members, read_object, write_object
from thingproof_wire.frames.semtech_packets import (
    GatewayStatus,
    RxPacket,
    TxPacket,
    read_rx_packet,
    read_status,
    read_tx_packet,
    write_rx_packet,
    write_status,
    write_tx_packet,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROTOCOL_VERSION = 2
_HEAD = struct.Struct(">BHB")
_HEAD_WITH_GATEWAY = struct.Struct(">BHBQ")


class Identifier(IntEnum):
    """Byte 3 of a datagram."""

    PUSH_DATA = 0
    PUSH_ACK = 1
    PULL_DATA = 2
    PULL_RESP = 3
    PULL_ACK = 4
    TX_ACK = 5


class TxError(StrEnum):
    """What became of a PULL_RESP (section 5.5 and 6); NONE means that the packet will be sent."""

    NONE = "NONE"
    TOO_LATE = "TOO_LATE"
    TOO_EARLY = "TOO_EARLY"
    COLLISION_PACKET = "COLLISION_PACKET"
    COLLISION_BEACON = "COLLISION_BEACON"
    TX_FREQ = "TX_FREQ"
    TX_POWER = "TX_POWER"
    GPS_UNLOCKED = "GPS_UNLOCKED"


@dataclass(frozen=True, slots=True)
class PushData:
    """A gateway gives packets, its status, or both."""

    token: int
    gateway: int
    packets: tuple[RxPacket, ...] = ()
    status: GatewayStatus | None = None


@dataclass(frozen=True, slots=True)
class PushAck:
    """The server has the PUSH_DATA of that token."""

    token: int


@dataclass(frozen=True, slots=True)
class PullData:
    """A gateway keeps the way open on which the server answers."""

    token: int
    gateway: int


@dataclass(frozen=True, slots=True)
class PullAck:
    """The server knows the way to the gateway."""

    token: int


@dataclass(frozen=True, slots=True)
class PullResponse:
    """The server has a packet to send."""

    token: int
    packet: TxPacket


@dataclass(frozen=True, slots=True)
class TxAck:
    """The gateway will send the packet of the PULL_RESP of that token, or why not."""

    token: int
    gateway: int
    error: TxError = TxError.NONE


Datagram = PushData | PushAck | PullData | PullAck | PullResponse | TxAck
_OF_GATEWAYS = frozenset({Identifier.PUSH_DATA, Identifier.PULL_DATA, Identifier.TX_ACK})
_IDENTIFIERS: Mapping[int, Identifier] = {int(identifier): identifier for identifier in Identifier}
_BARE: Mapping[Identifier, Callable[[int], Datagram]] = {
    Identifier.PUSH_ACK: PushAck,
    Identifier.PULL_ACK: PullAck,
}


def encode_datagram(datagram: Datagram) -> bytes:
    """Bytes of a datagram.

    Raises:
        OutOfRange, Malformed: a value that has no place in its field.
    """
    match datagram:
        case PushData():
            identifier, body = Identifier.PUSH_DATA, _push_json(datagram)
        case PushAck():
            identifier, body = Identifier.PUSH_ACK, b""
        case PullData():
            identifier, body = Identifier.PULL_DATA, b""
        case PullAck():
            identifier, body = Identifier.PULL_ACK, b""
        case PullResponse():
            identifier = Identifier.PULL_RESP
            body = write_object({"txpk": write_tx_packet(datagram.packet)})
        case TxAck():
            identifier, error = Identifier.TX_ACK, str(datagram.error)
            silent = datagram.error == TxError.NONE
            body = b"" if silent else write_object({"txpk_ack": {"error": error}})
    gateway = datagram.gateway if isinstance(datagram, PushData | PullData | TxAck) else None
    return _head(identifier, datagram.token, gateway) + body


def decode_datagram(data: bytes) -> Datagram:
    """The datagram that the bytes are.

    Raises:
        Truncated, Overlong, Malformed, OutOfRange: with offset or the member's name.
    """
    if len(data) < _HEAD.size:
        raise Truncated("ends inside the header of 4 bytes", offset=len(data), field="header")
    version, token, number = _HEAD.unpack_from(data)
    if version != PROTOCOL_VERSION:
        raise Malformed(f"is {version}, must be {PROTOCOL_VERSION}", offset=0, field="version")
    identifier = _IDENTIFIERS.get(number)
    if identifier is None:
        raise Malformed(f"is {number}, known are 0..5", offset=3, field="identifier")
    start, gateway = _HEAD.size, 0
    if identifier in _OF_GATEWAYS:
        start = _HEAD_WITH_GATEWAY.size
        if len(data) < start:
            raise Truncated("ends inside the 8 bytes of the EUI", offset=len(data), field="gateway")
        gateway = _HEAD_WITH_GATEWAY.unpack_from(data)[3]
    body = data[start:]
    if identifier == Identifier.PUSH_DATA:
        return _read_push(token, gateway, read_object(body, start))
    if identifier == Identifier.PULL_RESP:
        return PullResponse(token, read_tx_packet(read_object(body, start).get("txpk")))
    if identifier == Identifier.TX_ACK:
        return TxAck(token, gateway, _read_error(body, start))
    if body:
        raise Overlong(
            f"{len(body)} bytes after the end of {identifier.name}", offset=start, field="datagram"
        )
    return PullData(token, gateway) if identifier == Identifier.PULL_DATA else _BARE[identifier](token)


def _head(identifier: Identifier, token: int, gateway: int | None = None) -> bytes:
    if not 0 <= token <= 0xFFFF:
        raise OutOfRange(f"is {token}, must be 0..65535", field="token")
    if gateway is None:
        return _HEAD.pack(PROTOCOL_VERSION, token, identifier)
    if not 0 <= gateway < 1 << 64:
        raise OutOfRange(f"is {gateway}, must be an EUI-64", field="gateway")
    return _HEAD_WITH_GATEWAY.pack(PROTOCOL_VERSION, token, identifier, gateway)


def _push_json(datagram: PushData) -> bytes:
    value: dict[str, Any] = {}
    if datagram.packets:
        value["rxpk"] = [write_rx_packet(packet) for packet in datagram.packets]
    if datagram.status is not None:
        value["stat"] = write_status(datagram.status)
    if not value:
        raise Malformed("has neither packets nor a status", field="PUSH_DATA")
    return write_object(value)


def _read_push(token: int, gateway: int, value: dict[str, Any]) -> PushData:
    packets, status = value.get("rxpk"), value.get("stat")
    if packets is None and status is None:
        raise Malformed("has neither rxpk nor stat", offset=_HEAD_WITH_GATEWAY.size, field="PUSH_DATA")
    if not isinstance(packets, list | None):
        raise Malformed("must be an array", field="rxpk")
    return PushData(
        token,
        gateway,
        tuple(read_rx_packet(packet, f"rxpk[{index}]") for index, packet in enumerate(packets or ())),
        None if status is None else read_status(status),
    )


def _read_error(body: bytes, start: int) -> TxError:
    """The error of a TX_ACK; no JSON at all means none, as blanks or a single zero byte do."""
    if not body.strip(b" \t\r\n\0"):
        return TxError.NONE
    members = Members(read_object(body, start).get("txpk_ack"), "txpk_ack")
    return TxError(members.one_of("error", tuple(TxError), TxError.NONE))


__all__ = [
    "PROTOCOL_VERSION",
    "Datagram",
    "GatewayStatus",
    "Identifier",
    "PullAck",
    "PullData",
    "PullResponse",
    "PushAck",
    "PushData",
    "RxPacket",
    "TxAck",
    "TxError",
    "TxPacket",
    "decode_datagram",
    "encode_datagram",
]
