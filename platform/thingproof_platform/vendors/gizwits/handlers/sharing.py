"""sharing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request, Response
    from thingproof_platform.core.world import World


def create(world: World, request: Request) -> Response:
    """POST /app/sharing."""
    raise NotImplementedError


def list(world: World, request: Request) -> Response:  # noqa: A001
    """GET /app/sharing."""
    raise NotImplementedError


def cancel(world: World, request: Request) -> Response:
    """DELETE /app/sharing/{id}."""
    raise NotImplementedError


def respond(world: World, request: Request) -> Response:
    """PUT /app/sharing/{id}."""
    raise NotImplementedError


def code_get(world: World, request: Request) -> Response:
    """GET /app/sharing/code/{code}."""
    raise NotImplementedError


def code_accept(world: World, request: Request) -> Response:
    """POST /app/sharing/code/{code}."""
    raise NotImplementedError


def alias(world: World, request: Request) -> Response:
    """PUT /app/sharing/{id}/alias."""
    raise NotImplementedError


def transfer(world: World, request: Request) -> Response:
    """POST /app/sharing/{did}/transfer."""
    raise NotImplementedError
