"""Valid calls of the operations on applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia.standing import Standing
    from thingproof_conformance.vendors.sylvia.target import SylviaTarget


def create(target: SylviaTarget, standing: Standing) -> Call:
    """Make an application."""
    data = {
        "code": target.names.text("valid"),
        "unitId": standing.estate.unit.unit_id,
        "hostUri": standing.estate.application.host_uri,
    }
    return Call("sylvia.application.create", token=standing.owner.token, json={"data": data})


def count(_: SylviaTarget, standing: Standing) -> Call:
    """Count the applications of the unit."""
    query = {"unit": standing.estate.unit.unit_id}
    return Call("sylvia.application.count", token=standing.owner.token, query=query)


def list(_: SylviaTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the applications of the unit."""
    query = {"unit": standing.estate.unit.unit_id}
    return Call("sylvia.application.list", token=standing.owner.token, query=query)


def get(_: SylviaTarget, standing: Standing) -> Call:
    """Look at the application."""
    path = {"applicationId": standing.estate.application.application_id}
    return Call("sylvia.application.get", token=standing.owner.token, path=path)


def update(_: SylviaTarget, standing: Standing) -> Call:
    """Rename the application."""
    path = {"applicationId": standing.estate.application.application_id}
    body = {"data": {"name": "valid"}}
    return Call("sylvia.application.update", token=standing.owner.token, path=path, json=body)


def delete(target: SylviaTarget, standing: Standing) -> Call:
    """Delete a fresh application."""
    path = {"applicationId": target.new_application(standing.estate.unit).application_id}
    return Call("sylvia.application.delete", token=standing.owner.token, path=path)
