"""Compare what devices know they sent with what the cloud kept: nothing acknowledged is lost or doubled."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sent:
    """One device's side. Frames are hexadecimal; each report stands once, however often it was resent.

    Attributes:
        frames: everything the device put on the wire.
        acknowledged: those the cloud acknowledged.
        lost: reports that never got out, by cause.
    """

    frames: tuple[str, ...]
    acknowledged: tuple[str, ...]
    lost: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """The balance of a fleet: numbers of reports.

    Attributes:
        devices: how many devices were compared.
        sent: reports put on the wire.
        acknowledged: reports the cloud acknowledged.
        stored: reports the cloud kept.
        duplicated: kept more often than they were sent.
        missing: acknowledged but not kept.
        unknown: kept but never sent.
        lost: reports that never got out, by cause.
    """

    devices: int
    sent: int
    acknowledged: int
    stored: int
    duplicated: int
    missing: int
    unknown: int
    lost: Mapping[str, int]

    @property
    def balanced(self) -> bool:
        """Every acknowledged report is kept exactly once, and nothing else is kept."""
        return self.missing == 0 and self.duplicated == 0 and self.unknown == 0

    def summary(self) -> str:
        """One line for people."""
        parts = [f"{self.sent} sent", f"{self.acknowledged} acknowledged", f"{self.stored} stored"]
        parts += [f"{self.duplicated} duplicated", f"{self.missing} missing"]
        if self.unknown:
            parts.append(f"{self.unknown} never sent")
        return ", ".join(parts)


def balance(devices: Iterable[tuple[Sent, Iterable[str]]]) -> Account:
    """Compare each device's side with the frames the cloud kept of it."""
    numbers: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for sent, kept in devices:
        on_wire, acknowledged, stored = Counter(sent.frames), Counter(sent.acknowledged), Counter(kept)
        surplus = stored - on_wire
        numbers["devices"] += 1
        numbers["sent"] += on_wire.total()
        numbers["acknowledged"] += acknowledged.total()
        numbers["stored"] += stored.total()
        numbers["duplicated"] += sum(count for frame, count in surplus.items() if frame in on_wire)
        numbers["unknown"] += sum(count for frame, count in surplus.items() if frame not in on_wire)
        numbers["missing"] += (acknowledged - stored).total()
        lost.update(sent.lost)
    names = ("devices", "sent", "acknowledged", "stored", "duplicated", "missing", "unknown")
    return Account(**{name: numbers[name] for name in names}, lost=dict(lost))
