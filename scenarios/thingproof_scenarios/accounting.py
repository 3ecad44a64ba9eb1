"""Compare what devices know they sent with what the cloud kept: nothing acknowledged is lost or doubled."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True)
class Sent:
    """One device's side. Frames are hexadecimal; each report stands once, however often it was resent.

    Attributes:
        frames: everything the device may have put on the wire.
        acknowledged: those the cloud acknowledged.
        lost: reports that never got through, by cause.
        waiting: reports still in the device's queue, never sent.
        numbered: reports carry sequence numbers, so the cloud can tell a repetition from a new report and
            must keep each exactly once. Without numbers QoS 1 promises at least once.
    """

    frames: tuple[str, ...]
    acknowledged: tuple[str, ...]
    lost: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    numbered: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """The balance of a fleet: numbers of reports.

    Attributes:
        devices: how many devices were compared.
        sent: reports put on the wire and not lost there.
        acknowledged: reports the cloud acknowledged.
        stored: frames the cloud kept.
        duplicated: numbered reports kept more than once.
        repeated: reports without numbers that came twice after a lost connection; QoS 1 allows it.
        missing: acknowledged but not kept.
        unknown: kept but never sent.
        waiting: reports still in the devices' queues at the end.
        lost: reports that never got through, by cause.
    """

    devices: int
    sent: int
    acknowledged: int
    stored: int
    duplicated: int
    repeated: int
    missing: int
    unknown: int
    waiting: int
    lost: Mapping[str, int]

    @property
    def balanced(self) -> bool:
        """Every acknowledged report is kept, exactly once where it has a number, and nothing else is kept."""
        return self.missing == 0 and self.duplicated == 0 and self.unknown == 0

    def summary(self) -> str:
        """One line for people."""
        parts = [f"{self.sent} sent", f"{self.acknowledged} acknowledged", f"{self.stored} stored"]
        parts += [f"{self.duplicated} duplicated", f"{self.missing} missing"]
        parts += [f"{self.unknown} never sent"] if self.unknown else []
        parts += [f"{sum(self.lost.values())} lost by injected faults or the radio"] if self.lost else []
        return ", ".join(parts)


def balance(devices: Iterable[tuple[Sent, Iterable[str]]]) -> Account:
    """Compare each device's side with the frames the cloud kept of it."""
    numbers: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for sent, kept in devices:
        made, acknowledged, stored = Counter(sent.frames), Counter(sent.acknowledged), Counter(kept)
        surplus = stored - made
        again = sum(count for frame, count in surplus.items() if frame in made)
        numbers["devices"] += 1
        numbers["sent"] += made.total() - sum(sent.lost.values()) - sent.waiting
        numbers["waiting"] += sent.waiting
        numbers["acknowledged"] += acknowledged.total()
        numbers["stored"] += stored.total()
        numbers["duplicated" if sent.numbered else "repeated"] += again
        numbers["unknown"] += surplus.total() - again
        numbers["missing"] += (acknowledged - stored).total()
        lost.update(sent.lost)
    counted = [row.name for row in fields(Account) if row.name != "lost"]
    return Account(**{name: numbers[name] for name in counted}, lost=dict(lost))
