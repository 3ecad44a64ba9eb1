"""Reading inputs: what is not what the document says is refused as form invalid (9015), never a crash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from thingproof_platform.core.errors import Reason, Refusal

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World

_INTEGER = re.compile(r"-?[0-9]{1,15}")


def form_invalid(field: str, what: str) -> Refusal:
    """The refusal of one input."""
    return Refusal(Reason.FORM_INVALID, f"{field}: {what}", field)


def body_of(request: Request) -> dict[str, Any]:
    """The members of the body; a body that is no object is refused."""
    if request.body is None:
        return {}
    if not isinstance(request.body, dict):
        raise form_invalid("body", "expected an object")
    return request.body


def text(world: World, members: dict[str, Any], name: str, *, required: bool = False) -> str:
    """A text member, empty when absent or null."""
    value = members.get(name)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise form_invalid(name, "expected a string")
    if len(value) > world.limits.text_length or not encodable(value):
        raise form_invalid(name, f"expected at most {world.limits.text_length} characters of Unicode text")
    if required and not value:
        raise form_invalid(name, "is required")
    return value


def integer(
    request: Request, name: str, default: int | None = None, *, least: int = 0, most: int | None = None
) -> int:
    """An integer of the query; refused when missing without default or outside of its bounds."""
    value = request.query.get(name, "")
    if value == "" and default is not None:
        return default
    if not _INTEGER.fullmatch(value):
        raise form_invalid(name, "expected an integer")
    number = int(value)
    if number < least or (most is not None and number > most):
        raise form_invalid(
            name, f"expected {least} or more" if most is None else f"expected {least} to {most}"
        )
    return number


def path_integer(request: Request, name: str) -> int:
    """An integer of the path; refuses what is none."""
    value = request.path_parameters[name]
    if not _INTEGER.fullmatch(value):
        raise form_invalid(name, "expected an integer")
    return int(value)


def encodable(value: str) -> bool:
    """Lone surrogates are no text: they cannot be sent back."""
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)
