"""How a device notices that the network does not hear it, and what it does then.

Source: LoRaWAN L2 1.0.4, section 4.3.1.1: after ADR_ACK_LIMIT uplinks without a downlink it asks for a sign,
and after each further ADR_ACK_DELAY of them it takes a step back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from thingproof_sim.devices.lorawan_emission import Emission
    from thingproof_sim.devices.lorawan_mac import LorawanMac

ADR_ACK_LIMIT: Final = 64
ADR_ACK_DELAY: Final = 32
"""Uplinks without a downlink until the device asks for one, and then until it takes each step back."""


def count_uplink(mac: LorawanMac, emission: Emission) -> None:
    """One more uplink without a sign: ask for one, or step back."""
    mac.adr_ack_count += 1
    over = mac.adr_ack_count - ADR_ACK_LIMIT
    if over < 0:
        return
    emission.adr_ack_req = can_step_back(mac)
    if over and over % ADR_ACK_DELAY == 0:
        step_back(mac)


def can_step_back(mac: LorawanMac) -> bool:
    """Whether there is anything left to give back."""
    return mac.power_index > 0 or mac.data_rate > mac.channels.slowest or mac.channels.restricted


def step_back(mac: LorawanMac) -> None:
    """More power first, then a slower rate, then every default channel."""
    if mac.power_index > 0:
        mac.power_index = 0
    elif mac.data_rate > mac.channels.slowest:
        mac.data_rate -= 1
    else:
        mac.channels.enable_defaults()
        mac.nb_trans = mac.settings.tries


__all__ = ["ADR_ACK_DELAY", "ADR_ACK_LIMIT", "can_step_back", "count_uplink", "step_back"]
