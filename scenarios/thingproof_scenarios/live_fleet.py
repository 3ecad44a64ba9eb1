"""A fleet of the simulator logged in at a cloud, for as long as a block runs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from thingproof_scenarios.problems import Broken
from thingproof_scenarios.seeding import SeededDevice, connections
from thingproof_sim.api import FleetPlan, LiveFleet

ONLINE_TIMEOUT_S = 60.0

OnEvent = Callable[[float, str, str, Mapping[str, Any]], None]
"""Gets time, device, what happened and its fields, in the fleet's thread."""


def wait_online(fleet: LiveFleet) -> None:
    """Wait until every device is logged in.

    Raises:
        Broken: one is not, in time; the text names it.
    """
    for device in fleet.devices:
        if not device.wait_online(ONLINE_TIMEOUT_S):
            raise Broken(
                f"{device.name} did not come online within {ONLINE_TIMEOUT_S:.0f} s ({device.state})"
            )


@contextmanager
def live_fleet(
    plan: FleetPlan,
    devices: Sequence[SeededDevice],
    mqtt_url: str,
    *,
    seed: int,
    on_event: OnEvent | None = None,
) -> Iterator[LiveFleet]:
    """The fleet, online."""
    links = connections(devices, mqtt_url)
    with LiveFleet(plan, seed=seed, connections=links, on_event=on_event) as fleet:
        wait_online(fleet)
        yield fleet
