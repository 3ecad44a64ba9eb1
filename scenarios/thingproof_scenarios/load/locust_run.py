"""Run locust in child processes: one, or its own master with workers."""

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from thingproof_scenarios.children import child, python_module
from thingproof_scenarios.load.outcome import LoadResult, read_result
from thingproof_scenarios.load.plan import FOLDER_VARIABLE, PLAN_VARIABLE, LoadPlan, write_plan
from thingproof_scenarios.problems import Broken

FOLDER = Path(__file__).parent
STARTUP_S = 30.0
"""Longest time locust may need to import, connect its workers and start."""
STOP_TIMEOUT_S = 5
"""Time a task may take to finish after the end."""
POLL_S = 0.2

Progress = Callable[[dict[str, Any]], None]
"""Gets users, requests, failures and per_second, a few times a second."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How much load.

    Attributes:
        users: people; hardware comes with the plan.
        seconds: how long.
        workers: locust worker processes; 0 is one process without a master.
    """

    users: int
    seconds: float
    workers: int = 0


def free_port() -> int:
    """A TCP port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def users_files(plan: LoadPlan) -> str:
    """The locust files that apply, in locust's comma-separated form."""
    return ",".join(str(FOLDER / name) for name in plan.users_files)


def leading_arguments(plan: LoadPlan, options: LoadOptions, master_port: int) -> list[str]:
    """Arguments of the process that decides: the only one, or the master."""
    total = options.users + plan.hardware_users
    arguments = ["--headless", "--users", str(total), "--spawn-rate", str(max(total, 10))]
    arguments += ["--run-time", f"{max(round(options.seconds), 1)}s", "--stop-timeout", str(STOP_TIMEOUT_S)]
    arguments += ["--only-summary", "--exit-code-on-error", "0", "--locustfile", users_files(plan)]
    if options.workers:
        arguments += ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", str(master_port)]
        arguments += [
            "--expect-workers",
            str(options.workers),
            "--expect-workers-max-wait",
            str(int(STARTUP_S)),
        ]
    return arguments


def worker_arguments(plan: LoadPlan, master_port: int) -> list[str]:
    """Arguments of a worker process."""
    return ["--worker", "--master-port", str(master_port), "--locustfile", users_files(plan)]


@contextmanager
def locust(arguments: list[str], folder: Path, log: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """A locust process with its plan and folder in the environment."""
    variables = {
        PLAN_VARIABLE: str(folder / "plan.json"),
        FOLDER_VARIABLE: str(folder),
        "GEVENT_SUPPORT": "True",
        "PYTHONWARNINGS": "ignore",
    }
    with child(python_module("locust", *arguments), variables=variables, output=log, errors=log) as process:
        yield process


def watch(process: subprocess.Popen[str], folder: Path, deadline_s: float, progress: Progress | None) -> None:
    """Wait for the end and pass the progress on.

    Raises:
        Broken: locust did not end in time.
    """
    began = time.perf_counter()
    while process.poll() is None:
        if time.perf_counter() - began > deadline_s:
            raise Broken(f"the load did not end within {deadline_s:.0f} s")
        path = folder / "progress.json"
        if progress and path.exists():
            progress(json.loads(path.read_text(encoding="utf-8")))
        time.sleep(POLL_S)


def last_lines(log: Path, count: int = 3) -> str:
    """The end of locust's log, for the error message."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    return " | ".join([line for line in lines if line][-count:])


def run_load(plan: LoadPlan, options: LoadOptions, progress: Progress | None = None) -> LoadResult:
    """Put load on a cloud and measure it.

    Raises:
        Broken: locust could not start or wrote no result.
    """
    with tempfile.TemporaryDirectory(prefix="thingproof-load-") as name, ExitStack() as stack:
        folder = Path(name)
        write_plan(plan, folder / "plan.json")
        log_path = folder / "locust.log"
        log = stack.enter_context(log_path.open("w", encoding="utf-8"))
        port = free_port() if options.workers else 0
        leader = stack.enter_context(locust(leading_arguments(plan, options, port), folder, log))
        for _ in range(options.workers):
            stack.enter_context(locust(worker_arguments(plan, port), folder, log))
        watch(leader, folder, STARTUP_S + options.seconds + STOP_TIMEOUT_S + 10, progress)
        result_path = folder / "result.json"
        if leader.returncode != 0 or not result_path.exists():
            raise Broken(f"locust ended with exit code {leader.returncode}: {last_lines(log_path)}")
        return read_result(result_path, users=options.users + plan.hardware_users, workers=options.workers)


def default_workers() -> int:
    """No workers on a small machine: one process carries more load than one core of platform."""
    return 0 if (os.cpu_count() or 1) <= 2 else 2
