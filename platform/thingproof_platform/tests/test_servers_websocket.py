"""WebSocket ports: the vendor's path, order of messages, bad clients."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from thingproof_platform.options import Options
from thingproof_platform.servers.websocket import MAX_MESSAGE
from thingproof_platform.tests.clients import (
    APPLICATION,
    VALUES,
    PlatformThread,
    call,
    codec,
    platform_thread,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.connection import Connection

    from thingproof_platform.tests.clients import Device

PATH = "/ws/app/v1"


@pytest.fixture(scope="module")
def running() -> Iterator[PlatformThread]:
    """One platform for all tests of this file."""
    with platform_thread(Options()) as platform:
        yield platform


@pytest.fixture
def cloud(running: PlatformThread) -> PlatformThread:
    """The platform, empty."""
    running.control("POST", "/reset", {})
    return running


def _connect(cloud: PlatformThread, path: str = PATH, kind: str = "ws", **options: Any) -> Connection:
    return connect(cloud.info["vendors"]["gizwits"][kind] + path, **options)


def _say(socket: Connection, command: str, **data: Any) -> Any:
    socket.send(json.dumps({"cmd": command, "data": data}))
    return json.loads(socket.recv(timeout=5))


def _log_in(cloud: PlatformThread, socket: Connection) -> Any:
    _, _, login = cloud.call("POST", "/app/login", {"username": "joe", "password": "Secret12"})
    return _say(
        socket,
        "login_req",
        appid=APPLICATION,
        uid=login["uid"],
        token=login["token"],
        p0_type="attrs_v4",
        heartbeat_interval=180,
        auto_subscribe=True,
    )


def test_a_report_is_pushed_to_the_application(cloud: PlatformThread) -> None:
    """Login, report over MQTT, push over WebSocket: bytes in at one server, out at the other."""
    device: Device = cloud.seed()[0]
    with _connect(cloud) as socket:
        assert _log_in(cloud, socket)["data"]["success"] is True
        mqtt = cloud.login(device)
        mqtt.publish(f"dev2app/{device.did}", codec().report(VALUES), 1)
        assert mqtt.acknowledged() == 1
        commands = [json.loads(socket.recv(timeout=5))["cmd"] for _ in range(2)]
        assert commands == ["s2c_online_status", "s2c_noti"]
        mqtt.disconnect()
    wait_until(lambda: cloud.counters()["websocket_sessions"] == 0, "the session to end")


def test_tls_port_serves_the_same(cloud: PlatformThread) -> None:
    """The wss port works with the platform's own authority."""
    context = ssl.create_default_context(cadata=cloud.platform.certificates.authority.decode())
    with _connect(cloud, kind="wss", ssl=context) as socket:
        assert _say(socket, "ping")["cmd"] == "pong"


def test_other_paths_and_plain_requests_are_refused(cloud: PlatformThread) -> None:
    """A path that is no conversation is 404; a request without an upgrade is told so."""
    with pytest.raises(InvalidStatus) as refused:
        _connect(cloud, "/other")
    assert refused.value.response.status_code == 404
    url = cloud.info["vendors"]["gizwits"]["ws"].replace("ws://", "http://")
    status, _, body = call("GET", url + PATH)
    assert status == 400
    assert "upgrade" in str(body)


def test_binary_and_nonsense_do_not_end_others(cloud: PlatformThread) -> None:
    """Garbage in one conversation leaves another one alone."""
    with _connect(cloud) as good, _connect(cloud) as bad:
        bad.send(b"\xff\x00\xfe")
        bad.send("{")
        assert _say(good, "ping")["cmd"] == "pong"


def test_oversized_message_closes_with_1009(cloud: PlatformThread) -> None:
    """A text above the limit ends the conversation with the code for it."""
    with _connect(cloud) as socket:
        socket.send("x" * (MAX_MESSAGE + 1))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_reset_closes_conversations(cloud: PlatformThread) -> None:
    """After a reset the conversation is closed, not left hanging."""
    with _connect(cloud) as socket:
        assert _say(socket, "ping")["cmd"] == "pong"
        cloud.control("POST", "/reset", {})
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)


def test_a_failing_session_ends_alone(
    cloud: PlatformThread, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug in a session closes it with 1011 and is logged."""
    from thingproof_platform.vendors.gizwits.service.app_session import AppSession

    def broken(*_: object) -> None:
        raise KeyError("a bug")

    with _connect(cloud) as socket, monkeypatch.context() as patched:
        patched.setattr(AppSession, "receive", broken)
        socket.send("{}")
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1011
    assert "a bug" in caplog.text
