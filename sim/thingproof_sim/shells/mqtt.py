"""The cloud link of one device over MQTT: paho-mqtt on an asyncio loop, no thread of its own.

Login as the vendor's devices do it: client id and user name are the DID, the password is the passcode, clean
session, keep alive 120 s, a ping after 50 s of silence; then three subscriptions in their order; only then
the device counts as connected.
"""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from thingproof_sim.shells.sockets import open_socket

if TYPE_CHECKING:
    import asyncio

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from thingproof_sim.devices.surroundings import Served

KEEP_ALIVE_S = 120
HEARTBEAT_S = 50
"""Silence before a ping, and how long its answer may take; then the link is dead."""
LOGIN_TIMEOUT_S = 20.0
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


class _Client(paho.Client):
    """paho's protocol on a socket that is open already. It never blocks and is never used twice."""

    def __init__(self, connection: Connection, sock: socket.socket) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id=connection.client_id or connection.did)
        self.username_pw_set(connection.did, connection.passcode)
        self.max_inflight_messages_set(MAX_IN_FLIGHT)
        self._connection = connection
        self._ready = sock

    def _create_socket(self) -> socket.socket:
        return self._ready

    def log_in(self) -> None:
        """Send CONNECT. Keep alive is what the broker is told, the heartbeat is what paho follows."""
        self.connect(self._connection.host, self._connection.port, KEEP_ALIVE_S)
        self._keepalive = HEARTBEAT_S

    def say_goodbye(self) -> None:
        """Send DISCONNECT now, without callbacks: one may have led here, and paho would wait for its end."""
        self.on_disconnect = self.on_publish = None
        self.on_socket_close = self.on_socket_register_write = self.on_socket_unregister_write = None
        self.disconnect()
        self.loop_write()

    def abandon(self) -> None:
        """Close the socket without a word and without callbacks."""
        sock, self._sock = self._sock, None
        if sock is not None:
            sock.close()


class MqttLink:
    """A device's port over a real broker. Every method runs in the loop's thread.

    Args:
        loop: the loop that serves the sockets.
        connection: broker and credentials.
    """

    __slots__ = (
        "_client", "_connection", "_device", "_loop", "_opening", "_overdue", "_round", "_subscribed",
        "_tokens",
    )  # fmt: skip

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: Connection) -> None:
        self._loop = loop
        self._connection = connection
        self._device: Served | None = None
        self._client: _Client | None = None
        self._tokens: dict[int, int] = {}
        self._subscribed = 0
        self._opening: asyncio.Task[None] | None = None
        self._overdue: asyncio.TimerHandle | None = None
        self._round: asyncio.TimerHandle | None = None

    def serve(self, device: Served) -> None:
        """The device this link belongs to."""
        self._device = device

    # -- the device's wishes

    def connect(self) -> None:
        """Open the link; answers by `connected` or `link_lost`."""
        self._drop()
        self._overdue = self._loop.call_later(LOGIN_TIMEOUT_S, self._over, "login timed out")
        self._opening = self._loop.create_task(self._open())

    def publish(self, topic: str, payload: bytes, token: int | None) -> None:
        """Send a message; with a token at QoS 1."""
        if self._client is None:
            return
        sent = self._client.publish(topic, payload, qos=0 if token is None else 1)
        if token is not None:
            self._tokens[sent.mid] = token

    def disconnect(self, *, clean: bool) -> None:
        """Close the link; the device is not told."""
        self._drop(clean=clean)

    # -- the socket

    async def _open(self) -> None:
        """Reach the broker and log in."""
        connection = self._connection
        try:
            sock = await open_socket(self._loop, connection.host, connection.port, connection.tls)
            self._opening = None
            self._log_in(_Client(connection, sock))
        except (OSError, ValueError) as error:
            self._opening = None  # it is this task, which must not be cancelled by what follows
            self._over(f"broker unreachable: {_reason(error)}")

    def _log_in(self, client: _Client) -> None:
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
        client.log_in()
        self._keep_house(client)

    def _on_socket_open(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        del userdata
        self._loop.add_reader(sock, _read, client, sock)

    def _on_socket_close(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        del client, userdata
        self._loop.remove_reader(sock)
        self._loop.remove_writer(sock)

    def _on_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        """There is something to send; first without asking whether the socket can take it, it mostly can."""
        del userdata
        self._loop.call_soon(self._write_soon, client, sock)

    def _write_soon(self, client: paho.Client, sock: Any) -> None:
        if sock.fileno() < 0 or not client.want_write():
            return
        client.loop_write()
        if sock.fileno() >= 0 and client.want_write():
            self._loop.add_writer(sock, client.loop_write)

    def _on_unregister_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        del client, userdata
        self._loop.remove_writer(sock)

    def _keep_house(self, client: paho.Client) -> None:
        """Pings, and the end of a link that does not answer them."""
        if client is self._client:
            client.loop_misc()
        if client is self._client:
            self._round = self._loop.call_later(HOUSEKEEPING_S, self._keep_house, client)

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
        for topic in subscriptions(self._device):
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
        if self._subscribed == len(subscriptions(self._device)):
            if self._overdue is not None:
                self._overdue.cancel()
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

    # -- the end

    def _lost(self, client: paho.Client, cause: str) -> None:
        """This connection is over, whoever noticed it first."""
        if client is self._client:
            self._over(cause)

    def _over(self, cause: str) -> None:
        """Tell the device that its present attempt to be connected has ended."""
        self._drop()
        if self._device is not None:
            self._device.link_lost(cause)

    def _drop(self, *, clean: bool = False) -> None:
        """Forget the connection and close its socket, with a goodbye or without."""
        client, self._client = self._client, None
        for pending in (self._opening, self._overdue, self._round):
            if pending is not None:
                pending.cancel()
        self._opening = self._overdue = self._round = None
        self._tokens.clear()
        if client is not None:
            sock = client.socket()
            if sock is not None:
                self._on_socket_close(client, None, sock)
            if clean:
                client.say_goodbye()
            client.abandon()


def _reason(error: Exception) -> str:
    """The system's words for an error; those of asyncio name address and port as well."""
    if isinstance(error, OSError) and not isinstance(error, (ssl.SSLError, socket.gaierror)) and error.errno:
        return os.strerror(error.errno)
    return str(getattr(error, "strerror", None) or error)


def _read(client: paho.Client, sock: Any) -> None:
    """Read what is there; TLS may hold more than the socket shows."""
    client.loop_read()
    while client.socket() is sock and getattr(sock, "pending", int)():
        client.loop_read()


def subscriptions(device: Served) -> tuple[str, ...]:
    """What a device subscribes to, in order; then what it hears for its sub-devices."""
    identity = device.identity
    return (
        f"ser2cli_noti/{identity.product_key}",
        f"ser2cli_res/{identity.did}",
        f"app2dev/{identity.did}/#",
        *(f"app2dev/{did}/#" for did in device.sub_devices),
    )
