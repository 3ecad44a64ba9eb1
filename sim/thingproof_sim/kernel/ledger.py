"""The ledger of truth: what devices really measured, sent, heard and lost, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(slots=True)
class LedgerEntry:
    """One thing that happened.

    Attributes:
        at: seconds of the simulation's clock.
        thing: device name.
        kind: report, control, read, transparent, link or fault.
        datapoints: display values by name; empty when the entry has none.
        hex: the frame, empty when there was none.
        outcome: queued, sent, acknowledged or lost for a report; executed or refused for a control; else what
            happened.
        cause: why it was lost, refused or happened; None when there is nothing to explain.
    """

    at: float
    thing: str
    kind: str
    datapoints: Mapping[str, Any] = field(default_factory=dict)
    hex: str = ""
    outcome: str = ""
    cause: str | None = None


class Ledger:
    """All entries in the order in which they happened.

    Args:
        keep: keep entries; False counts only, for long simulations.
    """

    def __init__(self, *, keep: bool = True) -> None:
        self.entries: list[LedgerEntry] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        """Entries by kind and final outcome, as far as `close` was told."""
        self.causes: Counter[str] = Counter()
        """Lost reports by cause."""
        self._keep = keep

    def note(self, entry: LedgerEntry) -> LedgerEntry:
        """Take an entry; its outcome may still change."""
        if self._keep:
            self.entries.append(entry)
        return entry

    def close(self, entry: LedgerEntry, outcome: str, cause: str | None = None) -> None:
        """An entry has got its final outcome."""
        entry.outcome = outcome
        if cause is not None:
            entry.cause = cause
        self.counts[entry.kind, outcome] += 1
        if outcome == "lost":
            self.causes[entry.cause or "unknown"] += 1

    def of(self, thing: str, kind: str | None = None) -> Iterator[LedgerEntry]:
        """Entries of one device."""
        return (entry for entry in self.entries if entry.thing == thing and kind in (None, entry.kind))
