"""Reading input of the control surface: every refusal names field, value and remedy."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from thingproof_platform.core.errors import InputError


def json_object(raw: bytes) -> dict[str, Any]:
    """The body as an object; an empty body is an empty one."""
    if not raw.strip():
        return {}
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not JSON: {error}", field="body", remedy="send one JSON object") from error
    if not isinstance(body, dict):
        raise InputError(
            f"is a JSON {type(body).__name__}", field="body", value=body, remedy="send one JSON object"
        )
    return body


def only(body: dict[str, Any], *names: str) -> None:
    """Refuse members nobody would read: a misspelt one must not be ignored."""
    for name, value in body.items():
        if name not in names:
            remedy = f"known are: {', '.join(names)}" if names else "send {}"
            raise InputError("is not known here", field=name, value=value, remedy=remedy)


def number(body: dict[str, Any], name: str, *, minimum: float, remedy: str) -> float:
    """A finite number of the body, at least `minimum`."""
    value = body.get(name)
    if value is None:
        raise InputError("is missing", field=name, remedy=remedy)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError(f"{value!r} is no number", field=name, value=value, remedy=remedy)
    if value < minimum:
        raise InputError(f"{value!r} is below {minimum:g}", field=name, value=value, remedy=remedy)
    return float(value)


def choice(value: object, name: str, allowed: tuple[str, ...]) -> str:
    """One of a few words."""
    if value not in allowed:
        raise InputError(
            f"{value!r} is not possible", field=name, value=value, remedy=f"write {' or '.join(allowed)}"
        )
    return str(value)


def boolean(value: object, name: str) -> bool:
    """True or false, nothing like it."""
    if not isinstance(value, bool):
        raise InputError(
            f"{value!r} is neither true nor false", field=name, value=value, remedy="write true or false"
        )
    return value
