"""Reading inputs: what is not what the document says is refused as err_param, never a crash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.network.sylvia_queues import normal_uri

if TYPE_CHECKING:
    from collections.abc import Container

    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World

_JSON: Final = re.compile(r"application/([a-z0-9.+-]*\+)?json *(;.*)?", re.IGNORECASE)
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")  # after lower-casing (sylvia.md:151)
_NUMBER: Final = re.compile(r"[0-9]{1,18}")

Members = dict[str, Any]


def malformed(field: str, what: str) -> Refusal:
    """The refusal of one input."""
    return Refusal(Reason.FORM_INVALID, f"{field}: {what}", field)


def data_of(request: Request) -> Members:
    """The members of `data` in a body sent as JSON. Null counts as left out."""
    if not _JSON.fullmatch(request.content_type):
        raise malformed("Content-Type", "send application/json")
    body = request.body
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise malformed("data", "expected an object")
    return {name: value for name, value in data.items() if value is not None}


def changes_of(world: World, data: Members, names: Container[str]) -> Members:
    """The members of a PATCH that count; one at least has to be there (sylvia.md:298)."""
    found = {name: value for name, value in data.items() if name in names}
    if not found and not world.faults.on("empty_patch_accepted"):
        raise malformed("data", "give at least one parameter")
    return found


def text(data: Members, name: str, default: str | None = None) -> str:
    """A text; mandatory without default."""
    value = data.get(name, default)
    if not isinstance(value, str) or not _encodable(value):
        raise malformed(name, "expected a string")
    return value


def identifier(data: Members, name: str) -> str:
    """An id: a text that is not empty."""
    value = text(data, name)
    if not value:
        raise malformed(name, "must not be empty")
    return value


def code(world: World, data: Members) -> str:
    """A code in lower case: a letter or digit, then letters, digits, - and _."""
    return _pattern(world, "code", text(data, "code"))


def profile(world: World, data: Members) -> str:
    """A device profile in lower case, like a code or empty (sylvia.md:763)."""
    value = text(data, "profile", "")
    return _pattern(world, "profile", value) if value else ""


def _pattern(world: World, name: str, value: str) -> str:
    if not _CODE.fullmatch(value.lower()) and not world.faults.on("any_code"):
        raise malformed(name, "must match [A-Za-z0-9]{1}[A-Za-z0-9-_]*")
    return value if world.faults.on("codes_keep_case") else value.lower()


def host_uri(world: World, data: Members) -> str:
    """The address of a message broker, normalised (sylvia.contra.22)."""
    sent = text(data, "hostUri")
    value = normal_uri(sent)
    if world.faults.on("any_host_uri"):
        return sent
    if value is None:
        raise malformed("hostUri", "expected a URI with the scheme amqp, amqps, mqtt or mqtts")
    return value


def info(data: Members) -> dict[str, Any]:
    """Free information; its names are not empty."""
    value = data.get("info", {})
    if not isinstance(value, dict) or "" in value:
        raise malformed("info", "expected an object without an empty name")
    return value


def resource_fields(world: World, changes: Members, known: dict[str, Any]) -> Members:
    """Name and info among the changes of a PATCH; info is replaced as a whole (sylvia.md:297)."""
    fields: Members = {}
    if "name" in changes:
        fields["name"] = text(changes, "name")
    if "info" in changes:
        fields["info"] = known | info(changes) if world.faults.on("info_merged") else info(changes)
    return fields


def texts(data: Members, name: str) -> list[str]:
    """A mandatory list of texts."""
    value = data.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) and _encodable(each) for each in value):
        raise malformed(name, "expected a list of strings")
    return value


def count(request: Request, name: str, default: int) -> int:
    """A number of the query, 0 or more (sylvia.contra.40)."""
    value = request.query.get(name)
    if value is None:
        return default
    if not _NUMBER.fullmatch(value):
        raise malformed(name, "expected a whole number, 0 or more")
    return int(value)


def _encodable(value: str) -> bool:
    """Lone surrogates are no text: they cannot be sent back."""
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)
