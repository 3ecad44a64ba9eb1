"""WebSocket conversations: texts go into the vendor's session, what the session says leaves in order."""

from __future__ import annotations

import asyncio
import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from thingproof_platform.core.dialect import Request
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.servers.http import Answer, HttpServer

if TYPE_CHECKING:
    import ssl

    from thingproof_platform.core.dialect import Dialect
    from thingproof_platform.core.effects import CloseSession, SendText
    from thingproof_platform.core.world import World
    from thingproof_platform.servers.settler import Settler

_LOG = logging.getLogger(__name__)

MAX_MESSAGE: Final = 64 * 1024
MAX_BACKLOG: Final = 8 * 1024 * 1024  # bytes a client has not read yet
_FINAL_TEXT: Final = 0x81
CLOSE_PATIENCE_S: Final = 2.0


@lru_cache(maxsize=64)
def text_frame(text: str) -> bytes:
    """A text as one unmasked frame (RFC 6455, section 5.2); made once for all who get the same text."""
    data = text.encode()
    if len(data) < 126:
        return bytes((_FINAL_TEXT, len(data))) + data
    if len(data) < 1 << 16:
        return _FINAL_TEXT.to_bytes() + b"\x7e" + len(data).to_bytes(2) + data
    return _FINAL_TEXT.to_bytes() + b"\x7f" + len(data).to_bytes(8) + data


class _Conversation:
    """The outgoing side of one session: texts and the final close, in order.

    Texts go to the transport as they come: a task that wakes up for each of a hundred listeners costs more
    than all their writes.
    """

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.WriteTransport) -> None:
        self._socket = socket
        self._transport = transport
        self.closing: asyncio.Task[None] | None = None

    def put(self, text: str) -> None:
        """Send a text; a client that does not read is dropped."""
        if self.closing is not None or self._socket.closed or self._transport.is_closing():
            return
        self._transport.write(text_frame(text))
        if self._transport.get_write_buffer_size() > MAX_BACKLOG:
            self._transport.abort()

    def close(self, code: int, reason: str) -> None:
        """Say goodbye after what was sent before."""
        if self.closing is None:
            self.closing = asyncio.ensure_future(self._close(code, reason))

    async def _close(self, code: int, reason: str) -> None:
        try:
            await self._socket.close(code=code, message=reason.encode()[:100])
        except (ConnectionError, RuntimeError) as error:
            _LOG.debug("client gone while closing: %s", error)


class WebSocketServer:
    """The WebSocket ports of one vendor.

    Args:
        world: what sessions act on.
        dialect: opens sessions.
        settler: settles what sessions did.
        host: address to listen on.
        port: plain port, 0 for any.
        tls_port: TLS port, 0 for any.
        tls: the server's certificate.
    """

    def __init__(
        self,
        world: World,
        dialect: Dialect,
        settler: Settler,
        *,
        host: str,
        port: int,
        tls_port: int,
        tls: ssl.SSLContext,
    ) -> None:
        self._world = world
        self._dialect = dialect
        self._settler = settler
        self._conversations: dict[str, _Conversation] = {}
        self._number = 0
        self._plain = HttpServer(self._serve, self._broken, host=host, port=port)
        self._secure = HttpServer(self._serve, self._broken, host=host, port=tls_port, tls=tls)

    @property
    def port(self) -> int:
        """The plain port."""
        return self._plain.port

    @property
    def tls_port(self) -> int:
        """The TLS port."""
        return self._secure.port

    async def start(self) -> None:
        """Listen on both ports."""
        await self._plain.start()
        await self._secure.start()

    async def stop(self) -> None:
        """Tell the clients to go, then stop."""
        self.close_all(WSCloseCode.GOING_AWAY, "the platform stops")
        closing = [
            conversation.closing for conversation in self._conversations.values() if conversation.closing
        ]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_PATIENCE_S)
        await self._plain.stop()
        await self._secure.stop()

    def send(self, effect: SendText) -> None:
        """Send a text to a session; nothing when it is gone."""
        conversation = self._conversations.get(effect.session_id)
        if conversation is not None:
            conversation.put(effect.text)

    def close(self, effect: CloseSession) -> None:
        """Close a session after what was sent before."""
        conversation = self._conversations.get(effect.session_id)
        if conversation is not None:
            conversation.close(effect.code, effect.reason)

    def close_all(self, code: int, reason: str) -> None:
        """Close every session."""
        for conversation in list(self._conversations.values()):
            conversation.close(code, reason)

    def counters(self) -> dict[str, int]:
        """How many conversations are open."""
        return {"websocket_sessions": len(self._conversations)}

    async def _serve(self, incoming: web.BaseRequest) -> web.WebSocketResponse | Answer:
        path, _, query = incoming.raw_path.partition("?")
        if path not in self._dialect.websocket_paths or self._dialect.open_session is None:
            return self._refuse(incoming, f"{path} is no WebSocket path", 404)
        socket = web.WebSocketResponse(max_msg_size=MAX_MESSAGE, compress=False, timeout=CLOSE_PATIENCE_S)
        if not socket.can_prepare(incoming):
            return self._refuse(incoming, f"{path} is a WebSocket: send the headers of an upgrade", 400)
        await socket.prepare(incoming)
        self._number += 1
        session_id = f"{self._dialect.name}-{self._number}"
        parameters = dict(parse_qsl(query, keep_blank_values=True))
        transport = incoming.transport
        if transport is None:  # gone during the upgrade
            return socket
        self._conversations[session_id] = _Conversation(socket, transport)
        session = self._dialect.open_session(self._world, session_id, path, parameters, incoming.remote or "")
        try:
            self._settler.settle()
            async for message in socket:
                if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    break
                text = (
                    message.data if isinstance(message.data, str) else message.data.decode("utf-8", "replace")
                )
                session.receive(text)
                self._settler.settle()
        except Exception:  # noqa: BLE001 - a failing session ends alone
            _LOG.exception("session %s failed", session_id)
            await socket.close(code=WSCloseCode.INTERNAL_ERROR)
        finally:
            del self._conversations[session_id]
            session.closed()
            self._settler.settle()
        return socket

    def _refuse(self, incoming: web.BaseRequest, detail: str, status: int) -> Answer:
        refusal = Refusal(Reason.ROUTE_UNKNOWN, detail, status=status)
        response = self._dialect.render(refusal, Request("", incoming.method, incoming.raw_path))
        return Answer(incoming, response.status, msgspec.json.encode(response.body), keep_alive=False)

    def _broken(self, incoming: web.BaseRequest, status: int, message: str) -> Answer:
        return self._refuse(incoming, message, status)
