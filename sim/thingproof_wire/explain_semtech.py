"""What every byte of a Semtech UDP datagram means, for a person, down to the LoRaWAN frames in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from thingproof_wire.errors import WireError
from thingproof_wire.explain import Explanation, Walk
from thingproof_wire.explain_lorawan import NO_KEYS, FrameKeys, explain_lorawan
from thingproof_wire.frames.semtech_packets import RxPacket, TxPacket, write_rx_packet, write_tx_packet
from thingproof_wire.frames.semtech_udp import Identifier, PullResponse, PushData, decode_datagram

if TYPE_CHECKING:
    from thingproof_wire.frames.semtech_udp import Datagram

_IDENTIFIER_TEXT: dict[int, str] = {
    Identifier.PUSH_DATA: "PUSH_DATA, packets or status of a gateway",
    Identifier.PUSH_ACK: "PUSH_ACK, the server has it",
    Identifier.PULL_DATA: "PULL_DATA, a gateway keeps the way open",
    Identifier.PULL_RESP: "PULL_RESP, a packet to send",
    Identifier.PULL_ACK: "PULL_ACK, the way is open",
    Identifier.TX_ACK: "TX_ACK, what became of a packet to send",
}
_WITH_GATEWAY = frozenset({Identifier.PUSH_DATA, Identifier.PULL_DATA, Identifier.TX_ACK})


def explain_semtech(data: bytes, keys: FrameKeys = NO_KEYS) -> Explanation:
    """Every byte of a datagram, once and in order; never raises.

    The frames in packets are explained with the keys. What is wrong with the datagram is the error; what is
    wrong with a frame in it is one of the rows, since gateways hear and forward anything.
    """
    walk = Walk(data)
    error: WireError | None = None
    datagram: Datagram | None = None
    try:
        datagram = decode_datagram(data)
    except WireError as problem:
        error = problem
    fault = len(data) if error is None or error.offset is None else error.offset
    _head(walk, fault)
    if datagram is not None:
        walk.take(len(data) - walk.offset, "JSON", _text(data[walk.offset :]))
        _packets(walk, datagram, keys)
    walk.take(len(data) - walk.offset, "?", "not explained")
    return Explanation(tuple(walk.rows), error)


def _head(walk: Walk, fault: int) -> None:
    data = walk.data
    fields = [
        ("version", 1, f"protocol version {data[0]}" if data else ""),
        ("token", 2, data[1:3].hex()),
        ("identifier", 1, _IDENTIFIER_TEXT.get(data[3], "unknown") if len(data) > 3 else ""),
    ]
    if len(data) > 3 and data[3] in _WITH_GATEWAY:
        fields.append(("gateway", 8, f"EUI {data[4:12].hex()}"))
    for name, length, meaning in fields:
        if walk.offset + length > fault:
            return
        walk.take(length, name, meaning)


def _packets(walk: Walk, datagram: Datagram, keys: FrameKeys) -> None:
    if isinstance(datagram, PushData):
        for index, packet in enumerate(datagram.packets):
            _packet(walk, f"rxpk[{index}]", write_rx_packet(packet), packet, keys)
    elif isinstance(datagram, PullResponse):
        _packet(walk, "txpk", write_tx_packet(datagram.packet), datagram.packet, keys)


def _packet(
    walk: Walk, name: str, members: dict[str, Any], packet: RxPacket | TxPacket, keys: FrameKeys
) -> None:
    shown = ", ".join(f"{key} {json.dumps(value)}" for key, value in members.items() if key != "data")
    walk.inside(name, shown)
    explanation = explain_lorawan(packet.payload, keys)
    for row in explanation.rows:
        walk.inside(f"{name} {row.name}", f"{row.hex}: {row.meaning}" if row.length else row.meaning)
    if explanation.error is not None:
        walk.inside(f"{name} !", str(explanation.error))


def _text(body: bytes) -> str:
    """What kind of JSON it is: the names at its top."""
    if not body.strip(b" \t\r\n\0"):
        return "nothing, which means no error"
    return "members " + ", ".join(json.loads(body))
