"""Queues of a Sylvia broker and the JSON in them: names, addresses of message brokers, messages in and out.

The document names the codes "for queues" (sylvia.md:342, 551) and the host URIs (sylvia.md:344, 554); names
and fields are those of the register's events. Everything here is pure.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeVar
from urllib.parse import urlsplit, urlunsplit

import msgspec

PUBLIC_UNIT: Final = "_"  # the unit part of a public network's queues (sylvia.contra.21)
DATA_QUEUE: Final = "broker.data"
INSTANCE_FUNCTIONS: Final = ("unit", "application", "network", "device", "device-route", "network-route")
SHARED_GROUP: Final = "sylvia-iot-broker"
SCHEMES: Final = ("amqp", "amqps", "mqtt", "mqtts")  # sylvia.contra.22

APPLICATION_RECEIVES: Final = ("dldata",)
APPLICATION_GETS: Final = ("uldata", "dldata-resp", "dldata-result")
NETWORK_RECEIVES: Final = ("uldata", "dldata-result")
NETWORK_GETS: Final = ("dldata", "ctrl")

MAX_NESTING: Final = 128  # as the real broker's JSON reader

DataKind = Literal[
    "application-uldata",
    "application-dldata",
    "application-dldata-result",
    "network-uldata",
    "network-dldata",
    "network-dldata-result",
]

_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*")
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET: Final = re.compile(rb"[][{}]")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class MessageError(ValueError):
    """A message of a queue cannot be used; `correlation_id` is what could be read of a downlink's."""

    def __init__(self, message: str, correlation_id: str = "") -> None:
        super().__init__(message)
        self.correlation_id = correlation_id


# ---- names and addresses


def instance_queue(function: str) -> str:
    """`broker.ctrl.<function>`: what instances of a broker tell each other about one kind of resource."""
    return f"broker.ctrl.{function}"


def application_queue(unit_code: str, code: str, kind: str) -> str:
    """`broker.application.<unit>.<application>.<kind>`."""
    return f"broker.application.{unit_code}.{code}.{kind}"


def network_queue(unit_code: str | None, code: str, kind: str) -> str:
    """`broker.network.<unit or _>.<network>.<kind>`."""
    return f"broker.network.{unit_code or PUBLIC_UNIT}.{code}.{kind}"


def normal_uri(text: str) -> str | None:
    """A host URI with scheme and host in lower case; None when it is none that names a message broker."""
    if not text.isascii() or any(character.isspace() for character in text):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in SCHEMES or not parts.hostname or port == 0:
        return None
    credentials, at, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{credentials}{at}{place.lower()}"))


# ---- messages that come in


class NetworkUplink(msgspec.Struct, rename="camel"):
    """`uldata` of a network, checked: `time` in UTC milliseconds as text, address and data in lower case."""

    time: str
    network_addr: str
    data: str
    extension: dict[str, Any] | None = None


class ApplicationDownlink(msgspec.Struct, rename="camel"):
    """`dldata` of an application, checked. Either `device_id` or network code and address are given."""

    correlation_id: str
    data: str
    device_id: str | None = None
    network_code: str | None = None
    network_addr: str | None = None
    extension: dict[str, Any] | None = None


class DownlinkResult(msgspec.Struct, rename="camel", omit_defaults=True):
    """`dldata-result` of a network, and what the application gets of it: the same members."""

    data_id: str
    status: int
    message: str | None = None


_UPLINK: Final = msgspec.json.Decoder(NetworkUplink)
_DOWNLINK: Final = msgspec.json.Decoder(ApplicationDownlink)
_RESULT: Final = msgspec.json.Decoder(DownlinkResult)

Message = TypeVar("Message")


def read_uplink(payload: bytes) -> NetworkUplink:
    """What a network says of a device.

    Raises:
        MessageError: not this form; the broker drops such a message without a word.
    """
    message = _decoded(_UPLINK, payload)
    message.time = utc_milliseconds(message.time)
    if not message.network_addr:
        raise MessageError("networkAddr: is empty")
    message.network_addr = message.network_addr.lower()
    message.data = _hex(message.data)
    return message


def read_downlink(payload: bytes) -> ApplicationDownlink:
    """What an application wants to be sent to a device.

    Raises:
        MessageError: not this form; the broker answers with err_param.
    """
    try:
        return _checked(_decoded(_DOWNLINK, payload))
    except MessageError as error:
        raise MessageError(str(error), _correlation_id(payload)) from error


def _checked(message: ApplicationDownlink) -> ApplicationDownlink:
    if not message.correlation_id:
        raise MessageError("correlationId: is empty")
    if message.device_id is None:
        message.network_code = _given(message.network_code, "networkCode")
        message.network_addr = _given(message.network_addr, "networkAddr")
        if not _CODE.fullmatch(message.network_code):
            raise MessageError(f"networkCode: {message.network_code!r} is no code")
    elif not message.device_id:
        raise MessageError("deviceId: is empty")
    message.data = _hex(message.data)
    return message


def read_result(payload: bytes) -> DownlinkResult:
    """What became of a downlink.

    Raises:
        MessageError: not this form; the broker drops such a message without a word.
    """
    message = _decoded(_RESULT, payload)
    if not message.data_id:
        raise MessageError("dataId: is empty")
    if message.message is not None and not message.message:
        raise MessageError("message: is empty; leave it out")
    return message


def _decoded(decoder: msgspec.json.Decoder[Message], payload: bytes) -> Message:
    if payload.count(b"{") + payload.count(b"[") > MAX_NESTING and _nesting(payload) > MAX_NESTING:
        raise MessageError(f"more than {MAX_NESTING} objects and arrays in one another")
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(str(error)) from error


def _nesting(payload: bytes) -> int:
    """How deep objects and arrays stand in one another; brackets in strings are not counted."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", payload)):
        depth += 1 if bracket in b"{[" else -1
        deepest = max(deepest, depth)
    return deepest


def _given(value: str | None, name: str) -> str:
    if not value:
        raise MessageError(f"{name}: is missing; give it or deviceId")
    return value.lower()


def _hex(data: str) -> str:
    lower = data.lower()
    if not _HEX.fullmatch(lower):
        raise MessageError(f"data: {data[:40]!r} is not pairs of hexadecimal digits")
    return lower


def _correlation_id(payload: bytes) -> str:
    """The correlation id of a message that is wrong elsewhere, "" when it has none."""
    try:
        message = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    found = message.get("correlationId") if isinstance(message, dict) else None
    return found if isinstance(found, str) else ""


def utc_milliseconds(text: str) -> str:
    """An RFC 3339 time with any offset as UTC with milliseconds: `2022-01-13T07:46:09.000Z`.

    Raises:
        MessageError: it is none.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise MessageError(f"time: {text[:40]!r} is no RFC 3339 time")
    day, minute, second, fraction, sign, hours, minutes = found.groups()
    leap = second == "60"  # a leap second is the second after 59
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}+00:00")
        moment += timedelta(seconds=leap, milliseconds=int((fraction or "0").ljust(3, "0")[:3]))
        if sign is not None:
            if int(hours) > 23 or int(minutes) > 59:
                raise MessageError(f"time: {text[:40]!r} has no such offset")
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            moment = moment - offset if sign == "+" else moment + offset
    except (ValueError, OverflowError) as error:
        raise MessageError(f"time: {text[:40]!r} is no moment") from error
    return _text(moment)


def time_text(milliseconds: int) -> str:
    """Milliseconds since the epoch as UTC text with milliseconds."""
    return _text(_EPOCH + milliseconds * _MILLISECOND)


def _text(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


# ---- messages that go out; members in the order of the register


class ApplicationUplink(msgspec.Struct, rename="camel", omit_defaults=True):
    """`uldata` to an application."""

    data_id: str
    time: str
    pub: str
    device_id: str
    network_id: str
    network_code: str
    network_addr: str
    is_public: bool
    profile: str
    data: str
    extension: dict[str, Any] | None = None


class DownlinkResponse(msgspec.Struct, rename="camel", omit_defaults=True):
    """`dldata-resp` to an application: with `data_id` it was accepted, with `error` not."""

    correlation_id: str
    data_id: str | None = None
    error: str | None = None
    message: str | None = None


class NetworkDownlink(msgspec.Struct, rename="camel", omit_defaults=True):
    """`dldata` to a network; `expires_in` in seconds."""

    data_id: str
    pub: str
    expires_in: int
    network_addr: str
    data: str
    extension: dict[str, Any] | None = None


class NetworkControl(msgspec.Struct):
    """`ctrl` to a network: its devices were changed over REST."""

    operation: str
    time: str
    new: dict[str, Any]


class DataMessage(msgspec.Struct):
    """A copy on `broker.data`."""

    kind: DataKind
    data: dict[str, Any]


encode: Final = msgspec.json.Encoder().encode
