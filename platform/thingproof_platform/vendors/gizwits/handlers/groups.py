"""Groups: make, rename, fill, control."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.auth import account_of, application_of
from thingproof_platform.vendors.gizwits.errors import code_of
from thingproof_platform.vendors.gizwits.service import groups as service
from thingproof_platform.vendors.gizwits.service import orders
from thingproof_platform.vendors.gizwits.service.definition import linked
from thingproof_platform.vendors.gizwits.service.forms import body_of, form_invalid, integer, text
from thingproof_platform.vendors.gizwits.shapes import groups as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.model import Group


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The caller's groups (gizwits.md:1881)."""
    found = service.groups(world).of(account_of(request).id)
    return Response(200, [shapes.group(world, group) for group in found])


def create(world: World, request: Request) -> Response:
    """A group for a place, or with a product key for common control (gizwits.md:1933)."""
    members = body_of(request)
    name = text(world, members, "group_name", required=True)
    product = text(world, members, "product_key")
    if product and not linked(world, application_of(request), product):
        raise Refusal(Reason.PRODUCT_UNKNOWN, "the application has no product of this key", "product_key")
    return Response(201, {"id": service.groups(world).create(account_of(request), name, product).id})


def delete(world: World, request: Request) -> Response:
    """Drop a group (gizwits.md:1967)."""
    service.groups(world).delete(_group(world, request))
    return Response(200)


def update(world: World, request: Request) -> Response:
    """Rename a group (gizwits.md:1990)."""
    group = _group(world, request)
    service.groups(world).rename(group, text(world, body_of(request), "group_name", required=True))
    return Response(200)


def devices_list(world: World, request: Request) -> Response:
    """The devices of a group (gizwits.md:2014)."""
    account, group = account_of(request), _group(world, request)
    shown = []
    for attachment in service.groups(world).members(group):
        binding = world.things.binding(account.id, attachment.thing)
        shown.append(shapes.member(world, group, attachment, binding))
    return Response(200, shown)


def devices_add(world: World, request: Request) -> Response:
    """Put devices in, as far as possible (gizwits.md:2057)."""
    account, group = account_of(request), _group(world, request)
    with_detail = integer(request, "show_detail", 0, most=1) == 1 or world.faults.on("detail_always")
    done: dict[str, builtins.list[Any]] = {"failed": [], "success": []}
    detail = []
    for did in _dids(request):
        try:
            service.groups(world).add(account, group, did)
            done["success"].append(did)
        except Refusal as refusal:
            code = code_of(refusal.reason)
            done["failed"].append(did)
            detail.append(
                {
                    "did": did,
                    "error_message": code.error_message,
                    "error_code": code.error_code,
                    "detail_msg": refusal.detail,
                }
            )
    if with_detail:
        done["detail"] = detail
    return Response(200, done)


def devices_remove(world: World, request: Request) -> Response:
    """Take devices out (gizwits.md:2111)."""
    group = _group(world, request)
    done: dict[str, builtins.list[str]] = {"failed": [], "success": []}
    for did in _dids(request):
        done["success" if service.groups(world).remove(group, did) else "failed"].append(did)
    return Response(200, done)


def control(world: World, request: Request) -> Response:
    """Tell every device of a group of one product the same (gizwits.md:2150)."""
    account = account_of(request)
    groups = service.groups(world)
    group = groups.single_product(account, request.path_parameters["id"])
    order = orders.order_of(body_of(request), request.query.get("binary_coding"))
    origin = orders.Origin(account.id, application_of(request).id, request.peer, cause=f"group {group.id}")
    results = groups.carry_out(group, order, "decimal", origin)
    return Response(200, [{"did": did, "result": result} for did, result in results])


def _group(world: World, request: Request) -> Group:
    return service.groups(world).find(account_of(request), request.path_parameters["id"])


def _dids(request: Request) -> builtins.list[str]:
    dids = body_of(request).get("dids")
    if not isinstance(dids, builtins.list) or not all(isinstance(did, str) and did for did in dids):
        raise form_invalid("dids", "expected a list of device ids")
    return builtins.list(dict.fromkeys(dids))
