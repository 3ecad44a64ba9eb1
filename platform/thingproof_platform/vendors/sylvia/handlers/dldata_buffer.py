"""Downlinks that wait for their result (sylvia.md:1536)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thingproof_platform.core.dialect import Response
from thingproof_platform.vendors.sylvia.auth import caller_of
from thingproof_platform.vendors.sylvia.service import listing, selection
from thingproof_platform.vendors.sylvia.service.listing import Order
from thingproof_platform.vendors.sylvia.service.registry import registry
from thingproof_platform.vendors.sylvia.service.rights import Rights
from thingproof_platform.vendors.sylvia.shapes import resources as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.model import Buffer


def count(world: World, request: Request) -> Response:
    """How many downlinks wait (sylvia.md:1537)."""
    return listing.count(world, request, selection.buffers(world, request))


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The downlinks that wait, the newest of an application first (sylvia.contra.7)."""
    found = registry(world)
    order: Order[Buffer] = Order(
        {
            "application": lambda row: found.application_code(row.application),
            "created": lambda row: row.created_ms,
            "expired": lambda row: row.expires_ms,
        },
        "application:asc,created:desc",
    )
    shape = partial(shapes.buffer, found)
    return listing.answer(world, request, selection.buffers(world, request), order, shape)


def delete(world: World, request: Request) -> Response:
    """Drop a downlink; what was sent to the network is not recalled."""
    found = registry(world)
    buffer = found.buffers.get(request.path_parameters["dataId"])
    if buffer is not None and Rights(world, caller_of(request)).reaches(buffer.unit, write=True):
        found.remove_buffer(buffer)
    return Response(204)
