"""Scheduled tasks of both schedulers (gizwits.md:2929, 3163): kept, fired through the clock."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.service import orders, schedule_form
from thingproof_platform.vendors.gizwits.service.binding import binding_of
from thingproof_platform.vendors.gizwits.service.groups import groups
from thingproof_platform.vendors.gizwits.service.model import SCHEDULES, Schedule
from thingproof_platform.vendors.gizwits.service.scenes import scenes

if TYPE_CHECKING:
    from thingproof_platform.core.clock import Timer
    from thingproof_platform.core.model import Account
    from thingproof_platform.core.world import World


class Schedules:
    """All scheduled tasks. While a task is enabled one timer waits for its next moment.

    A moment that passed while the platform was down is left out.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._table = world.state.table(SCHEDULES, Schedule)
        self._timers: dict[str, Timer] = {}
        self._number = 0

    def reset(self) -> None:
        """Timers are gone with the clock's."""
        self._timers.clear()

    def rebuild(self) -> None:
        """Wait for the next moment of every task."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._number = max((row.number for row in self._table), default=0)
        for row in self._table:
            self._wait(row)

    # -- rows

    def create(
        self, account: Account, application: str, *, common: bool, members: dict[str, Any]
    ) -> Schedule:
        """A new task of checked members (see `schedule_form.checked`)."""
        world = self._world
        self._number += 1
        identifier = world.unused(self._table, world.identifiers.object_id)
        row = Schedule(
            identifier, self._number, account.id, application, common, world.clock.now(), **members
        )
        self._table.put(identifier, row)
        self._wait(row)
        return row

    def of(self, account: str, *, common: bool) -> list[Schedule]:
        """A user's tasks of one scheduler, newest first."""
        found = [row for row in self._table if row.account == account and row.common == common]
        return sorted(found, key=lambda row: row.number, reverse=True)

    def find(self, account: Account, identifier: str, *, common: bool, did: str = "") -> Schedule:
        """A user's task; refuses unknown ones, those of others, of the other scheduler, of other devices."""
        row = self._table.get(identifier)
        foreign = (
            row is None or row.account != account.id or row.common != common or row.did != (did or row.did)
        )
        if row is None or (foreign and not self._world.faults.on("foreign_schedules")):
            raise Refusal(Reason.SCHEDULE_UNKNOWN, "you have no task of this id", "id")
        return row

    def change(self, row: Schedule, members: dict[str, Any]) -> None:
        """Replace what a task does and when."""
        if not self._world.faults.on("schedules_never_change"):
            for name, value in members.items():
                setattr(row, name, value)
        self._table.put(row.id, row)
        self._wait(row)

    def delete(self, row: Schedule) -> None:
        """Drop a task; it does not fire any more."""
        self._table.delete(row.id)
        timer = self._timers.pop(row.id, None)
        if timer is not None and not self._world.faults.on("deleted_schedules_fire"):
            timer.cancel()

    # -- time

    def _wait(self, row: Schedule) -> None:
        timer = self._timers.pop(row.id, None)
        if timer is not None:
            timer.cancel()
        if not row.enabled and not self._world.faults.on("disabled_schedules_fire"):
            return
        off = float(self._world.faults.parameter("schedules_fire_off", "seconds", 0.0))
        moment = schedule_form.recurrence(self._world, row).next_after(self._world.clock.now() - off)
        if moment is not None:
            self._timers[row.id] = self._world.clock.schedule(moment + off, partial(self._fire, row))

    def _fire(self, row: Schedule) -> None:
        """Do it and wait for the next time. Whatever cannot be done now is counted and left out."""
        self._timers.pop(row.id, None)
        try:
            self._perform(row)
        except Refusal:
            self._world.counters["schedules_failed"] += 1
        if not self._world.faults.on("schedules_fire_once"):
            self._wait(row)

    def _perform(self, row: Schedule) -> None:
        world = self._world
        account = world.accounts.accounts.rows[row.account]
        origin = orders.Origin(row.account, row.application, cause=f"schedule {row.id}")
        if row.scene:
            scene = scenes(world).find(account, row.scene)
            cause = f"{origin.cause}, scene {scene.id}"
            scenes(world).run(scene, orders.Origin(row.account, row.application, cause=cause))
            return
        order = orders.Order(row.raw or None, row.attrs or None, row.coding)
        if row.group:
            group = groups(world).single_product(account, row.group)
            groups(world).carry_out(group, order, "hex", origin)
            return
        attachment, _ = world.things.find("gizwits", row.did)
        binding_of(world, account, attachment)
        orders.carry_out(world, attachment, order, "hex", origin)


def schedules(world: World) -> Schedules:
    """The scheduled tasks of a world."""
    return world.service(SCHEDULES, Schedules)


def attach(world: World) -> None:
    """Give a world its scheduled tasks."""
    world.services[SCHEDULES] = Schedules(world)
