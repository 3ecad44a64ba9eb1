"""The Gizwits datapoint payload: values of datapoints to the bytes of a P0 payload and back.

Fixed-length products send every datapoint of a part in one layout; variable-length products send flags and
the datapoints that are present. Bools and enumerations of a part share one bit group, which is a big-endian
integer whose bit 0 belongs to the first datapoint. Source: gizwits.md:1184-1203 for kinds, types and
positions, 1433 and 1439 for frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from thingproof_wire.errors import Malformed, OutOfRange, Overlong, ReservedBits, Truncated
from thingproof_wire.frames.gizwits_p0 import Action, Command, Frame, encode_frame
from thingproof_wire.payloads.gizwits_datapoint import ACCESS_ORDER, NUMERIC_BYTES, Datapoint, Value
from thingproof_wire.payloads.gizwits_layout import Layout

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from thingproof_wire.payloads.gizwits_product import Product

_TRANSPARENT = frozenset({Action.TRANSPARENT_DOWN, Action.TRANSPARENT_UP})
_FIXED = _TRANSPARENT | {Action.CONTROL, Action.READ, Action.READ_ANSWER, Action.REPORT}
_VARIABLE = frozenset(Action) - _FIXED | _TRANSPARENT
_ACTIONS = {int(action): action for action in Action}
_REMEMBERED_LAYOUTS = 1024
"""Layouts kept for each codec, one for each combination of flags."""


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


class Body(NamedTuple):
    """What follows the action byte: the flagged datapoints and the layout of the values.

    `names` is None for an action without flags, `layout` is None for an action without values; `start` is the
    offset after the flags.
    """

    start: int
    names: tuple[str, ...] | None
    layout: Layout | None


class Codec:
    """Payloads and frames of one product; everything that depends on the product alone is worked out once.

    Attributes:
        all: every datapoint in id order.
        writable: the writable ones in id order.
        flag_bytes: length of attr_flags.
        status_length: length of dev_status (fixed length).
    """

    def __init__(self, product: Product) -> None:
        self.product = product
        self.all = sorted(product.datapoints, key=lambda row: row.id)
        self.writable = [row for row in self.all if row.access == "writable"]
        self._flagged = self.all if product.variable else self.writable
        self.flag_bytes = (len(self._flagged) + 7) // 8
        self._bit = {row.name: 1 << index for index, row in enumerate(self._flagged)}
        self._writable_names = {row.name for row in self.writable}
        self._names = {row.name for row in self.all}
        parts = [
            (access, [row for row in product.datapoints if row.access == access]) for access in ACCESS_ORDER
        ]
        self._status = Layout(parts)
        self._writable_part = parts[:1]
        self._control = Layout(self._writable_part)
        self.status_length = self._status.length
        self._layouts: dict[int, tuple[tuple[str, ...], Layout]] = {}
        report = bytes((Action.REPORT,)) + bytes(self.status_length)
        frame = encode_frame(Frame(Command.DEVICE_TO_APP, report))
        self._report_head = frame[: len(frame) - self.status_length]
        """A report frame up to its values: the same for every report of a fixed-length product."""

    def check(self, name: str, value: object) -> Value:
        """A display value in its normal form; UnknownDatapoint or OutOfRange otherwise."""
        return self.product.datapoint(name).check(value)

    def encode_status(self, values: Mapping[str, Value]) -> bytes:
        """All datapoints of a fixed-length product: writable, read-only, alert and fault part.

        A datapoint without a value is sent as false, first label, minimum or zeros.

        Raises:
            UnknownDatapoint, OutOfRange: with the datapoint's name.
        """
        if not values.keys() <= self._names:
            self._refuse_unknown(values)
        return self._status.encode(values)

    def decode_status(self, data: bytes) -> dict[str, Value]:
        """The values of `encode_status`, all of them."""
        values = self._status.decode(data)
        _refuse_rest(data, self.status_length)
        return values

    def encode_control(
        self, values: Mapping[str, Value], last_known: Mapping[str, Value] | None = None
    ) -> bytes:
        """Flags and the complete writable part; what is not set is filled with the last known values."""
        self._check_writable(values)
        filled = {**last_known, **values} if last_known else values
        return self._flags(values) + self._control.encode(filled)

    def decode_control(self, data: bytes) -> dict[str, Value]:
        """The flagged values only; the others may be anything, also what their limits do not allow."""
        return self._decode_values(data, self._control_body(data, 0))

    def encode_present(self, values: Mapping[str, Value]) -> bytes:
        """Flags and present values of a variable-length product."""
        flags = self._flags(values)
        _, layout = self._remembered(int.from_bytes(flags, "big"))
        return flags + layout.encode(values)

    def decode_present(self, data: bytes) -> dict[str, Value]:
        """The present values of a variable-length product."""
        return self._decode_values(data, self._control_body(data, 0))

    def encode_read(self, names: Iterable[str]) -> bytes:
        """Flags of the datapoints asked for (variable-length products)."""
        return self._flags(dict.fromkeys(names))

    def decode_read(self, data: bytes) -> tuple[str, ...]:
        """Names of the datapoints asked for, in id order."""
        flags = self._read_flags(data, 0)
        _refuse_rest(data, self.flag_bytes)
        return self._remembered(flags)[0]

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
        if not self.product.variable:
            return head + self.encode_status(values)
        if action == Action.CONTROL_VARIABLE:
            self._check_writable(values)
        return head + self.encode_present(values)

    def decode_message(self, payload: bytes) -> Message:
        """What a P0 payload says; offsets of errors count from the action byte.

        Raises:
            WireError: with offset and field.
        """
        action = self.action_of(payload)
        if action in _TRANSPARENT:
            return Message(action, data=bytes(payload[1:]))
        body = self.open_body(action, payload)
        if body.layout is None:
            _refuse_rest(payload, body.start)
            return Message(action, names=body.names)
        values = self._decode_values(payload, body)
        if action == Action.CONTROL_VARIABLE and not values.keys() <= self._writable_names:
            self._refuse_flagged(values)
        return Message(action, values)

    def action_of(self, payload: bytes) -> Action:
        """The action byte of a P0 payload.

        Raises:
            Truncated, Malformed: no payload, no such action, or not for this product.
        """
        if not payload:
            raise Truncated("payload is empty, an action byte is expected", offset=0, field="action")
        return self._allowed(payload[0], 0)

    def open_body(self, action: Action, payload: bytes) -> Body:
        """Flags and layout of the bytes after the action byte, not for transparent data.

        Raises:
            Truncated, ReservedBits: the flags are wrong.
        """
        if action == Action.READ:
            return Body(1, None, None)
        if action == Action.READ_VARIABLE:
            names, _ = self._remembered(self._read_flags(payload, 1))
            return Body(1 + self.flag_bytes, names, None)
        if action in (Action.READ_ANSWER, Action.REPORT):
            return Body(1, None, self._status)
        return self._control_body(payload, 1)

    def report(self, values: Mapping[str, Value], sequence: int | None = None) -> bytes:
        """A whole report frame: command 0x0091, or 0x0093 with a sequence number."""
        if sequence is None and not self.product.variable:
            return self._report_head + self.encode_status(values)
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

    def _allowed(self, number: int, offset: int | None) -> Action:
        action = _ACTIONS.get(number)
        if action is None:
            raise Malformed(f"{number:#04x} is no known action", offset=offset, field="action")
        if action not in (_VARIABLE if self.product.variable else _FIXED):
            layout = "variable" if self.product.variable else "fixed"
            raise Malformed(
                f"{number:#04x} is not for a {layout}-length product", offset=offset, field="action"
            )
        return action

    def _flags(self, names: Collection[str]) -> bytes:
        flags = 0
        try:
            for name in names:
                flags |= self._bit[name]
        except KeyError:
            self._refuse_unknown(names)
            raise
        return flags.to_bytes(self.flag_bytes, "big")

    def _read_flags(self, data: bytes, start: int) -> int:
        end = start + self.flag_bytes
        if len(data) < end:
            raise Truncated(
                f"{self.flag_bytes} bytes of flags expected", offset=len(data), field="attr_flags"
            )
        flags = int.from_bytes(data[start:end], "big")
        if flags >> len(self._flagged):
            raise ReservedBits(
                f"bit {flags.bit_length() - 1} is set, there are {len(self._flagged)} datapoints",
                offset=start,
                field="attr_flags",
            )
        return flags

    def _control_body(self, data: bytes, start: int) -> Body:
        """Flags and what they flag: datapoints of the writable part, or the present ones."""
        names, layout = self._remembered(self._read_flags(data, start))
        return Body(start + self.flag_bytes, names, layout)

    def _remembered(self, flags: int) -> tuple[tuple[str, ...], Layout]:
        """Names and layout of a combination of flags."""
        known = self._layouts.get(flags)
        if known is None:
            if len(self._layouts) >= _REMEMBERED_LAYOUTS:
                self._layouts.clear()
            rows = [row for index, row in enumerate(self._flagged) if flags >> index & 1]
            names = tuple(row.name for row in rows)
            layout = (
                Layout([("present", sorted(rows, key=_variable_order))])
                if self.product.variable
                else Layout(self._writable_part, names)
            )
            known = self._layouts[flags] = names, layout
        return known

    def _decode_values(self, data: bytes, body: Body) -> dict[str, Value]:
        assert body.layout is not None
        values = body.layout.decode(data, body.start)
        _refuse_rest(data, body.start + body.layout.length)
        return values

    def _check_writable(self, values: Mapping[str, Value]) -> None:
        if values.keys() <= self._writable_names:
            return
        self._refuse_unknown(values)
        name = min(values.keys() - self._writable_names)
        raise OutOfRange("cannot be written, it is read only", field=name)

    def _refuse_flagged(self, values: Mapping[str, Value]) -> None:
        """A control whose flags name a datapoint that cannot be written."""
        name = min(values.keys() - self._writable_names, key=lambda name: self._bit[name])
        index = self._bit[name].bit_length() - 1
        offset = self.flag_bytes - index // 8
        raise OutOfRange("cannot be written, it is read only", offset=offset, field=name)

    def _refuse_unknown(self, names: Iterable[str]) -> None:
        for name in names:
            self.product.datapoint(name)


def _variable_order(row: Datapoint) -> tuple[int, int]:
    """Bits in id order, then numbers by width, then binary datapoints."""
    return 0 if row.bits else NUMERIC_BYTES.get(row.type, 8), row.id


def _refuse_rest(data: bytes, end: int) -> None:
    if len(data) > end:
        raise Overlong(f"{len(data) - end} bytes after the last field", offset=end, field="payload")


__all__ = ["Body", "Codec", "Message", "Value"]
