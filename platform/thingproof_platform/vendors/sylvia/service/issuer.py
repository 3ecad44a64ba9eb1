"""The platform's own issuer of tokens, where the SDKs of this vendor look for one (sylvia.contra.45).

It is no part of the documented API: paths and members are those of the public auth service.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.network.sylvia_queues import time_text
from thingproof_platform.vendors.sylvia.auth import ISSUER, caller_by_token
from thingproof_platform.vendors.sylvia.service.model import CLIENTS, Client
from thingproof_platform.vendors.sylvia.service.registry import registry

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Page, Request
    from thingproof_platform.core.model import Token
    from thingproof_platform.core.state import Table
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.model import User

_USERS: Final = "/auth/api/v1/user/"
_READERS: Final = frozenset({"admin", "manager", "service"})


def clients(world: World) -> Table[Client]:
    """The OAuth2 clients."""
    return world.state.table(CLIENTS, Client)


def issue(
    world: World, user: User, *, client: str = "", lifetime: float | None = None, value: str = ""
) -> Token:
    """A token of a user; it lives an hour unless said, by the clock."""
    if lifetime is None:
        lifetime = world.limits.bearer_token_lifetime
    value = value or world.identifiers.hex(64)  # the length the document shows (sylvia.md:66)
    return world.accounts.issue(ISSUER, user.id, lifetime=lifetime, value=value, client=client)


def token(world: World, request: Request) -> Response:
    """POST /oauth2/token: a client's credentials for a token of its user (RFC 6749, 4.4)."""
    _only(request, "POST")
    form = request.body if isinstance(request.body, dict) else {}
    client = _client(world, request, form)
    if client is None:
        headers = {"WWW-Authenticate": 'Basic realm="sylvia"'} if "authorization" in request.headers else {}
        return _refused(401, "invalid_client", headers)
    if form.get("grant_type") != "client_credentials":
        missing = "grant_type" not in form
        return _refused(400, "invalid_request" if missing else "unsupported_grant_type", {})
    user = registry(world).users.get(client.user)
    if user is None:
        return _refused(400, "unauthorized_client", {})
    issued = issue(world, user, client=client.id)
    body = {
        "access_token": issued.value,
        "token_type": "bearer",
        "expires_in": round(issued.expires_at - world.clock.now()),
    }
    return Response(200, body, {"Cache-Control": "no-store"})


def token_information(world: World, request: Request) -> Response:
    """GET /auth/api/v1/auth/tokeninfo: whose token this is."""
    _only(request, "GET")
    caller = caller_by_token(world, request)
    shown = {
        "userId": caller.user.id,
        "account": caller.user.account,
        "name": caller.user.name,
        "roles": _roles(caller.user),
        "clientId": caller.token.client,
        "scopes": [],
    }
    return Response(200, {"data": shown})


def user(world: World, request: Request) -> Response:
    """GET /auth/api/v1/user/{id}: a user, for those with a role and for the user itself."""
    _only(request, "GET")
    caller, wanted = caller_by_token(world, request), request.path.removeprefix(_USERS).rstrip("/")
    if wanted != caller.user.id and not _READERS.intersection(caller.user.roles):
        raise Refusal(Reason.ROLE_MISSING, "invalid role")
    found = registry(world).users.get(wanted)
    if found is None:
        raise Refusal(Reason.RESOURCE_UNKNOWN, "no user has this id", "userId")
    shown = {
        "userId": found.id,
        "account": found.account,
        "createdAt": time_text(found.created_ms),
        "roles": _roles(found),
        "name": found.name,
        "info": {},
    }
    return Response(200, {"data": shown})


PAGES: Final[dict[str, Page]] = {
    "/oauth2/token": token,
    "/auth/oauth2/token": token,
    "/auth/api/v1/auth/tokeninfo": token_information,
    _USERS: user,
}


def _client(world: World, request: Request, form: dict[str, Any]) -> Client | None:
    """The client whose id and secret are right, by HTTP Basic or in the form (RFC 6749, 2.3.1)."""
    basic = _basic(request.headers.get("authorization", ""))
    identifier, secret = basic or (str(form.get("client_id", "")), str(form.get("client_secret", "")))
    client = clients(world).get(identifier)
    if client is None or not hmac.compare_digest(client.secret.encode(), secret.encode("utf-8", "replace")):
        return None
    return client


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    identifier, _, secret = text.partition(":")
    return unquote_plus(identifier), unquote_plus(secret)


def _roles(found: User) -> dict[str, bool]:
    return {role: role in found.roles for role in ("admin", "manager", "service")}


def _refused(status: int, error: str, headers: dict[str, str]) -> Response:
    return Response(status, {"error": error}, {"Cache-Control": "no-store", **headers})


def _only(request: Request, method: str) -> None:
    """Refuse other methods, and paths that only begin like one of a page."""
    if request.path.rstrip("/") not in PAGES and not request.path.startswith(_USERS):
        raise Refusal(Reason.ROUTE_UNKNOWN, f"{request.path} is no route", status=404)
    if request.method != method:
        raise Refusal(Reason.METHOD_NOT_ALLOWED, f"{request.path} takes {method}", status=405)
