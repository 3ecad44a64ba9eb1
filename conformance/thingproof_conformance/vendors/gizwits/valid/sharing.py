"""Valid calls of the operations on device sharing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


def create(target: GizwitsTarget, standing: Standing) -> Call:
    """Invite a fresh user to the owned device."""
    owner, device = standing.owned
    body = {"type": 0, "did": device.did, "uid": target.new_user().uid}
    return Call("gizwits.sharing.create", token=owner.token, json=body)


def list(_: GizwitsTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List what the owner shares."""
    return Call("gizwits.sharing.list", token=standing.owned[0].token, query={"sharing_type": 0})


def cancel(_: GizwitsTarget, standing: Standing) -> Call:
    """Cancel a fresh invitation."""
    number = standing.invitation()[1]
    return Call("gizwits.sharing.cancel", token=standing.owned[0].token, path={"id": number})


def respond(_: GizwitsTarget, standing: Standing) -> Call:
    """Accept a fresh invitation."""
    receiver, number = standing.invitation()
    return Call("gizwits.sharing.respond", token=receiver.token, path={"id": number}, query={"status": 1})


def code_get(_: GizwitsTarget, standing: Standing) -> Call:
    """Look at a fresh code."""
    return Call("gizwits.sharing.code.get", token=standing.user.token, path={"code": standing.code()})


def code_accept(target: GizwitsTarget, standing: Standing) -> Call:
    """Accept a fresh code as a fresh user."""
    return Call("gizwits.sharing.code.accept", token=target.new_user().token, path={"code": standing.code()})


def alias(_: GizwitsTarget, standing: Standing) -> Call:
    """Name the receiver of a fresh invitation."""
    return Call(
        "gizwits.sharing.alias",
        token=standing.owned[0].token,
        path={"id": standing.invitation()[1]},
        query={"user_alias": "grandmother"},
    )


def transfer(target: GizwitsTarget, _: Standing) -> Call:
    """Give a fresh device to its guest."""
    owner, device = target.bound(target.new_product(sharing=True))
    guest = target.new_user()
    body = {"type": 0, "did": device.did, "uid": guest.uid}
    number = target.call("gizwits.sharing.create", token=owner, json=body)["id"]
    target.call("gizwits.sharing.respond", token=guest, path={"id": number}, query={"status": 1})
    return Call(
        "gizwits.sharing.transfer", token=owner.token, path={"did": device.did}, query={"uid": guest.uid}
    )
