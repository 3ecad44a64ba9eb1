"""``thingproof run``: platform, live fleet, conformance, load, ledger against log, report."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console

from thingproof_contracts import VENDORS
from thingproof_scenarios.accounting import Account
from thingproof_scenarios.checking import CheckOutcome, CheckRequest, judge, show_failures
from thingproof_scenarios.defects import harness_fault
from thingproof_scenarios.durations import write_duration
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.ledger_check import balance_fleet
from thingproof_scenarios.load.locust_run import LoadOptions
from thingproof_scenarios.load.outcome import LoadResult
from thingproof_scenarios.load.plan import Crowd
from thingproof_scenarios.load_command import put_load, step_name
from thingproof_scenarios.plans import hurry
from thingproof_scenarios.problems import Broken
from thingproof_scenarios.reporting import write_reports
from thingproof_scenarios.run_file import add_events, simulation_event
from thingproof_scenarios.stage import Stage, open_stage
from thingproof_scenarios.steps import Step, Steps
from thingproof_scenarios.terminal import pairs
from thingproof_scenarios.vendors import scenes
from thingproof_sim.api import FleetPlan

FLEET = "fleets/house.yaml"
LOAD_DEVICES = 10
SHOWN_FAILURES = 5
HURRY = 20.0
"""The house lives so many times faster than a real one, so that half a minute shows its faults, too."""
STEPS = ("platform", "conformance", *map(step_name, VENDORS), "ledger", "report")
NOT_CONFORMANT = "not_conformant"


@dataclass(frozen=True, slots=True)
class JobOptions:
    """What to run.

    Attributes:
        out: folder for the results.
        seed: root of all random streams.
        faults: defects to put into the judged platform, as written on the command line.
        load_seconds: length of each vendor's load.
        users: people of each vendor's load.
        workers: conformance workers, a number or ``auto``.
        alluredir: folder for Allure results; None for none.
    """

    out: Path
    seed: int
    faults: tuple[str, ...]
    load_seconds: float
    users: int
    workers: str
    alluredir: Path | None = None

    @property
    def run_file(self) -> Path:
        """Where the event stream goes."""
        return self.out / "run.ndjson"


@dataclass(slots=True)
class JobResult:
    """What came out, filled step by step."""

    check: CheckOutcome | None = None
    loads: dict[str, LoadResult] = field(default_factory=dict)
    account: Account | None = None
    fleet_seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 when everything was done and nothing found."""
        return 1 if self.problems else 0

    @property
    def verdict(self) -> str:
        """The word for the whole job."""
        if self.check is None:
            return "harness_error"
        if self.problems and self.check.exit_code == 0:
            return NOT_CONFORMANT
        return self.check.verdict


def conformance(options: JobOptions, stage: Stage, step: Step, result: JobResult) -> None:
    """The whole suite, against embedded platforms of its own, defects included."""
    catalogue = stage.control.faults()["catalogue"]
    request = CheckRequest(
        seed=options.seed,
        workers=options.workers,
        out=options.out,
        faults=tuple(harness_fault(text, catalogue) for text in options.faults),
        alluredir=options.alluredir,
    )
    outcome = judge(request, progress=step.say)
    result.check = outcome
    step.say(outcome.summary())
    if outcome.exit_code:
        result.problems.append(f"conformance: {outcome.verdict.replace('_', ' ')}")
        step.fail(outcome.summary())


def load(vendor: str, options: JobOptions, stage: Stage, step: Step, result: JobResult) -> None:
    """A vendor's people and hardware by locust, on the platform the fleet lives on."""
    addresses = stage.platform.info["vendors"][vendor]
    plan = scenes(vendor).crowd(stage.control, addresses, Crowd(options.users, LOAD_DEVICES), "load")
    loaded = result.loads[vendor] = put_load(plan, LoadOptions(options.users, options.load_seconds), step)
    if not loaded.passed:
        result.problems.append(f"{step.name}: {loaded.failed} requests failed")


def ledger(plan: FleetPlan, stage: Stage, step: Step, result: JobResult) -> None:
    """What the devices know they sent, against the cloud's communication log."""
    assert stage.fleet is not None
    stage.fleet.stop()
    result.account = balance_fleet(stage.fleet, plan, stage.seeded, stage.application(), stage.control.clock)
    step.say(result.account.summary())
    if not result.account.balanced:
        result.problems.append(f"ledger: {result.account.summary()}")
        step.fail(result.account.summary())


@contextmanager
def going_on(steps: Steps, name: str, result: JobResult) -> Iterator[Step]:
    """A step whose breakdown is a problem of the job, not its end."""
    with steps.step(name) as step:
        try:
            yield step
        except Broken as error:
            step.fail(str(error))
            result.problems.append(f"{name}: {error}")


def events(options: JobOptions, plan: FleetPlan, result: JobResult) -> list[dict[str, Any]]:
    """The lines that fleet and load add to the event stream."""
    lines = []
    if result.account is not None:
        lines.append(
            simulation_event(result.account, fleet=plan.name, seed=options.seed, seconds=result.fleet_seconds)
        )
    lines += [loaded.to_event(vendor) for vendor, loaded in result.loads.items()]
    return lines


def play(options: JobOptions, plan: FleetPlan, steps: Steps) -> JobResult:
    """All steps up to the report."""
    result = JobResult()
    with ExitStack() as stack:
        with steps.step("platform") as first:
            stage = stack.enter_context(open_stage(plan, seed=options.seed))
            first.say(f"{len(plan.devices)} devices online at {stage.address('url')}")
        began = perf_counter()
        with going_on(steps, "conformance", result) as step:
            conformance(options, stage, step, result)
        for vendor in VENDORS:
            with going_on(steps, step_name(vendor), result) as step:
                load(vendor, options, stage, step, result)
        with going_on(steps, "ledger", result) as step:
            result.fleet_seconds = perf_counter() - began
            ledger(plan, stage, step, result)
    return result


def summary(options: JobOptions, result: JobResult, seconds: float, output: Console) -> None:
    """The last lines of the job."""
    rows = []
    if result.check is not None:
        rows += result.check.rows()
    rows += [
        (step_name(vendor), f"{loaded.requests} requests, {loaded.failed} failed")
        for vendor, loaded in result.loads.items()
    ]
    if result.account is not None:
        rows.append(("ledger", result.account.summary()))
    rows.append(("result", "; ".join(result.problems) or "conformant"))
    rows.append(("time", write_duration(seconds)))
    rows.append(("report", str((options.out / "report.html").resolve())))
    output.print()
    if result.check is not None:
        show_failures(result.check, output, SHOWN_FAILURES)
    pairs(output, rows)


def run_job(options: JobOptions, output: Console) -> int:
    """Run everything; the exit code."""
    began = perf_counter()
    plan = hurry(read_fleet(FLEET), HURRY)
    options.out.mkdir(parents=True, exist_ok=True)
    steps = Steps(output, STEPS)
    with steps.shown():
        result = play(options, plan, steps)
        with steps.step("report") as step:
            add_events(
                options.run_file,
                events(options, plan, result),
                verdict=result.verdict,
                seconds=perf_counter() - began,
                exit_code=result.exit_code,
            )
            written = write_reports(options.run_file, options.out)
            step.say(", ".join(path.name for path in written))
    summary(options, result, perf_counter() - began, output)
    return result.exit_code
