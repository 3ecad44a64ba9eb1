"""The application socket keeps what comes, with its time, and a lying server is told apart."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from thingproof_conformance.events import Expected, watch
from thingproof_conformance.sockets import AppSocket
from thingproof_conformance.verdicts import Finding, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENT = "gizwits.event.devdata.updated"
PUSH = {"cmd": "s2c_noti", "data": {"did": "d1", "attrs": {"switch": 1}}}


@pytest.fixture
def url() -> Iterator[str]:
    """A server that pushes as often, and as late, as the first message asks."""

    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        asked: dict[str, Any] = await socket.receive_json()
        await asyncio.sleep(asked["data"]["delay_s"])
        for _ in range(asked["data"]["times"]):
            await socket.send_json(PUSH)
        await socket.receive()
        return socket

    loop = asyncio.new_event_loop()
    application = web.Application()
    application.router.add_get("/ws", talk)
    runner = web.AppRunner(application, shutdown_timeout=0.1)

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port: int = runner.addresses[0][1]
        return port

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    port = asyncio.run_coroutine_threadsafe(start(), loop).result(5)
    yield f"ws://127.0.0.1:{port}/ws"
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.mark.parametrize(
    ("times", "delay_s", "kind"),
    [(1, 0.0, None), (0, 0.0, "missing"), (2, 0.0, "duplicate"), (1, 0.15, "late")],
)
def test_pushes_are_judged(url: str, times: int, delay_s: float, kind: str | None) -> None:
    """An honest push passes; a dropped, repeated or late one is a finding of its kind."""
    socket = AppSocket(url)
    source = socket.arrivals(EVENT, "s2c_noti")
    since = socket.now()
    socket.command("push", {"times": times, "delay_s": delay_s})
    wish = Expected(EVENT, {"did": "d1"}, {"attrs": {"switch": 1}}, within_s=0.1)
    if kind is None:
        watch(source, wish, since=since, timeout_s=0.3)
    else:
        with pytest.raises(Finding) as caught:
            watch(source, wish, since=since, timeout_s=0.3)
        assert caught.value.kind == kind
    socket.close()
    assert socket.wait_closed()


def test_messages_are_waited_for(url: str) -> None:
    """wait_for gives the message, or None when it does not come."""
    socket = AppSocket(url)
    socket.command("push", {"times": 1, "delay_s": 0.0})
    message = socket.wait_for(lambda received: received.of("s2c_noti"))
    assert message is not None
    assert message.body == PUSH
    assert socket.wait_for(lambda received: received.of("pong"), 0.02) is None
    socket.close()


def test_nobody_there_is_unreachable() -> None:
    """A refused connection judges nothing."""
    with pytest.raises(Unreachable):
        AppSocket("ws://127.0.0.1:9/ws")
