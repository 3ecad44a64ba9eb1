"""Valid calls of the operations on the message center."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


def list(_: GizwitsTarget, standing: Standing) -> Call:  # noqa: A001 - the operation has this name
    """List the standing user's messages."""
    return Call("gizwits.messages.list", token=standing.user.token, query={"type": 1})


def update(_: GizwitsTarget, standing: Standing) -> Call:
    """Mark the message of a fresh invitation as read."""
    receiver, _number = standing.invitation()
    messages = standing.ask("messages.list", receiver, query={"type": 1})["objects"]
    return Call(
        "gizwits.messages.update",
        token=receiver.token,
        path={"id": messages[0]["id"]},
        query={"status": 1},
    )
