"""``thingproof fuzz``: Schemathesis drives the embedded platform with what the contract allows and what not.

It looks for answers of 5xx and for answers outside of the contract. Behaviour is what ``check`` judges.
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from thingproof_conformance.control import ControlClient
from thingproof_contracts.bundle import bundle
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.gizwits_application import GizwitsApplication
from thingproof_scenarios.live_fleet import live_fleet
from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.seeding import Seeded, seed_fleet
from thingproof_scenarios.stage import launch

FLEET = "fleets/house.yaml"
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


def subjects(application: GizwitsApplication, seeded: Seeded) -> dict[str, str]:
    """Ids that exist, so that requests get behind the first refusal, by the contract's parameter names.

    `id` stands for a scenario: groups, messages, tasks and invitations of that name are refused as unknown.
    """
    body = {"scene_name": "fuzz", "tasks": [{"task_type": "delay", "time": 1}]}
    scene = application.ask("POST", "/app/scene", body)["id"]
    return {"did": seeded.devices[0].did, "id": scene}


def configuration(ids: dict[str, str]) -> str:
    """A schemathesis.toml with the given path parameters."""
    lines = ["[parameters]", *(f'"path.{name}" = {json.dumps(value)}' for name, value in ids.items())]
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
        platform = stack.enter_context(launch(["--seed", str(fuzz.seed)]))
        servers = platform.info["vendors"][fuzz.vendor]
        control = ControlClient(platform.info["control"]["url"], platform.info["control"]["token"])
        stack.callback(control.close)
        plan = read_fleet(FLEET)
        seeded = seed_fleet(control, plan)
        stack.enter_context(live_fleet(plan, seeded.devices, str(servers["mqtt"]), seed=fuzz.seed))
        application = GizwitsApplication(str(servers["url"]), seeded.app_id)
        application.login(seeded.accounts[0].username, seeded.accounts[0].password)
        (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
        settings = configuration(subjects(application, seeded))
        (folder / "schemathesis.toml").write_text(settings, encoding="utf-8")
        output.print(f"{fuzz.examples} requests for each of {1 if fuzz.only else len(known)} operations ...")
        code = subprocess.run(_command(fuzz, application), cwd=folder, check=False).returncode  # noqa: S603 - fixed words
        log = platform.log()
    if "Traceback" in log:
        output.print(f"the platform's log holds a traceback:\n{log}", markup=False)
        return 1
    return 1 if code else 0


def _command(fuzz: Fuzz, application: GizwitsApplication) -> list[str]:
    options = {
        "--url": application.url,
        "--checks": ",".join(CHECKS),
        "--phases": PHASES,
        "--max-examples": str(fuzz.examples),
        "--seed": str(fuzz.seed),
        "--warnings": "off",
    }
    headers = {
        "X-Gizwits-Application-Id": application.app_id,
        "X-Gizwits-User-token": application.token,
    }
    return [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"),
        *("run", "openapi.json", "--continue-on-failure"),
        *(word for pair in options.items() for word in pair),
        *(word for name, value in headers.items() for word in ("--header", f"{name}: {value}")),
        *(("--include-operation-id", fuzz.only) if fuzz.only else ()),
    ]
