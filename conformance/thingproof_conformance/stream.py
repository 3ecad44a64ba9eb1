"""The event stream of a run: every worker writes its own file, the controller merges them.

The merged `run.ndjson` is the same for the same verdicts whatever worker judged which case: cases
are sorted by id, and what only the merge needs is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import msgspec

from thingproof_conformance.verdicts import SEVERITY, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

SUFFIX = ".ndjson"
INTERNAL = ("tally", "observed_errors", "observed_events", "core", "harness")
"""Fields of a worker's row that serve the merge only."""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class StreamWriter:
    """Appends one JSON object a line; readers see whole lines only."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    def write(self, row: Mapping[str, Any]) -> None:
        """Append one event."""
        self._file.write(_encode(row) + b"\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class StreamReader:
    """Follows a folder of growing worker files; used for progress."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: dict[Path, int] = {}

    def new_rows(self) -> list[dict[str, Any]]:
        """Rows written since the last call; a line that is still being written comes next time."""
        rows = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            with path.open("rb") as file:
                file.seek(self._offsets.get(path, 0))
                whole, _, _ = file.read().rpartition(b"\n")
            if whole:
                self._offsets[path] = self._offsets.get(path, 0) + len(whole) + 1
                rows += [_decode(line) for line in whole.split(b"\n")]
        return rows


def read(path: Path) -> list[dict[str, Any]]:
    """All events of a stream file."""
    return [_decode(line) for line in path.read_bytes().splitlines() if line]


def merge(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Finished cases of all workers, one row an id, sorted by id; the worst verdict stays."""
    kept: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["event"] != "case.finished":
            continue
        other = kept.get(row["id"])
        if other is None or _severity(row) < _severity(other):
            kept[row["id"]] = dict(row)
    return [kept[case_id] for case_id in sorted(kept)]


def public(row: Mapping[str, Any]) -> dict[str, Any]:
    """A case's row as it stands in run.ndjson."""
    return {name: value for name, value in row.items() if name not in INTERNAL}


def _severity(row: Mapping[str, Any]) -> tuple[int, str]:
    return SEVERITY.index(Verdict(row["verdict"])), str(row["worker"])
