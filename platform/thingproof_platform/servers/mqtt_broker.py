"""amqtt's broker with another front door: first who it is, then whose place it takes; direct routing."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig, ListenerType
from amqtt.errors import AMQTTError, MQTTError, NoDataError
from amqtt.mqtt.connack import NOT_AUTHORIZED, ConnackPacket
from amqtt.mqtt.publish import PublishPacket

from thingproof_platform.servers.mqtt_connection import DeviceConnection, ProtocolViolationError
from thingproof_platform.servers.mqtt_delivery import Deliveries, Delivery
from thingproof_platform.servers.mqtt_shared import PREFIX, SharedSubscriptions, split_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from amqtt.session import Session

    from thingproof_platform.core.dialect import MqttSide
    from thingproof_platform.servers.mqtt_connection import Reader, Uplink, Writer

_LOG = logging.getLogger(__name__)

CONNECT_PATIENCE_S: Final = 10.0  # a connection that does not introduce itself is closed
TAKEOVER_PATIENCE_S: Final = 5.0
LISTENER: Final = "platform"
MAX_LEVELS: Final = 6  # topics of more levels are matched against every filter instead


class PlatformBroker(Broker):  # type: ignore[misc] # amqtt is untyped
    """Serves connections that are handed to it.

    What it does differently from amqtt, and why: it authenticates before it touches an existing session
    (amqtt lets a stranger throw a client out), ends the older connection of the same client always (amqtt
    forgets clean ones), routes by looking filters up (amqtt compares with every subscription), knows shared
    subscriptions, delivers in order without a task for each message, and asks the vendor's MQTT side directly
    instead of plugins.

    Args:
        side: the vendor's device network.
        uplink: takes messages over.
        settle: settles what the side did.
        refused: counts what was refused, by kind.
    """

    def __init__(
        self,
        side: MqttSide,
        *,
        uplink: Uplink,
        settle: Callable[[], object],
        refused: Callable[[str], None],
    ) -> None:
        listener = ListenerConfig(type=ListenerType.EXTERNAL, bind="")
        super().__init__(BrokerConfig(listeners={"default": listener, LISTENER: listener}, plugins={}))
        self._side = side
        self._uplink = uplink
        self._settle = settle
        self._refused = refused
        self._leaving: dict[str, asyncio.Event] = {}
        self._shared = SharedSubscriptions()
        self._under_way: set[Deliveries] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()

    # ---- coming and going

    async def _initialize_client_session(
        self, reader: Reader, writer: Writer, remote_address: str, remote_port: int
    ) -> tuple[DeviceConnection, Session]:
        try:
            async with asyncio.timeout(CONNECT_PATIENCE_S):
                connection, session = await DeviceConnection.init_from_connect(
                    reader, writer, self.plugins_manager
                )
        except (MQTTError, NoDataError, ProtocolViolationError, TimeoutError) as error:
            self._refused("connect")
            raise AMQTTError(f"{remote_address}:{remote_port}: no valid CONNECT: {error}") from error
        connection.uplink, connection.refused = self._uplink, self._refused
        connection.add_filter, connection.drop_filter = self.add_subscription, self._drop_filter
        peer = remote_address
        if not self._side.authenticate(session.client_id, session.username, session.password, peer):
            self._settle()
            self._refused("login")
            await ConnackPacket.build(0, NOT_AUTHORIZED).to_stream(writer)
            raise AMQTTError(f"{remote_address}:{remote_port}: login refused")
        await self._end_older(session.client_id)
        return connection, self._continue_session(session)

    async def _end_older(self, client_id: str) -> None:
        """Close the connection the same client still has and wait until it is gone."""
        while (gone := self._leaving.get(client_id)) is not None:
            self.end(client_id)
            async with asyncio.timeout(TAKEOVER_PATIENCE_S):
                await gone.wait()

    def _continue_session(self, session: Session) -> Session:
        """The session kept from earlier with the new connection's data, or the new session."""
        kept = self._sessions.get(session.client_id, (None, None))[0]
        if session.clean_session or kept is None:
            self._forget(session.client_id)
            session.parent = 0
            return session
        for name in ("will_flag", "will_message", "will_topic", "will_qos", "will_retain", "keep_alive"):
            setattr(kept, name, getattr(session, name))
        kept.clean_session = False
        kept.remote_address, kept.remote_port = session.remote_address, session.remote_port
        kept.parent = 1
        return kept

    async def _handle_client_session(  # noqa: PLR0917 - amqtt's signature
        self,
        reader: Reader,
        writer: Writer,
        client_session: Session,
        handler: DeviceConnection,
        server: Any,  # noqa: ARG002 - amqtt's signature
        listener_name: str,  # noqa: ARG002 - amqtt's signature
    ) -> None:
        client_id = client_session.client_id
        gone = self._leaving[client_id] = asyncio.Event()
        number = None
        try:
            client_session.transitions.connect()
            handler.attach(client_session, reader, writer)
            self._sessions[client_id] = (client_session, handler)
            number = self._side.connected(client_id, client_session.remote_address or "")
            self._settle()
            await handler.mqtt_connack_authorize(True)
            deliveries = handler.deliveries = self._deliveries_of(client_session)
            await handler.start()
            deliveries.attach(handler.send)
            await self._client_message_loop(client_session, handler)
        finally:
            await self._gone(client_session, handler, number)
            if self._leaving.get(client_id) is gone:
                del self._leaving[client_id]
            gone.set()

    async def _client_message_loop(self, client_session: Session, handler: DeviceConnection) -> None:
        """Wait for the end; the connection handles its packets itself."""
        waiter = asyncio.ensure_future(handler.wait_disconnect())
        await asyncio.wait([waiter])
        await self._handle_disconnect(client_session, handler, waiter)

    async def _gone(self, session: Session, handler: DeviceConnection, number: int | None) -> None:
        await self._stop_handler(handler)
        if session.transitions.is_connected():
            session.transitions.disconnect()
        left = self._deliveries_of(session)
        left.detach()
        if session.clean_session:
            self._forget(session.client_id)
            self._share_again(left.take())
        if number is not None:
            self._side.disconnected(session.client_id, number)
            self._settle()

    def _forget(self, client_id: str) -> None:
        """Drop a session with its subscriptions."""
        session = self._sessions.pop(client_id, (None, None))[0]
        if session is not None:
            self._drop_filters(session)
            session.clear_queues()

    def end(self, client_id: str) -> None:
        """Close the connection of a client, if it has one."""
        handler = self._sessions.get(client_id, (None, None))[1]
        if handler is not None and handler.writer is not None:
            handler.writer.abort()

    async def all_gone(self) -> None:
        """Wait until every connection's end is noted."""
        for gone in list(self._leaving.values()):
            await gone.wait()

    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._leaving)

    # ---- subscriptions

    async def _topic_filtering(self, session: Session, topic: str, action: Action) -> bool:
        if action is Action.SUBSCRIBE:
            allowed = self._side.may_subscribe(session.client_id, topic)
            if not allowed:
                self._refused("subscription")
            return allowed
        return True

    async def add_subscription(self, subscription: tuple[str, int], session: Session) -> int:
        """Add a subscription and note it with the session, so that it is dropped without searching."""
        topic_filter, _ = subscription
        shared = topic_filter.startswith(PREFIX)
        if shared and split_share(topic_filter) is None:
            self._refused("subscription")
            return 0x80
        code: int = await super().add_subscription(subscription, session)
        if code < 0x80:
            if shared:
                self._shared.add(topic_filter, session, code)
            session.attributes.setdefault("filters", set()).add(subscription[0])
        return code

    async def _del_all_subscriptions(self, session: Session) -> None:
        self._drop_filters(session)

    def _drop_filters(self, session: Session) -> None:
        for topic_filter in tuple(session.attributes.get("filters", ())):
            self._drop_filter(topic_filter, session)

    def _drop_filter(self, topic_filter: str, session: Session) -> None:
        session.attributes.get("filters", set()).discard(topic_filter)
        if topic_filter.startswith(PREFIX):
            self._shared.remove(topic_filter, session)
        self._del_subscription(topic_filter, session)
        if not self._subscriptions.get(topic_filter, True):
            del self._subscriptions[topic_filter]

    # ---- routing

    def route(self, topic: str, payload: bytes, qos: int) -> int:
        """Send a message to every session that subscribed to it, once, and to one of each group sharing it.

        Returns to how many.
        """
        filters = tuple(self._filters_of(topic))
        targets: dict[str, tuple[Session, int]] = {}
        for topic_filter in filters:
            for session, granted in self._subscriptions.get(topic_filter, ()):
                known = targets.get(session.client_id)
                if not self._side.may_receive(session.client_id, topic):
                    continue
                if known is None or known[1] < granted:
                    targets[session.client_id] = (session, granted)
        for session, granted in targets.values():
            self._deliver(session, Delivery(topic, payload), min(qos, granted))
        reached = len(targets)
        for group in self._shared.of(filters):
            reached += self._deliver_shared(Delivery(topic, payload, group), qos)
        return reached

    def _deliver_shared(self, delivery: Delivery, qos: int) -> bool:
        """Let one member of the group have a message."""
        assert delivery.group is not None
        chosen = delivery.group.next(lambda member: self._side.may_receive(member.client_id, delivery.topic))
        if chosen is not None:
            self._deliver(chosen[0], delivery, min(qos, chosen[1]))
        return chosen is not None

    def _share_again(self, left: list[Delivery]) -> None:
        """What a member left without acknowledging it goes to another one."""
        for delivery in left:
            if delivery.group is not None:
                self._deliver_shared(delivery, 1)

    def _filters_of(self, topic: str) -> Iterator[str]:
        """Every filter in use that may match: for few levels all possible ones are looked up."""
        levels = topic.split("/")
        if len(levels) > MAX_LEVELS:
            known = {*self._subscriptions, *self._shared.filters()}
            yield from [each for each in known if self._matches(topic, each)]
            return
        if not topic.startswith("$"):
            yield "#"
        for length in range(1, len(levels) + 1):
            for chosen in product((False, True), repeat=length):
                if chosen[0] and topic.startswith("$"):
                    continue
                head = "/".join("+" if wild else level for wild, level in zip(chosen, levels, strict=False))
                yield f"{head}/#"
                if length == len(levels):
                    yield head

    def _deliver(self, session: Session, delivery: Delivery, qos: int) -> None:
        handler = self._sessions.get(session.client_id, (None, None))[1]
        connected = session.transitions.state == "connected" and handler is not None
        if qos == 0:
            if connected:
                packet = PublishPacket.build(delivery.topic, delivery.payload, None, False, 0, False)
                handler.send(packet.to_bytes())
        elif (connected or not session.clean_session) and not self._deliveries_of(session).put(delivery):
            self._refused("backlog")

    def _deliveries_of(self, session: Session) -> Deliveries:
        """What is under way to a session; it belongs to the session, not to the connection."""
        found: Deliveries | None = session.attributes.get("deliveries")
        if found is None:
            found = session.attributes["deliveries"] = Deliveries(self._deliveries_changed)
        return found

    def _deliveries_changed(self, deliveries: Deliveries, busy: bool) -> None:
        (self._under_way.add if busy else self._under_way.discard)(deliveries)
        (self._quiet.clear if self._under_way else self._quiet.set)()

    async def delivered(self, patience_s: float) -> None:
        """Wait until clients acknowledged what was sent to them, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._quiet.wait()

    async def _broadcast_message(
        self, session: Session | None, topic: str | None, data: bytes | None, force_qos: int | None = None
    ) -> None:
        """Send a will: it is a message of its client, with the same rights."""
        if session is not None and topic is not None:
            self._uplink(
                session.client_id,
                topic,
                bytes(data or b""),
                packet_id=None,
                duplicate=False,
                retain=False,
            )
        elif topic is not None:
            self.route(topic, bytes(data or b""), force_qos or 0)
