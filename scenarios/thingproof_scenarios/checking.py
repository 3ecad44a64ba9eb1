"""``thingproof check``: the conformance suite against a target, and its result for people and machines."""

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from thingproof_conformance.check import CheckOptions, CheckResult, Progress, run
from thingproof_conformance.verdicts import ExitCode
from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.reporting import write_reports
from thingproof_scenarios.steps import Steps
from thingproof_scenarios.terminal import pairs

AXES = ("operations", "events", "rules", "errors", "permissions")
MOST_FAILURES = 20
"""Failed cases a terminal shows; the report shows all."""
FINISHED = (ExitCode.CONFORMANT, ExitCode.NOT_CONFORMANT, ExitCode.PARTIAL)


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What to judge, as the command line says it. ``faults`` are in the harness's own form."""

    out: Path
    seed: int
    target: Path | None = None
    vendors: tuple[str, ...] = ()
    strict: bool = False
    readings: tuple[str, ...] = ()
    replay: str | None = None
    workers: str = "auto"
    faults: tuple[str, ...] = ()
    alluredir: Path | None = None
    junit: Path | None = None

    def options(self, progress: Callable[[Progress], None] | None) -> CheckOptions:
        """The same for the harness.

        Raises:
            Misuse: a number of workers that is none.
        """
        if self.workers != "auto" and not self.workers.isdecimal():
            raise Misuse(f"-n: {self.workers!r} is no number of workers", "give a number or auto")
        return CheckOptions(
            out=self.out,
            target=self.target,
            vendors=self.vendors,
            strict=self.strict,
            readings=self.readings,
            seed=self.seed,
            workers=None if self.workers == "auto" else int(self.workers),
            replay=self.replay,
            faults=self.faults,
            allure=self.alluredir,
            progress=progress,
        )


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """The harness's result with words for people."""

    result: CheckResult

    @property
    def exit_code(self) -> int:
        """0 1 2 3 4 6, as documented."""
        return int(self.result.exit_code)

    @property
    def verdict(self) -> str:
        """The verdict's word."""
        return str(self.result.verdict)

    def summary(self) -> str:
        """One line: the cases by verdict."""
        cases: dict[str, int] = {}
        for vendor in self.result.vendors.values():
            for verdict, count in vendor["cases"].items():
                cases[verdict] = cases.get(verdict, 0) + count
        told = ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in cases.items() if count)
        return told or self.result.message or "no case"

    def rows(self) -> list[tuple[str, str]]:
        """Names and values for a summary, coverage of every vendor included."""
        rows = [("verdict", self.verdict.replace("_", " ")), ("cases", self.summary())]
        for name, vendor in self.result.vendors.items():
            rows.append(
                (
                    name,
                    "covered: " + ", ".join(_covered(axis, vendor[axis]) for axis in AXES if axis in vendor),
                )
            )
        return rows


def _covered(axis: str, counts: Mapping[str, int]) -> str:
    """One axis of coverage in words; errors nothing can provoke are documented, not missing."""
    if axis == "operations":
        seen = f"accepting {counts['accepted']}, refusing {counts['refused']}"
        return f"{counts['covered']} of {counts['documented']} operations ({seen})"
    if axis == "errors":
        documented = f"{counts['documented']} documented"
        return f"{counts['covered']} of {counts['provokable']} provokable errors ({documented})"
    return f"{counts['covered']} of {counts['documented']} {axis}"


def describe(progress: Progress) -> str:
    """The progress as a line."""
    failed = progress.verdicts.get("failed", 0)
    selected = "" if progress.selected is None else f" of {progress.selected}"
    return f"{progress.finished}{selected} cases, {failed} failed"


def judge(request: CheckRequest, progress: Callable[[str], None] | None = None) -> CheckOutcome:
    """Run the suite.

    Raises:
        Misuse: an option or a target file makes no sense.
    """
    tell = None if progress is None else lambda now: progress(describe(now))
    result = run(request.options(tell))
    if result.exit_code is ExitCode.MISUSE:
        raise Misuse("check", result.message or "nothing to judge")
    if request.junit is not None and result.junit is not None:
        request.junit.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(result.junit, request.junit)
    return CheckOutcome(result)


def failures(run_file: Path) -> list[dict[str, Any]]:
    """The failed cases of a run file."""
    lines = (json.loads(line) for line in run_file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line.get("event") == "case.finished" and line["verdict"] == "failed"]


def show_failures(outcome: CheckOutcome, output: Console, most: int = MOST_FAILURES) -> None:
    """The failed cases with rule, line and the command that runs one again."""
    failed = failures(outcome.result.run_file) if outcome.result.run_file else []
    for row in failed[:most]:
        finding = row.get("finding") or {}
        output.print(f"FAILED {row['id']}", markup=False, soft_wrap=True)
        output.print(f"  {finding.get('message') or row.get('reason')}", markup=False, soft_wrap=True)
        output.print(
            f"  rule {finding.get('rule')}, line {finding.get('line')}", markup=False, soft_wrap=True
        )
        output.print(f"  {row.get('replay')}", markup=False, soft_wrap=True)
    if len(failed) > most:
        output.print(f"and {len(failed) - most} more failed cases: see the report")


def show(outcome: CheckOutcome, written: list[Path], output: Console) -> None:
    """The result for people: failures, then the numbers."""
    show_failures(outcome, output)
    report = next((path for path in written if path.suffix == ".html"), None)
    rows = outcome.rows()
    if report is not None:
        rows.append(("report", str(report.resolve())))
    pairs(output, rows)


def run_check(request: CheckRequest, *, as_json: bool, console: Console) -> int:
    """Judge, write the reports, print; the exit code."""
    steps = Steps(Console(stderr=True) if as_json else console, ("conformance",))
    with steps.shown(), steps.step("conformance") as step:
        outcome = judge(request, progress=step.say)
        step.say(outcome.summary())
        if outcome.exit_code:
            step.fail(outcome.summary())
    written = write_reports(outcome.result.run_file, request.out) if outcome.result.run_file else []
    if as_json:
        print(json.dumps(outcome.result.as_json()))
    else:
        show(outcome, written, console)
    if outcome.result.exit_code not in FINISHED and outcome.result.message:
        print(f"thingproof: {outcome.result.message}", file=sys.stderr)
    return outcome.exit_code
