"""messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request, Response
    from thingproof_platform.core.world import World


def list(world: World, request: Request) -> Response:  # noqa: A001
    """GET /app/messages."""
    raise NotImplementedError


def update(world: World, request: Request) -> Response:
    """PUT /app/messages/{id}."""
    raise NotImplementedError
