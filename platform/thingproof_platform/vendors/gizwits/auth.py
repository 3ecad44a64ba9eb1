"""Who calls: application id, user token, application token, digests (gizwits.md:151)."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.errors import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_platform.core.dialect import OperationLike, Request
    from thingproof_platform.core.model import Account, Application, Token
    from thingproof_platform.core.world import World

APPLICATION_ID: Final = "x-gizwits-application-id"
APPLICATION_AUTH: Final = "x-gizwits-application-auth"
APPLICATION_TOKEN: Final = "x-gizwits-application-token"  # noqa: S105 - the name of a header
USER_TOKEN: Final = "x-gizwits-user-token"  # noqa: S105 - the name of a header
TIMESTAMP: Final = "x-gizwits-timestamp"
SIGNATURE: Final = "x-gizwits-signature"

_SECONDS = re.compile(r"[0-9]{1,18}")


def digest(*parts: str) -> str:
    """The document's digest: MD5 of the plain concatenation, 32 lower-case digits (gizwits.md:187)."""
    return hashlib.md5("".join(parts).encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def authenticate(world: World, request: Request, operation: OperationLike) -> Request:
    """Check what the operation asks for, in the order of the table; fills application and account."""
    request.application = _application(world, request)
    if world.faults.active and world.faults.hits("throttle", operation.id):
        raise Refusal(Reason.THROTTLED, "wait and try again")
    for scheme in operation.security:
        check = _SCHEMES.get(scheme)
        if check is not None:
            check(world, request)
    return request


def application_of(request: Request) -> Application:
    """The application of an authenticated request."""
    if request.application is None:
        raise Refusal(Reason.APPLICATION_UNKNOWN, "the request names no application")
    return request.application


def account_of(request: Request) -> Account:
    """The user of an authenticated request."""
    if request.account is None:
        raise Refusal(Reason.TOKEN_INVALID, "the request names no user")
    return request.account


def _application(world: World, request: Request) -> Application:
    app_id = request.headers.get(APPLICATION_ID, "")
    application = world.accounts.applications.get(app_id)
    if application is None or application.vendor != "gizwits":
        raise Refusal(Reason.APPLICATION_UNKNOWN, "X-Gizwits-Application-Id names no application")
    return application


def _user(world: World, request: Request) -> None:
    token = world.accounts.token(request.headers.get(USER_TOKEN, ""), application_of(request).id)
    if token.account is None:
        raise Refusal(Reason.TOKEN_INVALID, "this is an application token, not a user token")
    request.account = world.accounts.accounts.get(token.account)
    if request.account is None:
        raise Refusal(Reason.ACCOUNT_UNKNOWN, "the user of this token does not exist any more")


def _application_token(world: World, request: Request) -> None:
    """An application token in either header (gizwits.md:522); an expired one counts as invalid here."""
    value = request.headers.get(APPLICATION_TOKEN) or request.headers.get(USER_TOKEN, "")
    try:
        token: Token = world.accounts.token(value, application_of(request).id)
    except Refusal as refusal:
        raise Refusal(Reason.TOKEN_INVALID, refusal.detail) from refusal
    if token.account is not None and not world.faults.on("accept_user_token_for_sms"):
        raise Refusal(Reason.TOKEN_INVALID, "this is a user token; ask POST /app/request_token for another")


def _application_auth(world: World, request: Request) -> None:
    application = application_of(request)
    given = request.headers.get(APPLICATION_AUTH, "").lower().encode("utf-8", "replace")
    expected = digest(application.id, application.secret).encode()
    if not hmac.compare_digest(given, expected) and not world.faults.on("accept_any_application_auth"):
        raise Refusal(Reason.APPLICATION_AUTH_INVALID, "expected md5(appid + appsecret)")


def _timestamp(world: World, request: Request) -> None:
    """Timestamp in seconds, at most 5 minutes away (gizwits.md:749); the signature needs the product."""
    given = request.headers.get(TIMESTAMP, "")
    if not _SECONDS.fullmatch(given):
        raise Refusal(Reason.TIMESTAMP_INVALID, "expected seconds since the epoch in decimal digits")
    away = abs(int(world.clock.now()) - int(given))
    if away > world.limits.signature_window and not world.faults.on("ignore_signature_window"):
        raise Refusal(Reason.TIMESTAMP_INVALID, "more than 5 minutes away from the server's time")
    if not request.headers.get(SIGNATURE):
        raise Refusal(Reason.SIGNATURE_INVALID, "the header is missing")


def check_signature(world: World, request: Request, product_secret: str) -> None:
    """The signature is lower(md5(product_secret + timestamp)), the timestamp as sent (gizwits.md:750)."""
    given = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
    expected = digest(product_secret, request.headers.get(TIMESTAMP, "")).encode()
    if not hmac.compare_digest(given, expected) and not world.faults.on("accept_any_signature"):
        raise Refusal(Reason.SIGNATURE_INVALID, "expected lower(md5(product_secret + X-Gizwits-Timestamp))")


_SCHEMES: Final[dict[str, Callable[[World, Request], None]]] = {
    "user_token": _user,
    "app_token": _application_token,
    "app_auth": _application_auth,
    "signature": _timestamp,
}
