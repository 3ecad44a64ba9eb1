"""One message broker and the queues kept there: connect for ever, bind, send in order, count."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_LOG = logging.getLogger(__name__)

MAX_WAITING: Final = 10_000  # messages of one owner that wait for its broker
MAX_UNCONFIRMED: Final = 500  # messages on the wire that the broker has not confirmed
BACK_OFF_S: Final = (1.0, 8.0)


class QueueError(ConnectionError):
    """A message broker cannot be used or does not give a queue; the text says which and why."""


class Arrival(Protocol):
    """Takes a message over: name of the queue, content, and what acknowledges it."""

    def __call__(self, name: str, payload: bytes, acknowledge: Callable[[], None], /) -> None:
        """Take one message."""
        ...


class QueueLink(Protocol):
    """One connection to a message broker, opened once and thrown away when it ended."""

    async def open(self) -> None:
        """Connect and log in, within the connect timeout. Raises QueueError."""
        ...

    async def bind(self, owner: str, receive: tuple[str, ...], send: tuple[str, ...]) -> None:
        """Make the queues of an owner ready. Raises QueueError; the other owners are not touched."""
        ...

    async def unbind(self, owner: str, receive: tuple[str, ...]) -> None:
        """Receive nothing more for an owner."""
        ...

    def send(self, name: str, payload: bytes, confirmed: Callable[[bool], None]) -> None:
        """Send a message; `confirmed` is called with True when the broker has it, False when it refuses."""
        ...

    async def close(self) -> None:
        """End the connection."""
        ...


class Binding:
    """The queues of one owner on one broker, and what waits to be sent to them.

    Args:
        owner: whose queues.
        address: of the broker.
        receive: queues whose messages come here.
        send: queues that are only written.
    """

    def __init__(self, owner: str, address: str, receive: tuple[str, ...], send: tuple[str, ...]) -> None:
        self.owner = owner
        self.address = address
        self.receive = receive
        self.send = send
        self.waiting: deque[tuple[str, bytes]] = deque()
        self.unconfirmed: dict[int, tuple[str, bytes]] = {}
        self.bound = False
        self.attempted = asyncio.Event()

    def is_for(self, address: str, receive: tuple[str, ...], send: tuple[str, ...]) -> bool:
        """Whether these are the queues, there."""
        return (self.address, self.receive, self.send) == (address, receive, send)

    def put(self, name: str, payload: bytes) -> bool:
        """Keep a message to be sent; False when too many wait."""
        if len(self.waiting) >= MAX_WAITING:
            return False
        self.waiting.append((name, payload))
        return True

    def backlog(self) -> int:
        """Messages that no broker has confirmed."""
        return len(self.waiting) + len(self.unconfirmed)

    def take_back(self) -> None:
        """What was sent and not confirmed waits again, before everything else."""
        self.waiting.extendleft(reversed(self.unconfirmed.values()))
        self.unconfirmed.clear()


class QueueConnection:
    """Keeps a link to one broker while there are bindings.

    Args:
        address: for the log.
        make_link: makes a link, given who takes messages and whom to tell that it was lost.
        arrived: takes messages.
        count: counts what happened by name.
    """

    def __init__(
        self,
        address: str,
        make_link: Callable[[Arrival, Callable[[str], None]], QueueLink],
        *,
        arrived: Arrival,
        count: Callable[[str], None],
    ) -> None:
        self._place = address.rpartition("@")[2]  # without the password
        self._make_link = make_link
        self._arrived = arrived
        self._count = count
        self._bindings: dict[str, Binding] = {}
        self._link: QueueLink | None = None
        self._hungry: dict[str, Binding] = {}  # who waits for room, in order
        self._under_way = 0
        self._numbers = itertools.count()
        self._lost = asyncio.Event()
        self._wanted = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._keeper = asyncio.ensure_future(self._keep())

    @property
    def up(self) -> bool:
        """Whether the broker is connected now."""
        return self._link is not None

    def idle(self) -> bool:
        """Nobody has queues here."""
        return not self._bindings

    def add(self, binding: Binding) -> None:
        """Keep the queues of an owner here."""
        self._bindings[binding.owner] = binding
        if self._link is None:
            self._wanted.set()
        else:
            self._start(self._bind(self._link, binding))

    def remove(self, binding: Binding) -> asyncio.Task[None] | None:
        """Let go of an owner; what had not been confirmed waits in the binding. Returns who unbinds."""
        self._bindings.pop(binding.owner, None)
        self._hungry.pop(binding.owner, None)
        self._under_way -= len(binding.unconfirmed)
        binding.take_back()
        binding.bound = False
        binding.attempted.set()
        self._note_quiet()
        return None if self._link is None else self._start(self._unbind(self._link, binding))

    def pump(self, binding: Binding) -> None:
        """Send what waits, as far as the broker keeps up."""
        link = self._link
        if link is None or not binding.bound:
            return
        while binding.waiting:
            if self._under_way >= MAX_UNCONFIRMED:
                self._hungry[binding.owner] = binding
                return
            message = binding.waiting.popleft()
            number = next(self._numbers)
            binding.unconfirmed[number] = message
            self._under_way += 1
            self._quiet.clear()
            link.send(*message, self._confirmation(link, binding, number))

    async def flushed(self) -> None:
        """Wait until nothing is under way; a broker that is not connected is not waited for."""
        if self._link is not None:
            await self._quiet.wait()

    async def stop(self) -> None:
        """Close the link, whatever it does now."""
        self._keeper.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(self._keeper, *self._tasks, return_exceptions=True)

    # ---- the life of the connection

    async def _keep(self) -> None:
        """Connect, bind, wait for the end, begin again."""
        delay, longest = BACK_OFF_S
        while True:
            self._lost.clear()
            link = self._make_link(self._arrived, self._link_lost)
            try:
                await link.open()
            except asyncio.CancelledError:
                await link.close()
                raise
            except Exception as error:  # noqa: BLE001 - whatever is wrong there, it is tried again
                level = logging.INFO if isinstance(error, QueueError) else logging.ERROR
                _LOG.log(level, "%s: %s", self._place, error)
                self._count("connect_failures")
                self._failed()
                await link.close()
            else:
                delay = BACK_OFF_S[0]
                await self._use(link)
            await self._pause(delay)
            delay = min(delay * 2, longest)

    async def _pause(self, delay: float) -> None:
        """Wait before the next attempt; somebody new who wants to be connected ends it."""
        self._wanted.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._wanted.wait()

    async def _use(self, link: QueueLink) -> None:
        self._count("connects")
        self._link = link
        try:
            for binding in tuple(self._bindings.values()):
                self._start(self._bind(link, binding))
            await self._lost.wait()
            self._count("connection_losses")
        finally:
            self._link = None
            self._taken_back()
            await link.close()

    def _link_lost(self, reason: str) -> None:
        _LOG.warning("%s: connection lost: %s", self._place, reason)
        self._lost.set()

    def _failed(self) -> None:
        for binding in self._bindings.values():
            binding.attempted.set()

    def _taken_back(self) -> None:
        """Nothing is under way on a link that is gone."""
        for binding in self._bindings.values():
            binding.bound = False
            binding.take_back()
        self._under_way = 0
        self._hungry.clear()
        self._note_quiet()

    # ---- bindings

    async def _bind(self, link: QueueLink, binding: Binding) -> None:
        """Bind, again and again while the broker refuses and the link lasts."""
        delay, longest = BACK_OFF_S
        while self._link is link and self._bindings.get(binding.owner) is binding:
            try:
                await link.bind(binding.owner, binding.receive, binding.send)
            except Exception as error:  # noqa: BLE001 - whatever is wrong there, it is tried again
                _LOG.warning("%s: queues of %s not bound: %s", self._place, binding.owner, error)
                self._count("bind_failures")
                binding.attempted.set()
                await asyncio.sleep(delay)
                delay = min(delay * 2, longest)
                continue
            if self._link is link and self._bindings.get(binding.owner) is binding:
                binding.bound = True
                self.pump(binding)
            binding.attempted.set()
            return

    async def _unbind(self, link: QueueLink, binding: Binding) -> None:
        try:
            await link.unbind(binding.owner, binding.receive)
        except QueueError as error:
            _LOG.info("%s: %s", self._place, error)

    def _confirmation(self, link: QueueLink, binding: Binding, number: int) -> Callable[[bool], None]:
        def confirmed(taken: bool) -> None:
            if self._link is not link or binding.unconfirmed.pop(number, None) is None:
                return
            self._under_way -= 1
            self._count("sent" if taken else "returned")
            self._feed()
            self._note_quiet()

        return confirmed

    def _feed(self) -> None:
        """There is room again: whoever waited longest goes on."""
        while self._hungry and self._under_way < MAX_UNCONFIRMED:
            owner, binding = next(iter(self._hungry.items()))
            del self._hungry[owner]
            self.pump(binding)

    def _note_quiet(self) -> None:
        if not self._under_way:
            self._quiet.set()

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
