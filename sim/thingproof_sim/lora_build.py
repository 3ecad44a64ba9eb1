"""From a LoRaWAN fleet's plan to a world with devices, and to a network server that knows them."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from thingproof_sim.devices.lorawan_device import LoraDevice
from thingproof_sim.devices.lorawan_states import MacSettings
from thingproof_sim.gateways.server_model import ServerDevice
from thingproof_sim.kernel.streams import Stream
from thingproof_sim.radio.lora_link import PATH_LOSSES, PathLoss, Position
from thingproof_sim.radio.lora_signal import GatewayRadio
from thingproof_wire.frames.lorawan_crypto import SessionKeys
from thingproof_wire.frames.regions import REGIONS
from thingproof_wire.payloads.gizwits_product import Product
from thingproof_wire.payloads.lora_points import PointsCodec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_sim.gateways.network_server import NetworkServer
    from thingproof_sim.kernel.slotted import SlottedClock
    from thingproof_sim.lora_plan import LoraDevicePlan, LoraFleetPlan
    from thingproof_sim.lora_world import LoraWorld
    from thingproof_wire.frames.regions import Region

FIRST_ABP_ADDRESS: Final = 0x27000000
"""Beyond the addresses that the join server gives."""
DEVICE_POWER_DBM: Final = 14.0
"""What a small transceiver sends; the region may allow more."""
CLOSE_S: Final = 1.0
"""Devices without a period are switched on within that time."""


def path_loss_of(plan: LoraFleetPlan) -> PathLoss:
    """The radio model's own path loss with what the fleet says differently."""
    changes: dict[str, float] = {}
    if plan.path_loss_exponent is not None:
        changes["exponent"] = plan.path_loss_exponent
    if plan.shadowing_db is not None:
        changes["shadowing_db"] = plan.shadowing_db
    return replace(PATH_LOSSES[plan.path_loss], **changes)


def gateway_radios(plan: LoraFleetPlan) -> list[GatewayRadio]:
    """The gateways' radios in the plan's order."""
    return [
        GatewayRadio(row.name, Position(row.x, row.y, row.height_m), row.gain_dbi) for row in plan.gateways
    ]


def position_of(plan: LoraDevicePlan, seed: int) -> Position:
    """Where a device lies: evenly in its area."""
    area = plan.area
    if not area.radius_m:
        return Position(area.x, area.y, plan.height_m)
    stream = Stream(seed, f"{plan.name}/position")
    distance = area.radius_m * math.sqrt(stream.unit())
    angle = stream.uniform(0.0, 2 * math.pi)
    return Position(area.x + distance * math.cos(angle), area.y + distance * math.sin(angle), plan.height_m)


def settings_of(plan: LoraDevicePlan, number: int, region: Region) -> MacSettings:
    """Who a device is; an ABP device's keys and address follow from its key and its place in the fleet."""
    options: dict[str, Any] = {}
    rate = plan.data_rate
    if rate is None:
        rate = region.min_data_rate if plan.activation == "abp" else region.max_data_rate
    if plan.activation == "abp":
        digest = hashlib.sha256(b"abp" + plan.app_key).digest()
        options = {
            "dev_addr": FIRST_ABP_ADDRESS + number,
            "nwk_s_key": digest[:16],
            "app_s_key": digest[16:],
        }
    return MacSettings(
        plan.dev_eui,
        plan.join_eui,
        plan.app_key,
        device_class=plan.device_class,
        adr=plan.adr,
        data_rate=rate,
        tries=plan.tries,
        power_dbm=DEVICE_POWER_DBM,
        **options,
    )


def populate(world: LoraWorld, plan: LoraFleetPlan, products: Mapping[str, Mapping[str, Any]]) -> None:
    """Put the plan's devices into a world; they are off."""
    region = REGIONS[plan.region]
    codecs = {name: PointsCodec(Product.from_mapping(mapping)) for name, mapping in products.items()}
    for number, row in enumerate(plan.devices):
        antenna = world.air.antenna(row.name, position_of(row, world.seed))
        device = LoraDevice(
            row,
            settings_of(row, number, region),
            region=region,
            antenna=antenna,
            codec=codecs[row.product],
            world=world,
        )
        world.devices.append(device)
        world.know(device)


def enroll(server: NetworkServer, world: LoraWorld) -> None:
    """Make the devices of a world known to a network server, with their keys.

    Devices with a session of their own (ABP) are set up with the channels that others are told when they
    join.
    """
    for device in world.devices:
        settings = device.settings
        known = ServerDevice(
            device, settings.dev_eui, settings.app_key, settings.device_class, nb_trans=settings.tries
        )
        device.server_key = known
        if settings.dev_addr is None:
            server.register(known)
        else:
            keys = SessionKeys(settings.nwk_s_key, settings.app_s_key)
            if server.region.cf_list is not None:
                device.mac.channels.take_list(server.region.cf_list)
            server.register_session(known, settings.dev_addr, keys, settings.data_rate)


def switch_on(world: LoraWorld, clock: SlottedClock) -> None:
    """Switch every device on within its time."""
    now = clock.now()
    for device in world.devices:
        plan = device.plan
        within = plan.start_within_s
        if within is None:
            within = plan.period_s or CLOSE_S
        clock.schedule(now + Stream(world.seed, f"{plan.name}/start").uniform(0.0, within), device.power_on)


__all__ = [
    "enroll",
    "gateway_radios",
    "path_loss_of",
    "populate",
    "position_of",
    "settings_of",
    "switch_on",
]
