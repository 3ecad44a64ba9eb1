"""The report queue of a device: nothing leaves it before it is acknowledged or lost with a cause."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from thingproof_sim.kernel.ledger import LedgerEntry
    from thingproof_wire.payloads.gizwits_product import Value


@dataclass(slots=True, eq=False)
class Report:
    """One report on its way.

    Attributes:
        number: counts the device's reports; names the report towards the link.
        frame: as the device built it.
        values: display values in the frame.
        entry: its line in the ledger.
        topic: where it is published.
        sequence: number that the cloud acknowledges, None for a report without end-to-end acknowledgement.
        in_flight: handed to the link and not acknowledged yet.
        tries: how often it was handed to the link.
        resends: how often it was sent again on the present link because the cloud was silent.
    """

    number: int
    frame: bytes
    values: Mapping[str, Value]
    entry: LedgerEntry
    topic: str
    sequence: int | None = None
    in_flight: bool = False
    tries: int = 0
    resends: int = 0


class ReportQueue:
    """Reports in the order in which they were made.

    Args:
        window: how many may be in flight at once.
        limit: how many wait at most; the oldest waiting one makes room. None for no limit.
    """

    __slots__ = ("_by_number", "_reports", "in_flight", "limit", "window")

    def __init__(self, window: int = 16, limit: int | None = None) -> None:
        self._reports: deque[Report] = deque()
        self._by_number: dict[int, Report] = {}
        self.window = window
        self.limit = limit
        self.in_flight = 0

    def __len__(self) -> int:
        return len(self._reports)

    def __iter__(self) -> Iterator[Report]:
        return iter(self._reports)

    def add(self, report: Report) -> Report | None:
        """Take a report; returns the one that had to make room, if any."""
        self._reports.append(report)
        self._by_number[report.number] = report
        if self.limit is None or len(self._reports) <= self.limit:
            return None
        oldest = next((waiting for waiting in self._reports if not waiting.in_flight), report)
        self.remove(oldest)
        return oldest

    def next_to_send(self) -> Report | None:
        """The oldest report that is not in flight, if the window allows one; it counts as in flight."""
        if self.in_flight >= self.window or self.in_flight == len(self._reports):
            return None
        for report in self._reports:
            if not report.in_flight:
                report.in_flight = True
                report.tries += 1
                self.in_flight += 1
                return report
        return None

    def get(self, number: int) -> Report | None:
        """The report of that number, None when it is gone."""
        return self._by_number.get(number)

    def by_sequence(self, sequence: int) -> Report | None:
        """The report of that sequence number."""
        return next((report for report in self._reports if report.sequence == sequence), None)

    def give_back(self, report: Report) -> None:
        """The report has to be sent again."""
        if report.in_flight:
            report.in_flight = False
            self.in_flight -= 1

    def give_back_all(self) -> None:
        """The link is gone: everything has to be sent again."""
        for report in self._reports:
            report.in_flight = False
            report.resends = 0
        self.in_flight = 0

    def remove(self, report: Report) -> None:
        """The report is done."""
        if self._by_number.pop(report.number, None) is None:
            return
        if report.in_flight:
            self.in_flight -= 1
        if self._reports[0] is report:
            self._reports.popleft()
        else:
            self._reports.remove(report)
