"""The definition of a product's data points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.auth import application_of
from thingproof_platform.vendors.gizwits.service.definition import definition, linked

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World


def get(world: World, request: Request) -> Response:
    """The definition, for applications of the product and super applications (gizwits.md:1138)."""
    product = linked(world, application_of(request), request.query.get("product_key", ""))
    if product is None:
        raise Refusal(Reason.PRODUCT_UNKNOWN, "the application has no product of this key", "product_key")
    return Response(200, definition(world, product))
