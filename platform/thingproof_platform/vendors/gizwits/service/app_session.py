"""One conversation on the application's socket: a session machine with its transitions as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from thingproof_platform.core.effects import SendText
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.errors import code_of
from thingproof_platform.vendors.gizwits.service import control, socket_login
from thingproof_platform.vendors.gizwits.service.binding import binding_of
from thingproof_wire.frames.gizwits_p0 import Command, decode_frame

if TYPE_CHECKING:
    from thingproof_platform.core.clock import Timer
    from thingproof_platform.core.model import Attachment, Thing
    from thingproof_platform.vendors.gizwits.push import Hub

State = Literal["connected", "logged_in", "closed"]

# (state, cmd) -> method of the session. What is not here is answered with s2c_invalid_msg.
TRANSITIONS: Final[dict[tuple[State, str], str]] = {
    ("connected", "ping"): "pong",
    ("connected", "login_req"): "login",
    ("logged_in", "ping"): "pong",
    ("logged_in", "login_req"): "login",
    ("logged_in", "subscribe_req"): "subscribe",
    ("logged_in", "c2s_read"): "read",
    ("logged_in", "c2s_write"): "write",
    ("logged_in", "c2s_raw"): "raw",
    ("logged_in", "c2s_ack"): "ack",
}
_COMMANDS: Final = frozenset(cmd for _, cmd in TRANSITIONS)
_SEQUENCES: Final = 2**32
_POLICY_VIOLATION: Final = 1008
GOING_AWAY: Final = 1001
_encode = msgspec.json.Encoder().encode


def message_text(cmd: str, data: Any = None, **members: Any) -> str:
    """A message to the application as it is sent."""
    message: dict[str, Any] = {"cmd": cmd, **members}
    if data is not None:
        message["data"] = data
    return _encode(message).decode()


class AppSession:
    """One conversation with an application. Bad messages are answered, never raised."""

    def __init__(self, hub: Hub, session_id: str, client: str, peer: str) -> None:
        self.hub = hub
        self.world = hub.world
        self.id = session_id
        self.client = client  # client id on the device network
        self.peer = peer
        self.state: State = "connected"
        self.login_data: socket_login.Login | None = None
        self.things: set[str] = set()  # subscribed to
        self._heard = self.world.clock.now()
        self._in_second = (0, 0)
        self._timer: Timer | None = None
        self._patience = 0.0
        self._watch(self.world.limits.heartbeat_longest)

    @property
    def custom(self) -> bool:
        """Does the application want raw frames instead of data points?"""
        return self.login_data is not None and self.login_data.custom

    # -- messages in

    def receive(self, text: str) -> None:
        """Take one message."""
        if self.state == "closed" or self._floods():
            return
        self._heard = self.world.clock.now()
        try:
            message = self._message(text)
            getattr(self, self._method(message["cmd"]))(message)
        except Refusal as refusal:
            self._invalid(refusal)

    def closed(self) -> None:
        """The application is gone."""
        self.state = "closed"
        if self._timer is not None:
            self._timer.cancel()
        self.hub.forget(self)

    def pong(self, _message: dict[str, Any]) -> None:
        """Answer a heartbeat."""
        self.send("pong")

    def login(self, message: dict[str, Any]) -> None:
        """Check application, user and token; subscribe to everything bound unless told otherwise."""
        login = socket_login.check(self.world, message.get("data"))
        self.hub.forget(self)
        self.login_data = login
        self.state = "connected" if login is None else "logged_in"
        self.send("login_res", {"success": login is not None})
        self._watch(self.world.limits.heartbeat_longest if login is None else login.heartbeat)
        if login is not None:
            self.hub.remember(self)
            if login.auto_subscribe:
                for binding in self.world.things.bindings_of_account(login.account):
                    self.hub.subscribe(self, binding.thing)

    def subscribe(self, message: dict[str, Any]) -> None:
        """Subscribe to devices; each is told apart in the answer."""
        wanted = message.get("data")
        if not isinstance(wanted, list) or not all(isinstance(entry, dict) for entry in wanted):
            raise Refusal(Reason.FORM_INVALID, "data: expected a list of objects with did", "data")
        done: dict[str, list[dict[str, Any]]] = {"success": [], "failed": []}
        for entry in wanted:
            result: dict[str, Any] = {"did": entry.get("did"), "error_code": 0, "msg": "ok"}
            try:
                _, thing = self._device(entry)
                self.hub.subscribe(self, thing.id)
                done["success"].append(result)
            except Refusal as refusal:
                code = code_of(refusal.reason)
                done["failed"].append(result | {"error_code": code.error_code, "msg": code.error_message})
        self.send("subscribe_res", done)

    def read(self, message: dict[str, Any]) -> None:
        """Ask a device for its values."""
        attachment, thing = self._target(message)
        sequence = _sequence(message)
        names = message["data"].get("names")
        self._dispatch(attachment, control.read_frame(self.world, thing, names, sequence), sequence)

    def write(self, message: dict[str, Any]) -> None:
        """Set data points of a device."""
        attachment, thing = self._target(message)
        sequence = _sequence(message)
        values = control.attribute_values(self.world, thing.product, message["data"].get("attrs"), None)
        self._dispatch(attachment, control.control_frame(self.world, thing, values, sequence), sequence)

    def raw(self, message: dict[str, Any]) -> None:
        """Send a frame the application has built itself."""
        attachment, _ = self._device(message.get("data"))
        data = control.raw_bytes(message["data"].get("raw"), None)
        try:
            frame = decode_frame(data)
        except ValueError as error:
            raise Refusal(Reason.FORM_INVALID, f"raw: {error}", "raw") from error
        if frame.command not in (Command.APP_TO_DEVICE, Command.REQUEST, Command.ACKNOWLEDGE):
            raise Refusal(Reason.FORM_INVALID, "raw: expected command 0x90, 0x93 or 0x94", "raw")
        self._dispatch(attachment, data, frame.sequence if frame.command == Command.REQUEST else None)

    def ack(self, message: dict[str, Any]) -> None:
        """The application has a numbered report; the cloud acknowledged it to the device already."""
        self._device(message.get("data") if isinstance(message.get("data"), dict) else message)

    # -- messages out

    def send(self, cmd: str, data: Any = None, **members: Any) -> None:
        """Send a message."""
        self.send_text(message_text(cmd, data, **members))

    def send_text(self, text: str) -> None:
        """Send a message that is text already, the same for many sessions."""
        self.world.effect(SendText(self.id, text))

    def _invalid(self, refusal: Refusal) -> None:
        code = code_of(refusal.reason)
        text = f"{code.error_message} {refusal.detail or ''}".strip()
        self.send("s2c_invalid_msg", {"error_code": code.error_code, "msg": text})

    def _close(self, code: int, reason: str) -> None:
        self.closed()
        self.world.close_session(self.id, code, reason)

    # -- helpers

    def _method(self, cmd: str) -> str:
        """What the table says; a known message in the wrong state lacks the login."""
        method = TRANSITIONS.get((self.state, cmd))
        if method is None:
            known = cmd in _COMMANDS
            reason = Reason.TOKEN_INVALID if known else Reason.FORM_INVALID
            raise Refusal(reason, "log in first" if known else "unknown cmd")
        return method

    def _message(self, text: str) -> dict[str, Any]:
        try:
            message = msgspec.json.decode(text)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise Refusal(Reason.FORM_INVALID, "expected a JSON object") from error
        if not isinstance(message, dict) or not isinstance(message.get("cmd"), str):
            raise Refusal(Reason.FORM_INVALID, "expected an object with cmd")
        return message

    def _device(self, data: object) -> tuple[Attachment, Thing]:
        """The device named by did, when it is bound to the user of a token that still holds."""
        did = data.get("did") if isinstance(data, dict) else None
        if not isinstance(did, str) or self.login_data is None:
            raise Refusal(Reason.FORM_INVALID, "did: expected a device id", "did")
        login = self.login_data
        self.world.accounts.token(login.token, login.application)
        attachment, thing = self.world.things.find("gizwits", did)
        binding_of(self.world, self.world.accounts.accounts.rows[login.account], attachment)
        return attachment, thing

    def _target(self, message: dict[str, Any]) -> tuple[Attachment, Thing]:
        if self.custom:
            raise Refusal(Reason.FORM_INVALID, "not with p0_type custom; use c2s_raw")
        return self._device(message.get("data"))

    def _dispatch(self, attachment: Attachment, frame: bytes, sequence: int | None) -> None:
        login = self.login_data
        control.dispatch(
            self.world,
            attachment,
            frame,
            client=self.client,
            account=login.account if login else "",
            application=login.application if login else "",
            peer=self.peer,
            sequence=sequence,
        )

    def _watch(self, interval: float) -> None:
        """From now on close the session when nothing came for longer than the interval with slack."""
        self._patience = interval * self.world.limits.heartbeat_slack
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.world.clock.schedule(self._heard + self._patience, self._look)

    def _look(self) -> None:
        """Whoever spoke meanwhile gets another interval."""
        due = self._heard + self._patience
        if self.world.clock.now() >= due:
            self._close(GOING_AWAY, "heartbeat timeout")
        else:
            self._timer = self.world.clock.schedule(due, self._look)

    def _floods(self) -> bool:
        """More messages than allowed within a second; a frozen clock cannot tell."""
        if self.world.clock.mode == "frozen":
            return False
        second = int(self.world.clock.now())
        count = self._in_second[1] + 1 if self._in_second[0] == second else 1
        self._in_second = (second, count)
        if count > self.world.limits.session_messages_per_second:
            self._close(_POLICY_VIOLATION, "too many messages")
            return True
        return False


def _sequence(message: dict[str, Any]) -> int | None:
    """The number of a request that wants an acknowledgement."""
    number = message.get("req_sn")
    if number is None:
        return None
    if type(number) is not int or not 0 <= number < _SEQUENCES:
        raise Refusal(Reason.FORM_INVALID, "req_sn: expected an integer of 32 bits", "req_sn")
    return number
