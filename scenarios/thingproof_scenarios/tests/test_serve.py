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
import urllib3

from thingproof_conformance.target import parse_target
from thingproof_contracts import VENDORS
from thingproof_scenarios.gizwits_application import GizwitsApplication
from thingproof_scenarios.queue_listener import QueueListener

STOP_S = 20.0
UPLINK_S = 60.0
"""The meter reports every ten seconds."""


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
    assert set(line) == {"control", "vendors"}
    assert set(line["control"]) == {"url", "token"}
    assert set(line["vendors"]) == set(VENDORS)
    parse_target(line, "the printed line")
    vendor = line["vendors"]["gizwits"]
    expected = {"url", "ws", "mqtt", "app_id", "app_secret", "username", "password", "device"}
    assert set(vendor) == expected
    application = GizwitsApplication(vendor["url"], vendor["app_id"])
    application.login(vendor["username"], vendor["password"])
    (device,) = application.devices()
    assert device["did"] == vendor["device"]
    assert device["is_online"] is True
    assert "room_temp" in application.latest(vendor["device"])


def test_a_sylvia_client_gets_a_token_and_uplinks(
    served: tuple[subprocess.Popen[str], dict[str, Any]],
) -> None:
    """The client's secret buys a token that shows the device; the LoRa meter's uplinks reach the queue."""
    _, line = served
    vendor = line["vendors"]["sylvia"]
    with QueueListener(vendor["mqtt"], vendor["uldata"]) as application:
        headers = urllib3.make_headers(basic_auth=f"{vendor['client_id']}:{vendor['client_secret']}")
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = urllib3.request(
            "POST",
            f"{vendor['url']}/oauth2/token",
            headers=headers,
            body="grant_type=client_credentials",
        )
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        path = f"{vendor['url']}/broker/api/v1/device/list?unit={vendor['unit']}"
        for headers in (bearer, {"Authorization": f"Bearer {vendor['token']}"}):
            (device,) = urllib3.request("GET", path, headers=headers).json()["data"]
            assert (device["deviceId"], device["networkAddr"]) == (vendor["device"], vendor["network_addr"])
        assert application.wait(vendor["network_addr"], 1, UPLINK_S)


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
