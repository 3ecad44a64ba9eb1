"""``thingproof defects``: does the suite notice? Each defect of the platform is switched on in turn."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from time import sleep
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from thingproof_conformance.control import ControlClient
from thingproof_conformance.defect_hunt import FOUND
from thingproof_contracts import Contract, load
from thingproof_scenarios.problems import Broken, Misuse
from thingproof_scenarios.stage import launch
from thingproof_scenarios.terminal import pairs, table
from thingproof_scenarios.vendors import scenes

CONDITION = "condition"
"""Faults of this class provoke documented refusals; they are no defects."""
SUITES = "thingproof_conformance.suites"
POLL_S = 0.2
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect to switch on: `option` is what the harness takes, `tags` are looked at first."""

    option: str
    class_: str
    text: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a defect was caught, and by which case.

    `unreliable` are cases that failed, but not only because of the defect: they catch nothing.
    """

    defect: Defect
    case: str | None
    unreliable: tuple[str, ...] = ()

    @property
    def caught(self) -> bool:
        """Did a case fail?"""
        return self.case is not None


@dataclass(frozen=True, slots=True)
class Strength:
    """All verdicts of a run."""

    vendor: str
    verdicts: tuple[Verdict, ...]

    @property
    def missed(self) -> list[Defect]:
        """What no case noticed."""
        return [verdict.defect for verdict in self.verdicts if not verdict.caught]

    def classes(self) -> dict[str, tuple[int, int]]:
        """Caught and all, by class."""
        found: dict[str, tuple[int, int]] = {}
        for verdict in self.verdicts:
            caught, every = found.get(verdict.defect.class_, (0, 0))
            found[verdict.defect.class_] = (caught + verdict.caught, every + 1)
        return dict(sorted(found.items()))

    def to_json(self) -> dict[str, Any]:
        """One object for machines."""
        caught = len(self.verdicts) - len(self.missed)
        return {
            "vendor": self.vendor,
            "defects": len(self.verdicts),
            "caught": caught,
            "share": round(caught / len(self.verdicts), 4),
            "classes": {name: {"caught": pair[0], "of": pair[1]} for name, pair in self.classes().items()},
            "missed": [{"defect": each.option, "what": each.text} for each in self.missed],
            "unreliable": sorted({case for row in self.verdicts for case in row.unreliable}),
            "caught_by": {row.defect.option: row.case for row in self.verdicts if row.caught},
        }


def catalogue(vendor: str) -> list[Defect]:
    """Every defect of a vendor: its own list, and those of the form of each operation's answer."""
    with launch(["--seed", "7", "--vendors", vendor]) as platform:
        control = ControlClient(platform.info["control"]["url"], platform.info["control"]["token"])
        rows = control.faults()["catalogue"]
        control.close()
    contract, untouched = load(vendor), scenes(vendor).untouched
    defects = [row for row in rows if row["class"] != CONDITION and row["name"] not in untouched]
    return [defect for row in defects for defect in _variants(contract, row)]


def _variants(contract: Contract, row: Mapping[str, Any]) -> Iterator[Defect]:
    """A fault with the parameters it is tried with."""
    name, class_, text = str(row["name"]), str(row["class"]), str(row["text"])
    if "operation" in row["parameters"] and len(row["parameters"]) > 1:
        for operation in contract.operations.values():
            for parameters in _of_operation(contract, operation.id, name):
                option = f"{name}:operation={operation.id}" + (f",{parameters}" if parameters else "")
                yield Defect(option, class_, f"{text} ({operation.id})", (operation.tag,))
        return
    for parameters in scenes(contract.vendor).variants.get(name, ("",)):
        option = f"{name}:{parameters}" if parameters else name
        yield Defect(option, class_, text, tuple(row["tags"]))


def _of_operation(contract: Contract, operation: str, fault: str) -> list[str]:
    """The parameters beside the operation; none when the fault cannot concern its answer."""
    if fault == "wrong_status":
        return ["status=418"]
    if fault == "wrong_code":
        return (
            []
            if not contract.operations[operation].errors
            else [f"code={scenes(contract.vendor).wrong_code}"]
        )
    path = _required_member(next(iter(contract.operations[operation].responses.values())))
    return [] if path is None else [f"field={path}"]


def _required_member(schema: Mapping[str, Any] | None) -> str | None:
    """The path of the last member that an answer has to have, the deepest first: `devices[].role`."""
    if not schema:
        return None
    if schema.get("type") == "array":
        return _required_member(schema.get("items"))
    required = schema.get("required") or []
    if not required:
        whole = (each for each in schema.get("anyOf", ()) if "properties" in each)
        return _required_member(next(whole, None))
    name = required[-1]
    inner = schema["properties"][name]
    if inner.get("type") == "array" and (below := _required_member(inner.get("items"))):
        return f"{name}[].{below}"
    below = _required_member(inner) if inner.get("type") == "object" else None
    return f"{name}.{below}" if below else str(name)


def chosen(defects: Sequence[Defect], only: Sequence[str], classes: Sequence[str]) -> list[Defect]:
    """The defects asked for by name (with or without parameters) and class; all without both.

    Raises:
        Misuse: an unknown name or class.
    """
    names = {defect.option.partition(":")[0] for defect in defects}
    options = {defect.option for defect in defects}
    for name in only:
        if name not in names | options:
            close = get_close_matches(name, sorted(names), 1)
            remedy = f"did you mean {close[0]}?" if close else f"one of {', '.join(sorted(names))}"
            raise Misuse(f"--only {name}: no such defect", remedy)
    known = sorted({defect.class_ for defect in defects})
    for class_ in classes:
        if class_ not in known:
            raise Misuse(f"--class {class_}: no such class", f"one of {', '.join(known)}")
    return [
        defect
        for defect in defects
        if (not only or {defect.option, defect.option.partition(":")[0]} & set(only))
        and (not classes or defect.class_ in classes)
    ]


def modules(vendor: str, tags: Iterable[str]) -> list[str]:
    """The suites of these tags, as modules."""
    folder = files(SUITES).joinpath(vendor)
    names = sorted(entry.name.removesuffix(".py") for entry in folder.iterdir())
    known = {operation.tag for operation in load(vendor).operations.values()}
    wanted = [name for tag in tags for name in names if _tag_of(name, known) == tag]
    wanted += [name for tag in tags for name in scenes(vendor).near_suites.get(tag, ()) if name in names]
    return [f"{SUITES}.{vendor}.{name}" for name in dict.fromkeys(wanted)]


def _tag_of(suite: str, tags: Iterable[str]) -> str:
    """The tag of a suite: `test_device_route_bulk` is of `device_route`, not of `device`; empty without."""
    fitting = (tag for tag in tags if suite == f"test_{tag}" or suite.startswith(f"test_{tag}_"))
    return max(fitting, key=len, default="")


def judge(
    vendor: str, defects: Sequence[Defect], workers: int, output: Console, suites: str = SUITES
) -> Strength:
    """Try all defects on cases of the suites, shared out to several platforms, and show how far it is.

    Raises:
        Broken: the harness failed.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    verdicts: dict[Defect, Verdict] = {}
    shares = [share for share in (defects[number::workers] for number in range(workers)) if share]
    with (
        tempfile.TemporaryDirectory(prefix="thingproof-defects-") as folder,
        ExitStack() as running,
        Progress(*columns, console=output, transient=True, disable=not output.is_terminal) as progress,
    ):
        task = progress.add_task("trying defects", total=len(defects))
        hunts = [
            running.enter_context(Hunt(vendor, share, Path(folder) / f"hunt-{number}.json", suites))
            for number, share in enumerate(shares)
        ]
        while len(verdicts) < len(defects):
            for verdict in [verdict for hunt in hunts for verdict in hunt.news()]:
                verdicts[verdict.defect] = verdict
                progress.advance(task)
                for case in verdict.unreliable:
                    output.print(f"fails without a defect, too  {case}", markup=False, soft_wrap=True)
                if not verdict.caught:
                    output.print(f"missed  {verdict.defect.option}", markup=False, soft_wrap=True)
            sleep(POLL_S)
    return Strength(vendor, tuple(verdicts[defect] for defect in defects))


class Hunt:
    """One process of the harness that tries its share of the defects on a platform of its own.

    Args:
        vendor: whose suites run.
        defects: what to try, in this order.
        plan: the file the process is told in; its findings go beside it.
        suites: the package or module of the cases.
    """

    def __init__(self, vendor: str, defects: Sequence[Defect], plan: Path, suites: str) -> None:
        self._defects = defects
        self._found = plan.with_name(plan.name + FOUND)
        self._told = 0
        rows = [{"fault": each.option, "near": modules(vendor, each.tags)} for each in defects]
        plan.write_text(json.dumps(rows), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-p", "thingproof_conformance.defect_hunt"]
        command += ["--hunt", str(plan), "--pyargs", suites, "--vendor", vendor]
        command += ["-q", "-p", "no:cacheprovider", "--no-header", "--tb=no"]
        self._said = plan.with_suffix(".log").open("w+", encoding="utf-8")
        where = {"cwd": plan.parent, "stdout": self._said, "stderr": subprocess.STDOUT}
        self._process = subprocess.Popen(command, **where)  # type: ignore[call-overload] # noqa: S603 - fixed words

    def news(self) -> list[Verdict]:
        """Verdicts since the last call; Broken when the process ended before it had tried everything."""
        ended = self._process.poll()
        lines = self._found.read_text("utf-8").splitlines() if self._found.exists() else []
        fresh = [json.loads(line) for line in lines[self._told :] if line.endswith("}")]
        verdicts = [
            Verdict(self._defects[self._told + number], row["case"], tuple(row["unreliable"]))
            for number, row in enumerate(fresh)
        ]
        self._told += len(fresh)
        if ended is not None and not fresh and self._told < len(self._defects):
            self._said.seek(0)
            raise Broken(f"the harness ended with {ended}: {self._said.read().strip()[-600:]}")
        return verdicts

    def __enter__(self) -> Self:
        """The process runs already."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process, which ends its platform; it says itself when it is done."""
        if self._told < len(self._defects):
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._said.close()


def show(strength: Strength, output: Console) -> None:
    """The share caught by class and in total, and the names of those missed."""
    rows = table(output, "class", "caught", "of", "share", right=("caught", "of", "share"))
    for name, (caught, every) in strength.classes().items():
        rows.add_row(name, str(caught), str(every), f"{caught / every:.0%}")
    output.print(rows)
    every = len(strength.verdicts)
    caught = every - len(strength.missed)
    summary = [("vendor", strength.vendor), ("caught", f"{caught} of {every} ({caught / every:.1%})")]
    summary += [("missed", f"{defect.option}: {defect.text}") for defect in strength.missed]
    pairs(output, summary)


def default_workers() -> int:
    """One for each core."""
    return max(os.cpu_count() or 1, 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which defects: of which vendors, with which names and classes; all without any."""

    vendors: tuple[str, ...]
    only: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    def defects(self) -> dict[str, list[Defect]]:
        """The defects of each vendor that has some of them.

        Raises:
            Misuse: a name or class that no vendor has.
        """
        known = {vendor: catalogue(vendor) for vendor in self.vendors}
        picked = set(chosen([each for rows in known.values() for each in rows], self.only, self.classes))
        tried = {vendor: [each for each in rows if each in picked] for vendor, rows in known.items()}
        return {vendor: rows for vendor, rows in tried.items() if rows}


def run_defects(wanted: Wanted, workers: int, *, as_json: bool, output: Console) -> int:
    """Try the defects of one vendor after the other; 1 when one was missed.

    Machines get the object of the one vendor, or ``{"vendors": [...]}`` with one for each.

    Raises:
        Misuse: an unknown name or class.
        Broken: the harness failed.
    """
    told = Console(stderr=True) if as_json else output
    found = [
        judge(vendor, defects, workers or default_workers(), told)
        for vendor, defects in wanted.defects().items()
    ]
    if as_json:
        objects = [strength.to_json() for strength in found]
        print(json.dumps(objects[0] if len(objects) == 1 else {"vendors": objects}))
    else:
        for strength in found:
            show(strength, output)
    return 1 if any(strength.missed for strength in found) else 0
