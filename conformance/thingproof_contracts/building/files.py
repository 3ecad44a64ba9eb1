"""The cache and the models of one vendor: built, written, or compared with what is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from thingproof_contracts.building.document import document
from thingproof_contracts.building.models import models
from thingproof_contracts.building.sources import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def built(vendor: str) -> dict[Path, bytes]:
    """The generated files of a vendor and their content."""
    described = document(vendor)
    encoded = msgspec.json.format(msgspec.json.encode(described), indent=1)
    folder = ROOT / vendor
    return {
        folder / "contract.json": encoded + b"\n",
        folder / "models.py": models(described).encode(),
    }


def build(vendor: str) -> list[Path]:
    """Write the generated files that changed; gives their paths."""
    changed = drift(vendor)
    for path, content in built(vendor).items():
        if path in changed:
            path.write_bytes(content)
    return changed


def drift(vendor: str) -> list[Path]:
    """The generated files that differ from their sources."""
    return [
        path for path, content in built(vendor).items() if not path.exists() or path.read_bytes() != content
    ]
