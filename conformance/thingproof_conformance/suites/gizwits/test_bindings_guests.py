"""Guests of a device: who they are, and how the owner removes them (gizwits.md:1015-1084)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import EXTENDED
from thingproof_conformance.suites.gizwits.sharing_steps import (
    REFUSED,
    add_guest,
    cancel,
    check_masked,
    give_up,
    invite,
    respond,
    role_of,
    shared_device,
)
from thingproof_conformance.suites.gizwits.steps import ask, renew
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

GUESTS, REMOVE = "gizwits.bindings.guests.list", "gizwits.bindings.guests.remove"


def guests(gizwits: GizwitsTarget, user: User, device: Device, *, expected: Any = "success") -> Any:
    """The guests of a device."""
    return ask(gizwits, "bindings.guests.list", user, path={"did": device.did}, expected=expected)


def remove(
    gizwits: GizwitsTarget, user: User, device: Device, uid: str, *, expected: Any = "success"
) -> Answer:
    """Remove a guest."""
    parts = {"path": {"did": device.did}, "query": {"uid": uid}}
    return ask(gizwits, "bindings.guests.remove", user, expected=expected, **parts)


@case(GUESTS, kind="documented", rules=("r1", "r6", "r7", "r8", "r11"), needs=("seed",))
@pytest.mark.documented
def test_guests_list__who_accepted(gizwits: GizwitsTarget) -> None:
    """The owner sees who accepted, by uid; what a guest never told is null; the owner is not listed."""
    owner, device = shared_device(gizwits)
    expect.equal([], guests(gizwits, owner, device).body, "guests before")
    people = [add_guest(gizwits, owner, device)[0] for _ in range(2)]
    rows = guests(gizwits, owner, device).body
    expect.equal({person.uid for person in people}, {row["uid"] for row in rows}, "uids")
    expect.equal([(None, None)] * 2, [(row["phone"], row["email"]) for row in rows], "phone and e-mail")


@case(GUESTS, kind="documented", rules=("r7",), needs=("seed", "outbox"))
@pytest.mark.contradictory("gizwits.contra.14")
@pytest.mark.parametrize(
    "member",
    [
        pytest.param("username", marks=pytest.mark.covers(rules=("r2",))),
        pytest.param("phone", marks=pytest.mark.covers(rules=("r3",))),
        pytest.param("email", marks=pytest.mark.covers(rules=("r4",))),
    ],
)
def test_guests_list__masked(gizwits: GizwitsTarget, member: str) -> None:
    """User name, phone and e-mail have their middle hidden behind ****; the uid is whole."""
    owner, device = shared_device(gizwits)
    guest = gizwits.new_user(member)
    respond(gizwits, guest, invite(gizwits, owner, device, guest))
    (row,) = guests(gizwits, owner, device).body
    check_masked(member, str(getattr(guest, member)), row[member])
    expect.equal(guest.uid, row["uid"], "uid")
    others = {"username", "phone", "email"} - {member}
    expect.equal([None, None], [row[name] for name in others], "what the guest never told")


@case(GUESTS, kind="time", rules=("r5",), needs=("seed", "clock"))
@pytest.mark.documented
def test_guests_list__time_of_acceptance(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """created_at is the moment of acceptance in UTC, not that of the invitation."""
    owner, device = shared_device(gizwits)
    guest = gizwits.new_user()
    control.freeze(at=1_800_000_000.0)
    owner = renew(gizwits, owner)
    guest = renew(gizwits, guest)
    number = invite(gizwits, owner, device, guest)
    control.advance(600)
    respond(gizwits, guest, number)
    (row,) = guests(gizwits, owner, device).body
    expect.matches(r"2027-01-15T08:10:00(\.\d+)?Z?", row["created_at"], "created_at")


@case(GUESTS, kind="permission", rules=("r9",), errors=(9093,), needs=("seed",))
@pytest.mark.documented
def test_guests_list__owner_only(gizwits: GizwitsTarget) -> None:
    """Guests, strangers, and special and normal users of a device without sharing do not see guests."""
    owner, device = shared_device(gizwits)
    guest, _ = add_guest(gizwits, owner, device)
    for user in (guest, gizwits.new_user()):
        expect.refused(guests(gizwits, user, device, expected=ANY), 9093)
    special, unshared = gizwits.bound(gizwits.new_product(EXTENDED))
    normal = gizwits.new_user()
    gizwits.bind(normal, unshared)
    for user in (special, normal):
        expect.refused(guests(gizwits, user, unshared, expected=ANY), 9093)


@case(GUESTS, kind="state", rules=("r1",), needs=("seed",))
@pytest.mark.documented
def test_guests_list__only_who_accepted(gizwits: GizwitsTarget) -> None:
    """Who has not answered, who rejected and who left are no guests."""
    owner, device = shared_device(gizwits)
    invite(gizwits, owner, device, gizwits.new_user())
    rejecting = gizwits.new_user()
    respond(gizwits, rejecting, invite(gizwits, owner, device, rejecting), REFUSED)
    leaving, _ = add_guest(gizwits, owner, device)
    give_up(gizwits, leaving, device)
    staying, _ = add_guest(gizwits, owner, device)
    rows = guests(gizwits, owner, device).body
    expect.equal([staying.uid], [row["uid"] for row in rows], "guests")


@case(GUESTS, kind="negative", errors=(9014,), needs=("fresh-accounts",))
@pytest.mark.inferred
def test_guests_list__unknown_device(gizwits: GizwitsTarget) -> None:
    """A device nobody has has no guests to show."""
    parts = {"path": {"did": gizwits.names.hex(22)}}
    answer = ask(gizwits, "bindings.guests.list", gizwits.new_user(), expected=ANY, **parts)
    expect.refused(answer, 9014)


@case(GUESTS, kind="negative")
@negatives.parametrize(GUESTS)
def test_guests_list__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


@case(REMOVE, kind="state", rules=("r1", "r6"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.48")
def test_guests_remove__ends_the_binding(gizwits: GizwitsTarget) -> None:
    """The removed guest has no role, everybody else keeps theirs (br13)."""
    owner, device = shared_device(gizwits)
    guest, other = (add_guest(gizwits, owner, device)[0] for _ in range(2))
    remove(gizwits, owner, device, guest.uid)
    roles = [role_of(gizwits, user, device) for user in (owner, guest, other)]
    expect.equal(["owner", None, "guest"], roles, "roles")


@case(REMOVE, kind="permission", rules=("r3",), errors=(9093,), needs=("seed",))
@pytest.mark.documented
def test_guests_remove__owner_only(gizwits: GizwitsTarget) -> None:
    """Nobody but the owner removes a guest, the guest included."""
    owner, device = shared_device(gizwits)
    guest, other = (add_guest(gizwits, owner, device)[0] for _ in range(2))
    for user in (other, guest, gizwits.new_user()):
        expect.refused(remove(gizwits, user, device, guest.uid, expected=ANY), 9093)
    expect.equal("guest", role_of(gizwits, guest, device), "role of the guest")


@case(REMOVE, kind="negative", rules=("r2",), errors=(9095,), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.67")
def test_guests_remove__oneself(gizwits: GizwitsTarget) -> None:
    """The owner does not remove the own binding this way, but may give the device up."""
    owner, device = shared_device(gizwits)
    expect.refused(remove(gizwits, owner, device, owner.uid, expected=ANY), 9095)
    expect.equal("owner", role_of(gizwits, owner, device), "role")
    give_up(gizwits, owner, device)
    expect.equal(None, role_of(gizwits, owner, device), "role after unbinding")


@case(REMOVE, kind="negative", rules=("r4",), errors=(9082,), needs=("seed",))
@pytest.mark.documented
def test_guests_remove__no_guest(gizwits: GizwitsTarget) -> None:
    """A uid that is no guest of the device is refused, known or not."""
    owner, device = shared_device(gizwits)
    guest, _ = add_guest(gizwits, owner, device)
    remove(gizwits, owner, device, guest.uid)
    for uid in (gizwits.names.hex(32), gizwits.new_user().uid, guest.uid):
        expect.refused(remove(gizwits, owner, device, uid, expected=ANY), 9082)


@case(REMOVE, kind="permission", rules=("r3",), errors=(9093, 9014), needs=("seed",))
@pytest.mark.inferred
def test_guests_remove__of_another_device(gizwits: GizwitsTarget) -> None:
    """Owning one device gives no power over the guests of another one, nor over a device nobody has."""
    owner, device = shared_device(gizwits)
    guest, _ = add_guest(gizwits, owner, device)
    other, _ = shared_device(gizwits)
    expect.refused(remove(gizwits, other, device, guest.uid, expected=ANY), 9093)
    expect.equal("guest", role_of(gizwits, guest, device), "role of the guest")
    parts = {"path": {"did": gizwits.names.hex(22)}, "query": {"uid": guest.uid}}
    expect.refused(ask(gizwits, "bindings.guests.remove", owner, expected=ANY, **parts), 9014)


@case(REMOVE, kind="state", rules=("r1",), needs=("seed",))
@pytest.mark.inferred
def test_guests_remove__may_come_back(gizwits: GizwitsTarget) -> None:
    """Who was removed can be invited again, and the end of the first time does not end the second."""
    owner, device = shared_device(gizwits)
    guest, first = add_guest(gizwits, owner, device)
    remove(gizwits, owner, device, guest.uid)
    respond(gizwits, guest, invite(gizwits, owner, device, guest))
    expect.equal("guest", role_of(gizwits, guest, device), "role after the second invitation")
    cancel(gizwits, owner, first, expected=ANY)
    expect.equal("guest", role_of(gizwits, guest, device), "role after recalling the first one")


@case(REMOVE, kind="negative", errors=(9099,), needs=("seed", "faults"))
@pytest.mark.documented
def test_guests_remove__notices_fail(gizwits: GizwitsTarget) -> None:
    """When the guest cannot be told, the removal is refused with 9099."""
    owner, device = shared_device(gizwits)
    guest, _ = add_guest(gizwits, owner, device)
    with gizwits.control.fault("binding_notices_fail"):
        expect.refused(remove(gizwits, owner, device, guest.uid, expected=ANY), 9099)
    expect.equal("guest", role_of(gizwits, guest, device), "role")


@case(REMOVE, kind="negative")
@negatives.parametrize(REMOVE)
def test_guests_remove__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)
