"""Queues on message brokers: which owner has which queues where, and the connections they need.

One connection for each address, shared by all owners there, kept for ever while somebody needs it. Nothing
here waits inside the loop for a broker; what cannot be sent is kept, up to a limit, and sent in order later.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from thingproof_platform.core.effects import BindQueues, PublishQueue, UnbindQueues
from thingproof_platform.servers.queue_connection import Binding, QueueConnection

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    from thingproof_platform.core.dialect import QueueSide
    from thingproof_platform.servers.queue_connection import Arrival, QueueLink
    from thingproof_platform.servers.settler import Settler

_LOG = logging.getLogger(__name__)

MAX_MESSAGE: Final = (
    128 * 1024
)  # brokers end the connection of who sends more than they take, again and again
BIND_PATIENCE_S: Final = 1.0  # so long an answer waits for the queues its request asked for
_STOP_PATIENCE_S: Final = 1.0
_CONNECTING_THREADS: Final = 16
_DEFAULT_PORTS: Final = {"amqp": 5672, "amqps": 5671, "mqtt": 1883, "mqtts": 8883}

QueueEffect = BindQueues | UnbindQueues | PublishQueue


class Queues:
    """The queues of one vendor.

    Args:
        side: who gets what arrives.
        settler: settles what arrived.
        tls: what is trusted at amqps and mqtts addresses.
    """

    def __init__(self, side: QueueSide, settler: Settler, *, tls: ssl.SSLContext) -> None:
        self._side = side
        self._settler = settler
        self._tls = tls
        self._executor = ThreadPoolExecutor(_CONNECTING_THREADS, thread_name_prefix="queue-connect")
        self._bindings: dict[str, Binding] = {}
        self._connections: dict[str, QueueConnection] = {}
        self._receiving: dict[str, Binding] = {}
        self._leaving: dict[asyncio.Task[None], str] = {}
        self._counters: Counter[str] = Counter(
            {f"queue_{name}": 0 for name in ("received", "sent", "dropped", "returned")}
        )
        self._stopped = False

    def perform(self, effect: QueueEffect) -> None:
        """Carry out one effect; returns at once."""
        if self._stopped:
            return
        match effect:
            case BindQueues():
                self._bind(effect)
            case UnbindQueues():
                self._unbind(effect.owner)
            case PublishQueue():
                self._publish(effect)

    async def attempted(self, owners: Iterable[str]) -> None:
        """Wait until the queues of these owners are bound or the attempt failed, at most a second.

        Where they were bound before they are not any more.
        """
        named = set(owners)
        bindings = [self._bindings[owner] for owner in named if owner in self._bindings]
        attempts = [
            asyncio.ensure_future(binding.attempted.wait())
            for binding in bindings
            if not binding.attempted.is_set()
        ]
        leaving = [task for task, owner in self._leaving.items() if owner in named]
        if attempts or leaving:
            await asyncio.wait([*attempts, *leaving], timeout=BIND_PATIENCE_S)
        for attempt in attempts:
            attempt.cancel()

    async def settled(self) -> None:
        """Wait until everything that can be bound and sent now is, at most a second each."""
        await self.attempted([*self._bindings, *self._leaving.values()])
        await self._flushed(BIND_PATIENCE_S)

    async def stop(self) -> None:
        """Send what can be sent in a second, close every connection."""
        self._stopped = True
        await self._flushed(_STOP_PATIENCE_S)
        connections, self._connections = self._connections, {}
        self._bindings.clear()
        await asyncio.gather(
            *(connection.stop() for connection in connections.values()),
            *self._leaving,
            return_exceptions=True,
        )
        self._executor.shutdown(wait=False, cancel_futures=True)

    def counters(self) -> dict[str, int]:
        """Connections and queues now, messages so far; names start with `queue_`."""
        connections = self._connections.values()
        return {
            "queue_connections": sum(connection.up for connection in connections),
            "queue_owners": len(self._bindings),
            "queue_bound": sum(binding.bound for binding in self._bindings.values()),
            "queue_waiting": sum(binding.backlog() for binding in self._bindings.values()),
            **self._counters,
        }

    # ---- effects

    def _bind(self, effect: BindQueues) -> None:
        address = pool_key(effect.uri)
        old = self._bindings.get(effect.owner)
        if old is not None and old.is_for(address, effect.receive, effect.send):
            return
        binding = Binding(effect.owner, address, effect.receive, effect.send)
        if old is not None:
            self._unbind(effect.owner, heir=binding)
        self._bindings[effect.owner] = binding
        for name in effect.receive:
            self._receiving[name] = binding
        connection = self._connections.get(address)
        if connection is None:
            connection = self._connections[address] = self._connect(address, effect.uri)
        connection.add(binding)

    def _unbind(self, owner: str, heir: Binding | None = None) -> None:
        binding = self._bindings.pop(owner, None)
        if binding is None:
            return
        for name in binding.receive:
            if self._receiving.get(name) is binding:
                del self._receiving[name]
        connection = self._connections[binding.address]
        task = connection.remove(binding)
        if heir is not None:
            heir.waiting.extend(binding.waiting)
        else:
            self._counters["queue_dropped"] += len(binding.waiting)
        if connection.idle():
            del self._connections[binding.address]
            task = asyncio.ensure_future(connection.stop())
        if task is not None:
            self._leaving[task] = owner
            task.add_done_callback(lambda done: self._leaving.pop(done, None))

    def _publish(self, effect: PublishQueue) -> None:
        binding = self._bindings.get(effect.owner)
        fits = len(effect.payload) <= MAX_MESSAGE
        if binding is None or not fits or not binding.put(effect.name, effect.payload):
            self._counters["queue_dropped"] += 1
            return
        self._connections[binding.address].pump(binding)

    # ---- connections

    def _connect(self, address: str, uri: str) -> QueueConnection:
        return QueueConnection(address, self._link_maker(uri), arrived=self._arrived, count=self._count)

    def _link_maker(self, uri: str) -> Callable[[Arrival, Callable[[str], None]], QueueLink]:
        """What makes links to an address; both kinds are imported when the first one is needed."""
        if urlsplit(uri).scheme in ("amqp", "amqps"):
            from thingproof_platform.servers.queues_amqp import AmqpLink  # noqa: PLC0415 - see above

            return lambda arrived, lost: AmqpLink(uri, tls=self._tls, arrived=arrived, lost=lost)
        from thingproof_platform.servers.queues_mqtt import MqttQueueLink  # noqa: PLC0415 - see above

        return lambda arrived, lost: MqttQueueLink(
            uri,
            group=self._side.group,
            tls=self._tls,
            executor=self._executor,
            arrived=arrived,
            lost=lost,
        )

    def _count(self, name: str, number: int = 1) -> None:
        self._counters[f"queue_{name}"] += number

    def _arrived(self, name: str, payload: bytes, acknowledge: Callable[[], None]) -> None:
        """A message: let the vendor take it, acknowledge it when its changes are durable."""
        binding = self._receiving.get(name)
        if binding is None:  # let go of a moment ago; unacknowledged it stays in a queue that keeps
            return
        self._counters["queue_received"] += 1
        try:
            self._side.received(binding.owner, name, payload)
        except Exception:  # noqa: BLE001 - one message must not come again and again and block the queue
            _LOG.exception("message on %s not taken", name)
            self._counters["queue_failed"] += 1
        stored = self._settler.settle()
        if stored is None:
            acknowledge()
        else:
            stored.add_done_callback(
                lambda done: acknowledge() if not done.cancelled() and done.exception() is None else None
            )

    async def _flushed(self, patience_s: float) -> None:
        """Wait until nothing is under way to brokers that are connected."""
        try:
            async with asyncio.timeout(patience_s):
                for connection in list(self._connections.values()):
                    await connection.flushed()
        except TimeoutError:
            _LOG.info("not everything was taken by the message brokers in time")


def pool_key(uri: str) -> str:
    """Equal for addresses of the same broker, user and virtual host: default ports are filled in."""
    parts = urlsplit(uri)
    credentials, at, _ = parts.netloc.rpartition("@")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    path = "" if parts.path == "/" else parts.path
    return f"{parts.scheme}://{credentials}{at}{host}:{port}{path}{'?' if parts.query else ''}{parts.query}"
