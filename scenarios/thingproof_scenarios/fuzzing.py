"""``thingproof fuzz``: Schemathesis drives the embedded platform with what the contract allows and what not.

It looks for answers of 5xx and for answers outside of the contract. Behaviour is what ``check`` judges.
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from thingproof_conformance.control import ControlClient
from thingproof_contracts import VENDORS
from thingproof_contracts.bundle import bundle
from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.stage import launch
from thingproof_scenarios.vendors import chosen, scenes
from thingproof_scenarios.vendors.scenes import Ground, Subjects, Values

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
"""What an answer must keep to, whatever the request was."""
PHASES = "coverage,fuzzing"


@dataclass(frozen=True, slots=True)
class Fuzz:
    """How much to try: `examples` requests for each operation; `only` one operation of the contract."""

    vendor: str
    examples: int
    seed: int
    only: str | None = None


def vendors_of(named: Sequence[str], operation: str | None) -> tuple[str, ...]:
    """Whose contracts: those named, else the one of the operation, else all.

    Raises:
        Misuse: a name that is no vendor's.
    """
    owner = (operation or "").partition(".")[0]
    return chosen(named or ((owner,) if owner in VENDORS else ()))


def document_with(document: dict[str, Any], named: Values) -> dict[str, Any]:
    """The document with ids that exist as examples of the parameters and members of these names."""

    def seen(part: Any) -> Any:
        if isinstance(part, list):
            return [seen(each) for each in part]
        if not isinstance(part, dict):
            return part
        made = {name: seen(value) for name, value in part.items()}
        if isinstance(made.get("properties"), dict):
            made["properties"] = {
                name: schema | {"examples": [named[name]]} if name in named else schema
                for name, schema in made["properties"].items()
            }
        if made.get("in") == "query" and made.get("name") in named:
            made["example"] = named[made["name"]]
        return made

    return dict(seen(document))


def configuration(subjects: Subjects) -> str:
    """A schemathesis.toml with the given path parameters."""
    lines = [
        "[parameters]",
        *(f'"path.{name}" = {json.dumps(value)}' for name, value in subjects.path.items()),
    ]
    for operation, ids in subjects.apart.items():
        pairs = ", ".join(f'"path.{name}" = {json.dumps(value)}' for name, value in ids.items())
        lines += [
            "[[operations]]",
            f"include-operation-id = {json.dumps(operation)}",
            f"parameters = {{ {pairs} }}",
        ]
    return "\n".join(lines) + "\n"


def run_fuzz(fuzz: Fuzz, output: Console) -> int:
    """Fuzz the embedded platform; exit code 0, or 1 when an answer was wrong.

    Raises:
        Misuse: Schemathesis is not installed, or no such operation.
    """
    document = bundle(fuzz.vendor)
    known = {entry["operationId"] for item in document["paths"].values() for entry in item.values()}
    if fuzz.only is not None and fuzz.only not in known:
        raise Misuse(f"--operation {fuzz.only}: no such operation", f"write an id like {min(known)}")
    if importlib.util.find_spec("schemathesis") is None:
        raise Misuse("fuzz needs Schemathesis", "pip install 'thingproof[fuzz]'")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="thingproof-fuzz-")))
        platform = stack.enter_context(launch(["--seed", str(fuzz.seed), "--vendors", fuzz.vendor]))
        servers = platform.info["vendors"][fuzz.vendor]
        control = ControlClient(platform.info["control"]["url"], platform.info["control"]["token"])
        stack.callback(control.close)
        subjects = scenes(fuzz.vendor).subjects(Ground(control, servers, fuzz.seed, stack))
        told = document_with(document, subjects.named)
        (folder / "openapi.json").write_text(json.dumps(told), encoding="utf-8")
        (folder / "schemathesis.toml").write_text(configuration(subjects), encoding="utf-8")
        output.print(f"{fuzz.examples} requests for each of {1 if fuzz.only else len(known)} operations ...")
        command = _command(fuzz, str(servers["url"]), subjects)
        code = subprocess.run(command, cwd=folder, check=False).returncode  # noqa: S603 - fixed words
        log = platform.log()
    if "Traceback" in log:
        output.print(f"the platform's log holds a traceback:\n{log}", markup=False)
        return 1
    return 1 if code else 0


def _command(fuzz: Fuzz, url: str, subjects: Subjects) -> list[str]:
    options = {
        "--url": url,
        "--checks": ",".join(CHECKS),
        "--phases": PHASES,
        "--max-examples": str(fuzz.examples),
        "--seed": str(fuzz.seed),
        "--warnings": "off",
        "--suppress-health-check": "too_slow",  # a busy machine is no fault of the server
    }
    return [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"),
        *("run", "openapi.json", "--continue-on-failure"),
        *(word for pair in options.items() for word in pair),
        *(word for name, value in subjects.headers.items() for word in ("--header", f"{name}: {value}")),
        *(("--include-operation-id", fuzz.only) if fuzz.only else ()),
    ]
