"""Requests and answers of one operation against its contract."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from thingproof_contracts.schemas import Check, Kind, compile_schema, decided

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_contracts.contract import Location, Operation, Parameter, Schema

_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_BOOLEANS: Final = {"true": True, "false": False, "1": True, "0": False}
REFUSED_FROM: Final = 400


@dataclass(frozen=True, slots=True)
class Problem:
    """One violation of the contract.

    location is path, query, header or body of a request, `status` or `body` of an answer, or `message`;
    name is the parameter or the path of the member (`devices[0].did`, empty for the body itself);
    message is a sentence that starts with the name.
    """

    location: str
    name: str
    kind: Kind
    message: str


class OperationChecks:
    """The compiled checks of one operation."""

    __slots__ = ("_body", "_body_required", "_decided", "_headers", "_query", "_refusal", "_responses")

    def __init__(self, operation: Operation) -> None:
        self._headers = [each for each in operation.parameters if each.location == "header" and each.required]
        self._query = [
            (each, compile_schema(each.schema)) for each in operation.parameters if each.location == "query"
        ]
        self._body = compile_schema(operation.body.schema) if operation.body else None
        self._body_required = operation.body is not None and operation.body.required
        self._refusal = compile_schema(operation.refusal)
        self._responses = _compile_each(operation.responses)
        self._decided = _compile_each(
            {status: schema and decided(schema) for status, schema in operation.responses.items()}
        )

    def request(self, query: Mapping[str, str], headers: Mapping[str, str], body: Any) -> list[Problem]:
        """What is wrong with a request: headers first, then the query, then the body."""
        problems = [_missing("header", each) for each in self._headers if not _header(headers, each)]
        for parameter, check in self._query:
            problems += _check_query(parameter, check, query.get(parameter.name))
        if self._body is not None and (body is not None or self._body_required):
            problems += problems_of(self._body, body, "body")
        return problems

    def response(self, status: int, body: Any) -> list[Problem]:
        """What is wrong with an answer; every documented reading of a contradiction is accepted."""
        return self._judge(self._responses, status, body)

    def deviations(self, status: int, body: Any) -> list[Problem]:
        """Where an answer follows another reading of a contradiction than the decided one."""
        return [] if self._judge(self._responses, status, body) else self._judge(self._decided, status, body)

    def _judge(self, responses: Mapping[int, Check | None], status: int, body: Any) -> list[Problem]:
        if status >= REFUSED_FROM:
            return problems_of(self._refusal, body, "body")
        if status not in responses:
            wanted = " or ".join(map(str, responses))
            return [
                Problem(
                    "status", str(status), "value", f"status {status} is not documented; must be {wanted}"
                )
            ]
        check = responses[status]
        if check is not None:
            return problems_of(check, body, "body")
        if body in (None, "", {}):
            return []
        return [Problem("body", "", "value", "the answer must carry nothing")]


def _compile_each(responses: Mapping[int, Schema | None]) -> dict[int, Check | None]:
    return {
        status: None if schema is None else compile_schema(schema) for status, schema in responses.items()
    }


def problems_of(check: Check, value: Any, location: str) -> list[Problem]:
    """What a value violates, each problem at a location."""
    problems: list[Problem] = []

    def report(path: str, kind: Kind, text: str) -> None:
        problems.append(Problem(location, path, kind, f"{path or 'the ' + location} {text}"))

    check(value, "", report)
    return problems


def _header(headers: Mapping[str, str], parameter: Parameter) -> str | None:
    """The value of a header by its name in lower case, or of the header that may stand for it."""
    found = headers.get(parameter.name.lower())
    if not found and parameter.alternative:
        found = headers.get(parameter.alternative.lower())
    return found


def _missing(location: Location, parameter: Parameter) -> Problem:
    return Problem(location, parameter.name, "missing", f"{parameter.name} is missing")


def _check_query(parameter: Parameter, check: Check, text: str | None) -> list[Problem]:
    if text is None or (text == "" and parameter.required):
        return [_missing("query", parameter)] if parameter.required else []
    value = _parse(text, parameter.type)
    return [
        Problem(
            "query", parameter.name, each.kind, f"{parameter.name}{each.message.removeprefix('the query')}"
        )
        for each in problems_of(check, value, "query")
    ]


def _parse(text: str, wanted: str) -> Any:
    """A query text as the wanted JSON type; the text itself when it is no such thing."""
    if wanted == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if wanted == "number" and _NUMBER.fullmatch(text):
        return float(text)
    if wanted == "boolean":
        return _BOOLEANS.get(text.lower(), text)
    return text
