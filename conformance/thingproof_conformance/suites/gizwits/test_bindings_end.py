"""The end of bindings, and who follows (gizwits.md:715-721, 802-841)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, EXTENDED
from thingproof_conformance.suites.gizwits.sharing_steps import add_guest, role_of, shared_device
from thingproof_conformance.suites.gizwits.steps import ask, control, details, switch_on
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

UNBIND = "gizwits.bindings.unbind"


def unbind(gizwits: GizwitsTarget, user: User, *devices: Any, expected: Any = "success") -> Answer:
    """Give devices up."""
    entries = [{"did": getattr(device, "did", device)} for device in devices]
    return ask(gizwits, "bindings.unbind", user, json={"devices": entries}, expected=expected)


def crowd(gizwits: GizwitsTarget, count: int) -> tuple[Device, list[User]]:
    """A device without sharing and so many users of it, the special one first."""
    device = gizwits.new_device(gizwits.new_product(EXTENDED))
    users = [gizwits.new_user() for _ in range(count)]
    for user in users:
        gizwits.bind(user, device)
    return device, users


@case(UNBIND, kind="documented", rules=("r1", "r2", "r3", "r4", "r8"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.46")
def test_unbind__success_and_failed(gizwits: GizwitsTarget) -> None:
    """Bound devices are unbound, others are told as failed; both lists hold plain dids."""
    user, device = gizwits.bound()
    other, stranger = gizwits.new_device(), gizwits.names.hex(22)
    answer = unbind(gizwits, user, device, other, stranger)
    expect.equal([device.did], answer["success"], "success")
    expect.equal({other.did, stranger}, set(answer["failed"]), "failed")
    expect.equal(None, role_of(gizwits, user, device), "role after unbinding")


@case(UNBIND, kind="permission", rules=("r2",), errors=(9017,), needs=("seed", "hardware"))
@pytest.mark.inferred
def test_unbind__ends_control(gizwits: GizwitsTarget) -> None:
    """Who gave a device up can neither see nor control it."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    switch_on(gizwits, device)
    unbind(gizwits, user, device)
    expect.refused(details(gizwits, user, device, expected=ANY), 9017)
    expect.refused(control(gizwits, user, device, attrs={"switch": 1}, expected=ANY), 9017)


@case(
    UNBIND,
    kind="event",
    rules=("r5",),
    events=("binding.changed.promotion",),
    needs=("seed",),
)
@pytest.mark.documented
def test_unbind__normal_becomes_special(gizwits: GizwitsTarget) -> None:
    """When the special user leaves the normal one becomes special (br3)."""
    device, (special, normal) = crowd(gizwits, 2)
    unbind(gizwits, special, device)
    expect.equal("special", role_of(gizwits, normal, device), "role of the other user")
    expect.equal(None, role_of(gizwits, special, device), "role of who left")


@case(UNBIND, kind="state", rules=("r5",), events=("binding.changed.promotion",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.101")
def test_unbind__one_of_several_follows(gizwits: GizwitsTarget) -> None:
    """Of several normal users exactly one becomes special: the one bound first, or another."""
    device, users = crowd(gizwits, 4)
    unbind(gizwits, users[0], device)
    roles = [role_of(gizwits, user, device) for user in users[1:]]
    expect.equal(["normal", "normal", "special"], sorted(map(str, roles)), "roles")
    expect.either(
        "gizwits.contra.101",
        a=lambda: expect.equal("special", roles[0], "role of the oldest binding"),
        b=lambda: expect.contains("special", roles[1:], "roles of the younger bindings"),
    )


@case(UNBIND, kind="state", rules=("r2",), needs=("seed",))
@pytest.mark.inferred
def test_unbind__normal_leaves(gizwits: GizwitsTarget) -> None:
    """When a normal user leaves nobody's role changes (br5)."""
    device, (special, normal, other) = crowd(gizwits, 3)
    unbind(gizwits, normal, device)
    roles = [role_of(gizwits, user, device) for user in (special, normal, other)]
    expect.equal(["special", None, "normal"], roles, "roles")


@case(UNBIND, kind="state", rules=("r2",), needs=("seed",))
@pytest.mark.inferred
def test_unbind__last_user_leaves(gizwits: GizwitsTarget) -> None:
    """After the last user the device is free: the next one is special again (br4)."""
    device, (special,) = crowd(gizwits, 1)
    unbind(gizwits, special, device)
    expect.equal("special", gizwits.bind(gizwits.new_user(), device)["role"], "role of the next user")


@case(
    UNBIND,
    kind="event",
    rules=("r6",),
    events=("binding.changed.owner_left",),
    needs=("seed",),
)
@pytest.mark.contradictory("gizwits.contra.67")
def test_unbind__owner_leaves(gizwits: GizwitsTarget) -> None:
    """The owner may leave; with the owner every guest loses the device, and it is free (br11)."""
    owner, device = shared_device(gizwits)
    guests = [add_guest(gizwits, owner, device)[0] for _ in range(2)]
    expect.equal([device.did], unbind(gizwits, owner, device)["success"], "success")
    roles = [role_of(gizwits, user, device) for user in (owner, *guests)]
    expect.equal([None, None, None], roles, "roles")
    expect.equal("owner", gizwits.bind(gizwits.new_user(), device, set_owner=1)["role"], "the next role")


@case(UNBIND, kind="state", rules=("r2",), needs=("seed",))
@pytest.mark.inferred
def test_unbind__guest_leaves(gizwits: GizwitsTarget) -> None:
    """A guest may leave; owner and other guests keep their roles (br14)."""
    owner, device = shared_device(gizwits)
    guest, other = (add_guest(gizwits, owner, device)[0] for _ in range(2))
    unbind(gizwits, guest, device)
    roles = [role_of(gizwits, user, device) for user in (owner, guest, other)]
    expect.equal(["owner", None, "guest"], roles, "roles")


@case(UNBIND, kind="negative", errors=(9099,), needs=("seed", "faults"))
@pytest.mark.documented
def test_unbind__notices_fail(gizwits: GizwitsTarget) -> None:
    """When the users concerned cannot be told, unbinding is refused with 9099 and nothing changes."""
    user, device = gizwits.bound()
    with gizwits.control.fault("binding_notices_fail"):
        expect.refused(unbind(gizwits, user, device, expected=ANY), 9099)
    expect.equal("special", role_of(gizwits, user, device), "role")


@case(UNBIND, kind="negative", errors=(9015,), needs=("fresh-accounts",))
@pytest.mark.inferred
@pytest.mark.parametrize("devices", [[], [{}], [{"did": 5}], [None]], ids=str)
def test_unbind__no_devices(gizwits: GizwitsTarget, devices: list[Any]) -> None:
    """A list that names no device is refused."""
    user = gizwits.new_user()
    answer = ask(gizwits, "bindings.unbind", user, json={"devices": devices}, expected=ANY)
    expect.refused(answer, 9015)


@case(UNBIND, kind="negative")
@negatives.parametrize(UNBIND)
def test_unbind__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)
