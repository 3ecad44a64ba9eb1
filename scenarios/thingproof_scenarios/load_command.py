"""``thingproof load``: people and hardware against a target or an embedded platform, vendor after vendor."""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from thingproof_conformance.control import ControlClient
from thingproof_conformance.target import Target, TargetError, VendorPart, read_target
from thingproof_scenarios.load.locust_run import LoadOptions, run_load
from thingproof_scenarios.load.outcome import LoadResult
from thingproof_scenarios.load.plan import Crowd, LoadPlan
from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.stage import launch
from thingproof_scenarios.steps import Step, Steps
from thingproof_scenarios.terminal import table
from thingproof_scenarios.vendors import chosen, scenes


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What to do.

    Attributes:
        vendors: whose users, as named on the command line; empty for all the target has.
        crowd: how many of each vendor.
        seconds: how long, for each vendor.
        target: a running server's target file; None for the embedded platform.
        seed: root of the platform's random streams.
    """

    vendors: tuple[str, ...]
    crowd: Crowd
    seconds: float
    target: Path | None
    seed: int


def read_load_target(path: Path, wanted: Sequence[str]) -> Target:
    """A target file that has the wanted vendors.

    Raises:
        Misuse: the file's own error, or a vendor that is not in it.
    """
    try:
        target = read_target(path)
    except TargetError as error:
        raise Misuse("--target", str(error)) from error
    for vendor in wanted:
        if vendor not in target.vendors:
            named = ", ".join(target.vendors)
            raise Misuse(f"--target {path}: no vendors.{vendor}", f"add it, or choose of {named}")
    return target


def plan_for_target(target: Target, vendor: str, crowd: Crowd) -> LoadPlan:
    """A plan for a running server: seeded through its control surface, else with what its file names.

    Raises:
        Misuse: neither a control surface nor an account.
    """
    part = target.vendors[vendor]
    if target.control is None:
        try:
            return scenes(vendor).crowd_of_target(part)
        except Misuse as error:
            raise Misuse(f"{target.name}: {error.what}", error.remedy) from error
    if crowd.devices and part.mqtt is None:
        raise Misuse(f"{target.name}: no vendors.{vendor}.mqtt", "add it, or use --devices 0")
    control = ControlClient(target.control.url, target.control.token)
    try:
        return scenes(vendor).crowd(control, addresses(part), crowd, f"load-{secrets.token_hex(3)}")
    finally:
        control.close()


def addresses(part: VendorPart) -> dict[str, str]:
    """The servers of a vendor's part of a target file, by name."""
    found = {"url": part.url, "mqtt": part.mqtt, "mqtts": part.mqtts, "ws": part.ws, "wss": part.wss}
    return {name: url for name, url in found.items() if url is not None}


@contextmanager
def load_plans(request: LoadRequest) -> Iterator[dict[str, LoadPlan]]:
    """Each vendor's plan, for a target file or for an embedded platform that lives as long as the block."""
    if request.target is not None:
        target = read_load_target(request.target, request.vendors)
        vendors = chosen(request.vendors, target.vendors)
        yield {vendor: plan_for_target(target, vendor, request.crowd) for vendor in vendors}
        return
    vendors = chosen(request.vendors)
    with launch(["--seed", str(request.seed), "--vendors", ",".join(vendors)]) as platform:
        info: dict[str, Any] = platform.info
        control = ControlClient(info["control"]["url"], info["control"]["token"])
        try:
            plans = {
                vendor: scenes(vendor).crowd(control, info["vendors"][vendor], request.crowd, "load")
                for vendor in vendors
            }
        finally:
            control.close()
        yield plans


def step_name(vendor: str) -> str:
    """What a vendor's load is called among the steps."""
    return f"load {vendor}"


def put_load(plan: LoadPlan, options: LoadOptions, step: Step) -> LoadResult:
    """One vendor's load, told in its step; a failed request makes the step a failed one."""

    def progress(now: dict[str, Any]) -> None:
        step.say(f"{now['requests']} requests, {now['per_second']:.0f}/s, {now['failures']} failed")

    result = run_load(plan, options, progress)
    step.say(f"{result.requests} requests by {result.users} users, {result.failed} failed")
    if not result.passed:
        step.fail(step.text)
    return result


def show(vendor: str, result: LoadResult, output: Console) -> None:
    """The result for people."""
    numbers = ("requests", "failures", "median ms", "95 % ms", "99 % ms", "per s")
    rows = table(output, vendor, "kind", *numbers, right=numbers)
    for row in result.rows:
        times = [f"{value:.1f}" for value in (row.median_ms, row.p95_ms, row.p99_ms)]
        rows.add_row(
            row.name, row.kind, str(row.requests), str(row.failures), *times, f"{row.per_second:.1f}"
        )
    output.print(rows)
    for failure in result.failures:
        output.print(f"failed {failure.count} times: {failure.name}: {failure.message}", markup=False)
    output.print(
        f"{result.requests} requests, {result.failed} failed, {result.users} users, {result.seconds:.0f} s"
    )


def run_load_command(request: LoadRequest, *, as_json: bool, output: Console) -> int:
    """Put load on a target and print the results; the exit code."""
    options = LoadOptions(request.crowd.users, request.seconds, request.crowd.workers)
    results: dict[str, LoadResult] = {}
    with load_plans(request) as plans:
        steps = Steps(Console(stderr=True) if as_json else output, tuple(map(step_name, plans)))
        with steps.shown():
            for vendor, plan in plans.items():
                with steps.step(step_name(vendor)) as step:
                    results[vendor] = put_load(plan, options, step)
    if as_json:
        print(json.dumps({"loads": [result.to_event(vendor) for vendor, result in results.items()]}))
    else:
        for vendor, result in results.items():
            show(vendor, result, output)
    return 0 if all(result.passed for result in results.values()) else 1
