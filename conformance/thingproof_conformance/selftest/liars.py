"""A tiny HTTP server that lies: it answers whatever its script says, in a thread of this process."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

Script = "Callable[[str, str, dict[str, str], bytes], tuple[int, Any]]"

HONEST: dict[tuple[str, str], tuple[int, Any]] = {
    ("POST", "/app/login"): (200, {"uid": "a" * 32, "token": "b" * 32, "expire_at": 1504772734}),
    ("POST", "/app/users"): (201, {"uid": "a" * 32, "token": "b" * 32, "expire_at": 1504772734}),
    ("GET", "/status"): (200, {"status": {"version": "2.15.1"}}),
}
"""Answers an honest server would give."""


def refusal(code: int, message: str = "refused") -> dict[str, Any]:
    """The vendor's error form."""
    return {"error_code": code, "error_message": message, "detail_message": None}


def honest(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
    """Accept a call that names an application and a password, refuse any other."""
    if "x-gizwits-application-id" not in headers:
        return 400, refusal(9003)
    answer = HONEST.get((method, path.partition("?")[0]))
    if answer is None:
        return 404, refusal(9015)
    if path == "/app/login" and b'"right"' not in body:
        return 400, refusal(9020)
    return answer


class Liar:
    """A server whose answers come from a script(method, path, headers, body) -> (status, body)."""

    def __init__(self, script: Callable[[str, str, dict[str, str], bytes], tuple[int, Any]] = honest) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(script))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self, script: Callable[..., tuple[int, Any]]) -> type[BaseHTTPRequestHandler]:
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): ", ".join(self.headers.get_all(name, [])) for name in self.headers}
                requests.append((self.command, self.path, headers, body))
                status, content = script(self.command, self.path, headers, body)
                if status == 0:
                    self.close_connection = True
                    return
                encoded = content if isinstance(content, bytes) else b""
                if content is not None and not isinstance(content, bytes):
                    encoded = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(encoded)))
                self.end_headers()
                self.wfile.write(encoded)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer  # noqa: N815 - the names the standard library calls

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


def target_text(url: str, *more: str) -> str:
    """A target file for a liar."""
    return "\n".join(
        [
            "name: liar",
            "vendors:",
            "  gizwits:",
            f"    url: {url}",
            "    app_id: " + "c" * 32,
            *more,
            "features: []",
        ]
    )
