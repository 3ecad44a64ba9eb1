"""Scenarios: tasks for devices and groups with delays between them (gizwits.md:2680)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.service import orders
from thingproof_platform.vendors.gizwits.service.binding import binding_of
from thingproof_platform.vendors.gizwits.service.forms import form_invalid
from thingproof_platform.vendors.gizwits.service.groups import groups
from thingproof_platform.vendors.gizwits.service.model import SCENES, Scene

if TYPE_CHECKING:
    from thingproof_platform.core.model import Account, Run
    from thingproof_platform.core.runs import Step
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.orders import Origin

IN_PROGRESS: Final = 0
COMPLETED: Final = 1
FAILED: Final = 2
NOT_EXECUTED: Final = 3
LONGEST_DELAY_S: Final = 3600  # gizwits.md:2797
_MOST_TASKS: Final = 100
_ORDER: Final = ("raw", "attrs", "binary_coding")
# type of a task -> the members that belong to it (gizwits.md:2796)
_MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    "delay": ("task_type",),
    "device": ("task_type", "did", *_ORDER),
    "group": ("task_type", "group_id", *_ORDER),
}


class Scenes:
    """All scenarios, and what their running means."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._table = world.state.table(SCENES, Scene)
        self._number = 0
        world.runs.register(SCENES, self)

    def reset(self) -> None:
        """Everything is in the rows."""

    def rebuild(self) -> None:
        """Go on numbering where the rows end."""
        self._number = max((scene.number for scene in self._table), default=0)

    # -- rows

    def create(
        self, account: Account, application: str, name: str, remark: str, tasks: list[dict[str, Any]]
    ) -> Scene:
        """A new scenario, not executed yet. The tasks are checked already."""
        world = self._world
        self._number += 1
        now = world.clock.now()
        identifier = world.unused(self._table, world.identifiers.object_id)
        scene = Scene(
            identifier, self._number, account.id, application, name, tasks, now, now, remark, NOT_EXECUTED
        )
        return self._table.put(identifier, scene)

    def of(self, account: str) -> list[Scene]:
        """A user's scenarios, oldest first."""
        return sorted(
            (scene for scene in self._table if scene.account == account), key=lambda scene: scene.number
        )

    def find(self, account: Account, identifier: str) -> Scene:
        """A user's scenario; refuses unknown (9220) and foreign (9221) ones."""
        scene = self._table.get(identifier)
        if scene is None:
            raise Refusal(Reason.SCENE_UNKNOWN, "no scenario has this id", "id")
        if scene.account != account.id and not self._world.faults.on("foreign_scenes"):
            raise Refusal(Reason.SCENE_FOREIGN, "it is a scenario of another user", "id")
        return scene

    def change(self, scene: Scene, name: str, remark: str | None, tasks: list[dict[str, Any]]) -> None:
        """Replace name and tasks; the remark when one is given."""
        scene.name, scene.tasks = name, tasks
        scene.remark = scene.remark if remark is None else remark
        if not self._world.faults.on("scenes_never_updated"):
            scene.updated_at = self._world.clock.now()
        self._table.put(scene.id, scene)

    def delete(self, scene: Scene) -> None:
        """Drop a scenario and what runs of it."""
        if not self._world.faults.on("scenes_stay"):
            self._world.runs.cancel(SCENES, scene.id)
            self._table.delete(scene.id)

    # -- running

    def run(self, scene: Scene, origin: Origin) -> None:
        """Perform a scenario; one that is in progress starts anew."""
        self._world.runs.cancel(SCENES, scene.id)
        self._move(scene, IN_PROGRESS)
        self._world.runs.start(
            SCENES,
            scene.id,
            scene.tasks,
            account=scene.account,
            application=scene.application,
            peer=origin.peer,
            cause=origin.cause,
        )

    def perform(self, run: Run, step: Step) -> float:
        """One task: wait, tell a device, tell a group. A group fails when none of its devices can be told."""
        world = self._world
        if step["task_type"] == "delay":
            return 0.0 if world.faults.on("scenes_skip_delays") else float(step["time"])
        account = world.accounts.accounts.rows[run.account]
        order = orders.order_of(step)
        origin = orders.Origin(run.account, run.application, run.peer, cause=run.cause)
        if step["task_type"] == "device":
            attachment, _ = world.things.find("gizwits", step["did"])
            binding_of(world, account, attachment)
            orders.carry_out(world, attachment, order, "base64", origin)
            return 0.0
        group = groups(world).single_product(account, step["group_id"])
        results = groups(world).carry_out(group, order, "base64", origin)
        if results and not any(taken for _, taken in results):
            raise Refusal(Reason.COMMAND_NOT_SENT, "no device of the group can be told")
        return 0.0

    def finished(self, run: Run, *, failed: bool) -> None:
        """The tasks are done, or one failed."""
        scene = self._table.get(run.subject)
        if scene is not None:
            hidden = self._world.faults.on("failed_scenes_complete")
            self._move(scene, FAILED if failed and not hidden else COMPLETED)

    def _move(self, scene: Scene, status: int) -> None:
        scene.status = NOT_EXECUTED if self._world.faults.on("scene_status_stays") else status
        self._table.put(scene.id, scene)

    # -- checking

    def checked(self, account: Account, given: object, coding: object) -> list[dict[str, Any]]:
        """Tasks as they are kept; refuses what could never be performed (gizwits.md:2796)."""
        if not isinstance(given, list) or not given or len(given) > _MOST_TASKS:
            raise form_invalid("tasks", f"expected 1 to {_MOST_TASKS} tasks")
        return [self._task(account, f"tasks[{number}]", task, coding) for number, task in enumerate(given)]

    def _task(self, account: Account, place: str, task: object, coding: object) -> dict[str, Any]:
        kind = task.get("task_type") if isinstance(task, dict) else None
        if not isinstance(task, dict) or not isinstance(kind, str) or kind not in _MEMBERS:
            raise form_invalid(f"{place}.task_type", f"expected one of {', '.join(_MEMBERS)}")
        kept = {name: task[name] for name in _MEMBERS[kind] if task.get(name) not in (None, "", {}, [])}
        if "binary_coding" not in kept and coding and kind != "delay":
            kept["binary_coding"] = coding
        if kind == "delay":
            kept["time"] = self._delay(place, task.get("time"))
        else:
            product = self._product(account, place, task)
            orders.check(self._world, product, orders.order_of(kept), "base64")
        return kept

    def _delay(self, place: str, seconds: object) -> int:
        longest = 10**9 if self._world.faults.on("delays_of_any_length") else LONGEST_DELAY_S
        if type(seconds) is not int or not 0 <= seconds <= longest:
            raise form_invalid(f"{place}.time", f"expected 0 to {LONGEST_DELAY_S} seconds")
        return seconds

    def _product(self, account: Account, place: str, task: dict[str, Any]) -> str:
        """The product that a task's device or group is of."""
        world = self._world
        name = "did" if task["task_type"] == "device" else "group_id"
        value = task.get(name)
        if not isinstance(value, str) or not value:
            raise form_invalid(f"{place}.{name}", "is required")
        if name == "group_id":
            if world.faults.on("scenes_take_mixed_groups"):
                return groups(world).find(account, value).product or next(iter(world.things.products.rows))
            return groups(world).single_product(account, value).product
        attachment, thing = world.things.find("gizwits", value)
        binding_of(world, account, attachment)
        return thing.product


def scenes(world: World) -> Scenes:
    """The scenarios of a world."""
    return world.service(SCENES, Scenes)


def attach(world: World) -> None:
    """Give a world its scenarios."""
    world.services[SCENES] = Scenes(world)
