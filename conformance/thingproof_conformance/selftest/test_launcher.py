"""The embedded platform as a child: started once, stopped cleanly, killable, its failure explained."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from thingproof_conformance.control import ControlClient, ControlError
from thingproof_conformance.launcher import LaunchError, start_platform

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def client() -> Iterator[ControlClient]:
    """The control surface of one platform for this module."""
    with start_platform(["--seed", "7"]) as running:
        client = ControlClient(running.control_url, running.control_token)
        yield client
        client.close()


def test_a_platform_starts_and_stops() -> None:
    """It prints where it listens, answers, and ends with exit code 0."""
    running = start_platform(["--seed", "7"])
    assert running.alive
    assert running.info["vendors"]["gizwits"]["url"].startswith("http://127.0.0.1:")
    assert running.stop() == 0
    assert not running.alive


def test_a_platform_can_be_killed() -> None:
    """SIGKILL leaves no process; killing or stopping again does nothing."""
    running = start_platform()
    assert running.kill() == -9
    assert not running.alive


def test_a_platform_that_cannot_start_says_why() -> None:
    """A busy port: the child's own words are in the error."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(LaunchError, match=str(port)):
            start_platform(["--port", f"gizwits.http={port}"])


def test_a_module_that_is_no_platform_says_why() -> None:
    """Anything that prints no JSON line is refused."""
    with pytest.raises(LaunchError, match="did not start"):
        start_platform(module="this_module_does_not_exist")


def test_the_clock_moves(client: ControlClient) -> None:
    """Freeze, advance, resume; restore lets a stopped clock run again."""
    now = client.freeze()
    assert client.clock_mode() == "frozen"
    client.advance(86400)
    assert client.clock() == pytest.approx(now + 86400, abs=0.01)
    assert client.moved_clock
    client.restore()
    assert client.clock_mode() == "running"
    client.reset()
    assert client.clock() < now + 3600


def test_faults_are_switched_off(client: ControlClient) -> None:
    """A fault lasts as long as its block; restore ends those left on."""
    with client.fault("throttle", operation="gizwits.users.login"):
        assert len(client.faults()["active"]) == 1
    assert client.faults()["active"] == []
    client.set_fault("sms_gateway_down")
    client.restore()
    assert client.faults()["active"] == []


def test_seeding_gives_completed_rows(client: ControlClient) -> None:
    """An empty application comes back with id and secret."""
    [application] = client.seed("gizwits", {"applications": [{}]})["applications"]
    assert len(application["app_id"]) == 32


def test_a_wrong_call_is_a_control_error(client: ControlClient) -> None:
    """The surface's words are in the error."""
    with pytest.raises(ControlError, match="no_such_fault"):
        client.set_fault("no_such_fault")
    stranger = ControlClient(client._http.base_url, "wrong-token")
    with pytest.raises(ControlError, match="401"):
        stranger.clock()
    stranger.close()
