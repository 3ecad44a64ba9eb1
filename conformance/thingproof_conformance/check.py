"""Judge a target from a program: runs the suites in a pytest child process and reads its event stream."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thingproof_conformance import stream, wallclock
from thingproof_conformance.options import DEFAULT_SEED, read_fault, read_reading
from thingproof_conformance.plugin import STREAMS
from thingproof_conformance.stream import StreamReader
from thingproof_conformance.summary import summarise
from thingproof_conformance.target import Target, read_target
from thingproof_conformance.verdicts import ExitCode, Overall
from thingproof_contracts import VENDORS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SUITES = "thingproof_conformance.suites"
POLL_S = 0.1
STOP_TIMEOUT_S = 15.0
VERDICT_OF = {
    ExitCode.CONFORMANT: Overall.CONFORMANT,
    ExitCode.NOT_CONFORMANT: Overall.NOT_CONFORMANT,
    ExitCode.MISUSE: Overall.MISUSE,
    ExitCode.UNREACHABLE: Overall.UNREACHABLE,
    ExitCode.PARTIAL: Overall.PARTIAL,
}


@dataclass(slots=True)
class Progress:
    """How far a check is: cases selected (None until known), cases by verdict, the last finished row."""

    selected: int | None = None
    verdicts: Counter[str] = field(default_factory=Counter)
    last: Mapping[str, Any] | None = None

    @property
    def finished(self) -> int:
        """Cases judged so far."""
        return self.verdicts.total()


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What to judge and how; the fields are the options of `thingproof check`."""

    out: Path = Path("thingproof-report")
    target: Path | None = None
    vendors: tuple[str, ...] = ()
    strict: bool = False
    readings: tuple[str, ...] = ()
    """`ID=letter` each."""
    seed: int = DEFAULT_SEED
    workers: int | None = None
    """Processes; None picks one per core, or one alone where the target's clock is shared."""
    select: str | None = None
    """pytest's -k expression."""
    replay: str | None = None
    faults: tuple[str, ...] = ()
    """`NAME` or `NAME:PARAMETER=VALUE,...` each, on for the whole run."""
    allure: Path | None = None
    suites: tuple[str, ...] = (SUITES,)
    progress: Callable[[Progress], None] | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How a check ended; `message` says why when it did not end with a verdict about the target."""

    verdict: Overall
    exit_code: ExitCode
    seconds: float
    vendors: dict[str, dict[str, Any]]
    message: str | None = None
    output: str = field(default="", repr=False)
    """What pytest printed."""
    run_file: Path | None = None
    junit: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """The object `thingproof check --json` prints."""
        return {"verdict": str(self.verdict), "seconds": round(self.seconds, 3), "vendors": self.vendors}


def run(options: CheckOptions) -> CheckResult:
    """Judge a target; leaves run.ndjson and junit.xml in `options.out`."""
    began = wallclock.elapsed()
    try:
        target = _validated(options)
        options.out.mkdir(parents=True, exist_ok=True)
    except (ValueError, OSError) as error:
        return CheckResult(Overall.MISUSE, ExitCode.MISUSE, wallclock.elapsed() - began, {}, str(error))
    run_file = options.out.resolve() / "run.ndjson"
    junit = options.out.resolve() / "junit.xml"
    for stale in (run_file, junit):
        stale.unlink(missing_ok=True)
    code, output = _pytest(_arguments(options, target, run_file, junit), run_file, options.progress)
    rows = stream.read(run_file) if run_file.exists() else []
    if options.progress is not None and rows:
        options.progress(_complete(rows))
    finished = next((row for row in rows if row["event"] == "run.finished"), None)
    verdict, exit_code = _verdict(code, finished)
    return CheckResult(
        verdict,
        exit_code,
        wallclock.elapsed() - began,
        summarise(rows),
        (finished or {}).get("reason") or _last_words(exit_code, output),
        output,
        run_file if rows else None,
        junit if junit.exists() else None,
    )


def _validated(options: CheckOptions) -> Target | None:
    """Refuse what makes no sense before a process is started."""
    for name in options.vendors:
        if name not in VENDORS:
            raise ValueError(f"--vendor: {name!r} is unknown; write one of {', '.join(VENDORS)}")
    for text in options.readings:
        read_reading(text)
    for text in options.faults:
        read_fault(text)
    if options.workers is not None and options.workers < 1:
        raise ValueError(f"--workers: {options.workers} is too few; write 1 or more")
    return read_target(options.target) if options.target is not None else None


def _arguments(options: CheckOptions, target: Target | None, run_file: Path, junit: Path) -> list[str]:
    """The command line of the pytest child; it reads no configuration of the current folder."""
    arguments = ["-c", os.devnull, "--rootdir", str(Path(__file__).parent), "-p", "no:cacheprovider", "-q"]
    arguments += ["--import-mode=importlib", "--run-file", str(run_file), "--junitxml", str(junit)]
    arguments += ["--seed", str(options.seed)]
    for plugin in ("thingproof", "xdist", "allure_pytest"):
        arguments += ["-p", plugin]
    if options.target is not None:
        arguments += ["--target", str(options.target.resolve())]
    for flag, values in (
        ("--vendor", options.vendors),
        ("--reading", options.readings),
        ("--fault", options.faults),
    ):
        for value in values:
            arguments += [flag, value]
    if options.strict:
        arguments.append("--strict-readings")
    if options.select is not None:
        arguments += ["-k", options.select]
    if options.replay is not None:
        arguments += ["--replay", options.replay]
    if options.allure is not None:
        arguments += ["--alluredir", str(options.allure.resolve())]
    workers = 1 if options.replay is not None else _workers(options, target)
    if workers > 1:
        arguments += ["-n", str(workers), "--dist", "worksteal"]
    return [*arguments, "--pyargs", *options.suites]


def _workers(options: CheckOptions, target: Target | None) -> int:
    """Workers would move each other's clock at one shared target; the embedded platform is one each."""
    if options.workers is not None:
        return options.workers
    if target is not None and target.control is not None:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _pytest(
    arguments: list[str], run_file: Path, progress: Callable[[Progress], None] | None
) -> tuple[int, str]:
    """Run pytest, telling the progress; gives its exit code and output."""
    # Only the plugins named on the command line are loaded: others cost time and may interfere.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "pytest", *arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        try:
            _follow(process, Path(f"{run_file}{STREAMS}"), progress)
        except BaseException:
            _stop(process)
            raise
        log.seek(0)
        return process.returncode, log.read().decode("utf-8", "replace")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the child and all it started, cleanly if it can."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _follow(
    process: subprocess.Popen[bytes], streams: Path, progress: Callable[[Progress], None] | None
) -> None:
    if progress is None:
        process.wait()
        return
    reader, state = StreamReader(streams), Progress()
    while True:
        ended = wallclock.wait_until(lambda: process.poll() is not None, POLL_S, POLL_S / 4)
        for row in reader.new_rows():
            if row["event"] == "collected":
                state.selected = row["cases"]
            elif row["event"] == "case.finished":
                state.verdicts[row["verdict"]] += 1
                state.last = row
        progress(state)
        if ended:
            return


def _complete(rows: list[dict[str, Any]]) -> Progress:
    """The progress at the end, from the merged stream: the workers' own files are gone by then."""
    cases = [row for row in rows if row["event"] == "case.finished"]
    return Progress(len(cases), Counter(row["verdict"] for row in cases), cases[-1] if cases else None)


def _verdict(code: int, finished: Mapping[str, Any] | None) -> tuple[Overall, ExitCode]:
    """The verdict of the stream; without one pytest's exit code tells how far it came."""
    if finished is not None:
        return Overall(finished["verdict"]), ExitCode(finished["exit_code"])
    known = code in {ExitCode.MISUSE, ExitCode.UNREACHABLE}
    exit_code = ExitCode(code) if known else ExitCode.HARNESS_ERROR
    return VERDICT_OF.get(exit_code, Overall.HARNESS_ERROR), exit_code


def _last_words(exit_code: ExitCode, output: str) -> str | None:
    """The end of pytest's output, when there is no verdict about the target to show."""
    if exit_code in {ExitCode.CONFORMANT, ExitCode.NOT_CONFORMANT, ExitCode.PARTIAL}:
        return None
    return "\n".join(output.strip().splitlines()[-15:]) or "pytest said nothing"
