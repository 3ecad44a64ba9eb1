"""Contracts as the other packages use them: loaded from the cache, compiled, ready to match and judge."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from thingproof_contracts.checking import OperationChecks, Problem, problems_of
from thingproof_contracts.contract import Document
from thingproof_contracts.routing import Router
from thingproof_contracts.schemas import Check, compile_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_contracts.contract import Code, Contradiction, ErrorEntry, Event, Operation, Register

VENDORS = ("gizwits", "sylvia")
"""The vendors with a contract."""


class Contract:
    """The documented interface of one vendor.

    `operations`, `events` and `contradictions` are by id, `errors` by code; `register` holds the same in the
    document's order, with all rules and state tables.
    """

    def __init__(self, document: Document) -> None:
        self.vendor: str = document.vendor
        self.title: str = document.title
        self.seed_document: str = document.seed_document
        self.register: Register = document.register
        self.operations: dict[str, Operation] = {each.id: each for each in document.operations}
        self.events: dict[str, Event] = {each.id: each for each in document.register.events}
        self.errors: dict[Code, ErrorEntry] = {each.code: each for each in document.register.errors}
        self.contradictions: dict[str, Contradiction] = {
            each.id: each for each in document.register.contradictions
        }
        self._router = Router(document.operations)
        self._checks: dict[str, OperationChecks] = {}
        self._messages: dict[str, Check] = {}

    def match(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation a request reaches and its path parameters; None when none does."""
        return self._router.match(method, path)

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods of a path, sorted; empty for an unknown path (404 rather than 405)."""
        return self._router.methods(path)

    def check_request(
        self, operation: Operation, query: Mapping[str, str], headers: Mapping[str, str], body: Any
    ) -> list[Problem]:
        """What a request violates; header names in lower case, body parsed, None when there is none."""
        return self._of(operation).request(query, headers, body)

    def check_response(self, operation: Operation, status: int, body: Any) -> list[Problem]:
        """What an answer violates; every documented reading of a contradiction is accepted."""
        return self._of(operation).response(status, body)

    def deviations(self, operation: Operation, status: int, body: Any) -> list[Problem]:
        """Where an acceptable answer follows another reading of a contradiction than the decided one."""
        return self._of(operation).deviations(status, body)

    def check_message(self, event: str, payload: Any) -> list[Problem]:
        """What the message of an event violates; nothing for an event without a message of its own."""
        schema = self.events[event].payload
        if schema is None:
            return []
        if event not in self._messages:
            self._messages[event] = compile_schema(schema)
        return problems_of(self._messages[event], payload, "message")

    def _of(self, operation: Operation) -> OperationChecks:
        found = self._checks.get(operation.id)
        if found is None:
            found = self._checks[operation.id] = OperationChecks(operation)
        return found


@cache
def load(vendor: str) -> Contract:
    """The contract of a vendor; ValueError names the known ones."""
    if vendor not in VENDORS:
        raise ValueError(f"vendor: there is no contract of {vendor!r}; choose one of {', '.join(VENDORS)}")
    text = files("thingproof_contracts").joinpath(vendor, "contract.json").read_bytes()
    return Contract(msgspec.json.decode(text, type=Document))
