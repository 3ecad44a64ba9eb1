"""Rules and the data points they can use, as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thingproof_platform.vendors.gizwits.service.model import LinkageRule


def parameter(point: dict[str, Any]) -> dict[str, Any]:
    """One data point: its type is int, bool, enum or binary (gizwits.md:2257)."""
    kind = point["type"]
    return {
        "display_name": point.get("display_name", point["name"]),
        "enum": point.get("values", []) if kind == "enum" else [],
        "type": "int" if kind.startswith("uint") else kind,
        "name": point["name"],
    }


def rule(row: LinkageRule) -> dict[str, Any]:
    """One rule as it was given (gizwits.md:2311)."""
    return {"rule_id": row.id, **row.definition}
