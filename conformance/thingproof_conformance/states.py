"""State cases, generated from the state tables of a vendor's register.

    @case("gizwits.devices.raw_data", kind="state", events=("record.dev_online",))
    @pytest.mark.documented
    @states.parametrize("gizwits", "device_connection", start="offline")
    def test_raw_data__connection(gizwits, walk): ...

Every transition of a table gives one walk: the shortest way from the start to where the transition
begins, then the transition. The suite says how each event is caused and how each state is seen.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_contracts import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from thingproof_contracts import Code

_REFUSAL = re.compile(r"refused (\d+|err_\w+)")


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a state table, for one state it begins in.

    `source` is None for what creates the subject; `refusal` is the error code of an event that is
    refused (the state stays); `row` is the table's row with whatever else it says.
    """

    source: str | None
    event: str
    target: str
    refusal: Code | None = None
    row: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def id(self) -> str:
        """A short stable name."""
        words = f"{self.source or 'none'} {self.event}"
        return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


Walk = tuple[Transition, ...]
"""Transitions in order; the last one is what the walk is for."""


def parametrize(vendor: str, machine: str, *, start: str | None = None) -> Callable[..., Any]:
    """A decorator that runs a test with every walk of a state table, as `walk`."""
    return pytest.mark.parametrize(
        "walk", [pytest.param(walk, id=walk[-1].id) for walk in walks(vendor, machine, start=start)]
    )


def transitions(vendor: str, machine: str) -> list[Transition]:
    """The transitions of a state table; rows whose outcome the document leaves open are left out."""
    machines = load(vendor).register.state_machines
    table = machines.get(machine)
    if table is None or "states" not in table:
        known = ", ".join(name for name, content in machines.items() if "states" in content)
        raise ValueError(f"state table {machine!r}: {vendor} has none of this name; choose one of {known}")
    names = [_name(state) for state in table["states"]]
    return [found for row in table["transitions"] for found in _of_row(row, names)]


def walks(vendor: str, machine: str, *, start: str | None = None) -> list[Walk]:
    """One walk for each transition that can be reached from the start (None: before it exists)."""
    rows = transitions(vendor, machine)
    ways = _shortest_ways(rows, start)
    return [(*ways[row.source], row) for row in rows if row.source in ways]


def _shortest_ways(rows: list[Transition], start: str | None) -> dict[str | None, Walk]:
    """State -> the shortest walk that leads there."""
    ways: dict[str | None, Walk] = {start: ()}
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        for row in rows:
            if row.source == state and row.target not in ways:
                ways[row.target] = (*ways[state], row)
                waiting.append(row.target)
    return ways


def _of_row(row: Mapping[str, Any], names: list[str]) -> Iterator[Transition]:
    """The transitions of one row: one for each state it begins in."""
    if "from" not in row or "to" not in row:
        return
    outcome = str(row["to"])
    refused = _REFUSAL.search(outcome)
    refusal = _code(refused[1]) if refused else None
    stated = next((name for name in names if re.match(rf"{re.escape(name)}\b", outcome)), None)
    sources = row["from"] if isinstance(row["from"], list) else [row["from"]]
    for source in sources:
        begins = None if source is None else str(source)
        target = stated or (begins if refusal is not None else None)
        if target is not None:
            yield Transition(begins, str(row["event"]), target, refusal, row)


def _code(text: str) -> Code:
    return int(text) if text.isdigit() else text


def _name(state: Any) -> str:
    """A state is a name, or a number with its meaning."""
    return str(next(iter(state))) if isinstance(state, dict) else str(state)
