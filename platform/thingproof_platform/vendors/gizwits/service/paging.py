"""Pages of lists: limit and skip of the query, and the meta that some lists carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from thingproof_platform.vendors.gizwits.service.forms import integer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World

Row = TypeVar("Row")


def page(world: World, request: Request, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows the query asks for: at most `limit` (20 unless said) after the first `skip`."""
    limit, skip = _asked(world, request)
    limit = len(rows) if world.faults.hits("ignore_limit", request.operation) else limit
    skip = 0 if world.faults.hits("ignore_skip", request.operation) else skip
    return rows[skip : skip + limit]


def meta(world: World, request: Request, total: int) -> dict[str, Any]:
    """total, limit, skip, and the addresses of the pages beside it, null without one (gizwits.md:664)."""
    limit, skip = _asked(world, request)
    before = _address(world, request, max(0, skip - limit), limit) if skip > 0 and limit > 0 else None
    after = _address(world, request, skip + limit, limit) if limit > 0 and skip + limit < total else None
    if world.faults.hits("total_of_page", request.operation):
        total = max(0, min(limit, total - skip))
    return {"total": total, "limit": limit, "skip": skip, "previous": before, "next": after}


def _asked(world: World, request: Request) -> tuple[int, int]:
    return integer(request, "limit", world.limits.page), integer(request, "skip", 0)


def _address(world: World, request: Request, skip: int, limit: int) -> str:
    """The path with the same query but another place."""
    kept = {} if world.faults.hits("bare_page_addresses", request.operation) else request.query
    return f"{request.path}?{urlencode(kept | {'skip': skip, 'limit': limit})}"
