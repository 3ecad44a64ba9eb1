"""An application's WebSocket to the Gizwits cloud, in its own thread: what the cloud pushes."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any, Self

import aiohttp

from thingproof_scenarios.problems import Broken

PATH = "/ws/app/v1"
HEARTBEAT_S = 60
LOGIN_TIMEOUT_S = 15.0

OnMessage = Callable[[str, dict[str, Any]], None]
"""Gets ``cmd`` and ``data`` of every message, in the socket's thread."""


def login_message(app_id: str, uid: str, token: str) -> str:
    """The first message of a conversation: who, and what of all bound devices."""
    login = {
        "appid": app_id,
        "uid": uid,
        "token": token,
        "p0_type": "attrs_v4",
        "heartbeat_interval": HEARTBEAT_S,
        "auto_subscribe": True,
    }
    return json.dumps({"cmd": "login_req", "data": login})


class GizwitsSocket:
    """Logs in, subscribes to all bound devices and hands on every message until it is closed."""

    def __init__(self, url: str, *, app_id: str, uid: str, token: str, on_message: OnMessage) -> None:
        self._url = url if url.endswith(PATH) else url.rstrip("/") + PATH
        self._login = login_message(app_id, uid, token)
        self._on_message = on_message
        self._ready = threading.Event()
        self._problem: str | None = None
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="gizwits-socket", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(LOGIN_TIMEOUT_S):
            self.close()
            raise Broken(f"{self._url}: no login_res within {LOGIN_TIMEOUT_S:.0f} s")
        if self._problem:
            self.close()
            raise Broken(f"{self._url}: {self._problem}")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and end the thread."""
        if self._thread.is_alive() and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(timeout=5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._session())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        except (aiohttp.ClientError, OSError) as error:
            self._problem = str(error)
        finally:
            self._ready.set()
            self._loop.close()

    async def _session(self) -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(self._url) as socket:
            await socket.send_str(self._login)
            beat = asyncio.create_task(self._keep_alive(socket))
            try:
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self._receive(json.loads(message.data))
            finally:
                beat.cancel()

    async def _keep_alive(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S / 2)
            await socket.send_str('{"cmd":"ping"}')

    def _receive(self, message: dict[str, Any]) -> None:
        command, data = str(message.get("cmd", "")), message.get("data") or {}
        if command == "login_res":
            if not data.get("success"):
                self._problem = f"login refused: {json.dumps(data)}"
            self._ready.set()
        self._on_message(command, data)
