"""What happened during the case that runs now: exchanges, frames, notes and readings taken.

One case runs at a time in a process, so there is one recorder; the plugin starts and reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_conformance.cases import Declaration
    from thingproof_contracts import Code


@dataclass(frozen=True, slots=True)
class Readings:
    """Which reading of a contradiction a run asks for.

    `strict` accepts the decided reading only; `chosen` maps a contradiction to the letter of the
    reading that takes the decided one's place (`a` is the decided one).
    """

    strict: bool = False
    chosen: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Recorder:
    """The record of the running case."""

    readings: Readings = field(default_factory=Readings)
    declaration: Declaration | None = None
    exchanges: list[Any] = field(default_factory=list)
    errors: set[Code] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    other_readings: list[str] = field(default_factory=list)
    frame_sources: list[Callable[[], list[dict[str, Any]]]] = field(default_factory=list)

    def start(self, declaration: Declaration | None) -> None:
        """Forget the last case and begin a new one."""
        self.declaration = declaration
        self.exchanges = []
        self.errors = set()
        self.events = set()
        self.notes = []
        self.other_readings = []
        self.frame_sources = []

    def rule(self) -> str | None:
        """The first rule the running case stands on: the default rule of a finding."""
        if self.declaration is None or not self.declaration.rules:
            return None
        return self.declaration.rules[0]

    def frames(self) -> list[dict[str, Any]]:
        """Frames of the case as evidence rows {direction, topic, hex, meaning}."""
        return [row for source in self.frame_sources for row in source()]


RECORDER = Recorder()
