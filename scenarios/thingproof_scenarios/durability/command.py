"""``thingproof durability``: kill, restart, and count what is left."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from time import perf_counter, sleep
from typing import Any

from rich.console import Console

from thingproof_conformance.control import ControlClient
from thingproof_scenarios.accounting import Account
from thingproof_scenarios.durability.victims import Broker, Platform, Victim, broker_options
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.gizwits_application import GizwitsApplication
from thingproof_scenarios.ledger_check import balance_fleet
from thingproof_scenarios.live_fleet import live_fleet
from thingproof_scenarios.plans import multiply
from thingproof_scenarios.problems import Broken
from thingproof_scenarios.seeding import Seeded, seed_fleet
from thingproof_scenarios.steps import Steps
from thingproof_scenarios.terminal import pairs
from thingproof_sim.api import FleetPlan, LiveFleet

FLEET = "fleets/durability.yaml"
RECOVERY_S = 60.0
"""How long the fleet may need until it reports again."""
POLL_S = 0.05
ROUNDS_BETWEEN_KILLS = 5
"""At most so many reports of each device between two kills."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What to do: kill the victim so often while so many devices report."""

    kills: int
    victim: str
    devices: int
    seed: int


def acknowledged(fleet: LiveFleet) -> int:
    """Reports acknowledged so far, over all devices."""
    return sum(device.counters.acknowledged for device in fleet.devices)


def wait_for_reports(fleet: LiveFleet, count: int) -> None:
    """Wait until so many more reports were acknowledged.

    Raises:
        Broken: they were not.
    """
    goal = acknowledged(fleet) + count
    began = perf_counter()
    while acknowledged(fleet) < goal:
        if perf_counter() - began > RECOVERY_S:
            missing = goal - acknowledged(fleet)
            raise Broken(f"{missing} of {count} reports were not acknowledged within {RECOVERY_S:.0f} s")
        sleep(POLL_S)


def wait_for_short_queues(fleet: LiveFleet) -> None:
    """Wait until the devices have caught up, so that little is left unsent."""
    began = perf_counter()
    while sum(device.counters.queued for device in fleet.devices) > len(fleet.devices):
        if perf_counter() - began > RECOVERY_S:
            return
        sleep(POLL_S)


@contextmanager
def victim_of(experiment: Experiment, folder: Path) -> Iterator[Victim]:
    """The platform with a data directory, and what will be killed."""
    options = ["--data-dir", str(folder), "--seed", str(experiment.seed), *broker_options(experiment.victim)]
    platform = Platform(tuple(options))
    try:
        yield platform if experiment.victim == "platform" else Broker(platform.platform)
    finally:
        platform.platform.stop()


def control_of(victim: Victim) -> ControlClient:
    """The control surface of the platform that runs now."""
    return ControlClient(victim.platform.info["control"]["url"], victim.platform.info["control"]["token"])


def log_in(victim: Victim, seeded: Seeded) -> GizwitsApplication:
    """The account's application at the platform that runs now."""
    application = GizwitsApplication(victim.platform.info["vendors"]["gizwits"]["url"], seeded.app_id)
    application.login(seeded.accounts[0].username, seeded.accounts[0].password)
    return application


def seed(victim: Victim, plan: FleetPlan) -> Seeded:
    """Create the fleet's things."""
    with closing(control_of(victim)) as control:
        return seed_fleet(control, plan)


def count(victim: Victim, fleet: LiveFleet, plan: FleetPlan, seeded: Seeded) -> Account:
    """What the platform that runs now kept, against the ledger."""
    with closing(control_of(victim)) as control:
        return balance_fleet(fleet, plan, seeded, log_in(victim, seeded), control.clock)


def kill_again_and_again(experiment: Experiment, plan: FleetPlan, steps: Steps) -> Account:
    """The experiment itself."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="thingproof-durability-")))
        with steps.step("start") as step:
            victim = stack.enter_context(victim_of(experiment, folder))
            seeded = seed(victim, plan)
            mqtt = victim.platform.info["vendors"]["gizwits"]["mqtt"]
            fleet = stack.enter_context(live_fleet(plan, seeded.devices, mqtt, seed=experiment.seed))
            wait_for_reports(fleet, experiment.devices)
            step.say(f"{experiment.devices} devices report")
        with steps.step("kill") as step:
            chance = Random(experiment.seed)  # noqa: S311 (the moment of a kill is no secret)
            for number in range(1, experiment.kills + 1):
                victim.kill()
                wait_for_reports(fleet, experiment.devices * chance.randint(1, ROUNDS_BETWEEN_KILLS))
                step.say(f"{experiment.victim} killed {number} times, {acknowledged(fleet)} acknowledged")
        with steps.step("compare") as step:
            wait_for_short_queues(fleet)
            fleet.stop()
            account = count(victim, fleet, plan, seeded)
            step.say(account.summary())
            if not account.balanced:
                step.fail(account.summary())
    return account


def show(account: Account, experiment: Experiment, output: Console) -> None:
    """The numbers for people."""
    rows = [
        (name, str(getattr(account, name)))
        for name in ("sent", "acknowledged", "stored", "duplicated", "missing", "waiting")
    ]
    pairs(output, [(f"{experiment.victim} killed", f"{experiment.kills} times"), *rows])
    verdict = "is in raw_data exactly once" if account.balanced else "is NOT in raw_data exactly once"
    output.print(f"every acknowledged report {verdict}")


def to_json(account: Account, experiment: Experiment) -> dict[str, Any]:
    """The numbers for machines."""
    return {**asdict(experiment), **asdict(account), "balanced": account.balanced}


def run_durability(experiment: Experiment, *, as_json: bool, output: Console) -> int:
    """Run the experiment and print its outcome; the exit code."""
    broker_options(experiment.victim)
    plan = multiply(read_fleet(FLEET), experiment.devices)
    progress = Console(stderr=True) if as_json else output
    steps = Steps(progress, ("start", "kill", "compare"))
    with steps.shown():
        account = kill_again_and_again(experiment, plan, steps)
    if as_json:
        print(json.dumps(to_json(account, experiment)))
    else:
        show(account, experiment, output)
    return 0 if account.balanced else 1
