"""HTTP to a target: keep-alive, every exchange recorded, no answer turned into an exception."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
import urllib3

from thingproof_conformance import wallclock
from thingproof_conformance.recorder import RECORDER
from thingproof_conformance.verdicts import Finding, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_contracts import Code

TIMEOUT_S = 15.0
NO_ANSWER = "no_answer"
NO_CODE = -1
"""Stands for the error code of a refusal that carries none."""
_encode_json = msgspec.json.Encoder().encode
_decode_json = msgspec.json.Decoder().decode


@dataclass(slots=True)
class Exchange:
    """One request and its answer, raw; evidence.py makes it readable and scrubs it."""

    operation: str
    method: str
    url: str
    request_headers: dict[str, str]
    request_body: bytes | None
    status: int = 0
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: bytes = b""
    seconds: float = 0.0
    matched: bool = True
    """Whether the answer is one the contract documents."""

    @property
    def request_type(self) -> str:
        """Media type of the request body, `none` without one."""
        if self.request_body is None:
            return "none"
        return media_type(self.request_headers.get("content-type"))

    @property
    def response_type(self) -> str:
        """Media type of the answer's body, `none` without one."""
        return media_type(self.response_headers.get("content-type")) if self.response_body else "none"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a target answered to one operation.

    `body` is the parsed JSON value, the text where the contract has plain text, or None when the body is
    empty or neither; header names are in
    lower case; `error_code` is the vendor's code of a refusal.
    """

    operation: str
    status: int
    body: Any
    headers: Mapping[str, str]
    exchange: Exchange
    error_code: Code | None = None

    @property
    def ok(self) -> bool:
        """The target says that the call succeeded."""
        return 200 <= self.status < 300 and self.error_code is None

    @property
    def text(self) -> str:
        """The body as text."""
        return self.exchange.response_body.decode("utf-8", "replace")

    @property
    def seconds(self) -> float:
        """How long the answer took."""
        return self.exchange.seconds

    def __getitem__(self, name: str) -> Any:
        """A field of an object body; a finding when it is absent."""
        if not isinstance(self.body, dict) or name not in self.body:
            raise Finding(
                f"{self.operation}: {name} is absent",
                expected=f"{name} present",
                actual=self.body,
                rule=RECORDER.rule(),
                kind="shape",
            )
        return self.body[name]

    def summary(self) -> str:
        """Status and the beginning of the body in one line."""
        text = self.text if len(self.text) <= 200 else self.text[:200] + "…"
        return f"{self.status} {text}".strip()


class HttpClient:
    """Requests to one base URL over kept-alive connections."""

    def __init__(self, base_url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        parts = urllib3.util.parse_url(base_url)
        if parts.scheme not in {"http", "https"} or not parts.host:
            raise ValueError(f"url: {base_url!r} is no HTTP address; write e.g. http://127.0.0.1:8610")
        self.base_url = base_url.rstrip("/")
        self._prefix = (parts.path or "").rstrip("/")
        self._pool = urllib3.connection_from_url(
            self.base_url, timeout=urllib3.Timeout(timeout_s), maxsize=4, retries=False
        )

    def send(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        record: bool = True,
    ) -> Exchange:
        """Send one request; Unreachable when nobody listens, a Finding when no answer comes."""
        target = self._prefix + path + ("?" + urlencode(query) if query else "")
        exchange = Exchange(operation, method, self._origin() + target, dict(headers or {}), body)
        if record:
            RECORDER.exchanges.append(exchange)
        began = wallclock.elapsed()
        try:
            response = self._pool.urlopen(
                method, target, body=body, headers=exchange.request_headers, redirect=False, retries=False
            )
        except urllib3.exceptions.NewConnectionError as error:
            raise Unreachable(f"{self.base_url} does not accept connections: {error}") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            exchange.matched = False
            raise Finding(
                f"{operation or path}: the server gave no answer ({type(error).__name__})",
                expected="an answer",
                actual=str(error),
                rule=RECORDER.rule(),
                kind=NO_ANSWER,
            ) from error
        exchange.seconds = wallclock.elapsed() - began
        exchange.status = response.status
        exchange.response_headers = {name.lower(): value for name, value in response.headers.items()}
        exchange.response_body = response.data
        return exchange

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def _origin(self) -> str:
        return self.base_url[: len(self.base_url) - len(self._prefix)]


def media_type(content_type: str | None) -> str:
    """The media type of a content type header without its parameters."""
    return content_type.partition(";")[0].strip().lower() if content_type else "unknown"


def parse_json(body: bytes) -> Any:
    """The JSON value of a body, or None when the body is empty or no JSON."""
    try:
        return _decode_json(body) if body else None
    except msgspec.DecodeError:
        return None


def encode_json(value: Any) -> bytes:
    """A JSON value as bytes."""
    return _encode_json(value)
