"""Valid calls of the operations on networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia.standing import Standing
    from thingproof_conformance.vendors.sylvia.target import SylviaTarget


def create(target: SylviaTarget, standing: Standing) -> Call:
    """Make a network."""
    data = {
        "code": target.names.text("valid"),
        "unitId": standing.estate.unit.unit_id,
        "hostUri": standing.estate.network.host_uri,
    }
    return Call("sylvia.network.create", token=standing.owner.token, json={"data": data})


def count(_: SylviaTarget, standing: Standing) -> Call:
    """Count the networks of the unit."""
    query = {"unit": standing.estate.unit.unit_id}
    return Call("sylvia.network.count", token=standing.owner.token, query=query)


def list(_: SylviaTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the networks of the unit."""
    query = {"unit": standing.estate.unit.unit_id}
    return Call("sylvia.network.list", token=standing.owner.token, query=query)


def get(_: SylviaTarget, standing: Standing) -> Call:
    """Look at the network."""
    path = {"networkId": standing.estate.network.network_id}
    return Call("sylvia.network.get", token=standing.owner.token, path=path)


def update(_: SylviaTarget, standing: Standing) -> Call:
    """Rename the network."""
    path = {"networkId": standing.estate.network.network_id}
    body = {"data": {"name": "valid"}}
    return Call("sylvia.network.update", token=standing.owner.token, path=path, json=body)


def delete(target: SylviaTarget, standing: Standing) -> Call:
    """Delete a fresh network."""
    path = {"networkId": target.new_network(standing.estate.unit).network_id}
    return Call("sylvia.network.delete", token=standing.owner.token, path=path)
