"""Users: registration, login, profile, tokens, SMS codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.auth import account_of, application_of
from thingproof_platform.vendors.gizwits.service import captcha, password_reset, profile
from thingproof_platform.vendors.gizwits.service.forms import body_of, form_invalid, text
from thingproof_platform.vendors.gizwits.service.registration import (
    check_password,
    language_of,
    phone_of,
    register,
)
from thingproof_platform.vendors.gizwits.shapes import times
from thingproof_platform.vendors.gizwits.shapes import users as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.model import Account, Application
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
    _send_code(world, application, phone)
    return Response(200)


def _send_code(world: World, application: Application, phone: str) -> None:
    """Send a code by SMS, not too often."""
    if world.faults.on("sms_gateway_down"):
        raise Refusal(Reason.SMS_NOT_SENT, "try again later")
    key = f"{application.id}:{phone}"
    world.throttles.check("sms", key, world.limits.sms_per_phone_per_minute)
    world.throttles.note("sms", key)
    world.accounts.send_code(application.id, phone)


def update(world: World, request: Request) -> Response:
    """Convert an anonymous user, change password, phone or profile (gizwits.md:331)."""
    profile.update(world, account_of(request), body_of(request))
    return Response(200, {"updatedAt": times.with_microseconds(world.clock.now())})


def reset_password(world: World, request: Request) -> Response:
    """A forgotten password: mail a link, or take a new one with an SMS code (gizwits.md:460)."""
    application, members = application_of(request), body_of(request)
    email = text(world, members, "email")
    if email:
        if world.faults.on("sms_gateway_down"):
            raise Refusal(Reason.SMS_NOT_SENT, "no mail leaves; try again later")
        account = _known(world, application, "email", email)
        password_reset.mail_link(world, account, _base(request))
        return Response(200)
    if not members.get("phone"):
        raise form_invalid("email", "give email, or phone with new_pwd and code")
    phone = phone_of(world, members)
    password = text(world, members, "new_pwd", required=True)
    code = text(world, members, "code", required=True)
    account = _known(world, application, "phone", phone)
    check_password(world, password)
    if not world.faults.on("reset_without_code"):
        world.accounts.use_code(application.id, phone, code)
    password_reset.set_password(world, account, password)
    return Response(200)


def _known(world: World, application: Application, identity: str, value: str) -> Account:
    account = world.accounts.find(application.id, identity, value)
    if account is None:
        raise Refusal(Reason.ACCOUNT_UNKNOWN, "no user is known by this", identity)
    if not account.activated:
        raise Refusal(Reason.ACCOUNT_INVALID, "the user's e-mail address was never confirmed", identity)
    return account


def _base(request: Request) -> str:
    """Where the caller reached the cloud: links begin with it."""
    return f"http://{request.headers.get('host', 'localhost')}"


def captcha_get(world: World, request: Request) -> Response:
    """A picture to be read by a person (gizwits.md:530)."""
    made = captcha.make(world, application_of(request).id)
    url = f"{_base(request)}{captcha.PREFIX}{made.id}/"
    return Response(200, {"captcha_url": url, "captcha_id": made.id})


def captcha_verify(world: World, request: Request) -> Response:
    """Whoever read the picture right gets an SMS code (gizwits.md:566)."""
    application, members = application_of(request), body_of(request)
    identifier = text(world, members, "captcha_id", required=True)
    answer = text(world, members, "captcha_code", required=True)
    phone = phone_of(world, members)
    captcha.solve(world, application.id, identifier, answer)
    if not world.faults.on("captcha_sends_nothing"):
        _send_code(world, application, phone)
    return Response(200)


def sms_code_verify(world: World, request: Request) -> Response:
    """Check a code; that uses it up (gizwits.md:593)."""
    application, members = application_of(request), body_of(request)
    phone = phone_of(world, members)
    world.accounts.use_code(application.id, phone, text(world, members, "sms_code", required=True))
    return Response(200)
