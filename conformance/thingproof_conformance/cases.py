"""What a conformance case declares about itself: the `@case` decorator and the evidence markers.

A suite reads:

    @case("gizwits.users.login", kind="negative", rules=("r8",), errors=(9020,))
    @pytest.mark.documented
    def test_login__wrong_password(gizwits):
        ...

The case id is `gizwits.users.login::wrong_password`: the operation, and what follows the first
double underscore of the function's name. Exactly one evidence marker says what a case stands on:
`documented` (the seed says so), `inferred` (it follows) or `contradictory("gizwits.contra.57")`
(the seed says two things, and the register decided). Parametrised cases add to the claims of one
parameter with `pytest.mark.covers(rules=..., errors=..., events=..., needs=..., permission=...)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from thingproof_contracts import Code

ATTRIBUTE = "thingproof_case"
EVIDENCE = ("documented", "inferred", "contradictory")
MARKERS = (
    "documented: the seed document states what this case asks",
    "inferred: what this case asks follows from the seed document",
    "contradictory(id): the seed contradicts itself; the register decided the reading",
    "covers(rules, errors, events, needs, permission): what one parameter adds to the case's claims",
)
NAME = re.compile(r"^test_[a-z0-9_]*?[a-z0-9]__(?P<name>[a-z0-9_]+)$")
_Function = TypeVar("_Function", bound=Callable[..., Any])


class Kind(StrEnum):
    """The classes a case belongs to."""

    DOCUMENTED = "documented"
    NEGATIVE = "negative"
    PERMISSION = "permission"
    STATE = "state"
    TIME = "time"
    EVENT = "event"
    WIRE = "wire"
    CONSISTENCY = "consistency"


class CaseError(ValueError):
    """A case that declares something it may not; the message names the case and the remedy."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What `@case` was given.

    Rules are full ids (`gizwits.users.login.r1`), errors the vendor's codes, events full ids,
    needs the names of features (see features.py) a target must have.
    """

    operation: str
    kind: Kind
    rules: tuple[str, ...] = ()
    errors: tuple[Code, ...] = ()
    events: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    permission: Mapping[str, str] | None = None
    """The cell of a permission matrix a case judges: role, method, scope (own, foreign, public), subject."""

    @property
    def vendor(self) -> str:
        """The first segment of the operation id."""
        return self.operation.partition(".")[0]

    def covering(
        self,
        rules: tuple[str, ...] = (),
        errors: tuple[Code, ...] = (),
        events: tuple[str, ...] = (),
        needs: tuple[str, ...] = (),
        permission: Mapping[str, str] | None = None,
    ) -> Declaration:
        """The same declaration with the claims of one parameter added."""
        return replace(
            self,
            rules=_union(self.rules, full_rules(self.operation, rules)),
            errors=_union(self.errors, errors),
            events=_union(self.events, full_events(self.vendor, events)),
            needs=_union(self.needs, needs),
            permission=permission or self.permission,
        )


class _Marker(Protocol):
    """The part of a pytest mark that is read here."""

    @property
    def name(self) -> str: ...
    @property
    def args(self) -> tuple[Any, ...]: ...
    @property
    def kwargs(self) -> Any: ...


def case(
    operation: str,
    *,
    kind: str,
    rules: tuple[str, ...] = (),
    errors: tuple[Code, ...] = (),
    events: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
) -> Callable[[_Function], _Function]:
    """Declare a test function to be a conformance case of one operation.

    Rules may be relative to the operation (`r1`) or full (`gizwits.global.r4`), events relative to
    the vendor's events (`token.expired`) or full (`gizwits.event.token.expired`).
    """
    for name, value in (("rules", rules), ("errors", errors), ("events", events), ("needs", needs)):
        if not isinstance(value, tuple):
            raise CaseError(
                f"@case({operation!r}): {name} is {value!r}; write a tuple, e.g. {name}=({value!r},)"
            )
    try:
        checked = Kind(kind)
    except ValueError:
        raise CaseError(f"@case({operation!r}): kind is {kind!r}; write one of {', '.join(Kind)}") from None
    vendor = operation.partition(".")[0]
    declaration = Declaration(
        operation,
        checked,
        full_rules(operation, rules),
        tuple(errors),
        full_events(vendor, events),
        tuple(needs),
    )

    def declare(function: _Function) -> _Function:
        setattr(function, ATTRIBUTE, declaration)
        return function

    return declare


def full_rules(operation: str, rules: tuple[str, ...]) -> tuple[str, ...]:
    """Rule ids made absolute: `r1` becomes `<operation>.r1`."""
    return tuple(rule if "." in rule else f"{operation}.{rule}" for rule in rules)


def full_events(vendor: str, events: tuple[str, ...]) -> tuple[str, ...]:
    """Event ids made absolute: `token.expired` becomes `<vendor>.event.token.expired`."""
    prefix = f"{vendor}.event."
    return tuple(event if event.startswith(prefix) else prefix + event for event in events)


def declaration_of(function: object) -> Declaration | None:
    """The declaration of a test function, or None when it is no case."""
    found = getattr(function, ATTRIBUTE, None)
    return found if isinstance(found, Declaration) else None


def case_id(operation: str, function_name: str, parameters: str | None = None) -> str:
    """The stable id of a case: `<operation>::<name>` and, when parametrised, `[parameters]`."""
    matched = NAME.match(function_name)
    if matched is None:
        raise CaseError(
            f"{function_name}: a case is named test_<operation>__<case>, e.g. test_login__wrong_password"
        )
    return f"{operation}::{matched['name']}" + (f"[{parameters}]" if parameters else "")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a case stands on, and the contradiction it decides, if any."""

    kind: str
    contradiction: str | None = None


def evidence_of(function_name: str, markers: list[Any]) -> Evidence:
    """The one evidence marker among a test's markers; CaseError unless there is exactly one."""
    found = [marker for marker in markers if marker.name in EVIDENCE]
    if len(found) != 1:
        names = ", ".join(marker.name for marker in found) or "none"
        raise CaseError(
            f"{function_name}: a case carries exactly one evidence marker, found {names}; "
            "write @pytest.mark.documented, @pytest.mark.inferred or "
            '@pytest.mark.contradictory("<contradiction id>")'
        )
    marker: _Marker = found[0]
    if marker.name != "contradictory":
        return Evidence(marker.name)
    if len(marker.args) != 1 or not isinstance(marker.args[0], str):
        raise CaseError(f'{function_name}: write @pytest.mark.contradictory("<contradiction id>")')
    return Evidence(marker.name, marker.args[0])


def _union(first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys((*first, *second)))
