"""What the radio of a LoRa device costs its battery.

Supply currents: SX1276/77/78/79 data sheet, section 2.5.1, table 6 "Power Consumption Specification", at
3.3 V. Between its values the current is interpolated; the pin RFO reaches 14 dBm, PA_BOOST does more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MILLI: Final = 1e-3
FOREVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Transceiver:
    """Supply currents of a radio chip.

    Attributes:
        name: of the chip.
        transmit_ma: output power in dBm and current in mA by power amplifier, each with rising power; a power
            belongs to the first that reaches it.
        receive_ma: while it listens or receives.
        sleep_ma: asleep, registers kept.
        voltage_v: at which the currents were given.
    """

    name: str
    transmit_ma: tuple[tuple[tuple[float, float], ...], ...]
    receive_ma: float
    sleep_ma: float
    voltage_v: float

    def transmit_current_ma(self, power_dbm: float) -> float:
        """Supply current at an output power. Below the lowest given power it stays, as most is not radiated.

        Raises:
            ValueError: more than the chip can do.
        """
        for amplifier in self.transmit_ma:
            if power_dbm <= amplifier[-1][0]:
                return _between(amplifier, power_dbm)
        limit = self.transmit_ma[-1][-1][0]
        raise ValueError(f"power_dbm is {power_dbm}: a {self.name} reaches {limit} dBm")


def _between(points: tuple[tuple[float, float], ...], at: float) -> float:
    low, low_value = points[0]
    for high, high_value in points:
        if at <= high:
            if high == low:
                return high_value
            share = max(at - low, 0.0) / (high - low)
            return low_value + share * (high_value - low_value)
        low, low_value = high, high_value
    return low_value


SX1276: Final = Transceiver(
    name="SX1276",
    transmit_ma=(
        ((7.0, 20.0), (13.0, 29.0), (14.0, 30.5)),  # RFO; 14 dBm continues the line from 7 to 13
        ((17.0, 87.0), (20.0, 120.0)),  # PA_BOOST
    ),
    receive_ma=11.5,  # LnaBoost on, band 1
    sleep_ma=0.0002,
    voltage_v=3.3,
)


@dataclass(frozen=True, slots=True)
class Battery:
    """A battery: capacity in mAh, voltage, and the share of the capacity it loses by itself in a year."""

    capacity_mah: float = 2400.0
    voltage_v: float = 3.6
    self_discharge: float = 0.01


LS14500: Final = Battery(capacity_mah=2600.0, voltage_v=3.6, self_discharge=0.01)
"""A lithium thionyl chloride cell of AA size (Saft LS 14500)."""
YEAR_S: Final = 365.25 * 86_400


class EnergyMeter:
    """Time and charge a radio used, by state; the time nobody accounts for it sleeps."""

    __slots__ = ("_transmit_mas", "receive_s", "transceiver", "transmit_s")

    def __init__(self, transceiver: Transceiver = SX1276) -> None:
        self.transceiver = transceiver
        self.transmit_s = 0.0
        self.receive_s = 0.0
        self._transmit_mas = 0.0

    def transmit(self, power_dbm: float, seconds: float) -> None:
        """It transmitted."""
        self.transmit_s += seconds
        self._transmit_mas += seconds * self.transceiver.transmit_current_ma(power_dbm)

    def receive(self, seconds: float) -> None:
        """It listened or received."""
        self.receive_s += seconds

    def charges_c(self, elapsed_s: float) -> dict[str, float]:
        """Coulombs by state since the beginning, `elapsed_s` seconds ago."""
        asleep = max(elapsed_s - self.transmit_s - self.receive_s, 0.0)
        return {
            "transmit": self._transmit_mas * MILLI,
            "receive": self.receive_s * self.transceiver.receive_ma * MILLI,
            "sleep": asleep * self.transceiver.sleep_ma * MILLI,
        }

    def joules_by_state(self, elapsed_s: float) -> dict[str, float]:
        """Joules by state since the beginning, `elapsed_s` seconds ago."""
        volts = self.transceiver.voltage_v
        return {state: charge * volts for state, charge in self.charges_c(elapsed_s).items()}

    def joules(self, elapsed_s: float) -> float:
        """Joules since the beginning, `elapsed_s` seconds ago."""
        return sum(self.joules_by_state(elapsed_s).values())

    def mean_current_ma(self, elapsed_s: float) -> float:
        """Mean supply current, mA."""
        if elapsed_s <= 0:
            return 0.0
        return sum(self.charges_c(elapsed_s).values()) / elapsed_s / MILLI


def battery_life_s(battery: Battery, mean_current_ma: float) -> float:
    """How long a battery lasts at a mean current, seconds; infinite when nothing discharges it."""
    leak_ma = battery.capacity_mah * battery.self_discharge * 3600.0 / YEAR_S
    drain_ma = mean_current_ma + leak_ma
    return battery.capacity_mah * 3600.0 / drain_ma if drain_ma > 0 else FOREVER
