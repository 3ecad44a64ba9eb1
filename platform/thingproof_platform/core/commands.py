"""Commands on their way to things: one state table, one timer each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.events import CommandChanged
from thingproof_platform.core.model import Command

if TYPE_CHECKING:
    from thingproof_platform.core.clock import Timer
    from thingproof_platform.core.model import CommandState
    from thingproof_platform.core.world import World

# state -> states it may move to; states without a row are final.
TRANSITIONS: Final[dict[CommandState, tuple[CommandState, ...]]] = {
    "accepted": ("queued", "refused", "expired"),
    "queued": ("sent", "refused", "expired"),
    "sent": ("acknowledged", "refused", "expired"),
}


class Commands:
    """Commands that are not finished yet; finished ones live on in the communication log only."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._table = world.state.table("commands", Command)
        self._timers: dict[str, Timer] = {}
        self._number = 0

    def rebuild(self) -> None:
        """Take up timers after a restart."""
        self._timers.clear()
        for command in self._table:
            self._number = max(self._number, int(command.id))
            self._watch(command)

    def submit(
        self,
        thing: str,
        payload: bytes,
        *,
        client: str = "",
        account: str = "",
        application: str = "",
        sequence: int | None = None,
        cause: str = "",
    ) -> Command:
        """Accept and queue a command; it expires when nothing more happens to it."""
        self._number += 1
        now = self._world.clock.now()
        command = Command(
            str(self._number),
            thing,
            "accepted",
            now,
            now + self._world.limits.command_lifetime,
            client,
            account,
            application,
            payload,
            sequence,
            cause,
        )
        self._table.put(command.id, command)
        self._watch(command)
        self._world.emit(CommandChanged(now, command))
        self.move(command.id, "queued")
        return command

    def get(self, command_id: str) -> Command | None:
        """The command while it is not finished."""
        return self._table.get(command_id)

    def move(self, command_id: str, state: CommandState) -> bool:
        """Move a command along the table; false when the table does not allow it or it is finished."""
        command = self._table.get(command_id)
        if command is None or state not in TRANSITIONS.get(command.state, ()):
            return False
        command.state = state
        # Nobody acknowledges a command without a number: sent is its end.
        if state not in TRANSITIONS or (state == "sent" and command.sequence is None):
            self._finish(command)
        else:
            self._table.put(command_id, command)
        self._world.emit(CommandChanged(self._world.clock.now(), command))
        return True

    def sent(self, command_id: str) -> bool:
        """The broker took the command."""
        return self.move(command_id, "sent")

    def refuse(self, command_id: str) -> bool:
        """The command could not be handed over."""
        return self.move(command_id, "refused")

    def acknowledge(self, thing: str, client: str, sequence: int) -> Command | None:
        """A thing acknowledged a number of a client; the command it meant, if there is one."""
        for command in self._table:
            if (command.thing, command.client, command.sequence) == (thing, client, sequence):
                return command if self.move(command.id, "acknowledged") else None
        return None

    def __len__(self) -> int:
        return len(self._table)

    def _watch(self, command: Command) -> None:
        self._timers[command.id] = self._world.clock.schedule(
            command.expires_at, partial(self._expire, command.id)
        )

    def _expire(self, command_id: str) -> None:
        self.move(command_id, "expired")

    def _finish(self, command: Command) -> None:
        self._table.delete(command.id)
        timer = self._timers.pop(command.id, None)
        if timer is not None:
            timer.cancel()
