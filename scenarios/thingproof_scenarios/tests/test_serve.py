"""``serve``: one line, a device online, and a clean end."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from thingproof_conformance.target import parse_target
from thingproof_scenarios.gizwits_application import GizwitsApplication

START_S = 60.0
STOP_S = 20.0


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A running ``serve`` with its first line."""
    command = [sys.executable, "-m", "thingproof_scenarios", "serve", "--json", "--any-ports"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_the_printed_line_is_all_a_client_needs(
    served: tuple[subprocess.Popen[str], dict[str, Any]],
) -> None:
    """Log in with it, find the device online and read its values; the line is a target file, too."""
    _, line = served
    vendor = line["vendors"]["gizwits"]
    assert set(line) == {"control", "vendors"}
    assert set(line["control"]) == {"url", "token"}
    expected = {"url", "ws", "mqtt", "app_id", "app_secret", "username", "password", "device"}
    assert set(vendor) == expected
    parse_target(line, "the printed line")
    application = GizwitsApplication(vendor["url"], vendor["app_id"])
    application.login(vendor["username"], vendor["password"])
    (device,) = application.devices()
    assert device["did"] == vendor["device"]
    assert device["is_online"] is True
    assert "room_temp" in application.latest(vendor["device"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("group", [True, False], ids=["whole group", "process only"])
def test_it_ends_cleanly(
    served: tuple[subprocess.Popen[str], dict[str, Any]], number: signal.Signals, group: bool
) -> None:
    """Ctrl-C reaches the whole group, a supervisor's signal one process: exit 0, nothing left."""
    process, line = served
    if group:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    out, errors = process.communicate(timeout=STOP_S)
    assert process.returncode == 0, errors
    assert out == ""
    assert "Traceback" not in errors
    with pytest.raises(ConnectionRefusedError):
        connect(line["vendors"]["gizwits"]["url"])


def connect(url: str) -> None:
    """Open a connection to a server's port."""
    host, port = url.removeprefix("http://").split(":")
    socket.create_connection((host, int(port)), 2).close()


def test_empty_means_empty(tmp_path: Path) -> None:
    """With --empty there are addresses only."""
    command = [sys.executable, "-m", "thingproof_scenarios", "serve", "--json", "--empty", "--any-ports"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        assert set(line["vendors"]["gizwits"]) == {"url", "ws", "mqtt"}
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_S) == 0
    finally:
        process.kill()
        process.communicate()
