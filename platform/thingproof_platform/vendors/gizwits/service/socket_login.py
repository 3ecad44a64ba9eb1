"""Login of an application on the socket: who it is, how it wants to be spoken to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.errors import Reason, Refusal

if TYPE_CHECKING:
    from thingproof_platform.core.world import World

_P0_TYPES: Final = ("attrs_v4", "custom")
_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Login:
    """A successful login. `heartbeat` in seconds; `custom` wants raw frames instead of data points."""

    application: str
    account: str
    token: str
    heartbeat: float
    custom: bool
    auto_subscribe: bool


def check(world: World, data: object) -> Login | None:
    """The login, None when application, user or token do not fit; refuses what is malformed."""
    if not isinstance(data, dict):
        raise Refusal(Reason.FORM_INVALID, "data: expected an object", "data")
    names = {name: data.get(name) for name in ("appid", "uid", "token")}
    for name, value in names.items():
        if not isinstance(value, str):
            raise Refusal(Reason.FORM_INVALID, f"{name}: expected a string", name)
    p0_type, auto = data.get("p0_type", "attrs_v4"), data.get("auto_subscribe", True)
    if p0_type not in _P0_TYPES:
        raise Refusal(Reason.FORM_INVALID, "p0_type: expected attrs_v4 or custom", "p0_type")
    if not isinstance(auto, bool):
        raise Refusal(Reason.FORM_INVALID, "auto_subscribe: expected true or false", "auto_subscribe")
    heartbeat = _heartbeat(world, data.get("heartbeat_interval"))
    application, uid, value = (str(names[name]) for name in ("appid", "uid", "token"))
    try:
        token = world.accounts.token(value, application)
    except Refusal:
        return None
    if application not in world.accounts.applications or token.account is None or token.account != uid:
        return None
    return Login(application, uid, value, heartbeat, p0_type == "custom", auto)


def _heartbeat(world: World, given: object) -> float:
    """Seconds between heartbeats; clients announce seconds or milliseconds, at most 180 s."""
    longest = world.limits.heartbeat_longest
    if given is None:
        return longest
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise Refusal(Reason.FORM_INVALID, "heartbeat_interval: expected a number", "heartbeat_interval")
    seconds = given / _MILLISECONDS if given > longest else float(given)
    if not 0 < seconds <= longest:
        raise Refusal(
            Reason.FORM_INVALID, f"heartbeat_interval: at most {longest:.0f} seconds", "heartbeat_interval"
        )
    return seconds
