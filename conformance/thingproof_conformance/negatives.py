"""Negative cases, generated per operation from its contract.

    @case("gizwits.users.login", kind="negative")
    @negatives.parametrize("gizwits.users.login")
    def test_login__refuses(gizwits, negative):
        negatives.judge(gizwits, negative)

Every case takes a call that succeeds, spoils one thing, and expects a refusal in the vendor's form:
4xx, one of the given codes, never 5xx. Which codes a vendor may answer is a row of data.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.client import NO_ANSWER, Answer
from thingproof_conformance.vendor_target import UNSET, Call, VendorTarget
from thingproof_conformance.vendors import REFUSALS
from thingproof_conformance.verdicts import Finding, Inconclusive
from thingproof_contracts import Code, Contract, Operation, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from thingproof_conformance.refusals import Refusals

OVERSIZE_BYTES = 3 * 1024 * 1024
METHODS = ("DELETE", "PUT", "PATCH", "POST", "GET")
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
REMOVED: Any = type("Removed", (), {"__repr__": lambda _: "<removed>"})()
WRONG: Mapping[str, Any] = {
    "string": ["thingproof"],
    "integer": "many",
    "number": "many",
    "boolean": "perhaps",
    "object": "text",
    "array": "text",
}
"""A value of another type for each JSON type."""


@dataclass(frozen=True, slots=True)
class Negative:
    """One spoilt call and the refusal it should meet."""

    operation: str
    name: str
    codes: tuple[Code, ...]
    spoil: Callable[[Call, VendorTarget], None] = field(repr=False)
    evidence: str = "inferred"
    rules: tuple[str, ...] = ()
    contradiction: str | None = None
    """The contradiction that lets another of the codes than the first one be a reading, too."""
    in_contract: bool = True
    """False when the request is no call of the operation at all (another method)."""
    needs: tuple[str, ...] = ()
    """Features a target must have for it."""
    may_hang_up: bool = False
    """The server may close the connection instead of answering."""

    @property
    def claimed(self) -> tuple[Code, ...]:
        """The error the case proves: the code, where no other one is right."""
        return self.codes if len(self.codes) == 1 else ()

    @property
    def mark(self) -> pytest.MarkDecorator:
        """The evidence marker of the case."""
        if self.contradiction is not None:
            return pytest.mark.contradictory(self.contradiction)
        found: pytest.MarkDecorator = getattr(pytest.mark, self.evidence)
        return found


def parametrize(operation: str) -> Callable[..., Any]:
    """A decorator that runs a test with every negative case of an operation, as `negative`."""
    contract = load(operation.partition(".")[0])
    parameters = [
        pytest.param(
            negative,
            id=negative.name,
            marks=[
                negative.mark,
                pytest.mark.covers(rules=negative.rules, errors=negative.claimed, needs=negative.needs),
            ],
        )
        for negative in generate(contract, operation)
    ]
    return pytest.mark.parametrize("negative", parameters)


def generate(contract: Contract, operation_id: str) -> list[Negative]:
    """All negative cases of one operation, in a stable order and with unique names."""
    operation = contract.operations[operation_id]
    refusals = REFUSALS[contract.vendor]
    found: dict[str, Negative] = {}
    for make in (_missing, _wrong_types, _callers, _unknown, _methods, _bodies):
        for negative in make(contract, operation, refusals):
            found.setdefault(negative.name, negative)
    return list(found.values())


def judge(target: VendorTarget, negative: Negative) -> Answer | None:
    """Send a spoilt call and judge the refusal; None when the server hung up and may do so."""
    call = target.valid_call(negative.operation)
    negative.spoil(call, target)
    try:
        answer = target.perform(call, expect=None, check=negative.in_contract)
    except Finding as finding:
        if finding.kind == NO_ANSWER and negative.may_hang_up:
            return None
        raise
    if not negative.in_contract and not answer.ok:
        expect.one_of((400, 404, 405, 501), answer.status, "the status of a refused method")
        return answer
    if negative.contradiction is None:
        return expect.refused(answer, *negative.codes)
    decided, *others = negative.codes
    found: Answer = expect.either(
        negative.contradiction,
        a=lambda: expect.refused(answer, decided),
        b=lambda: expect.refused(answer, *others),
    )
    return found


def _missing(_contract: Contract, operation: Operation, refusals: Refusals) -> Iterator[Negative]:
    """Each required header, query or body parameter left out."""
    tokens = set(refusals.tokens.values())
    for parameter in operation.parameters:
        if not parameter.required or parameter.location == "path":
            continue
        name = "no_token" if parameter.name in tokens else f"missing_{_slug(operation, parameter.name)}"
        codes = refusals.missing.get(parameter.name, refusals.missing["*"])
        spoil = _setter(parameter.location, parameter.name, REMOVED)
        rules = refusals.rules(operation, "missing", parameter.name)
        contradiction = refusals.contradictions.get(parameter.name)
        yield Negative(operation.id, name, codes, spoil, "documented", rules, contradiction)


def _wrong_types(_contract: Contract, operation: Operation, refusals: Refusals) -> Iterator[Negative]:
    """Each query or body parameter with a value of another type; header and path values are texts."""
    for parameter in operation.parameters:
        kind = _json_type(parameter.type)
        if parameter.location not in {"query", "body"} or kind not in WRONG:
            continue
        if parameter.location == "query" and kind == "string":
            continue
        codes = refusals.wrong_type.get(parameter.name, refusals.wrong_type["*"])
        spoil = _setter(parameter.location, parameter.name, WRONG[kind])
        name = f"mistyped_{_slug(operation, parameter.name)}"
        rules = refusals.rules(operation, "mistyped", parameter.name)
        yield Negative(operation.id, name, codes, spoil, "inferred", rules)


def _callers(_contract: Contract, operation: Operation, refusals: Refusals) -> Iterator[Negative]:
    """Tokens and application ids that are garbage or somebody else's."""

    def garbage_token(call: Call, target: VendorTarget) -> None:
        call.token = target.names.hex(32)

    def garbage_application(call: Call, target: VendorTarget) -> None:
        call.app_id = target.names.hex(32)

    def foreign_token(call: Call, target: VendorTarget) -> None:
        call.token = target.foreign_token()

    def expired_token(call: Call, target: VendorTarget) -> None:
        call.token = target.expired_token()

    rules = refusals.rules(operation, "token", "")
    if set(refusals.tokens) & set(operation.security):
        codes = refusals.garbage_token
        yield Negative(operation.id, "garbage_token", codes, garbage_token, "documented", rules)
    if refusals.personal in operation.security:
        if refusals.foreign_token:
            yield Negative(operation.id, "foreign_token", refusals.foreign_token, foreign_token)
        yield Negative(
            operation.id,
            "expired_token",
            refusals.expired_token,
            expired_token,
            "documented",
            rules,
            needs=("clock", "fresh-accounts"),
        )
    if any(parameter.name == refusals.application for parameter in operation.parameters):
        yield Negative(
            operation.id,
            "garbage_application",
            refusals.garbage_application,
            garbage_application,
            "documented",
        )


def _unknown(_contract: Contract, operation: Operation, refusals: Refusals) -> Iterator[Negative]:
    """Ids of things that do not exist."""
    for parameter in operation.parameters:
        if not parameter.required or parameter.name not in refusals.unknown:
            continue
        if operation.id in refusals.tolerant:
            continue
        codes = refusals.unknown[parameter.name]

        def spoil(
            call: Call, target: VendorTarget, where: str = parameter.location, name: str = parameter.name
        ) -> None:
            part, member = _holder(call, where, name)
            part[member] = target.names.hex(len(str(part.get(member, ""))) or 22)

        name = f"unknown_{_slug(operation, parameter.name)}"
        rules = refusals.rules(operation, "unknown", parameter.name)
        yield Negative(operation.id, name, codes, spoil, "inferred", rules)


def _methods(contract: Contract, operation: Operation, _refusals: Refusals) -> Iterator[Negative]:
    """A method the path does not have."""
    path = operation.path.replace("{", "").replace("}", "")
    for method in METHODS:
        if contract.match(method, path) is None:

            def spoil(call: Call, _target: VendorTarget, method: str = method) -> None:
                call.method = method

            yield Negative(operation.id, f"method_{method.lower()}", (), spoil, in_contract=False)
            return


def _bodies(_contract: Contract, operation: Operation, refusals: Refusals) -> Iterator[Negative]:
    """Bodies that are too large, no JSON, or no object."""
    if operation.method not in BODY_METHODS or all(row.location != "body" for row in operation.parameters):
        return

    def oversize(call: Call, _target: VendorTarget) -> None:
        call.json = {**(call.json if isinstance(call.json, dict) else {}), "padding": "x" * OVERSIZE_BYTES}

    def truncated(call: Call, _target: VendorTarget) -> None:
        call.raw = b'{"thingproof": '

    def binary(call: Call, _target: VendorTarget) -> None:
        call.raw = bytes(range(128, 192))

    def array(call: Call, _target: VendorTarget) -> None:
        call.json = []

    yield Negative(operation.id, "oversize_body", (), oversize, may_hang_up=True)
    rules = refusals.rules(operation, "malformed", "")
    spoils: dict[str, Callable[[Call, VendorTarget], None]] = {
        "truncated_json": truncated,
        "binary_body": binary,
        "array_body": array,
    }
    spoils |= {name: _raw(body) for name, body in refusals.bodies.items()}
    for media_type in refusals.media_types:
        spoils[f"sent_as_{_slug(operation, media_type.rpartition('/')[2])}"] = _sent_as(media_type)
    for name, spoil in spoils.items():
        yield Negative(operation.id, name, refusals.malformed, spoil, "inferred", rules)


def _raw(body: bytes) -> Callable[[Call, VendorTarget], None]:
    """A body that goes out as it is."""

    def spoil(call: Call, _target: VendorTarget) -> None:
        call.raw = body

    return spoil


def _sent_as(media_type: str) -> Callable[[Call, VendorTarget], None]:
    """The right body under another media type."""

    def spoil(call: Call, _target: VendorTarget) -> None:
        call.content_type = media_type

    return spoil


def _setter(location: str, name: str, value: Any) -> Callable[[Call, VendorTarget], None]:
    """A change of one parameter: set, or removed."""

    def spoil(call: Call, _target: VendorTarget) -> None:
        if location == "header":
            _spoil_header(call, name, value)
            return
        part, member = _holder(call, location, name)
        if value is REMOVED:
            part.pop(member, None)
        else:
            part[member] = deepcopy(value)

    return spoil


def _spoil_header(call: Call, name: str, value: Any) -> None:
    refusals = REFUSALS[call.operation.partition(".")[0]]
    if name == refusals.application:
        call.app_id = None if value is REMOVED else value
    elif name in refusals.tokens.values():
        call.token = None if value is REMOVED else value
    else:
        call.headers = {key: text for key, text in call.headers.items() if key.lower() != name.lower()}
        if value is not REMOVED:
            call.headers[name] = str(value)


def _holder(call: Call, location: str, name: str) -> tuple[dict[str, Any], str]:
    """The mapping that holds a parameter, and the parameter's name in it: `data.code` is code in data."""
    part = _part(call, location)
    *outer, member = name.split(".")
    for step in outer:
        part = part.setdefault(step, {})
    return part, member


def _part(call: Call, location: str) -> dict[str, Any]:
    """The part of a call that holds the parameters of a location."""
    if location == "path":
        return call.path
    if location == "query":
        return call.query
    if call.json is UNSET:
        call.json = {}
    if not isinstance(call.json, dict):
        raise Inconclusive(f"{call.operation}: the valid call's body is no object", harness=True)
    return call.json


def _json_type(documented: str) -> str:
    """The JSON type of a documented type name such as `Array[integer]`."""
    plain = documented.lower()
    if plain.startswith("array"):
        return "array"
    return {"int": "integer", "bool": "boolean", "float": "number"}.get(plain, plain)


def _slug(operation: Operation, name: str) -> str:
    """The name of a parameter in a case id, without what every one of the vendor's has."""
    plain = name.removeprefix("data.").lower().removeprefix(f"x-{operation.id.partition('.')[0]}-")
    return plain.replace("-", "_").replace(".", "_")
