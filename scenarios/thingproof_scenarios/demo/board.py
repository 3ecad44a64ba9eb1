"""What the demo shows: one row a device, the last readings and the last events."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

KEPT_LINES = 200
SHOWN_DATAPOINTS = 3


@dataclass(slots=True)
class DeviceRow:
    """One device: what it measures itself, and what the cloud says about it."""

    name: str
    product: str
    watched: tuple[str, ...] = ()
    """Datapoints that change by themselves; the interesting ones."""
    online: bool = False
    truth: dict[str, Any] = field(default_factory=dict)
    cloud: dict[str, Any] = field(default_factory=dict)
    recent: list[str] = field(default_factory=list)
    """Datapoints by their last change, newest first."""
    readings: int = 0

    @property
    def agrees(self) -> bool | None:
        """Whether cloud and device say the same; None before the first reading."""
        if not self.cloud:
            return None
        return all(
            comparable(self.truth.get(name)) == comparable(value) for name, value in self.cloud.items()
        )

    def shown(self) -> list[str]:
        """The datapoints worth showing."""
        return list(dict.fromkeys([*self.recent, *self.watched, *self.truth]))[:SHOWN_DATAPOINTS]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the readings or the events; ``at`` is seconds since the demo began."""

    at: float
    device: str
    text: str


def comparable(value: Any) -> Any:
    """One form for a value: the cloud shows bools as 0 and 1, and bytes as hexadecimal digits."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return value


def write_values(values: Mapping[str, Any], names: list[str]) -> str:
    """``room_temp 21.5, switch 1``."""
    parts = []
    for name in names:
        if name in values:
            value = comparable(values[name])
            parts.append(f"{name} {round(value, 2) if isinstance(value, float) else value}")
    return ", ".join(parts)


class Board:
    """The state of the screen. Filled by several threads, read by one."""

    def __init__(self, rows: Iterable[DeviceRow]) -> None:
        """Take one row for each device."""
        self._lock = Lock()
        self.rows = {row.name: row for row in rows}
        self.readings: deque[Line] = deque(maxlen=KEPT_LINES)
        self.events: deque[Line] = deque(maxlen=KEPT_LINES)
        self.total_readings = 0
        self.total_events = 0

    def measured(self, device: str, values: Mapping[str, Any]) -> None:
        """The device's own values of this moment."""
        with self._lock:
            row = self.rows[device]
            for name, value in values.items():
                if row.truth.get(name) != value and name in row.truth:
                    row.recent = [name, *(other for other in row.recent if other != name)]
            row.truth = dict(values)

    def known(self, device: str, values: Mapping[str, Any]) -> None:
        """What the cloud knew before the demo began to listen."""
        with self._lock:
            self.rows[device].cloud.update(values)

    def reading(self, at: float, device: str, values: Mapping[str, Any]) -> None:
        """A reading as the cloud pushed it."""
        with self._lock:
            row = self.rows[device]
            changed = [name for name, value in values.items() if row.cloud.get(name) != value]
            row.cloud.update(values)
            row.readings += 1
            self.total_readings += 1
            text = write_values(values, changed) or "no change"
            self.readings.append(Line(at, device, text))

    def event(self, at: float, device: str, text: str) -> None:
        """Something happened to a device."""
        with self._lock:
            self.total_events += 1
            self.events.append(Line(at, device, text))

    def online(self, device: str, is_online: bool) -> None:
        """A device came or went."""
        with self._lock:
            self.rows[device].online = is_online
