"""What arrives of a LoRa signal: path loss, shadowing, noise and what a receiver needs.

Path loss is log-distance with log-normal shadowing. The default is what the LoRaSim paper measured in a
built-up area (M. Bor, U. Roedig, T. Voigt, J. Alonso: Do LoRa Low-Power Wide-Area Networks Scale?, MSWiM
2016).
Shadowing belongs to a pair of device and gateway: it is drawn once from the pair's own stream and stays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from thingproof_sim.kernel.streams import Stream

THERMAL_NOISE_DBM_HZ: Final = -174.0
NOISE_FIGURE_DB: Final = 6.0
"""Of a gateway's receiver; the value of Semtech's AN1200.22, section 5."""
REQUIRED_SNR_DB: Final = {5: -2.5, 6: -5.0, 7: -7.5, 8: -10.0, 9: -12.5, 10: -15.0, 11: -17.5, 12: -20.0}
"""Least signal-to-noise ratio by spreading factor (SX1276 data sheet, table 13; 5 as SX1262)."""


class Position(NamedTuple):
    """A place in metres."""

    x: float
    y: float
    z: float = 0.0


@dataclass(frozen=True, slots=True)
class PathLoss:
    """Log-distance path loss; the default is LoRaSim's.

    Attributes:
        reference_m: distance at which the loss was measured.
        reference_db: mean loss there.
        exponent: how fast the loss grows with distance.
        shadowing_db: standard deviation of the shadowing of a pair of device and gateway.
    """

    reference_m: float = 40.0
    reference_db: float = 127.41
    exponent: float = 2.08
    shadowing_db: float = 3.57

    def loss_db(self, distance_m: float) -> float:
        """Mean loss between antennas; below one metre that of one metre."""
        return self.reference_db + 10 * self.exponent * math.log10(max(distance_m, 1.0) / self.reference_m)

    def distance_m(self, loss_db: float) -> float:
        """The distance with this mean loss."""
        return float(self.reference_m * 10 ** ((loss_db - self.reference_db) / (10 * self.exponent)))


LORASIM: Final = PathLoss()
OULU: Final = PathLoss(reference_m=1000.0, reference_db=128.95, exponent=2.32, shadowing_db=7.8)
"""Measured with cars around a tower: J. Petäjäjärvi et al., On the Coverage of LPWANs, ITST 2015."""
PATH_LOSSES: Final = {"lorasim": LORASIM, "oulu": OULU}


def noise_floor_dbm(bandwidth_hz: int) -> float:
    """Noise in the receiver's bandwidth, dBm."""
    return THERMAL_NOISE_DBM_HZ + 10 * math.log10(bandwidth_hz) + NOISE_FIGURE_DB


def required_snr_db(sf: int) -> float:
    """Least signal-to-noise ratio a frame of this spreading factor is read with, dB."""
    return REQUIRED_SNR_DB[sf]


def sensitivity_dbm(sf: int, bandwidth_hz: int) -> float:
    """The weakest signal that is read, dBm (AN1200.22, section 5: noise plus what the modulation needs)."""
    return noise_floor_dbm(bandwidth_hz) + REQUIRED_SNR_DB[sf]


SENSITIVITY_DBM: Final = {
    (sf, bandwidth): sensitivity_dbm(sf, bandwidth)
    for sf in REQUIRED_SNR_DB
    for bandwidth in (125_000, 250_000, 500_000)
}


def shadowing_db(seed: int, device: str, gateway: str, deviation_db: float) -> float:
    """The shadowing between a device and a gateway: always the same for the same seed and names, dB."""
    if deviation_db <= 0:
        return 0.0
    return Stream(seed, f"lora/shadowing/{device}/{gateway}").gauss(0.0, deviation_db)
