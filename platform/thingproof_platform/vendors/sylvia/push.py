"""What reaches the queues and what comes from them: the vendor's side of its message brokers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_platform.network import sylvia_queues as queues
from thingproof_platform.vendors.sylvia.service import channels, downlink, instances, routing
from thingproof_platform.vendors.sylvia.service.events import DevicesChanged
from thingproof_platform.vendors.sylvia.service.registry import registry

if TYPE_CHECKING:
    from thingproof_platform.core.world import World


class Queues:
    """The `QueueSide` of a world: hands each message to whoever takes messages of its queue."""

    group = queues.SHARED_GROUP

    def __init__(self, world: World) -> None:
        self._world = world

    def received(self, owner: str, name: str, payload: bytes) -> None:
        """One message of a queue of an application or network; a queue without an owner is nobody's."""
        world, known = self._world, registry(self._world)
        kind = name.rpartition(".")[2]
        application, network = known.applications.get(owner), known.networks.get(owner)
        if application is not None and kind == "dldata":
            downlink.downlinks(world).downlink(application, payload)
        elif network is not None and kind == "uldata":
            routing.uplink(world, network, payload)
        elif network is not None and kind == "dldata-result":
            downlink.downlinks(world).result(network, payload)


def attach(world: World) -> None:
    """Give a world its queues and what it tells networks; once per world, after the registry."""
    if channels.SERVICE in world.services:
        return
    channels.attach(world)
    instances.attach(world)
    downlink.attach(world)
    world.events.subscribe(DevicesChanged, lambda event: _tell_network(world, event))


def queue_side(world: World) -> Queues:
    """What the servers call for each message of a queue."""
    return Queues(world)


def _tell_network(world: World, event: DevicesChanged) -> None:
    """Devices came or went over REST: the network server learns it from its queue `ctrl`."""
    if world.faults.on("networks_not_told"):
        return
    time = queues.time_text(registry(world).now_ms())
    message = queues.NetworkControl(event.operation, time, event.new)
    channels.channels(world).to_network(event.network, "ctrl", message)
