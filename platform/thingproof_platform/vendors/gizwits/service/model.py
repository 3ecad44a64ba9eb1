"""Rows that only this vendor has, and the tables they live in."""

from __future__ import annotations

from typing import Final

import msgspec

MESSAGES: Final = "gizwits.messages"
SHARINGS: Final = "gizwits.sharings"


class Message(msgspec.Struct, omit_defaults=True):
    """One entry of a user's message centre; `status` is 0 unread, 1 read, 2 deleted (gizwits.md:654)."""

    id: str
    number: int
    account: str
    type: int
    content: str
    created_at: float
    updated_at: float
    status: int = 0


class Sharing(msgspec.Struct, omit_defaults=True):
    """One invitation: type and status as in the document (gizwits.md:1632, 1641).

    `duration` is in minutes, None without limit; `guest_until` is the epoch second that follows from it.
    """

    id: int
    type: int
    owner: str
    thing: str
    created_at: float
    updated_at: float
    expires_at: float
    receiver: str = ""
    code: str = ""
    duration: int | None = None
    status: int = 0
    guest_until: float | None = None
    guest_alias: str = ""
    owner_alias: str = ""


TABLES: Final[dict[str, type[msgspec.Struct]]] = {
    MESSAGES: Message,
    SHARINGS: Sharing,
}
