"""What a LoRaWAN fleet consists of: region, gateways and devices, with their places and habits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_sim.devices.behaviours import BehaviourPlan
    from thingproof_wire.payloads.gizwits_product import Value

ACTIVATIONS: Final = ("otaa", "abp")
CLASSES: Final = ("A", "C")
TRAFFIC: Final = ("periodic", "poisson")
ADDRESSES: Final = ("deveui", "devaddr")
NET_ID: Final = 0x000013
"""NetID of the simulated network: type 0, as networks for experiments have (TS002, section 2)."""
DEFAULT_PORT: Final = 2
"""FPort of the devices' own uplinks."""


@dataclass(frozen=True, slots=True)
class Area:
    """A circle in which devices lie, evenly spread. Metres."""

    x: float = 0.0
    y: float = 0.0
    radius_m: float = 0.0


@dataclass(frozen=True, slots=True)
class GatewayPlan:
    """One gateway.

    Attributes:
        name: in the fleet; its EUI follows from it unless given.
        x, y, height_m: place in metres.
        eui: EUI-64.
        gain_dbi: of its antenna.
        power_dbm: what it radiates at most; the region may allow less.
    """

    name: str
    x: float = 0.0
    y: float = 0.0
    height_m: float = 15.0
    eui: int = 0
    gain_dbi: float = 0.0
    power_dbm: float = 27.0


@dataclass(frozen=True, slots=True)
class DownlinkPlan:
    """What a simulated application sends to each device by itself.

    Attributes:
        every_s: mean time between two downlinks of a device; 0 for none.
        confirmed: whether they want an acknowledgement.
        size: bytes of the payload.
    """

    every_s: float = 0.0
    confirmed: bool = True
    size: int = 4


@dataclass(frozen=True, slots=True)
class LoraDevicePlan:
    """One device.

    Attributes:
        product: its product's name in the fleet.
        dev_eui, join_eui: EUI-64.
        app_key: 16 bytes; an ABP device's session keys follow from it.
        area: where it lies.
        height_m: of its antenna.
        activation: otaa or abp.
        device_class: A or C.
        adr: the network may set data rate and power.
        data_rate: of the first uplinks and join requests; None for the region's fastest over the air (OTAA)
            and its slowest with a session of its own (ABP).
        confirmed: uplinks want an acknowledgement.
        tries: transmissions of an uplink (NbTrans) until the network says something else.
        period_s: seconds between two readings; 0 for none by itself.
        traffic: periodic, or poisson with that mean.
        jitter: largest deviation of a periodic reading, as a share of the period.
        queue_limit: readings that wait at most; the oldest makes room.
        battery_mah: capacity; 0 for mains.
        start_within_s: switched on within that time; None for one period.
    """

    name: str
    product: str
    dev_eui: int
    join_eui: int
    app_key: bytes
    area: Area = field(default_factory=Area)
    height_m: float = 1.5
    activation: str = "otaa"
    device_class: str = "A"
    adr: bool = True
    data_rate: int | None = None
    confirmed: bool = False
    tries: int = 1
    period_s: float = 600.0
    traffic: str = "periodic"
    jitter: float = 0.05
    queue_limit: int = 1
    battery_mah: float = 2400.0
    start_within_s: float | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    behaviours: tuple[BehaviourPlan, ...] = ()
    downlinks: DownlinkPlan = field(default_factory=DownlinkPlan)


@dataclass(frozen=True, slots=True)
class LoraFleetPlan:
    """Gateways and devices of one network in one region.

    Attributes:
        region: name of the regional parameters.
        address: what a device is called in the broker's queues: deveui or devaddr.
        path_loss: which measured path loss the air has: lorasim (built-up, short) or oulu (a city,
            kilometres).
        path_loss_exponent, shadowing_db: instead of that model's own; None for those.
    """

    region: str = "EU868"
    address: str = "deveui"
    path_loss: str = "oulu"
    gateways: tuple[GatewayPlan, ...] = ()
    devices: tuple[LoraDevicePlan, ...] = ()
    path_loss_exponent: float | None = None
    shadowing_db: float | None = None


def made_up_eui(kind: str, fleet: str, name: str) -> int:
    """An EUI-64 that follows from names: locally administered, so it is nobody's."""
    digest = hashlib.sha256(f"{kind}/{fleet}/{name}".encode()).digest()
    return int.from_bytes(bytes((digest[0] & 0xFC | 0x02,)) + digest[1:8], "big")


def made_up_key(fleet: str, name: str) -> bytes:
    """An AppKey that follows from names."""
    return hashlib.sha256(f"app_key/{fleet}/{name}".encode()).digest()[:16]


def eui_text(eui: int) -> str:
    """An EUI as 16 lower-case hexadecimal digits."""
    return f"{eui:016x}"


__all__ = [
    "ACTIVATIONS",
    "ADDRESSES",
    "CLASSES",
    "DEFAULT_PORT",
    "NET_ID",
    "TRAFFIC",
    "Area",
    "DownlinkPlan",
    "GatewayPlan",
    "LoraDevicePlan",
    "LoraFleetPlan",
    "eui_text",
    "made_up_eui",
    "made_up_key",
]
