"""What a device does with frames that reach it: execute, answer, acknowledge, or refuse."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thingproof_sim.kernel.ledger import LedgerEntry
from thingproof_wire.errors import WireError
from thingproof_wire.frames.gizwits_p0 import Action, Command, Frame, decode_frame, encode_frame
from thingproof_wire.payloads.gizwits_bits import Codec, Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_sim.devices.machine import Device

FOR_DEVICES = frozenset(
    {Action.CONTROL, Action.CONTROL_VARIABLE, Action.READ, Action.READ_VARIABLE, Action.TRANSPARENT_DOWN}
)
"""Actions that are told to a device; the others are what devices tell."""


@dataclass(frozen=True, slots=True)
class ReceivedFrame:
    """One downlink as the device saw it.

    Attributes:
        at: time.
        topic: MQTT topic.
        hex: the frame.
        command: name of the command, e.g. APP_TO_DEVICE; None for a broken frame.
        action: name of the P0 action; None for an acknowledgement or a broken frame.
        values: display values of a control.
        sequence: number to acknowledge.
        error: why the device could not use it.
    """

    at: float
    topic: str
    hex: str
    command: str | None = None
    action: str | None = None
    values: Mapping[str, Any] | None = None
    sequence: int | None = None
    error: str | None = None


class Downlinks:
    """The receiving half of a device."""

    __slots__ = ("_codec", "_device", "received")

    def __init__(self, device: Device, codec: Codec) -> None:
        self._device = device
        self._codec = codec
        self.received: deque[ReceivedFrame] = deque(maxlen=device.surroundings.downlinks_kept)

    def take(self, topic: str, payload: bytes) -> None:
        """One message; a broken one is noted and dropped."""
        if not topic.startswith("app2dev/"):
            return
        try:
            frame = decode_frame(payload)
            message = self._codec.decode_message(frame.payload) if frame.payload else None
        except WireError as error:
            self.received.append(ReceivedFrame(self._device.now(), topic, payload.hex(), error=str(error)))
            self._note("control", {}, payload, "refused", str(error))
            return
        if self.received.maxlen:
            self._remember(topic, payload, frame, message)
        if frame.command == Command.ACKNOWLEDGE and frame.sequence is not None:
            self._device.uplinks.cloud_acknowledged(frame.sequence)
        elif message is None:
            self._note("control", {}, payload, "refused", "no action")
        elif frame.command == Command.DEVICE_TO_APP or message.action not in FOR_DEVICES:
            cause = f"{frame.command.name} with {message.action.name} is not for a device"
            self._note("control", {}, payload, "refused", cause)
        else:
            self._device.counters.commands += 1
            self._execute(topic.rpartition("/")[2], frame, message, payload)

    def _remember(self, topic: str, payload: bytes, frame: Frame, message: Message | None) -> None:
        action, values = (None, None) if message is None else (message.action.name, message.values)
        self.received.append(
            ReceivedFrame(
                self._device.now(), topic, payload.hex(), frame.command.name, action, values, frame.sequence
            )
        )

    def _execute(self, client: str, frame: Frame, message: Message, payload: bytes) -> None:
        device = self._device
        device.note("downlink", {"action": message.action.name, "hex": payload.hex()})
        if message.action in (Action.CONTROL, Action.CONTROL_VARIABLE):
            values = dict(message.values or {})
            self._note("control", values, payload, "executed")
            if frame.command == Command.REQUEST:
                self._answer(client, b"", frame)
            device.apply(values, always=True)
        elif message.action in (Action.READ, Action.READ_VARIABLE):
            self._note("read", {}, payload, "executed")
            self._answer(client, self._status(message), frame)
        else:
            self._note("transparent", {}, payload, "executed")
            if frame.command == Command.REQUEST:
                self._answer(client, b"", frame)

    def _status(self, message: Message) -> bytes:
        """P0 payload that answers a read."""
        values = self._device.values
        if message.action == Action.READ:
            return self._codec.encode_message(Message(Action.READ_ANSWER, values))
        wanted = {name: values[name] for name in message.names or ()}
        return self._codec.encode_message(Message(Action.READ_ANSWER_VARIABLE, wanted))

    def _answer(self, client: str, payload: bytes, frame: Frame) -> None:
        """The answer's command is the request's command plus one, to the client that asked."""
        command = Command.ACKNOWLEDGE if frame.command == Command.REQUEST else Command.DEVICE_TO_APP
        answer = encode_frame(Frame(command, payload, frame.sequence))
        values = dict(self._codec.decode_message(payload).values or {}) if payload else {}
        self._device.uplinks.queue_frame(answer, values, f"dev2app/{self._device.identity.did}/{client}")

    def _note(
        self, kind: str, values: Mapping[str, Any], payload: bytes, outcome: str, cause: str | None = None
    ) -> None:
        device = self._device
        device.surroundings.ledger.note(
            LedgerEntry(device.now(), device.plan.name, kind, values, payload.hex(), outcome, cause)
        )
