"""Bare aiohttp handlers that send given bytes: what the platform's speed is compared with.

Run as a child process: ``python -m thingproof_scenarios.bench.bare_server FILE``. Prints its port.
"""

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from thingproof_scenarios.event_loop import run_fast


async def serve(body: bytes) -> None:
    """Answer every GET with the bytes, every text on a WebSocket with the bytes to all, until ended."""
    text = body.decode()
    sockets: list[web.WebSocketResponse] = []

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    async def converse(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        sockets.append(socket)
        async for _ in socket:
            for listener in sockets:
                await listener.send_str(text)
        sockets.remove(socket)
        return socket

    application = web.Application()
    application.router.add_get("/ws/app/v1", converse)
    application.router.add_get("/app/devdata/{did}/latest", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    run_fast(serve(Path(sys.argv[1]).read_bytes()))
