"""The request path over a real socket: limits, routes, bodies, and what a client sees of a failure."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_platform.options import Options
from thingproof_platform.servers import http
from thingproof_platform.tests.clients import PlatformThread, call, platform_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def cloud() -> Iterator[PlatformThread]:
    """One platform for all tests of this file."""
    with platform_thread(Options()) as running:
        running.seed()
        yield running


def _raw(cloud: PlatformThread, *parts: bytes) -> bytes:
    """Send bytes, read until the other side closes."""
    host, port = cloud.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while part := connection.recv(65536):
            received += part
        return received


def _login(cloud: PlatformThread, **changes: Any) -> tuple[int, dict[str, str], Any]:
    return cloud.call("POST", "/app/login", {"username": "joe", "password": "Secret12", **changes})


def test_login_answers_with_a_token(cloud: PlatformThread) -> None:
    """The plain way through every step."""
    status, headers, body = _login(cloud)
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert len(body["token"]) == 32


def test_unknown_path_is_the_vendors_404(cloud: PlatformThread) -> None:
    """An unknown path is refused in the vendor's envelope."""
    status, _, body = cloud.call("GET", "/app/nothing/here")
    assert status == 404
    assert {"error_code", "error_message"} <= body.keys()


def test_wrong_method_is_405_and_names_the_right_ones(cloud: PlatformThread) -> None:
    """A known path with a wrong method says which methods it has."""
    status, headers, body = cloud.call("DELETE", "/app/login")
    assert status == 405
    assert headers["allow"] == "POST, OPTIONS"
    assert "error_code" in body


def test_options_lists_the_methods(cloud: PlatformThread) -> None:
    """OPTIONS needs no credentials."""
    status, headers, body = call("OPTIONS", f"{cloud.url}/app/login")
    assert (status, headers["allow"], body) == (204, "POST, OPTIONS", b"")


def test_head_answers_like_get_without_a_body(cloud: PlatformThread) -> None:
    """HEAD has the headers of GET, the length included, and no body."""
    host, port = cloud.url.removeprefix("http://").split(":")
    assert host
    assert port
    request = "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    got = _raw(cloud, request.encode())
    head = _raw(cloud, request.replace("GET", "HEAD").encode())
    assert head == got.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"username": "joe",}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'"\\ud800"',
        b"NaN",
        b"[1, 2]",
        b'"text"',
        b"null",
    ],
    ids=["open", "comma", "no utf-8", "deep", "surrogate", "NaN", "array", "string", "null"],
)
def test_a_body_that_is_no_json_object_is_the_vendors_400(cloud: PlatformThread, body: bytes) -> None:
    """Whatever is in the body, the answer is the vendor's form error."""
    status, _, answer = cloud.call("POST", "/app/login", body)
    assert status == 400
    assert answer["error_code"] == 9015


def test_form_encoded_body_is_read(cloud: PlatformThread) -> None:
    """Some clients send forms; they may."""
    status, _, body = cloud.call(
        "POST",
        "/app/login",
        b"username=joe&password=Secret12",
        **{"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert status == 200, body


def test_json_is_read_whatever_the_content_type_says(cloud: PlatformThread) -> None:
    """A sloppy content type does not matter when the body is JSON."""
    body = b'{"username": "joe", "password": "Secret12"}'
    status, _, answer = cloud.call("POST", "/app/login", body, **{"Content-Type": "text/plain"})
    assert status == 200, answer


def test_ten_megabytes_are_refused_with_413(cloud: PlatformThread) -> None:
    """A body above the limit is refused before it is in memory, in the vendor's envelope."""
    status, headers, body = cloud.call("POST", "/app/login", b"x" * (10 * MIB))
    assert status == 413
    assert "error_code" in body
    assert headers["connection"] == "close"


def test_chunks_above_the_limit_are_refused_too(cloud: PlatformThread) -> None:
    """A body that does not tell its length is counted while it comes."""
    chunk = b"%x\r\n%s\r\n" % (MIB, b"x" * MIB)
    head = b"POST /app/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert _raw(cloud, head, chunk, chunk, b"0\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_a_body_of_exactly_the_limit_is_read(cloud: PlatformThread) -> None:
    """One mebibyte is allowed: the answer judges the content, not the size."""
    body = b'{"username": "' + b"x" * (MIB - 16) + b'"}'
    assert len(body) == MIB
    status, _, _ = cloud.call("POST", "/app/login", body)
    assert status == 400


def test_expect_continue_is_answered_before_the_body(cloud: PlatformThread) -> None:
    """A client that asks whether to send the body is told to."""
    body = b'{"username": "joe", "password": "Secret12"}'
    head = (
        f"POST /app/login HTTP/1.1\r\nHost: x\r\nX-Gizwits-Application-Id: {'c' * 32}\r\n"
        "Connection: close\r\n"
        f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    assert _raw(cloud, head.encode(), body).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"NONSENSE\r\n\r\n",
        b"GET /status HTTP/1.1\r\nHost: x\r\nbroken header\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /status HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\n",
    ],
    ids=["nonsense", "broken header", "long line", "long header"],
)
def test_what_is_no_http_is_refused_as_json(cloud: PlatformThread, request_bytes: bytes) -> None:
    """Broken HTTP gets the vendor's envelope and no traceback; the connection ends."""
    answer = _raw(cloud, request_bytes)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"error_code"' in answer
    assert b"Traceback" not in answer


def test_a_bug_in_a_handler_is_500_without_a_traceback(
    cloud: PlatformThread, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The client sees the vendor's server error, the log the reason."""

    def broken(*_: object) -> None:
        raise KeyError("a secret detail")

    surface = cloud.platform._vendors["gizwits"].surface
    handlers = dict(surface.dialect.handlers)
    handlers["gizwits.users.login"] = broken
    replaced = type(surface.dialect)(
        **{
            name: handlers if name == "handlers" else getattr(surface.dialect, name)
            for name in surface.dialect.__dataclass_fields__
        }
    )
    monkeypatch.setattr(surface, "dialect", replaced)
    status, _, body = _login(cloud)
    assert status == 500
    assert body["error_code"] == 9008
    assert "secret detail" not in str(body)
    assert "secret detail" in caplog.text


def test_keep_alive_and_pipelining(cloud: PlatformThread) -> None:
    """Requests sent at once on one connection are answered in order; HTTP/1.0 closes."""
    get = b"GET /status HTTP/1.1\r\nHost: x\r\nX-Gizwits-Application-Id: " + b"c" * 32 + b"\r\n"
    answers = _raw(cloud, get + b"\r\n" + b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    first, second = answers.split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200")
    assert second.startswith(b"404")
    assert b"Connection: close" in _raw(cloud, b"GET /status HTTP/1.0\r\n\r\n")


def test_who_sends_slowly_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a header and silence: closed. Half a body and silence: 408."""
    monkeypatch.setattr(http, "IDLE_S", 0.3)
    monkeypatch.setattr(http, "BODY_PATIENCE_S", 0.3)
    with platform_thread(Options()) as slow:
        assert _raw(slow, b"GET /status HTTP/1.1\r\nHost: ") == b""
        head = b"POST /app/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
        assert _raw(slow, head).startswith(b"HTTP/1.1 408 ")


def test_response_fault_changes_the_answer(cloud: PlatformThread) -> None:
    """A fault of the catalogue changes finished answers until it is switched off."""
    cloud.control("PUT", "/faults/drop_field", {"operation": "gizwits.users.login", "field": "token"})
    try:
        assert "token" not in _login(cloud)[2]
    finally:
        cloud.control("DELETE", "/faults/drop_field")
    assert "token" in _login(cloud)[2]
