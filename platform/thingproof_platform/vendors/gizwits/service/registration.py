"""The five ways to register (gizwits.md:219): anonymous, user name, phone, e-mail, third party."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.service.forms import form_invalid, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_platform.core.model import Account, Application
    from thingproof_platform.core.world import World

LANGUAGES: Final = ("en", "zh-cn")  # gizwits.md:256
THIRD_PARTIES: Final = ("qq", "sina", "baidu", "wechat", "twitter", "facebook", "google", "amazon")
_BEARER: Final = frozenset({"google", "amazon"})  # gizwits.md:229
_OAUTH_KEYS: Final = frozenset({"qq", "twitter"})  # gizwits.md:230
_ABROAD: Final = frozenset({"facebook", "twitter", "google", "amazon"})  # gizwits.md:231
_REGIONS_ABROAD: Final = frozenset({"us", "eu"})
_PHONE: Final = re.compile(r"\+?[0-9]{5,15}")
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_PASSWORD_LENGTH: Final = 8  # gizwits.md:235
_PASSWORD_KINDS: Final = 3  # gizwits.md:236


def register(world: World, application: Application, members: dict[str, Any]) -> Account:
    """Register a user, or log an anonymous or third-party user in again (gizwits.md:388)."""
    language = language_of(world, members)
    chosen = [way for way, names in _WAYS if any(members.get(name) not in (None, "") for name in names)]
    if len(chosen) != 1:
        raise form_invalid("body", "give exactly one of phone_id, username, phone, email, authData")
    return chosen[0](world, application, members, language)


def language_of(world: World, members: dict[str, Any]) -> str:
    """The language asked for, empty when none is."""
    language = text(world, members, "lang")
    if language and language not in LANGUAGES:
        raise form_invalid("lang", f"expected one of {', '.join(LANGUAGES)}")
    return language


def phone_of(world: World, members: dict[str, Any]) -> str:
    """A phone number: domestic digits, or +{country code}{number} (gizwits.md:505)."""
    phone = text(world, members, "phone", required=True)
    if not _PHONE.fullmatch(phone):
        raise form_invalid("phone", "expected digits, for another country +{country code}{number}")
    return phone


def check_email(email: str) -> None:
    """Refuse what is no e-mail address."""
    if not _EMAIL.fullmatch(email):
        raise form_invalid("email", "expected an e-mail address")


def check_password(world: World, password: str) -> None:
    """At least 8 characters of three of: upper case, lower case, digits, others (gizwits.md:233)."""
    if world.faults.on("accept_weak_password"):
        return
    if len(password) < _PASSWORD_LENGTH or len({_kind(letter) for letter in password}) < _PASSWORD_KINDS:
        raise form_invalid(
            "password", "expected 8 characters or more, of three of: upper case, lower case, digits, symbols"
        )


def _kind(letter: str) -> str:
    for kind in ("isupper", "islower", "isdigit"):
        if getattr(letter, kind)():
            return kind
    return "other"


def _anonymous(world: World, application: Application, members: dict[str, Any], language: str) -> Account:
    phone_id = text(world, members, "phone_id", required=True)
    return _known_or_new(world, application, "anonymous_id", phone_id, language)


def _by_username(world: World, application: Application, members: dict[str, Any], language: str) -> Account:
    username = text(world, members, "username", required=True)
    password = _password(world, members)
    _admit(world, application)
    if world.accounts.find(application.id, "username", username):
        raise Refusal(Reason.USERNAME_TAKEN, "another user has this name", "username")
    return world.accounts.create(application.id, password, username=username, language=language or "en")


def _by_phone(world: World, application: Application, members: dict[str, Any], language: str) -> Account:
    phone = phone_of(world, members)
    code = text(world, members, "code", required=True)
    password = _password(world, members)
    _admit(world, application)
    if world.accounts.find(application.id, "phone", phone):
        raise Refusal(Reason.PHONE_TAKEN, "another user has this phone number", "phone")
    world.accounts.use_code(application.id, phone, code)
    return world.accounts.create(application.id, password, phone=phone, language=language or "en")


def _by_email(world: World, application: Application, members: dict[str, Any], language: str) -> Account:
    email = text(world, members, "email", required=True)
    check_email(email)
    password = _password(world, members)
    _admit(world, application)
    known = world.accounts.find(application.id, "email", email)
    if known is not None:
        reason = Reason.EMAIL_TAKEN if known.activated else Reason.EMAIL_NOT_ACTIVATED
        raise Refusal(reason, "another user has this e-mail address", "email")
    active = not world.limits.email_activation
    return world.accounts.create(
        application.id, password, email=email, language=language or "en", activated=active
    )


def _by_third_party(
    world: World, application: Application, members: dict[str, Any], language: str
) -> Account:
    """Source, uid and token in authData (gizwits.md:225); the flat form of the table is taken too."""
    given = members.get("authData")
    data: dict[str, Any] = members if given is None else given
    if not isinstance(data, dict):
        raise form_invalid("authData", "expected an object with src, uid and token")
    source = text(world, data, "src", required=True)
    uid = text(world, data, "uid", required=True)
    token = text(world, data, "token", required=True)
    if source not in THIRD_PARTIES:
        raise form_invalid("authData.src", f"expected one of {', '.join(THIRD_PARTIES)}")
    if source in _BEARER and not token.startswith("Bearer"):
        raise form_invalid("authData.token", f"for {source} it starts with Bearer")
    foreign = source in _ABROAD and application.region not in _REGIONS_ABROAD
    if foreign and not world.faults.on("accept_any_region"):
        raise form_invalid("authData.src", f"{source} is not available in this region")
    if source in _OAUTH_KEYS and source not in application.oauth_keys:
        raise Refusal(Reason.OAUTH_KEY_INVALID, f"the application has no API_KEY and API_Secret for {source}")
    return _known_or_new(world, application, "third_party", f"{source}:{uid}", language)


def _known_or_new(
    world: World, application: Application, identity: str, value: str, language: str
) -> Account:
    known = world.accounts.find(application.id, identity, value)
    if known is not None and not world.faults.on("new_account_each_time"):
        return known
    _admit(world, application)
    return world.accounts.create(application.id, **{identity: value}, language=language or "en")


def _password(world: World, members: dict[str, Any]) -> str:
    password = text(world, members, "password", required=True)
    check_password(world, password)
    return password


def _admit(world: World, application: Application) -> None:
    """Is there room for one more registration now?"""
    if world.faults.on("registration_busy"):
        raise Refusal(Reason.REGISTRATION_BUSY, "try again in a moment")
    world.throttles.check("registration", application.id, world.limits.registrations_per_minute)
    if world.limits.registrations_per_minute:
        world.throttles.note("registration", application.id)


# Way to register and the members that choose it. `uid` and `token` alone are no identity.
_WAYS: Final[
    tuple[tuple[Callable[[World, Application, dict[str, Any], str], Account], tuple[str, ...]], ...]
] = (
    (_anonymous, ("phone_id",)),
    (_by_username, ("username",)),
    (_by_phone, ("phone",)),
    (_by_email, ("email",)),
    (_by_third_party, ("authData", "src")),
)
