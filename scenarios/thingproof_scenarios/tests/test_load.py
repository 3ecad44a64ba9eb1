"""Load: plan, options and results, without putting load on anything."""

import json
from pathlib import Path
from typing import Any

import pytest

from thingproof_scenarios.load.gizwits_plan import Account, GizwitsPlan, LoadDevice
from thingproof_scenarios.load.locust_run import LoadOptions, leading_arguments, users_files, worker_arguments
from thingproof_scenarios.load.outcome import read_result
from thingproof_scenarios.load.plan import PLAN_VARIABLE, LoadPlan, write_plan
from thingproof_scenarios.load.sylvia_plan import LoadGateway, Operator, SylviaPlan
from thingproof_scenarios.load.times import Times

DEVICES = tuple(LoadDevice(f"did-{number}", "PASSCODE", {"datapoints": []}) for number in range(6))
PLAN = GizwitsPlan("http://127.0.0.1:1", "app", (Account("a", "b"),), "127.0.0.1", 2, DEVICES, 2)
GATEWAYS = tuple(LoadGateway(f"up-{number}", f"app-{number}", ("0a", "0b")) for number in range(4))
SYLVIA_PLAN = SylviaPlan("http://127.0.0.1:1", (Operator("id", "secret"),), "127.0.0.1", 2, GATEWAYS, 2)


@pytest.mark.parametrize("plan", [PLAN, SYLVIA_PLAN], ids=lambda plan: type(plan).__name__)
def test_a_plan_survives_its_file(
    plan: GizwitsPlan | SylviaPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the child process reads is what was written."""
    write_plan(plan, tmp_path / "plan.json")
    monkeypatch.setenv(PLAN_VARIABLE, str(tmp_path / "plan.json"))
    assert type(plan).of_environment() == plan


def test_no_two_workers_play_the_same_device() -> None:
    """Pools are disjoint and of equal length."""
    pools = [PLAN.pool(worker) for worker in range(3)]
    assert [len(pool) for pool in pools] == [2, 2, 2]
    assert len({device.did for pool in pools for device in pool}) == 6
    assert SYLVIA_PLAN.pool(0) + SYLVIA_PLAN.pool(1) == GATEWAYS


def test_workers_mean_a_master() -> None:
    """With workers the leading process is locust's master and waits for them; without it works alone."""
    alone = leading_arguments(PLAN, LoadOptions(users=3, seconds=15), 0)
    assert "--master" not in alone
    assert alone[alone.index("--users") + 1] == "5"
    assert alone[alone.index("--run-time") + 1] == "15s"
    master = leading_arguments(PLAN, LoadOptions(users=3, seconds=15, workers=2), 5557)
    assert master[master.index("--expect-workers") + 1] == "2"
    assert worker_arguments(PLAN, 5557)[worker_arguments(PLAN, 5557).index("--master-port") + 1] == "5557"


@pytest.mark.parametrize(
    ("plan", "people_only", "name"),
    [
        (PLAN, GizwitsPlan("u", "a", PLAN.accounts), "gizwits_device_user.py"),
        (SYLVIA_PLAN, SylviaPlan("u", SYLVIA_PLAN.operators), "sylvia_gateway_user.py"),
    ],
    ids=["gizwits", "sylvia"],
)
def test_without_hardware_no_user_of_it_is_loaded(plan: LoadPlan, people_only: LoadPlan, name: str) -> None:
    """A target that is not ours gets people only."""
    assert name in users_files(plan)
    assert name not in users_files(people_only)
    assert people_only.hardware_users == 0
    assert all(Path(path).is_file() for path in users_files(plan).split(","))


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
