"""The journal of a platform without a data directory: it keeps nothing and never makes anybody wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thingproof_platform.core.state import Change


class MemoryJournal:
    """State ends with the process."""

    def __init__(self) -> None:
        self._rows = 0

    def load(self) -> Sequence[Change]:
        """Return nothing: there is no past."""
        return ()

    def commit(self, changes: Sequence[Change]) -> None:
        """Count the changes and let them go."""
        self._rows += len(changes)

    async def close(self) -> None:
        """Do nothing: there is nothing open."""

    def counters(self) -> dict[str, int]:
        """Return how many changes were let go."""
        return {"journal_rows": self._rows, "journal_commits": 0, "journal_pending_rows": 0}
