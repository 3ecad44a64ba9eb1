"""``thingproof run``: platform, live fleets, conformance, load, ledgers against the cloud, report."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console

from thingproof_conformance.control import ControlClient
from thingproof_scenarios.accounting import Account
from thingproof_scenarios.checking import CheckOutcome, CheckRequest, judge, show_failures
from thingproof_scenarios.defects import harness_fault
from thingproof_scenarios.durations import write_duration
from thingproof_scenarios.load.locust_run import LoadOptions
from thingproof_scenarios.load.outcome import LoadResult
from thingproof_scenarios.load.plan import Crowd
from thingproof_scenarios.load_command import put_load, step_name
from thingproof_scenarios.problems import Broken
from thingproof_scenarios.reporting import write_reports
from thingproof_scenarios.run_file import add_events, simulation_event
from thingproof_scenarios.stage import launch
from thingproof_scenarios.steps import Step, Steps
from thingproof_scenarios.terminal import pairs
from thingproof_scenarios.vendors import scenes
from thingproof_scenarios.vendors.scenes import Ground, Life

LOAD_DEVICES = 10
SHOWN_FAILURES = 5
NOT_CONFORMANT = "not_conformant"


def ledger_step(vendor: str) -> str:
    """What the balance of a vendor's fleet is called among the steps."""
    return f"ledger {vendor}"


def step_names(vendors: tuple[str, ...]) -> tuple[str, ...]:
    """All steps, in order."""
    each = (*map(step_name, vendors), *map(ledger_step, vendors))
    return ("platform", "conformance", *each, "report")


@dataclass(frozen=True, slots=True)
class JobOptions:
    """What to run.

    Attributes:
        out: folder for the results.
        vendors: whose suites, fleets and loads.
        seed: root of all random streams.
        faults: defects to put into the judged platform, as written on the command line.
        load_seconds: length of each vendor's load.
        users: people of each vendor's load.
        workers: conformance workers, a number or ``auto``.
        alluredir: folder for Allure results; None for none.
    """

    out: Path
    vendors: tuple[str, ...]
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
    accounts: dict[str, Account] = field(default_factory=dict)
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


def conformance(options: JobOptions, control: ControlClient, step: Step, result: JobResult) -> None:
    """The whole suite of each vendor, against embedded platforms of its own, defects included."""
    catalogue = control.faults()["catalogue"]
    request = CheckRequest(
        seed=options.seed,
        vendors=options.vendors,
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


def load(vendor: str, options: JobOptions, ground: Ground, step: Step, result: JobResult) -> None:
    """A vendor's people and hardware by locust, on the platform the fleet lives on."""
    crowd = Crowd(options.users, LOAD_DEVICES)
    plan = scenes(vendor).crowd(ground.control, ground.addresses, crowd, "load")
    loaded = result.loads[vendor] = put_load(plan, LoadOptions(options.users, options.load_seconds), step)
    if not loaded.passed:
        result.problems.append(f"{step.name}: {loaded.failed} requests failed")


def ledger(life: Life, step: Step, result: JobResult) -> None:
    """What the devices know they sent, against what the cloud has."""
    account = result.accounts[life.name] = life.balance()
    step.say(account.summary())
    if not account.balanced:
        result.problems.append(f"{step.name}: {account.summary()}")
        step.fail(account.summary())


@contextmanager
def going_on(steps: Steps, name: str, result: JobResult) -> Iterator[Step]:
    """A step whose breakdown is a problem of the job, not its end."""
    with steps.step(name) as step:
        try:
            yield step
        except Broken as error:
            step.fail(str(error))
            result.problems.append(f"{name}: {error}")


def events(options: JobOptions, result: JobResult) -> list[dict[str, Any]]:
    """The lines that fleets and loads add to the event stream."""
    fleets = [
        simulation_event(account, fleet=name, seed=options.seed, seconds=result.fleet_seconds)
        for name, account in result.accounts.items()
    ]
    return fleets + [loaded.to_event(vendor) for vendor, loaded in result.loads.items()]


def play(options: JobOptions, steps: Steps) -> JobResult:
    """All steps up to the report."""
    result = JobResult()
    with ExitStack() as stack:
        with steps.step("platform") as first:
            vendors = ",".join(options.vendors)
            platform = stack.enter_context(launch(["--seed", str(options.seed), "--vendors", vendors]))
            control = ControlClient(platform.info["control"]["url"], platform.info["control"]["token"])
            stack.callback(control.close)
            grounds = {
                vendor: Ground(control, addresses, options.seed, stack)
                for vendor, addresses in platform.info["vendors"].items()
            }
            lives = {vendor: scenes(vendor).alive(ground) for vendor, ground in grounds.items()}
            first.say(", ".join(f"{life.devices} devices of {life.name}" for life in lives.values()))
        began = perf_counter()
        with going_on(steps, "conformance", result) as step:
            conformance(options, control, step, result)
        for vendor, ground in grounds.items():
            with going_on(steps, step_name(vendor), result) as step:
                load(vendor, options, ground, step, result)
        result.fleet_seconds = perf_counter() - began
        for vendor, life in lives.items():
            with going_on(steps, ledger_step(vendor), result) as step:
                ledger(life, step, result)
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
    rows += [(f"ledger {name}", account.summary()) for name, account in result.accounts.items()]
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
    options.out.mkdir(parents=True, exist_ok=True)
    steps = Steps(output, step_names(options.vendors))
    with steps.shown():
        result = play(options, steps)
        with steps.step("report") as step:
            add_events(
                options.run_file,
                events(options, result),
                verdict=result.verdict,
                seconds=perf_counter() - began,
                exit_code=result.exit_code,
            )
            written = write_reports(options.run_file, options.out)
            step.say(", ".join(path.name for path in written))
    summary(options, result, perf_counter() - began, output)
    return result.exit_code
