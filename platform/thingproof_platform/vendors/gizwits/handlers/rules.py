"""Device linkage: data points for rules, rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.auth import account_of, application_of
from thingproof_platform.vendors.gizwits.service import paging
from thingproof_platform.vendors.gizwits.service.definition import linked
from thingproof_platform.vendors.gizwits.service.forms import body_of, form_invalid, path_integer
from thingproof_platform.vendors.gizwits.service.linkage.definition import Check
from thingproof_platform.vendors.gizwits.service.linkage.engine import linkage
from thingproof_platform.vendors.gizwits.shapes import rules as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.model import LinkageRule


def params(world: World, request: Request) -> Response:
    """The data points rules can use, by product (gizwits.md:2230); no key means all (gizwits.contra.77)."""
    application = application_of(request)
    wanted = [key.strip() for key in request.query.get("product_key", "").split(",") if key.strip()]
    keys = wanted or [key for key in world.things.products.rows if linked(world, application, key)]
    shown = {}
    for key in keys:
        product = linked(world, application, key)
        if product is None:
            raise Refusal(Reason.PRODUCT_UNKNOWN, "the application has no product of this key", "product_key")
        shown[key] = [shapes.parameter(point) for point in product.mapping.get("datapoints", ())]
    return Response(200, shown)


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The caller's rules, newest first (gizwits.md:2287)."""
    rows = linkage(world).of(account_of(request).id)
    return Response(200, {"rules": [shapes.rule(row) for row in paging.page(world, request, rows)]})


def create(world: World, request: Request) -> Response:
    """A rule that is in force at once (gizwits.md:2401)."""
    account, application = account_of(request), application_of(request)
    definition = Check(world, account, application).checked(body_of(request))
    return Response(200, {"rule_id": linkage(world).create(account, application.id, definition).id})


def delete(world: World, request: Request) -> Response:
    """Drop a rule (gizwits.md:2587)."""
    rule = _rule(world, request)
    linkage(world).delete(rule)
    return Response(200, {"rule_id": rule.id})


def update(world: World, request: Request) -> Response:
    """Replace a rule as a whole (gizwits.md:2620)."""
    rule, members = _rule(world, request), body_of(request)
    _check_same(rule, members)
    definition = Check(world, account_of(request), application_of(request)).checked(members)
    linkage(world).change(rule, definition)
    return Response(200, {"rule_id": rule.id})


def _check_same(rule: LinkageRule, members: dict[str, Any]) -> None:
    """The path names the rule; a rule_id in the body may only repeat it (gizwits.contra.76)."""
    if str(members.get("rule_id", rule.id)) != str(rule.id):
        raise form_invalid("rule_id", "differs from the one of the path")


def _rule(world: World, request: Request) -> LinkageRule:
    return linkage(world).find(account_of(request), path_integer(request, "rule_id"))
