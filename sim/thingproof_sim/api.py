"""The simulator's door: build a fleet, set a value, inject a fault, read the ledger.

Three ways to let time pass, one fleet: `simulate` (as fast as possible, no sockets), `LiveFleet` (real time,
real sockets), `LockStep` (real sockets, a platform's virtual clock).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_sim.devices.behaviours import BehaviourPlan
from thingproof_sim.devices.downlinks import ReceivedFrame
from thingproof_sim.devices.faults import Fault
from thingproof_sim.devices.machine import Counters
from thingproof_sim.fleet import DevicePlan, FleetError, FleetPlan, load_fleet, product
from thingproof_sim.fleet_errors import parse_duration
from thingproof_sim.kernel.ledger import Ledger, LedgerEntry
from thingproof_sim.live import LiveDevice, LiveFleet
from thingproof_sim.lock_step import LockStep, NotSettled
from thingproof_sim.radio.gsm import GsmPlan
from thingproof_sim.radio.wifi import WifiPlan
from thingproof_sim.shells.mqtt import Connection
from thingproof_sim.simulate import SimulationResult, simulate
from thingproof_wire import profiles
from thingproof_wire.errors import OutOfRange, UnknownDatapoint, WireError
from thingproof_wire.payloads.gizwits_product import ProductError

if TYPE_CHECKING:
    from collections.abc import Mapping

QUICK_WIFI = WifiPlan(distance_m=1.0, shadowing_db=0.0, association_s=(0.0, 0.001), dhcp_s=(0.0, 0.001))
"""A network that costs no time, for tests that are about something else."""


def products() -> list[str]:
    """Names of the profiles that come with the package."""
    return profiles.names()


def single_device(
    definition: str | Mapping[str, Any],
    *,
    host: str,
    port: int,
    did: str,
    passcode: str,
    seed: int,
    **options: Any,
) -> LiveFleet:
    """A fleet of one device, named by its DID; start it before use.

    Args:
        definition: a profile's name or a product mapping.
        host: the broker.
        port: the broker.
        did: who the device is.
        passcode: its password.
        seed: root of every random stream.
        options: fields of `DevicePlan`; without them the device reports on change only, over a network
            without delay.
    """
    mapping = product(definition)
    defaults: dict[str, Any] = {"report_interval_s": 0.0, "radio": QUICK_WIFI}
    plan = DevicePlan(name=did, product="product", mac="020000000001", **(defaults | options))
    fleet = FleetPlan(did, {"product": mapping}, (plan,))
    return LiveFleet(fleet, seed=seed, connections={did: Connection(host, port, did, passcode)})


__all__ = [
    "QUICK_WIFI",
    "BehaviourPlan",
    "Connection",
    "Counters",
    "DevicePlan",
    "Fault",
    "FleetError",
    "FleetPlan",
    "GsmPlan",
    "Ledger",
    "LedgerEntry",
    "LiveDevice",
    "LiveFleet",
    "LockStep",
    "NotSettled",
    "OutOfRange",
    "ProductError",
    "ReceivedFrame",
    "SimulationResult",
    "UnknownDatapoint",
    "WifiPlan",
    "WireError",
    "load_fleet",
    "parse_duration",
    "product",
    "products",
    "simulate",
    "single_device",
]
