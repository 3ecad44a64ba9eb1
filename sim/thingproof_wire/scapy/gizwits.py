"""Gizwits frames as scapy layers.

`GizwitsFrame` is the frame of `frames.gizwits_p0`. `p0_layer` makes the layer of one product's P0 payload:
what `payloads.gizwits_bits` computes with shifts and masks is written here as fields. Both must agree to the
byte. `frame_layer` is both in one: ``frame_layer(product)(data).show()`` shows every field of a frame.
"""

from __future__ import annotations

from functools import lru_cache
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
from thingproof_wire.payloads.gizwits_datapoint import ACCESS_ORDER, Datapoint, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_wire.payloads.gizwits_bits import Message
    from thingproof_wire.payloads.gizwits_product import Product

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


def frame_layer(product: Product) -> type[GizwitsFrame]:
    """The frame of one product, which dissects its payload down to the datapoints."""
    layer = lru_cache(maxsize=256)(p0_layer)
    by_id = sorted(product.datapoints, key=lambda row: row.id)
    flag_bytes = (len(by_id) + 7) // 8

    class ProductFrame(GizwitsFrame):
        """A frame whose payload is known."""

        name = f"Gizwits M2M of {product.name}"

        def guess_payload_class(self, payload: bytes) -> Any:
            """The layer of the payload's action, and of the datapoints that its flags name."""
            if not payload or payload[0] not in ACTIONS:
                return super().guess_payload_class(payload)
            flags = int.from_bytes(payload[1 : 1 + flag_bytes], "big")
            present = (row.name for index, row in enumerate(by_id) if flags >> index & 1)
            return layer(product, Action(payload[0]), tuple(present) if product.variable else ())

    return ProductFrame


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
            fields.append(_NUMBERS[row.type](row.name, _raw_value(row, row.lowest)))
    return fields


def raw_values(product: Product, values: Mapping[str, Value]) -> dict[str, int | bytes]:
    """Transmitted values by datapoint, as the layers' fields hold them."""
    return {name: _raw_value(product.datapoint(name), value) for name, value in values.items()}


def _raw_value(datapoint: Datapoint, value: Value) -> int | bytes:
    checked = datapoint.check(value)
    if isinstance(checked, bytes):
        return checked
    if isinstance(checked, str):
        return datapoint.values.index(checked)
    return int(checked) if isinstance(checked, bool) else datapoint.to_raw(checked)


def build_frame(frame: Frame) -> bytes:
    """Bytes of a frame with a ready payload, built by scapy."""
    fields = {"cmd": int(frame.command)}
    if frame.sequence is not None:
        fields["sequence"] = frame.sequence
    return bytes(GizwitsFrame(**fields) / frame.payload)


def build_payload(
    product: Product,
    message: Message,
    last_known: Mapping[str, Value] | None = None,
) -> bytes:
    """P0 payload of a message, built by scapy."""
    values = message.values or {}
    names = tuple(values) if message.names is None else message.names
    fields = raw_values(product, {**(last_known or {}), **values})
    if message.action not in (Action.READ_ANSWER, Action.REPORT):
        fields |= {f"flag_{name}": 1 for name in names}
    return bytes(p0_layer(product, message.action, names)(**fields)) + (message.data or b"")


def build(
    product: Product,
    message: Message,
    last_known: Mapping[str, Value] | None = None,
    *,
    command: Command = Command.DEVICE_TO_APP,
    sequence: int | None = None,
) -> bytes:
    """A whole frame of a message, built by scapy."""
    return build_frame(Frame(command, build_payload(product, message, last_known), sequence))


def dissect(product: Product, data: bytes) -> dict[str, Any]:
    """Every field of a frame as it is transmitted, read by scapy; transparent bytes are under "load"."""
    packet = frame_layer(product)(data)
    fields: dict[str, Any] = {}
    while packet:
        fields |= {field.name: getattr(packet, field.name) for field in packet.fields_desc}
        packet = packet.payload
    return fields
