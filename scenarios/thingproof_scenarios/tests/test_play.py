"""Commands that play for a while, shortened: they end well and print what they promise."""

import json
from pathlib import Path

from thingproof_scenarios.tests.command import one_line, thingproof

SEEN_UNDER_LOAD = {
    "gizwits": {"users.login", "devdata.latest", "device report"},
    "sylvia": {"oauth2.token", "device.list", "gateway uplink", "uplink until the application has it"},
}
"""Rows of each vendor's people and hardware."""


def test_the_demo_prints_lines_without_a_terminal(tmp_path: Path) -> None:
    """Devices come online, somebody controls them, and readings arrive from the cloud."""
    done = thingproof("demo", "--for", "5s", "--speed", "30", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    for word in ("online", "command", "reading"):
        assert word in done.stdout
    assert " 0 readings" not in done.stdout.splitlines()[-1]


def test_the_demo_of_a_lora_fleet_shows_what_its_application_hears(tmp_path: Path) -> None:
    """The application's queue has readings of the device, and the application sends downlinks."""
    done = thingproof("demo", "--fleet", "lora-single", "--for", "24s", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "downlink" in done.stdout
    assert "reading  meter" in done.stdout
    assert " 0 readings" not in done.stdout.splitlines()[-1]


def test_load_counts_users_and_devices(tmp_path: Path) -> None:
    """One JSON object: HTTP and MQTT rows, no failure; progress goes to standard error."""
    done = thingproof("load", "--users", "4", "--devices", "3", "--for", "4s", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    loads = json.loads(one_line(done.stdout))["loads"]
    assert [load["vendor"] for load in loads] == list(SEEN_UNDER_LOAD)
    for load in loads:
        rows = {row["name"]: row for row in load["rows"]}
        assert SEEN_UNDER_LOAD[load["vendor"]] <= set(rows)
        assert load["failures"] == []
        assert all(row["failures"] == 0 and row["requests"] > 0 for row in load["rows"])
        assert all(row["median_ms"] <= row["p99_ms"] for row in load["rows"])


def test_load_with_workers_shares_the_devices(tmp_path: Path) -> None:
    """Locust's own master and workers; no device is played twice, so nobody is thrown out."""
    done = thingproof(
        *("load", "--vendor", "gizwits", "--workers", "2", "--for", "4s"),
        *("--users", "4", "--devices", "4", "--json"),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (result,) = json.loads(one_line(done.stdout))["loads"]
    assert result["workers"] == 2
    assert "device disconnect" not in {row["name"] for row in result["rows"]}


def test_load_on_a_dead_target_fails(tmp_path: Path) -> None:
    """Nobody answers: exit 1, and the failures say so."""
    target = {"url": "http://127.0.0.1:9", "app_id": "a", "username": "u", "password": "p"}
    (tmp_path / "dead.yaml").write_text(json.dumps({"vendors": {"gizwits": target}}))
    done = thingproof(
        "load", "--target", "dead.yaml", "--for", "2s", "--users", "2", "--json", folder=tmp_path
    )
    assert done.returncode == 1
    (result,) = json.loads(one_line(done.stdout))["loads"]
    assert {failure["message"] for failure in result["failures"]} == {"no answer"}


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """A small durability experiment is balanced."""
    done = thingproof("durability", "--kills", "2", "--devices", "5", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(one_line(done.stdout))
    assert result["balanced"] is True
    assert result["kills"] == 2
    assert result["acknowledged"] >= 15
    assert result["stored"] >= result["acknowledged"]
    assert (result["duplicated"], result["missing"]) == (0, 0)
