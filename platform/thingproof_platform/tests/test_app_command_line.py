"""The command line: one JSON line, clean ends, clear refusals."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from thingproof_platform.tests.clients import PlatformProcess, call, start_refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    """One line on stdout, nothing on stderr, exit code 0."""
    cloud = PlatformProcess()
    cloud.process.send_signal(number)
    rest, said = cloud.process.communicate(timeout=10)
    assert (cloud.process.returncode, rest, said) == (0, "", "")


def test_the_line_tells_everything_a_client_needs() -> None:
    """Control surface with token, process id, and five addresses that answer."""
    cloud = PlatformProcess()
    try:
        assert set(cloud.info) == {"control", "pid", "vendors"}
        assert cloud.info["pid"] == cloud.process.pid
        assert set(cloud.info["vendors"]["gizwits"]) == {"url", "ws", "wss", "mqtt", "mqtts"}
        assert cloud.control("GET", "/health")["status"] == "ok"
        for url in cloud.info["vendors"]["gizwits"].values():
            host, _, port = url.partition("://")[2].rpartition(":")
            socket.create_connection((host, int(port)), timeout=5).close()
    finally:
        cloud.kill()


@pytest.mark.parametrize(
    "option",
    [
        "--control-port {}",
        *(f"--port gizwits.{name}={{}}" for name in ("http", "mqtt", "mqtts", "ws", "wss")),
    ],
)
def test_busy_port_is_one_clear_line(option: str) -> None:
    """A taken port: exit code 2, one line naming the option."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wanted = option.format(taken.getsockname()[1])
        code, out, said = start_refused(["--json", *wanted.split()])
    assert (code, out) == (2, "")
    assert said.count("\n") == 1
    assert wanted in said
    assert "in use" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--vendors", "acme"], "--vendors acme: 'acme' is no vendor; choose of gizwits"),
        (["--vendors", ","], "no vendor given; choose of gizwits"),
        (["--broker", "rabbit"], "write embedded, mosquitto, or e.g. mqtt://"),
        (["--broker", "mqtt://127.0.0.1:notaport"], "--broker"),
        (["--broker", "mqtt://127.0.0.1:1"], "no answer from 127.0.0.1:1"),
        (["--control-port", "99999"], "--control-port 99999: '99999' is no port"),
        (["--port", "gizwits.http=many"], "--port gizwits.http=many: 'many' is no port"),
        (["--port", "8610"], "--port 8610: not understood; write VENDOR.SERVER=PORT"),
        (["--port", "acme.http=1"], "'acme' is no vendor; choose of gizwits"),
        (["--port", "gizwits.smtp=1"], "'smtp' is no server; choose of http, mqtt, mqtts, ws, wss"),
        (["--control-port", "9", "--port", "gizwits.http=9"], "9 is already the port of control"),
        (["--switch", "data_channel"], "write VENDOR.NAME=VALUE"),
        (["--freeze-at", "yesterday"], "'yesterday' is no moment"),
        (["--host", "192.0.2.1"], "cannot listen"),
        (["--durability", "maybe"], "invalid choice"),
    ],
)
def test_misuse_is_exit_code_2_with_a_remedy(arguments: list[str], said: str) -> None:
    """What cannot be honoured is refused in words, without a traceback."""
    code, out, error = start_refused(["--json", *arguments])
    assert (code, out) == (2, "")
    assert said in error
    assert "Traceback" not in error


def test_a_data_directory_in_use_is_refused(tmp_path: Path) -> None:
    """Two platforms cannot share a directory."""
    cloud = PlatformProcess("--data-dir", str(tmp_path))
    try:
        code, _, said = start_refused(["--data-dir", str(tmp_path)])
        assert code == 2
        assert f"in use by process {cloud.process.pid}" in said
    finally:
        cloud.kill()


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    """A file that is no database is named, not overwritten."""
    (tmp_path / "platform.sqlite3").write_text("something else entirely")
    code, _, said = start_refused(["--data-dir", str(tmp_path)])
    assert code == 2
    assert "platform.sqlite3 cannot be read" in said
    assert (tmp_path / "platform.sqlite3").read_text() == "something else entirely"


def test_a_full_disk_ends_the_platform_without_acknowledging(tmp_path: Path) -> None:
    """When the journal cannot be written the request fails, and the platform ends with exit code 1."""
    cloud = PlatformProcess("--data-dir", str(tmp_path))
    cloud.seed()
    saboteur = sqlite3.connect(tmp_path / "platform.sqlite3")
    saboteur.execute("DROP TABLE rows")
    saboteur.commit()
    saboteur.close()
    status, _, body = cloud.call("POST", "/app/users", {"username": "ann", "password": "Secret12"})
    assert status == 500, body
    _, said = cloud.process.communicate(timeout=10)
    assert cloud.process.returncode == 1
    assert "the journal cannot be written" in said


def test_fast_durability_says_so(tmp_path: Path) -> None:
    """Who gives durability up is told at start and by /health."""
    cloud = PlatformProcess("--data-dir", str(tmp_path), "--durability", "fast")
    assert cloud.control("GET", "/health")["durability"] == "fast"
    cloud.process.terminate()
    _, said = cloud.process.communicate(timeout=10)
    assert "answers do not wait for the disk" in said


def test_the_same_seed_makes_the_same_identifiers() -> None:
    """A seed makes dids and secrets repeatable; the control token is never one of them."""
    found = []
    for _ in range(2):
        cloud = PlatformProcess("--seed", "7", "--freeze-at", "1700000000")
        found.append((cloud.seed(3), cloud.control("GET", "/clock"), cloud.info["control"]["token"]))
        cloud.kill()
    assert found[0][:2] == found[1][:2]
    assert found[0][1] == {"now": 1700000000.0, "mode": "frozen"}
    assert found[0][2] != found[1][2]


def test_text_output_for_people() -> None:
    """Without --json the addresses are printed as lines."""
    process = subprocess.Popen(
        [sys.executable, "-m", "thingproof_platform"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    first = process.stdout.readline().split()
    process.terminate()
    process.communicate(timeout=10)
    assert first[0] == "control"
    assert first[1].startswith("http://")
    with pytest.raises(json.JSONDecodeError):
        json.loads(" ".join(first))


def test_control_needs_its_token() -> None:
    """No token, a wrong one, half a one: 401 each."""
    cloud = PlatformProcess()
    try:
        token = cloud.info["control"]["token"]
        for given in (None, "Bearer wrong", f"Bearer {token[:-1]}", token, "Bearer é"):
            headers = {} if given is None else {"Authorization": given}
            status, found, body = call("GET", f"{cloud.control_url}/health", headers=headers)
            assert status == 401
            assert found["www-authenticate"] == "Bearer"
            assert body["field"] == "Authorization"
    finally:
        cloud.kill()
