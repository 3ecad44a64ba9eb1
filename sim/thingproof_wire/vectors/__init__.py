"""Golden rows: bytes, what they mean, and the outside source that says so."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def load(name: str) -> list[dict[str, Any]]:
    """The rows of one file, e.g. ``gizwits``.

    Each row has a meaning and a source; what else depends on the format. A Gizwits row has hex, command,
    sequence, action and values; what is encoded besides the values is in last_known. The product is a
    profile's name (with another length when the row says so) or a mapping.
    """
    rows: list[dict[str, Any]] = json.loads((files(__package__) / f"{name}.json").read_text(encoding="utf-8"))
    return rows
