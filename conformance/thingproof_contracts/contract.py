"""What a contract says, as immutable values: operations, events, rules, errors and contradictions.

Lines count in the vendor's seed document; ids are stable and shared by the platform's handlers, the
conformance cases and the report.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Location = Literal["path", "query", "header", "body"]
Schema = dict[str, Any]
Code = int | str
"""An error code as a vendor writes it."""


class Rule(msgspec.Struct, frozen=True):
    """One checkable statement: `gizwits.users.login.r4`.

    kind is stated (prose, table or example), contract (required inputs, success shape), appendix (the
    operation an error code plainly belongs to), implied, or example (only an example shows it).
    operation is empty for a rule about all.
    """

    id: str
    operation: str
    text: str
    line: int
    kind: str


class Parameter(msgspec.Struct, frozen=True):
    """One input of an operation; members of a body member are written `authData.src`."""

    name: str
    location: Location
    type: str
    required: bool
    line: int
    constraint: str = ""
    schema: Schema = {}
    alternative: str | None = None
    """Another header that may carry the same value."""


class BodySchema(msgspec.Struct, frozen=True):
    """What a request body must look like."""

    schema: Schema
    required: bool = True
    media_type: str = "application/json"


class Alias(msgspec.Struct, frozen=True):
    """Another method and path that reach the same operation."""

    method: str
    path: str


class Operation(msgspec.Struct, frozen=True):
    """One documented operation, described in full by the vendor's OpenAPI document.

    responses maps a success status to the schema of its body, None when the answer carries nothing;
    plain are the success statuses whose body may also be plain text, judged as a JSON string. refusal is
    the schema of every answer with a status of 400 or more.
    """

    id: str
    title: str
    tag: str
    method: str
    path: str
    lines: tuple[int, int]
    aliases: tuple[Alias, ...]
    security: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: BodySchema | None
    responses: dict[int, Schema | None]
    refusal: Schema
    rules: tuple[Rule, ...]
    errors: tuple[Code, ...]
    contradictions: tuple[str, ...]
    plain: tuple[int, ...] = ()

    @property
    def accept_statuses(self) -> tuple[int, ...]:
        """The success statuses the contract accepts, the expected one first."""
        return tuple(self.responses)

    @property
    def line(self) -> int:
        """The first line about the operation in the seed document."""
        return self.lines[0]


class Event(msgspec.Struct, frozen=True):
    """One thing that happens: cause, effect and where it can be seen.

    payload is the schema of the message that carries it, None when no message of its own does.
    """

    id: str
    kind: str
    lines: tuple[int, ...]
    trigger: str
    effect: str
    observe_by: str
    payload: Schema | None = None

    @property
    def line(self) -> int:
        """The first line about the event in the seed document."""
        return self.lines[0]


class ErrorEntry(msgspec.Struct, frozen=True):
    """One error code; provokable tells whether a documented request can cause it, reason why (not)."""

    code: Code
    message: str
    status: int
    line: int
    provokable: bool
    reason: str


class Contradiction(msgspec.Struct, frozen=True):
    """A place where the document disagrees with itself or is silent, and how it is read here."""

    id: str
    kind: str
    severity: str
    lines: tuple[int, ...]
    what: str
    decision: str
    why: str


class Register(msgspec.Struct, frozen=True):
    """What the vendor documents beside its operations; `rules` holds those of the operations too."""

    events: tuple[Event, ...]
    rules: tuple[Rule, ...]
    errors: tuple[ErrorEntry, ...]
    contradictions: tuple[Contradiction, ...]
    state_machines: dict[str, Any]


class Document(msgspec.Struct, frozen=True):
    """The content of the cached contract.json."""

    vendor: str
    title: str
    seed_document: str
    operations: tuple[Operation, ...]
    register: Register
