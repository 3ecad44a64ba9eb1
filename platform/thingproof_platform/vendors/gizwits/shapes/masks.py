"""Names of other people with their middle hidden (gizwits.contra.14); empty texts stay empty."""

from __future__ import annotations

from typing import Final

_HIDDEN: Final = "****"
_PHONE_HEAD: Final = 3
_PHONE_HIDDEN: Final = 4


def username(value: str) -> str:
    """First and last letter: `2****2` (gizwits.md:1051)."""
    return f"{value[0]}{_HIDDEN}{value[-1]}" if value else ""


def email(value: str) -> str:
    """The local part masked like a user name, the domain as it is: `G****s@gizwits.com`."""
    local, _, domain = value.partition("@")
    return f"{username(local)}@{domain}" if value else ""


def phone(value: str) -> str:
    """Three digits, four hidden ones, the rest: `188****8888`."""
    return f"{value[:_PHONE_HEAD]}{_HIDDEN}{value[_PHONE_HEAD + _PHONE_HIDDEN :]}" if value else ""
