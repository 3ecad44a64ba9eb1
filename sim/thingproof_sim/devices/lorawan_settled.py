"""Which devices are settled: nothing but everyday uplinks is to be expected of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_sim.devices.lorawan_emission import Emission
from thingproof_sim.devices.lorawan_mac import ADR_ACK_LIMIT, DATA_OVERHEAD, NEVER
from thingproof_sim.lora_plan import DEFAULT_PORT
from thingproof_sim.radio.lora_airtime import airtime_s

if TYPE_CHECKING:
    from thingproof_sim.devices.lorawan_device import LoraDevice
    from thingproof_sim.gateways.server_model import ServerDevice


def everyday(device: LoraDevice, emission: Emission) -> Emission:
    """What all everyday frames of a device have in common, after one like that."""
    size = DATA_OVERHEAD + 1 + device.codec.size  # the frame before may have carried MAC commands
    made = Emission(device.mac.session, DEFAULT_PORT, device.world.blank(device.codec.size), None)
    made.rate, made.channel, made.power_dbm = emission.rate, emission.channel, emission.power_dbm
    made.adr = emission.adr
    made.size, made.attempt = size, 1
    made.airtime_s = airtime_s(size, emission.rate.sf, emission.rate.bandwidth_hz)
    return made


def busy(device: ServerDevice) -> bool:
    """Whether the server has something for a device, or waits for it."""
    return bool(device.waiting or device.requests or device.unacknowledged or device.answers)


def key_of(device: LoraDevice, emission: Emission) -> tuple[object, ...]:
    """What must be the same for a device to be calm in the same way again."""
    mac = device.mac
    return (
        mac.session,
        emission.rate.index,
        emission.power_dbm,
        emission.adr,
        mac.channels.usable(emission.rate.index),
        mac.rx1_delay_s,
        mac.rx2_rate,
    )


def settled(device: LoraDevice) -> bool:
    """Whether nothing but everyday uplinks is to be expected of a device."""
    plan, mac, emission = device.plan, device.mac, device.emission
    return (
        emission is not None
        and plan.period_s > 0
        and mac.nb_trans == 1
        and mac.adr_ack_count < ADR_ACK_LIMIT - 1
        and emission.rate.index == mac.data_rate
        and device.codec.size <= mac.most_payload()
        and not (mac.commands.any or mac.wants_to_send or mac.silence_factor)
        and not (device.away or device.corrupting or plan.confirmed or plan.behaviours)
        and device.pump_at == NEVER
    )


__all__ = ["busy", "everyday", "key_of", "settled"]
