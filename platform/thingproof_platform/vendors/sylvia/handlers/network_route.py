"""Routes from networks to applications (sylvia.md:1408)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

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
    from thingproof_platform.vendors.sylvia.service.model import NetworkRoute


def create(world: World, request: Request) -> Response:
    """A route; network, application, unit and doublet are looked at in this order (sylvia.contra.15)."""
    data = forms.data_of(request)
    network_id, application_id = forms.identifier(data, "networkId"), forms.identifier(data, "applicationId")
    rights, found = Rights(world, caller_of(request)), registry(world)
    network = rights.network_named(network_id)
    application = rights.application_named(application_id)
    foreign = network.unit not in (None, application.unit)
    if foreign and not world.faults.on("unit_mismatch_accepted"):
        raise Refusal(Reason.UNIT_MISMATCH, "network and application are of different units")
    taken = found.network_routes.find((application.id, network.id)) is not None
    if taken and not world.faults.on("duplicate_route_accepted"):
        raise Refusal(Reason.ROUTE_TAKEN, "the route has been created")
    return Response(200, {"data": {"routeId": found.add_network_route(application, network).id}})


def count(world: World, request: Request) -> Response:
    """How many network routes (sylvia.md:1443)."""
    return listing.count(world, request, selection.network_routes(world, request))


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The network routes, the newest of a network first (sylvia.contra.7)."""
    found = registry(world)
    order: Order[NetworkRoute] = Order(
        {
            "application": lambda row: found.application_code(row.application),
            "network": lambda row: found.network_code(row.network),
            "created": lambda row: row.created_ms,
        },
        "network:asc,created:desc",
    )
    shape = partial(shapes.network_route, found)
    return listing.answer(world, request, selection.network_routes(world, request), order, shape)


def delete(world: World, request: Request) -> Response:
    """Drop a route; what the caller does not own stays."""
    found = registry(world)
    route = found.network_routes.get(request.path_parameters["routeId"])
    if route is not None and Rights(world, caller_of(request)).reaches(route.unit, write=True):
        found.network_routes.delete(route)
    return Response(204)
