"""Routes from devices to applications (sylvia.md:1131)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.sylvia.auth import caller_of
from thingproof_platform.vendors.sylvia.service import addresses, forms, listing, selection
from thingproof_platform.vendors.sylvia.service.listing import Order
from thingproof_platform.vendors.sylvia.service.registry import registry
from thingproof_platform.vendors.sylvia.service.rights import Rights
from thingproof_platform.vendors.sylvia.shapes import resources as shapes

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable

    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.addresses import Addresses
    from thingproof_platform.vendors.sylvia.service.model import Application, Device, DeviceRoute, Network
    from thingproof_platform.vendors.sylvia.service.registry import Registry


def create(world: World, request: Request) -> Response:
    """A route within one unit; device, application, unit and doublet are looked at in this order."""
    data = forms.data_of(request)
    device_id, application_id = forms.identifier(data, "deviceId"), forms.identifier(data, "applicationId")
    rights, found = Rights(world, caller_of(request)), registry(world)
    device = rights.device_named(device_id)
    application = rights.application_named(application_id)
    if device.unit != application.unit and not world.faults.on("unit_mismatch_accepted"):
        raise Refusal(Reason.UNIT_MISMATCH, "device and application are of different units")
    taken = found.device_routes.find((application.id, device.id)) is not None
    if taken and not world.faults.on("duplicate_route_accepted"):
        raise Refusal(Reason.ROUTE_TAKEN, "the route has been created")
    return Response(200, {"data": {"routeId": found.add_device_route(application, device).id}})


def bulk(world: World, request: Request) -> Response:
    """Routes of devices at many addresses; those that exist stay (sylvia.md:1171)."""
    return _create_many(world, request, addresses.many)


def bulk_delete(world: World, request: Request) -> Response:
    """Drop the routes of devices at many addresses (sylvia.md:1204)."""
    return _delete_many(world, request, addresses.many)


def range(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """Routes of the devices in a range of addresses (sylvia.md:1236)."""
    return _create_many(world, request, addresses.span)


def range_delete(world: World, request: Request) -> Response:
    """Drop the routes of the devices in a range of addresses (sylvia.md:1270)."""
    return _delete_many(world, request, addresses.span)


def count(world: World, request: Request) -> Response:
    """How many device routes (sylvia.md:1300)."""
    return listing.count(world, request, selection.device_routes(world, request))


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The device routes (sylvia.md:1325)."""
    found = registry(world)
    shape = partial(shapes.device_route, found)
    return listing.answer(world, request, selection.device_routes(world, request), _order(found), shape)


def delete(world: World, request: Request) -> Response:
    """Drop a route; what the caller does not own stays."""
    found = registry(world)
    route = found.device_routes.get(request.path_parameters["routeId"])
    if route is not None and Rights(world, caller_of(request)).reaches(route.unit, write=True):
        found.device_routes.delete(route)
    return Response(204)


def _create_many(
    world: World, request: Request, read: Callable[[World, forms.Members], Addresses]
) -> Response:
    data = forms.data_of(request)
    wanted, found = read(world, data), registry(world)
    application, network = _ends(world, request, data)
    targets = _targets(found, application, network, wanted)
    if not targets:
        raise Refusal(Reason.THING_UNKNOWN, "the unit has no device at any of the addresses")
    for device in targets:
        if found.device_routes.find((application.id, device.id)) is None:
            found.add_device_route(application, device)
    return Response(204)


def _delete_many(
    world: World, request: Request, read: Callable[[World, forms.Members], Addresses]
) -> Response:
    data = forms.data_of(request)
    wanted, found = read(world, data), registry(world)
    application, network = _ends(world, request, data)
    for device in _targets(found, application, network, wanted):
        route = found.device_routes.find((application.id, device.id))
        if route is not None:
            found.device_routes.delete(route)
    return Response(204)


def _ends(world: World, request: Request, data: forms.Members) -> tuple[Application, Network]:
    """Application and network of a body; a private network has to be of the same unit (sylvia.contra.33)."""
    rights = Rights(world, caller_of(request))
    application_id, network_id = forms.identifier(data, "applicationId"), forms.identifier(data, "networkId")
    application, network = rights.application_named(application_id), rights.network_named(network_id)
    if network.unit not in (None, application.unit):
        raise Refusal(Reason.UNIT_MISMATCH, "network and application are of different units")
    return application, network


def _targets(
    found: Registry, application: Application, network: Network, wanted: Addresses
) -> builtins.list[Device]:
    """The devices at the addresses. On a public network those of other units do not count."""
    known = (found.devices.find((network.id, address)) for address in wanted.each)
    return [device for device in known if device is not None and device.unit == application.unit]


def _order(found: Registry) -> Order[DeviceRoute]:
    def network_code(row: DeviceRoute) -> str:
        device = found.devices.get(row.device)
        return found.network_code(device.network) if device is not None else ""

    def address(row: DeviceRoute) -> str:
        device = found.devices.get(row.device)
        return device.address if device is not None else ""

    return Order(
        {
            "application": lambda row: found.application_code(row.application),
            "network": network_code,
            "addr": address,
            "created": lambda row: row.created_ms,
            "modified": lambda row: row.modified_ms,
        },
        "network:asc,addr:asc,created:desc",
    )
