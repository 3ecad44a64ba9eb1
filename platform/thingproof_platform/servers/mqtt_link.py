"""The platform as a client of an MQTT broker: paho, driven by the event loop.

paho reads and writes when the loop says the socket is ready; only connecting, which paho does in one blocking
piece with name look-up and TLS handshake, runs in a thread. Everything else happens in the loop.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from thingproof_platform.servers.brokers import BrokerAddress, BrokerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor

_LOG = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 3.0  # the field notes of Sylvia
KEEP_ALIVE_S: Final = 30
_LOOK_S: Final = 5.0  # how often keep-alive is looked at
_GRANT_PATIENCE_S: Final = 10.0
_CLOSE_PATIENCE_S: Final = 1.0
_REFUSED: Final = 0x80


class MqttLink:
    """One client of a broker; after the connection went it can be opened again.

    What was published with QoS 1 and not acknowledged when the connection went is sent again by paho after
    the next `open`; whoever keeps that himself makes a new link instead.

    Args:
        address: where the broker is and as whom to log in.
        client_id: its name at the broker, empty to be given one.
        lasting: keep the session at the broker when the connection ends.
        tls: what is trusted when the address asks for TLS; the system's authorities when not given.
        executor: threads for connecting; the loop's own when not given.
        arrived: called with each message and what acknowledges it.
        lost: called when an open connection ended, with the reason.
        published: called with the number of each message the broker acknowledged.
    """

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str = "",
        *,
        lasting: bool = False,
        tls: ssl.SSLContext | None = None,
        executor: Executor | None = None,
        arrived: Callable[[paho.MQTTMessage, Callable[[], None]], None],
        lost: Callable[[str], None],
        published: Callable[[int], None] | None = None,
    ) -> None:
        self._address = address
        self._client_id = client_id
        self._lasting = lasting
        self._tls = tls
        self._executor = executor
        self._arrived = arrived
        self._lost = lost
        self._published = published
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._answer: asyncio.Future[None] | None = None
        self._granted: dict[int, asyncio.Future[tuple[int, ...]]] = {}
        self._connecting: asyncio.Future[MQTTErrorCode] | None = None
        self._ended: asyncio.Event = asyncio.Event()
        self._look: asyncio.TimerHandle | None = None
        self._reading: int | None = None
        self._closing = False
        self.up = False
        self._client = self._make()

    def _make(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=not self._lasting,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        if self._address.user is not None:
            client.username_pw_set(self._address.user, self._address.password)
        if self._address.tls:
            if self._tls is None:
                client.tls_set()
            else:
                client.tls_set_context(self._tls)
        client.max_inflight_messages_set(0)  # paho searches all messages for each one acknowledged otherwise
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.on_socket_open = self._socket_open
        client.on_socket_close = self._socket_close
        client.on_socket_register_write = self._want_write
        client.on_socket_unregister_write = self._no_write
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        return client

    async def open(self, timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        """Connect and log in.

        Raises:
            BrokerError: no connection within the time, or the login is refused.
        """
        address = self._address
        if self._connecting is not None and not self._connecting.done():
            await asyncio.wait([self._connecting])  # an attempt nobody waited for to its end
        self._answer = self._loop.create_future()
        self._ended.clear()
        try:
            async with asyncio.timeout(timeout_s):
                self._connecting = self._loop.run_in_executor(
                    self._executor, self._client.connect, address.host, address.port, KEEP_ALIVE_S
                )
                self._connecting.add_done_callback(self._connected_in_vain)
                await asyncio.shield(self._connecting)
                await self._answer
        except (OSError, TimeoutError, ValueError) as error:
            self._drop()
            silent = isinstance(error, TimeoutError | ConnectionRefusedError)
            what = "no answer from" if silent else f"{error}:"
            raise BrokerError(f"{what} {address.host}:{address.port}; is it running there?") from error
        except BaseException:
            self._drop()
            raise
        self.up = True
        self._look_again()

    def _connected_in_vain(self, connecting: asyncio.Future[MQTTErrorCode]) -> None:
        """Close what was connected after everybody had given up waiting for it."""
        connecting.cancelled() or connecting.exception()
        if self._answer is None or self._answer.done():
            self._drop()

    async def close(self) -> None:
        """Say goodbye, what was written before leaves first."""
        self._closing = True
        if self.up:
            self._client.disconnect()
            self._client.loop_write()
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_PATIENCE_S):
                    await self._ended.wait()
        self._drop()

    def publish(self, topic: str, payload: bytes, qos: int, *, retain: bool = False) -> int:
        """Publish; returns the number `published` will be called with. While the link is down paho waits."""
        return self._client.publish(topic, payload, qos, retain).mid

    async def subscribe(self, filters: Iterable[str]) -> tuple[bool, ...]:
        """Subscribe with QoS 1; returns for each filter whether it was granted.

        Raises:
            BrokerError: the connection went before the answer came.
        """
        result, number = self._client.subscribe([(topic_filter, 1) for topic_filter in filters])
        if result is not MQTTErrorCode.MQTT_ERR_SUCCESS or number is None:
            raise BrokerError("the connection is gone")
        waiting = self._granted[number] = self._loop.create_future()
        try:
            async with asyncio.timeout(_GRANT_PATIENCE_S):
                return tuple(code < _REFUSED for code in await waiting)
        except TimeoutError as error:
            raise BrokerError("the broker does not answer a subscription") from error

    def unsubscribe(self, filters: Iterable[str]) -> None:
        """Let go of filters."""
        names = list(filters)
        if self.up and names:
            self._client.unsubscribe(names)

    # ---- paho asks for the socket to be watched; while it connects it does so from its thread

    def _in_loop(self, function: Callable[..., object], *arguments: object) -> None:
        if threading.get_ident() == self._thread:
            function(*arguments)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)

    def _socket_open(self, _client: paho.Client, _data: Any, sock: Any) -> None:
        self._in_loop(self._watch, sock)

    def _watch(self, sock: Any) -> None:
        number = sock.fileno()
        if sock is not self._client.socket() or number < 0:
            return
        self._reading = int(number)
        self._loop.add_reader(self._reading, self._readable)

    def _socket_close(self, _client: paho.Client, _data: Any, sock: Any) -> None:
        if self._reading is not None and self._reading == sock.fileno():
            self._loop.remove_reader(self._reading)
            self._loop.remove_writer(self._reading)
            self._reading = None

    def _want_write(self, _client: paho.Client, _data: Any, _sock: Any) -> None:
        self._in_loop(self._watch_writing)

    def _watch_writing(self) -> None:
        if self._reading is not None:
            self._loop.add_writer(self._reading, self._writable)

    def _no_write(self, _client: paho.Client, _data: Any, _sock: Any) -> None:
        if self._reading is not None and threading.get_ident() == self._thread:
            self._loop.remove_writer(self._reading)

    def _readable(self) -> None:
        self._client.loop_read()
        while isinstance(sock := self._client.socket(), ssl.SSLSocket) and sock.pending():
            self._client.loop_read()  # decrypted already, so the socket is not readable for it

    def _writable(self) -> None:
        self._client.loop_write()

    def _look_again(self) -> None:
        self._look = None
        self._client.loop_misc()
        if self.up:
            self._look = self._loop.call_later(_LOOK_S, self._look_again)

    def _drop(self) -> None:
        """Close the socket without a word, if there is one."""
        self.up = False
        if self._look is not None:
            self._look.cancel()
            self._look = None
        sock = self._client.socket()
        if sock is not None and self._reading is not None:
            self._loop.remove_reader(self._reading)
            self._loop.remove_writer(self._reading)
            self._reading = None
        if sock is not None:
            sock.close()
        self._fail_waiting("the connection is gone")

    def _fail_waiting(self, reason: str) -> None:
        granted, self._granted = self._granted, {}
        for waiting in granted.values():
            if not waiting.done():
                waiting.set_exception(BrokerError(reason))
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(BrokerError(reason))
            self._answer.exception()  # nobody waits any more

    # ---- what the broker says

    def _on_connect(
        self, _client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if self._answer is None or self._answer.done():
            return
        if reason.is_failure:
            place = f"{self._address.host}:{self._address.port}"
            self._answer.set_exception(BrokerError(f"{place} refuses the platform: {reason}"))
        else:
            self._answer.set_result(None)

    def _on_disconnect(
        self, _client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        self._ended.set()
        was_up, self.up = self.up, False
        self._fail_waiting(str(reason))
        if was_up and not self._closing:
            self._lost(str(reason))

    def _on_message(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        def acknowledge() -> None:
            client.ack(message.mid, message.qos)

        try:
            self._arrived(message, acknowledge)
        except Exception:  # noqa: BLE001 - a bug in taking one message must not end the connection
            _LOG.exception("message on %s not taken", message.topic)

    def _on_subscribe(
        self, _client: paho.Client, _data: Any, number: int, codes: Any, _properties: Any
    ) -> None:
        waiting = self._granted.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(tuple(code.value for code in codes))

    def _on_publish(
        self, _client: paho.Client, _data: Any, number: int, _reason: Any, _properties: Any
    ) -> None:
        if self._published is not None:
            self._published(number)
