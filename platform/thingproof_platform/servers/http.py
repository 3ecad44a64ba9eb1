"""HTTP on aiohttp's low-level server: one handler for everything, answers written as prepared bytes."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Mapping

_LOG = logging.getLogger(__name__)

MAX_LINE: Final = 8_190  # request line and each header, bytes
MAX_HEADERS: Final = 100
IDLE_S: Final = 75.0  # a connection without a complete request for so long is closed
BODY_PATIENCE_S: Final = 20.0  # a body that takes longer is refused
LINGER_S: Final = 5.0  # reads the rest of a refused body so that the client sees the answer
STOP_PATIENCE_S: Final = 2.0
JSON: Final = "application/json"
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Answer:
    """A whole answer as bytes. aiohttp's connection asks it to `prepare` and `write_eof`, nothing else."""

    __slots__ = ("_data", "_request", "body", "keep_alive", "status")

    def __init__(
        self,
        request: web.BaseRequest,
        status: int,
        body: bytes,
        *,
        content_type: str = JSON,
        headers: Mapping[str, str] | None = None,
        keep_alive: bool | None = None,
    ) -> None:
        self._request = request
        self.status = status
        self.body = body
        self.keep_alive = request.keep_alive if keep_alive is None else keep_alive
        head = _head(status, content_type if body else "")
        if headers:
            head += "".join(f"{name}: {_one_line(value)}\r\n" for name, value in headers.items()).encode(
                "latin-1", "replace"
            )
        if not self.keep_alive:
            head += b"Connection: close\r\n"
        elif request.version < (1, 1):
            head += b"Connection: keep-alive\r\n"
        if request.method == "HEAD":
            body = b""
        self._data = b"%sContent-Length: %d\r\n\r\n%s" % (head, len(self.body), body)
        if status == HTTPStatus.NO_CONTENT:
            self._data = head + b"\r\n"

    async def prepare(self, request: web.BaseRequest) -> None:
        """Do nothing: everything was prepared."""

    async def write_eof(self) -> None:
        """Write the answer; waits only when the client does not read."""
        protocol = self._request.protocol
        transport = protocol.transport
        if transport is None:
            raise ConnectionResetError
        transport.write(self._data)
        await protocol._drain_helper()  # noqa: SLF001 - the way aiohttp's own writer does it


_HEADS: dict[tuple[int, str], bytes] = {}


def _head(status: int, content_type: str) -> bytes:
    """Status line and the headers that are always the same."""
    head = _HEADS.get((status, content_type))
    if head is None:
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"HTTP/1.1 {status} {phrase}", "Server: thingproof"]
        if content_type:
            lines.append(f"Content-Type: {content_type}")
        head = _HEADS[status, content_type] = ("\r\n".join(lines) + "\r\n").encode("latin-1", "replace")
    return head


def _one_line(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ")


class BodyTooLargeError(Exception):
    """The body is larger than the limit."""


async def read_body(request: web.BaseRequest, limit: int) -> bytes:
    """The whole body.

    Raises:
        BodyTooLargeError: more than `limit` bytes; the rest is not kept.
        TimeoutError: the client sends too slowly.
    """
    if request.content_length is not None and request.content_length > limit:
        raise BodyTooLargeError
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(_CONTINUE)
    parts: list[bytes] = []
    size = 0
    async with asyncio.timeout(BODY_PATIENCE_S):
        async for part in request.content.iter_any():
            size += len(part)
            if size > limit:
                raise BodyTooLargeError
            parts.append(part)
    return b"".join(parts)


class _Connection(RequestHandler):
    """aiohttp's connection, answering broken requests in the platform's way."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> Any:
        """Answer a request that is no HTTP, or one whose handler failed; closes the connection."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _LOG.error("request failed", exc_info=exc)
        server = self._manager
        assert isinstance(server, _Server)
        return server.broken(request, status, message or "")


class _Server(web.Server):
    """Makes connections of our kind."""

    def __init__(
        self, handler: Any, broken: Callable[[web.BaseRequest, int, str], Answer], **options: Any
    ) -> None:
        super().__init__(handler, **options)
        self.broken = broken

    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class HttpServer:
    """One port, one handler.

    Args:
        serve: answers any request.
        broken: answers what is no valid HTTP: (request, status, message).
        host: address to listen on.
        port: 0 for any; `port` tells which it became.
        tls: the server's certificate, None for plain.
    """

    def __init__(
        self,
        serve: Callable[[web.BaseRequest], Awaitable[Any]],
        broken: Callable[[web.BaseRequest, int, str], Answer],
        *,
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._serve = serve
        self._broken = broken
        self._host = host
        self.port = port
        self._tls = tls
        self._manager: _Server | None = None
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        self._manager = _Server(
            self._serve,
            self._broken,
            access_log=None,
            keepalive_timeout=IDLE_S,
            lingering_time=LINGER_S,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            max_headers=MAX_HEADERS,
        )
        self._server = await asyncio.get_running_loop().create_server(
            self._manager, self._host, self.port, backlog=1024, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening, let running requests end, close the connections."""
        if self._server is not None and self._manager is not None:
            self._server.close()
            self._manager.pre_shutdown()
            await self._manager.shutdown(STOP_PATIENCE_S)
