"""The cloud link of one device over MQTT: paho-mqtt on an asyncio loop, no thread of its own.

Login as the vendor's devices do it: client id and user name are the DID, the password is the passcode, clean
session, keep alive 120 s; then three subscriptions in their order; only then the device counts as connected.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

if TYPE_CHECKING:
    import asyncio
    import ssl

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from thingproof_sim.devices.machine import Device, Identity

KEEP_ALIVE_S = 120
LOGIN_TIMEOUT_S = 10.0
HOUSEKEEPING_S = 5.0
MAX_IN_FLIGHT = 1000


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a device logs in, and as whom.

    Attributes:
        client_id: MQTT client id; the DID when None.
        tls: an SSL context for encrypted links; None for plain ones.
    """

    host: str
    port: int
    did: str
    passcode: str
    client_id: str | None = None
    tls: ssl.SSLContext | None = None


class MqttLink:
    """A device's port over a real broker. Every method runs in the loop's thread.

    Args:
        loop: the loop that serves the sockets.
        connection: broker and credentials.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: Connection) -> None:
        self._loop = loop
        self._connection = connection
        self._device: Device | None = None
        self._client: paho.Client | None = None
        self._tokens: dict[int, int] = {}
        self._timers: list[asyncio.TimerHandle] = []
        self._subscribed = 0
        self._opening: asyncio.Task[None] | None = None

    def serve(self, device: Device) -> None:
        """The device this link belongs to."""
        self._device = device

    # -- the device's wishes

    def connect(self) -> None:
        """Open the link; answers by `connected` or `link_lost`."""
        self._drop()
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=self._connection.client_id or self._connection.did
        )
        client.username_pw_set(self._connection.did, self._connection.passcode)
        client.max_inflight_messages_set(MAX_IN_FLIGHT)
        if self._connection.tls is not None:
            client.tls_set_context(self._connection.tls)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_register_write
        client.on_socket_unregister_write = self._on_unregister_write
        self._client = client
        self._subscribed = 0
        self._opening = self._loop.create_task(self._open(client))
        self._timers.append(self._loop.call_later(LOGIN_TIMEOUT_S, self._login_overdue, client))

    def publish(self, topic: str, payload: bytes, token: int | None) -> None:
        """Send a message; with a token at QoS 1."""
        client = self._client
        if client is None:
            return
        sent = client.publish(topic, payload, qos=0 if token is None else 1)
        if token is not None:
            self._tokens[sent.mid] = token

    def disconnect(self, *, clean: bool) -> None:
        """Close the link; the device is not told."""
        self._drop(clean=clean)

    # -- the socket

    async def _open(self, client: paho.Client) -> None:
        """Reach the broker. The TCP handshake blocks, so it waits in a thread."""
        connection = self._connection
        try:
            await self._loop.run_in_executor(
                None, lambda: client.connect(connection.host, connection.port, KEEP_ALIVE_S)
            )
        except (OSError, ValueError) as error:
            self._lost(client, f"broker unreachable: {getattr(error, 'strerror', None) or error}")
        if client is not self._client:
            _close(client)

    def _in_loop(self, action: Any, *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(action, *arguments)

    def _on_socket_open(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        del userdata
        self._in_loop(self._watch, client, sock)

    def _watch(self, client: paho.Client, sock: Any) -> None:
        if client is self._client and sock.fileno() >= 0:
            self._loop.add_reader(sock, _read, client, sock)
            self._keep_house(client)

    def _on_socket_close(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        del client, userdata
        with contextlib.suppress(ValueError, OSError):
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)

    def _on_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        del userdata
        self._in_loop(self._write_soon, client, sock)

    def _write_soon(self, client: paho.Client, sock: Any) -> None:
        if client is self._client and sock.fileno() >= 0 and client.want_write():
            self._loop.add_writer(sock, client.loop_write)

    def _on_unregister_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        del client, userdata
        with contextlib.suppress(ValueError, OSError):
            self._loop.remove_writer(sock)

    def _keep_house(self, client: paho.Client) -> None:
        """Keep-alive pings and their timeout."""
        if client is self._client:
            client.loop_misc()
            self._timers = [timer for timer in self._timers if timer.when() > self._loop.time()]
            self._timers.append(self._loop.call_later(HOUSEKEEPING_S, self._keep_house, client))

    # -- what the broker says

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: Any,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        del userdata, flags, properties
        if client is not self._client or self._device is None:
            return
        if reason.is_failure:
            self._lost(client, f"login refused: {reason}")
            return
        for topic in subscriptions(self._device.identity):
            client.subscribe(topic, qos=1)

    def _on_subscribe(
        self, client: paho.Client, userdata: Any, mid: int, reasons: list[ReasonCode], properties: Any
    ) -> None:
        del userdata, mid, properties
        if client is not self._client or self._device is None:
            return
        if any(reason.is_failure for reason in reasons):
            self._lost(client, "subscription refused")
            return
        self._subscribed += 1
        if self._subscribed == len(subscriptions(self._device.identity)):
            self._device.connected()

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        del userdata
        if client is self._client and self._device is not None:
            self._device.message(message.topic, bytes(message.payload))

    def _on_publish(
        self, client: paho.Client, userdata: Any, mid: int, reason: ReasonCode, properties: Properties
    ) -> None:
        del userdata, reason, properties
        token = self._tokens.pop(mid, None)
        if client is self._client and token is not None and self._device is not None:
            self._device.acknowledged(token)

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: Any,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        del userdata, flags, properties
        self._lost(client, f"connection closed: {reason}")

    def _login_overdue(self, client: paho.Client) -> None:
        if client is self._client and self._device is not None and self._device.state == "connecting":
            self._lost(client, "login timed out")

    # -- the end

    def _lost(self, client: paho.Client, cause: str) -> None:
        """This connection is over, whoever noticed it first."""
        if client is self._client:
            self._drop()
            if self._device is not None:
                self._device.link_lost(cause)

    def _drop(self, *, clean: bool = False) -> None:
        """Forget the connection and close its socket, with a goodbye or without."""
        client, self._client = self._client, None
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._tokens.clear()
        if client is not None:
            if clean:
                client.disconnect()
                client.loop_write()  # paho would leave this to the loop, which forgets the socket now
            if client.socket() is not None:
                self._on_socket_close(client, None, client.socket())
            _close(client)


def _read(client: paho.Client, sock: Any) -> None:
    """Read what is there; TLS may hold more than the socket shows."""
    client.loop_read()
    while client.socket() is sock and getattr(sock, "pending", int)():
        client.loop_read()


def _close(client: paho.Client) -> None:
    """Close the socket without a word."""
    sock = client.socket()
    if sock is not None:
        sock.close()


def subscriptions(identity: Identity) -> tuple[str, str, str]:
    """What a device subscribes to, in order."""
    return (
        f"ser2cli_noti/{identity.product_key}",
        f"ser2cli_res/{identity.did}",
        f"app2dev/{identity.did}/#",
    )
