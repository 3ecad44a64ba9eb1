"""Making and listing invitations (gizwits.md:1551-1681)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import EXTENDED
from thingproof_conformance.suites.gizwits.sharing_steps import (
    ACCEPTED,
    CANCELLED,
    NORMAL,
    QR,
    REFUSED,
    WAITING,
    add_guest,
    cancel,
    invite,
    messages_of,
    received,
    respond,
    role_of,
    scan_code,
    sent,
    share,
    shared_device,
)
from thingproof_conformance.suites.gizwits.steps import ask, renew
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

CREATE, LIST = "gizwits.sharing.create", "gizwits.sharing.list"
START = 1_800_000_000.0
"""2027-01-15T08:00:00 UTC."""


def users_of_unshared(gizwits: GizwitsTarget) -> tuple[Device, User, User]:
    """A device of a product whose sharing is turned on after a special and a normal user bound it (717)."""
    product = gizwits.new_product(EXTENDED)
    device = gizwits.new_device(product)
    special, normal = gizwits.new_user(), gizwits.new_user()
    for user in (special, normal):
        gizwits.bind(user, device)
    gizwits.control.seed("gizwits", {"products": [{**product.mapping, "sharing": True}]})
    return device, special, normal


# Making.


@case(
    CREATE,
    kind="documented",
    rules=("r6", "r8", "r9", "r21", "gizwits.global.r17", "gizwits.global.r18"),
    needs=("seed",),
)
@pytest.mark.contradictory("gizwits.contra.37")
def test_create__normal(gizwits: GizwitsTarget) -> None:
    """A normal invitation has a number and no QR content; both sides find it waiting."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    answer = share(gizwits, owner, device, uid=receiver.uid)
    number = int(answer["id"])
    expect.equal(None, answer.body.get("qr_content"), "qr_content")
    for rows in (sent(gizwits, owner), received(gizwits, receiver)):
        shown = [(row["id"], row["type"], row["did"], row["status"]) for row in rows]
        expect.equal([(number, NORMAL, device.did, WAITING)], shown, "invitations")


@case(CREATE, kind="documented", rules=("r2",), needs=("seed", "outbox"))
@pytest.mark.documented
@pytest.mark.parametrize("identity", ["uid", "username", "email", "phone"])
def test_create__receiver(gizwits: GizwitsTarget, identity: str) -> None:
    """The receiver is named by uid, user name, e-mail or phone."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user("username" if identity == "uid" else identity)
    share(gizwits, owner, device, **{identity: getattr(receiver, identity)})
    expect.equal([device.did], [row["did"] for row in received(gizwits, receiver)], "received")


@case(CREATE, kind="documented", rules=("r10", "r11", "r15", "r9"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.38")
def test_create__qr(gizwits: GizwitsTarget) -> None:
    """An invitation by QR code has no number but the text of a code, new for every one."""
    owner, device = shared_device(gizwits)
    answers = [share(gizwits, owner, device, type=QR) for _ in range(2)]
    for answer in answers:
        expect.equal(None, answer["id"], "id")
        expect.matches("type=share&code=[0-9a-f]{32}", answer["qr_content"], "qr_content")
    expect.different(answers[0]["qr_content"], answers[1]["qr_content"], "codes")


@case(CREATE, kind="documented", rules=("r3",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.43")
def test_create__qr_for_anybody(gizwits: GizwitsTarget) -> None:
    """Naming a receiver has no effect on an invitation by QR code: others can accept it."""
    owner, device = shared_device(gizwits)
    named, other = gizwits.new_user(), gizwits.new_user()
    code = scan_code(gizwits, owner, device, uid=named.uid)
    expect.equal([], received(gizwits, named), "received by who was named")
    ask(gizwits, "sharing.code.accept", other, path={"code": code})
    expect.equal("guest", role_of(gizwits, other, device), "role")


@case(CREATE, kind="state", rules=("r1", "r12", "r13"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.12")
def test_create__special_becomes_owner(gizwits: GizwitsTarget) -> None:
    """A special user who shares is owner at once, normal users are guests, whatever is answered (br6)."""
    device, special, normal = users_of_unshared(gizwits)
    receiver = gizwits.new_user()
    number = invite(gizwits, special, device, receiver)
    expect.equal("owner", role_of(gizwits, special, device), "role of who shared")
    expect.equal("guest", role_of(gizwits, normal, device), "role of the normal user")
    expect.equal(None, role_of(gizwits, receiver, device), "role of the receiver before the answer")
    respond(gizwits, receiver, number, REFUSED)
    roles = [role_of(gizwits, user, device) for user in (special, normal, receiver)]
    expect.equal(["owner", "guest", None], roles, "roles after the rejection")


@case(CREATE, kind="permission", rules=("r1",), errors=(9081, 9017, 9014), needs=("seed",))
@pytest.mark.documented
def test_create__not_the_master(gizwits: GizwitsTarget) -> None:
    """Guests and normal users do not share, strangers even less, nor anybody what is no device (br17)."""
    owner, device = shared_device(gizwits)
    guest, _ = add_guest(gizwits, owner, device)
    receiver = gizwits.new_user()
    expect.refused(share(gizwits, guest, device, uid=receiver.uid, expected=ANY), 9081)
    expect.refused(share(gizwits, gizwits.new_user(), device, uid=receiver.uid, expected=ANY), 9017)
    other, _, normal = users_of_unshared(gizwits)
    expect.refused(share(gizwits, normal, other, uid=receiver.uid, expected=ANY), 9081)
    unknown = {"type": NORMAL, "did": gizwits.names.hex(22), "uid": receiver.uid}
    expect.refused(ask(gizwits, "sharing.create", owner, json=unknown, expected=ANY), 9014)
    expect.equal("normal", role_of(gizwits, normal, other), "role of the normal user")
    expect.equal([], received(gizwits, receiver), "invitations")


@case(CREATE, kind="negative", rules=("r16",), errors=(9080,), needs=("seed",))
@pytest.mark.documented
def test_create__to_oneself(gizwits: GizwitsTarget) -> None:
    """Nobody shares with themselves."""
    owner, device = shared_device(gizwits)
    expect.refused(share(gizwits, owner, device, uid=owner.uid, expected=ANY), 9080)


@case(CREATE, kind="negative", rules=("r17",), errors=(9082,), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("identity", ["uid", "username", "email", "phone"])
def test_create__unknown_receiver(gizwits: GizwitsTarget, identity: str) -> None:
    """A receiver nobody knows is refused."""
    owner, device = shared_device(gizwits)
    names = gizwits.names
    unknown = {
        "uid": names.hex(32),
        "username": names.text("nobody"),
        "email": names.email(),
        "phone": names.phone(),
    }
    answer = share(gizwits, owner, device, expected=ANY, **{identity: unknown[identity]})
    expect.refused(answer, 9082)


@case(CREATE, kind="negative", rules=("r18",), errors=(9083,), needs=("seed",))
@pytest.mark.documented
def test_create__bound_receiver(gizwits: GizwitsTarget) -> None:
    """Who has the device already is not invited."""
    owner, device = shared_device(gizwits)
    guest, _ = add_guest(gizwits, owner, device)
    expect.refused(share(gizwits, owner, device, uid=guest.uid, expected=ANY), 9083)


@case(CREATE, kind="state", rules=("r19",), errors=(9087,), needs=("seed",))
@pytest.mark.documented
def test_create__twice(gizwits: GizwitsTarget) -> None:
    """While an invitation waits there is no second one; after a rejection there is."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    number = invite(gizwits, owner, device, receiver)
    expect.refused(share(gizwits, owner, device, uid=receiver.uid, expected=ANY), 9087)
    respond(gizwits, receiver, number, REFUSED)
    expect.different(number, invite(gizwits, owner, device, receiver), "numbers")


@case(CREATE, kind="negative", rules=("r2", "r6", "r7"), errors=(9015,), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.44")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"uid": ""},
        {"type": 2},
        {"type": -1},
        {"duration": 0},
        {"duration": 1441},
        {"duration": -5},
        {"duration": 1.5},
    ],
    ids=str,
)
def test_create__bad_form(gizwits: GizwitsTarget, body: dict[str, Any]) -> None:
    """Without a receiver, with another type, with a duration outside of 1 to 1440: form invalid."""
    owner, device = shared_device(gizwits)
    receiver = {} if body == {} or "uid" in body else {"uid": gizwits.new_user().uid}
    expect.refused(share(gizwits, owner, device, expected=ANY, **receiver, **body), 9015)


@case(CREATE, kind="documented", rules=("r7",), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("duration", [1, 1440])
def test_create__longest_and_shortest(gizwits: GizwitsTarget, duration: int) -> None:
    """One minute and a day are both allowed."""
    owner, device = shared_device(gizwits)
    guest, _ = add_guest(gizwits, owner, device, duration=duration)
    expect.equal("guest", role_of(gizwits, guest, device), "role")


@case(
    CREATE,
    kind="event",
    rules=("r14",),
    events=("message.sharing.created",),
    needs=("seed",),
)
@pytest.mark.documented
def test_create__messages(gizwits: GizwitsTarget) -> None:
    """Owner and receiver get one message each; a code alone tells nobody."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    scan_code(gizwits, owner, device)
    expect.equal([], messages_of(gizwits, owner), "messages after a code")
    invite(gizwits, owner, device, receiver)
    for user in (owner, receiver):
        shown = [(row["type"], row["status"]) for row in messages_of(gizwits, user)]
        expect.equal([(1, 0)], shown, "messages")


@case(CREATE, kind="negative")
@negatives.parametrize(CREATE)
def test_create__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers, unknown devices."""
    negatives.judge(gizwits, negative)


# Listing.


@case(LIST, kind="documented", rules=("r1", "r10", "r11", "r15"), needs=("seed",))
@pytest.mark.documented
def test_list__both_sides(gizwits: GizwitsTarget) -> None:
    """The sender sees the receiver's data, the receiver the owner's."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    number = invite(gizwits, owner, device, receiver)
    out, into = sent(gizwits, owner), received(gizwits, receiver)
    expect.equal([(number, receiver.uid)], [(row["id"], row["uid"]) for row in out], "sent")
    expect.equal([(number, owner.uid)], [(row["id"], row["uid"]) for row in into], "received")
    expect.equal([], received(gizwits, owner), "received by the owner")
    expect.equal(device.product.name, out[0]["product_name"], "product_name")


@case(LIST, kind="state", rules=("r2",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.40")
def test_list__by_status(gizwits: GizwitsTarget) -> None:
    """Status chooses waiting, accepted, refused and cancelled invitations; without it all come."""
    owner, device = shared_device(gizwits)
    numbers = {}
    for status in (WAITING, ACCEPTED, REFUSED, CANCELLED):
        receiver = gizwits.new_user()
        numbers[status] = invite(gizwits, owner, device, receiver)
        if status in (ACCEPTED, REFUSED):
            respond(gizwits, receiver, numbers[status], status)
        elif status == CANCELLED:
            cancel(gizwits, owner, numbers[status])
    for status, number in numbers.items():
        rows = sent(gizwits, owner, status=status)
        expect.equal([(number, status)], [(row["id"], row["status"]) for row in rows], f"status {status}")
    expect.equal(set(numbers.values()), {row["id"] for row in sent(gizwits, owner)}, "all")


@case(LIST, kind="permission", rules=("r3",), errors=(9093,), needs=("seed",))
@pytest.mark.documented
def test_list__by_device(gizwits: GizwitsTarget) -> None:
    """Did chooses the invitations of one device, for its owner only."""
    owner, device = shared_device(gizwits)
    second = gizwits.new_device(device.product)
    gizwits.bind(owner, second, set_owner=1)
    guest, number = add_guest(gizwits, owner, device)
    invite(gizwits, owner, second, gizwits.new_user())
    rows = sent(gizwits, owner, did=device.did)
    expect.equal([number], [row["id"] for row in rows], "invitations of the device")
    query = {"sharing_type": 1, "did": device.did}
    expect.refused(ask(gizwits, "sharing.list", guest, query=query, expected=ANY), 9093)


@case(LIST, kind="documented", rules=("r4", "r5", "r12"), needs=("seed",))
@pytest.mark.documented
def test_list__pages(gizwits: GizwitsTarget) -> None:
    """Limit is 20 and skip 0 unless given; every invitation comes once over the pages."""
    owner, device = shared_device(gizwits)
    numbers = {invite(gizwits, owner, device, gizwits.new_user()) for _ in range(22)}
    first = ask(gizwits, "sharing.list", owner, query={"sharing_type": 0})
    meta = first["meta"]
    expect.equal((22, 20, 0), (meta["total"], meta["limit"], meta["skip"]), "meta")
    expect.equal(20, len(first["objects"]), "objects without limit")
    expect.equal(None, meta["previous"], "previous of the first page")
    expect.true(meta["next"], "next of the first page is missing")
    last = ask(gizwits, "sharing.list", owner, query={"sharing_type": 0, "skip": 20, "limit": 20})
    expect.equal(None, last["meta"]["next"], "next of the last page")
    expect.true(last["meta"]["previous"], "previous of the last page is missing")
    seen = [row["id"] for row in (*first["objects"], *last["objects"])]
    expect.equal((22, numbers), (len(seen), set(seen)), "invitations over both pages")
    second = ask(gizwits, "sharing.list", owner, query={"sharing_type": 0, "skip": 1, "limit": 1})
    expect.equal([seen[1]], [row["id"] for row in second["objects"]], "the second one")


@case(LIST, kind="documented", rules=("r12",), needs=("seed",))
@pytest.mark.documented
def test_list__next_page(gizwits: GizwitsTarget) -> None:
    """The address of the next page asks for the same kind and status, at another place."""
    owner, device = shared_device(gizwits)
    numbers = [invite(gizwits, owner, device, gizwits.new_user()) for _ in range(3)]
    cancel(gizwits, owner, numbers[1])
    query = {"sharing_type": 0, "status": WAITING, "limit": 1}
    first = ask(gizwits, "sharing.list", owner, query=query)
    asked = dict(parse_qsl(str(first["meta"]["next"]).partition("?")[2]))
    expect.equal(("0", "0"), (asked.get("sharing_type"), asked.get("status")), "what next asks for")
    second = ask(gizwits, "sharing.list", owner, query=asked)
    seen = {row["id"] for row in (*first["objects"], *second["objects"])}
    expect.equal({numbers[0], numbers[2]}, seen, "invitations over both pages")
    expect.equal(None, second["meta"]["next"], "next of the last page")


@case(LIST, kind="documented", rules=("r6", "r7", "r8"), needs=("seed", "outbox"))
@pytest.mark.contradictory("gizwits.contra.14")
@pytest.mark.parametrize("how", ["username", "email", "phone"])
def test_list__masked(gizwits: GizwitsTarget, how: str) -> None:
    """User name, e-mail and phone of the other party have their middle hidden."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user(how)
    invite(gizwits, owner, device, receiver)
    row = sent(gizwits, owner)[0]
    plain, masked = str(getattr(receiver, how)), str(row[how])
    expect.contains("****", masked, how)
    if how == "email":
        expect.equal(plain.partition("@")[2], masked.partition("@")[2], "domain")
        expect.lacks(plain.partition("@")[0], masked, how)
    elif how == "phone":
        expect.equal(plain[:3], masked[:3], "the first digits")
        expect.lacks(plain[3:7], masked, how)
    else:
        expect.equal((plain[0], plain[-1]), (masked[0], masked[-1]), "first and last letter")
    others = [name for name in ("username", "email", "phone") if name != how]
    expect.equal([None, None], [row[name] or None for name in others], "what the receiver never told")


@case(LIST, kind="time", rules=("r9", "r13"), needs=("seed", "clock"))
@pytest.mark.documented
def test_list__times(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Times are UTC; a normal invitation expires after 24 hours, its status has a time of its own."""
    owner, device = shared_device(gizwits)
    control.freeze(at=START)
    owner, receiver = renew(gizwits, owner), gizwits.new_user()
    number = invite(gizwits, owner, device, receiver)
    control.advance(3600)
    respond(gizwits, receiver, number, REFUSED)
    row = sent(gizwits, owner)[0]
    for name, moment in (
        ("created_at", "2027-01-15T08:00:00"),
        ("updated_at", "2027-01-15T09:00:00"),
        ("expired_at", "2027-01-16T08:00:00"),
    ):
        expect.matches(moment + r"(\.\d+)?Z?", row[name], name)


@case(LIST, kind="negative")
@negatives.parametrize(LIST)
def test_list__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)
