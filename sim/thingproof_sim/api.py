"""The simulator's door: build a fleet, set a value, inject a fault, read the ledger.

Three ways to let time pass, one fleet: `simulate` (as fast as possible, no sockets), `LiveFleet` (real time,
real sockets), `LockStep` (real sockets, a platform's virtual clock). A fleet's LoRaWAN has `simulate_lora`
and `LiveLora`.
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
from thingproof_sim.lora_live import LiveLora, LiveLoraDevice, ReceivedDownlink, SentUplink
from thingproof_sim.lora_plan import (
    Area,
    DownlinkPlan,
    GatewayPlan,
    LoraDevicePlan,
    LoraFleetPlan,
    made_up_eui,
    made_up_key,
)
from thingproof_sim.lora_simulate import LoraResult, simulate_lora
from thingproof_sim.lora_sweep_fleet import sweep_lora
from thingproof_sim.radio.gsm import GsmPlan
from thingproof_sim.radio.lora_sweep import SweepUnavailable
from thingproof_sim.radio.wifi import WifiPlan
from thingproof_sim.shells.mqtt import Connection
from thingproof_sim.shells.queues import QueueAddress
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


def lora_plan(
    *, name: str = "lora", devices: int = 1, gateways: int = 1, region: str = "EU868", **options: Any
) -> FleetPlan:
    """A small LoRaWAN: devices named device-1, device-2 ... near gateways named gateway-1 ...

    Args:
        name: of the fleet; EUIs and keys follow from it.
        devices: how many.
        gateways: how many; all hear every device.
        region: EU868, US915, AS923 or CN470.
        options: fields of `LoraDevicePlan`; without them the devices are water meters that join over the air
            within a second and send when they are told to.
    """
    profile = str(options.pop("product", "water_meter"))
    address = str(options.pop("address", "deveui"))
    defaults: dict[str, Any] = {"period_s": 0.0, "adr": False, "queue_limit": 16, "start_within_s": 0.2}
    join_eui = made_up_eui("join", name, "")
    plans = tuple(
        LoraDevicePlan(
            label,
            profile,
            made_up_eui("device", name, label),
            join_eui,
            made_up_key(name, label),
            **(defaults | {"area": Area(100.0 + 10 * number, 50.0)} | options),
        )
        for number, label in enumerate(f"device-{index + 1}" for index in range(devices))
    )
    places = tuple(
        GatewayPlan(label, 200.0 * number, 0.0, eui=made_up_eui("gateway", name, label))
        for number, label in enumerate(f"gateway-{index + 1}" for index in range(gateways))
    )
    network = LoraFleetPlan(region, address, gateways=places, devices=plans, shadowing_db=0.0)
    return FleetPlan(name, {profile: product(profile)}, (), lora=network)


def lora_fleet(
    *,
    seed: int,
    queues: QueueAddress | None = None,
    speed: float = 1.0,
    server: tuple[str, int] | None = None,
    **options: Any,
) -> LiveLora:
    """A small live LoRaWAN; start it before use.

    Args:
        seed: root of every random stream.
        queues: queues of the network at a message broker; None for none.
        speed: simulated seconds in a real second.
        server: another network server's address; None for the embedded one.
        options: of `lora_plan`.
    """
    return LiveLora(lora_plan(**options), seed=seed, queues=queues, speed=speed, server=server)


__all__ = [
    "QUICK_WIFI",
    "Area",
    "BehaviourPlan",
    "Connection",
    "Counters",
    "DevicePlan",
    "DownlinkPlan",
    "Fault",
    "FleetError",
    "FleetPlan",
    "GatewayPlan",
    "GsmPlan",
    "Ledger",
    "LedgerEntry",
    "LiveDevice",
    "LiveFleet",
    "LiveLora",
    "LiveLoraDevice",
    "LockStep",
    "LoraDevicePlan",
    "LoraFleetPlan",
    "LoraResult",
    "NotSettled",
    "OutOfRange",
    "ProductError",
    "QueueAddress",
    "ReceivedDownlink",
    "ReceivedFrame",
    "SentUplink",
    "SimulationResult",
    "SweepUnavailable",
    "UnknownDatapoint",
    "WifiPlan",
    "WireError",
    "load_fleet",
    "lora_fleet",
    "lora_plan",
    "made_up_eui",
    "made_up_key",
    "parse_duration",
    "product",
    "products",
    "simulate",
    "simulate_lora",
    "single_device",
    "sweep_lora",
]
