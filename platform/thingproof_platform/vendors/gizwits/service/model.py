"""Rows that only this vendor has, and the tables they live in."""

from __future__ import annotations

from typing import Any, Final

import msgspec

MESSAGES: Final = "gizwits.messages"
SHARINGS: Final = "gizwits.sharings"
GROUPS: Final = "gizwits.groups"
SCENES: Final = "gizwits.scenes"
SCHEDULES: Final = "gizwits.schedules"
RULES: Final = "gizwits.rules"
CAPTCHAS: Final = "gizwits.captchas"
RESETS: Final = "gizwits.resets"


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
    `ended` tells that the guest lost the device after accepting, in whatever way; `void` that the owner gave
    the device up, which no later binding makes good (gizwits.md:3593).
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
    ended: bool = False
    void: bool = False
    guest_alias: str = ""
    owner_alias: str = ""


class Group(msgspec.Struct, omit_defaults=True):
    """A user's devices under one name; without product key it only tells where they are (gizwits.md:1872)."""

    id: str
    number: int
    account: str
    name: str
    created_at: float
    updated_at: float
    product: str = ""
    things: list[str] = []


class Scene(msgspec.Struct, omit_defaults=True):
    """A scenario: tasks as they were given, and how far it is (gizwits.md:2894)."""

    id: str
    number: int
    account: str
    application: str
    name: str
    tasks: list[dict[str, Any]]
    created_at: float
    updated_at: float
    remark: str = ""
    status: int = 3


class Schedule(msgspec.Struct, omit_defaults=True):
    """A scheduled task of the device scheduler or the common one, as it was given (gizwits.md:3060)."""

    id: str
    number: int
    account: str
    application: str
    common: bool
    created_at: float
    time: str
    repeat: str
    did: str = ""
    group: str = ""
    scene: str = ""
    raw: str = ""
    attrs: dict[str, Any] = {}
    coding: str | None = None
    date: str = ""
    days: list[int] = []
    start_date: str = ""
    end_date: str = ""
    enabled: bool = True
    remark: str = ""


class LinkageRule(msgspec.Struct, omit_defaults=True):
    """A linkage rule: its checked definition and when it last fired (epoch seconds)."""

    id: int
    account: str
    application: str
    thing: str
    definition: dict[str, Any]
    fired_at: float | None = None


class Captcha(msgspec.Struct, omit_defaults=True):
    """A picture somebody was shown; good for one right answer."""

    id: str
    application: str
    text: str
    created_at: float
    used: bool = False


class Reset(msgspec.Struct, omit_defaults=True):
    """A link that was mailed; good for one new password."""

    token: str
    account: str
    created_at: float
    used: bool = False


TABLES: Final[dict[str, type[msgspec.Struct]]] = {
    MESSAGES: Message,
    SHARINGS: Sharing,
    GROUPS: Group,
    SCENES: Scene,
    SCHEDULES: Schedule,
    RULES: LinkageRule,
    CAPTCHAS: Captcha,
    RESETS: Reset,
}
