"""The device network of Gizwits: logins, topics, reports with acknowledgement, commands. Sans-IO."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.effects import PublishMqtt
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.core.events import FrameReceived, ReadingReceived
from thingproof_platform.network.gizwits_frames import CLOUD, Uplink, acknowledgement, read_uplink
from thingproof_wire.frames.gizwits_p0 import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thingproof_platform.core.model import Attachment, Thing
    from thingproof_platform.core.model import Command as CoreCommand
    from thingproof_platform.core.world import World

VENDOR: Final = "gizwits"
_SYSTEM_REQUEST: Final = "cli2ser_req"
_DIGESTS_KEPT: Final = 4096


class GizwitsM2M:
    """What the broker asks and tells. Nothing a client sends raises; bad input is counted in the world.

    Counters: readings_stored, duplicates, frames_malformed, frames_ignored, logins_refused, reports_lost.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._connections: dict[str, int] = {}
        self._number = 0
        self._seen: dict[str, _Seen] = {}
        world.services["gizwits.m2m"] = self

    def reset(self) -> None:
        """Forget connections and what was seen."""
        self._connections.clear()
        self._seen.clear()

    def rebuild(self) -> None:
        """Nothing to make anew: what was seen is read from the log when it is asked for."""

    # -- logins

    def authenticate(self, client_id: str, username: str | None, password: str | None, peer: str) -> bool:
        """Client id and user are the DID, the password is the passcode; a disabled device stays out."""
        del peer
        attachment = self._world.things.attachment(VENDOR, client_id)
        if self._may_log_in(attachment, client_id, username, password):
            return True
        self._world.counters["logins_refused"] += 1
        return False

    def _may_log_in(
        self, attachment: Attachment | None, client_id: str, username: str | None, password: str | None
    ) -> bool:
        faults = self._world.faults
        secret = attachment.secret if attachment is not None else ""
        fits = hmac.compare_digest(secret.encode(), (password or "").encode("utf-8", "replace"))
        if attachment is None or username != client_id:
            return False
        if attachment.disabled and not faults.on("disabled_may_connect"):
            return False
        return (fits and bool(secret)) or faults.on("accept_any_passcode")

    def connected(self, client_id: str, peer: str) -> int:
        """A device is connected: online, or online again. Returns the number of the connection."""
        self._number += 1
        thing = self._thing(client_id)
        if thing is not None:
            self._connections[client_id] = self._number
            self._world.things.connection(thing, "login", peer)
        return self._number

    def disconnected(self, client_id: str, connection: int | None = None) -> None:
        """A connection ended; the end of a connection that was replaced already means nothing."""
        thing = self._thing(client_id)
        if thing is None or (connection is not None and self._connections.get(client_id) != connection):
            return
        self._connections.pop(client_id, None)
        self._world.things.connection(thing, "lost")

    # -- topics

    def may_publish(self, client_id: str, topic: str) -> bool:
        """A device speaks for itself only: dev2app/<did>[/<client>] and system requests."""
        own = f"dev2app/{client_id}"
        allowed = topic in (own, _SYSTEM_REQUEST) or topic.startswith(f"{own}/")
        return allowed and self._thing(client_id) is not None

    def may_subscribe(self, client_id: str, topic_filter: str) -> bool:
        """A device hears what is for it: its own topics and the notices of its product."""
        thing = self._thing(client_id)
        if thing is None:
            return False
        own = f"app2dev/{client_id}/"
        return topic_filter in (f"ser2cli_noti/{thing.product}", f"ser2cli_res/{client_id}") or (
            topic_filter.startswith(own) and len(topic_filter) > len(own)
        )

    # -- reports

    def published(
        self,
        client_id: str,
        topic: str,
        payload: bytes,
        *,
        packet_id: int | None = None,
        duplicate: bool = False,
        peer: str = "",
    ) -> bool:
        """Store a device's frame once and acknowledge it as often as it comes."""
        world = self._world
        thing = self._thing(client_id)
        if thing is None or not self.may_publish(client_id, topic):
            world.counters["frames_ignored"] += 1
            return False
        if topic == _SYSTEM_REQUEST:
            world.counters["frames_ignored"] += 1
            return False
        try:
            uplink = read_uplink(world.things.codec(thing.product), payload)
        except ValueError:
            world.counters["frames_malformed"] += 1
            return False
        if world.faults.active and world.faults.on("lose_report"):
            world.counters["reports_lost"] += 1
        elif self._repeated(thing, uplink, payload, packet_id, duplicate=duplicate):
            world.counters["duplicates"] += 1
        else:
            world.records.add(thing.id, "uplink", peer=peer or thing.peer, payload=payload, packet=packet_id)
            self._store(thing, uplink, payload, client=topic.partition("/")[2].partition("/")[2])
        if uplink.frame.command == Command.REQUEST and not world.faults.on("no_acknowledgement"):
            answer = acknowledgement(uplink.frame.sequence)
            world.effect(PublishMqtt(f"app2dev/{client_id}/{CLOUD}", answer))
        return True

    def _store(self, thing: Thing, uplink: Uplink, payload: bytes, *, client: str) -> None:
        world = self._world
        world.counters["readings_stored"] += 1
        now = world.clock.now()
        frame = uplink.frame
        previous: dict[str, Any] = {}
        if uplink.values is not None:
            known = world.readings.last(thing.id).values
            previous = {name: known[name] for name in uplink.values if name in known}
            world.readings.store(thing.id, uplink.values)
        world.emit(FrameReceived(now, thing.id, payload, client))
        if frame.command == Command.ACKNOWLEDGE and frame.sequence is not None:
            world.commands.acknowledge(thing.id, client, frame.sequence)
        if uplink.values is not None:
            world.emit(
                ReadingReceived(
                    now,
                    thing.id,
                    uplink.values,
                    client,
                    frame.sequence,
                    answer=uplink.answer,
                    previous=previous,
                )
            )

    def _repeated(
        self, thing: Thing, uplink: Uplink, payload: bytes, packet_id: int | None, *, duplicate: bool
    ) -> bool:
        """A redelivered packet, or a request whose number and content came before within the window."""
        if self._world.faults.on("store_duplicates"):
            return False
        seen = self._seen.get(thing.id)
        if seen is None:
            seen = self._seen[thing.id] = _Seen(self._world, thing.id)
        keys: list[tuple[int | None, bytes]] = []
        if packet_id is not None:
            keys.append((packet_id, payload))
        known = duplicate and bool(keys) and seen.has(keys[0])
        if uplink.frame.command == Command.REQUEST:
            known = seen.has((None, payload)) or known
            keys.append((None, payload))
        if not known:
            seen.add(keys)
        return known

    def _thing(self, did: str) -> Thing | None:
        attachment = self._world.things.attachment(VENDOR, did)
        return None if attachment is None else self._world.things.things.get(attachment.thing)


class _Seen:
    """Digests of what a device sent within the window, taken from the log after a restart."""

    __slots__ = ("_moments", "_world")

    def __init__(self, world: World, thing: str) -> None:
        self._world = world
        self._moments: dict[bytes, float] = {}
        since = world.clock.now() - world.limits.duplicate_window
        for record in reversed(list(world.records.recent(thing, since))):
            if record.kind == "uplink":
                for key in _keys(record.packet, record.payload):
                    self._moments[key] = record.at

    def has(self, key: tuple[int | None, bytes]) -> bool:
        moment = self._moments.get(_digest(*key))
        return moment is not None and self._world.clock.now() - moment <= self._world.limits.duplicate_window

    def add(self, keys: list[tuple[int | None, bytes]]) -> None:
        now = self._world.clock.now()
        for key in keys:
            digest = _digest(*key)
            self._moments.pop(digest, None)
            self._moments[digest] = now
        while len(self._moments) > _DIGESTS_KEPT:  # a dict keeps order: the first one is the oldest
            del self._moments[next(iter(self._moments))]


def _keys(packet: int | None, payload: bytes) -> Iterator[bytes]:
    yield _digest(None, payload)
    if packet is not None:
        yield _digest(packet, payload)


def _digest(packet: int | None, payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=12, salt=str(packet).encode()[:16]).digest()


def send(
    world: World,
    attachment: Attachment,
    frame: bytes,
    *,
    client: str,
    account: str = "",
    application: str = "",
    peer: str = "",
    source: str = "client",
    sequence: int | None = None,
    cause: str = "",
) -> CoreCommand:
    """Send a frame to a device as app2dev/<did>/<client>; logs it and returns the command.

    Refuses when the device network is unreachable, the device offline, or its connection just lost.
    """
    thing = world.things.things.rows[attachment.thing]
    if world.faults.on("m2m_unreachable") or VENDOR in world.unreachable:
        raise Refusal(Reason.NETWORK_UNREACHABLE, "the device network does not answer")
    if thing.connection == "offline":
        raise Refusal(Reason.THING_OFFLINE, "the device is not connected")
    if world.faults.on("send_command_failed") or thing.connection == "leaving":
        raise Refusal(Reason.COMMAND_NOT_SENT, "the connection to the device was lost")
    command = world.commands.submit(
        thing.id,
        frame,
        client=client,
        account=account,
        application=application,
        sequence=sequence,
        cause=cause,
    )
    if not world.faults.on("no_command_log"):
        world.records.add(
            thing.id,
            "downlink",
            peer=peer,
            payload=frame,
            source=source,
            account=account,
            application=application,
            cause=cause,
        )
    target = (
        world.things.other_of_product(attachment)
        if world.faults.on("command_to_other_device")
        else attachment
    )
    if not world.faults.on("command_not_published"):
        topic = f"app2dev/{target.external_id}/{client}"
        world.effect(PublishMqtt(topic, frame, qos=1, command=command.id))
    world.commands.sent(command.id)
    return command
