"""Every resource of this vendor: found at once, created with its id, deleted with what belongs to it."""

from __future__ import annotations

from string import ascii_letters, digits
from typing import TYPE_CHECKING, Any, Final, TypeVar

from thingproof_platform.core.indexed import IndexedTable
from thingproof_platform.vendors.sylvia.service import model
from thingproof_platform.vendors.sylvia.service.events import (
    ApplicationChanged,
    BufferRemoved,
    NetworkChanged,
    ResourceLeaving,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.events import Change

VENDOR: Final = "sylvia"
_SERVICE: Final = "sylvia.registry"
_ALPHANUMERIC: Final = ascii_letters + digits
_RESOURCE, _DATA = 8, 12  # letters behind the moment in an id (sylvia.md:175, 1157)

Row = TypeVar("Row", model.Unit, model.Application, model.Network, model.Device, model.User)


class Registry:
    """Units, applications, networks, devices, routes and buffers. Whoever calls has checked rights and form.

    Unique keys and groups of each table are those of `__init__`.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        table = world.state.table
        self.users = IndexedTable(table(model.USERS, model.User), lambda row: row.account)
        self.units = IndexedTable(
            table(model.UNITS, model.Unit),
            lambda row: row.code,
            {"owner": lambda row: row.owner},
            leaving=self._tell_leaving,
        )
        self.applications = IndexedTable(
            table(model.APPLICATIONS, model.Application),
            lambda row: (row.unit, row.code),
            {"unit": lambda row: row.unit},
            leaving=self._tell_leaving,
        )
        self.networks = IndexedTable(
            table(model.NETWORKS, model.Network),
            lambda row: (row.unit, row.code),
            {"unit": lambda row: row.unit},
            leaving=self._tell_leaving,
        )
        self.devices = IndexedTable(
            table(model.DEVICES, model.Device),
            lambda row: (row.network, row.address),
            {"unit": lambda row: row.unit, "network": lambda row: row.network},
            leaving=self._tell_leaving,
        )
        self.device_routes = IndexedTable(
            table(model.DEVICE_ROUTES, model.DeviceRoute),
            lambda row: (row.application, row.device),
            {
                "unit": lambda row: row.unit,
                "application": lambda row: row.application,
                "device": lambda row: row.device,
            },
            leaving=self._tell_leaving,
        )
        self.network_routes = IndexedTable(
            table(model.NETWORK_ROUTES, model.NetworkRoute),
            lambda row: (row.application, row.network),
            {
                "unit": lambda row: row.unit,
                "application": lambda row: row.application,
                "network": lambda row: row.network,
            },
            leaving=self._tell_leaving,
        )
        self.buffers = IndexedTable(
            table(model.BUFFERS, model.Buffer),
            groups={
                "unit": lambda row: row.unit,
                "application": lambda row: row.application,
                "device": lambda row: row.device,
                "network": lambda row: row.network,
            },
        )

    def reset(self) -> None:
        """Everything is in the rows."""

    def rebuild(self) -> None:
        """Make the look-ups anew."""
        tables: tuple[IndexedTable[Any], ...] = (
            self.users,
            self.units,
            self.applications,
            self.networks,
            self.devices,
            self.device_routes,
            self.network_routes,
            self.buffers,
        )
        for each in tables:
            each.rebuild()

    # -- ids and moments

    def now_ms(self) -> int:
        """Milliseconds since the epoch, as rows keep them."""
        # Seconds in a float may be a hair below the millisecond they mean.
        return int(self._world.clock.now() * 1000 + 0.001)

    def new_data_id(self) -> str:
        """`<milliseconds>-<12 letters or digits>`."""
        return self._draw(self.now_ms(), _DATA)

    def new_id(self, table: IndexedTable[Any], now: int, letters: int = _RESOURCE) -> str:
        """An id no row has; its number is the moment of creation (sylvia.md:175)."""
        return self._world.unused(table.table, lambda: self._draw(now, letters))

    def _draw(self, now: int, letters: int) -> str:
        if self._world.faults.on("ids_off_creation"):
            now += 1
        return f"{now}-{self._world.identifiers.letters(_ALPHANUMERIC, letters)}"

    # -- creating

    def add_unit(self, code: str, owner: str, **fields: Any) -> model.Unit:
        """A unit; its owner is its first member."""
        now = self.now_ms()
        identifier = fields.pop("id", None) or self.new_id(self.units, now)
        members = [] if self._world.faults.on("owner_is_no_member") else [owner]
        return self.units.add(model.Unit(identifier, code, owner, members, now, now, **fields))

    def add_application(self, unit: model.Unit, code: str, host_uri: str, **fields: Any) -> model.Application:
        """An application; its queues are asked for."""
        now = self.now_ms()
        identifier = fields.pop("id", None) or self.new_id(self.applications, now)
        row = self.applications.add(
            model.Application(identifier, code, unit.id, host_uri, now, now, **fields)
        )
        self._tell_application(row, "created")
        return row

    def add_network(self, unit: model.Unit | None, code: str, host_uri: str, **fields: Any) -> model.Network:
        """A network, public without unit; its queues are asked for."""
        now = self.now_ms()
        identifier = fields.pop("id", None) or self.new_id(self.networks, now)
        owner = None if unit is None else unit.id
        row = self.networks.add(model.Network(identifier, code, owner, host_uri, now, now, **fields))
        self._tell_network(row, "created")
        return row

    def add_device(
        self, unit: model.Unit, network: model.Network, address: str, **fields: Any
    ) -> model.Device:
        """A device, which is a thing of the core as well."""
        now, things = self.now_ms(), self._world.things
        identifier = fields.pop("id", None) or self.new_id(self.devices, now)
        thing = things.add(network.id, address)
        things.attach(VENDOR, identifier, thing)
        return self.devices.add(
            model.Device(identifier, unit.id, network.id, address, thing.id, now, now, **fields)
        )

    def add_device_route(self, application: model.Application, device: model.Device) -> model.DeviceRoute:
        """A route from a device to an application."""
        now = self.now_ms()
        identifier = self.new_id(self.device_routes, now, _DATA)
        return self.device_routes.add(
            model.DeviceRoute(identifier, application.unit, application.id, device.id, now, now)
        )

    def add_network_route(self, application: model.Application, network: model.Network) -> model.NetworkRoute:
        """A route from every device of a network to an application."""
        now = self.now_ms()
        identifier = self.new_id(self.network_routes, now, _DATA)
        return self.network_routes.add(
            model.NetworkRoute(identifier, application.unit, application.id, network.id, now)
        )

    def add_buffer(self, application: model.Application, device: model.Device) -> model.Buffer:
        """A downlink to a device begins to wait for its result (sylvia.contra.23)."""
        now = self.now_ms()
        lifetime = round(self._world.limits.downlink_buffer_lifetime * 1000)
        return self.buffers.add(
            model.Buffer(
                self.new_id(self.buffers, now, _DATA),
                device.unit,
                application.id,
                device.id,
                device.network,
                device.address,
                now,
                now + lifetime,
            )
        )

    # -- changing

    def change(self, table: IndexedTable[Row], row: Row, **fields: Any) -> None:
        """Give a resource other values; `modifiedAt` is now."""
        if not self._world.faults.on("modified_at_stays"):
            fields["modified_ms"] = self.now_ms()
        table.change(row, **fields)

    def move_application(self, row: model.Application, host_uri: str) -> None:
        """An application's queues are elsewhere from now on; nothing happens when they are there already."""
        if row.host_uri != host_uri:
            self.applications.change(row, host_uri=host_uri)
            self._tell_application(row, "moved")

    def move_network(self, row: model.Network, host_uri: str) -> None:
        """A network's queues are elsewhere from now on."""
        if row.host_uri != host_uri:
            self.networks.change(row, host_uri=host_uri)
            self._tell_network(row, "moved")

    def move_device(self, row: model.Device, network: model.Network, address: str) -> None:
        """A device has another network or address from now on; its routes go with it."""
        things = self._world.things
        self.devices.change(row, network=network.id, address=address)
        if self._world.faults.on("moved_devices_lose_routes"):
            for route in self.device_routes.of("device", row.id):
                self.device_routes.delete(route)
        things.relocate(things.things.rows[row.thing], network.id, address)
        self.touch_routes(row)

    def touch_routes(self, device: model.Device) -> None:
        """What the routes of a device show has changed."""
        for route in self.device_routes.of("device", device.id):
            self.device_routes.change(route, modified_ms=self.now_ms())

    # -- deleting, with everything that belongs to it (sylvia.contra.49)

    def delete_unit(self, unit: model.Unit) -> None:
        """A unit with its applications, networks, devices, routes and buffers."""
        if self._world.faults.on("deleted_units_stay"):
            return
        self.delete_devices(self.devices.of("unit", unit.id))
        for network in self.networks.of("unit", unit.id):
            self.delete_network(network)
        for application in self.applications.of("unit", unit.id):
            self.delete_application(application)
        self.units.delete(unit)

    def delete_application(self, application: model.Application) -> None:
        """An application with its routes and buffers."""
        self._delete_routes("application", application.id)
        self._delete_buffers("application", application.id)
        self.applications.delete(application)
        self._tell_application(application, "deleted")

    def delete_network(self, network: model.Network) -> None:
        """A network with its devices, routes and buffers."""
        if not self._world.faults.on("network_devices_stay"):
            self.delete_devices(self.devices.of("network", network.id))
        if not self._world.faults.on("cascade_forgets_routes"):
            for route in self.network_routes.of("network", network.id):
                self.network_routes.delete(route)
        self._delete_buffers("network", network.id)
        self.networks.delete(network)
        self._tell_network(network, "deleted")

    def delete_devices(self, devices: Iterable[model.Device]) -> None:
        """Devices with their routes and buffers."""
        things = self._world.things
        for device in devices:
            if not self._world.faults.on("cascade_forgets_routes"):
                for route in self.device_routes.of("device", device.id):
                    self.device_routes.delete(route)
            self._delete_buffers("device", device.id)
            self.devices.delete(device)
            thing = things.things.get(device.thing)
            if thing is not None:
                things.remove(thing)

    def remove_buffer(self, buffer: model.Buffer) -> None:
        """A downlink no longer waits."""
        if self.buffers.get(buffer.id) is not None:
            self.buffers.delete(buffer)
            self._world.emit(BufferRemoved(self._world.clock.now(), buffer))

    def _delete_routes(self, group: str, key: str) -> None:
        if self._world.faults.on("cascade_forgets_routes"):
            return
        for device_route in self.device_routes.of(group, key):
            self.device_routes.delete(device_route)
        for network_route in self.network_routes.of(group, key):
            self.network_routes.delete(network_route)

    def _delete_buffers(self, group: str, key: str) -> None:
        if not self._world.faults.on("cascade_forgets_buffers"):
            for buffer in self.buffers.of(group, key):
                self.remove_buffer(buffer)

    # -- telling

    def unit_code(self, unit: str | None) -> str | None:
        """The code of a unit, None for what is public."""
        row = None if unit is None else self.units.get(unit)
        return None if row is None else row.code

    @property
    def public_unit(self) -> str | None:
        """What stands for the unit of a public network."""
        return "" if self._world.faults.on("public_unit_as_empty_text") else None

    def network_code(self, network: str) -> str:
        """The code of a network."""
        row = self.networks.get(network)
        return "" if row is None else row.code

    def application_code(self, application: str) -> str:
        """The code of an application."""
        row = self.applications.get(application)
        return "" if row is None else row.code

    def device_unit_code(self, device: model.Device) -> str | None:
        """The code of a device's unit, None as long as its network is public (sylvia.md:990)."""
        network = self.networks.get(device.network)
        public = network is not None and network.unit is None
        return (
            None
            if public and not self._world.faults.on("public_unit_code_shown")
            else self.unit_code(device.unit)
        )

    def _tell_application(self, row: model.Application, change: Change) -> None:
        code = self.unit_code(row.unit) or ""
        self._world.emit(ApplicationChanged(self._world.clock.now(), row, code, change))

    def _tell_leaving(self, row: Any) -> None:
        self._world.emit(ResourceLeaving(self._world.clock.now(), row))

    def _tell_network(self, row: model.Network, change: Change) -> None:
        self._world.emit(NetworkChanged(self._world.clock.now(), row, self.unit_code(row.unit), change))


def attach(world: World) -> None:
    """Give a world the registry; once per world."""
    world.services[_SERVICE] = Registry(world)


def registry(world: World) -> Registry:
    """The registry of a world."""
    return world.service(_SERVICE, Registry)
