"""Scheduled tasks of a single device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_platform.core.dialect import Response
from thingproof_platform.vendors.gizwits.auth import account_of, application_of
from thingproof_platform.vendors.gizwits.service import paging, schedule_form
from thingproof_platform.vendors.gizwits.service import schedules as service
from thingproof_platform.vendors.gizwits.service.binding import binding_of
from thingproof_platform.vendors.gizwits.service.forms import body_of
from thingproof_platform.vendors.gizwits.shapes import schedules as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.model import Schedule


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The caller's tasks for a device, newest first (gizwits.md:2943)."""
    did = _did(world, request)
    found = service.schedules(world).of(account_of(request).id, common=False)
    rows = [row for row in found if row.did == did or world.faults.on("tasks_of_all_devices")]
    return Response(200, [shapes.task(world, row) for row in paging.page(world, request, rows)])


def create(world: World, request: Request) -> Response:
    """A new task (gizwits.md:3008)."""
    members = body_of(request) | {"did": _did(world, request), "group_id": "", "scene_id": ""}
    account = account_of(request)
    checked = schedule_form.checked(world, account, members, request.query.get("binary_coding"))
    application = application_of(request).id
    row = service.schedules(world).create(account, application, common=False, members=checked)
    return Response(201, {"id": row.id})


def update(world: World, request: Request) -> Response:
    """Change a task (gizwits.md:3095)."""
    row = _task(world, request)
    members = body_of(request) | {"did": row.did, "group_id": "", "scene_id": ""}
    coding = request.query.get("binary_coding")
    checked = schedule_form.checked(world, account_of(request), members, coding, row)
    service.schedules(world).change(row, checked)
    return Response(200, {"id": row.id})


def delete(world: World, request: Request) -> Response:
    """Drop a task (gizwits.md:3139)."""
    service.schedules(world).delete(_task(world, request))
    return Response(200)


def _did(world: World, request: Request) -> str:
    """The device of the path, bound to the caller."""
    attachment, _ = world.things.find("gizwits", request.path_parameters["did"])
    binding_of(world, account_of(request), attachment)
    return attachment.external_id


def _task(world: World, request: Request) -> Schedule:
    identifier, did = request.path_parameters["id"], _did(world, request)
    return service.schedules(world).find(account_of(request), identifier, common=False, did=did)
