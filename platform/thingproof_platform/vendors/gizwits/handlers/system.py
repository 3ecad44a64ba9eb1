"""System information: version and error list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.core.dialect import Response
from thingproof_platform.vendors.gizwits.errors import CODES

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World

VERSION: Final = "2.15.1"  # the version the document shows (gizwits.md:3484)


def status(_world: World, _request: Request) -> Response:
    """The version of the Open API (gizwits.md:3456)."""
    return Response(200, {"status": {"version": VERSION}})


def errors(_world: World, _request: Request) -> Response:
    """Every error code with its HTTP status (gizwits.md:3489)."""
    return Response(
        200,
        [
            {"status": code.status, "error_message": code.error_message, "error_code": code.error_code}
            for code in CODES.values()
        ],
    )
