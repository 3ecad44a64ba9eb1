"""The Gizwits datapoint payload: values of datapoints to the bytes of a P0 payload and back.

Fixed-length products send every datapoint of a part in one layout; variable-length products send flags and
the datapoints that are present. Bools and enumerations of a part share one bit group, which is a big-endian
integer whose bit 0 belongs to the first datapoint. Source: gizwits.md:1184-1203 for kinds, types and
positions, 1433 and 1439 for frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from thingproof_wire.errors import Malformed, OutOfRange, Overlong, ReservedBits, Truncated
from thingproof_wire.frames.gizwits_p0 import Action, Command, Frame, encode_frame
from thingproof_wire.payloads.gizwits_product import ACCESS_ORDER, NUMERIC_BYTES, Datapoint, Product, Value

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

_STATUS_ACTIONS = frozenset({Action.READ_ANSWER, Action.REPORT})
_PRESENT_ACTIONS = frozenset({Action.CONTROL_VARIABLE, Action.READ_ANSWER_VARIABLE, Action.REPORT_VARIABLE})
_TRANSPARENT = frozenset({Action.TRANSPARENT_DOWN, Action.TRANSPARENT_UP})
_FIXED_ONLY = frozenset({Action.CONTROL, Action.READ, *_STATUS_ACTIONS})


@dataclass(frozen=True, slots=True)
class Message:
    """What a P0 payload says.

    Attributes:
        action: first byte.
        values: display values by datapoint; None when the action carries none.
        names: datapoints asked for (variable-length read); None otherwise.
        data: transparent bytes; None otherwise.
    """

    action: Action
    values: Mapping[str, Value] | None = None
    names: tuple[str, ...] | None = None
    data: bytes | None = None


class Part:
    """A run of datapoints in one layout: a bit group, then numbers, then binary datapoints."""

    def __init__(self, datapoints: Iterable[Datapoint]) -> None:
        rows = tuple(datapoints)
        self.bits: list[tuple[Datapoint, int, int]] = []
        """Datapoint, shift and mask inside the bit group."""
        shift = 0
        for datapoint in (row for row in rows if row.bits):
            self.bits.append((datapoint, shift, (1 << datapoint.bits) - 1))
            shift += datapoint.bits
        self.used_bits = shift
        self.group = (shift + 7) // 8
        self.plain = [row for row in rows if not row.bits]
        self.length = self.group + sum(row.bytes for row in self.plain)

    def encode(self, values: Mapping[str, Value], base: Mapping[str, Value]) -> bytes:
        """Bytes of all datapoints; what `values` lacks comes from `base`, else it is the lowest value."""
        bits = 0
        for datapoint, shift, _ in self.bits:
            value = values.get(datapoint.name, base.get(datapoint.name))
            if value is not None:
                bits |= _bits_of(datapoint, value) << shift
        encoded = bits.to_bytes(self.group, "big")
        for datapoint in self.plain:
            encoded += _bytes_of(datapoint, values.get(datapoint.name, base.get(datapoint.name)))
        return encoded

    def decode(self, data: bytes, start: int) -> dict[str, Value]:
        """Values of all datapoints from an offset on.

        Raises:
            Truncated, ReservedBits, Malformed: with offset and field.
        """
        if len(data) < start + self.length:
            raise Truncated(
                f"{self.length} bytes of datapoints expected, {len(data) - start} are there",
                offset=len(data),
                field=self._field_at(len(data) - start),
            )
        values: dict[str, Value] = {}
        group = int.from_bytes(data[start : start + self.group], "big")
        if group >> self.used_bits:
            raise ReservedBits(
                f"bit {group.bit_length() - 1} is set, the bit group has {self.used_bits} bits",
                offset=start,
                field="bit group",
            )
        for datapoint, shift, mask in self.bits:
            raw = group >> shift & mask
            if datapoint.type == "bool":
                values[datapoint.name] = bool(raw)
            elif raw < len(datapoint.values):
                values[datapoint.name] = datapoint.values[raw]
            else:
                raise OutOfRange(
                    f"order number {raw} is beyond the enumeration's {len(datapoint.values)} labels",
                    offset=start + self.group - 1 - shift // 8,
                    field=datapoint.name,
                )
        offset = start + self.group
        for datapoint in self.plain:
            end = offset + datapoint.bytes
            values[datapoint.name] = _value_of(datapoint, data, offset, end)
            offset = end
        return values

    def _field_at(self, offset: int) -> str:
        """Name of the datapoint that lies at an offset of the part."""
        if offset < self.group:
            return "bit group"
        place = self.group
        for datapoint in self.plain:
            place += datapoint.bytes
            if offset < place:
                return datapoint.name
        return "datapoints"


def _bits_of(datapoint: Datapoint, value: Value) -> int:
    checked = datapoint.check(value)
    return int(checked) if isinstance(checked, bool) else datapoint.values.index(str(checked))


def _bytes_of(datapoint: Datapoint, value: Value | None) -> bytes:
    if value is None:
        if datapoint.type == "binary":
            return bytes(datapoint.length)
        value = datapoint.minimum
    checked = datapoint.check(value)
    if isinstance(checked, bytes):
        return checked
    return datapoint.to_raw(checked).to_bytes(datapoint.bytes, "big")  # type: ignore[arg-type] # a checked number


def _value_of(datapoint: Datapoint, data: bytes, start: int, end: int) -> Value:
    if datapoint.type == "binary":
        return bytes(data[start:end])
    value = datapoint.to_display(int.from_bytes(data[start:end], "big"))
    if not datapoint.minimum <= value <= datapoint.maximum:
        raise OutOfRange(
            f"{value} is outside {datapoint.minimum}..{datapoint.maximum}", offset=start, field=datapoint.name
        )
    return value


class Codec:
    """Payloads and frames of one product; everything that depends on the product alone is worked out once."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.parts = [
            Part(row for row in product.datapoints if row.access == access) for access in ACCESS_ORDER
        ]
        self.writable = sorted((row for row in product.datapoints if row.access == "writable"), key=_by_id)
        self.all = sorted(product.datapoints, key=_by_id)
        self.writable_part = self.parts[0]
        self.flag_bytes = (len(self.all if product.variable else self.writable) + 7) // 8
        self.status_length = sum(part.length for part in self.parts)
        self._read_only = {row.name for row in product.datapoints if row.access != "writable"}

    def check(self, name: str, value: object) -> Value:
        """A display value in its normal form; UnknownDatapoint or OutOfRange otherwise."""
        return self.product.datapoint(name).check(value)

    def _check_names(self, values: Iterable[str]) -> None:
        for name in values:
            self.product.datapoint(name)

    def encode_status(self, values: Mapping[str, Value]) -> bytes:
        """All datapoints of a fixed-length product: writable, read-only, alert and fault part.

        A datapoint without a value is sent as false, first label, minimum or zeros.
        """
        self._check_names(values)
        return b"".join(part.encode(values, {}) for part in self.parts)

    def decode_status(self, data: bytes) -> dict[str, Value]:
        """The values of `encode_status`, all of them."""
        return self._decode_status(data, 0)

    def _decode_status(self, data: bytes, start: int) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for part in self.parts:
            values |= part.decode(data, start)
            start += part.length
        _refuse_rest(data, start)
        return values

    def encode_control(
        self, values: Mapping[str, Value], last_known: Mapping[str, Value] | None = None
    ) -> bytes:
        """Flags and the complete writable part; what is not set is filled with the last known values."""
        self._check_writable(values)
        flags = _flags(self.writable, values)
        return flags.to_bytes(self.flag_bytes, "big") + self.writable_part.encode(values, last_known or {})

    def decode_control(self, data: bytes) -> dict[str, Value]:
        """The flagged values only."""
        return self._decode_control(data, 0)

    def _decode_control(self, data: bytes, start: int) -> dict[str, Value]:
        names, body = self._read_flags(data, start, self.writable)
        # Values that are not flagged may be anything, also what the datapoint's limits do not allow.
        values = _decode_flagged(self.writable_part, data, body, names)
        _refuse_rest(data, body + self.writable_part.length)
        return values

    def present_part(self, names: Container[str]) -> Part:
        """Layout of a variable-length payload that holds these datapoints."""
        return Part(_variable_order(row for row in self.all if row.name in names))

    def encode_present(self, values: Mapping[str, Value]) -> bytes:
        """Flags and present values of a variable-length product."""
        self._check_names(values)
        flags = _flags(self.all, values)
        present = self.present_part(values)
        return flags.to_bytes(self.flag_bytes, "big") + present.encode(values, {})

    def decode_present(self, data: bytes) -> dict[str, Value]:
        """The present values of a variable-length product."""
        return self._decode_present(data, 0)

    def _decode_present(self, data: bytes, start: int) -> dict[str, Value]:
        names, body = self._read_flags(data, start, self.all)
        present = self.present_part(names)
        values = present.decode(data, body)
        _refuse_rest(data, body + present.length)
        return values

    def encode_read(self, names: Iterable[str]) -> bytes:
        """Flags of the datapoints asked for (variable-length products)."""
        wanted = dict.fromkeys(names, False)
        self._check_names(wanted)
        return _flags(self.all, wanted).to_bytes(self.flag_bytes, "big")

    def decode_read(self, data: bytes) -> tuple[str, ...]:
        """Names of the datapoints asked for, in id order."""
        return self._decode_read(data, 0)

    def _decode_read(self, data: bytes, start: int) -> tuple[str, ...]:
        names, end = self._read_flags(data, start, self.all)
        _refuse_rest(data, end)
        return names

    def _check_writable(self, values: Iterable[str]) -> None:
        self._check_names(values)
        for name in values:
            if name in self._read_only:
                raise OutOfRange("cannot be written, it is read only", field=name)

    def _read_flags(self, data: bytes, start: int, rows: list[Datapoint]) -> tuple[tuple[str, ...], int]:
        end = start + self.flag_bytes
        if len(data) < end:
            raise Truncated(
                f"{self.flag_bytes} bytes of flags expected", offset=len(data), field="attr_flags"
            )
        flags = int.from_bytes(data[start:end], "big")
        if flags >> len(rows):
            raise ReservedBits(
                f"bit {flags.bit_length() - 1} is set, there are {len(rows)} datapoints",
                offset=start,
                field="attr_flags",
            )
        return tuple(row.name for index, row in enumerate(rows) if flags >> index & 1), end

    def encode_message(self, message: Message, last_known: Mapping[str, Value] | None = None) -> bytes:
        """P0 payload of a message.

        Raises:
            WireError: an action that the product's layout does not have, or values that do not fit.
        """
        action = self._allowed(message.action, None)
        head = bytes((action,))
        values = message.values or {}
        if action in _TRANSPARENT:
            return head + (message.data or b"")
        if action == Action.READ:
            return head
        if action == Action.READ_VARIABLE:
            return head + self.encode_read(message.names or ())
        if action == Action.CONTROL:
            return head + self.encode_control(values, last_known)
        if action in _STATUS_ACTIONS:
            return head + self.encode_status(values)
        if action == Action.CONTROL_VARIABLE:
            self._check_writable(values)
        return head + self.encode_present(values)

    def decode_message(self, payload: bytes) -> Message:
        """What a P0 payload says; offsets of errors count from the action byte.

        Raises:
            WireError: with offset and field.
        """
        if not payload:
            raise Truncated("payload is empty, an action byte is expected", offset=0, field="action")
        action = self._allowed(payload[0], 0)
        if action in _TRANSPARENT:
            return Message(action, data=bytes(payload[1:]))
        if action == Action.READ:
            _refuse_rest(payload, 1)
            return Message(action)
        if action == Action.READ_VARIABLE:
            return Message(action, names=self._decode_read(payload, 1))
        if action == Action.CONTROL:
            return Message(action, values=self._decode_control(payload, 1))
        if action in _STATUS_ACTIONS:
            return Message(action, values=self._decode_status(payload, 1))
        values = self._decode_present(payload, 1)
        if action == Action.CONTROL_VARIABLE:
            self._check_writable(values)
        return Message(action, values=values)

    def _allowed(self, number: int, offset: int | None) -> Action:
        try:
            action = Action(number)
        except ValueError:
            raise Malformed(f"{number:#04x} is no known action", offset=offset, field="action") from None
        if action in (_FIXED_ONLY if self.product.variable else {*_PRESENT_ACTIONS, Action.READ_VARIABLE}):
            layout = "variable" if self.product.variable else "fixed"
            raise Malformed(
                f"{number:#04x} is not for a {layout}-length product", offset=offset, field="action"
            )
        return action

    def report(self, values: Mapping[str, Value], sequence: int | None = None) -> bytes:
        """A whole report frame: command 0x0091, or 0x0093 with a sequence number."""
        action = Action.REPORT_VARIABLE if self.product.variable else Action.REPORT
        command = Command.DEVICE_TO_APP if sequence is None else Command.REQUEST
        return encode_frame(Frame(command, self.encode_message(Message(action, values)), sequence))

    def control(
        self,
        values: Mapping[str, Value],
        last_known: Mapping[str, Value] | None = None,
        sequence: int | None = None,
    ) -> bytes:
        """A whole control frame: command 0x0090, or 0x0093 with a sequence number."""
        action = Action.CONTROL_VARIABLE if self.product.variable else Action.CONTROL
        command = Command.APP_TO_DEVICE if sequence is None else Command.REQUEST
        payload = self.encode_message(Message(action, values), last_known)
        return encode_frame(Frame(command, payload, sequence))


def _by_id(datapoint: Datapoint) -> int:
    return datapoint.id


def _variable_order(rows: Iterable[Datapoint]) -> list[Datapoint]:
    """Bits in id order, then numbers by width, then binary datapoints."""
    return sorted(rows, key=lambda row: (0 if row.bits else NUMERIC_BYTES.get(row.type, 8), row.id))


def _flags(rows: Iterable[Datapoint], present: Mapping[str, object]) -> int:
    return sum(1 << index for index, row in enumerate(rows) if row.name in present)


def _decode_flagged(part: Part, data: bytes, start: int, names: Iterable[str]) -> dict[str, Value]:
    """The flagged datapoints of a complete part; the others are not looked at."""
    wanted = set(names)
    if len(data) < start + part.length:
        part.decode(data, start)
    group = int.from_bytes(data[start : start + part.group], "big")
    if group >> part.used_bits:
        part.decode(data, start)
    values: dict[str, Value] = {}
    for datapoint, shift, mask in part.bits:
        if datapoint.name in wanted:
            values[datapoint.name] = _flagged_bits(datapoint, group >> shift & mask, start)
    offset = start + part.group
    for datapoint in part.plain:
        end = offset + datapoint.bytes
        if datapoint.name in wanted:
            values[datapoint.name] = _value_of(datapoint, data, offset, end)
        offset = end
    return values


def _flagged_bits(datapoint: Datapoint, raw: int, offset: int) -> Value:
    if datapoint.type == "bool":
        return bool(raw)
    if raw >= len(datapoint.values):
        raise OutOfRange(
            f"order number {raw} is beyond the enumeration's {len(datapoint.values)} labels",
            offset=offset,
            field=datapoint.name,
        )
    return datapoint.values[raw]


def _refuse_rest(data: bytes, end: int) -> None:
    if len(data) > end:
        raise Overlong(f"{len(data) - end} bytes after the last field", offset=end, field="payload")
