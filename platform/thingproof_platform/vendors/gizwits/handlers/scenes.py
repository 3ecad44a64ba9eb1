"""scenes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request, Response
    from thingproof_platform.core.world import World


def list(world: World, request: Request) -> Response:  # noqa: A001
    """GET /app/scene."""
    raise NotImplementedError


def create(world: World, request: Request) -> Response:
    """POST /app/scene."""
    raise NotImplementedError


def delete(world: World, request: Request) -> Response:
    """DELETE /app/scene/{id}."""
    raise NotImplementedError


def update(world: World, request: Request) -> Response:
    """PUT /app/scene/{id}."""
    raise NotImplementedError


def task_status(world: World, request: Request) -> Response:
    """GET /app/scene/{id}/task."""
    raise NotImplementedError


def task_run(world: World, request: Request) -> Response:
    """POST /app/scene/{id}/task."""
    raise NotImplementedError
