"""Scheduled tasks for scenarios, groups and single devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.core.dialect import Response
from thingproof_platform.vendors.gizwits.auth import account_of, application_of
from thingproof_platform.vendors.gizwits.service import paging, schedule_form
from thingproof_platform.vendors.gizwits.service import schedules as service
from thingproof_platform.vendors.gizwits.service.forms import body_of
from thingproof_platform.vendors.gizwits.shapes import schedules as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.model import Schedule

# parameter of the query -> field of a task (gizwits.md:3175)
_FILTERS: Final[dict[str, str]] = {"did": "did", "group_id": "group", "scene_id": "scene"}


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The caller's tasks, newest first, of one target when the query names it (gizwits.md:3167)."""
    rows = service.schedules(world).of(account_of(request).id, common=True)
    for name, field in _FILTERS.items():
        wanted = request.query.get(name)
        if wanted and not world.faults.on("task_filters_ignored"):
            rows = [row for row in rows if getattr(row, field) == wanted]
    return Response(200, [shapes.common_task(world, row) for row in paging.page(world, request, rows)])


def create(world: World, request: Request) -> Response:
    """A new task for a device, a group or a scenario (gizwits.md:3238)."""
    account = account_of(request)
    coding = request.query.get("binary_coding")
    checked = schedule_form.checked(world, account, body_of(request), coding)
    application = application_of(request).id
    row = service.schedules(world).create(account, application, common=True, members=checked)
    return Response(201, {"id": row.id})


def update(world: World, request: Request) -> Response:
    """Change a task (gizwits.md:3312)."""
    row, coding = _task(world, request), request.query.get("binary_coding")
    checked = schedule_form.checked(world, account_of(request), body_of(request), coding, row)
    service.schedules(world).change(row, checked)
    return Response(200, {"id": row.id})


def delete(world: World, request: Request) -> Response:
    """Drop a task (gizwits.md:3358)."""
    service.schedules(world).delete(_task(world, request))
    return Response(200)


def _task(world: World, request: Request) -> Schedule:
    identifier = request.path_parameters["id"]
    return service.schedules(world).find(account_of(request), identifier, common=True)
