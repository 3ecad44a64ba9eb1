"""What every byte of a frame means, for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from thingproof_wire.errors import WireError
from thingproof_wire.frames.gizwits_p0 import Action, Command, decode_frame, encode_varint
from thingproof_wire.payloads.gizwits_bits import Codec, Message, Part
from thingproof_wire.payloads.gizwits_product import ACCESS_ORDER, Datapoint, Product, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMAND_TEXT = {
    Command.APP_TO_DEVICE: "application to device, no acknowledgement",
    Command.DEVICE_TO_APP: "device to application, no acknowledgement",
    Command.REQUEST: "wants an acknowledgement",
    Command.ACKNOWLEDGE: "acknowledgement",
}
_ACTION_TEXT = {
    Action.CONTROL: "control",
    Action.READ: "read status",
    Action.READ_ANSWER: "status answer",
    Action.REPORT: "report status",
    Action.TRANSPARENT_DOWN: "transparent data to the device",
    Action.TRANSPARENT_UP: "transparent data from the device",
    Action.CONTROL_VARIABLE: "control, variable length",
    Action.READ_VARIABLE: "read, variable length",
    Action.READ_ANSWER_VARIABLE: "read answer, variable length",
    Action.REPORT_VARIABLE: "report, variable length",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A run of bytes and its meaning. `length` 0 marks a datapoint that lies inside the run before it."""

    offset: int
    length: int
    hex: str
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The rows in frame order, and what was wrong with the frame, None when nothing was."""

    rows: tuple[Row, ...]
    error: WireError | None


def explain_gizwits(data: bytes, product: Product | None = None) -> Explanation:
    """Every byte of a Gizwits frame.

    Without a product the payload stays a run of bytes. A broken frame gives the rows up to the fault.
    """
    explainer = _Explainer(data)
    try:
        explainer.frame(product)
    except WireError as error:
        explainer.salvage(len(data) if error.offset is None else error.offset)
        return Explanation(tuple(explainer.rows), error)
    return Explanation(tuple(explainer.rows), None)


class _Explainer:
    """Walks over a frame and notes what it passes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0
        self.rows: list[Row] = []

    def take(self, length: int, name: str, meaning: str) -> None:
        """Note the next bytes."""
        part = self.data[self.offset : self.offset + length]
        if part:
            self.rows.append(Row(self.offset, len(part), part.hex(), name, meaning))
        self.offset += len(part)

    def inside(self, name: str, meaning: str) -> None:
        """Note a datapoint that lies inside the bytes noted last."""
        self.rows.append(Row(self.rows[-1].offset, 0, "", name, meaning))

    def salvage(self, fault: int) -> None:
        """Note the fields before a fault, then the bytes that could not be explained."""
        for name, length, meaning in self.fields():
            if self.offset + length > fault:
                break
            self.take(length, name, meaning)
        self.take(len(self.data) - self.offset, "?", "not explained")

    def fields(self) -> Iterator[tuple[str, int, str]]:
        """The fields of a frame's head that were not noted yet, as far as the bytes tell."""
        if self.offset == 0:
            yield "header", 4, "Gizwits M2M frame"
        if self.offset == 4:
            length = next((n for n, byte in enumerate(self.data[4:8], 1) if byte < 0x80), 4)
            yield "length", length, "length of the rest"
            yield "flag", 1, "reserved"
            number = int.from_bytes(self.data[self.offset : self.offset + 2], "big")
            known = _COMMAND_TEXT.get(Command(number)) if number in set(Command) else "unknown command"
            yield "command", 2, str(known)

    def frame(self, product: Product | None) -> None:
        """Header, length, flag, command, sequence and payload."""
        frame = decode_frame(self.data)
        self.take(4, "header", "Gizwits M2M frame")
        head = 3 if frame.sequence is None else 7
        length = head + len(frame.payload)
        self.take(len(encode_varint(length)), "length", f"{length} bytes follow")
        self.take(1, "flag", "reserved")
        self.take(2, "command", _COMMAND_TEXT[frame.command])
        if frame.sequence is not None:
            self.take(4, "sequence", str(frame.sequence))
        if frame.payload:
            self.payload(frame.payload, product)

    def payload(self, payload: bytes, product: Product | None) -> None:
        """Action and body."""
        start = self.offset
        try:
            action = Action(payload[0])
        except ValueError:
            if product is None:
                self.take(len(payload), "payload", "unknown action")
                return
            raise _moved(_malformed(payload, product), start) from None
        if product is None:
            self.take(1, "action", _ACTION_TEXT[action])
            self.take(len(payload) - 1, "body", "give a product to see its datapoints")
            return
        codec = Codec(product)
        try:
            message = codec.decode_message(payload)
        except WireError as error:
            self.take(1, "action", _ACTION_TEXT[action])
            raise _moved(error, start) from None
        self.take(1, "action", _ACTION_TEXT[action])
        self.body(codec, message)

    def body(self, codec: Codec, message: Message) -> None:
        """Flags and datapoints."""
        if message.data is not None:
            self.take(len(message.data), "data", "transparent bytes")
            return
        values = dict(message.values or {})
        if message.action in (Action.READ_ANSWER, Action.REPORT):
            for access, part in zip(ACCESS_ORDER, codec.parts, strict=True):
                self.part(part, values, access)
            return
        if message.action == Action.READ:
            return
        names = list(message.names or values)
        self.take(codec.flag_bytes, "attr_flags", ", ".join(names) or "none")
        if message.action == Action.CONTROL:
            self.part(codec.writable_part, values, "writable")
        elif message.action != Action.READ_VARIABLE:
            self.part(codec.present_part(values), values, "present")

    def part(self, part: Part, values: dict[str, Value], title: str) -> None:
        """One run of datapoints."""
        if part.group:
            self.take(part.group, f"{title} bits", f"bit group of {part.used_bits} bits")
            for datapoint, shift, _ in part.bits:
                last = shift + datapoint.bits - 1
                bits = f"bit {shift}" if last == shift else f"bits {shift}-{last}"
                self.inside(datapoint.name, f"{bits}: {_shown(datapoint, values)}")
        for datapoint in part.plain:
            self.take(datapoint.bytes, datapoint.name, _shown(datapoint, values))


def _shown(datapoint: Datapoint, values: dict[str, Value]) -> str:
    if datapoint.name not in values:
        return "not flagged, ignored"
    value = values[datapoint.name]
    text = (
        value.hex()
        if isinstance(value, bytes)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
    return f"{text} {datapoint.unit}".rstrip()


def _malformed(payload: bytes, product: Product) -> WireError:
    """The codec's own word on a payload that it refuses."""
    try:
        Codec(product).decode_message(payload)
    except WireError as error:
        return error
    raise AssertionError(payload)


def _moved(error: WireError, start: int) -> WireError:
    """The error with its offset counted from the start of the frame."""
    if error.offset is None:
        return error
    return type(error)(error.reason, offset=error.offset + start, field=error.field)
