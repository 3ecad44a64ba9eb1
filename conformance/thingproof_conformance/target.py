"""Where a server is and what it can do: the typed target file.

    name: my cloud
    vendors:
      gizwits:
        url: http://127.0.0.1:8610
        mqtt: mqtt://127.0.0.1:18830
        app_id: 5c2b…
        app_secret: 91d0…
      sylvia:
        url: http://127.0.0.1:8630
        mqtt: mqtt://127.0.0.1:18850          # the message broker queues are kept at
        admin_token: "…"                       # and manager, service, owner, member, stranger_token
    control: {url: "http://127.0.0.1:8600", token: "…"}
    features: [clock, outbox, seed, faults, fresh-accounts, hardware]

What `thingproof serve --json` prints is a target file, too: without `features` they are found by
probing instead of being claimed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

from thingproof_conformance import features
from thingproof_contracts import VENDORS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from thingproof_conformance.launcher import Running


class TargetError(ValueError):
    """A target file that cannot be used; the message names file, field, value and remedy."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of a vendor's part of a target file."""

    name: str
    remedy: str
    required: bool = False
    schemes: tuple[str, ...] = ()
    secret: bool = False
    """The value must not appear in evidence."""


ADDRESSES = (
    FieldRule("url", "write e.g. http://127.0.0.1:8610", required=True, schemes=("http", "https")),
    FieldRule("mqtt", "write e.g. mqtt://127.0.0.1:18830", schemes=("mqtt", "tcp")),
    FieldRule("mqtts", "write e.g. mqtts://127.0.0.1:18831", schemes=("mqtts", "ssl")),
    FieldRule("ws", "write e.g. ws://127.0.0.1:8611", schemes=("ws",)),
    FieldRule("wss", "write e.g. wss://127.0.0.1:8612", schemes=("wss",)),
    FieldRule("amqp", "write e.g. amqp://guest:guest@127.0.0.1:5672", schemes=("amqp", "amqps")),
)
VALUES = {
    "gizwits": (
        FieldRule("app_id", "write the application's id"),
        FieldRule("app_secret", "write the application's secret", secret=True),
        FieldRule("product_key", "write the product's key"),
        FieldRule("product_secret", "write the product's secret", secret=True),
        FieldRule("username", "write the name of a registered user"),
        FieldRule("password", "write the password of that user", secret=True),
        FieldRule("device", "write the did of a device bound to that user"),
        FieldRule("mac", "write the MAC address of that device"),
        FieldRule("passcode", "write the passcode of that device", secret=True),
        FieldRule("qr_content", "write what the QR code of that device says"),
    ),
    "sylvia": (
        FieldRule("auth", "write the auth service's address", schemes=("http", "https")),
        *(
            FieldRule(f"{role}_token", f"write an access token of a user who is {role}", secret=True)
            for role in ("admin", "manager", "service", "owner", "member", "stranger")
        ),
        FieldRule("account", "write the account of the user the token belongs to"),
        FieldRule("token", "write an access token of a user with the role admin", secret=True),
        FieldRule("client_id", "write the id of an OAuth2 client of that user"),
        FieldRule("client_secret", "write the secret of that client", secret=True),
        FieldRule("unit", "write the id of a unit"),
        FieldRule("unit_code", "write the code of that unit"),
        FieldRule("application", "write the id of an application of that unit"),
        FieldRule("application_code", "write the code of that application"),
        FieldRule("network", "write the id of a network of that unit"),
        FieldRule("network_code", "write the code of that network"),
        FieldRule("device", "write the id of a device of that network"),
        FieldRule("network_addr", "write the address of that device"),
        FieldRule("uldata", "write the name of the application's queue of uplink data"),
        FieldRule("dldata", "write the name of the application's queue of downlink data"),
        FieldRule("network_uldata", "write the name of the network's queue of uplink data"),
    ),
}


@dataclass(frozen=True, slots=True)
class VendorPart:
    """One vendor's surface of a target: addresses, and the values cases need."""

    name: str
    url: str
    mqtt: str | None = None
    mqtts: str | None = None
    ws: str | None = None
    wss: str | None = None
    amqp: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ControlPart:
    """Where the control surface is."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Target:
    """A server to judge; `claimed` is None when the features are to be found by probing."""

    name: str
    vendors: Mapping[str, VendorPart]
    control: ControlPart | None = None
    claimed: tuple[str, ...] | None = None
    embedded: bool = False

    def secrets(self) -> set[str]:
        """Values that must not appear in evidence."""
        found = {
            vendor.values[rule.name]
            for vendor in self.vendors.values()
            for rule in VALUES[vendor.name]
            if rule.secret and rule.name in vendor.values
        }
        if self.control is not None:
            found.add(self.control.token)
        return found


def read_target(path: Path) -> Target:
    """Read a target file (YAML or JSON)."""
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise TargetError(f"{path}: {error.strerror}; name a readable target file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "no YAML"
        raise TargetError(f"{path}{line}: {problem}; write YAML or JSON") from None
    return parse_target(data, str(path))


def embedded_target(running: Running) -> Target:
    """The target of a platform child process."""
    claimed = [feature.name for feature in features.FEATURES.values() if not feature.surroundings]
    return parse_target(
        {**running.info, "name": "embedded platform", "features": [*claimed, *features.surroundings()]},
        "the platform's first line",
        embedded=True,
    )


def parse_target(data: Any, source: str, *, embedded: bool = False) -> Target:
    """Check the content of a target file; `source` names it in errors."""
    top = _mapping(data, source, "the file")
    _no_others(top, ("name", "vendors", "control", "features", "pid"), source, "")
    vendors = _mapping(top.get("vendors"), source, "vendors")
    if not vendors:
        raise TargetError(f"{source}: vendors: empty; name at least one of {', '.join(VENDORS)}")
    parts = {}
    for name, part in vendors.items():
        if name not in VALUES:
            raise TargetError(f"{source}: vendors.{name}: unknown vendor; write one of {', '.join(VENDORS)}")
        parts[name] = _vendor(name, part, source)
    name = top.get("name", "unnamed target")
    if not isinstance(name, str):
        raise TargetError(f"{source}: name: {name!r} is no text; write e.g. name: my cloud")
    return Target(name, parts, _control(top.get("control"), source), _claims(top, source), embedded)


def _vendor(name: str, data: Any, source: str) -> VendorPart:
    where = f"vendors.{name}"
    part = _mapping(data, source, where)
    rules = (*ADDRESSES, *VALUES[name])
    _no_others(part, tuple(rule.name for rule in rules), source, where + ".")
    for rule in rules:
        _check(part, rule, source, f"{where}.{rule.name}")
    addresses = {rule.name: part.get(rule.name) for rule in ADDRESSES}
    values = {rule.name: str(part[rule.name]) for rule in VALUES[name] if part.get(rule.name) is not None}
    return VendorPart(name, values=values, **addresses)  # type: ignore[arg-type] # checked above


def _check(part: Mapping[str, Any], rule: FieldRule, source: str, where: str) -> None:
    value = part.get(rule.name)
    if value is None:
        if rule.required:
            raise TargetError(f"{source}: {where}: missing; {rule.remedy}")
        return
    if not isinstance(value, str):
        raise TargetError(f"{source}: {where}: {value!r} is no text; {rule.remedy} (in quotes)")
    if rule.schemes and not _is_address(value, rule.schemes):
        raise TargetError(f"{source}: {where}: {value!r} is no {rule.schemes[0]} address; {rule.remedy}")


def _is_address(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _control(data: Any, source: str) -> ControlPart | None:
    if data is None:
        return None
    part = _mapping(data, source, "control")
    _no_others(part, ("url", "token"), source, "control.")
    url = FieldRule("url", "write e.g. http://127.0.0.1:8600", required=True, schemes=("http", "https"))
    token = FieldRule("token", "write the token the platform printed at its start", required=True)
    for rule in (url, token):
        _check(part, rule, source, f"control.{rule.name}")
    return ControlPart(part["url"], part["token"])


def _claims(top: Mapping[str, Any], source: str) -> tuple[str, ...] | None:
    claims = top.get("features")
    if claims is None:
        return None
    known = ", ".join(features.FEATURES)
    if not isinstance(claims, list):
        raise TargetError(f"{source}: features: {claims!r} is no list; write some of [{known}]")
    for position, claim in enumerate(claims):
        if not isinstance(claim, str) or claim not in features.FEATURES:
            raise TargetError(
                f"{source}: features[{position}]: {claim!r} is no feature; write some of {known}"
            )
    return tuple(claims)


def _mapping(value: Any, source: str, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TargetError(f"{source}: {where}: {value!r} is no mapping; write `name: value` lines")
    return value


def _no_others(part: Mapping[str, Any], known: tuple[str, ...], source: str, prefix: str) -> None:
    for name in part:
        if name not in known:
            raise TargetError(f"{source}: {prefix}{name}: unknown field; write one of {', '.join(known)}")
