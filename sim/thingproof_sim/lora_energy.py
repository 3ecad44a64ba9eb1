"""What the radios of a fleet's devices consumed, from how long each sent and how long it listened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from thingproof_sim.radio.lora_energy import FOREVER, Battery, EnergyMeter, battery_life_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thingproof_sim.devices.lorawan_device import LoraDevice

DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Consumption:
    """Energy of radios.

    Attributes:
        joules: all devices together.
        mean_j, highest_j: of one device.
        transmit_j, receive_j, sleep_j: all devices together, by what the radio did.
        shortest_battery_days: how long the hungriest battery lasts at this pace; None without batteries.
    """

    joules: float
    mean_j: float
    highest_j: float
    transmit_j: float
    receive_j: float
    sleep_j: float
    shortest_battery_days: float | None


def meter_of(device: LoraDevice, elapsed_s: float) -> EnergyMeter:
    """A device's radio over the time since it was made; a class C device listens when it does not send."""
    meter = EnergyMeter()
    for power_dbm, seconds in device.air_s.items():
        meter.transmit(max(power_dbm, 0.0), seconds)
    if device.plan.device_class == "C":
        meter.receive(max(0.0, elapsed_s - device.counters.airtime_s))
    else:
        meter.receive(device.counters.listen_s)
    return meter


def consumption(devices: Sequence[LoraDevice], elapsed_s: float) -> Consumption:
    """The radios of devices over a stretch of time."""
    totals: list[float] = []
    states = {"transmit": 0.0, "receive": 0.0, "sleep": 0.0}
    shortest = FOREVER
    for device in devices:
        meter = meter_of(device, elapsed_s)
        by_state = meter.joules_by_state(elapsed_s)
        totals.append(sum(by_state.values()))
        for state, joules in by_state.items():
            states[state] += joules
        if device.plan.battery_mah:
            life = battery_life_s(Battery(device.plan.battery_mah), meter.mean_current_ma(elapsed_s))
            shortest = min(shortest, life)
    return Consumption(
        joules=sum(totals),
        mean_j=sum(totals) / len(totals),
        highest_j=max(totals),
        transmit_j=states["transmit"],
        receive_j=states["receive"],
        sleep_j=states["sleep"],
        shortest_battery_days=None if shortest == FOREVER else shortest / DAY_S,
    )


__all__ = ["Consumption", "consumption", "meter_of"]
