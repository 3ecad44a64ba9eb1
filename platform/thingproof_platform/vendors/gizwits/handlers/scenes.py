"""Scenarios: make, change, perform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_platform.core.dialect import Response
from thingproof_platform.vendors.gizwits.auth import account_of, application_of
from thingproof_platform.vendors.gizwits.service import orders
from thingproof_platform.vendors.gizwits.service import scenes as service
from thingproof_platform.vendors.gizwits.service.forms import body_of, text
from thingproof_platform.vendors.gizwits.shapes import scenes as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.model import Scene


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The caller's scenarios (gizwits.md:2682)."""
    found = service.scenes(world).of(account_of(request).id)
    return Response(200, [shapes.scene(world, scene) for scene in found])


def create(world: World, request: Request) -> Response:
    """A scenario of one task or more (gizwits.md:2752)."""
    members = body_of(request)
    name = text(world, members, "scene_name", required=True)
    remark = text(world, members, "remark")
    account = account_of(request)
    scenes = service.scenes(world)
    tasks = scenes.checked(account, _tasks(members), _coding(request, members))
    scene = scenes.create(account, application_of(request).id, name, remark, tasks)
    return Response(201, {"id": scene.id})


def delete(world: World, request: Request) -> Response:
    """Drop a scenario (gizwits.md:2817)."""
    service.scenes(world).delete(_scene(world, request))
    return Response(200)


def update(world: World, request: Request) -> Response:
    """Replace the name and the tasks of a scenario (gizwits.md:2840)."""
    scene, members = _scene(world, request), body_of(request)
    name = text(world, members, "scene_name", required=True)
    remark = None if members.get("remark") is None else text(world, members, "remark")
    scenes = service.scenes(world)
    tasks = scenes.checked(account_of(request), _tasks(members), _coding(request, members))
    scenes.change(scene, name, remark, tasks)
    return Response(200)


def task_status(world: World, request: Request) -> Response:
    """How far a scenario is (gizwits.md:2871)."""
    return Response(200, {"status": _scene(world, request).status})


def task_run(world: World, request: Request) -> Response:
    """Start a scenario (gizwits.md:2904)."""
    scene = _scene(world, request)
    origin = orders.Origin(scene.account, application_of(request).id, request.peer, cause=f"scene {scene.id}")
    service.scenes(world).run(scene, origin)
    return Response(200)


def _scene(world: World, request: Request) -> Scene:
    return service.scenes(world).find(account_of(request), request.path_parameters["id"])


def _tasks(members: dict[str, Any]) -> object:
    """The list of tasks; a single one may stand flat in the body (gizwits.contra.09)."""
    return [members] if "tasks" not in members and "task_type" in members else members.get("tasks")


def _coding(request: Request, members: dict[str, Any]) -> object:
    return members.get("binary_coding") or request.query.get("binary_coding")
