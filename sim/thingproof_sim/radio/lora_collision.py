"""When LoRa frames destroy each other: the rules both engines follow.

A frame is lost at a gateway when another transmission touches its critical section on an overlapping
frequency and is not weaker by what its demodulator rejects.

- Critical section: the receiver needs the last five symbols of the preamble to find the frame, so the ones
  before may be lost (Bor et al., MSWiM 2016, section 3.4); it lasts to the end of the frame.
- Rejection: 6 dB between equal spreading factors (capture); between different ones the cochannel rejection of
  C. Goursaud and J.-M. Gorce: Dedicated networks for IoT: PHY / MAC state of the art and challenges, EAI
  Endorsed Transactions on IoT 1 (2015), table 3. Interferers are compared one by one, so that a lost frame
  has one that destroyed it: the first in order of start.
- Frequency: LoRaSim's rule. Signals disturb each other when their centres are at most 30, 60 or 120 kHz
  apart, for the wider of both bandwidths of 125, 250 or 500 kHz.
- Polarity: downlinks are sent with inverted chirps; up- and downlinks do not disturb each other.

The functions of powers and times take numbers and NumPy arrays alike.
"""

from __future__ import annotations

from typing import Any, Final

from thingproof_sim.radio.lora_airtime import PREAMBLE, symbol_s

CAPTURE_DB: Final = 6.0
NEEDED_PREAMBLE: Final = 5
"""Symbols of the preamble a receiver needs."""
FIRST_SF: Final = 7
LAST_SF: Final = 12
REJECTION_DB: Final = (
    # least signal-to-interference ratio by own spreading factor (row) and that of the interferer (column)
    (CAPTURE_DB, -16.0, -18.0, -19.0, -19.0, -20.0),
    (-24.0, CAPTURE_DB, -20.0, -22.0, -22.0, -22.0),
    (-27.0, -27.0, CAPTURE_DB, -23.0, -25.0, -25.0),
    (-30.0, -30.0, -30.0, CAPTURE_DB, -26.0, -28.0),
    (-33.0, -33.0, -33.0, -33.0, CAPTURE_DB, -29.0),
    (-36.0, -36.0, -36.0, -36.0, -36.0, CAPTURE_DB),
)
REACH_HZ: Final = {125_000: 30_000, 250_000: 60_000, 500_000: 120_000}
"""Largest distance between the centres of signals that disturb each other, by the wider bandwidth."""

# Outcomes of a frame at a gateway as numbers; a positive one is the number of the frame that destroyed it.
HEARD: Final = 0
OUT_OF_RANGE: Final = -1
GATEWAY_BUSY: Final = -2
HALF_DUPLEX: Final = -3

CAUSES: Final = {
    OUT_OF_RANGE: "out of range",
    GATEWAY_BUSY: "gateway busy",
    HALF_DUPLEX: "half-duplex",
}
COLLISION: Final = "collision"


def rejection_db(sf: int, interferer_sf: int) -> float:
    """Least signal-to-interference ratio a frame survives with, dB.

    Raises:
        ValueError: no published value for this spreading factor.
    """
    for given in (sf, interferer_sf):
        if not FIRST_SF <= given <= LAST_SF:
            raise ValueError(f"sf is {given}: rejection is known for {FIRST_SF} to {LAST_SF}")
    return REJECTION_DB[sf - FIRST_SF][interferer_sf - FIRST_SF]


def spare_preamble_s(sf: int, bandwidth_hz: int, preamble: int = PREAMBLE) -> float:
    """Seconds at the start of a frame that may be lost."""
    return max(preamble - NEEDED_PREAMBLE, 0) * symbol_s(sf, bandwidth_hz)


def channels_overlap(
    frequency_hz: int, bandwidth_hz: int, other_frequency_hz: int, other_bandwidth_hz: int
) -> bool:
    """Whether signals on these channels disturb each other."""
    return abs(frequency_hz - other_frequency_hz) <= REACH_HZ[max(bandwidth_hz, other_bandwidth_hz)]


def touches(critical_s: Any, end_s: Any, other_start_s: Any, other_end_s: Any) -> Any:
    """Whether another transmission reaches into a frame's critical section."""
    return (other_start_s < end_s) & (other_end_s > critical_s)


def overpowered(power_dbm: Any, other_power_dbm: Any, needed_db: Any) -> Any:
    """Whether another transmission is too strong for a frame that needs this ratio."""
    return power_dbm - other_power_dbm < needed_db


def cause_text(outcome: int) -> str | None:
    """The outcome in words, as the ledger says it; None when the frame was heard."""
    if outcome > 0:
        return f"{COLLISION} with frame {outcome}"
    return CAUSES.get(outcome)
