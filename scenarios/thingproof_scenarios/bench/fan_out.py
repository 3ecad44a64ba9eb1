"""One report of a device to a hundred applications' WebSockets, against a bare server that only sends."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import perf_counter

import aiohttp

from thingproof_scenarios.bench.http import bare_server
from thingproof_scenarios.bench.mqtt import Stopwatch, reporting_device
from thingproof_scenarios.bench.results import Measurement, median_ratio, percentile
from thingproof_scenarios.gizwits_application import GizwitsApplication
from thingproof_scenarios.gizwits_socket import PATH, login_message
from thingproof_scenarios.problems import Broken
from thingproof_scenarios.stage import Stage

SOCKETS = 100
WARM_UP = 5
PATIENCE_S = 10.0


class Audience:
    """So many WebSockets in one loop; counts what reaches them."""

    def __init__(self, sockets: list[aiohttp.ClientWebSocketResponse], wanted: str) -> None:
        self.sockets = sockets
        self.sample = ""
        self._wanted = wanted
        self._missing = 0
        self._all = asyncio.Event()
        self._readers = [asyncio.create_task(self._read(socket)) for socket in sockets]

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT and self._wanted in message.data:
                self.sample = message.data
                self._missing -= 1
                if self._missing == 0:
                    self._all.set()

    async def time(self, trigger: Callable[[], Awaitable[None]]) -> float:
        """Seconds from the trigger until everyone has the message.

        Raises:
            Broken: somebody never got it.
        """
        self._missing = len(self.sockets)
        self._all.clear()
        began = perf_counter()
        await trigger()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._all.wait()
        except TimeoutError:
            raise Broken(f"{self._missing} of {len(self.sockets)} applications heard nothing") from None
        return perf_counter() - began

    def leave(self) -> None:
        """Stop reading."""
        for reader in self._readers:
            reader.cancel()


@asynccontextmanager
async def audience(url: str, login: str | None, wanted: str) -> AsyncIterator[Audience]:
    """A hundred sockets, logged in when there is a login."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        sockets = []
        for _ in range(SOCKETS):
            socket = await session.ws_connect(url, max_msg_size=0)
            if login is not None:
                await socket.send_str(login)
                answer = await socket.receive_json(timeout=PATIENCE_S)
                if not answer.get("data", {}).get("success"):
                    raise Broken(f"{url}: login refused: {json.dumps(answer)}")
            sockets.append(socket)
        hearers = Audience(sockets, wanted)
        try:
            yield hearers
        finally:
            hearers.leave()


async def _rounds(
    stage: Stage, application: GizwitsApplication, rounds: int
) -> tuple[list[float], list[float]]:
    login = login_message(application.app_id, application.uid, application.token)
    watch = Stopwatch()
    with reporting_device(stage, stage.seeded.devices[0], watch) as reporter:

        async def report() -> None:
            reporter.report()

        async with audience(stage.address("ws") + PATH, login, '"s2c_noti"') as ours:
            for _ in range(WARM_UP):
                await ours.time(report)
            with bare_server(ours.sample.encode()) as url:
                async with audience(url.replace("http", "ws", 1) + PATH, None, '"s2c_noti"') as bare:

                    async def ask() -> None:
                        await bare.sockets[0].send_str("send")

                    for _ in range(WARM_UP):
                        await bare.time(ask)
                    pairs = [(await ours.time(report), await bare.time(ask)) for _ in range(rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def measure_fan_out(stage: Stage, *, rounds: int) -> Measurement:
    """Time until the last of all sockets has a report, and that of the bare server for the same bytes.

    Ours begins with the device: its report over MQTT is decoded, journalled and pushed. The bare server
    begins with a text of one socket and sends prepared bytes.
    """
    ours, bare = asyncio.run(_rounds(stage, stage.application(), rounds))
    ratio = median_ratio(bare, ours)
    values = {
        "ratio": ratio,
        "p50_ms": percentile(ours, 0.50) * 1000,
        "p99_ms": percentile(ours, 0.99) * 1000,
        "bare_p50_ms": percentile(bare, 0.50) * 1000,
        "sockets": float(SOCKETS),
    }
    text = (
        f"report to {SOCKETS} applications p50 {values['p50_ms']:.1f} ms, p99 {values['p99_ms']:.1f} ms; "
        f"{ratio:.2f} of a bare aiohttp WebSocket server ({values['bare_p50_ms']:.1f} ms)"
    )
    return Measurement("fan_out", text, values)
