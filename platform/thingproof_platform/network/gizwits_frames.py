"""What a frame of a Gizwits device means to the cloud, told apart from how it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thingproof_wire.frames.gizwits_p0 import Action, Command, Frame, decode_frame, encode_frame

if TYPE_CHECKING:
    from thingproof_wire.payloads.gizwits_bits import Codec

CLOUD = "cloud"  # the cloud's own client id on app2dev/<did>/<client>

_ANSWERS = {Action.READ_ANSWER, Action.READ_ANSWER_VARIABLE}
_VALUES = _ANSWERS | {Action.REPORT, Action.REPORT_VARIABLE}
_UPLINK = {Command.DEVICE_TO_APP, Command.REQUEST, Command.ACKNOWLEDGE}


@dataclass(frozen=True, slots=True)
class Uplink:
    """One frame of a device, understood.

    `values` are display values when the frame carries datapoints, None for transparent data and bare
    acknowledgements; `answer` is true for an answer to a read request.
    """

    frame: Frame
    values: dict[str, Any] | None
    answer: bool


def read_uplink(codec: Codec, data: bytes) -> Uplink:
    """Decode and check a frame of a device; raises WireError or ValueError for anything malformed."""
    frame = decode_frame(data)
    if frame.command not in _UPLINK:
        raise ValueError(f"command 0x{int(frame.command):04x} does not come from a device")
    if not frame.payload:
        if frame.command != Command.ACKNOWLEDGE:
            raise ValueError("the frame carries no action")
        return Uplink(frame, None, answer=False)
    action = frame.payload[0]
    if action == Action.TRANSPARENT_UP or not codec.all:  # without datapoints everything is raw
        return Uplink(frame, None, answer=False)
    if action not in _VALUES:
        raise ValueError(f"action 0x{action:02x} does not come from a device")
    message = codec.decode_message(frame.payload)
    return Uplink(frame, dict(message.values or {}), answer=action in _ANSWERS)


def acknowledgement(sequence: int | None) -> bytes:
    """The frame that acknowledges a device's request of that number."""
    return encode_frame(Frame(Command.ACKNOWLEDGE, b"", sequence))


def downlink(payload: bytes, sequence: int | None = None) -> bytes:
    """A frame to a device: 0x0090, or 0x0093 when an acknowledgement is wanted."""
    command = Command.APP_TO_DEVICE if sequence is None else Command.REQUEST
    return encode_frame(Frame(command, payload, sequence))
