"""Queues of an AMQP 0-9-1 broker: durable, on the default exchange, with confirmed and mandatory messages."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import aiormq
from aiormq.exceptions import AMQPError, DeliveryError, PublishError

from thingproof_platform.servers.queue_connection import QueueError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine
    from typing import Any

    from aiormq.abc import AbstractConnection, DeliveredMessage
    from aiormq.channel import Channel
    from pamqp import commands as spec

    from thingproof_platform.servers.queue_connection import Arrival

_LOG = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 3.0
PREFETCH: Final = 100
_RPC_TIMEOUT_S: Final = 3.0
_CLOSE_PATIENCE_S: Final = 1.0
_GONE: Final = (AMQPError, OSError, asyncio.TimeoutError, RuntimeError, ValueError)


class AmqpLink:
    """A `QueueLink` to an AMQP broker: one channel for everything sent, one for each owner that receives.

    A queue the broker does not give closes the channel that asked for it, so each owner has its own.

    Args:
        uri: of the broker.
        tls: what is trusted at amqps addresses.
        arrived: takes messages.
        lost: told when the connection ended by itself.
    """

    def __init__(
        self, uri: str, *, tls: ssl.SSLContext, arrived: Arrival, lost: Callable[[str], None]
    ) -> None:
        self._uri = uri
        self._tls = tls
        self._arrived = arrived
        self._lost = lost
        self._connection: AbstractConnection | None = None
        self._sending: Channel | None = None
        self._channels: dict[str, Channel] = {}
        self._consumers: dict[str, tuple[Channel, str]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False
        # Whatever it has to say comes as an exception too, and is told in one line.
        logging.getLogger("aiormq").setLevel(logging.CRITICAL)

    async def open(self) -> None:
        """Connect and open the channel for sending; raises QueueError."""
        connecting = asyncio.ensure_future(aiormq.connect(self._uri, context=self._tls))
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                self._connection = await connecting
                self._sending = await self._channel(self._connection, confirms=True)
        except _GONE as error:
            raise QueueError(_text(error)) from error
        self._connection.closing.add_done_callback(self._ended)
        self._sending.closing.add_done_callback(self._ended)

    async def bind(self, owner: str, receive: tuple[str, ...], send: tuple[str, ...]) -> None:
        """Declare the queues on a channel of the owner and consume what is received."""
        assert self._connection is not None
        await self.unbind(owner, receive)  # what is left of an attempt that failed half way
        try:
            async with asyncio.timeout(_RPC_TIMEOUT_S):
                channel = await self._channel(self._connection, confirms=False)
                self._channels[owner] = channel
                channel.on_consumer_cancel_callbacks.add(self._consumer_cancelled)
                await channel.basic_qos(prefetch_count=PREFETCH)
                for name in send:
                    await channel.queue_declare(name, durable=True)
                for name in receive:
                    await self._consume(channel, name)
        except _GONE as error:
            raise QueueError(_text(error)) from error
        channel.closing.add_done_callback(partial(self._channel_ended, owner, channel))

    @staticmethod
    async def _channel(connection: AbstractConnection, *, confirms: bool) -> Channel:
        # The abstract class lacks what only publishers and consumers of a real channel need.
        return cast("Channel", await connection.channel(publisher_confirms=confirms))

    async def _consume(self, channel: Channel, name: str) -> None:
        await channel.queue_declare(name, durable=True)
        begun = await channel.basic_consume(name, partial(self._took, channel, name))
        if begun.consumer_tag is not None:
            self._consumers[begun.consumer_tag] = (channel, name)

    async def unbind(self, owner: str, receive: tuple[str, ...]) -> None:
        """Close the channel of the owner; what it had not acknowledged stays in the queues."""
        del receive
        channel = self._channels.pop(owner, None)
        if channel is None:
            return
        for tag in [tag for tag, consumer in self._consumers.items() if consumer[0] is channel]:
            del self._consumers[tag]
        if channel.is_closed:
            return
        try:
            async with asyncio.timeout(_RPC_TIMEOUT_S):
                await channel.close()
        except _GONE as error:
            raise QueueError(_text(error)) from error

    def send(self, name: str, payload: bytes, confirmed: Callable[[bool], None]) -> None:
        """Publish; the broker's confirmation or its return of the message decides."""
        self._start(self._publish(name, payload, confirmed))

    async def close(self) -> None:
        """Close the connection."""
        self._closing = True
        for task in tuple(self._tasks):
            task.cancel()
        if self._connection is not None and not self._connection.is_closed:
            try:
                async with asyncio.timeout(_CLOSE_PATIENCE_S):
                    await self._connection.close()
            except _GONE as error:
                _LOG.debug("closing: %s", error)

    async def _publish(self, name: str, payload: bytes, confirmed: Callable[[bool], None]) -> None:
        assert self._sending is not None
        try:
            try:
                await self._sending.basic_publish(payload, routing_key=name, mandatory=True, wait=False)
            except PublishError:  # somebody deleted the queue
                await self._sending.queue_declare(name, durable=True)
                await self._sending.basic_publish(payload, routing_key=name, mandatory=True, wait=False)
        except (PublishError, DeliveryError) as error:
            _LOG.warning("%s: message returned: %s", name, _text(error))
            confirmed(False)
        except _GONE as error:
            _LOG.debug("%s: not sent: %s", name, error)  # the link ends, the message is sent by the next one
        else:
            confirmed(True)

    async def _took(self, channel: Channel, name: str, message: DeliveredMessage) -> None:
        tag = message.delivery_tag
        assert tag is not None
        self._arrived(name, message.body, lambda: self._start(self._acknowledge(channel, tag)))

    @staticmethod
    async def _acknowledge(channel: Channel, tag: int) -> None:
        try:
            await channel.basic_ack(tag, wait=False)
        except _GONE as error:
            _LOG.debug("not acknowledged, it will come again: %s", error)

    def _consumer_cancelled(self, frame: spec.Basic.Cancel) -> None:
        """Somebody deleted a queue that is received: it is made again."""
        consumer = self._consumers.pop(frame.consumer_tag or "", None)
        if consumer is not None:
            _LOG.warning("%s: deleted by somebody", consumer[1])
            self._start(self._consume_again(*consumer))

    async def _consume_again(self, channel: Channel, name: str) -> None:
        try:
            async with asyncio.timeout(_RPC_TIMEOUT_S):
                await self._consume(channel, name)
        except _GONE as error:
            _LOG.warning("%s: %s", name, _text(error))
            if not self._closing:
                self._closing = True
                self._lost(_text(error))

    def _ended(self, closing: asyncio.Future[Any]) -> None:
        if not self._closing:
            self._closing = True
            error = None if closing.cancelled() else closing.exception()
            self._lost(_text(error) if error is not None else "closed by the broker")

    def _channel_ended(self, owner: str, channel: Channel, closing: asyncio.Future[Any]) -> None:
        """A channel in use that the broker closes takes the link along: everything is bound anew."""
        if self._channels.get(owner) is channel:
            self._ended(closing)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _text(error: BaseException) -> str:
    """What is wrong, in a line; some errors of the library have no text."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
