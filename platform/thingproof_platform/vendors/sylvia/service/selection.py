"""The rows a count or a list is about: rights and filters of the query, for every tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from thingproof_platform.vendors.sylvia.auth import caller_of
from thingproof_platform.vendors.sylvia.service.listing import by_code, holds, unit_asked
from thingproof_platform.vendors.sylvia.service.registry import registry
from thingproof_platform.vendors.sylvia.service.rights import Rights

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.indexed import IndexedTable
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.model import (
        Application,
        Buffer,
        Device,
        DeviceRoute,
        Network,
        NetworkRoute,
        Unit,
    )
    from thingproof_platform.vendors.sylvia.service.registry import Registry

Row = TypeVar("Row")
Link = TypeVar("Link", "DeviceRoute", "NetworkRoute", "Buffer")

_MEMBERS: Final = ("application", "network", "device")  # query and row call them alike


def units(world: World, request: Request) -> Iterable[Unit]:
    """Every unit with this owner and member for admins, the caller's own for everybody else."""
    caller, found = caller_of(request), iter(registry(world).units)
    owner, member = request.query.get("owner", ""), request.query.get("member", "")
    if not caller.privileged:
        heeded = world.faults.on("normal_user_filters_units")
        owner, member = ("", member) if heeded and member else ("", caller.user.id)
    word = request.query.get("contains", "")
    return [
        unit
        for unit in found
        if (not owner or unit.owner == owner)
        and (not member or member in unit.members)
        and holds(world, word, unit.code)
    ]


def applications(world: World, request: Request) -> Iterable[Application]:
    """Applications of a unit, or of all, by code."""
    table = registry(world).applications
    return by_code(world, request, _of_unit(world, request, table))


def networks(world: World, request: Request) -> Iterable[Network]:
    """Networks of a unit, or of all, by code; an empty unit asks for the public ones (sylvia.md:594)."""
    table = registry(world).networks
    if request.query.get("unit") == "" and caller_of(request).privileged:
        everything = world.faults.on("empty_unit_lists_all")
        return by_code(world, request, list(table) if everything else table.of("unit", None))
    return by_code(world, request, _of_unit(world, request, table))


def devices(world: World, request: Request) -> Iterable[Device]:
    """Devices of a unit, or of all, by network, address, profile and name."""
    found = registry(world)
    rows: Iterable[Device] = _of_unit(world, request, found.devices)
    query, exact = request.query, world.faults.on("addresses_keep_case")
    network = query.get("network", "")
    if network:
        rows = [row for row in rows if _on_network(found, row, network)]
    if address := query.get("addr", ""):
        wanted = address if exact else address.lower()
        rows = [row for row in rows if row.address == wanted]
    if profile := query.get("profile", "").lower():
        rows = [row for row in rows if row.profile == profile]
    if word := query.get("contains", ""):
        rows = [row for row in rows if holds(world, word, row.name)]
    return rows


def device_routes(world: World, request: Request) -> Iterable[DeviceRoute]:
    """Device routes of a unit, or of all, by application, network and device."""
    found = registry(world)
    rows = _linked(world, request, _of_unit(world, request, found.device_routes), ("application", "device"))
    network = request.query.get("network", "")
    if not network or world.faults.on("route_network_filter_ignored"):
        return rows
    targets = ((row, found.devices.get(row.device)) for row in rows)
    return [row for row, device in targets if device is not None and device.network == network]


def network_routes(world: World, request: Request) -> Iterable[NetworkRoute]:
    """Network routes of a unit, or of all, by application and network."""
    rows = _of_unit(world, request, registry(world).network_routes)
    return _linked(world, request, rows, ("application", "network"))


def buffers(world: World, request: Request) -> Iterable[Buffer]:
    """Waiting downlinks of a unit, or of all, by application, network and device."""
    rows = _of_unit(world, request, registry(world).buffers)
    return _linked(world, request, rows, _MEMBERS)


def _of_unit(world: World, request: Request, table: IndexedTable[Any]) -> Iterable[Any]:
    """The rows of the unit the query names; all of them for an admin who names none."""
    unit = unit_asked(Rights(world, caller_of(request)), request)
    if unit is None or world.faults.on("unit_filter_ignored"):
        return list(table)
    return table.of("unit", unit)


def _linked(world: World, request: Request, rows: Iterable[Link], names: tuple[str, ...]) -> Iterable[Link]:
    """The rows that belong to what the query names; what does not exist has none (sylvia.contra.46)."""
    for name in names:
        identifier = request.query.get(name, "")
        if identifier and not (name == "application" and world.faults.on("application_filter_ignored")):
            rows = [row for row in rows if getattr(row, name) == identifier]
    return rows


def _on_network(found: Registry, row: Device, network: str) -> bool:
    """By id, and by code like deployed brokers (sylvia.contra.6)."""
    return row.network == network or found.network_code(row.network) == network.lower()
