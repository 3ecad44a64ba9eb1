"""Response times as counts of tenths of a millisecond, exact enough for answers faster than a millisecond.

Locust's own statistics round to whole milliseconds, which shows a fast server as 0 ms.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

PER_MILLISECOND = 10
Key = tuple[str, str]
"""Kind and name of a request."""


class Times:
    """Response times by request, as counts."""

    def __init__(self) -> None:
        self.counts: defaultdict[Key, Counter[int]] = defaultdict(Counter)

    def add(self, kind: str, name: str, milliseconds: float) -> None:
        """Count one answer."""
        self.counts[kind, name][round(milliseconds * PER_MILLISECOND)] += 1

    def percentile(self, kind: str, name: str, share: float) -> float:
        """Milliseconds below which a share of all answers lies (nearest rank); 0 when there was none."""
        counts = self.counts.get((kind, name), Counter())
        rank = share * counts.total()
        seen = 0
        for tenth in sorted(counts):
            seen += counts[tenth]
            if seen >= rank:
                return tenth / PER_MILLISECOND
        return 0.0

    def take(self) -> list[tuple[str, str, dict[int, int]]]:
        """Everything counted since the last time, for another process."""
        taken = [(kind, name, dict(counts)) for (kind, name), counts in self.counts.items()]
        self.counts.clear()
        return taken

    def merge(self, rows: Iterable[tuple[str, str, Mapping[int, int]]]) -> None:
        """Add what another process took."""
        for kind, name, counts in rows:
            self.counts[kind, name].update({int(tenth): count for tenth, count in counts.items()})
