"""Other fleets from a fleet's plan: more devices of the same kind, or the same ones in a hurry."""

from dataclasses import replace

from thingproof_sim.api import DevicePlan, FleetPlan

SHORTEST_S = 0.1


def mac_address(number: int) -> str:
    """A locally administered MAC address, 12 hexadecimal digits."""
    return f"0200{number:08x}"


def multiply(plan: FleetPlan, count: int) -> FleetPlan:
    """A fleet of so many devices: the plan's devices in turn, under new names and addresses."""
    originals = [plan.devices[number % len(plan.devices)] for number in range(count)]
    devices = (
        replace(original, name=f"{original.name}-{number}", mac=mac_address(number))
        for number, original in enumerate(originals, 1)
    )
    return replace(plan, devices=tuple(devices))


def hurry(plan: FleetPlan, factor: float) -> FleetPlan:
    """The same fleet with everything that recurs so many times more often, to see a day's life in minutes.

    How long things take (outages, delays, reboots) stays as it is.
    """
    return replace(plan, devices=tuple(_hurry(device, factor) for device in plan.devices))


def _hurry(device: DevicePlan, factor: float) -> DevicePlan:
    def sooner(seconds: float) -> float:
        return max(seconds / factor, SHORTEST_S) if seconds else 0.0

    behaviours = (replace(row, every_s=sooner(row.every_s)) for row in device.behaviours)
    faults = (
        replace(
            row,
            after_s=sooner(row.after_s),
            until_s=None if row.until_s is None else sooner(row.until_s),
            every_s=sooner(row.every_s),
        )
        for row in device.faults
    )
    return replace(
        device,
        report_interval_s=sooner(device.report_interval_s),
        behaviours=tuple(behaviours),
        faults=tuple(faults),
        radio=replace(device.radio, drop_every_s=sooner(device.radio.drop_every_s)),
    )
