"""Changes of a user: conversion of an anonymous one, password, phone, profile (gizwits.md:331)."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.service.forms import form_invalid, text
from thingproof_platform.vendors.gizwits.service.password_reset import set_password
from thingproof_platform.vendors.gizwits.service.registration import (
    check_email,
    check_password,
    language_of,
    phone_of,
)

if TYPE_CHECKING:
    from thingproof_platform.core.model import Account
    from thingproof_platform.core.world import World

GENDERS: Final = ("M", "F", "N")  # gizwits.md:364
_BIRTHDAY: Final = re.compile(r"(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})")
_LEAP_YEAR: Final = 2000
_TAKEN: Final = {
    "username": Reason.USERNAME_TAKEN,
    "phone": Reason.PHONE_TAKEN,
    "email": Reason.EMAIL_TAKEN,
}


def update(world: World, account: Account, members: dict[str, Any]) -> None:
    """Change a user as far as members are given; nothing changes when one of them is refused."""
    profile = _profile(world, members)
    chosen = [name for name in ("username", "phone", "email") if text(world, members, name)]
    if len(chosen) > 1:
        raise form_invalid(chosen[1], "change one of username, phone and email at a time")
    if not any(value not in (None, "") for value in members.values()):
        raise form_invalid("body", "give what is to be changed")
    changes_password = bool(text(world, members, "old_pwd") or text(world, members, "new_pwd"))
    if changes_password:
        _check_old_password(world, account, members)
        check_password(world, text(world, members, "new_pwd", required=True))
    if chosen:
        _identity(world, account, chosen[0], members)
    if changes_password:
        set_password(world, account, members["new_pwd"])
    if not world.faults.on("profile_is_not_kept"):
        for field, value in profile.items():
            setattr(account, field, value)
    world.accounts.save(account)


def _check_old_password(world: World, account: Account, members: dict[str, Any]) -> None:
    old = text(world, members, "old_pwd", required=True)
    if not world.accounts.password_fits(account, old) and not world.faults.on("any_old_password"):
        raise Refusal(Reason.CREDENTIALS_WRONG, None, "old_pwd")


def _identity(world: World, account: Account, name: str, members: dict[str, Any]) -> None:
    """An anonymous user becomes one with a name, phone or e-mail; others change their phone (337-340)."""
    value = phone_of(world, members) if name == "phone" else text(world, members, name)
    if name == "email":
        check_email(value)
    known = world.accounts.find(account.application, name, value)
    if known is not None and known.id != account.id:
        raise Refusal(_TAKEN[name], "another user is known by it", name)
    if not account.anonymous_id and name != "phone":
        raise form_invalid(name, "only an anonymous user takes a name or an e-mail address")
    password = ""
    if account.anonymous_id:
        password = text(world, members, "password", required=True)
        check_password(world, password)
    if name == "phone":
        code = text(world, members, "code", required=True)
        if not world.faults.on("phone_without_code"):
            world.accounts.use_code(account.application, value, code)
    setattr(account, name, value)
    if password:
        account.password = world.accounts.hashed(password)
    if account.anonymous_id and not world.faults.on("stay_anonymous"):
        account.anonymous_id = ""


def _profile(world: World, members: dict[str, Any]) -> dict[str, str]:
    """The profile fields that are given, checked; `remar` is how the table spells remark."""
    given = {
        "name": members.get("name"),
        "gender": members.get("gender"),
        "birthday": members.get("birthday"),
        "address": members.get("address"),
        "remark": members.get("remark", members.get("remar")),
    }
    fields = {name: text(world, given, name) for name, value in given.items() if value is not None}
    if "gender" in fields and fields["gender"] not in GENDERS:
        raise form_invalid("gender", f"expected one of {', '.join(GENDERS)}")
    if "birthday" in fields and not world.faults.on("any_birthday"):
        _check_birthday(fields["birthday"])
    language = language_of(world, members)
    return fields | ({"language": language} if language else {})


def _check_birthday(value: str) -> None:
    """YYYY-MM-DD or MM-DD, a day that exists (gizwits.md:365)."""
    matched = _BIRTHDAY.fullmatch(value)
    if matched is None or not _is_a_day(int(matched[1] or _LEAP_YEAR), int(matched[2]), int(matched[3])):
        raise form_invalid("birthday", "expected YYYY-MM-DD or MM-DD")


def _is_a_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
