"""rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request, Response
    from thingproof_platform.core.world import World


def params(world: World, request: Request) -> Response:
    """GET /app/rules/params."""
    raise NotImplementedError


def list(world: World, request: Request) -> Response:  # noqa: A001
    """GET /app/rules."""
    raise NotImplementedError


def create(world: World, request: Request) -> Response:
    """POST /app/rules."""
    raise NotImplementedError


def delete(world: World, request: Request) -> Response:
    """DELETE /app/rules/{rule_id}."""
    raise NotImplementedError


def update(world: World, request: Request) -> Response:
    """PUT /app/rules/{rule_id}."""
    raise NotImplementedError
