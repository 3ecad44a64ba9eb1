"""Answers to invitations, and their end (gizwits.md:1526-1544, 1683-1752)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER
from thingproof_conformance.suites.gizwits.sharing_steps import (
    ACCEPTED,
    CANCELLED,
    REFUSED,
    WAITING,
    add_guest,
    cancel,
    code_call,
    give_up,
    invite,
    messages_of,
    respond,
    role_of,
    scan_code,
    sent,
    shared_device,
    status_of,
)
from thingproof_conformance.suites.gizwits.steps import control as control_device
from thingproof_conformance.suites.gizwits.steps import switch_on
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

CANCEL, RESPOND = "gizwits.sharing.cancel", "gizwits.sharing.respond"
DAY = 24 * 3600


# Answering.


@case(
    RESPOND,
    kind="event",
    rules=("r1", "r2", "r3", "r4", "r5", "r9", "r11"),
    events=("message.sharing.accepted",),
    needs=("seed",),
)
@pytest.mark.documented
def test_respond__accepts(gizwits: GizwitsTarget) -> None:
    """The receiver becomes guest, the owner stays, both get a message, the number is answered (br9)."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    number = invite(gizwits, owner, device, receiver)
    before = [len(messages_of(gizwits, user)) for user in (owner, receiver)]
    expect.equal(number, int(respond(gizwits, receiver, number)["id"]), "id")
    roles = [role_of(gizwits, user, device) for user in (owner, receiver)]
    expect.equal(["owner", "guest"], roles, "roles")
    expect.equal(ACCEPTED, status_of(gizwits, owner, number), "status")
    after = [len(messages_of(gizwits, user)) for user in (owner, receiver)]
    expect.equal([count + 1 for count in before], after, "messages")


@case(RESPOND, kind="state", rules=("r1", "r5"), events=("message.sharing.rejected",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.102")
def test_respond__rejects(gizwits: GizwitsTarget) -> None:
    """A rejected invitation has status 2 and gives no role."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    number = invite(gizwits, owner, device, receiver)
    respond(gizwits, receiver, number, REFUSED)
    expect.equal(REFUSED, status_of(gizwits, owner, number), "status")
    expect.equal(None, role_of(gizwits, receiver, device), "role")


@case(
    RESPOND,
    kind="time",
    rules=("r6", "gizwits.sharing.create.r4"),
    errors=(9088,),
    events=("sharing.expired",),
    needs=("seed", "clock"),
)
@pytest.mark.documented
@pytest.mark.parametrize(("after", "accepted"), [(DAY - 60, True), (DAY + 1, False)])
def test_respond__expiry(gizwits: GizwitsTarget, control: ControlClient, after: int, accepted: bool) -> None:
    """A minute before 24 hours an invitation is accepted, a second after it is not."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    control.freeze()
    number = invite(gizwits, owner, device, receiver)
    control.advance(after)
    answer = respond(gizwits, receiver, number, expected=ANY)
    if accepted:
        expect.accepted(answer)
    else:
        expect.refused(answer, 9088)
        expect.equal(WAITING, status_of(gizwits, owner, number), "status of an expired invitation")
    expect.equal("guest" if accepted else None, role_of(gizwits, receiver, device), "role")


@case(RESPOND, kind="state", rules=("r7",), errors=(9089, 9094), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("first", [ACCEPTED, REFUSED, CANCELLED])
@pytest.mark.parametrize("second", [ACCEPTED, REFUSED])
def test_respond__not_waiting(gizwits: GizwitsTarget, first: int, second: int) -> None:
    """An answered invitation is not answered again, a cancelled one neither (ss6)."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    number = invite(gizwits, owner, device, receiver)
    if first == CANCELLED:
        cancel(gizwits, owner, number)
    else:
        respond(gizwits, receiver, number, first)
    answer = respond(gizwits, receiver, number, second, expected=ANY)
    expect.refused(answer, 9094 if first == CANCELLED else 9089)
    expect.equal(first, status_of(gizwits, owner, number), "status")


@case(RESPOND, kind="permission", errors=(9084,), needs=("seed",))
@pytest.mark.inferred
def test_respond__of_others(gizwits: GizwitsTarget) -> None:
    """Nobody but the receiver answers; the invitation still waits."""
    owner, device = shared_device(gizwits)
    number = invite(gizwits, owner, device, gizwits.new_user())
    for user in (gizwits.new_user(), owner):
        expect.refused(respond(gizwits, user, number, expected=ANY), 9084, 9101)
    expect.equal(WAITING, status_of(gizwits, owner, number), "status")
    expect.refused(respond(gizwits, owner, 2_000_000_000, expected=ANY), 9084)


@case(RESPOND, kind="state", errors=(9090,), needs=("seed",))
@pytest.mark.documented
def test_respond__owner_left(gizwits: GizwitsTarget) -> None:
    """When the owner gave the device up an invitation is worth nothing."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    number = invite(gizwits, owner, device, receiver)
    give_up(gizwits, owner, device)
    expect.refused(respond(gizwits, receiver, number, expected=ANY), 9090)
    expect.equal(None, role_of(gizwits, receiver, device), "role")


@case(RESPOND, kind="negative", rules=("r8",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.42")
def test_respond__not_for_codes(gizwits: GizwitsTarget) -> None:
    """An invitation by QR code is accepted by its code only, not by the number the owner sees."""
    owner, device = shared_device(gizwits)
    scan_code(gizwits, owner, device)
    number = int(sent(gizwits, owner)[0]["id"])
    receiver = gizwits.new_user()
    answer = respond(gizwits, receiver, number, expected=ANY)
    expect.true(not answer.ok, "an invitation by code was accepted by its number", actual=answer.summary())
    expect.equal(None, role_of(gizwits, receiver, device), "role")


@case(
    RESPOND,
    kind="time",
    rules=("gizwits.sharing.create.r7",),
    errors=(9017,),
    events=("sharing.duration_over",),
    needs=("seed", "clock", "hardware"),
)
@pytest.mark.contradictory("gizwits.contra.45")
def test_respond__duration(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """After its minutes a guest can neither see nor control the device; before it can (br16)."""
    owner, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER, sharing=True))
    switch_on(gizwits, device)
    control.freeze()
    guest, _ = add_guest(gizwits, owner, device, duration=30)
    control.advance(29 * 60)
    control_device(gizwits, guest, device, attrs={"switch": 1})
    control.advance(61)
    expect.refused(control_device(gizwits, guest, device, attrs={"switch": 0}, expected=ANY), 9017)
    expect.equal(None, role_of(gizwits, guest, device), "role of the guest")
    expect.equal("owner", role_of(gizwits, owner, device), "role of the owner")


@case(RESPOND, kind="time", rules=("gizwits.sharing.create.r7",), needs=("seed", "clock"))
@pytest.mark.contradictory("gizwits.contra.45")
def test_respond__without_duration(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A guest without duration keeps the device."""
    owner, device = shared_device(gizwits)
    guest, _ = add_guest(gizwits, owner, device)
    control.advance(3 * DAY)
    expect.equal("guest", role_of(gizwits, guest, device), "role")


@case(RESPOND, kind="negative")
@negatives.parametrize(RESPOND)
def test_respond__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


# Cancelling.


@case(
    CANCEL,
    kind="event",
    rules=("r2", "r3", "r5", "r6", "r11"),
    events=("message.sharing.cancelled_pending",),
    needs=("seed",),
)
@pytest.mark.documented
def test_cancel__waiting(gizwits: GizwitsTarget) -> None:
    """The owner retracts; only the owner gets a message; the status is cancelled (ss4)."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    number = invite(gizwits, owner, device, receiver)
    before = [len(messages_of(gizwits, user)) for user in (owner, receiver)]
    expect.equal(number, int(cancel(gizwits, owner, number)["id"]), "id")
    expect.equal(CANCELLED, status_of(gizwits, owner, number), "status")
    after = [len(messages_of(gizwits, user)) for user in (owner, receiver)]
    expect.equal([before[0] + 1, before[1]], after, "messages of owner and receiver")


@case(
    CANCEL,
    kind="event",
    rules=("r2", "r4", "r5"),
    events=("message.sharing.cancelled_accepted",),
    needs=("seed",),
)
@pytest.mark.documented
def test_cancel__accepted(gizwits: GizwitsTarget) -> None:
    """The owner recalls; the guest loses the device; both get a message (ss5, br12)."""
    owner, device = shared_device(gizwits)
    guest, number = add_guest(gizwits, owner, device)
    before = [len(messages_of(gizwits, user)) for user in (owner, guest)]
    cancel(gizwits, owner, number)
    roles = [role_of(gizwits, user, device) for user in (owner, guest)]
    expect.equal(["owner", None], roles, "roles")
    expect.equal(CANCELLED, status_of(gizwits, owner, number), "status")
    after = [len(messages_of(gizwits, user)) for user in (owner, guest)]
    expect.equal([count + 1 for count in before], after, "messages of owner and guest")


@case(CANCEL, kind="negative", rules=("r1",), needs=("seed",))
@pytest.mark.documented
def test_cancel__codes(gizwits: GizwitsTarget) -> None:
    """An invitation by QR code cannot be retracted: its code works still (ss9)."""
    owner, device = shared_device(gizwits)
    code = scan_code(gizwits, owner, device)
    answer = cancel(gizwits, owner, int(sent(gizwits, owner)[0]["id"]), expected=ANY)
    expect.true(not answer.ok, "an invitation by code was retracted", actual=answer.summary())
    expect.accepted(code_call(gizwits, gizwits.new_user(), code, accept=True))


@case(CANCEL, kind="state", rules=("r7",), errors=(9094,), needs=("seed",))
@pytest.mark.documented
def test_cancel__twice(gizwits: GizwitsTarget) -> None:
    """A cancelled invitation is not cancelled again (ss8)."""
    owner, device = shared_device(gizwits)
    number = invite(gizwits, owner, device, gizwits.new_user())
    cancel(gizwits, owner, number)
    expect.refused(cancel(gizwits, owner, number, expected=ANY), 9094)


@case(CANCEL, kind="permission", rules=("r8", "r9"), errors=(9084, 9093), needs=("seed",))
@pytest.mark.documented
def test_cancel__of_others(gizwits: GizwitsTarget) -> None:
    """Nobody but the owner cancels, the receiver included; an unknown invitation is refused."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    number = invite(gizwits, owner, device, receiver)
    for user in (receiver, gizwits.new_user()):
        expect.refused(cancel(gizwits, user, number, expected=ANY), 9093)
    expect.equal(WAITING, status_of(gizwits, owner, number), "status")
    expect.refused(cancel(gizwits, owner, 2_000_000_000, expected=ANY), 9084)


@case(CANCEL, kind="state", errors=(9090,), needs=("seed",))
@pytest.mark.documented
def test_cancel__owner_left(gizwits: GizwitsTarget) -> None:
    """Who gave the device up cannot cancel what it shared."""
    owner, device = shared_device(gizwits)
    number = invite(gizwits, owner, device, gizwits.new_user())
    give_up(gizwits, owner, device)
    expect.refused(cancel(gizwits, owner, number, expected=ANY), 9090)


@case(CANCEL, kind="negative")
@negatives.parametrize(CANCEL)
def test_cancel__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)
