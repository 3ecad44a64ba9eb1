"""Captchas: made, drawn, solved (gizwits.md:530)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.service.captcha_picture import ALPHABET, picture
from thingproof_platform.vendors.gizwits.service.model import CAPTCHAS, Captcha

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World

PREFIX: Final = "/captcha/image/"
_ID_DIGITS: Final = 40  # gizwits.md:561
_LETTERS: Final = 4


def make(world: World, application: str) -> Captcha:
    """A new captcha; its text goes to the outbox, where a test can read it."""
    table = world.state.table(CAPTCHAS, Captcha)
    identifier = world.unused(table, lambda: world.identifiers.hex(_ID_DIGITS))
    captcha = Captcha(
        identifier, application, world.identifiers.letters(ALPHABET, _LETTERS), world.clock.now()
    )
    world.outbox.send("captcha", identifier, f"The picture shows {captcha.text}.", captcha.text)
    return table.put(identifier, captcha)


def solve(world: World, application: str, identifier: str, answer: str) -> None:
    """Check an answer, in upper or lower case; a right one uses the captcha up."""
    table = world.state.table(CAPTCHAS, Captcha)
    captcha = table.get(identifier)
    if captcha is None or captcha.application != application or captcha.used:
        raise Refusal(Reason.CODE_INVALID, "ask for a new picture", "captcha_id")
    expired = world.clock.now() - captcha.created_at > world.limits.captcha_lifetime
    if expired and not world.faults.on("captchas_never_expire"):
        raise Refusal(Reason.CODE_EXPIRED, "ask for a new picture", "captcha_id")
    right = hmac.compare_digest(captcha.text.encode(), answer.upper().encode("utf-8", "replace"))
    if not right and not world.faults.on("any_captcha_answer"):
        raise Refusal(Reason.CODE_INVALID, "this is not what the picture shows", "captcha_code")
    captcha.used = not world.faults.on("reuse_captcha")
    table.put(identifier, captcha)


def page(world: World, request: Request) -> Response:
    """The picture itself."""
    identifier = request.path.removeprefix(PREFIX).rstrip("/")
    captcha = world.state.table(CAPTCHAS, Captcha).get(identifier)
    if captcha is None or request.method not in ("GET", "HEAD"):
        raise Refusal(Reason.ROUTE_UNKNOWN, "there is no picture of this id", status=404)
    headers = {"Content-Type": "image/png", "Cache-Control": "no-store"}
    return Response(200, raw=picture(captcha.text, identifier), headers=headers)
