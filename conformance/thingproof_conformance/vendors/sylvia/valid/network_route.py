"""Valid calls of the operations on routes from networks to applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia.standing import Standing
    from thingproof_conformance.vendors.sylvia.target import SylviaTarget


def create(target: SylviaTarget, standing: Standing) -> Call:
    """Route a fresh network."""
    data = {
        "networkId": target.new_network(standing.estate.unit).network_id,
        "applicationId": standing.estate.application.application_id,
    }
    return Call("sylvia.network_route.create", token=standing.owner.token, json={"data": data})


def count(_: SylviaTarget, standing: Standing) -> Call:
    """Count the network routes of the unit."""
    query = {"unit": standing.estate.unit.unit_id}
    return Call("sylvia.network_route.count", token=standing.owner.token, query=query)


def list(_: SylviaTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the network routes of the unit."""
    query = {"unit": standing.estate.unit.unit_id}
    return Call("sylvia.network_route.list", token=standing.owner.token, query=query)


def delete(target: SylviaTarget, standing: Standing) -> Call:
    """Delete a fresh route."""
    network = target.new_network(standing.estate.unit)
    path = {"routeId": target.new_network_route(network, standing.estate.application)}
    return Call("sylvia.network_route.delete", token=standing.owner.token, path=path)
