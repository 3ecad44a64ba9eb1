"""A simulated LoRaWAN as the network of a unit: devices, gateway and network server over real sockets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from thingproof_conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import Application, Device, SylviaTarget
    from thingproof_conformance.vendors.sylvia.queues import ApplicationSide
    from thingproof_sim.api import LiveLora, LiveLoraDevice

SPEED: Final = 4.0
"""Simulated seconds in a second: a receive window opens a quarter of a second after an uplink."""
PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class LoraLine:
    """A unit's application and device; the device is a simulated one that has joined its network server."""

    application: Application
    device: Device
    ends: ApplicationSide
    fleet: LiveLora
    live: LiveLoraDevice


def lora_line(sylvia: SylviaTarget, transport: str = "mqtt", **options: Any) -> LoraLine:
    """A unit whose network is a LoRaWAN with one device; the options are those of `api.lora_plan`."""
    from thingproof_sim import api  # noqa: PLC0415 - only cases with hardware need the simulator

    sylvia.need("hardware")
    uri = sylvia.host_uri(transport)
    unit = sylvia.new_unit()
    application = sylvia.new_application(unit, hostUri=uri)
    network = sylvia.new_network(unit, hostUri=uri)
    queues = api.QueueAddress(uri, network.code, unit.code)
    name = sylvia.names.text("lora")
    fleet = api.lora_fleet(
        seed=int(sylvia.names.hex(8), 16), queues=queues, speed=SPEED, name=name, **options
    )
    fleet.start()
    sylvia.close_later(fleet.stop)
    if not fleet.wait_ready() or not fleet.wait_joined():
        raise Inconclusive("the simulated LoRaWAN did not come up", harness=True)
    live = fleet.devices[0]
    device = sylvia.new_device(network, networkAddr=live.network_addr, profile="meter")
    return LoraLine(application, device, sylvia.application_side(application), fleet, live)
