"""Units: who owns resources and who may see them (sylvia.md:142)."""

from __future__ import annotations

import builtins
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
    from thingproof_platform.vendors.sylvia.service.model import Unit

_ORDER: Final[Order[Unit]] = Order(
    {
        "code": lambda row: row.code,
        "created": lambda row: row.created_ms,
        "modified": lambda row: row.modified_ms,
        "name": lambda row: row.name,
    },
    "code:asc",
)
_ADMIN_MEMBERS: Final = ("ownerId", "memberIds")
_MEMBERS: Final = ("name", "info")


def create(world: World, request: Request) -> Response:
    """A unit of the caller, or of whom an admin says (sylvia.md:145)."""
    caller, data = caller_of(request), forms.data_of(request)
    code = forms.code(world, data)
    fields = {"name": forms.text(data, "name", ""), "info": forms.info(data)}
    owner = caller.user.id
    if "ownerId" in data and (caller.privileged or world.faults.on("owner_id_for_everybody")):
        owner = _owner(world, data)
    found = registry(world)
    if found.units.find(code) is not None and not world.faults.on("duplicate_code_accepted"):
        raise Refusal(Reason.UNIT_TAKEN, "the code has been used", "code")
    return Response(200, {"data": {"unitId": found.add_unit(code, owner, **fields).id}})


def count(world: World, request: Request) -> Response:
    """How many units (sylvia.md:184)."""
    return listing.count(world, request, selection.units(world, request))


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The units (sylvia.md:206)."""
    return listing.answer(world, request, selection.units(world, request), _ORDER, shapes.unit)


def get(world: World, request: Request) -> Response:
    """One unit (sylvia.md:278)."""
    unit = Rights(world, caller_of(request)).visible_unit(request.path_parameters["unitId"])
    if unit is None:
        raise _unknown()
    return Response(200, {"data": shapes.unit(unit)})


def update(world: World, request: Request) -> Response:
    """Change what is given; the owner stays a member (sylvia.md:287, sylvia.contra.26)."""
    caller, data = caller_of(request), forms.data_of(request)
    unit = Rights(world, caller).own_unit(request.path_parameters["unitId"])
    if unit is None:
        raise _unknown()
    names = _MEMBERS + _ADMIN_MEMBERS if caller.privileged else _MEMBERS
    changes = forms.changes_of(world, data, names)
    fields = forms.resource_fields(world, changes, unit.info)
    if "ownerId" in changes:
        fields["owner"] = _owner(world, changes)
    if "memberIds" in changes:
        fields["members"] = _existing(world, changes)
    owner, members = fields.get("owner", unit.owner), fields.get("members", unit.members)
    if owner not in members and not world.faults.on("owner_dropped_from_members"):
        fields["members"] = [*members, owner]
    found = registry(world)
    found.change(found.units, unit, **fields)
    return Response(204)


def delete(world: World, request: Request) -> Response:
    """Drop a unit and everything in it; one the caller does not own is left alone (sylvia.contra.3, 4)."""
    unit = Rights(world, caller_of(request)).own_unit(request.path_parameters["unitId"])
    if unit is not None:
        registry(world).delete_unit(unit)
    return Response(204)


def delete_by_user(world: World, request: Request) -> Response:
    """Drop every unit of an owner, for admins (sylvia.md:327, sylvia.contra.2)."""
    Rights(world, caller_of(request)).require_privileged()
    user, found = request.path_parameters["userId"], registry(world)
    if world.limits.unknown_user_units_refused and found.users.get(user) is None:
        raise Refusal(Reason.RESOURCE_UNKNOWN, "no user has this id", "userId")
    everything = world.faults.on("user_deletion_hits_all")
    for unit in [*found.units] if everything else found.units.of("owner", user):
        found.delete_unit(unit)
    return Response(204)


def _owner(world: World, data: forms.Members) -> str:
    owner = forms.identifier(data, "ownerId")
    if registry(world).users.get(owner) is None and not world.faults.on("any_owner"):
        raise Refusal(Reason.OWNER_UNKNOWN, "no user has this id", "ownerId")
    return owner


def _existing(world: World, data: forms.Members) -> builtins.list[str]:
    """Every member once; all of them have to exist."""
    members = forms.texts(data, "memberIds")
    if not world.faults.on("members_doubled"):
        members = builtins.list(dict.fromkeys(members))
    users = registry(world).users
    if not all(users.get(member) is not None for member in members) and not world.faults.on("any_member"):
        raise Refusal(Reason.MEMBER_UNKNOWN, "a member does not exist", "memberIds")
    return members


def _unknown() -> Refusal:
    return Refusal(Reason.RESOURCE_UNKNOWN, "you have no unit of this id", "unitId")
