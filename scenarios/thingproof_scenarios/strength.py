"""``thingproof defects``: does the suite notice? Each defect of the platform is switched on in turn."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from thingproof_conformance.control import ControlClient
from thingproof_contracts import Contract, load
from thingproof_scenarios.problems import Broken, Misuse
from thingproof_scenarios.stage import launch
from thingproof_scenarios.terminal import pairs, table
from thingproof_scenarios.vendors import scenes

CONDITION = "condition"
"""Faults of this class provoke documented refusals; they are no defects."""
SUITES = "thingproof_conformance.suites"
CAUGHT, HELD = 1, 0
"""Exit codes of a run that found something, and of one that did not."""
_FOUND = re.compile(r"^failed (.+?): ", re.MULTILINE)
TRIALS = 3
"""How often a case that fails by itself may stand in the way before a defect counts as missed."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect to switch on: `option` is what the harness takes, `tags` are looked at first."""

    option: str
    class_: str
    text: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a defect was caught, and by which case."""

    defect: Defect
    case: str | None

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


def try_one(vendor: str, defect: Defect) -> Verdict:
    """Switch a defect on and run suites until a case fails: those of its tags first, then all.

    Only a case that fails again with the defect and passes without it has caught it; on a busy machine any
    case may fail by itself.

    Raises:
        Broken: the harness itself failed.
    """
    near = modules(vendor, defect.tags)
    for suites in ([near] if near else []) + [[SUITES]]:
        for _ in range(TRIALS):
            case = _failing(vendor, suites, defect.option)
            if case is None:
                break
            again = _failing(vendor, suites, defect.option, case)
            if again is not None and _failing(vendor, suites, None, case) is None:
                return Verdict(defect, case)
    return Verdict(defect, None)


def _failing(vendor: str, suites: Sequence[str], fault: str | None, case: str | None = None) -> str | None:
    """The first case of the suites that fails, or whether this one does; None when all hold."""
    code, said = _run(vendor, suites, fault, case)
    if code not in {CAUGHT, HELD}:
        raise Broken(f"{fault or 'without a defect'}: the harness ended with {code}: {said.strip()[-600:]}")
    found = _FOUND.search(said)
    return None if code == HELD else found[1] if found else "unnamed"


def _run(vendor: str, suites: Sequence[str], fault: str | None, case: str | None = None) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "--pyargs", *suites, "-q", "-x", "--vendor", vendor]
    command += ["-p", "no:cacheprovider", "--no-header", "--tb=no"]
    command += ["--fault", fault] if fault else []
    command += ["--replay", case] if case else []
    with tempfile.TemporaryDirectory(prefix="thingproof-defects-") as folder:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    # A case that breaks because of the defect is inconclusive; the defect shows all the same.
    found = "\ninconclusive " in done.stdout or "\nfailed " in done.stdout
    text = done.stdout.replace("\ninconclusive ", "\nfailed ") + done.stderr
    return (CAUGHT if found else done.returncode), text


def first_suites(vendor: str, defects: Iterable[Defect]) -> list[str]:
    """The suites that are tried first for any of the defects; all of them when one defect has no tags.

    They have to hold without a defect. A case of another suite that catches something is tried without the
    defect on its own.
    """
    near = [modules(vendor, defect.tags) for defect in defects]
    return list(dict.fromkeys(name for names in near for name in names)) if all(near) else [SUITES]


def judge(vendor: str, defects: Sequence[Defect], workers: int, output: Console) -> Strength:
    """Try all defects, several at a time, and show how far it is.

    Raises:
        Broken: the suite fails without any defect, or the harness failed.
    """
    code, said = _run(vendor, first_suites(vendor, defects), None)
    if code != HELD:
        raise Broken(f"the suite fails without a defect: {said.strip()[-600:]}")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    verdicts: dict[Defect, Verdict] = {}
    with (
        ThreadPoolExecutor(max_workers=workers) as pool,
        Progress(*columns, console=output, transient=True, disable=not output.is_terminal) as progress,
    ):
        task = progress.add_task("trying defects", total=len(defects))
        futures = [pool.submit(try_one, vendor, defect) for defect in defects]
        try:
            for future in as_completed(futures):
                verdict = future.result()
                verdicts[verdict.defect] = verdict
                progress.advance(task)
                if not verdict.caught:
                    output.print(f"missed  {verdict.defect.option}", markup=False, soft_wrap=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return Strength(vendor, tuple(verdicts[defect] for defect in defects))


def show(strength: Strength, output: Console) -> None:
    """The share caught by class and in total, and the names of those missed."""
    rows = table(output, "class", "caught", "of", "share", right=("caught", "of", "share"))
    for name, (caught, every) in strength.classes().items():
        rows.add_row(name, str(caught), str(every), f"{caught / every:.0%}")
    output.print(rows)
    every = len(strength.verdicts)
    caught = every - len(strength.missed)
    summary = [("caught", f"{caught} of {every} ({caught / every:.1%})")]
    summary += [("missed", f"{defect.option}: {defect.text}") for defect in strength.missed]
    pairs(output, summary)


def default_workers() -> int:
    """One for each core."""
    return max(os.cpu_count() or 1, 1)
