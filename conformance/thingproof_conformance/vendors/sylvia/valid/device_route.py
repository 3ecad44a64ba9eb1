"""Valid calls of the operations on routes from devices to applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia.standing import Standing
    from thingproof_conformance.vendors.sylvia.target import SylviaTarget


def create(target: SylviaTarget, standing: Standing) -> Call:
    """Route a fresh device."""
    data = {
        "deviceId": target.new_device(standing.estate.network).device_id,
        "applicationId": standing.estate.application.application_id,
    }
    return Call("sylvia.device_route.create", token=standing.owner.token, json={"data": data})


def bulk(_: SylviaTarget, standing: Standing) -> Call:
    """Route the devices of some addresses."""
    data = {"applicationId": standing.estate.application.application_id, **standing.addresses}
    return Call("sylvia.device_route.bulk", token=standing.owner.token, json={"data": data})


def bulk_delete(_: SylviaTarget, standing: Standing) -> Call:
    """Delete the routes of some addresses."""
    data = {"applicationId": standing.estate.application.application_id, **standing.addresses}
    return Call("sylvia.device_route.bulk_delete", token=standing.owner.token, json={"data": data})


def range(_: SylviaTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """Route the devices of a range."""
    data = {"applicationId": standing.estate.application.application_id, **standing.range}
    return Call("sylvia.device_route.range", token=standing.owner.token, json={"data": data})


def range_delete(_: SylviaTarget, standing: Standing) -> Call:
    """Delete the routes of a range."""
    data = {"applicationId": standing.estate.application.application_id, **standing.range}
    return Call("sylvia.device_route.range_delete", token=standing.owner.token, json={"data": data})


def count(_: SylviaTarget, standing: Standing) -> Call:
    """Count the device routes of the unit."""
    query = {"unit": standing.estate.unit.unit_id}
    return Call("sylvia.device_route.count", token=standing.owner.token, query=query)


def list(_: SylviaTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the device routes of the unit."""
    query = {"unit": standing.estate.unit.unit_id}
    return Call("sylvia.device_route.list", token=standing.owner.token, query=query)


def delete(target: SylviaTarget, standing: Standing) -> Call:
    """Delete a fresh route."""
    device = target.new_device(standing.estate.network)
    path = {"routeId": target.new_route(device, standing.estate.application)}
    return Call("sylvia.device_route.delete", token=standing.owner.token, path=path)
