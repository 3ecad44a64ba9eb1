"""Users and tokens as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from thingproof_platform.core.model import Account, Token
    from thingproof_platform.core.world import World

# member of the profile -> field of the account (gizwits.md:301)
_PROFILE: Final[dict[str, str]] = {
    "username": "username",
    "uid": "id",
    "phone": "phone",
    "birthday": "birthday",
    "address": "address",
    "lang": "language",
    "remark": "remark",
    "name": "name",
    "gender": "gender",
    "email": "email",
}


def profile(account: Account) -> dict[str, Any]:
    """GET /app/users; what the user never told is null."""
    shown: dict[str, Any] = {member: getattr(account, field) or None for member, field in _PROFILE.items()}
    return shown | {"is_anonymous": bool(account.anonymous_id)}


def user_token(world: World, token: Token) -> dict[str, Any]:
    """Answer of registration and login (gizwits.md:265)."""
    return {"uid": token.account, "token": token.value, "expire_at": _expiry(world, token)}


def application_token(world: World, token: Token) -> dict[str, Any]:
    """Answer of request_token; clients know the expiry under both names (gizwits.md:449)."""
    expiry = _expiry(world, token)
    return {"token": token.value, "expire_at": expiry, "expired_at": expiry}


def _expiry(world: World, token: Token) -> int | str:
    return str(int(token.expires_at)) if world.faults.on("expiry_as_text") else int(token.expires_at)
