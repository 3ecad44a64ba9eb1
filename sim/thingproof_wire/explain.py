"""What every byte of a frame means, for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from thingproof_wire.errors import WireError
from thingproof_wire.frames.gizwits_p0 import HEADER, SEQUENCED, Action, Command, decode_frame
from thingproof_wire.payloads.gizwits_bits import Codec

if TYPE_CHECKING:
    from thingproof_wire.payloads.gizwits_datapoint import Value
    from thingproof_wire.payloads.gizwits_layout import Layout, Place
    from thingproof_wire.payloads.gizwits_product import Product

_COMMAND_TEXT: dict[int, str] = {
    Command.APP_TO_DEVICE: "application to device, no acknowledgement",
    Command.DEVICE_TO_APP: "device to application, no acknowledgement",
    Command.REQUEST: "wants an acknowledgement",
    Command.ACKNOWLEDGE: "acknowledgement",
}
_ACTION_TEXT: dict[int, str] = {
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
    """A run of bytes and its meaning. `length` 0 marks a value that lies inside the run before it."""

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
    """Every byte of a Gizwits frame, once and in order; never raises.

    Without a product the payload stays a run of bytes. A broken frame gives the rows up to the fault, the
    bytes that follow as a row "?", and the error with its offset in the frame.
    """
    explainer = _Explainer(data)
    error = None
    try:
        frame = decode_frame(data)
    except WireError as problem:
        error = problem
        explainer.head(len(data) if problem.offset is None else problem.offset)
    else:
        explainer.head(len(data))
        start = explainer.offset
        try:
            explainer.payload(frame.payload, product)
        except WireError as problem:
            error = _moved(problem, start)
    explainer.take(len(data) - explainer.offset, "?", "not explained")
    return Explanation(tuple(explainer.rows), error)


class Walk:
    """Walks over a frame and notes what it passes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0
        self.rows: list[Row] = []

    def take(self, length: int, name: str, meaning: str) -> None:
        """Note the next bytes, if there are any."""
        part = self.data[self.offset : self.offset + length]
        if part:
            self.rows.append(Row(self.offset, len(part), part.hex(), name, meaning))
        self.offset += len(part)

    def inside(self, name: str, meaning: str) -> None:
        """Note a value that lies inside the bytes noted last."""
        self.rows.append(Row(self.rows[-1].offset, 0, "", name, meaning))


class _Explainer(Walk):
    """Walks over a Gizwits frame."""

    def head(self, fault: int) -> None:
        """Note header, length, flag, command and sequence number, as far as they end before a fault."""
        for name, length, meaning in self._head_fields():
            if self.offset + length > fault:
                return
            self.take(length, name, meaning)

    def _head_fields(self) -> list[tuple[str, int, str]]:
        """Name, length and meaning of the fields that the bytes begin with."""
        begin = len(HEADER)
        size = next((count for count, byte in enumerate(self.data[begin : begin + 4], 1) if byte < 0x80), 4)
        groups = enumerate(self.data[begin : begin + size])
        length = sum((byte & 0x7F) << 7 * index for index, byte in groups)
        place = begin + size + 1
        number = int.from_bytes(self.data[place : place + 2], "big")
        fields = [
            ("header", begin, "Gizwits M2M frame"),
            ("length", size, f"{length} bytes follow"),
            ("flag", 1, "reserved"),
            ("command", 2, _COMMAND_TEXT.get(number, "unknown command")),
        ]
        if number in SEQUENCED:
            sequence = int.from_bytes(self.data[place + 2 : place + 6], "big")
            fields.append(("sequence", 4, str(sequence)))
        return fields

    def payload(self, payload: bytes, product: Product | None) -> None:
        """Note action, flags and datapoints.

        Raises:
            WireError: the payload is broken; offset from the action byte.
        """
        if not payload:
            return  # an acknowledgement need not say more
        if product is None:
            self.take(1, "action", _ACTION_TEXT.get(payload[0], "unknown action"))
            self.take(len(payload) - 1, "body", "give a product to see its datapoints")
            return
        codec = Codec(product)
        action = codec.action_of(payload)
        self.take(1, "action", _ACTION_TEXT[action])
        if action in (Action.TRANSPARENT_DOWN, Action.TRANSPARENT_UP):
            self.take(len(payload) - 1, "data", "transparent bytes")
            return
        body = codec.open_body(action, payload)
        if body.names is not None:
            self.take(codec.flag_bytes, "attr_flags", ", ".join(body.names) or "none")
        if body.layout is not None:
            self.datapoints(body.layout, payload, body.start)
        codec.decode_message(payload)  # whatever else is wrong with it

    def datapoints(self, layout: Layout, payload: bytes, start: int) -> None:
        """Note one datapoint after the other, up to the first that is wrong."""
        title = ""
        for place, value in layout.walk(payload, start):
            if not place.used_bits:
                self.take(place.length, place.datapoint.name, _shown(place, value))
                continue
            if place.title != title:
                title = place.title
                self.take(place.length, f"{title} bits", f"bit group of {place.used_bits} bits")
            last = place.shift + place.datapoint.bits - 1
            bits = f"bit {last}" if last == place.shift else f"bits {place.shift}-{last}"
            self.inside(place.datapoint.name, f"{bits}: {_shown(place, value)}")


def _shown(place: Place, value: Value | None) -> str:
    """A display value as a person reads it."""
    if value is None:
        return "not flagged, ignored"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value} {place.datapoint.unit}".rstrip()


def _moved(error: WireError, start: int) -> WireError:
    """The error with its offset counted from the start of the frame."""
    offset = None if error.offset is None else error.offset + start
    return type(error)(error.reason, offset=offset, field=error.field)
