"""The device network of Gizwits: logins, topics, reports with acknowledgement, commands. Sans-IO.

A sub-device has a DID of its own and no connection: its central device publishes and subscribes for it, and
it is online as long as the central device is.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from thingproof_platform.core.dialect import BrokerAccount
from thingproof_platform.core.effects import PublishMqtt
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.core.events import FrameReceived, ReadingReceived
from thingproof_platform.network.gizwits_apps import VENDOR, AppClient, AppClients
from thingproof_platform.network.gizwits_codecs import codec_of
from thingproof_platform.network.gizwits_duplicates import Seen
from thingproof_platform.network.gizwits_frames import CLOUD, Uplink, acknowledgement, read_uplink
from thingproof_platform.network.gizwits_topics import (
    ONLINE_CLIENTS_ASKED,
    SYSTEM_REQUEST,
    UPLINKS,
    client_of,
    device_of,
    online_clients,
)
from thingproof_wire.frames.gizwits_p0 import Command, decode_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thingproof_platform.core.model import Attachment, Thing
    from thingproof_platform.core.model import Command as CoreCommand
    from thingproof_platform.core.world import World


class GizwitsM2M:
    """What the broker asks and tells. Nothing a client sends raises; bad input is counted in the world.

    Counters: readings_stored, duplicates, frames_malformed, frames_ignored, logins_refused, reports_lost,
    commands_refused.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._connections: dict[str, int] = {}
        self._number = 0
        self._seen: dict[str, Seen] = {}
        self._apps = AppClients(world)
        world.services["gizwits.m2m"] = self

    def reset(self) -> None:
        """Forget connections and what was seen."""
        self._connections.clear()
        self._seen.clear()
        self._apps.reset()

    def rebuild(self) -> None:
        """Nothing to make anew: what was seen is read from the log when it is asked for."""

    # -- logins

    def authenticate(self, client_id: str, username: str | None, password: str | None, peer: str) -> bool:
        """A device: client id and user are the DID, the password is the passcode. Or an application.

        Disabled devices stay out, and sub-devices, which have no connection of their own.
        """
        del peer
        attachment = self._world.things.attachment(VENDOR, client_id)
        if self._may_log_in(attachment, client_id, username, password):
            return True
        if self._apps.authenticate(client_id, username or "", password or ""):
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
        if self._world.things.things.rows[attachment.thing].parent and not faults.on("sub_devices_log_in"):
            return False
        if attachment.disabled and not faults.on("disabled_may_connect"):
            return False
        return (fits and bool(secret)) or faults.on("accept_any_passcode")

    def connected(self, client_id: str, peer: str) -> int:
        """A device is connected: online, or online again. Returns the number of the connection."""
        self._number += 1
        if self._apps.connected(client_id, self._number, peer):
            return self._number
        thing = self._thing(client_id)
        if thing is not None:
            self._connections[client_id] = self._number
            self._world.things.connection(thing, "login", peer)
        return self._number

    def disconnected(self, client_id: str, connection: int | None = None) -> None:
        """A connection ended; the end of a connection that was replaced already means nothing."""
        if self._apps.disconnected(client_id, connection):
            return
        thing = self._thing(client_id)
        if thing is None or (connection is not None and self._connections.get(client_id) != connection):
            return
        self._connections.pop(client_id, None)
        self._world.things.connection(thing, "lost")

    # -- topics

    def may_publish(self, client_id: str, topic: str) -> bool:
        """A device speaks for itself and its sub-devices: dev2app/<did>[/<client>] and system requests."""
        app = self._apps.get(client_id)
        if app is not None:
            return self._apps.may_publish(app, topic)
        if topic == SYSTEM_REQUEST:
            return self._thing(client_id) is not None
        return topic.startswith("dev2app/") and self._speaks_for(client_id, device_of(topic))

    def may_subscribe(self, client_id: str, topic_filter: str) -> bool:
        """A device hears what is for it or its sub-devices, and the notices of its product."""
        app = self._apps.get(client_id)
        if app is not None:
            return self._apps.may_subscribe(app, topic_filter)
        thing = self._thing(client_id)
        if thing is None:
            return False
        if topic_filter in (f"ser2cli_noti/{thing.product}", f"ser2cli_res/{client_id}"):
            return True
        direction, _, rest = topic_filter.partition("/")
        did, _, client = rest.partition("/")
        return direction == "app2dev" and bool(client) and self._speaks_for(client_id, did)

    def may_receive(self, client_id: str, topic: str) -> bool:
        """Devices get what they subscribed to; applications as long as token and binding last."""
        app = self._apps.get(client_id)
        return app is None or self._apps.may_receive(app, topic)

    def passed_on(self, client_id: str, topic: str) -> bool:
        """What devices say, as it is; a command of an application leaves as one of the platform."""
        del topic
        return self._apps.get(client_id) is None

    def _speaks_for(self, client_id: str, did: str) -> bool:
        """Is it the device itself, or its central device?"""
        thing, speaker = self._thing(did), self._thing(client_id)
        if thing is None or speaker is None:
            return False
        if did == client_id:
            return True
        return thing.parent == speaker.id or (
            bool(thing.parent) and self._world.faults.on("anybody_speaks_for_sub_devices")
        )

    # -- foreign brokers

    @property
    def uplinks(self) -> tuple[str, ...]:
        """What devices say; system requests do not name their sender and stay unanswered there."""
        return UPLINKS

    def sender(self, topic: str) -> str:
        """The device of the topic, the central device of a sub-device."""
        did = device_of(topic)
        thing = self._thing(did)
        parent = None if thing is None or not thing.parent else thing.parent
        attachment = None if parent is None else self._world.things.attachment_of(VENDOR, parent)
        return did if attachment is None else attachment.external_id

    def accounts(self) -> Iterator[BrokerAccount]:
        """Devices with the topics of themselves and their sub-devices, then applications."""
        things = self._world.things
        for attachment in things.attachments:
            thing = things.things.rows[attachment.thing]
            if attachment.vendor != VENDOR or not attachment.secret or thing.parent:
                continue
            if attachment.disabled and not self._world.faults.on("disabled_may_connect"):
                continue
            own = attachment.external_id
            children = (things.attachment_of(VENDOR, child.id) for child in things.children(thing))
            dids = [own, *(child.external_id for child in children if child is not None)]
            publish = [topic for did in dids for topic in (f"dev2app/{did}", f"dev2app/{did}/#")]
            subscribe = [f"app2dev/{did}/#" for did in dids]
            yield BrokerAccount(
                own,
                attachment.secret,
                (*publish, SYSTEM_REQUEST),
                (*subscribe, f"ser2cli_res/{own}", f"ser2cli_noti/{thing.product}"),
            )
        yield from self._apps.accounts()

    def accounts_version(self) -> object:
        """Changes with the applications' rights; devices change by seeding, which tells the broker itself."""
        return self._apps.accounts_version()

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
        """Store a device's frame once and acknowledge it as often as it comes; send an application's on."""
        world = self._world
        app = self._apps.get(client_id)
        if app is not None:
            return self._command(app, topic, payload)
        if not self.may_publish(client_id, topic):
            world.counters["frames_ignored"] += 1
            return False
        if topic == SYSTEM_REQUEST:
            return self._ask(client_id, payload)
        did = device_of(topic)
        thing = self._thing(did)
        if thing is None or (did != client_id and self._disabled(did)):
            world.counters["frames_ignored"] += 1
            return False
        try:
            uplink = read_uplink(codec_of(world, thing.product), payload)
        except ValueError:
            world.counters["frames_malformed"] += 1
            return False
        if world.faults.active and world.faults.on("lose_report"):
            world.counters["reports_lost"] += 1
        elif self._repeated(thing, uplink, payload, packet_id, duplicate=duplicate):
            world.counters["duplicates"] += 1
        else:
            world.records.add(thing.id, "uplink", peer=peer or thing.peer, payload=payload, packet=packet_id)
            self._store(thing, uplink, payload, client=client_of(topic))
        if uplink.frame.command == Command.REQUEST and not world.faults.on("no_acknowledgement"):
            number = uplink.frame.sequence
            if number is not None and world.faults.on("acknowledge_next_number"):
                number = (number + 1) & 0xFFFFFFFF
            world.effect(PublishMqtt(f"app2dev/{did}/{CLOUD}", acknowledgement(number), VENDOR))
        return True

    def _disabled(self, did: str) -> bool:
        attachment = self._world.things.attachment(VENDOR, did)
        return attachment is not None and attachment.disabled

    def _ask(self, did: str, payload: bytes) -> bool:
        """A device asks how many clients listen to it."""
        thing = self._thing(did)
        if thing is None or payload != ONLINE_CLIENTS_ASKED:
            self._world.counters["frames_ignored"] += 1
            return False
        count = 0 if self._world.faults.on("clients_not_counted") else self._apps.listening(thing.id)
        self._world.effect(PublishMqtt(f"ser2cli_res/{did}", online_clients(count), VENDOR))
        return True

    def _command(self, app: AppClient, topic: str, payload: bytes) -> bool:
        """An application's frame to a device: logged with its user, sent under the client id of the app."""
        world = self._world
        try:
            frame = decode_frame(payload)
            attachment, _ = world.things.find(VENDOR, device_of(topic))
            fits = frame.command != Command.DEVICE_TO_APP and self._apps.may_publish(app, topic)
            if attachment.disabled or not fits:
                world.counters["commands_refused"] += 1
                return False
            anonymous = world.faults.on("application_commands_anonymous")
            send(
                world,
                attachment,
                payload,
                client=app.id,
                account="" if anonymous else app.account,
                application="" if anonymous else app.application,
                peer=app.peer,
                sequence=frame.sequence if frame.command == Command.REQUEST else None,
            )
        except (Refusal, ValueError):
            world.counters["commands_refused"] += 1
            return False
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
            seen = self._seen[thing.id] = Seen(self._world, thing.id)
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
        if thing.parent and world.faults.on("sub_device_commands_to_parent"):
            target = world.things.attachment_of(VENDOR, thing.parent) or target
        topic = f"app2dev/{target.external_id}/{client}"
        world.effect(PublishMqtt(topic, frame, VENDOR, qos=1, command=command.id))
    world.commands.sent(command.id)
    return command
