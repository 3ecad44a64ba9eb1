"""Applications and where their queues are (sylvia.md:335)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.sylvia.auth import caller_of
from thingproof_platform.vendors.sylvia.service import forms, listing, selection
from thingproof_platform.vendors.sylvia.service.listing import Order
from thingproof_platform.vendors.sylvia.service.registry import registry
from thingproof_platform.vendors.sylvia.service.rights import Rights
from thingproof_platform.vendors.sylvia.shapes import resources as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.model import Application

_ORDER: Final[Order[Application]] = Order(
    {
        "code": lambda row: row.code,
        "created": lambda row: row.created_ms,
        "modified": lambda row: row.modified_ms,
        "name": lambda row: row.name,
    },
    "code:asc",
)
_MEMBERS: Final = ("hostUri", "name", "info")


def create(world: World, request: Request) -> Response:
    """An application of a unit the caller owns; its code is unique there (sylvia.contra.20)."""
    data, found = forms.data_of(request), registry(world)
    code, unit_id = forms.code(world, data), forms.identifier(data, "unitId")
    host_uri = forms.host_uri(world, data)
    fields = {"name": forms.text(data, "name", ""), "info": forms.info(data)}
    unit = Rights(world, caller_of(request)).unit_named(unit_id)
    taken = found.applications.find((unit.id, code)) is not None
    if world.faults.on("application_codes_global"):
        taken = any(other.code == code for other in found.applications)
    if taken and not world.faults.on("duplicate_code_accepted"):
        raise Refusal(Reason.APPLICATION_TAKEN, "the code has been used", "code")
    application = found.add_application(unit, code, host_uri, **fields)
    return Response(200, {"data": {"applicationId": application.id}})


def count(world: World, request: Request) -> Response:
    """How many applications (sylvia.md:378)."""
    return listing.count(world, request, selection.applications(world, request))


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The applications (sylvia.md:402)."""
    shape = partial(shapes.application, registry(world))
    return listing.answer(world, request, selection.applications(world, request), _ORDER, shape)


def get(world: World, request: Request) -> Response:
    """One application (sylvia.md:499)."""
    application = _of_path(world, request, write=False)
    if application is None:
        raise _unknown()
    return Response(200, {"data": shapes.application(registry(world), application)})


def update(world: World, request: Request) -> Response:
    """Change what is given; another hostUri moves the queues (sylvia.md:515)."""
    data, found = forms.data_of(request), registry(world)
    application = _of_path(world, request, write=True)
    if application is None:
        raise _unknown()
    changes = forms.changes_of(world, data, _MEMBERS)
    fields = forms.resource_fields(world, changes, application.info)
    host_uri = forms.host_uri(world, changes) if "hostUri" in changes else application.host_uri
    found.change(found.applications, application, **fields)
    found.move_application(application, host_uri)
    return Response(204)


def delete(world: World, request: Request) -> Response:
    """Drop an application with its routes and buffers; what the caller does not own stays."""
    application = _of_path(world, request, write=True)
    if application is not None:
        registry(world).delete_application(application)
    return Response(204)


def _of_path(world: World, request: Request, *, write: bool) -> Application | None:
    """The application of the path as far as the caller reaches it."""
    application = registry(world).applications.get(request.path_parameters["applicationId"])
    rights = Rights(world, caller_of(request))
    if application is None or not rights.reaches(application.unit, write=write):
        return None
    return application


def _unknown() -> Refusal:
    return Refusal(Reason.RESOURCE_UNKNOWN, "you have no application of this id", "applicationId")
