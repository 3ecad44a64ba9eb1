"""Message centre: list, mark as read, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_platform.core.dialect import Response
from thingproof_platform.vendors.gizwits.auth import account_of
from thingproof_platform.vendors.gizwits.service import messages, paging
from thingproof_platform.vendors.gizwits.service.forms import integer
from thingproof_platform.vendors.gizwits.shapes import messages as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The caller's messages of a type, newest first (gizwits.md:619)."""
    found = messages.centre(world).of(account_of(request).id, integer(request, "type"))
    page = paging.page(world, request, found)
    meta = paging.meta(world, request, len(found))
    return Response(200, {"meta": meta, "objects": [shapes.message(row) for row in page]})


def update(world: World, request: Request) -> Response:
    """Mark a message as read (1) or delete it (2) (gizwits.md:681)."""
    status = integer(request, "status", least=messages.READ, most=messages.DELETED)
    messages.centre(world).mark(account_of(request).id, request.path_parameters["id"], status)
    return Response(200)
