"""Messages as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_platform.vendors.gizwits.shapes import times

if TYPE_CHECKING:
    from thingproof_platform.vendors.gizwits.service.model import Message


def message(row: Message) -> dict[str, Any]:
    """One object of the list (gizwits.md:650)."""
    return {
        "id": row.id,
        "created_at": times.with_z(row.created_at),
        "updated_at": times.with_z(row.updated_at),
        "type": row.type,
        "status": row.status,
        "content": row.content,
    }
