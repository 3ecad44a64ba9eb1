"""What users change of their own bindings, guests, and binding by QR code (gizwits.md:941-1084)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import EXTENDED
from thingproof_conformance.suites.gizwits.sharing_steps import add_guest, role_of, shared_device
from thingproof_conformance.suites.gizwits.steps import ask, details, renew
from thingproof_conformance.vendor_target import ANY
from thingproof_conformance.verdicts import NotApplicable

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

UPDATE, LATEST = "gizwits.bindings.update", "gizwits.bindings.bind_latest"
GUESTS, REMOVE = "gizwits.bindings.guests.list", "gizwits.bindings.guests.remove"


def update(
    gizwits: GizwitsTarget, user: User, device: Device, *, expected: Any = "success", **body: Any
) -> Answer:
    """Change a binding."""
    return ask(gizwits, "bindings.update", user, path={"did": device.did}, json=body, expected=expected)


def scan(
    gizwits: GizwitsTarget, user: User, content: str, *, expected: Any = "success", **body: Any
) -> Answer:
    """Bind the device of a code."""
    return ask(gizwits, "bindings.bind_latest", user, json={"qr_content": content, **body}, expected=expected)


def coded(gizwits: GizwitsTarget, **product: Any) -> Device:
    """A fresh device whose code is known."""
    device = gizwits.new_device(gizwits.new_product(EXTENDED, **product))
    if not device.qr_content:
        raise NotApplicable("the target does not tell the QR codes of its devices")
    return device


def guests(gizwits: GizwitsTarget, user: User, device: Device, *, expected: Any = "success") -> Any:
    """The guests of a device."""
    return ask(gizwits, "bindings.guests.list", user, path={"did": device.did}, expected=expected)


def remove(
    gizwits: GizwitsTarget, user: User, device: Device, uid: str, *, expected: Any = "success"
) -> Answer:
    """Remove a guest."""
    parts = {"path": {"did": device.did}, "query": {"uid": uid}}
    return ask(gizwits, "bindings.guests.remove", user, expected=expected, **parts)


# Remark, alias, labels.


@case(UPDATE, kind="documented", rules=("r1", "r4", "r5", "r7"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.35")
def test_update__is_kept(gizwits: GizwitsTarget) -> None:
    """Remark, alias and labels are answered and shown from then on."""
    user, device = gizwits.bound()
    given = {"remark": "备注", "dev_alias": "设备别名", "dev_label": ["标签1", "标签2"]}
    answer = update(gizwits, user, device, **given)
    expect.equal(given, {name: answer[name] for name in given}, "the answer")
    shown = details(gizwits, user, device)
    expect.equal(given, {name: shown[name] for name in given}, "the details")


@case(UPDATE, kind="documented", rules=("r3",), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("member", ["remark", "dev_alias", "dev_label"])
def test_update__one_member(gizwits: GizwitsTarget, member: str) -> None:
    """One of the three suffices and leaves the others as they were."""
    user, device = gizwits.bound()
    before = {"remark": "a", "dev_alias": "b", "dev_label": ["c"]}
    update(gizwits, user, device, **before)
    value: Any = ["new"] if member == "dev_label" else "new"
    update(gizwits, user, device, **{member: value})
    shown = details(gizwits, user, device)
    expect.equal(before | {member: value}, {name: shown[name] for name in before}, "the details")


@case(UPDATE, kind="consistency", rules=("r2",), needs=("seed",))
@pytest.mark.documented
def test_update__per_user(gizwits: GizwitsTarget) -> None:
    """Two users of a device have remarks and aliases of their own."""
    first, device = gizwits.bound(gizwits.new_product(EXTENDED))
    second = gizwits.new_user()
    gizwits.bind(second, device)
    update(gizwits, first, device, remark="mine", dev_alias="one", dev_label=["x"])
    update(gizwits, second, device, remark="yours", dev_alias="two")
    shown = [details(gizwits, user, device) for user in (first, second)]
    pairs = [(row["remark"], row["dev_alias"]) for row in shown]
    expect.equal([("mine", "one"), ("yours", "two")], pairs, "remark and alias")
    expect.equal([["x"], []], [row["dev_label"] for row in shown], "labels")


@case(UPDATE, kind="negative", rules=("r3",), errors=(9015,), needs=("seed",))
@pytest.mark.documented
def test_update__nothing(gizwits: GizwitsTarget) -> None:
    """Without any of the three the call is refused."""
    user, device = gizwits.bound()
    expect.refused(update(gizwits, user, device, expected=ANY), 9015)


@case(UPDATE, kind="permission", rules=("r1",), errors=(9017,), needs=("seed",))
@pytest.mark.inferred
def test_update__not_bound(gizwits: GizwitsTarget) -> None:
    """A device that is not bound cannot be changed."""
    _, device = gizwits.bound()
    expect.refused(update(gizwits, gizwits.new_user(), device, remark="x", expected=ANY), 9017)


@case(UPDATE, kind="negative")
@negatives.parametrize(UPDATE)
def test_update__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


# By QR code.


@case(
    LATEST,
    kind="consistency",
    rules=("r2", "r3", "r6", "gizwits.global.r15"),
    needs=("seed",),
)
@pytest.mark.contradictory("gizwits.contra.90")
def test_bind_latest__binds(gizwits: GizwitsTarget) -> None:
    """The code of a device binds it as its MAC address does: same device, same roles."""
    device = coded(gizwits)
    first, second = gizwits.new_user(), gizwits.new_user()
    scan(gizwits, first, device.qr_content)
    expect.equal("special", role_of(gizwits, first, device), "role of the first user")
    gizwits.bind(second, device)
    expect.equal("normal", role_of(gizwits, second, device), "role of the second user")
    expect.equal(device.mac, details(gizwits, first, device)["mac"], "mac")


@case(LATEST, kind="state", rules=("r4",), needs=("seed",))
@pytest.mark.documented
def test_bind_latest__set_owner(gizwits: GizwitsTarget) -> None:
    """With sharing and set_owner 1 the first user becomes owner; without sharing it changes nothing."""
    shared, plain = coded(gizwits, sharing=True), coded(gizwits)
    user = gizwits.new_user()
    for device in (shared, plain):
        scan(gizwits, user, device.qr_content, set_owner=1)
    roles = [role_of(gizwits, user, device) for device in (shared, plain)]
    expect.equal(["owner", "special"], roles, "roles")


@case(LATEST, kind="permission", rules=("r4",), errors=(9092,), needs=("seed",))
@pytest.mark.documented
def test_bind_latest__owner_exists(gizwits: GizwitsTarget) -> None:
    """A device with an owner is bound by nobody else, by code as little as by MAC address."""
    device = coded(gizwits, sharing=True)
    scan(gizwits, gizwits.new_user(), device.qr_content, set_owner=1)
    expect.refused(scan(gizwits, gizwits.new_user(), device.qr_content, expected=ANY), 9092)


@case(LATEST, kind="negative", rules=("r1",), errors=(9040,), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("how", ["text", "address", "changed", "cut"])
def test_bind_latest__foreign_code(gizwits: GizwitsTarget, how: str) -> None:
    """Only codes of the vendor's service are taken."""
    device = coded(gizwits)
    made = device.qr_content
    changed = made[:-3] + ("AAA" if made[-3:] != "AAA" else "BBB")
    contents = {
        "text": "hello",
        "address": f"{device.product.product_key},{device.mac}",
        "changed": changed,
        "cut": made[: len(made) // 2],
    }
    expect.refused(scan(gizwits, gizwits.new_user(), contents[how], expected=ANY), 9040)


@case(LATEST, kind="negative", errors=(9023,), needs=("seed",))
@pytest.mark.inferred
def test_bind_latest__deregistered(gizwits: GizwitsTarget) -> None:
    """A deregistered device cannot be bound."""
    device = coded(gizwits)
    gizwits.control.device("gizwits", device.did, disabled=True)
    expect.refused(scan(gizwits, gizwits.new_user(), device.qr_content, expected=ANY), 9023)


@case(LATEST, kind="negative")
@negatives.parametrize(LATEST)
def test_bind_latest__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


# Guests.


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


@case(GUESTS, kind="documented", rules=("r2", "r3", "r4"), needs=("seed", "outbox"))
@pytest.mark.contradictory("gizwits.contra.14")
def test_guests_list__masked(gizwits: GizwitsTarget) -> None:
    """User name, phone and e-mail have their middle hidden behind ****."""
    owner, device = shared_device(gizwits)
    for how, member in (("username", "username"), ("phone", "phone"), ("email", "email")):
        guest = gizwits.new_user(how)
        number = ask(
            gizwits,
            "sharing.create",
            owner,
            json={"type": 0, "did": device.did, "uid": guest.uid},
        )["id"]
        ask(gizwits, "sharing.respond", guest, path={"id": number}, query={"status": 1})
        row = next(row for row in guests(gizwits, owner, device).body if row["uid"] == guest.uid)
        masked, plain = str(row[member]), str(getattr(guest, member))
        expect.contains("****", masked, member)
        expect.different(plain, masked, member)
        if how == "email":
            expect.equal(plain.partition("@")[2], masked.partition("@")[2], "domain")
            expect.lacks(plain.partition("@")[0], masked, "e-mail")
        elif how == "phone":
            expect.equal(plain[:3], masked[:3], "the first digits")


@case(GUESTS, kind="time", rules=("r5",), needs=("seed", "clock"))
@pytest.mark.documented
def test_guests_list__time_of_acceptance(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """created_at is the moment of acceptance in UTC, not that of the invitation."""
    owner, device = shared_device(gizwits)
    guest = gizwits.new_user()
    control.freeze(at=1_800_000_000.0)
    owner = renew(gizwits, owner)
    guest = renew(gizwits, guest)
    body = {"type": 0, "did": device.did, "uid": guest.uid}
    number = ask(gizwits, "sharing.create", owner, json=body)["id"]
    control.advance(600)
    ask(gizwits, "sharing.respond", guest, path={"id": number}, query={"status": 1})
    row = guests(gizwits, owner, device).body[0]
    expect.matches(r"2027-01-15T08:10:00(\.\d+)?Z?", row["created_at"], "created_at")


@case(GUESTS, kind="permission", rules=("r9",), errors=(9093,), needs=("seed",))
@pytest.mark.documented
def test_guests_list__owner_only(gizwits: GizwitsTarget) -> None:
    """Guests, strangers and special users of a device without sharing do not see guests."""
    owner, device = shared_device(gizwits)
    guest, _ = add_guest(gizwits, owner, device)
    for user in (guest, gizwits.new_user()):
        expect.refused(guests(gizwits, user, device, expected=ANY), 9093)


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
    """The owner does not remove the own binding this way."""
    owner, device = shared_device(gizwits)
    expect.refused(remove(gizwits, owner, device, owner.uid, expected=ANY), 9095)
    expect.equal("owner", role_of(gizwits, owner, device), "role")


@case(REMOVE, kind="negative", rules=("r4",), errors=(9082,), needs=("seed",))
@pytest.mark.documented
def test_guests_remove__no_guest(gizwits: GizwitsTarget) -> None:
    """A uid that is no guest of the device is refused, known or not."""
    owner, device = shared_device(gizwits)
    for uid in (gizwits.names.hex(32), gizwits.new_user().uid):
        expect.refused(remove(gizwits, owner, device, uid, expected=ANY), 9082)


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
