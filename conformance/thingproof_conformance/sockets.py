"""An application's WebSocket for synchronous cases: one background loop serves all sockets of a process."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import aiohttp

from thingproof_conformance import wallclock
from thingproof_conformance.client import encode_json, parse_json
from thingproof_conformance.events import Arrival
from thingproof_conformance.verdicts import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Received:
    """One message that came: `body` is its JSON value, None when it is no JSON; `at` is `AppSocket.now`."""

    at: float
    text: str
    body: Any = field(default=None)

    def of(self, command: str) -> bool:
        """The message is an object with this `cmd`."""
        return isinstance(self.body, dict) and self.body.get("cmd") == command


class AppSocket:
    """A WebSocket that keeps everything it receives, with the time of arrival."""

    def __init__(self, url: str) -> None:
        self.received: list[Received] = []
        self.close_code: int | None = None
        self._session: aiohttp.ClientSession | None = None
        self._closed = threading.Event()
        self._socket: aiohttp.ClientWebSocketResponse = _await(self._open(url))
        asyncio.run_coroutine_threadsafe(self._read(), _loop())

    @staticmethod
    def now() -> float:
        """The time `Received.at` counts in."""
        return wallclock.elapsed()

    def send(self, message: Any) -> None:
        """Send a JSON value, or a text as it is."""
        text = message if isinstance(message, str) else encode_json(message).decode()
        _await(self._socket.send_str(text))

    def command(self, name: str, data: Any = None) -> None:
        """Send `{"cmd": name, "data": data}`."""
        self.send({"cmd": name} if data is None else {"cmd": name, "data": data})

    def wait_for(
        self, condition: Callable[[Received], bool], timeout_s: float = TIMEOUT_S, *, after: int = 0
    ) -> Received | None:
        """The first message from number `after` on that fulfils a condition; None when none comes in time."""

        def found() -> Received | None:
            return next((message for message in self.received[after:] if condition(message)), None)

        wallclock.wait_until(lambda: found() is not None, timeout_s)
        return found()

    def wait_closed(self, timeout_s: float = TIMEOUT_S) -> bool:
        """Whether the server closes the socket in time; `close_code` tells why."""
        return self._closed.wait(timeout_s)

    def close(self) -> None:
        """Close the socket."""
        _await(self._end())

    def arrivals(self, event: str, command: str) -> Callable[[], list[Arrival]]:
        """Messages with a `cmd` received from now on, as arrivals that carry their `data`."""
        seen = len(self.received)

        def source() -> list[Arrival]:
            return [
                Arrival(message.at, event, message.body.get("data"))
                for message in self.received[seen:]
                if message.of(command)
            ]

        return source

    async def _open(self, url: str) -> aiohttp.ClientWebSocketResponse:
        self._session = aiohttp.ClientSession()
        try:
            return await self._session.ws_connect(url, max_msg_size=0)
        except (aiohttp.ClientError, OSError) as error:
            await self._session.close()
            raise Unreachable(f"{url} does not accept WebSockets: {error}") from error

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                body = parse_json(message.data.encode())
                self.received.append(Received(self.now(), message.data, body))
        self.close_code = self._socket.close_code
        self._closed.set()

    async def _end(self) -> None:
        await self._socket.close()
        if self._session is not None:
            await self._session.close()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The background loop, started at the first use."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True, name="thingproof-sockets").start()
    return loop


def _await(work: Coroutine[Any, Any, Any]) -> Any:
    """Run something on the background loop and wait for it."""
    return asyncio.run_coroutine_threadsafe(work, _loop()).result(TIMEOUT_S)
