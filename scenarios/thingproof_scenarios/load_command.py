"""``thingproof load``: application users and devices against a target or the embedded platform."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from thingproof_conformance.control import ControlClient
from thingproof_conformance.target import Target, TargetError, read_target
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.load.locust_run import LoadOptions, run_load
from thingproof_scenarios.load.outcome import LoadResult
from thingproof_scenarios.load.plan import Account, LoadDevice, LoadPlan
from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.seeding import PASSWORD, Seeder, device_id, identifier, mqtt_address, passcode
from thingproof_scenarios.stage import launch
from thingproof_scenarios.steps import Steps
from thingproof_scenarios.terminal import table

FLEET = "fleets/house.yaml"
"""Load devices take their products from this fleet, in turn."""
VENDOR = "gizwits"


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many take part. ``devices`` is the number played at the same time, over all workers."""

    users: int
    devices: int
    workers: int

    @property
    def pools(self) -> int:
        """Pools of devices: one for each process that plays some."""
        return max(self.workers, 1)


def seed_crowd(control: Seeder, crowd: Crowd, *, label: str) -> LoadPlan:
    """Create an application, accounts and device pools in a platform; a plan without addresses.

    Account number j is bound to one device of each pool, counted from the front, because locust spreads the
    devices evenly over its workers and each worker plays the front of its own pool.
    """
    products = [dict(product) for product in read_fleet(FLEET).products.values()]
    app_id = identifier("application", label)
    accounts = tuple(Account(f"{label}-{number}", PASSWORD) for number in range(crowd.users))
    devices = tuple(
        LoadDevice(
            device_id(label, str(number)), passcode(label, str(number)), products[number % len(products)]
        )
        for number in range(crowd.devices * crowd.pools)
    )
    front = max(-(-crowd.devices // crowd.pools), 1)
    bindings = [
        {"username": account.username, "did": devices[pool * crowd.devices + number % front].did}
        for number, account in enumerate(accounts)
        for pool in range(crowd.pools)
        if crowd.devices
    ]
    control.seed(
        VENDOR,
        {
            "applications": [{"app_id": app_id, "app_secret": identifier("secret", label)}],
            "products": products,
            "devices": [
                {
                    "product_key": device.product["product_key"],
                    "mac": f"02{identifier('mac', label, str(number))[:10]}",
                    "did": device.did,
                    "passcode": device.passcode,
                }
                for number, device in enumerate(devices)
            ],
            "users": [
                {"app_id": app_id, "username": row.username, "password": row.password} for row in accounts
            ],
            "bindings": bindings,
        },
    )
    return LoadPlan(
        url="", app_id=app_id, accounts=accounts, devices=devices, devices_per_worker=crowd.devices
    )


def addressed(plan: LoadPlan, url: str, mqtt: str) -> LoadPlan:
    """The plan with the addresses of a cloud."""
    host, port = mqtt_address(mqtt)
    return replace(plan, url=url.rstrip("/"), mqtt_host=host, mqtt_port=port)


def read_load_target(path: Path) -> Target:
    """A target file with a Gizwits part.

    Raises:
        Misuse: the file's own error, or no Gizwits in it.
    """
    try:
        target = read_target(path)
    except TargetError as error:
        raise Misuse("--target", str(error)) from error
    if VENDOR not in target.vendors:
        raise Misuse(f"--target {path}: no vendors.{VENDOR}", "this version puts load on gizwits only")
    return target


def plan_for_target(target: Target, crowd: Crowd) -> LoadPlan:
    """A plan for a running server: seeded through its control surface, else with the account it names.

    Raises:
        Misuse: neither a control surface nor an account.
    """
    part = target.vendors[VENDOR]
    if target.control is not None:
        if crowd.devices and part.mqtt is None:
            raise Misuse(f"{target.name}: no vendors.{VENDOR}.mqtt", "add it, or use --devices 0")
        control = ControlClient(target.control.url, target.control.token)
        try:
            plan = seed_crowd(control, crowd, label=f"load-{secrets.token_hex(3)}")
        finally:
            control.close()
        return addressed(plan, part.url, part.mqtt or "")
    missing = [name for name in ("app_id", "username", "password") if not part.values.get(name)]
    if missing:
        raise Misuse(
            f"{target.name}: no control surface and no vendors.{VENDOR}.{', '.join(missing)}",
            "name an account to log in with, or the control surface to create some",
        )
    account = Account(part.values["username"], part.values["password"])
    return LoadPlan(url=part.url.rstrip("/"), app_id=part.values["app_id"], accounts=(account,))


@contextmanager
def load_plan(target: Path | None, crowd: Crowd, *, seed: int) -> Iterator[LoadPlan]:
    """The plan for a target file, or for an embedded platform that lives as long as the block."""
    if target is not None:
        yield plan_for_target(read_load_target(target), crowd)
        return
    with launch(["--seed", str(seed)]) as platform:
        info: dict[str, Any] = platform.info
        control = ControlClient(info["control"]["url"], info["control"]["token"])
        try:
            plan = seed_crowd(control, crowd, label="load")
        finally:
            control.close()
        yield addressed(plan, info["vendors"][VENDOR]["url"], info["vendors"][VENDOR]["mqtt"])


def options_of(crowd: Crowd, seconds: float) -> LoadOptions:
    """Locust's part of the options."""
    return LoadOptions(users=crowd.users, seconds=seconds, workers=crowd.workers)


def show(result: LoadResult, output: Console) -> None:
    """The result for people."""
    numbers = ("requests", "failures", "median ms", "95 % ms", "99 % ms", "per s")
    rows = table(output, "request", "kind", *numbers, right=numbers)
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


def run_load_command(
    target: Path | None, crowd: Crowd, seconds: float, *, seed: int, as_json: bool, output: Console
) -> int:
    """Put load on a target and print the result; the exit code."""
    steps = Steps(Console(stderr=True) if as_json else output, ("load",))
    with steps.shown(), load_plan(target, crowd, seed=seed) as plan, steps.step("load") as step:

        def progress(now: dict[str, Any]) -> None:
            step.say(f"{now['requests']} requests, {now['per_second']:.0f}/s, {now['failures']} failed")

        result = run_load(plan, options_of(crowd, seconds), progress)
        step.say(f"{result.requests} requests, {result.failed} failed")
        if not result.passed:
            step.fail(step.text)
    if as_json:
        print(json.dumps(result.to_event(VENDOR)))
    else:
        show(result, output)
    return 0 if result.passed else 1
