"""After every call into the world: changes go to the journal, effects wait for it, the alarm is set again."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

from thingproof_platform.store import JournalError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from thingproof_platform.core.effects import Effect
    from thingproof_platform.core.world import World
    from thingproof_platform.store import Journal

_LOG = logging.getLogger(__name__)


class Settler:
    """Turns what a call left in the world into durable rows first and visible effects second.

    Args:
        world: whose changes and effects are collected.
        journal: where the changes go.
        perform: carries out one effect; called in the order the effects were made.
        settled: called at the end of every settlement (to set the alarm, to look at waiting commands).
        failed: called once when the journal cannot be written any more.
    """

    def __init__(
        self,
        world: World,
        journal: Journal,
        *,
        perform: Callable[[Effect], None],
        settled: Callable[[], None],
        failed: Callable[[JournalError], None],
    ) -> None:
        self._world = world
        self._journal = journal
        self._perform = perform
        self._settled = settled
        self._failed = failed
        self._pending: deque[tuple[asyncio.Future[None] | None, list[Effect]]] = deque()
        self._last: asyncio.Future[None] | None = None

    def settle(self, *, acknowledging: bool = True) -> asyncio.Future[None] | None:
        """Settle what happened since the last call; call it after each call into the world, before any await.

        Returns what the answer has to wait for, None when it may leave at once. An acknowledgement waits for
        earlier commits too: "already stored" must not be told before the disk has the first copy.
        """
        changes = self._world.state.drain()
        effects = self._world.drain_effects()
        if changes:
            try:
                done = self._journal.commit(changes)
            except JournalError as error:
                self._failed(error)
                raise
        else:
            done = None
        if done is not None:
            self._pending.append((done, effects))
            self._last = done
            done.add_done_callback(self._release)
        elif effects:
            if self._pending:
                self._pending.append((None, effects))
            else:
                self._carry_out(effects)
        self._settled()
        return self._last if acknowledging else done

    def _release(self, done: asyncio.Future[None]) -> None:
        """Carry out the effects of everything that is durable now, oldest first."""
        if not done.cancelled() and (error := done.exception()) is not None:
            if isinstance(error, JournalError):
                self._failed(error)
            return
        pending = self._pending
        while pending and (pending[0][0] is None or pending[0][0].done()):
            self._carry_out(pending.popleft()[1])
        if done is self._last:
            self._last = None

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            try:
                self._perform(effect)
            except Exception:  # noqa: BLE001 - one effect must not keep the others back
                _LOG.exception("effect not carried out: %r", effect)
