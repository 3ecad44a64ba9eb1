"""The queues of applications and networks: bound where their host URI says, written through one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.effects import BindQueues, PublishQueue, UnbindQueues
from thingproof_platform.network import sylvia_queues as queues
from thingproof_platform.vendors.sylvia.service.events import ApplicationChanged, NetworkChanged
from thingproof_platform.vendors.sylvia.service.registry import VENDOR, registry

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.model import Application, Network

SERVICE: Final = "sylvia.channels"
_DATA_OWNER: Final = "broker.data"  # no resource has such an id


class Channels:
    """Follows applications and networks: binds, moves and lets go of their queues, puts messages in."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._registry = registry(world)
        self._bound: dict[str, None] = {}
        self._data_channel = ""
        world.events.subscribe(ApplicationChanged, self._application_changed)
        world.events.subscribe(NetworkChanged, self._network_changed)

    def reset(self) -> None:
        """Let go of every queue."""
        for owner in self._bound:
            self._world.effect(UnbindQueues(VENDOR, owner))
        self._bound.clear()
        self._data_channel = ""

    def rebuild(self) -> None:
        """After a restart: bind whatever the rows say."""
        for application in self._registry.applications:
            self._bind_application(application, self._registry.unit_code(application.unit) or "")
        for network in self._registry.networks:
            self._bind_network(network, self._registry.unit_code(network.unit))

    # -- sending

    def to_application(self, application: Application, kind: str, message: msgspec.Struct) -> None:
        """Put a message into a queue of an application."""
        unit_code = self._registry.unit_code(application.unit) or ""
        name = queues.application_queue(unit_code, application.code, kind)
        self._world.effect(PublishQueue(VENDOR, application.id, name, queues.encode(message)))

    def to_network(self, network: Network, kind: str, message: msgspec.Struct) -> None:
        """Put a message into a queue of a network."""
        name = queues.network_queue(self._registry.unit_code(network.unit), network.code, kind)
        self._world.effect(PublishQueue(VENDOR, network.id, name, queues.encode(message)))

    def copy(self, kind: queues.DataKind, make: Callable[[], dict[str, Any]]) -> None:
        """Put a message on the data channel, if there is one; members that are None are left out."""
        uri = self._world.limits.data_channel
        if uri != self._data_channel:
            self._bind_data_channel(uri)
        if not uri or self._world.faults.on("data_channel_silent"):
            return
        message = queues.encode(queues.DataMessage(kind, make()))
        self._world.effect(PublishQueue(VENDOR, _DATA_OWNER, queues.DATA_QUEUE, message))

    # -- binding

    def _application_changed(self, event: ApplicationChanged) -> None:
        if event.change == "deleted":
            self._release(event.application.id)
        elif event.change == "created" or not self._world.faults.on("queues_stay"):
            self._bind_application(event.application, event.unit_code)

    def _network_changed(self, event: NetworkChanged) -> None:
        if event.change == "deleted":
            self._release(event.network.id)
        elif event.change == "created" or not self._world.faults.on("queues_stay"):
            self._bind_network(event.network, event.unit_code)

    def _bind_application(self, application: Application, unit_code: str) -> None:
        def names(kinds: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(queues.application_queue(unit_code, application.code, kind) for kind in kinds)

        self._bind(
            application.id,
            application.host_uri,
            names(queues.APPLICATION_RECEIVES),
            names(queues.APPLICATION_GETS),
        )

    def _bind_network(self, network: Network, unit_code: str | None) -> None:
        def names(kinds: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(queues.network_queue(unit_code, network.code, kind) for kind in kinds)

        self._bind(network.id, network.host_uri, names(queues.NETWORK_RECEIVES), names(queues.NETWORK_GETS))

    def _bind_data_channel(self, uri: str) -> None:
        self._data_channel = uri
        if uri:
            self._bind(_DATA_OWNER, uri, (), (queues.DATA_QUEUE,))
        else:
            self._release(_DATA_OWNER)

    def _bind(self, owner: str, uri: str, receive: tuple[str, ...], send: tuple[str, ...]) -> None:
        self._bound[owner] = None
        self._world.effect(BindQueues(VENDOR, owner, uri, receive, send))

    def _release(self, owner: str) -> None:
        if self._world.faults.on("queues_outlive_owner"):
            return
        self._bound.pop(owner, None)
        self._world.effect(UnbindQueues(VENDOR, owner))


def attach(world: World) -> None:
    """Give a world the channels; once per world, after the registry."""
    if SERVICE not in world.services:
        world.services[SERVICE] = Channels(world)


def channels(world: World) -> Channels:
    """The channels of a world."""
    return world.service(SERVICE, Channels)
