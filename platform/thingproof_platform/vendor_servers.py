"""The servers of one vendor: HTTP, WebSocket and the devices' broker, started and stopped together."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from thingproof_platform.core.effects import (
    BindQueues,
    CloseSession,
    DisconnectMqtt,
    PublishMqtt,
    PublishQueue,
    SendText,
    UnbindQueues,
)
from thingproof_platform.core.world import Endpoints
from thingproof_platform.options import OptionError
from thingproof_platform.servers.http import HttpServer
from thingproof_platform.servers.queue_broker import NamedBroker
from thingproof_platform.servers.websocket import WebSocketServer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from thingproof_platform.core.effects import Effect
    from thingproof_platform.options import Options
    from thingproof_platform.servers.brokers import DeviceBroker
    from thingproof_platform.servers.exchange import Surface
    from thingproof_platform.servers.http import Answer


class VendorServers:
    """What listens for one vendor.

    Args:
        surface: the vendor, the world and how they are settled.
        broker: the broker of the vendor's devices, None when it has none.
        serve: answers HTTP requests.
        broken: answers what is no valid HTTP.
        options: host and ports.
        tls: the server's certificate.
    """

    def __init__(
        self,
        surface: Surface,
        broker: DeviceBroker | None,
        *,
        serve: Callable[[web.BaseRequest], Awaitable[Any]],
        broken: Callable[[web.BaseRequest, int, str], Answer],
        options: Options,
        tls: ssl.SSLContext,
    ) -> None:
        self.surface = surface
        self.broker = broker
        self._options = options
        ports = self._ports = options.ports.of(surface.dialect.name)
        self.http = HttpServer(serve, broken, host=options.host, port=ports.http)
        self.websocket = WebSocketServer(
            surface.world,
            surface.dialect,
            surface.settler,
            host=options.host,
            port=ports.ws,
            tls_port=ports.wss,
            tls=tls,
        )

    async def start(self) -> None:
        """Listen on everything, tell the world where.

        Raises:
            OptionError: a port is taken or the broker cannot be used.
        """
        if self.broker is not None:
            await listen(self.broker.start(), self._option("mqtt", "mqtts"))
        await listen(self.websocket.start(), self._option("ws", "wss"))
        await listen(self.http.start(), self._option("http"))
        host = reachable(self._options.host)
        self.surface.world.endpoints[self.surface.dialect.name] = Endpoints(
            (self.broker.mqtt_host if self.broker else None) or host,
            self.broker.mqtt_port if self.broker else 0,
            self.broker.mqtts_port if self.broker else 0,
            self.websocket.port,
            self.websocket.tls_port,
        )

    def _option(self, *servers: str) -> str:
        """The options that said where servers listen, for a refusal."""
        vendor = self.surface.dialect.name
        return " or ".join(f"--port {vendor}.{name}={getattr(self._ports, name)}" for name in servers)

    async def stop(self) -> None:
        """Stop taking requests first, then the conversations, the queues, then the devices."""
        await self.http.stop()
        await self.websocket.stop()
        if self.surface.queues is not None:
            await self.surface.queues.stop()
        if self.broker is not None:
            await self.broker.stop()

    def perform(self, effect: Effect) -> None:
        """Carry out one effect of the world."""
        match effect:
            case SendText():
                self.websocket.send(effect)
            case CloseSession():
                self.websocket.close(effect)
            case PublishMqtt() if self.broker is not None:
                self.broker.publish(effect.topic, effect.payload, effect.qos, retain=effect.retain)
            case BindQueues() | UnbindQueues() | PublishQueue() if self.surface.queues is not None:
                self.surface.queues.perform(effect)
            case DisconnectMqtt() if self.broker is not None:
                self.broker.disconnect(effect.client_id)
            case _:
                raise LookupError(f"{self.surface.dialect.name} has no broker")

    def addresses(self) -> dict[str, str]:
        """Where clients find the servers."""
        host = reachable(self._options.host)
        urls = {
            "url": f"http://{host}:{self.http.port}",
            "ws": f"ws://{host}:{self.websocket.port}",
            "wss": f"wss://{host}:{self.websocket.tls_port}",
        }
        if isinstance(self.broker, NamedBroker):
            urls |= self.broker.addresses()
        elif self.broker is not None:
            mqtt_host = self.broker.mqtt_host or host
            urls["mqtt"] = f"mqtt://{mqtt_host}:{self.broker.mqtt_port}"
            if self.broker.mqtts_port:
                urls["mqtts"] = f"mqtts://{mqtt_host}:{self.broker.mqtts_port}"
        return urls

    def counters(self) -> dict[str, int]:
        """Requests, conversations, device connections and queues."""
        numbers = {"http_requests": self.surface.served, **self.websocket.counters()}
        if self.surface.queues is not None:
            numbers |= self.surface.queues.counters()
        return numbers | (self.broker.counters() if self.broker else {})

    async def settled(self) -> None:
        """Queues that were asked for are bound and what was put into them is taken, or a moment passed."""
        if self.surface.queues is not None:
            await self.surface.queues.settled()


def reachable(host: str) -> str:
    """The address to tell clients on this machine; IPv6 ones in brackets."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not listened on
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


async def listen(starting: Awaitable[None], option: str) -> None:
    """Start a server; a port that cannot be had becomes a clear refusal."""
    try:
        await starting
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OptionError(
                f"{option}: the port is in use; stop what listens there or give another"
            ) from error
        raise OptionError(
            f"{option}: cannot listen: {error.strerror or error}; give another host or port"
        ) from error
