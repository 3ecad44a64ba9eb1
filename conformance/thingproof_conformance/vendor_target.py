"""What a suite needs of any vendor: calls judged by the contract, names, time, and the clean-up."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from thingproof_conformance import wallclock
from thingproof_conformance.client import Answer, Exchange, HttpClient, encode_json, parse_json
from thingproof_conformance.names import Names
from thingproof_conformance.recorder import RECORDER
from thingproof_conformance.verdicts import Finding, Inconclusive, NotApplicable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.target import VendorPart
    from thingproof_contracts import Code, Contract, Operation, Problem

SUCCESS = "success"
TEXT = "text/plain"
ANY = None
UNSET: Any = type("Unset", (), {"__repr__": lambda _: "<default>"})()
_SLOT = re.compile(r"\{([^}]+)\}")


@dataclass(slots=True)
class Call:
    """The arguments of one call, before it is sent; negatives.py changes copies of it."""

    operation: str
    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = UNSET
    raw: bytes | None = None
    content_type: str | None = None
    app_id: Any = UNSET
    token: Any = None
    method: str | None = None


class VendorTarget:
    """One vendor's surface of a target, seen by one case at a time."""

    vendor = ""

    def __init__(
        self,
        part: VendorPart,
        contract: Contract,
        control: ControlClient | None = None,
        offered: frozenset[str] = frozenset(),
        names: Names | None = None,
    ) -> None:
        self.part = part
        self.contract = contract
        self.offered = offered
        self.names = names or Names(0, "")
        self.http = HttpClient(part.url)
        self._control = control
        self._closers: list[Callable[[], object]] = []

    # What a vendor adds.

    def identify(self, operation: Operation, call: Call) -> dict[str, str]:
        """Headers that say on whose behalf a call is made."""
        raise Inconclusive(
            f"{type(self).__name__} does not say how {operation.id} identifies {call.app_id}", harness=True
        )

    def error_code_of(self, status: int, body: Any) -> Code | None:
        """The vendor's error code in an answer, None for a success, NO_CODE for a refusal without one."""
        raise Inconclusive(
            f"{type(self).__name__} does not know the error form ({status} {body})", harness=True
        )

    def judge_refusal(self, operation: Operation, answer: Answer) -> None:
        """Judge what a vendor documents about all its refusals beside their schema; nothing by default."""

    def observe(self, answer: Answer) -> None:
        """Note events an answer shows; nothing unless a vendor says so."""

    def valid_call(self, operation: str) -> Call:
        """A call of the operation that succeeds; what negatives start from."""
        raise Inconclusive(f"{type(self).__name__} knows no valid call of {operation}", harness=True)

    def foreign_token(self) -> str:
        """A token that is valid, but for somebody of another application or project."""
        raise Inconclusive(f"{type(self).__name__} has no foreign token", harness=True)

    def expired_token(self) -> str:
        """A token that was valid and is not any more; moves the clock."""
        raise Inconclusive(f"{type(self).__name__} has no expired token", harness=True)

    def forget(self) -> None:
        """Forget subjects kept between cases, after a reset or a move of the clock."""

    # What every suite uses.

    @property
    def control(self) -> ControlClient:
        """The control surface; the case is not applicable without one."""
        if self._control is None:
            raise NotApplicable("the target has no control surface")
        return self._control

    def need(self, *features: str) -> None:
        """End the case as not applicable unless the target offers the features."""
        for name in features:
            if name not in self.offered:
                raise NotApplicable(f"the target does not offer {name}")

    def now(self) -> float:
        """The target's time, seconds since 1970: its own clock if it shows it, else the wall clock."""
        return self.control.clock() if "clock" in self.offered else wallclock.epoch()

    def begin(self, names: Names) -> None:
        """Get ready for the next case."""
        self.names = names

    def finish(self) -> None:
        """Close what the case opened, last first."""
        closers, self._closers = self._closers, []
        for close in reversed(closers):
            close()

    def close_later(self, close: Callable[[], object]) -> None:
        """Call `close` when the case ends."""
        self._closers.append(close)

    def close(self) -> None:
        """Close the connections."""
        with suppress(Exception):
            self.finish()
        self.http.close()

    def call(
        self,
        operation: str,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = UNSET,
        raw: bytes | None = None,
        content_type: str | None = None,
        app_id: Any = UNSET,
        token: Any = None,
        method: str | None = None,
        expect: int | str | None = SUCCESS,
        check: bool = True,
    ) -> Answer:
        """Call an operation and judge the answer by the contract.

        `expect` is SUCCESS (default: one of the documented success statuses), an HTTP status, or ANY
        (None: the case judges itself). `app_id` is the target's application unless given, None leaves
        the header out. `token` is a text or anything with a `token`; None sends none. `raw` bytes go
        out as they are. `check=False` leaves out the contract (e.g. to send another method).
        """
        return self.perform(
            Call(
                operation,
                dict(path or {}),
                dict(query or {}),
                dict(headers or {}),
                json,
                raw,
                content_type,
                app_id,
                token,
                method,
            ),
            expect=expect,
            check=check,
        )

    def perform(self, call: Call, *, expect: int | str | None = SUCCESS, check: bool = True) -> Answer:
        """Send a prepared call and judge the answer like `call`."""
        operation = self.contract.operations.get(call.operation)
        if operation is None:
            raise Inconclusive(f"the contract has no operation {call.operation}", harness=True)
        answer = self._send(operation, call)
        if answer.error_code is not None:
            RECORDER.errors.add(answer.error_code)
        try:
            if check:
                self._check(operation, answer)
                if not answer.ok:
                    self.judge_refusal(operation, answer)
            self._judge_status(operation, answer, expect)
        except Finding:
            answer.exchange.matched = False
            raise
        if answer.ok:
            self.observe(answer)
        return answer

    def prepare(self, operation: str, call: Callable[[], Answer]) -> Answer:
        """Make a call that only prepares a case: its finding is a failed precondition, not a verdict."""
        try:
            return call()
        except Finding as finding:
            raise Inconclusive(f"precondition {operation}: {finding}") from finding

    def _send(self, operation: Operation, call: Call) -> Answer:
        body, content_type = _body(call)
        headers = self.identify(operation, call) | {
            name.lower(): value for name, value in call.headers.items()
        }
        if content_type is not None:
            headers.setdefault("content-type", content_type)
        path = _SLOT.sub(lambda slot: _segment(operation, call, slot[1]), operation.path)
        query = {name: _query_value(value) for name, value in call.query.items()}
        method = call.method or operation.method
        exchange = self.http.send(operation.id, method, path, query=query, headers=headers, body=body)
        return self._answer(operation, exchange)

    def _answer(self, operation: Operation, exchange: Exchange) -> Answer:
        if exchange.response_type == TEXT and exchange.status in operation.plain:
            body = exchange.response_body.decode("utf-8", "replace")
        else:
            body = parse_json(exchange.response_body)
        code = self.error_code_of(exchange.status, body)
        return Answer(operation.id, exchange.status, body, exchange.response_headers, exchange, code)

    def _check(self, operation: Operation, answer: Answer) -> None:
        if answer.body is None and answer.exchange.response_body.strip() not in {b"", b"null"}:
            raise Finding(
                f"{operation.id} answered something that is no JSON",
                expected="JSON or nothing",
                actual=answer.summary(),
                rule=RECORDER.rule(),
                kind="shape",
            )
        problems = self.contract.check_response(operation, answer.status, answer.body)
        if problems:
            raise self._outside(operation, answer, problems)
        about_it = RECORDER.declaration is not None and RECORDER.declaration.operation == operation.id
        deviations = self.contract.deviations(operation, answer.status, answer.body) if about_it else []
        if deviations and RECORDER.readings.strict:
            raise self._outside(operation, answer, deviations)
        RECORDER.other_readings += [f"{operation.id}: {deviation.message}" for deviation in deviations]

    def _outside(self, operation: Operation, answer: Answer, problems: list[Problem]) -> Finding:
        """The finding that an answer is not as the contract says."""
        return Finding(
            f"{operation.id} answered {answer.status} outside of its contract: {problems[0].message}",
            expected=f"an answer of {operation.id} as its contract describes it",
            actual=f"{'; '.join(problem.message for problem in problems)}: {answer.summary()}",
            rule=RECORDER.rule(),
            kind="shape",
        )

    def _judge_status(self, operation: Operation, answer: Answer, expect: int | str | None) -> None:
        if expect is None:
            return
        if expect == SUCCESS:
            allowed = tuple(operation.accept_statuses)
            fine = answer.status in allowed and answer.error_code is None
            wanted = " or ".join(map(str, allowed))
        else:
            fine, wanted = answer.status == expect, str(expect)
        if not fine:
            raise Finding(
                f"{operation.id} answered another status",
                expected=wanted,
                actual=answer.summary(),
                rule=RECORDER.rule(),
                kind="status",
            )


def _body(call: Call) -> tuple[bytes | None, str | None]:
    if call.raw is not None:
        return call.raw, call.content_type or "application/json"
    if call.json is UNSET:
        return None, call.content_type
    return encode_json(call.json), call.content_type or "application/json"


def _segment(operation: Operation, call: Call, name: str) -> str:
    if name not in call.path:
        raise Inconclusive(f"{operation.id}: the path needs {name}; give path={{{name!r}: …}}", harness=True)
    return quote(str(call.path[name]), safe="")


def _query_value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
