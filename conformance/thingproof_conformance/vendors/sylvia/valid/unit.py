"""Valid calls of the operations on units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia.standing import Standing
    from thingproof_conformance.vendors.sylvia.target import SylviaTarget


def create(target: SylviaTarget, standing: Standing) -> Call:
    """Make a unit."""
    body = {"data": {"code": target.names.text("valid"), "name": "valid", "info": {}}}
    return Call("sylvia.unit.create", token=standing.owner.token, json=body)


def count(_: SylviaTarget, standing: Standing) -> Call:
    """Count the units of the caller."""
    return Call("sylvia.unit.count", token=standing.owner.token)


def list(_: SylviaTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the units of the caller."""
    return Call("sylvia.unit.list", token=standing.owner.token)


def get(_: SylviaTarget, standing: Standing) -> Call:
    """Look at the unit."""
    path = {"unitId": standing.estate.unit.unit_id}
    return Call("sylvia.unit.get", token=standing.owner.token, path=path)


def update(_: SylviaTarget, standing: Standing) -> Call:
    """Rename the unit."""
    path = {"unitId": standing.estate.unit.unit_id}
    body = {"data": {"name": "valid"}}
    return Call("sylvia.unit.update", token=standing.owner.token, path=path, json=body)


def delete(target: SylviaTarget, standing: Standing) -> Call:
    """Delete a fresh unit."""
    path = {"unitId": target.new_unit(standing.owner).unit_id}
    return Call("sylvia.unit.delete", token=standing.owner.token, path=path)


def delete_by_user(target: SylviaTarget, standing: Standing) -> Call:
    """Delete the units of somebody who has none."""
    path = {"userId": standing.estate.stranger.user_id}
    return Call("sylvia.unit.delete_by_user", token=target.admin.token, path=path)
