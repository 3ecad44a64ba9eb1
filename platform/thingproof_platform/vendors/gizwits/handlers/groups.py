"""groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request, Response
    from thingproof_platform.core.world import World


def list(world: World, request: Request) -> Response:  # noqa: A001
    """GET /app/group."""
    raise NotImplementedError


def create(world: World, request: Request) -> Response:
    """POST /app/group."""
    raise NotImplementedError


def delete(world: World, request: Request) -> Response:
    """DELETE /app/group/{id}."""
    raise NotImplementedError


def update(world: World, request: Request) -> Response:
    """PUT /app/group/{id}."""
    raise NotImplementedError


def devices_list(world: World, request: Request) -> Response:
    """GET /app/group/{id}/devices."""
    raise NotImplementedError


def devices_add(world: World, request: Request) -> Response:
    """POST /app/group/{id}/devices."""
    raise NotImplementedError


def devices_remove(world: World, request: Request) -> Response:
    """DELETE /app/group/{id}/devices."""
    raise NotImplementedError


def control(world: World, request: Request) -> Response:
    """POST /app/group/{id}/control."""
    raise NotImplementedError
