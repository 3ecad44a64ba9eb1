"""Requests per second of one URL over kept-alive connections: the load generator of the benchmark.

A few lines on asyncio's raw transport, so that the generator is faster than any Python server.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import cast
from urllib.parse import urlsplit

from thingproof_scenarios.event_loop import run_fast
from thingproof_scenarios.problems import Broken

CONNECTIONS = 16
END_OF_HEADERS = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Target:
    """One GET request, ready to be sent again and again."""

    host: str
    port: int
    request: bytes


def prepare(url: str, headers: dict[str, str]) -> Target:
    """The request's bytes for a URL."""
    parts = urlsplit(url)
    lines = [f"GET {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return Target(parts.hostname or "", parts.port or 80, ("\r\n".join(lines) + "\r\n\r\n").encode())


class Connection(asyncio.Protocol):
    """Sends the next request when the answer is complete, until the time is over."""

    def __init__(self, target: Target, ends: float, finished: asyncio.Future[int]) -> None:
        self.target = target
        self.ends = ends
        self.finished = finished
        self.answers = 0
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's transport is none by class
        self.transport.write(self.target.request)

    def data_received(self, data: bytes) -> None:
        """Count complete answers."""
        self.buffer += data
        length = answer_length(self.buffer)
        if length is None or len(self.buffer) < length:
            return
        if not self.buffer.startswith(b"HTTP/1.1 200"):
            self.give_up(Broken(f"the benchmark got {self.buffer[:80]!r}"))
            return
        self.buffer = self.buffer[length:]
        self.answers += 1
        if perf_counter() < self.ends:
            self.transport.write(self.target.request)
        else:
            self.transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        """Say how many answers there were."""
        if not self.finished.done():
            self.finished.set_result(self.answers)

    def give_up(self, problem: Broken) -> None:
        """End the measurement with a problem."""
        if not self.finished.done():
            self.finished.set_exception(problem)
        self.transport.close()


def answer_length(buffer: bytes) -> int | None:
    """Length of the first answer in the buffer, headers included; None while its headers are incomplete."""
    end = buffer.find(END_OF_HEADERS)
    if end < 0:
        return None
    head = buffer[:end].lower()
    start = head.find(b"content-length:")
    if start < 0:
        return end + len(END_OF_HEADERS)
    return end + len(END_OF_HEADERS) + int(head[start + 15 :].split(b"\r\n", 1)[0])


async def _rate(target: Target, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    began = perf_counter()
    finished = [loop.create_future() for _ in range(CONNECTIONS)]
    for future in finished:
        connection = partial(Connection, target, began + seconds, future)
        await loop.create_connection(connection, target.host, target.port)
    answers = sum(await asyncio.wait_for(asyncio.gather(*finished), seconds + 30))
    return float(answers / (perf_counter() - began))


def rate(target: Target, seconds: float) -> float:
    """Answers per second."""
    return run_fast(_rate(target, seconds))
