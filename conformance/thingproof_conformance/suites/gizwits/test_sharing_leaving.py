"""What becomes of invitations when an owner leaves or hands over, or a guest has two (gizwits.md:1549)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.sharing_steps import (
    REFUSED,
    WAITING,
    add_guest,
    cancel,
    code_call,
    give_up,
    invite,
    received,
    respond,
    role_of,
    scan_code,
    sent,
    shared_device,
    status_of,
)
from thingproof_conformance.suites.gizwits.steps import ask
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

CREATE, RESPOND, CANCEL = "gizwits.sharing.create", "gizwits.sharing.respond", "gizwits.sharing.cancel"
ACCEPT, TRANSFER = "gizwits.sharing.code.accept", "gizwits.sharing.transfer"


def hand_over(gizwits: GizwitsTarget, owner: User, device: Device, heir: User) -> None:
    """Make a guest the owner."""
    ask(gizwits, "sharing.transfer", owner, path={"did": device.did}, query={"uid": heir.uid})


@case(RESPOND, kind="state", errors=(9090,), needs=("seed",))
@pytest.mark.inferred
def test_respond__owner_came_back(gizwits: GizwitsTarget) -> None:
    """An invitation that ended with the owner's leaving is no better when the owner binds again."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    number = invite(gizwits, owner, device, receiver)
    give_up(gizwits, owner, device)
    gizwits.bind(owner, device)
    expect.refused(respond(gizwits, receiver, number, expected=ANY), 9090)
    expect.equal(None, role_of(gizwits, receiver, device), "role")


@case(ACCEPT, kind="state", errors=(9090,), needs=("seed",))
@pytest.mark.inferred
def test_code_accept__owner_came_back(gizwits: GizwitsTarget) -> None:
    """A code from before the owner left opens nothing."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    code = scan_code(gizwits, owner, device)
    give_up(gizwits, owner, device)
    gizwits.bind(owner, device)
    expect.refused(code_call(gizwits, receiver, code, accept=True, expected=ANY), 9090)
    expect.equal(None, role_of(gizwits, receiver, device), "role")


@case(CREATE, kind="state", needs=("seed",))
@pytest.mark.inferred
def test_create__after_another_owner(gizwits: GizwitsTarget) -> None:
    """What a former owner offered somebody keeps the next owner from inviting nobody."""
    former, device = shared_device(gizwits)
    receiver, owner = gizwits.new_user(), gizwits.new_user()
    invite(gizwits, former, device, receiver)
    give_up(gizwits, former, device)
    gizwits.bind(owner, device)
    respond(gizwits, receiver, invite(gizwits, owner, device, receiver))
    expect.equal("guest", role_of(gizwits, receiver, device), "role")


@case(RESPOND, kind="state", errors=(9083,), needs=("seed",))
@pytest.mark.inferred
def test_respond__guest_already(gizwits: GizwitsTarget) -> None:
    """Who became guest by a code accepts no other invitation to the same device, but may reject it."""
    owner, device = shared_device(gizwits)
    guest = gizwits.new_user()
    number = invite(gizwits, owner, device, guest)
    code_call(gizwits, guest, scan_code(gizwits, owner, device), accept=True)
    expect.refused(respond(gizwits, guest, number, expected=ANY), 9083)
    expect.equal(WAITING, status_of(gizwits, owner, number), "status")
    respond(gizwits, guest, number, REFUSED)
    expect.equal("guest", role_of(gizwits, guest, device), "role")


@case(CANCEL, kind="state", errors=(9089,), needs=("seed",))
@pytest.mark.inferred
def test_cancel__rejected(gizwits: GizwitsTarget) -> None:
    """There is nothing to cancel in a rejected invitation: it stays rejected."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    number = invite(gizwits, owner, device, receiver)
    respond(gizwits, receiver, number, REFUSED)
    expect.refused(cancel(gizwits, owner, number, expected=ANY), 9089)
    expect.equal(REFUSED, status_of(gizwits, owner, number), "status")


@case(ACCEPT, kind="state", errors=(9089,), needs=("seed",))
@pytest.mark.inferred
def test_code_accept__used(gizwits: GizwitsTarget) -> None:
    """A code makes one guest."""
    owner, device = shared_device(gizwits)
    second = gizwits.new_user()
    code = scan_code(gizwits, owner, device)
    code_call(gizwits, gizwits.new_user(), code, accept=True)
    expect.refused(code_call(gizwits, second, code, accept=True, expected=ANY), 9089)
    expect.equal(None, role_of(gizwits, second, device), "role")


@case("gizwits.sharing.code.get", kind="state", errors=(9089,), needs=("seed",))
@pytest.mark.inferred
def test_code_get__used(gizwits: GizwitsTarget) -> None:
    """A used code offers nothing any more."""
    owner, device = shared_device(gizwits)
    code = scan_code(gizwits, owner, device)
    code_call(gizwits, gizwits.new_user(), code, accept=True)
    expect.refused(code_call(gizwits, gizwits.new_user(), code, accept=False, expected=ANY), 9089)


@case(TRANSFER, kind="state", needs=("seed",))
@pytest.mark.inferred
def test_transfer__open_invitations(gizwits: GizwitsTarget) -> None:
    """What the former owner offered makes nobody a guest of the new one, who may invite the same user."""
    owner, device = shared_device(gizwits)
    heir, _ = add_guest(gizwits, owner, device)
    receiver, scanner = gizwits.new_user(), gizwits.new_user()
    number, code = invite(gizwits, owner, device, receiver), scan_code(gizwits, owner, device)
    hand_over(gizwits, owner, device, heir)
    expect.refused(respond(gizwits, receiver, number, expected=ANY), 9090)
    expect.refused(code_call(gizwits, scanner, code, accept=True, expected=ANY), 9090)
    roles = [role_of(gizwits, user, device) for user in (receiver, scanner)]
    expect.equal([None, None], roles, "roles")
    invite(gizwits, heir, device, receiver)


@case(TRANSFER, kind="state", needs=("seed",))
@pytest.mark.inferred
def test_transfer__other_guests(gizwits: GizwitsTarget) -> None:
    """The new owner finds the other guests' invitations, unnamed, and may recall them."""
    owner, device = shared_device(gizwits)
    (heir, _), (guest, number) = (add_guest(gizwits, owner, device) for _ in range(2))
    ask(gizwits, "sharing.alias", owner, path={"id": number}, query={"user_alias": "grandmother"})
    hand_over(gizwits, owner, device, heir)
    shown = [(row["id"], row["uid"], row["user_alias"] or "") for row in sent(gizwits, heir)]
    expect.equal([(number, guest.uid, "")], shown, "invitations of the new owner")
    expect.equal([heir.uid], [row["uid"] for row in received(gizwits, guest)], "whose guest it is")
    cancel(gizwits, heir, number)
    expect.equal(None, role_of(gizwits, guest, device), "role of the recalled guest")
