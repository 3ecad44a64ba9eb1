"""What a load run measured: rows per request name, and failures."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class LoadRow:
    """One request name. Times in milliseconds; ``kind`` is the HTTP method or MQTT."""

    name: str
    kind: str
    requests: int
    failures: int
    median_ms: float
    p95_ms: float
    p99_ms: float
    per_second: float


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """One kind of failure, and how often it was seen."""

    name: str
    message: str
    count: int


@dataclass(frozen=True, slots=True)
class LoadResult:
    """A whole load run.

    Attributes:
        users: application users and devices together.
        seconds: how long the load lasted.
        workers: locust worker processes; 0 means one process did it all.
        rows: one per request name, without a total.
        failures: one per request name and message.
    """

    users: int
    seconds: float
    workers: int
    rows: tuple[LoadRow, ...]
    failures: tuple[LoadFailure, ...]

    @property
    def requests(self) -> int:
        """All requests, failed ones included."""
        return sum(row.requests for row in self.rows)

    @property
    def failed(self) -> int:
        """All failed requests."""
        return sum(row.failures for row in self.rows)

    @property
    def passed(self) -> bool:
        """Whether there was load at all and nothing failed."""
        return self.requests > 0 and self.failed == 0 and not self.failures

    def to_event(self, vendor: str) -> dict[str, Any]:
        """The ``load.finished`` line of a run file."""
        return {
            "event": "load.finished",
            "vendor": vendor,
            "users": self.users,
            "seconds": round(self.seconds, 3),
            "workers": self.workers,
            "rows": [asdict(row) for row in self.rows],
            "failures": [asdict(failure) for failure in self.failures],
        }


def read_result(path: Path, *, users: int, workers: int) -> LoadResult:
    """The result file that locust's process wrote when it ended."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return LoadResult(
        users=users,
        seconds=float(raw["seconds"]),
        workers=workers,
        rows=tuple(LoadRow(**row) for row in raw["rows"]),
        failures=tuple(LoadFailure(**failure) for failure in raw["failures"]),
    )
