"""Networks, private to a unit or public (sylvia.md:544)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.sylvia.auth import caller_of
from thingproof_platform.vendors.sylvia.service import forms, listing, selection
from thingproof_platform.vendors.sylvia.service.listing import Order
from thingproof_platform.vendors.sylvia.service.registry import registry
from thingproof_platform.vendors.sylvia.service.rights import Rights
from thingproof_platform.vendors.sylvia.shapes import resources as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.model import Network

_ORDER: Final[Order[Network]] = Order(
    {
        "code": lambda row: row.code,
        "created": lambda row: row.created_ms,
        "modified": lambda row: row.modified_ms,
        "name": lambda row: row.name,
    },
    "code:asc",
)
_MEMBERS: Final = ("hostUri", "name", "info")


def create(world: World, request: Request) -> Response:
    """A network of a unit the caller owns; without unit a public one, for admins (sylvia.contra.19)."""
    data, found = forms.data_of(request), registry(world)
    code, host_uri = forms.code(world, data), forms.host_uri(world, data)
    fields = {"name": forms.text(data, "name", ""), "info": forms.info(data)}
    rights = Rights(world, caller_of(request))
    if "unitId" in data:
        unit = rights.unit_named(forms.identifier(data, "unitId"))
    elif rights.reaches(None, write=True):
        unit = None
    else:
        raise forms.malformed("unitId", "is required")
    taken = found.networks.find((unit.id if unit is not None else None, code)) is not None
    if taken and not world.faults.on("duplicate_code_accepted"):
        raise Refusal(Reason.NETWORK_TAKEN, "the code has been used", "code")
    return Response(200, {"data": {"networkId": found.add_network(unit, code, host_uri, **fields).id}})


def count(world: World, request: Request) -> Response:
    """How many networks (sylvia.md:588)."""
    return listing.count(world, request, selection.networks(world, request))


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The networks (sylvia.md:611)."""
    shape = partial(shapes.network, registry(world))
    return listing.answer(world, request, selection.networks(world, request), _ORDER, shape)


def get(world: World, request: Request) -> Response:
    """One network; a public one is there for admins only (sylvia.md:709)."""
    network = _of_path(world, request, write=False)
    if network is None:
        raise _unknown()
    return Response(200, {"data": shapes.network(registry(world), network)})


def update(world: World, request: Request) -> Response:
    """Change what is given; another hostUri moves the queues (sylvia.md:725)."""
    data, found = forms.data_of(request), registry(world)
    network = _of_path(world, request, write=True)
    if network is None:
        raise _unknown()
    changes = forms.changes_of(world, data, _MEMBERS)
    fields = forms.resource_fields(world, changes, network.info)
    host_uri = forms.host_uri(world, changes) if "hostUri" in changes else network.host_uri
    found.change(found.networks, network, **fields)
    found.move_network(network, host_uri)
    return Response(204)


def delete(world: World, request: Request) -> Response:
    """Drop a network with its devices, routes and buffers; what the caller does not own stays."""
    network = _of_path(world, request, write=True)
    if network is not None:
        registry(world).delete_network(network)
    return Response(204)


def _of_path(world: World, request: Request, *, write: bool) -> Network | None:
    """The network of the path as far as the caller reaches it."""
    network = registry(world).networks.get(request.path_parameters["networkId"])
    rights = Rights(world, caller_of(request))
    if network is None or not rights.reaches(network.unit, write=write):
        return None
    return network


def _unknown() -> Refusal:
    return Refusal(Reason.RESOURCE_UNKNOWN, "you have no network of this id", "networkId")
