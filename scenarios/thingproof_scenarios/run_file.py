"""Add what happened besides the conformance run to its event stream."""

import json
from pathlib import Path
from typing import Any

from thingproof_scenarios.accounting import Account


def add_events(
    path: Path, events: list[dict[str, Any]], *, verdict: str, seconds: float, exit_code: int
) -> None:
    """Insert events before the end of a run and rewrite its last line.

    Args:
        path: the run file (one JSON object a line).
        events: lines such as ``load.finished``.
        verdict: how the whole job ended.
        seconds: how long the whole job took.
        exit_code: what the command exits with.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if line.strip() and json.loads(line).get("event") != "run.finished"]
    end = {"event": "run.finished", "verdict": verdict, "seconds": round(seconds, 3), "exit_code": exit_code}
    added = [json.dumps(event, ensure_ascii=False) for event in [*events, end]]
    path.write_text("\n".join([*kept, *added]) + "\n", encoding="utf-8")


def simulation_event(
    account: Account, *, fleet: str, seed: int, seconds: float, trace_hash: str | None = None
) -> dict[str, Any]:
    """The ``simulation.finished`` line of a fleet whose balance was made."""
    return {
        "event": "simulation.finished",
        "fleet": fleet,
        "seed": seed,
        "trace_hash": trace_hash,
        "devices": account.devices,
        "sent": account.sent,
        "acknowledged": account.acknowledged,
        "stored": account.stored,
        "lost": dict(account.lost),
        "seconds": round(seconds, 3),
    }
