"""The definition of a product's data points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.auth import application_of
from thingproof_platform.vendors.gizwits.service.definition import definition

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World


def get(world: World, request: Request) -> Response:
    """The definition, for applications of the product and super applications (gizwits.md:1138)."""
    application = application_of(request)
    product = world.things.products.get(request.query.get("product_key", ""))
    if product is None:
        raise Refusal(Reason.PRODUCT_UNKNOWN, "no product has this key", "product_key")
    own = application.products is None or product.key in application.products
    if not (own or application.super or world.faults.on("skip_product_check")):
        raise Refusal(Reason.PRODUCT_UNKNOWN, "the product is not one of the application", "product_key")
    return Response(200, definition(world, product))
