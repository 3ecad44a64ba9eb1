"""Forgotten passwords: by a mailed link or by SMS code (gizwits.md:460)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Refusal
from thingproof_platform.vendors.gizwits.service.forms import form_invalid
from thingproof_platform.vendors.gizwits.service.model import RESETS, Reset
from thingproof_platform.vendors.gizwits.service.registration import check_password

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.model import Account
    from thingproof_platform.core.world import World

PREFIX: Final = "/reset_password/"
_HTML: Final = "text/html; charset=utf-8"
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>New password</title></head>
<body><h1>New password</h1><p>{text}</p>{form}</body></html>
"""
_FORM: Final = """<form method="post"><label>New password
<input type="password" name="new_pwd" autocomplete="new-password" required></label>
<button>Set</button></form>"""


def mail_link(world: World, account: Account, base: str) -> None:
    """Mail a link that lets its reader set a password once (gizwits.md:466)."""
    table = world.state.table(RESETS, Reset)
    token = world.unused(table, world.identifiers.token)
    table.put(token, Reset(token, account.id, world.clock.now()))
    link = f"{base}{PREFIX}{token}"
    if not world.faults.on("no_reset_mail"):
        world.outbox.send("email", account.email, f"Set a new password here: {link}", token)


def set_password(world: World, account: Account, password: str) -> None:
    """Replace the password after checking its strength; tokens stay as they are."""
    check_password(world, password)
    if not world.faults.on("reset_changes_nothing"):
        account.password = world.accounts.hashed(password)
    world.accounts.save(account)


def page(world: World, request: Request) -> Response:
    """What the link leads to: a form, and what it sends."""
    table = world.state.table(RESETS, Reset)
    reset = table.get(request.path.removeprefix(PREFIX))
    account = None if reset is None else world.accounts.accounts.get(reset.account)
    late = reset is not None and world.clock.now() - reset.created_at > world.limits.reset_link_lifetime
    if reset is None or account is None or reset.used or late:
        return _page(404, "This link is not valid any more. Ask for another one.")
    if request.method != "POST":
        return _page(200, f"for {escape(account.email)}", _FORM)
    try:
        set_password(world, account, _new_password(request))
    except Refusal as refusal:
        return _page(400, escape(refusal.detail or "not accepted"), _FORM)
    reset.used = True
    table.put(reset.token, reset)
    return _page(200, "The password is set. You can log in with it.")


def _new_password(request: Request) -> str:
    body = request.body
    value = body.get("new_pwd") if isinstance(body, dict) else None
    if not isinstance(value, str):
        raise form_invalid("new_pwd", "is required")
    return value


def _page(status: int, text: str, form: str = "") -> Response:
    return Response(status, text=_PAGE.format(text=text, form=form), headers={"Content-Type": _HTML})
