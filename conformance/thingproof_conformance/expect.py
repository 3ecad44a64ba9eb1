"""Judgement helpers: each raises a Finding that says what was expected and what was seen.

`expected` stands before `actual`. The rule of a finding is the case's first rule unless given.
Paths into an answer are written like the inventory writes them: `devices[0].did`, `[].status`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from thingproof_conformance.client import Answer
from thingproof_conformance.recorder import RECORDER
from thingproof_conformance.verdicts import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from thingproof_contracts import Code

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "<absent>"})()
_STEP = re.compile(r"([^.\[\]]+)|\[(\d*)\]")


def fail(
    message: str,
    *,
    expected: Any = None,
    actual: Any = None,
    rule: str | None = None,
    kind: str = "value",
) -> NoReturn:
    """Raise a finding about the running case."""
    raise Finding(message, expected=expected, actual=actual, rule=rule or RECORDER.rule(), kind=kind)


def equal(expected: Any, actual: Any, what: str, *, rule: str | None = None) -> None:
    """Both are equal and, where Python would call 1 and True equal, of the same JSON type."""
    if expected != actual or isinstance(expected, bool) != isinstance(actual, bool):
        fail(f"{what} differs", expected=expected, actual=actual, rule=rule)


def different(first: Any, second: Any, what: str, *, rule: str | None = None) -> None:
    """Both differ, e.g. two tokens."""
    if first == second:
        fail(f"{what} should differ", expected=f"not {first!r}", actual=second, rule=rule)


def true(condition: object, message: str, *, actual: Any = None, rule: str | None = None) -> None:
    """The condition holds; the message states what should be the case."""
    if not condition:
        fail(message, expected=True, actual=actual, rule=rule)


def between(
    low: float, high: float, actual: Any, what: str, *, unit: str = "", rule: str | None = None
) -> None:
    """A number inside the closed range."""
    number = isinstance(actual, (int, float)) and not isinstance(actual, bool)
    if not number or not low <= actual <= high:
        fail(f"{what} is out of range", expected=f"{low} to {high} {unit}".strip(), actual=actual, rule=rule)


def one_of(allowed: Container[Any], actual: Any, what: str, *, rule: str | None = None) -> None:
    """A value out of a documented set."""
    if actual not in allowed:
        fail(f"{what} is none of the documented values", expected=allowed, actual=actual, rule=rule)


def matches(pattern: str, actual: Any, what: str, *, rule: str | None = None) -> None:
    """A text that matches the whole regular expression."""
    if not isinstance(actual, str) or re.fullmatch(pattern, actual) is None:
        fail(f"{what} has another form", expected=f"/{pattern}/", actual=actual, rule=rule)


def contains(member: Any, container: Any, what: str, *, rule: str | None = None) -> None:
    """The member is in the list, text or mapping."""
    if container is None or member not in container:
        fail(f"{what} is not there", expected=member, actual=container, rule=rule)


def lacks(member: Any, container: Any, what: str, *, rule: str | None = None) -> None:
    """The member is not in the list, text or mapping."""
    if container is not None and member in container:
        fail(f"{what} should not be there", expected=f"not {member!r}", actual=container, rule=rule)


def value_at(body: Any, path: str) -> Any:
    """The value at a path of a JSON body, or MISSING; `[]` takes the first element."""
    found = body
    for name, index in _STEP.findall(path):
        if name:
            found = found.get(name, MISSING) if isinstance(found, dict) else MISSING
        else:
            position = int(index or 0)
            found = found[position] if isinstance(found, list) and position < len(found) else MISSING
        if found is MISSING:
            return MISSING
    return found


def field(answer: Answer | Any, path: str, *, rule: str | None = None) -> Any:
    """The value at a path of an answer's body; a finding when it is absent."""
    body = answer.body if isinstance(answer, Answer) else answer
    found = value_at(body, path)
    if found is MISSING:
        fail(f"{path} is absent", expected=f"{path} present", actual=body, rule=rule, kind="shape")
    return found


def absent(answer: Answer | Any, path: str, *, rule: str | None = None) -> None:
    """No value at a path of an answer's body (null counts as present)."""
    body = answer.body if isinstance(answer, Answer) else answer
    found = value_at(body, path)
    if found is not MISSING:
        fail(f"{path} should be absent", expected=MISSING, actual=found, rule=rule, kind="shape")


def accepted(answer: Answer, *, status: int | None = None, rule: str | None = None) -> Answer:
    """The call succeeded, with the given status or any success."""
    ok = answer.status == status if status is not None else answer.ok
    if not ok:
        wanted = status if status is not None else "success (2xx)"
        fail(
            f"{answer.operation} was refused",
            expected=wanted,
            actual=answer.summary(),
            rule=rule,
            kind="status",
        )
    return answer


def refused(answer: Answer, *codes: Code, status: int | None = None, rule: str | None = None) -> Answer:
    """The call was refused in the vendor's error envelope, with one of the codes when codes are given.

    A status of 500 or more is no refusal, unless that very status is asked for.
    """
    if answer.ok:
        wanted = " or ".join(map(str, codes)) or "a refusal"
        fail(
            f"{answer.operation} was accepted",
            expected=wanted,
            actual=answer.summary(),
            rule=rule,
            kind="status",
        )
    if answer.status >= 500 and answer.status != status:
        fail(
            f"{answer.operation} broke the server",
            expected="4xx",
            actual=answer.summary(),
            rule=rule,
            kind="status",
        )
    if codes and answer.error_code not in codes:
        fail(
            f"{answer.operation} was refused with another error",
            expected=" or ".join(map(str, codes)),
            actual=answer.summary(),
            rule=rule,
            kind="status",
        )
    if status is not None and answer.status != status:
        fail(
            f"{answer.operation} was refused with another status",
            expected=status,
            actual=answer.summary(),
            rule=rule,
            kind="status",
        )
    return answer


def either(contradiction: str, **readings: Callable[[], Any]) -> Any:
    """Judge a contradiction of the seed by its readings: `a` is the decided one.

    The wanted reading (`a`, or the one chosen by `--reading ID=b`) passes the case. Another reading
    that holds makes the case non-strict, unless the run is strict. When none holds the finding of
    the wanted reading stands.
    """
    wanted = RECORDER.readings.chosen.get(contradiction, "a")
    if wanted not in readings:
        known = ", ".join(sorted(readings))
        fail(f"{contradiction} has no reading {wanted!r}; choose one of {known}", kind="harness")
    try:
        return readings[wanted]()
    except AssertionError as finding:
        if RECORDER.readings.strict:
            raise
        for letter, reading in sorted(readings.items()):
            if letter == wanted:
                continue
            try:
                result = reading()
            except AssertionError:
                continue
            RECORDER.other_readings.append(f"{contradiction}={letter}: {finding.args[0]}")
            return result
        raise
