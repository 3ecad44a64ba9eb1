"""Events of the core as messages on the application's socket /ws/app/v1.

The document only names the ports; the messages are those of the vendor's public WebSocket page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.core.events import (
    BindingChanged,
    CommandChanged,
    FrameReceived,
    ReadingReceived,
    ThingOffline,
    ThingOnline,
)
from thingproof_platform.vendors.gizwits.service.app_session import GOING_AWAY, AppSession, message_text
from thingproof_platform.vendors.gizwits.shapes import devices as shapes
from thingproof_wire.frames.gizwits_p0 import Action, decode_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thingproof_platform.core.world import World

PATH: Final = "/ws/app/v1"
_TRANSPARENT: Final = bytes([Action.TRANSPARENT_UP])


class Hub:
    """All sessions and who listens to which thing."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._of_account: dict[str, dict[str, AppSession]] = {}
        self._of_thing: dict[str, dict[str, AppSession]] = {}
        self._of_client: dict[str, AppSession] = {}
        self._open: dict[str, AppSession] = {}
        self._number = 0
        world.events.subscribe(ReadingReceived, self._reading)
        world.events.subscribe(FrameReceived, self._frame)
        world.events.subscribe(ThingOnline, self._online)
        world.events.subscribe(ThingOffline, self._offline)
        world.events.subscribe(CommandChanged, self._command)
        world.events.subscribe(BindingChanged, self._binding)

    def open(self, session_id: str, peer: str) -> AppSession:
        """A new conversation."""
        self._number += 1
        session = AppSession(self, session_id, f"ws{self._number}", peer)
        self._open[session_id] = session
        return session

    def reset(self) -> None:
        """Close every conversation."""
        for session in list(self._open.values()):
            session.closed()
            self.world.close_session(session.id, GOING_AWAY, "platform reset")

    def rebuild(self) -> None:
        """Conversations do not outlive a restart."""

    def remember(self, session: AppSession) -> None:
        """A session logged in."""
        if session.login_data is not None:
            self._of_account.setdefault(session.login_data.account, {})[session.id] = session
            self._of_client[session.client] = session

    def subscribe(self, session: AppSession, thing: str) -> None:
        """Send a session what a thing tells."""
        self._of_thing.setdefault(thing, {})[session.id] = session
        session.things.add(thing)

    def forget(self, session: AppSession) -> None:
        """A session ended or logs in anew."""
        for thing in session.things:
            self._of_thing[thing].pop(session.id, None)
        session.things.clear()
        if session.login_data is not None:
            self._of_account.get(session.login_data.account, {}).pop(session.id, None)
        self._of_client.pop(session.client, None)
        if session.state == "closed":
            self._open.pop(session.id, None)

    def listening(self, thing: str) -> int:
        """How many conversations hear what a thing tells."""
        return len(self._of_thing.get(thing, ()))

    # -- events

    def _listeners(self, thing: str, client: str = "") -> Iterable[AppSession]:
        """Who gets it: the one client it is meant for, else everyone subscribed to the thing."""
        if client:
            private = self._of_client.get(client)
            return () if private is None else (private,)
        return tuple(self._of_thing.get(thing, {}).values())

    def _reading(self, event: ReadingReceived) -> None:
        sessions = [session for session in self._listeners(event.thing, event.client) if not session.custom]
        attachment = self.world.things.attachment_of("gizwits", event.thing) if sessions else None
        if attachment is None:
            return
        data = {"did": attachment.external_id, "attrs": shapes.pushed_values(event.values)}
        number = {} if event.sequence is None else {"res_sn" if event.client else "req_sn": event.sequence}
        self._push(sessions, message_text("s2c_noti", data, **number))

    def _frame(self, event: FrameReceived) -> None:
        """Raw frames for custom sessions, transparent data for all."""
        sessions = self._listeners(event.thing, event.client)
        if sessions and decode_frame(event.frame).payload[:1] != _TRANSPARENT:
            sessions = [session for session in sessions if session.custom]
        attachment = self.world.things.attachment_of("gizwits", event.thing) if sessions else None
        if attachment is None:
            return
        data = {"did": attachment.external_id, "raw": list(event.frame)}
        self._push(sessions, message_text("s2c_raw", data))

    def _push(self, sessions: Iterable[AppSession], text: str) -> None:
        """Send now, unless a fault wants it otherwise."""

        def send() -> None:
            for session in sessions:
                session.send_text(text)

        faults = self.world.faults
        if faults.on("no_push"):
            return
        delay = float(faults.parameter("late_push", "seconds", 0.0))
        if delay > 0:
            self.world.clock.schedule(self.world.clock.now() + delay, send)
        else:
            send()
        if faults.on("double_push"):
            send()

    def _online(self, event: ThingOnline) -> None:
        if not event.again:
            self._status(event.thing, online=True)

    def _offline(self, event: ThingOffline) -> None:
        self._status(event.thing, online=False)

    def _status(self, thing_id: str, *, online: bool) -> None:
        attachment = self.world.things.attachment_of("gizwits", thing_id)
        thing = self.world.things.things.get(thing_id)
        if attachment is None or thing is None:
            return
        data = {
            "did": attachment.external_id,
            "passcode": attachment.secret,
            "mac": thing.mac,
            "online": online,
        }
        text = message_text("s2c_online_status", data)
        for session in self._listeners(thing_id):
            session.send_text(text)

    def _command(self, event: CommandChanged) -> None:
        command = event.command
        session = self._of_client.get(command.client)
        attachment = self.world.things.attachment_of("gizwits", command.thing)
        if session is None or attachment is None or command.state != "acknowledged":
            return
        session.send("s2c_ack", res_sn=command.sequence, did=attachment.external_id)

    def _binding(self, event: BindingChanged) -> None:
        attachment = self.world.things.attachment_of("gizwits", event.binding.thing)
        if attachment is None:
            return
        for session in tuple(self._of_account.get(event.binding.account, {}).values()):
            if event.bound and session.login_data is not None and session.login_data.auto_subscribe:
                self.subscribe(session, event.binding.thing)
            elif not event.bound and not self.world.faults.on("lost_devices_still_speak"):
                self._of_thing.get(event.binding.thing, {}).pop(session.id, None)
                session.things.discard(event.binding.thing)
            if not self.world.faults.on("no_binding_push"):
                session.send("s2c_binding_changed", {"did": attachment.external_id, "bind": event.bound})


def attach(world: World) -> None:
    """Give a world the hub of this vendor; once per world."""
    if "gizwits" not in world.services:
        world.services["gizwits"] = Hub(world)


def open_session(world: World, session_id: str, path: str, query: Mapping[str, str], peer: str) -> AppSession:
    """Start a conversation on /ws/app/v1; path and query carry nothing here."""
    del path, query
    attach(world)
    hub = world.services["gizwits"]
    if not isinstance(hub, Hub):
        raise TypeError("the service named gizwits is no hub")
    return hub.open(session_id, peer)
