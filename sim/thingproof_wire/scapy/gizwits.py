"""Gizwits frames as scapy layers.

`GizwitsFrame` is the frame of `frames.gizwits_p0`. `p0_layer` makes the layer of one product's P0 payload:
what `payloads.gizwits_bits` computes with shifts and masks is written here as fields. Both must agree to the
byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scapy.fields import (
    BitEnumField,
    BitField,
    ByteEnumField,
    ConditionalField,
    Field,
    FieldLenField,
    IntField,
    ShortField,
    StrFixedLenField,
    XByteField,
    XIntField,
    XShortEnumField,
)
from scapy.packet import Packet

from thingproof_wire.frames.gizwits_p0 import Action, Command, Frame, encode_varint
from thingproof_wire.payloads.gizwits_product import ACCESS_ORDER, Datapoint, Product, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS = {int(command): command.name.lower() for command in Command}
ACTIONS = {int(action): action.name.lower() for action in Action}
_NUMBERS = {"uint8": XByteField, "uint16": ShortField, "uint32": IntField}


class VarintLengthField(FieldLenField):  # type: ignore[misc] # scapy is untyped
    """The length field: little-endian base-128, counts every byte after itself."""

    def __init__(self, name: str) -> None:
        super().__init__(name, None, fmt="B")

    def i2m(self, pkt: Packet, value: int | None) -> int:
        """Length to write: the given one, else what follows in this layer and above it."""
        if value is not None:
            return int(value)
        head = 7 if pkt.cmd in (Command.REQUEST, Command.ACKNOWLEDGE) else 3
        return head + len(pkt.payload)

    def addfield(self, pkt: Packet, data: bytes, value: int | None) -> bytes:
        """Append the varint."""
        return data + encode_varint(self.i2m(pkt, value))

    def getfield(self, pkt: Packet, data: bytes) -> tuple[bytes, int]:
        """Take the varint from the front."""
        del pkt
        value = 0
        for index, byte in enumerate(data[:4]):
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                return data[index + 1 :], value
        return b"", value


class GizwitsFrame(Packet):  # type: ignore[misc] # scapy is untyped
    """Header, length, flag, command and the sequence number of 0x0093 and 0x0094; the payload is P0."""

    name = "Gizwits M2M"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        XIntField("header", 3),
        VarintLengthField("length"),
        XByteField("flag", 0),
        XShortEnumField("cmd", Command.DEVICE_TO_APP, COMMANDS),
        ConditionalField(
            IntField("sequence", 0), lambda pkt: pkt.cmd in (Command.REQUEST, Command.ACKNOWLEDGE)
        ),
    ]


def p0_layer(product: Product, action: Action, names: tuple[str, ...] = ()) -> type[Packet]:
    """The layer of a P0 payload of one product.

    Args:
        product: whose datapoints.
        action: what the payload is for; it decides which parts the payload has.
        names: datapoints that are present, for variable-length actions.
    """
    fields: list[Field[Any, Any]] = [ByteEnumField("action", action, ACTIONS)]
    by_id = sorted(product.datapoints, key=lambda row: row.id)
    if action == Action.CONTROL:
        writable = [row for row in by_id if row.access == "writable"]
        fields += _flag_fields(writable)
        fields += _part_fields([row for row in product.datapoints if row.access == "writable"], "writable")
    elif action in (Action.READ_ANSWER, Action.REPORT):
        for access in ACCESS_ORDER:
            fields += _part_fields([row for row in product.datapoints if row.access == access], access)
    elif action == Action.READ_VARIABLE:
        fields += _flag_fields(by_id)
    elif action in (Action.CONTROL_VARIABLE, Action.READ_ANSWER_VARIABLE, Action.REPORT_VARIABLE):
        present = [row for row in by_id if row.name in names]
        present.sort(key=lambda row: (0 if row.bits else {"binary": 8}.get(row.type, row.bytes), row.id))
        fields += _flag_fields(by_id) + _part_fields(present, "present")
    return type(f"P0{action.name.title()}", (Packet,), {"name": f"P0 {action.name}", "fields_desc": fields})


def _flag_fields(rows: list[Datapoint]) -> list[Field[Any, Any]]:
    """One bit per datapoint, the first datapoint in the lowest bit of the last byte."""
    spare = -len(rows) % 8
    padding = [BitField("flags_unused", 0, spare)] if spare else []
    return padding + [BitField(f"flag_{row.name}", 0, 1) for row in reversed(rows)]


def _part_fields(rows: list[Datapoint], title: str) -> list[Field[Any, Any]]:
    """Bit group from its highest bit down, then numbers, then binary datapoints."""
    bits = [row for row in rows if row.bits]
    spare = -sum(row.bits for row in bits) % 8
    fields: list[Field[Any, Any]] = [BitField(f"{title}_unused", 0, spare)] if spare else []
    for row in reversed(bits):
        if row.type == "enum":
            fields.append(BitEnumField(row.name, 0, row.bits, dict(enumerate(row.values))))
        else:
            fields.append(BitField(row.name, 0, row.bits))
    for row in rows:
        if row.type == "binary":
            fields.append(StrFixedLenField(row.name, bytes(row.length), row.length))
        elif not row.bits:
            fields.append(_NUMBERS[row.type](row.name, row.to_raw(row.minimum)))
    return fields


def raw_values(product: Product, values: Mapping[str, Value]) -> dict[str, int | bytes]:
    """Transmitted values by datapoint, as the layers' fields hold them."""
    raw: dict[str, int | bytes] = {}
    for name, value in values.items():
        datapoint = product.datapoint(name)
        checked = datapoint.check(value)
        if isinstance(checked, (bool, bytes)):
            raw[name] = checked if isinstance(checked, bytes) else int(checked)
        elif isinstance(checked, str):
            raw[name] = datapoint.values.index(checked)
        else:
            raw[name] = datapoint.to_raw(checked)
    return raw


def build_frame(frame: Frame) -> bytes:
    """Bytes of a frame with a ready payload, built by scapy."""
    fields = {"cmd": int(frame.command)}
    if frame.sequence is not None:
        fields["sequence"] = frame.sequence
    return bytes(GizwitsFrame(**fields) / frame.payload)


def build_payload(
    product: Product,
    action: Action,
    values: Mapping[str, Value],
    last_known: Mapping[str, Value] | None = None,
) -> bytes:
    """P0 payload of an action with datapoints, built by scapy."""
    fields = raw_values(product, {**(last_known or {}), **values})
    flagged = action not in (Action.READ_ANSWER, Action.REPORT)
    flags = {f"flag_{name}": 1 for name in values} if flagged else {}
    if action == Action.READ_VARIABLE:
        fields = {}
    layer = p0_layer(product, action, tuple(values))
    return bytes(layer(**fields, **flags))


def dissect_payload(
    product: Product, action: Action, payload: bytes, names: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Transmitted values by field name, read by scapy."""
    packet = p0_layer(product, action, names)(payload)
    return {field.name: getattr(packet, field.name) for field in packet.fields_desc}
