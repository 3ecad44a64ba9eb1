"""The logs: communication with things, and when they came and went."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from thingproof_platform.core.events import RecordAdded
from thingproof_platform.core.model import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thingproof_platform.core.model import RecordKind
    from thingproof_platform.core.world import World

_COMMUNICATION = ("uplink", "downlink")


class _Log:
    """Records of one thing and one log, ordered by time; `times` is the search key beside them."""

    __slots__ = ("records", "times")

    def __init__(self) -> None:
        self.times: list[float] = []
        self.records: list[Record] = []

    def add(self, record: Record) -> None:
        place = bisect_right(self.times, record.at)
        self.times.insert(place, record.at)
        self.records.insert(place, record)


class Records:
    """Communication log and connection log of every thing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._table = world.state.table("records", Record)
        self._logs: dict[tuple[str, bool], _Log] = {}
        self._number = 0

    def rebuild(self) -> None:
        """Rebuild the logs from the rows."""
        self._logs.clear()
        for record in self._table:
            self._log(record.thing, record.kind).add(record)
        self._number = max((record.number for record in self._table), default=self._number)

    def add(
        self,
        thing: str,
        kind: RecordKind,
        *,
        peer: str = "",
        payload: bytes = b"",
        source: str = "",
        account: str = "",
        application: str = "",
        packet: int | None = None,
        cause: str = "",
    ) -> Record:
        """Write one line at the current moment."""
        self._number += 1
        now = self._world.clock.now()
        record = Record(
            self._number, thing, kind, now, peer, payload, source, account, application, packet, cause
        )
        self._table.append(str(record.number), record)
        self._log(thing, kind).add(record)
        self._world.emit(RecordAdded(now, record))
        return record

    def between(self, thing: str, *, communication: bool, start: float, end: float) -> list[Record]:
        """Records of one log with start <= time < end, oldest first."""
        log = self._logs.get((thing, communication))
        if log is None:
            return []
        return log.records[bisect_left(log.times, start) : bisect_left(log.times, end)]

    def of(self, thing: str, since: float = 0.0) -> list[Record]:
        """Records of a thing from a moment on, of both logs, in the order they were made."""
        logs = (self._logs.get((thing, communication)) for communication in (True, False))
        found = [
            record
            for log in logs
            if log is not None
            for record in log.records[bisect_left(log.times, since) :]
        ]
        return sorted(found, key=lambda record: (record.at, record.number))

    def recent(self, thing: str, since: float) -> Iterator[Record]:
        """Communication records of a thing since a moment, newest first."""
        log = self._logs.get((thing, True))
        if log is not None:
            for record in reversed(log.records):
                if record.at < since:
                    return
                yield record

    def prune(self, before: float) -> int:
        """Forget records older than a moment. Returns how many."""
        dropped = 0
        for log in self._logs.values():
            old = bisect_left(log.times, before)
            for record in log.records[:old]:
                self._table.delete(str(record.number))
            del log.records[:old], log.times[:old]
            dropped += old
        return dropped

    def __len__(self) -> int:
        return len(self._table)

    def _log(self, thing: str, kind: RecordKind) -> _Log:
        return self._logs.setdefault((thing, kind in _COMMUNICATION), _Log())
