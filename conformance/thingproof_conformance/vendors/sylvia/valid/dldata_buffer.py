"""Valid calls of the operations on the downlink buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia.standing import Standing
    from thingproof_conformance.vendors.sylvia.target import SylviaTarget


def count(_: SylviaTarget, standing: Standing) -> Call:
    """Count the waiting data of the unit."""
    query = {"unit": standing.estate.unit.unit_id}
    return Call("sylvia.dldata_buffer.count", token=standing.owner.token, query=query)


def list(_: SylviaTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the waiting data of the unit."""
    query = {"unit": standing.estate.unit.unit_id}
    return Call("sylvia.dldata_buffer.list", token=standing.owner.token, query=query)


def delete(_: SylviaTarget, standing: Standing) -> Call:
    """Delete data that wait no more: deleting is done already then (sylvia.contra.4)."""
    path = {"dataId": "1640924391768-DyyneusWeveV"}
    return Call("sylvia.dldata_buffer.delete", token=standing.owner.token, path=path)
