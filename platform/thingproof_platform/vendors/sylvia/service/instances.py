"""What an instance of the broker tells the others: resources to forget, queues to open and to close.

The document only says that a changed host URI reconnects (sylvia.md:515); the messages are those of the
register's event `sylvia.event.ctrl_channel`. A single instance has nobody to tell, so nothing is said
unless `instance_channel` names a message broker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from thingproof_platform.core.effects import BindQueues, PublishQueue, UnbindQueues
from thingproof_platform.network import sylvia_queues as queues
from thingproof_platform.vendors.sylvia.service import model
from thingproof_platform.vendors.sylvia.service.events import (
    ApplicationChanged,
    NetworkChanged,
    ResourceLeaving,
)
from thingproof_platform.vendors.sylvia.service.registry import VENDOR, Registry, registry

if TYPE_CHECKING:
    from thingproof_platform.core.world import World

SERVICE: Final = "sylvia.instances"
_OWNER: Final = "broker.ctrl"  # no resource has such an id
_FUNCTIONS: Final[dict[type[msgspec.Struct], str]] = {
    model.Unit: "unit",
    model.Application: "application",
    model.Network: "network",
    model.Device: "device",
    model.DeviceRoute: "device-route",
    model.NetworkRoute: "network-route",
}


class Instances:
    """Follows what is deleted and whose queues move."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._uri = ""
        world.events.subscribe(ResourceLeaving, self._leaving)
        world.events.subscribe(ApplicationChanged, self._application_changed)
        world.events.subscribe(NetworkChanged, self._network_changed)

    def reset(self) -> None:
        """Let go of the channel."""
        if self._uri:
            self._uri = ""
            self._world.effect(UnbindQueues(VENDOR, _OWNER))

    def rebuild(self) -> None:
        """Nobody has to be told what a restart finds again."""

    def _leaving(self, event: ResourceLeaving) -> None:
        if self._world.limits.instance_channel:
            function = _FUNCTIONS[type(event.row)]
            self._tell(function, f"del-{function}", described(registry(self._world), event.row))

    def _application_changed(self, event: ApplicationChanged) -> None:
        self._manager("application", event.change, event.application, event.unit_code)

    def _network_changed(self, event: NetworkChanged) -> None:
        self._manager("network", event.change, event.network, event.unit_code)

    def _manager(
        self, function: str, change: str, row: model.Application | model.Network, unit_code: str | None
    ) -> None:
        """Queues of an application or a network are to be closed, opened, or both."""
        if not self._world.limits.instance_channel:
            return
        if change != "created":
            self._tell(function, "del-manager", f"{unit_code or queues.PUBLIC_UNIT}.{row.code}")
        if change != "deleted":
            options = {"unitId": row.unit or "", "unitCode": unit_code or "", "id": row.id, "name": row.code}
            self._tell(function, "add-manager", {"hostUri": row.host_uri, "mgrOptions": options})

    def _tell(self, function: str, operation: str, new: object) -> None:
        if self._world.faults.on("instances_not_told"):
            return
        uri = self._world.limits.instance_channel
        if uri != self._uri:
            self._uri = uri
            names = tuple(queues.instance_queue(each) for each in queues.INSTANCE_FUNCTIONS)
            self._world.effect(BindQueues(VENDOR, _OWNER, uri, (), names))
        message = msgspec.json.encode({"operation": operation, "new": new})
        self._world.effect(PublishQueue(VENDOR, _OWNER, queues.instance_queue(function), message))


def described(known: Registry, row: object) -> dict[str, Any]:
    """A resource by its ids and codes, which is all others need to forget it."""
    match row:
        case model.Unit():
            return {"unitId": row.id, "unitCode": row.code}
        case model.Application():
            return _unit(known, row.unit) | {"applicationId": row.id, "applicationCode": row.code}
        case model.Network():
            return _unit(known, row.unit) | {"networkId": row.id, "networkCode": row.code}
        case model.Device():
            return {
                "unitId": row.unit,
                "unitCode": known.device_unit_code(row),
                **_network(known, row.network),
                "networkAddr": row.address,
                "deviceId": row.id,
            }
        case model.DeviceRoute():
            device = known.devices.get(row.device)
            place = (
                {} if device is None else _network(known, device.network) | {"networkAddr": device.address}
            )
            return _route(known, row) | {"deviceId": row.device} | place
        case model.NetworkRoute():
            return _route(known, row) | _network(known, row.network)
    raise TypeError(f"{type(row).__name__} is no resource")


def _unit(known: Registry, unit: str | None) -> dict[str, Any]:
    return {"unitId": unit, "unitCode": known.unit_code(unit)}


def _network(known: Registry, network: str) -> dict[str, Any]:
    return {"networkId": network, "networkCode": known.network_code(network)}


def _route(known: Registry, row: model.DeviceRoute | model.NetworkRoute) -> dict[str, Any]:
    return {
        "routeId": row.id,
        **_unit(known, row.unit),
        "applicationId": row.application,
        "applicationCode": known.application_code(row.application),
    }


def attach(world: World) -> None:
    """Give a world its word to other instances; once per world, after the registry."""
    if SERVICE not in world.services:
        world.services[SERVICE] = Instances(world)
