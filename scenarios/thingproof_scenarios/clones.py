"""More devices of the same kind: experiments need fifty, fleets describe one."""

from dataclasses import replace

from thingproof_sim.api import FleetPlan


def mac_address(number: int) -> str:
    """A locally administered MAC address, 12 hexadecimal digits."""
    return f"0200{number:08x}"


def multiply(plan: FleetPlan, count: int) -> FleetPlan:
    """A fleet of so many devices, made by taking the plan's devices in turn under new names and addresses."""
    devices = tuple(
        replace(original, name=f"{original.name}-{number}", mac=mac_address(number))
        for number in range(1, count + 1)
        for original in (plan.devices[(number - 1) % len(plan.devices)],)
    )
    return replace(plan, devices=devices)
