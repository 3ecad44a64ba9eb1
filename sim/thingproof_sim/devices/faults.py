"""What can go wrong with a device, seeded: each fault leaves its cause in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thingproof_sim.kernel.streams import Stream

KINDS = ("drop", "duplicate", "delay", "corrupt", "reboot", "clock_skew")
FRAME_KINDS = ("drop", "duplicate", "delay", "corrupt")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one device.

    Attributes:
        kind: drop (a report is lost on its way), duplicate (sent twice), delay (it leaves late), corrupt
            (a bit flips), reboot (power cycle), clock_skew (the device's clock runs fast or slow).
        probability: share of the reports that a fault of frames strikes.
        after_s: when the fault begins, seconds after power-on.
        until_s: when it ends; None for never.
        every_s: mean time between reboots; 0 for one reboot at `after_s`.
        seconds: length of a delay, or how long a reboot takes.
        factor: what the intervals of a skewed clock are multiplied with.
    """

    kind: str
    probability: float = 1.0
    after_s: float = 0.0
    until_s: float | None = None
    every_s: float = 0.0
    seconds: float = 5.0
    factor: float = 1.0

    def active(self, age_s: float) -> bool:
        """Whether the fault is active so many seconds after power-on."""
        return age_s >= self.after_s and (self.until_s is None or age_s < self.until_s)


@dataclass(slots=True)
class Treatment:
    """What the faults make of one report."""

    dropped: bool = False
    copies: int = 1
    delay_s: float = 0.0
    frame: bytes = b""
    causes: tuple[str, ...] = ()


def treat(faults: tuple[Fault, ...], frame: bytes, age_s: float, stream: Stream) -> Treatment:
    """Draw which faults strike a report.

    Args:
        faults: the device's faults.
        frame: the frame as the device built it.
        age_s: seconds since power-on.
        stream: the device's stream for faults.
    """
    treatment = Treatment(frame=frame)
    causes = []
    for fault in faults:
        if fault.kind not in FRAME_KINDS or not fault.active(age_s) or not stream.chance(fault.probability):
            continue
        causes.append(f"fault: {fault.kind}")
        if fault.kind == "drop":
            treatment.dropped = True
        elif fault.kind == "duplicate":
            treatment.copies += 1
        elif fault.kind == "delay":
            treatment.delay_s += fault.seconds
        else:
            treatment.frame = _flip(treatment.frame, stream)
    treatment.causes = tuple(causes)
    return treatment


def _flip(frame: bytes, stream: Stream) -> bytes:
    """One bit of the frame's length, flag or command turned: no receiver takes it for another report."""
    changed = bytearray(frame)
    changed[4 + stream.below(min(3, len(frame) - 4))] ^= 0x40
    return bytes(changed)
