"""The same seed gives the same run, in another process, too."""

import json
from pathlib import Path

import pytest

from thingproof_scenarios.fleet_files import packaged_fleets, read_fleet
from thingproof_scenarios.tests.command import one_line, thingproof


def trace_hash(folder: Path, seed: int) -> str:
    """The hash of two simulated hours of the house."""
    done = thingproof(
        "simulate", "fleets/house.yaml", "--for", "2h", "--seed", str(seed), "--json", folder=folder
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(one_line(done.stdout))
    assert answer["simulated_s"] == 7200
    assert answer["reports"] > 0
    return str(answer["trace_hash"])


def test_one_seed_is_one_run(tmp_path: Path) -> None:
    """Equal seeds give equal hashes in different processes, another seed another; from any folder."""
    first = trace_hash(tmp_path, 7)
    assert trace_hash(tmp_path, 7) == first
    assert trace_hash(tmp_path, 8) != first


def test_a_trace_holds_what_the_hash_stands_for(tmp_path: Path) -> None:
    """With --trace every event is a line."""
    done = thingproof("simulate", "house", "--for", "10m", "--trace", "trace.ndjson", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "trace.ndjson").read_text().splitlines()) > 12
    assert "trace hash" in done.stdout


def test_the_house_is_what_is_promised() -> None:
    """A dozen devices of three products, some of them with faults."""
    assert "fleets/house.yaml" in packaged_fleets()
    plan = read_fleet("fleets/house.yaml")
    assert len(plan.devices) == 12
    assert len({device.product for device in plan.devices}) == 3
    assert any(device.faults for device in plan.devices)


def test_a_local_fleet_comes_before_the_packaged_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the same name in the working directory wins."""
    monkeypatch.chdir(tmp_path)
    packaged = read_fleet("fleets/single.yaml")
    (tmp_path / "fleets").mkdir()
    original = Path(__file__).parents[1] / "fleets" / "house.yaml"
    (tmp_path / "fleets" / "single.yaml").write_text(original.read_text())
    assert len(read_fleet("fleets/single.yaml").devices) != len(packaged.devices)
