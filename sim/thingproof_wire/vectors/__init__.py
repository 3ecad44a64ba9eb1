"""Golden rows: bytes, what they mean, and the outside source that says so."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def load(name: str) -> list[dict[str, Any]]:
    """The rows of one file, e.g. ``gizwits``: hex, command, sequence, action, values, profile, source."""
    rows: list[dict[str, Any]] = json.loads((files(__package__) / f"{name}.json").read_text(encoding="utf-8"))
    return rows
