"""``devdata latest`` of the platform against a bare handler that returns the same bytes."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from thingproof_scenarios.bench.http_rate import Target, prepare, rate
from thingproof_scenarios.bench.mqtt import Stopwatch, reporting_device
from thingproof_scenarios.bench.results import Measurement, median_ratio
from thingproof_scenarios.children import child, python_module
from thingproof_scenarios.problems import Broken
from thingproof_scenarios.stage import Stage

WARM_UP_S = 0.5


@contextmanager
def bare_server(body: bytes) -> Iterator[str]:
    """The base URL of a child process that answers the bytes to everything."""
    with tempfile.TemporaryDirectory(prefix="thingproof-bench-") as folder:
        path = Path(folder) / "body.json"
        path.write_bytes(body)
        command = python_module("thingproof_scenarios.bench.bare_server", str(path))
        with child(command, output=subprocess.PIPE) as process:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            if not port:
                raise Broken("the bare server did not start")
            yield f"http://127.0.0.1:{port}"


def interleaved(
    targets: tuple[Target, Target], rounds: int, seconds: float
) -> tuple[list[float], list[float]]:
    """Rates of two targets, measured in turn so that a disturbance hits both."""
    for target in targets:
        rate(target, WARM_UP_S)
    pairs = [(rate(targets[0], seconds), rate(targets[1], seconds)) for _ in range(rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def report_once(stage: Stage) -> None:
    """Give the platform a latest value to answer with."""
    watch = Stopwatch()
    with reporting_device(stage, stage.seeded.devices[0], watch) as reporter:
        reporter.report()
        watch.wait(lambda: len(watch.stored) == 1)


def measure_http(stage: Stage, *, rounds: int, seconds: float) -> Measurement:
    """Requests per second of both, and the median ratio of the rounds."""
    report_once(stage)
    path = f"/app/devdata/{stage.seeded.devices[0].did}/latest"
    headers = {"X-Gizwits-Application-Id": stage.seeded.app_id, "Accept": "*/*"}
    url = stage.address("url") + path
    body = urllib3.request("GET", url, headers=headers, timeout=10).data
    with bare_server(body) as bare:
        ours, floor = interleaved((prepare(url, headers), prepare(bare + path, headers)), rounds, seconds)
    ratio = median_ratio(ours, floor)
    values = {"ratio": ratio, "per_second": max(ours), "bare_per_second": max(floor), "rounds": float(rounds)}
    text = f"{ratio:.2f} of a bare aiohttp handler ({max(ours):.0f} against {max(floor):.0f} requests/s)"
    return Measurement("devdata_latest", text, values)
