"""Load: plan, options and results, without putting load on anything."""

import json
from pathlib import Path
from typing import Any

import pytest

from thingproof_scenarios.load.locust_run import LoadOptions, leading_arguments, users_files, worker_arguments
from thingproof_scenarios.load.outcome import read_result
from thingproof_scenarios.load.plan import Account, LoadDevice, LoadPlan
from thingproof_scenarios.load.times import Times

DEVICES = tuple(LoadDevice(f"did-{number}", "PASSCODE", {"datapoints": []}) for number in range(6))
PLAN = LoadPlan("http://127.0.0.1:1", "app", (Account("a", "b"),), "127.0.0.1", 2, DEVICES, 2)


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    """What the child process reads is what was written."""
    PLAN.write(tmp_path / "plan.json")
    assert LoadPlan.read(tmp_path / "plan.json") == PLAN


def test_no_two_workers_play_the_same_device() -> None:
    """Pools are disjoint and of equal length."""
    pools = [PLAN.pool(worker) for worker in range(3)]
    assert [len(pool) for pool in pools] == [2, 2, 2]
    assert len({device.did for pool in pools for device in pool}) == 6


def test_workers_mean_a_master() -> None:
    """With workers the leading process is locust's master and waits for them; without it works alone."""
    alone = leading_arguments(PLAN, LoadOptions(users=3, seconds=15), 0)
    assert "--master" not in alone
    assert alone[alone.index("--users") + 1] == "5"
    assert alone[alone.index("--run-time") + 1] == "15s"
    master = leading_arguments(PLAN, LoadOptions(users=3, seconds=15, workers=2), 5557)
    assert master[master.index("--expect-workers") + 1] == "2"
    assert worker_arguments(PLAN, 5557)[worker_arguments(PLAN, 5557).index("--master-port") + 1] == "5557"


def test_without_devices_no_device_user_is_loaded() -> None:
    """A target that is not ours gets application users only."""
    assert "gizwits_device_user.py" in users_files(PLAN)
    assert "gizwits_device_user.py" not in users_files(LoadPlan("u", "a", PLAN.accounts))


ROW = {"name": "users.login", "kind": "POST", "requests": 10, "failures": 0, "median_ms": 3.0, "p95_ms": 9.0}
ROW |= {"p99_ms": 12.0, "per_second": 2.5}


@pytest.mark.parametrize(
    ("rows", "failures", "passed"),
    [
        ([ROW], [], True),
        ([], [], False),
        ([ROW | {"failures": 1}], [{"name": "users.login", "message": "500", "count": 1}], False),
    ],
    ids=["passed", "no load at all", "a failure"],
)
def test_a_result_says_whether_it_passed(
    tmp_path: Path, rows: list[Any], failures: list[Any], passed: bool
) -> None:
    """No request at all is no success."""
    path = tmp_path / "result.json"
    path.write_text(json.dumps({"seconds": 4.0, "rows": rows, "failures": failures}))
    result = read_result(path, users=5, workers=0)
    assert result.passed is passed
    event = result.to_event("gizwits")
    assert event["event"] == "load.finished"
    assert event["rows"] == rows
    assert event["failures"] == failures


def test_times_are_merged_from_workers() -> None:
    """Percentiles of the master are those of all answers, to a tenth of a millisecond."""
    worker, other, master = Times(), Times(), Times()
    for number in range(1, 101):
        (worker if number % 2 else other).add("GET", "latest", number / 10)
    for process in (worker, other):
        master.merge(process.take())
    assert worker.take() == []
    assert master.percentile("GET", "latest", 0.5) == 5.0
    assert master.percentile("GET", "latest", 0.99) == 9.9
    assert master.percentile("GET", "never asked", 0.5) == 0.0
