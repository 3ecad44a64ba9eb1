"""Users: registration, login, profile, tokens, SMS codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.auth import account_of, application_of
from thingproof_platform.vendors.gizwits.service.forms import body_of, text
from thingproof_platform.vendors.gizwits.service.registration import language_of, phone_of, register
from thingproof_platform.vendors.gizwits.shapes import users as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World


def create(world: World, request: Request) -> Response:
    """Register a user and log in (gizwits.md:215)."""
    application = application_of(request)
    account = register(world, application, body_of(request))
    return Response(201, shapes.user_token(world, world.accounts.issue(application.id, account.id)))


def get(_world: World, request: Request) -> Response:
    """The profile of the user the token belongs to (gizwits.md:279)."""
    return Response(200, shapes.profile(account_of(request)))


def login(world: World, request: Request) -> Response:
    """Log in with user name, e-mail or phone and the password (gizwits.md:384)."""
    application, members = application_of(request), body_of(request)
    name = text(world, members, "username", required=True)
    password = text(world, members, "password", required=True)
    language_of(world, members)
    key = f"{application.id}:{name}"
    world.throttles.check("login", key, world.limits.login_failures_per_minute)
    candidates = world.accounts.candidates(application.id, name)
    if not candidates:
        world.throttles.note("login", key)
        raise Refusal(Reason.ACCOUNT_UNKNOWN, "no user has this name, e-mail or phone", "username")
    for account in candidates:
        if world.accounts.password_fits(account, password):
            return Response(200, shapes.user_token(world, world.accounts.issue(application.id, account.id)))
    world.throttles.note("login", key)
    raise Refusal(Reason.CREDENTIALS_WRONG, None, "password")


def request_token(world: World, request: Request) -> Response:
    """An application token for the SMS and captcha operations (gizwits.md:424)."""
    token = world.accounts.issue(application_of(request).id)
    return Response(200, shapes.application_token(world, token))


def sms_code(world: World, request: Request) -> Response:
    """With a phone alone send a code, with a code verify it (gizwits.md:490)."""
    application, members = application_of(request), body_of(request)
    phone = phone_of(world, members)
    code = text(world, members, "code")
    if code:
        world.accounts.use_code(application.id, phone, code)
        return Response(200)
    if world.faults.on("sms_gateway_down"):
        raise Refusal(Reason.SMS_NOT_SENT, "try again later")
    key = f"{application.id}:{phone}"
    world.throttles.check("sms", key, world.limits.sms_per_phone_per_minute)
    world.throttles.note("sms", key)
    world.accounts.send_code(application.id, phone)
    return Response(200)


def update(world: World, request: Request) -> Response:
    """PUT /app/users."""
    raise NotImplementedError


def reset_password(world: World, request: Request) -> Response:
    """POST /app/reset_password."""
    raise NotImplementedError


def captcha_get(world: World, request: Request) -> Response:
    """GET /app/verify/codes."""
    raise NotImplementedError


def captcha_verify(world: World, request: Request) -> Response:
    """POST /app/verify/codes."""
    raise NotImplementedError


def sms_code_verify(world: World, request: Request) -> Response:
    """PUT /app/verify/codes."""
    raise NotImplementedError
