"""A TCP proxy in a thread of its own that can swallow, hold back and refuse what passes."""

from __future__ import annotations

import asyncio
import contextlib
import threading


class TcpProxy:
    """Listens on 127.0.0.1 from its creation until `close` and passes bytes on to a port there.

    Args:
        target: port that connections are passed on to.

    Attributes:
        swallow: bytes of both directions vanish, connections stay open.
        delay_s: how long every piece of at most `piece` bytes is held back.
    """

    def __init__(self, target: int) -> None:
        self.swallow = False
        self.delay_s = 0.0
        self.piece = 65536
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        start = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """End every connection and the thread."""

        async def end() -> None:
            self._server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            ways = (self._pass(reader, far_writer), self._pass(far_reader, writer))
            await asyncio.gather(*ways, return_exceptions=True)
        writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(self.piece):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if not self.swallow:
                    writer.write(data)
                    await writer.drain()
        finally:
            writer.close()
