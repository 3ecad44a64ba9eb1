"""The outbox: texts that a real cloud would send to people, kept where a test can read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_platform.core.model import OutboxMessage

if TYPE_CHECKING:
    from thingproof_platform.core.clock import Clock
    from thingproof_platform.core.state import State


class Outbox:
    """SMS, e-mails and captchas in the order they were sent."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._table = state.table("outbox", OutboxMessage)
        self._clock = clock
        self._number = 0

    def rebuild(self) -> None:
        """Continue numbering after a restart; numbers are never used twice."""
        self._number = max((message.id for message in self._table), default=self._number)

    def send(self, kind: str, to: str, text: str, code: str | None = None) -> OutboxMessage:
        """Put a message of kind sms, email or captcha in."""
        self._number += 1
        message = OutboxMessage(self._number, kind, to, text, self._clock.now(), code)
        return self._table.append(str(message.id), message)

    def messages(self, kind: str | None = None, to: str | None = None) -> list[OutboxMessage]:
        """Messages in order, all or of one kind and receiver."""
        return [
            message
            for message in self._table
            if (kind is None or message.kind == kind) and (to is None or message.to == to)
        ]

    def clear(self) -> None:
        """Forget all messages."""
        self._table.clear()
