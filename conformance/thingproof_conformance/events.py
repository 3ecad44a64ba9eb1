"""Judging events: cause, payload, order, deadline and number.

A source gives what arrived so far (frames a device received, messages in the outbox, entries of a
log); `watch` polls it until everything expected arrived or the deadline passed, waits a moment for
what should not come, and judges. Missing, late, duplicate, out of order and wrong payload are
different findings, and an event about something else does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from thingproof_conformance import wallclock
from thingproof_conformance.recorder import RECORDER
from thingproof_conformance.verdicts import Finding

SETTLE_S = 0.05
GRACE = 2.0
_REMEDIES = {
    "missing": "did not arrive",
    "late": "arrived late",
    "duplicate": "arrived more than once",
    "out_of_order": "arrived before what caused or preceded it",
    "wrong_payload": "arrived with another payload",
    "unexpected": "arrived without a cause",
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that arrived: `at` is in seconds of the source's clock."""

    at: float
    event: str
    payload: Any = None


@dataclass(frozen=True, slots=True)
class Expected:
    """An event that should arrive once.

    `about` are the fields that tie it to its cause, `payload` the fields it must carry (a mapping
    of fields, or a predicate); `within_s` counts from the cause.
    """

    event: str
    about: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] | Callable[[Any], bool] = field(default_factory=dict)
    within_s: float | None = None

    def concerns(self, arrival: Arrival) -> bool:
        """The arrival is this kind of event about this cause."""
        return arrival.event == self.event and _carries(arrival.payload, self.about)

    def fits(self, arrival: Arrival) -> bool:
        """The arrival carries the expected payload."""
        if callable(self.payload):
            return bool(self.payload(arrival.payload))
        return _carries(arrival.payload, self.payload)


def judge(
    expected: Sequence[Expected],
    arrivals: Sequence[Arrival],
    *,
    since: float = 0.0,
    ordered: bool = True,
    others: bool = True,
) -> list[Finding]:
    """Compare what arrived, in order of arrival, with what should have; gives all findings.

    `since` is when the cause happened, in the source's clock. `others=False` makes every further
    arrival a finding, else only repetitions are.
    """
    matched, wrong = _match(expected, arrivals)
    findings = []
    for number, wish in enumerate(expected):
        if number in wrong:
            findings.append(_finding("wrong_payload", wish, wish.payload, arrivals[wrong[number]].payload))
        elif number not in matched:
            findings.append(_finding("missing", wish, dict(wish.about) or wish.event, "nothing"))
        elif wish.within_s is not None and arrivals[matched[number]].at - since > wish.within_s:
            taken = arrivals[matched[number]].at - since
            findings.append(_finding("late", wish, f"within {wish.within_s:g} s", f"after {taken:.3f} s"))
    if ordered:
        findings += _order(expected, matched)
    findings += _surplus(expected, arrivals, {*matched.values(), *wrong.values()}, others=others)
    return findings


def watch(
    source: Callable[[], Iterable[Arrival]],
    *expected: Expected,
    since: float = 0.0,
    timeout_s: float = 5.0,
    settle_s: float = SETTLE_S,
    ordered: bool = True,
    others: bool = True,
) -> list[Arrival]:
    """Wait for events, judge them, and raise the first finding; gives what arrived.

    Waits longer than the deadlines, so that late is told from missing, and a moment after the last
    one, so that a duplicate shows. Without `expected` it asks that nothing arrives.
    """
    longest = max((wish.within_s or 0.0 for wish in expected), default=0.0)

    def complete() -> bool:
        return not any(finding.kind == "missing" for finding in judge(expected, list(source()), others=True))

    if expected:
        wallclock.wait_until(complete, max(timeout_s, longest * GRACE))
    before = len(list(source()))
    wallclock.wait_until(lambda: len(list(source())) > before, settle_s)
    arrivals = list(source())
    findings = judge(expected, arrivals, since=since, ordered=ordered, others=others)
    if findings:
        first = findings[0]
        if len(findings) > 1:
            first.message += "; also " + ", ".join(sorted({finding.kind for finding in findings[1:]}))
        raise first
    RECORDER.events.update(wish.event for wish in expected)
    return arrivals


def frames(device: Any, event: str) -> Callable[[], list[Arrival]]:
    """The frames a live device receives from now on, with topic, hex, action, values and sequence."""
    seen = len(device.received)

    def source() -> list[Arrival]:
        return [
            Arrival(
                frame.at,
                event,
                {
                    "topic": frame.topic,
                    "hex": frame.hex,
                    "command": frame.command,
                    "action": frame.action,
                    "values": frame.values,
                    "sequence": frame.sequence,
                },
            )
            for frame in device.received[seen:]
        ]

    return source


def outbox(control: Any, event: str, kind: str, to: str) -> Callable[[], list[Arrival]]:
    """Messages of one kind to one receiver, as arrivals with to, text and code."""

    def source() -> list[Arrival]:
        return [
            Arrival(message.at, event, {"to": message.to, "text": message.text, "code": message.code})
            for message in control.outbox(kind, to)
        ]

    return source


def _match(
    expected: Sequence[Expected], arrivals: Sequence[Arrival]
) -> tuple[dict[int, int], dict[int, int]]:
    """Give every expected event its arrival: exact ones first, then those with another payload."""
    free = set(range(len(arrivals)))
    matched: dict[int, int] = {}
    wrong: dict[int, int] = {}
    for number, wish in enumerate(expected):
        for place in sorted(free):
            if wish.concerns(arrivals[place]) and wish.fits(arrivals[place]):
                matched[number] = place
                free.discard(place)
                break
    repeated = {
        place
        for place in free
        if any(wish.concerns(arrivals[place]) and wish.fits(arrivals[place]) for wish in expected)
    }
    for number, wish in enumerate(expected):
        if number in matched:
            continue
        for place in sorted(free - repeated):
            if wish.concerns(arrivals[place]):
                wrong[number] = place
                free.discard(place)
                break
    return matched, wrong


def _order(expected: Sequence[Expected], matched: Mapping[int, int]) -> list[Finding]:
    findings = []
    latest = -1
    for number in sorted(matched):
        if matched[number] < latest:
            findings.append(
                _finding(
                    "out_of_order", expected[number], f"place {number + 1}", f"place {matched[number] + 1}"
                )
            )
        latest = max(latest, matched[number])
    return findings


def _surplus(
    expected: Sequence[Expected], arrivals: Sequence[Arrival], used: set[int], *, others: bool
) -> list[Finding]:
    findings = []
    for place, arrival in enumerate(arrivals):
        if place in used:
            continue
        repeated = [wish for wish in expected if wish.concerns(arrival) and wish.fits(arrival)]
        if repeated:
            findings.append(_finding("duplicate", repeated[0], "once", arrival.payload))
        elif not others:
            findings.append(_finding("unexpected", Expected(arrival.event), "nothing", arrival.payload))
    return findings


def _finding(kind: str, wish: Expected, expected: Any, actual: Any) -> Finding:
    return Finding(
        f"{wish.event} {_REMEDIES[kind]}", expected=expected, actual=actual, rule=RECORDER.rule(), kind=kind
    )


def _carries(payload: Any, fields: Mapping[str, Any]) -> bool:
    if not fields:
        return True
    return isinstance(payload, Mapping) and all(
        name in payload and payload[name] == value for name, value in fields.items()
    )
