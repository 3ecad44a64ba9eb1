"""Devices at addresses of networks, one by one, in bulk and by range (sylvia.md:753)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.sylvia.auth import caller_of
from thingproof_platform.vendors.sylvia.service import addresses, devices, forms, listing, selection
from thingproof_platform.vendors.sylvia.service.listing import Order
from thingproof_platform.vendors.sylvia.service.registry import registry
from thingproof_platform.vendors.sylvia.service.rights import Rights
from thingproof_platform.vendors.sylvia.shapes import resources as shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.addresses import Addresses
    from thingproof_platform.vendors.sylvia.service.model import Device, Network, Unit

_MEMBERS: Final = ("networkId", "networkAddr", "profile", "name", "info")


def create(world: World, request: Request) -> Response:
    """A device at an address of a network that is free (sylvia.md:755)."""
    data = forms.data_of(request)
    address = addresses.single(world, data)
    fields = {
        "profile": forms.profile(world, data),
        "name": forms.text(data, "name", ""),
        "info": forms.info(data),
    }
    unit, network = _place(world, request, data)
    device = devices.create(world, unit, network, address, **fields)
    return Response(200, {"data": {"deviceId": device.id}})


def bulk(world: World, request: Request) -> Response:
    """Devices at many addresses; those that exist stay as they are (sylvia.md:803)."""
    return _create_many(world, request, addresses.many)


def bulk_delete(world: World, request: Request) -> Response:
    """Drop the unit's devices at many addresses (sylvia.md:837)."""
    return _delete_many(world, request, addresses.many)


def range(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """Devices at every address of a range (sylvia.md:869)."""
    return _create_many(world, request, addresses.span)


def range_delete(world: World, request: Request) -> Response:
    """Drop the unit's devices at the addresses of a range (sylvia.md:905)."""
    return _delete_many(world, request, addresses.span)


def count(world: World, request: Request) -> Response:
    """How many devices (sylvia.md:937)."""
    return listing.count(world, request, selection.devices(world, request))


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The devices (sylvia.md:963)."""
    found = registry(world)
    order: Order[Device] = Order(
        {
            "network": lambda row: found.network_code(row.network),
            "addr": lambda row: row.address,
            "created": lambda row: row.created_ms,
            "modified": lambda row: row.modified_ms,
            "profile": lambda row: row.profile,
            "name": lambda row: row.name,
        },
        "network:asc,addr:asc",
    )
    shape = partial(shapes.device, found)
    return listing.answer(world, request, selection.devices(world, request), order, shape)


def get(world: World, request: Request) -> Response:
    """One device (sylvia.md:1078)."""
    device = _of_path(world, request, write=False)
    if device is None:
        raise _unknown()
    return Response(200, {"data": shapes.device(registry(world), device)})


def update(world: World, request: Request) -> Response:
    """Change what is given; the empty change is refused before the unknown device (sylvia.contra.27)."""
    changes = forms.changes_of(world, forms.data_of(request), _MEMBERS)
    device = _of_path(world, request, write=True)
    if device is None:
        raise _unknown()
    found, rights = registry(world), Rights(world, caller_of(request))
    fields = forms.resource_fields(world, changes, device.info)
    if "profile" in changes:
        fields["profile"] = forms.profile(world, changes)
    network, address = found.networks.get(device.network), device.address
    if "networkId" in changes:
        unit = found.units.get(device.unit)
        network = rights.network_named(forms.identifier(changes, "networkId"), unit)
    if "networkAddr" in changes:
        address = addresses.single(world, changes)
    if network is not None:
        devices.move(world, device, network, address, named="networkAddr" in changes)
    found.change(found.devices, device, **fields)
    if "profile" in fields:
        found.touch_routes(device)
    return Response(204)


def delete(world: World, request: Request) -> Response:
    """Drop a device with its routes and buffers; what the caller does not own stays."""
    device = _of_path(world, request, write=True)
    if device is not None:
        devices.delete(world, device)
    return Response(204)


def _create_many(
    world: World, request: Request, read: Callable[[World, forms.Members], Addresses]
) -> Response:
    data = forms.data_of(request)
    wanted, profile = read(world, data), forms.profile(world, data)
    unit, network = _place(world, request, data)
    devices.create_many(world, unit, network, wanted, profile)
    return Response(204)


def _delete_many(
    world: World, request: Request, read: Callable[[World, forms.Members], Addresses]
) -> Response:
    data = forms.data_of(request)
    wanted = read(world, data)
    unit, network = _place(world, request, data)
    devices.delete_many(world, unit, network, wanted)
    return Response(204)


def _place(world: World, request: Request, data: forms.Members) -> tuple[Unit, Network]:
    """Unit and network of a body: the unit is looked at first, the network has to be its own or public."""
    rights = Rights(world, caller_of(request))
    unit_id, network_id = forms.identifier(data, "unitId"), forms.identifier(data, "networkId")
    unit = rights.unit_named(unit_id)
    return unit, rights.network_named(network_id, unit)


def _of_path(world: World, request: Request, *, write: bool) -> Device | None:
    """The device of the path as far as the caller reaches it."""
    device = registry(world).devices.get(request.path_parameters["deviceId"])
    rights = Rights(world, caller_of(request))
    return device if device is not None and rights.reaches(device.unit, write=write) else None


def _unknown() -> Refusal:
    return Refusal(Reason.RESOURCE_UNKNOWN, "you have no device of this id", "deviceId")
