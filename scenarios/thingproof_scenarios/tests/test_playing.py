"""``thingproof play``: a fleet with its automations in virtual time, every command with its cause."""

import json
from pathlib import Path
from typing import Any

import pytest

from thingproof_scenarios.fleet_files import find_fleet
from thingproof_scenarios.tests.command import one_line, thingproof

FRIDAY, SATURDAY = 1_795_132_800.0, 1_795_219_200.0  # 2026-11-20 and 21, midnight UTC


def play(folder: Path, *arguments: str) -> dict[str, Any]:
    """What the command says for machines."""
    done = thingproof("play", *arguments, "--json", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    played: dict[str, Any] = json.loads(one_line(done.stdout))
    return played


def causes(played: dict[str, Any], word: str) -> list[dict[str, Any]]:
    """The commands whose cause begins with a word."""
    return [each for each in played["commands"] if each["cause"].startswith(word)]


def test_rules_schedules_and_scenes_run_and_every_command_names_its_cause(tmp_path: Path) -> None:
    """Friday and Saturday in a flat: the rule by day, the schedule on Friday only, no scene before Sunday."""
    played = play(tmp_path, "fleets/linkage.yaml", "--for", "2d", "--start", "2026-11-20")
    assert played["automations"] == {"scenes": 1, "rules": 1, "schedulers": 2, "common_schedulers": 1}
    assert {each["cause"].split()[0] for each in played["commands"]} == {"rule", "schedule"}
    working_days = [(each["at"], each["device"]) for each in causes(played, "schedule")]
    assert working_days == [(FRIDAY + 5.75 * 3600, "bedroom"), (FRIDAY + 8 * 3600, "bedroom")]
    cooling = causes(played, "rule cool down")
    assert {each["source"] for each in cooling} == {"d3"}
    lamp = [each for each in cooling if each["device"] == "night-lamp"]
    assert [each["told"] for each in lamp[:2]] == ["LED_OnOff = True", "LED_OnOff = False"]
    assert lamp[1]["at"] - lamp[0]["at"] == pytest.approx(120, abs=1)


def test_a_scene_waits_between_its_tasks(tmp_path: Path) -> None:
    """On Sunday evening the schedule starts the scene: lamp on, ten minutes, cooling and lamp off."""
    played = play(tmp_path, "fleets/linkage.yaml", "--for", "23h", "--start", "2026-11-22")
    scene = [each for each in played["commands"] if "scene good night" in each["cause"]]
    assert [(each["device"], each["told"]) for each in scene] == [
        ("night-lamp", "LED_OnOff = True"),
        ("living-room", "switch = False"),
        ("night-lamp", "LED_OnOff = False"),
    ]
    began = SATURDAY + 86_400 + 22.5 * 3600
    assert [each["at"] - began for each in scene] == pytest.approx([0, 600, 600], abs=1)
    assert all("schedule bedtime" in each["cause"] for each in scene)


def test_the_same_seed_plays_the_same_commands(tmp_path: Path) -> None:
    """Everything but the time it took is equal."""
    first, second = (
        play(tmp_path, "fleets/linkage.yaml", "--for", "12h", "--start", "2026-11-20", "--seed", "3")
        for _ in range(2)
    )
    assert first.pop("wall_s")
    assert second.pop("wall_s")
    assert first == second
    assert first["commands"]


@pytest.mark.parametrize(
    ("written", "instead", "named"),
    [
        ("did: kennel\n", "did: kernel\n", "vendors.gizwits.rules[0].did: there is no 'kernel'"),
        ("scenes:\n", "scene:\n", "'scene' is unknown"),
        ("time: '05:45'", "time: '25:45'", "vendors.gizwits.schedulers[0]: the cloud refused it"),
        ("left: kennel.Temperature", "left: kernel.T", "vendors.gizwits.rules[0]: the cloud refused it"),
        ("- scene_name: good night\n", "- good night\n    - scene_name: x\n", "'good night' is no mapping"),
    ],
)
def test_automations_nobody_can_make_are_named(
    tmp_path: Path, written: str, instead: str, named: str
) -> None:
    """Exit 2, and the message names the place in the file."""
    text = Path(find_fleet("fleets/linkage.yaml")).read_text(encoding="utf-8")
    assert written in text
    (tmp_path / "fleet.yaml").write_text(text.replace(written, instead, 1), encoding="utf-8")
    done = thingproof("play", "fleet.yaml", "--for", "1h", folder=tmp_path)
    assert done.returncode == 2
    assert named in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_moment_that_is_none_is_refused(tmp_path: Path) -> None:
    """The message says how to write it."""
    done = thingproof("play", "fleets/linkage.yaml", "--start", "tomorrow", folder=tmp_path)
    assert done.returncode == 2
    assert "2026-11-16T06:00" in done.stderr


def test_fuzzing_an_unknown_operation_is_refused(tmp_path: Path) -> None:
    """The message names the value."""
    done = thingproof("fuzz", "--operation", "gizwits.users.nothing", folder=tmp_path)
    assert done.returncode == 2
    assert "gizwits.users.nothing" in done.stderr
