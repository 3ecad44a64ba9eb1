"""Queues over AMQP 0-9-1: durable queues on the default exchange, confirmed publishing, prefetch 100."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import aiormq

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from aiormq.abc import AbstractChannel, AbstractConnection, DeliveredMessage

PREFETCH = 100
RECONNECT_S = 1.0
CLOSE_S = 3.0


class AmqpQueues:
    """Queues at an AMQP broker; a task of the loop keeps the connection and sends what waits.

    A message is taken from the broker once `on_message` has had it.
    """

    def __init__(
        self,
        uri: str,
        *,
        reads: tuple[str, ...],
        writes: tuple[str, ...],
        on_message: Callable[[str, bytes], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._uri = uri
        self._reads = reads
        self._writes = writes
        self._take = on_message
        self._ready = False
        self._outgoing: list[tuple[str, bytes]] = []
        self._more = asyncio.Event()
        self.problem = ""
        """Why the last connection ended, in the system's words."""
        self._task = loop.create_task(self._live())

    @property
    def ready(self) -> bool:
        """Connected, queues declared and read."""
        return self._ready

    @property
    def waiting(self) -> int:
        """Messages that the broker has not confirmed."""
        return len(self._outgoing)

    def send(self, queue: str, body: bytes) -> None:
        """Publish a message; it waits here until the broker confirms it."""
        self._outgoing.append((queue, body))
        self._more.set()

    async def close(self) -> None:
        """Close the connection."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _live(self) -> None:
        """Connect, serve until something breaks, and again."""
        while True:
            try:
                connection = await aiormq.connect(self._uri)
                try:
                    await self._serve(connection)
                finally:
                    self._ready = False
                    with contextlib.suppress(Exception):  # what is broken cannot say goodbye
                        await asyncio.wait_for(connection.close(), CLOSE_S)
            except (TimeoutError, OSError, aiormq.exceptions.AMQPError) as error:
                self.problem = str(error)
            await asyncio.sleep(RECONNECT_S)

    async def _serve(self, connection: AbstractConnection) -> None:
        channel = await connection.channel(publisher_confirms=True)
        await channel.basic_qos(prefetch_count=PREFETCH)
        for queue in (*self._reads, *self._writes):
            await channel.queue_declare(queue, durable=True)
        for queue in self._reads:
            await channel.basic_consume(queue, self._received(queue))
        self._ready = True
        while not channel.is_closed:
            await self._flush(channel)
            self._more.clear()
            closing = asyncio.ensure_future(_closed(channel))
            waiting = asyncio.ensure_future(self._more.wait())
            try:
                await asyncio.wait({closing, waiting}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                closing.cancel()
                waiting.cancel()

    async def _flush(self, channel: AbstractChannel) -> None:
        while self._outgoing:
            queue, body = self._outgoing[0]
            await channel.basic_publish(body, routing_key=queue, mandatory=True)
            self._outgoing.pop(0)

    def _received(self, queue: str) -> Callable[[DeliveredMessage], Coroutine[Any, Any, None]]:
        async def take(message: DeliveredMessage) -> None:
            self._take(queue, message.body)
            if message.delivery_tag is not None:
                await message.channel.basic_ack(message.delivery_tag)

        return take


async def _closed(channel: AbstractChannel) -> None:
    """Ends when the channel does."""
    with contextlib.suppress(Exception, asyncio.CancelledError):
        await asyncio.shield(channel.closing)


__all__ = ["AmqpQueues"]
