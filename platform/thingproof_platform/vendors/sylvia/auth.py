"""Who calls: a bearer token of the platform's own issuer (sylvia.md:61, sylvia.contra.45)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.sylvia.errors import messaging_code
from thingproof_platform.vendors.sylvia.service.registry import registry

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import OperationLike, Request
    from thingproof_platform.core.model import Token
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.model import User

ISSUER: Final = "sylvia"  # what the core's tokens of this vendor belong to
_AUTHORIZATION: Final = "authorization"

# Conditions of faults.py and the refusal each provokes (sylvia.md:75).
_CONDITIONS: Final = (
    ("database_down", Reason.STORE_FAILED, "the database cannot be reached"),
    ("messaging_down", Reason.MESSAGING_FAILED, "another service cannot be reached"),
    ("resources_exhausted", Reason.RESOURCES_EXHAUSTED, "no resources are left"),
    ("server_broken", Reason.INTERNAL, "something unexpected happened"),
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A user as a caller; `privileged` may do everything (sylvia.md:93)."""

    user: User
    token: Token
    privileged: bool


def authenticate(world: World, request: Request, operation: OperationLike) -> Request:
    """Check the token; fills in the caller. GET /version needs none (sylvia.md:61)."""
    if operation.security:
        if world.faults.active:
            _provoke(world, operation.id)
        request.caller = caller_by_token(world, request)
    return request


def caller_of(request: Request) -> Caller:
    """The caller of an authenticated request."""
    if not isinstance(request.caller, Caller):
        raise Refusal(Reason.TOKEN_INVALID, "the request names no user")
    return request.caller


def caller_by_token(world: World, request: Request) -> Caller:
    """Who holds the token of the Authorization header."""
    value = _bearer(world, request)
    faults = world.faults
    if faults.on("any_token_accepted"):
        anybody = next((token for token in world.accounts.tokens if token.application == ISSUER), None)
        known = world.accounts.tokens.get(value)
        value = value if known is not None or anybody is None else anybody.value
    try:
        token = world.accounts.token(value, ISSUER)
    except Refusal as refusal:
        raise Refusal(refusal.reason, "Invalid token: access token is invalid or expired") from refusal
    user = registry(world).users.get(token.account or "")
    if user is None:
        raise Refusal(Reason.TOKEN_INVALID, "Invalid token: its user does not exist")
    privileged = bool({"admin", "manager"}.intersection(user.roles))
    if user.roles == ["manager"] and faults.on("manager_is_normal"):
        privileged = False
    return Caller(user, token, privileged or ("service" in user.roles and faults.on("service_is_admin")))


def _bearer(world: World, request: Request) -> str:
    """The token as sent; refuses a header that is missing or doubled (sylvia.contra.5)."""
    every = getattr(request.headers, "getall", None)
    sent = every(_AUTHORIZATION, []) if every is not None else [request.headers.get(_AUTHORIZATION, "")]
    scheme, _, value = str(sent[0] if len(sent) == 1 else "").strip().partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    if world.limits.missing_token_is_malformed:
        raise Refusal(Reason.FORM_INVALID, "missing token")
    raise Refusal(Reason.TOKEN_INVALID, "Invalid token: send one Authorization header with a Bearer token")


def _provoke(world: World, operation: str) -> None:
    for fault, reason, detail in _CONDITIONS:
        if world.faults.hits(fault, operation):
            code = messaging_code(world) if reason is Reason.MESSAGING_FAILED else None
            raise Refusal(reason, detail, code=code)
