"""The message centre of every user (gizwits.md:617)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.service.model import MESSAGES, Message

if TYPE_CHECKING:
    from thingproof_platform.core.world import World

SHARING: Final = 1  # the only documented type (gizwits.md:637)
READ: Final = 1
DELETED: Final = 2


class MessageCentre:
    """All messages, with those of a user at hand."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._table = world.state.table(MESSAGES, Message)
        self._of: dict[str, list[Message]] = {}
        self._number = 0

    def reset(self) -> None:
        """Nothing is kept beside the rows but the index, which `rebuild` makes anew."""

    def rebuild(self) -> None:
        """Make the index from the rows."""
        self._of.clear()
        for message in sorted(self._table, key=lambda message: message.number):
            self._of.setdefault(message.account, []).append(message)
        self._number = max((message.number for message in self._table), default=0)

    def post(self, account: str, content: str, kind: int = SHARING) -> Message:
        """A new unread message for a user."""
        world = self._world
        self._number += 1
        identifier = world.unused(self._table, world.identifiers.object_id)
        now = world.clock.now()
        message = Message(identifier, self._number, account, kind, content, now, now)
        if world.faults.on("messages_begin_read"):
            message.status = READ
        self._of.setdefault(account, []).append(message)
        return self._table.put(identifier, message)

    def of(self, account: str, kind: int) -> list[Message]:
        """A user's messages of a type, newest first, without deleted ones (gizwits.contra.86)."""
        return [
            message
            for message in reversed(self._of.get(account, ()))
            if message.type == kind and message.status != DELETED
        ]

    def mark(self, account: str, identifier: str, status: int) -> None:
        """Mark a user's message read or deleted; refuses unknown, foreign and deleted ones."""
        faults = self._world.faults
        message = self._table.get(identifier)
        if message is None:
            raise Refusal(Reason.MESSAGE_UNKNOWN, "no message has this id", "id")
        if message.account != account and not faults.on("mark_foreign_messages"):
            raise Refusal(Reason.NOT_RECEIVER, "it is a message of another user", "id")
        if message.status == DELETED and not faults.on("revive_messages"):
            raise Refusal(Reason.MESSAGE_DELETED, "a deleted message stays deleted", "id")
        if faults.on("deleting_marks_read"):
            status = READ
        if not faults.on("ignore_message_status"):
            message.status = status
        if not faults.on("messages_never_updated"):
            message.updated_at = self._world.clock.now()
        self._table.put(identifier, message)


def centre(world: World) -> MessageCentre:
    """The message centre of a world."""
    return world.service(MESSAGES, MessageCentre)


def attach(world: World) -> None:
    """Give a world its message centre."""
    world.services[MESSAGES] = MessageCentre(world)
