"""A run's event stream, read and typed.

One JSON object a line. Events this version does not know are left out. A last line that was cut off, as a
killed run leaves it, is noted and left out; any other line that cannot be read is an error that names file
and line.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class RunFileError(ValueError):
    """A run file that cannot be read; the text names file, line and problem."""


class Started(msgspec.Struct):
    """How a run began."""

    at: str = ""
    thingproof: str = ""
    seed: int | None = None
    profile: str = "default"
    readings: dict[str, str] = {}
    target: dict[str, Any] = {}
    vendors: list[str] = []


class Documented(msgspec.Struct):
    """Everything a vendor's document states."""

    vendor: str
    title: str = ""
    seed_document: str = ""
    operations: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    rules: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    contradictions: list[dict[str, Any]] = []


class Case(msgspec.Struct):
    """One case and its verdict."""

    id: str
    vendor: str = ""
    operation: str = ""
    title: str = ""
    kind: str = ""
    evidence: str = ""
    contradiction: str | None = None
    rules: list[str] = []
    errors: list[int | str] = []
    events: list[str] = []
    permission: dict[str, str] | None = None
    verdict: str = "inconclusive"
    reason: str | None = None
    seconds: float = 0.0
    node: str = ""
    finding: dict[str, Any] | None = None
    exchanges: list[dict[str, Any]] = []
    frames: list[dict[str, Any]] = []
    curl: list[str] = []
    replay: str | None = None


class Coverage(msgspec.Struct):
    """What was observed of one vendor."""

    vendor: str
    exchanges: list[dict[str, Any]] = []
    rules_observed: list[str] = []
    errors_observed: list[int | str] = []
    events_observed: list[str] = []


class Simulation(msgspec.Struct):
    """What a fleet sent and what arrived."""

    fleet: str = ""
    seed: int | None = None
    trace_hash: str | None = None
    devices: int = 0
    sent: int = 0
    acknowledged: int = 0
    stored: int = 0
    lost: dict[str, int] = {}
    seconds: float = 0.0


class Load(msgspec.Struct):
    """What a load test measured."""

    vendor: str = ""
    users: int = 0
    seconds: float = 0.0
    workers: int = 0
    rows: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []


class Finished(msgspec.Struct):
    """How a run ended."""

    verdict: str = "unfinished"
    seconds: float = 0.0
    exit_code: int | None = None
    reason: str | None = None


class Run(msgspec.Struct):
    """One run, complete."""

    file: str
    started: Started
    finished: Finished
    documented: dict[str, Documented] = {}
    cases: list[Case] = []
    coverage: dict[str, Coverage] = {}
    simulations: list[Simulation] = []
    loads: list[Load] = []
    notes: list[str] = []


def read(path: Path) -> Run:
    """The run of a file.

    Raises:
        RunFileError: no such file, not text, or a line that is no event.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RunFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise RunFileError(f"{path}: is no UTF-8 text; give the run.ndjson of a run") from None
    run = Run(str(path), Started(), Finished())
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    for number, line in numbered:
        try:
            _take(run, json.loads(line))
        except (ValueError, TypeError, KeyError) as error:
            if number == numbered[-1][0] and not isinstance(error, msgspec.ValidationError):
                run.notes.append(f"line {number} was cut off; the run did not end by itself")
                break
            raise RunFileError(f"{path}:{number}: is no event: {error}") from None
    if not numbered:
        raise RunFileError(f"{path}: is empty; run `thingproof check` first")
    if run.finished.verdict == "unfinished":
        run.notes.append("the run has no end; what is shown is what was written until then")
    return run


def _take(run: Run, event: Any) -> None:
    """Put one event where it belongs."""
    if not isinstance(event, dict):
        raise TypeError("the line holds no JSON object")
    name = event["event"]
    if name == "run.started":
        run.started = msgspec.convert(event, Started)
    elif name == "run.finished":
        run.finished = msgspec.convert(event, Finished)
    elif name == "documented":
        documented = msgspec.convert(event, Documented)
        run.documented[documented.vendor] = documented
    elif name == "case.finished":
        run.cases.append(msgspec.convert(event, Case))
    elif name == "coverage":
        coverage = msgspec.convert(event, Coverage)
        run.coverage[coverage.vendor] = coverage
    elif name == "simulation.finished":
        run.simulations.append(msgspec.convert(event, Simulation))
    elif name == "load.finished":
        run.loads.append(msgspec.convert(event, Load))
