"""Steps carried out one after the other, with delays between them: scenes, outputs of rules, tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from thingproof_platform.core.errors import Refusal
from thingproof_platform.core.model import Run

if TYPE_CHECKING:
    from thingproof_platform.core.clock import Timer
    from thingproof_platform.core.world import World

Step = dict[str, Any]


class Performer(Protocol):
    """Whoever knows what the steps of one kind of run mean."""

    def perform(self, run: Run, step: Step) -> float:
        """Carry out one step; the seconds to wait after it. A Refusal fails the run."""
        ...

    def finished(self, run: Run, *, failed: bool) -> None:
        """The last step is done, or one failed and the rest is left out."""
        ...


class Runs:
    """Every run under way. Rows keep the place, so that a delay outlives a restart."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._table = world.state.table("runs", Run)
        self._performers: dict[str, Performer] = {}
        self._timers: dict[str, Timer] = {}
        self._number = 0

    def register(self, kind: str, performer: Performer) -> None:
        """Say who performs runs of a kind; once per world, before the journal is loaded."""
        self._performers[kind] = performer

    def rebuild(self) -> None:
        """Go on after a restart: what waited still waits, what fell due meanwhile is due now."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._number = max((int(run.id) for run in self._table), default=self._number)
        for run in self._table:
            self._wait(run)

    def start(
        self,
        kind: str,
        subject: str,
        steps: list[Step],
        *,
        account: str = "",
        application: str = "",
        peer: str = "",
        cause: str = "",
    ) -> Run:
        """Begin a run; its first steps are carried out before this returns, up to the first delay."""
        self._number += 1
        run = Run(str(self._number), kind, subject, steps, account, application, peer, cause)
        self._go_on(run)
        return run

    def of(self, kind: str, subject: str) -> list[Run]:
        """The runs of a subject under way, oldest first."""
        return [run for run in self._table if (run.kind, run.subject) == (kind, subject)]

    def cancel(self, kind: str, subject: str) -> None:
        """Drop the runs of a subject; nothing more of them happens and nobody is told."""
        for run in self.of(kind, subject):
            self._drop(run)

    def __len__(self) -> int:
        return len(self._table)

    def _go_on(self, run: Run) -> None:
        performer = self._performers[run.kind]
        while run.position < len(run.steps):
            step = run.steps[run.position]
            run.position += 1
            try:
                delay = performer.perform(run, step)
            except Refusal:
                self._drop(run)
                performer.finished(run, failed=True)
                return
            if delay > 0:
                run.due = self._world.clock.now() + delay
                self._table.put(run.id, run)
                self._wait(run)
                return
        self._drop(run)
        performer.finished(run, failed=False)

    def _wait(self, run: Run) -> None:
        self._timers[run.id] = self._world.clock.schedule(run.due, lambda: self._go_on(run))

    def _drop(self, run: Run) -> None:
        self._table.delete(run.id)
        timer = self._timers.pop(run.id, None)
        if timer is not None:
            timer.cancel()
