"""Requests whose answer depends on a command wait here until it ends."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.commands import TRANSITIONS
from thingproof_platform.core.events import CommandChanged

if TYPE_CHECKING:
    from thingproof_platform.core.model import Command
    from thingproof_platform.core.world import World

_REMEMBERED: Final = 1_000  # commands that ended before anybody waited for them


class CommandWaiters:
    """Follows the commands of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: dict[str, list[asyncio.Future[Command]]] = {}
        self._ended: OrderedDict[str, Command] = OrderedDict()
        world.events.subscribe(CommandChanged, self._changed)

    async def ended(self, command_id: str, timeout_s: float) -> Command:
        """The command when it ends or after `timeout_s` seconds of real time, as it is then.

        Raises:
            LookupError: there is no such command.
        """
        known = self._ended.pop(command_id, None)
        if known is not None:
            return known
        current = self._world.commands.get(command_id)
        if current is None:
            raise LookupError(f"command {command_id} is not known")
        waiter: asyncio.Future[Command] = asyncio.get_running_loop().create_future()
        waiters = self._waiting.setdefault(command_id, [])
        waiters.append(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                return await waiter
        except TimeoutError:
            return current
        finally:
            waiters.remove(waiter)
            if not waiters:
                self._waiting.pop(command_id, None)

    def _changed(self, event: CommandChanged) -> None:
        command = event.command
        if command.state in TRANSITIONS and self._world.commands.get(command.id) is not None:
            return
        waiters = self._waiting.get(command.id)
        if waiters:
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(command)
            return
        self._ended[command.id] = command
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
