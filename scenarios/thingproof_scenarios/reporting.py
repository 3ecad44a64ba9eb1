"""Reports from a run's event stream: ``thingproof report``."""

import json
from pathlib import Path

from thingproof_reports import write
from thingproof_scenarios.problems import Misuse


def check_run_file(path: Path) -> None:
    """Refuse what is no event stream.

    Raises:
        Misuse: no such file, no JSON in a line, or no run in it.
    """
    if not path.is_file():
        raise Misuse(f"no run file {path}", "give the run.ndjson of `thingproof run` or `thingproof check`")
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        try:
            named = "event" in json.loads(line or "{}")
        except (ValueError, TypeError):
            named = False
        if line and not named:
            raise Misuse(f"{path}:{number}: not an event", "a line holds one JSON object with `event`")
    if not any(lines):
        raise Misuse(f"{path} is empty", "run `thingproof check` first")


def write_reports(run_file: Path, out: Path) -> list[Path]:
    """Write all reports into a folder; their paths.

    Raises:
        Misuse: not a run file.
    """
    check_run_file(run_file)
    out.mkdir(parents=True, exist_ok=True)
    return write(run_file, out)
