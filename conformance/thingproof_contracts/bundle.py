"""The OpenAPI document of a vendor in one piece, for tools that want a single file."""

from __future__ import annotations

from typing import Any

from thingproof_contracts.building.sources import Sources


def bundle(vendor: str) -> dict[str, Any]:
    """The vendor's OpenAPI 3.1 document with every reference replaced by what it names."""
    return Sources(vendor).resolved("openapi.yaml")
