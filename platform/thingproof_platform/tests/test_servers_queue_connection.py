"""Connections to message brokers, with a broker the test plays itself: losses, refusals, limits, commits."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_platform.core.effects import BindQueues, PublishQueue, UnbindQueues
from thingproof_platform.servers import queue_connection
from thingproof_platform.servers.queue_connection import Binding, QueueConnection, QueueError
from thingproof_platform.servers.queues import Queues, pool_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ADDRESS = "mqtt://broker.test:1883"


class Broker:
    """Makes links; what happened to them is kept, what shall go wrong is set."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.opens: list[Exception | None] = []  # what the next attempts do
        self.binds: list[Exception | None] = []
        self.silent = False

    def make(self, arrived: Any, lost: Callable[[str], None]) -> Link:
        """One link more."""
        self.links.append(Link(self, arrived, lost))
        return self.links[-1]


class Link:
    """A link of the test."""

    def __init__(self, broker: Broker, arrived: Any, lost: Callable[[str], None]) -> None:
        self.broker, self.arrived, self.lost = broker, arrived, lost
        self.bound: list[str] = []
        self.sent: list[bytes] = []
        self.confirmations: list[Callable[[bool], None]] = []
        self.closed = False

    async def open(self) -> None:
        failure = self.broker.opens.pop(0) if self.broker.opens else None
        if failure is not None:
            raise failure

    async def bind(self, owner: str, receive: tuple[str, ...], send: tuple[str, ...]) -> None:
        del receive, send
        failure = self.broker.binds.pop(0) if self.broker.binds else None
        if failure is not None:
            raise failure
        self.bound.append(owner)

    async def unbind(self, owner: str, receive: tuple[str, ...]) -> None:
        del receive
        self.bound.remove(owner)

    def send(self, name: str, payload: bytes, confirmed: Callable[[bool], None]) -> None:
        del name
        self.sent.append(payload)
        if self.broker.silent:
            self.confirmations.append(confirmed)
        else:
            confirmed(True)

    async def close(self) -> None:
        self.closed = True


class World:
    """A connection to the broker and its counters."""

    def __init__(self) -> None:
        self.broker = Broker()
        self.counters: Counter[str] = Counter()
        self.arrived: list[bytes] = []
        self.connection = QueueConnection(
            ADDRESS,
            self.broker.make,
            arrived=lambda _name, payload, _acknowledge: self.arrived.append(payload),
            count=self._count,
        )

    def _count(self, name: str) -> None:
        self.counters[name] += 1

    async def bind(self, owner: str = "o") -> Binding:
        """Queues of an owner, attempted."""
        binding = Binding(owner, ADDRESS, ("in",), ("out",))
        self.connection.add(binding)
        await binding.attempted.wait()
        return binding

    def put(self, binding: Binding, *payloads: bytes) -> None:
        """Send messages."""
        for payload in payloads:
            assert binding.put("out", payload)
            self.connection.pump(binding)


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between attempts."""
    monkeypatch.setattr(queue_connection, "BACK_OFF_S", (0.0, 0.0))


def run(test: Callable[[World], Awaitable[None]]) -> None:
    """Run a test in a loop, with a connection that is closed at the end."""

    async def whole() -> None:
        world = World()
        try:
            async with asyncio.timeout(10):
                await test(world)
        finally:
            await world.connection.stop()
        assert all(link.closed for link in world.broker.links)

    asyncio.run(whole())


async def until(condition: Callable[[], Any]) -> None:
    """Let the loop run until something is so."""
    while not condition():
        await asyncio.sleep(0)


def test_what_was_not_confirmed_is_sent_again_first() -> None:
    """After a loss: the unconfirmed in their order, then what waits."""

    async def test(world: World) -> None:
        world.broker.silent = True
        binding = await world.bind()
        world.put(binding, b"1", b"2", b"3")
        first = world.broker.links[0]
        first.confirmations[0](True)
        world.broker.silent = False
        first.lost("cut")
        assert binding.put("out", b"4")
        await until(lambda: len(world.broker.links) == 2 and not binding.backlog())
        assert world.broker.links[1].sent == [b"2", b"3", b"4"]
        first.confirmations[1](True)  # too late: the second link has told already
        assert world.counters == {"connects": 2, "connection_losses": 1, "sent": 4}

    run(test)


def test_attempts_go_on_for_ever() -> None:
    """A broker that is away is an attempt that failed; later everything is bound and sent."""

    async def test(world: World) -> None:
        world.broker.opens = [QueueError("away")] * 3 + [RuntimeError("a bug")]
        binding = await world.bind()
        assert not binding.bound
        world.put(binding, b"1")
        await until(lambda: binding.bound)
        assert world.counters["connect_failures"] == 4
        assert world.broker.links[-1].sent == [b"1"]

    run(test)


def test_a_refused_owner_does_not_hold_up_the_others() -> None:
    """One owner's queues are refused twice, the other's are bound at once."""

    async def test(world: World) -> None:
        await until(lambda: world.connection.up)
        world.broker.binds = [QueueError("not durable"), None, QueueError("not durable"), None]
        refused, good = Binding("r", ADDRESS, (), ()), Binding("g", ADDRESS, (), ())
        world.connection.add(refused)
        world.connection.add(good)
        await until(lambda: good.bound)
        await until(lambda: refused.bound)
        assert world.counters["bind_failures"] == 2
        assert sorted(world.broker.links[0].bound) == ["g", "r"]
        assert len(world.broker.links) == 1

    run(test)


def test_a_slow_broker_gets_a_window() -> None:
    """No more than so many unconfirmed; whoever waits for room gets it in turn."""

    async def test(world: World) -> None:
        world.broker.silent = True
        one, other = await world.bind("one"), await world.bind("other")
        limit = queue_connection.MAX_UNCONFIRMED
        world.put(one, *[b"a"] * (limit + 2))
        world.put(other, b"b")
        link = world.broker.links[0]
        assert link.sent == [b"a"] * limit
        for number in range(3):
            link.confirmations[number](True)
        assert link.sent[limit:] == [b"a", b"b", b"a"]
        assert (one.backlog(), other.backlog()) == (limit - 1, 1)

    run(test)


def test_a_returned_message_is_counted_and_not_sent_again() -> None:
    """The broker refuses: that is its last word on the message."""

    async def test(world: World) -> None:
        world.broker.silent = True
        binding = await world.bind()
        world.put(binding, b"1")
        world.broker.links[0].confirmations[0](False)
        assert (world.counters["returned"], binding.backlog()) == (1, 0)
        await world.connection.flushed()

    run(test)


def test_too_many_waiting_messages_are_refused() -> None:
    """The limit is of each owner."""
    full = Binding("o", ADDRESS, (), ())
    for _ in range(queue_connection.MAX_WAITING):
        assert full.put("out", b"")
    assert not full.put("out", b"")


class Side:
    """A vendor that keeps what it gets, and fails when told so."""

    group = "g"

    def __init__(self) -> None:
        self.got: list[tuple[str, str, bytes]] = []

    def received(self, owner: str, name: str, payload: bytes) -> None:
        if payload == b"bug":
            raise LookupError(name)
        self.got.append((owner, name, payload))


class Settlement:
    """A settler whose commit the test ends."""

    def __init__(self) -> None:
        self.done: asyncio.Future[None] | None = None

    def settle(self) -> asyncio.Future[None] | None:
        return self.done


def _queues(monkeypatch: pytest.MonkeyPatch) -> tuple[Queues, Side, Settlement, Broker]:
    side, settlement, broker = Side(), Settlement(), Broker()
    queues = Queues(side, settlement, tls=None)  # type: ignore[arg-type] # played by the test
    monkeypatch.setattr(queues, "_link_maker", lambda _uri: broker.make)
    return queues, side, settlement, broker


def test_acknowledged_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not before the journal has it, and never when the journal failed."""

    async def test() -> None:
        queues, side, settlement, broker = _queues(monkeypatch)
        queues.perform(BindQueues("v", "o", ADDRESS, ("in",), ()))
        await queues.attempted(["o"])
        acknowledged: list[bytes] = []

        def arrive(payload: bytes, name: str = "in") -> None:
            broker.links[0].arrived(name, payload, lambda: acknowledged.append(payload))

        for outcome in (None, OSError("disk full")):
            settlement.done = asyncio.get_running_loop().create_future()
            arrive(repr(outcome).encode())
            await asyncio.sleep(0)
            assert acknowledged == ([] if outcome is None else [b"None"])
            if outcome is None:
                settlement.done.set_result(None)
            else:
                settlement.done.set_exception(outcome)
            await asyncio.sleep(0)
            assert acknowledged == [b"None"]
        settlement.done = None
        arrive(b"bug")
        arrive(b"2")
        arrive(b"of nobody", "else")
        assert acknowledged == [b"None", b"bug", b"2"]
        assert [payload for _, _, payload in side.got][-1] == b"2"
        numbers = queues.counters()
        assert (numbers["queue_received"], numbers["queue_failed"]) == (4, 1)
        await queues.stop()

    asyncio.run(test())


def test_owners_come_move_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting messages move along, a repeated binding changes nothing, what goes takes its messages along."""

    async def test() -> None:
        queues, _, _, broker = _queues(monkeypatch)
        broker.opens = [QueueError("away")] * 50
        bind = BindQueues("v", "o", "mqtt://old.test", ("in",), ("out",))
        queues.perform(bind)
        queues.perform(PublishQueue("v", "o", "out", b"1"))
        await queues.attempted(["o"])
        assert queues.counters()["queue_waiting"] == 1
        broker.opens = []
        queues.perform(BindQueues("v", "o", "mqtt://new.test", ("in",), ("out",)))
        await queues.settled()
        assert broker.links[-1].sent == [b"1"]
        made = len(broker.links)
        queues.perform(BindQueues("v", "o", "mqtt://new.test:1883/", ("in",), ("out",)))
        await queues.settled()
        assert len(broker.links) == made
        assert queues.counters()["queue_connections"] == 1
        queues.perform(UnbindQueues("v", "o"))
        queues.perform(UnbindQueues("v", "o"))
        await queues.settled()
        queues.perform(PublishQueue("v", "o", "out", b"2"))
        numbers = queues.counters()
        assert (numbers["queue_owners"], numbers["queue_connections"]) == (0, 0)
        assert numbers["queue_dropped"] == 1
        assert all(link.closed for link in broker.links)
        await queues.stop()

    asyncio.run(test())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mqtt://h", "mqtt://h:1883"),
        ("amqp://h/", "amqp://h:5672"),
        ("amqps://u:p@H/v", "amqps://u:p@h:5671/v"),
        ("mqtts://[::1]", "mqtts://[::1]:8883"),
    ],
)
def test_one_connection_for_one_broker(one: str, other: str) -> None:
    """Default ports and an empty path make no difference."""
    assert pool_key(one) == pool_key(other)


@pytest.mark.parametrize("other", ["amqp://h:5672/w", "amqp://u@h/v", "amqps://h/v", "amqp://h:5673/v"])
def test_users_and_virtual_hosts_are_apart(other: str) -> None:
    """Another user, virtual host, scheme or port is another connection."""
    assert pool_key("amqp://h/v") != pool_key(other)
