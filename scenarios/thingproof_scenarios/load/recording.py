"""Inside locust's process: write the progress every second and the result at the end.

Loaded by locust only. Both files are replaced as a whole, so a reader never sees half of one.
"""

import json
import os
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.runners import WorkerRunner

from thingproof_scenarios.load.plan import FOLDER_VARIABLE
from thingproof_scenarios.load.times import Times

PROGRESS_INTERVAL_S = 0.5
TIMES = Times()
REPORTED = "thingproof_times"
"""The member of locust's own report from worker to master that carries the times."""


def replace(name: str, content: dict[str, Any]) -> None:
    """Write a JSON file into the run's folder in one step."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    draft = folder / f"{name}.draft"
    draft.write_text(json.dumps(content), encoding="utf-8")
    draft.replace(folder / name)


def progress(environment: Any) -> dict[str, Any]:
    """Counters of this moment."""
    total = environment.stats.total
    return {
        "users": environment.runner.user_count,
        "requests": total.num_requests,
        "failures": total.num_failures,
        "per_second": total.total_rps,
    }


def result(environment: Any) -> dict[str, Any]:
    """The rows and failures as the command line reads them."""
    total = environment.stats.total
    return {
        "seconds": max((total.last_request_timestamp or 0.0) - total.start_time, 0.0),
        "rows": [
            {
                "name": entry.name,
                "kind": entry.method,
                "requests": entry.num_requests,
                "failures": entry.num_failures,
                "median_ms": TIMES.percentile(entry.method, entry.name, 0.5),
                "p95_ms": TIMES.percentile(entry.method, entry.name, 0.95),
                "p99_ms": TIMES.percentile(entry.method, entry.name, 0.99),
                "per_second": round(entry.total_rps, 2),
            }
            for entry in sorted(
                environment.stats.entries.values(), key=lambda entry: (entry.method, entry.name)
            )
        ],
        "failures": [
            {
                "name": error.name,
                "message": error.to_name().removeprefix(f"{error.method} {error.name}: "),
                "count": error.occurrences,
            }
            for error in environment.stats.errors.values()
        ],
    }


def write_progress(environment: Any) -> None:
    """Keep ``progress.json`` fresh for as long as the process lives."""
    while True:
        replace("progress.json", progress(environment))
        gevent.sleep(PROGRESS_INTERVAL_S)


def note_time(request_type: str, name: str, response_time: float, **_: Any) -> None:
    """Count the time of every answer."""
    TIMES.add(request_type, name, response_time)


def report_times(data: dict[str, Any], **_: Any) -> None:
    """A worker hands its times to the master."""
    data[REPORTED] = TIMES.take()


def merge_times(data: dict[str, Any], **_: Any) -> None:
    """The master adds them up."""
    TIMES.merge(data.get(REPORTED, []))


def start_recording(environment: Any, **_: Any) -> None:
    """One process writes: the only one, or the master."""
    if isinstance(environment.runner, WorkerRunner):
        return
    gevent.spawn(write_progress, environment)
    environment.events.quitting.add_listener(lambda **_: replace("result.json", result(environment)))


events.init.add_listener(start_recording)
events.request.add_listener(note_time)
events.report_to_master.add_listener(report_times)
events.worker_report.add_listener(merge_times)
