"""Invitations by QR code, and handing a device over (gizwits.md:1532-1549, 1754-1866)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.sharing_steps import (
    ACCEPTED,
    add_guest,
    code_call,
    give_up,
    invite,
    messages_of,
    received,
    role_of,
    scan_code,
    sent,
    shared_device,
)
from thingproof_conformance.suites.gizwits.steps import ask
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget, User

LOOK, ACCEPT = "gizwits.sharing.code.get", "gizwits.sharing.code.accept"
TRANSFER = "gizwits.sharing.transfer"
QUARTER = 15 * 60


def transfer(gizwits: GizwitsTarget, user: User, did: str, uid: str, *, expected: Any = "success") -> Answer:
    """Hand a device over."""
    parts = {"path": {"did": did}, "query": {"uid": uid}}
    return ask(gizwits, "sharing.transfer", user, expected=expected, **parts)


# Codes.


@case(LOOK, kind="documented", rules=("r2", "r3", "r4", "r6", "r8"), needs=("seed", "clock"))
@pytest.mark.contradictory("gizwits.contra.39")
def test_code_get__shows_the_offer(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Who scans the code sees the masked owner, product, alias, and the end of the offer in UTC."""
    control.freeze(at=1_800_000_000.0)
    owner, device = shared_device(gizwits)
    ask(gizwits, "bindings.update", owner, path={"did": device.did}, json={"dev_alias": "cellar"})
    offer = code_call(gizwits, gizwits.new_user(), scan_code(gizwits, owner, device), accept=False)
    expect.contains("****", offer["owner"], "owner")
    expect.different(owner.username, offer["owner"], "owner")
    expect.equal(device.product.name, offer["product_name"], "product_name")
    expect.equal("cellar", offer["dev_alias"], "dev_alias")
    expect.matches(r"2027-01-15T08:15:00(\.\d+)?Z?", offer["expired_at"], "expired_at")


@case(LOOK, kind="permission", rules=("r1",), errors=(9096,), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("accept", [False, True], ids=["look", "accept"])
def test_code_get__not_the_owner(gizwits: GizwitsTarget, accept: bool) -> None:
    """The owner can neither look at the own code nor accept it."""
    owner, device = shared_device(gizwits)
    code = scan_code(gizwits, owner, device)
    expect.refused(code_call(gizwits, owner, code, accept=accept, expected=ANY), 9096)


@case(
    LOOK,
    kind="time",
    rules=("r5", "gizwits.sharing.create.r5", "gizwits.sharing.code.accept.r4"),
    errors=(9088,),
    events=("sharing.expired",),
    needs=("seed", "clock"),
)
@pytest.mark.documented
@pytest.mark.parametrize(("after", "good"), [(QUARTER - 30, True), (QUARTER + 1, False)])
@pytest.mark.parametrize("accept", [False, True], ids=["look", "accept"])
def test_code_get__expiry(
    gizwits: GizwitsTarget, control: ControlClient, after: int, good: bool, accept: bool
) -> None:
    """A code lives for 15 minutes."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    control.freeze()
    code = scan_code(gizwits, owner, device)
    control.advance(after)
    answer = code_call(gizwits, receiver, code, accept=accept, expected=ANY)
    if good:
        expect.accepted(answer)
    else:
        expect.refused(answer, 9088)
    expect.equal("guest" if good and accept else None, role_of(gizwits, receiver, device), "role")


@case(LOOK, kind="negative", errors=(9084,), needs=("fresh-accounts",))
@pytest.mark.documented
@pytest.mark.parametrize("accept", [False, True], ids=["look", "accept"])
def test_code_get__unknown(gizwits: GizwitsTarget, accept: bool) -> None:
    """A code nobody made is refused."""
    user = gizwits.new_user()
    expect.refused(code_call(gizwits, user, gizwits.names.hex(32), accept=accept, expected=ANY), 9084)


@case(LOOK, kind="negative")
@negatives.parametrize(LOOK)
def test_code_get__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers."""
    negatives.judge(gizwits, negative)


@case(
    ACCEPT,
    kind="event",
    rules=("r2", "r3", "r7"),
    events=("message.sharing.qr_accepted",),
    needs=("seed",),
)
@pytest.mark.documented
def test_code_accept__becomes_guest(gizwits: GizwitsTarget) -> None:
    """Who accepts is guest, owner and guest get a message each, the invitation is accepted (br10, ss10)."""
    owner, device = shared_device(gizwits)
    guest = gizwits.new_user()
    code_call(gizwits, guest, scan_code(gizwits, owner, device), accept=True)
    roles = [role_of(gizwits, user, device) for user in (owner, guest)]
    expect.equal(["owner", "guest"], roles, "roles")
    expect.equal([1, 1], [len(messages_of(gizwits, user)) for user in (owner, guest)], "messages")
    row = sent(gizwits, owner)[0]
    expect.equal((ACCEPTED, guest.uid), (row["status"], row["uid"]), "status and guest")
    expect.equal([owner.uid], [row["uid"] for row in received(gizwits, guest)], "received")


@case(ACCEPT, kind="permission", rules=("r1",), errors=(9096,), needs=("seed",))
@pytest.mark.documented
def test_code_accept__not_the_owner(gizwits: GizwitsTarget) -> None:
    """The owner cannot accept the own code; it works for others after that."""
    owner, device = shared_device(gizwits)
    code = scan_code(gizwits, owner, device)
    expect.refused(code_call(gizwits, owner, code, accept=True, expected=ANY), 9096)
    expect.accepted(code_call(gizwits, gizwits.new_user(), code, accept=True))


@case(ACCEPT, kind="state", rules=("r5",), errors=(9083,), needs=("seed",))
@pytest.mark.documented
def test_code_accept__bound_already(gizwits: GizwitsTarget) -> None:
    """A guest does not accept another code of the same device."""
    owner, device = shared_device(gizwits)
    guest, _ = add_guest(gizwits, owner, device)
    code = scan_code(gizwits, owner, device)
    expect.refused(code_call(gizwits, guest, code, accept=True, expected=ANY), 9083)


@case(ACCEPT, kind="state", errors=(9090,), needs=("seed",))
@pytest.mark.documented
def test_code_accept__owner_left(gizwits: GizwitsTarget) -> None:
    """When the owner gave the device up its codes are worth nothing."""
    owner, device = shared_device(gizwits)
    code = scan_code(gizwits, owner, device)
    give_up(gizwits, owner, device)
    expect.refused(code_call(gizwits, gizwits.new_user(), code, accept=True, expected=ANY), 9090)


@case(ACCEPT, kind="time", rules=("r4",), errors=(9084, 9088), needs=("seed", "clock"))
@pytest.mark.documented
def test_code_accept__too_late(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Neither an expired code nor one nobody made is accepted; nobody is told."""
    owner, device = shared_device(gizwits)
    user = gizwits.new_user()
    control.freeze()
    code = scan_code(gizwits, owner, device)
    control.advance(QUARTER + 1)
    expect.refused(code_call(gizwits, user, code, accept=True, expected=ANY), 9088)
    expect.refused(code_call(gizwits, user, gizwits.names.hex(32), accept=True, expected=ANY), 9084)
    expect.equal([[], []], [messages_of(gizwits, person) for person in (owner, user)], "messages")


@case(ACCEPT, kind="negative")
@negatives.parametrize(ACCEPT)
def test_code_accept__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers."""
    negatives.judge(gizwits, negative)


# Handing over.


@case(
    TRANSFER,
    kind="event",
    rules=("r1", "r2", "r3", "r4", "r8"),
    events=("binding.changed.transfer",),
    needs=("seed",),
)
@pytest.mark.contradictory("gizwits.contra.13")
def test_transfer__guest_becomes_owner(gizwits: GizwitsTarget) -> None:
    """The guest owns the device, the former owner is gone (or a guest), other guests stay (br15)."""
    owner, device = shared_device(gizwits)
    heir, other = (add_guest(gizwits, owner, device)[0] for _ in range(2))
    transfer(gizwits, owner, device.did, heir.uid)
    roles = [role_of(gizwits, user, device) for user in (heir, other)]
    expect.equal(["owner", "guest"], roles, "roles of the heir and the other guest")
    former = role_of(gizwits, owner, device)
    expect.either(
        "gizwits.contra.13",
        a=lambda: expect.equal(None, former, "role of the former owner"),
        b=lambda: expect.equal("guest", former, "role of the former owner"),
    )


@case(TRANSFER, kind="permission", rules=("r5",), errors=(9093,), needs=("seed",))
@pytest.mark.documented
def test_transfer__owner_only(gizwits: GizwitsTarget) -> None:
    """Neither a guest nor a stranger hands a device over."""
    owner, device = shared_device(gizwits)
    guest, other = (add_guest(gizwits, owner, device)[0] for _ in range(2))
    for user in (guest, gizwits.new_user()):
        expect.refused(transfer(gizwits, user, device.did, other.uid, expected=ANY), 9093)
    expect.equal("owner", role_of(gizwits, owner, device), "role of the owner")


@case(TRANSFER, kind="negative", rules=("r6",), errors=(9082,), needs=("seed",))
@pytest.mark.documented
def test_transfer__no_guest(gizwits: GizwitsTarget) -> None:
    """Only a guest of the device becomes owner: no stranger, no receiver who has not answered."""
    owner, device = shared_device(gizwits)
    waiting = gizwits.new_user()
    invite(gizwits, owner, device, waiting)
    for uid in (gizwits.names.hex(32), waiting.uid, owner.uid):
        expect.refused(transfer(gizwits, owner, device.did, uid, expected=ANY), 9082)
    expect.equal("owner", role_of(gizwits, owner, device), "role of the owner")


@case(TRANSFER, kind="negative", errors=(9014,), needs=("fresh-accounts",))
@pytest.mark.documented
def test_transfer__no_device(gizwits: GizwitsTarget) -> None:
    """A device nobody knows is not handed over."""
    user, heir = gizwits.new_user(), gizwits.new_user()
    expect.refused(transfer(gizwits, user, gizwits.names.hex(22), heir.uid, expected=ANY), 9014)


@case(TRANSFER, kind="negative")
@negatives.parametrize(TRANSFER)
def test_transfer__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers, unknown devices."""
    negatives.judge(gizwits, negative)
