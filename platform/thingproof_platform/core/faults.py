"""Faults that can be switched on: defects to prove that a suite notices, and conditions that provoke errors.

Response faults change a finished answer; behaviour faults are asked for by name where the behaviour is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import UnionType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from thingproof_platform.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thingproof_platform.core.dialect import Response

Kind: TypeAlias = type | UnionType


@dataclass(frozen=True, slots=True)
class FaultDefinition:
    """One fault: its class, what it does, its parameters with their types, and which tags it concerns most.

    Faults of the class `condition` are no defects: they provoke documented refusals.
    """

    name: str
    class_: str
    text: str
    parameters: dict[str, Kind] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


def rows(
    class_: str,
    *entries: tuple[str, str] | tuple[str, str, dict[str, Any]],
    tags: tuple[str, ...] = (),
) -> tuple[FaultDefinition, ...]:
    """Definitions of one class from (name, what it does[, parameters])."""
    return tuple(
        FaultDefinition(entry[0], class_, entry[1], entry[2] if len(entry) > 2 else {}, tags)
        for entry in entries
    )


_FIELD: Final[dict[str, Kind]] = {"operation": str, "field": str}

# Faults any vendor may ask for; those of one vendor are in its `faults.py`.
GENERAL: Final[tuple[FaultDefinition, ...]] = (
    *rows(
        "shape",
        ("drop_field", "an operation's answer lacks a member", _FIELD),
        ("mistype_field", "a member of an operation's answer has another type", _FIELD),
    ),
    *rows(
        "status",
        ("wrong_status", "an operation answers with another HTTP status", {"operation": str, "status": int}),
        ("wrong_code", "an operation refuses with another error code", {"operation": str, "code": int | str}),
        ("errors_with_200", "refusals come with status 200"),
    ),
    *rows(
        "condition",
        ("send_command_failed", "commands cannot be handed over to the device network"),
        ("sms_gateway_down", "no SMS and no mail leaves"),
        ("throttle", "an operation is throttled", {"operation": str}),
    ),
    *rows(
        "auth",
        ("ignore_token_expiry", "expired tokens still work"),
        ("accept_any_password", "a wrong password is accepted"),
        ("skip_binding_check", "users may see and control devices that are not bound to them"),
    ),
    *rows(
        "state",
        ("lose_report", "reports are acknowledged but not kept"),
        ("stale_latest", "the latest values do not follow the reports"),
        ("lose_unreported", "a report wipes the datapoints it does not carry"),
        ("children_outlive_parent", "what a thing speaks for stays online without it"),
        ("children_stay_offline", "what a thing speaks for does not come online with it"),
        ("forget_old_tokens", "a login ends the tokens issued before"),
        ("reuse_code", "a verification code works more than once"),
    ),
    *rows(
        "event",
        ("no_connection_records", "coming and going is not recorded"),
        ("plain_online_again", "a re-login is recorded as a first login"),
        ("no_command_log", "commands are not logged"),
        ("no_push", "reports are not pushed to applications"),
        ("double_push", "reports are pushed twice"),
        ("late_push", "reports are pushed late", {"seconds": float}),
    ),
    *rows(
        "time",
        ("token_lifetime", "tokens live for another time", {"seconds": float}),
        ("code_never_expires", "verification codes do not expire"),
    ),
    *rows(
        "order",
        ("ignore_limit", "the limit of lists and logs is ignored", {"operation": str}),
        ("ignore_skip", "the skip of lists and logs is ignored", {"operation": str}),
        ("total_of_page", "the total counts the page, not the query", {"operation": str}),
    ),
    *rows(
        "device",
        ("command_not_published", "commands are accepted and never sent"),
        ("latest_of_other_device", "the latest values are those of another device of the product"),
        ("command_to_other_device", "commands reach another device of the product"),
        ("store_duplicates", "a repeated report is stored again"),
        ("disabled_may_connect", "deregistered devices may log in"),
    ),
)


class Faults:
    """The faults that are on, with their parameters.

    Args:
        definitions: the faults there are beside the general ones.
    """

    def __init__(self, definitions: Iterable[FaultDefinition] = ()) -> None:
        self.catalogue = {definition.name: definition for definition in (*GENERAL, *definitions)}
        self.active: dict[str, dict[str, Any]] = {}

    def on(self, name: str) -> bool:
        """Is the fault on? Cheap when none is."""
        return name in self.active

    def parameter(self, name: str, parameter: str, default: Any) -> Any:
        """A parameter of a fault, the default when the fault is off."""
        return self.active[name].get(parameter, default) if name in self.active else default

    def hits(self, name: str, operation: str) -> bool:
        """Is the fault on for this operation? Without the parameter it is for all."""
        return name in self.active and self.active[name].get("operation", operation) == operation

    def enable(self, name: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Switch a fault on; raises InputError naming the parameter at fault."""
        definition = self.catalogue.get(name)
        if definition is None:
            raise InputError(f"{name!r} is no fault", field="name", value=name, remedy="see the catalogue")
        given = dict(parameters or {})
        for key, value in given.items():
            self._check(definition, key, value)
        for key in definition.parameters.keys() - {"operation"} - given.keys():
            raise InputError("is missing", field=key, remedy=f"give {key} of {name}")
        self.active[name] = given

    def disable(self, name: str) -> None:
        """Switch a fault off; harmless when it is off."""
        self.active.pop(name, None)

    def clear(self) -> None:
        """Switch all faults off."""
        self.active.clear()

    @staticmethod
    def _check(definition: FaultDefinition, key: str, value: object) -> None:
        expected = definition.parameters.get(key)
        if expected is None:
            known = ", ".join(definition.parameters) or "none"
            raise InputError(
                f"{definition.name} has no such parameter",
                field=key,
                value=value,
                remedy=f"it takes: {known}",
            )
        accepted = (int, float) if expected is float else expected
        if not isinstance(value, accepted) or isinstance(value, bool):
            raise InputError(f"{value!r} is no {kind_name(expected)}", field=key, value=value)


def kind_name(kind: Kind) -> str:
    """The type of a parameter as a word: `int`, `int | str`."""
    return kind.__name__ if isinstance(kind, type) else str(kind)


def apply_response(
    faults: Faults, operation: str, response: Response, error_member: str = "error_code"
) -> Response:
    """Change a finished answer by the response faults that are on for the operation.

    `error_member` is where the vendor's refusals have their code.
    """
    if not faults.active:
        return response
    if response.raw is not None:
        response.body, response.raw = msgspec.json.decode(response.raw), None
    if faults.hits("drop_field", operation) and response.status < 400:
        _change(response.body, str(faults.parameter("drop_field", "field", "")).split("."), drop=True)
    if faults.hits("mistype_field", operation) and response.status < 400:
        _change(response.body, str(faults.parameter("mistype_field", "field", "")).split("."), drop=False)
    if faults.hits("wrong_code", operation) and isinstance(response.body, dict) and response.status >= 400:
        response.body[error_member] = faults.parameter("wrong_code", "code", 0)
    if faults.hits("wrong_status", operation):
        response.status = faults.parameter("wrong_status", "status", response.status)
    if faults.on("errors_with_200") and response.status >= 400:
        response.status = 200
    return response


def _change(body: Any, path: list[str], *, drop: bool) -> None:
    """Walk a dotted path (through lists: into every element) and drop or mistype the last member."""
    if isinstance(body, list):
        for element in body:
            _change(element, path, drop=drop)
    elif isinstance(body, dict) and path[0].removesuffix("[]") in body:
        key = path[0].removesuffix("[]")
        if len(path) > 1:
            _change(body[key], path[1:], drop=drop)
        elif drop:
            del body[key]
        else:
            body[key] = {"unexpected": True} if isinstance(body[key], str) else "unexpected"
