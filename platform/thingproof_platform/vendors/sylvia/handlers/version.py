"""What is running (sylvia.md:112)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.core.dialect import Response
from thingproof_wire import __version__

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World

_NAME: Final = "sylvia-iot-broker"
_PLAIN: Final = "text/plain; charset=utf-8"


def get(world: World, request: Request) -> Response:
    """Name and version; `q` asks for one of them as plain text (sylvia.contra.38)."""
    about = {"name": _NAME, "version": __version__}
    asked = request.query.get("q", "")
    if asked in about and not world.faults.on("version_always_json"):
        return Response(200, text=about[asked], headers={"Content-Type": _PLAIN})
    return Response(200, {"data": about})
