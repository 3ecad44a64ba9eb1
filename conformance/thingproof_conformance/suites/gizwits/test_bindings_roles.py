"""Roles and the signature of a binding (gizwits.md:187-197, 711-721, 749-755)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import EXTENDED
from thingproof_conformance.suites.gizwits.steps import details, devices_of
from thingproof_conformance.vendor_target import ANY
from thingproof_conformance.vendors.gizwits.subjects import md5

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

BIND = "gizwits.bindings.bind_mac"
TIMESTAMP, SIGNATURE = "x-gizwits-timestamp", "x-gizwits-signature"
WINDOW_S = 300


def device_of(gizwits: GizwitsTarget, *, sharing: bool = False) -> Device:
    """A fresh device of a fresh product."""
    return gizwits.new_device(gizwits.new_product(EXTENDED, sharing=sharing))


def attempt(
    gizwits: GizwitsTarget, user: User, device: Device, headers: dict[str, str], **body: object
) -> Answer:
    """Try to bind with the given headers; the case judges."""
    given = {"product_key": device.product.product_key, "mac": device.mac, **body}
    return gizwits.call(BIND, token=user, headers=headers, json=given, expect=ANY)


# Roles.


@case(BIND, kind="state", rules=("r7", "r15", "gizwits.global.r13", "gizwits.global.r14"), needs=("seed",))
@pytest.mark.documented
def test_bind_mac__first_is_special(gizwits: GizwitsTarget) -> None:
    """The first user of a device of a product without sharing becomes special (br1)."""
    expect.equal("special", gizwits.bind(gizwits.new_user(), device_of(gizwits))["role"], "role")


@case(BIND, kind="state", rules=("r8", "r12"), needs=("seed",))
@pytest.mark.documented
def test_bind_mac__next_are_normal(gizwits: GizwitsTarget) -> None:
    """All further users become normal, and the first stays special (br2)."""
    device = device_of(gizwits)
    users = [gizwits.new_user() for _ in range(3)]
    roles = [gizwits.bind(user, device)["role"] for user in users]
    expect.equal(["special", "normal", "normal"], roles, "roles")
    shown = [details(gizwits, user, device)["role"] for user in users]
    expect.equal(roles, shown, "roles in the details")


@case(BIND, kind="state", rules=("r9", "r5", "gizwits.global.r16"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.11")
def test_bind_mac__set_owner(gizwits: GizwitsTarget) -> None:
    """With sharing enabled and set_owner 1 the first user becomes owner (br18)."""
    device = device_of(gizwits, sharing=True)
    expect.equal("owner", gizwits.bind(gizwits.new_user(), device, set_owner=1)["role"], "role")


@case(BIND, kind="state", rules=("r9", "r5"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.11")
@pytest.mark.parametrize("body", [{}, {"set_owner": 0}], ids=["default", "zero"])
def test_bind_mac__owner_unasked(gizwits: GizwitsTarget, body: dict[str, int]) -> None:
    """With sharing the first user becomes owner unasked (br7, 718); special is the other reading (755)."""
    role = gizwits.bind(gizwits.new_user(), device_of(gizwits, sharing=True), **body)["role"]
    expect.either(
        "gizwits.contra.11",
        a=lambda: expect.equal("owner", role, "role"),
        b=lambda: expect.equal("special", role, "role"),
    )


@case(BIND, kind="state", rules=("r6", "r7"), needs=("seed",))
@pytest.mark.documented
def test_bind_mac__set_owner_without_sharing(gizwits: GizwitsTarget) -> None:
    """set_owner has no effect for a product without sharing."""
    role = gizwits.bind(gizwits.new_user(), device_of(gizwits), set_owner=1)["role"]
    expect.equal("special", role, "role")


@case(BIND, kind="permission", rules=("r10", "gizwits.global.r16"), errors=(9092,), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("set_owner", [0, 1])
def test_bind_mac__owner_exists(gizwits: GizwitsTarget, set_owner: int) -> None:
    """With an owner present nobody else binds the device, asking for ownership or not (br8)."""
    device, stranger = device_of(gizwits, sharing=True), gizwits.new_user()
    owner = gizwits.new_user()
    gizwits.bind(owner, device, set_owner=1)
    answer = attempt(gizwits, stranger, device, gizwits.signature(device.product), set_owner=set_owner)
    expect.refused(answer, 9092)
    expect.equal([], devices_of(gizwits, stranger), "devices of the refused user")
    expect.equal("owner", details(gizwits, owner, device)["role"], "the owner's role")


# The signature.


@case(
    BIND,
    kind="negative",
    rules=("r3", "gizwits.global.r9", "gizwits.global.r11", "gizwits.global.r12"),
    errors=(9044,),
    needs=("seed",),
)
@pytest.mark.documented
@pytest.mark.parametrize(
    "wrong", ["reversed", "with_plus", "of_the_key", "sixteen_digits", "garbage", "without_time"]
)
def test_bind_mac__wrong_signature(gizwits: GizwitsTarget, wrong: str) -> None:
    """Only lower(md5(product_secret + X-Gizwits-Timestamp)) signs a binding."""
    user, device = gizwits.new_user(), device_of(gizwits)
    secret, stamp = device.product.product_secret, str(int(gizwits.now()))
    signatures = {
        "reversed": md5(stamp + secret),
        "with_plus": md5(f"{secret}+{stamp}"),
        "of_the_key": md5(device.product.product_key + stamp),
        "sixteen_digits": md5(secret + stamp)[8:24],
        "garbage": gizwits.names.hex(32),
        "without_time": md5(secret),
    }
    headers = {TIMESTAMP: stamp, SIGNATURE: signatures[wrong]}
    expect.refused(attempt(gizwits, user, device, headers), 9044)
    expect.equal([], devices_of(gizwits, user), "devices")


@case(BIND, kind="negative", rules=("gizwits.global.r10",), needs=("seed",))
@pytest.mark.inferred
def test_bind_mac__lower_case_signature(gizwits: GizwitsTarget) -> None:
    """The signature in lower case, as "lower" asks, is accepted."""
    user, device = gizwits.new_user(), device_of(gizwits)
    headers = gizwits.signature(device.product)
    expect.matches("[0-9a-f]{32}", headers[SIGNATURE], "the signature")
    expect.accepted(attempt(gizwits, user, device, headers))


@case(BIND, kind="permission", rules=("r3",), errors=(9044,), needs=("seed",))
@pytest.mark.inferred
def test_bind_mac__signature_of_another_product(gizwits: GizwitsTarget) -> None:
    """The secret of another product does not sign."""
    user, device, other = gizwits.new_user(), device_of(gizwits), gizwits.new_product(EXTENDED)
    stamp = str(int(gizwits.now()))
    headers = {TIMESTAMP: stamp, SIGNATURE: md5(other.product_secret + stamp)}
    expect.refused(attempt(gizwits, user, device, headers), 9044)


@case(BIND, kind="permission", rules=("r3", "gizwits.global.r12"), errors=(9044,), needs=("seed",))
@pytest.mark.documented
def test_bind_mac__signature_of_another_time(gizwits: GizwitsTarget) -> None:
    """The signature belongs to the timestamp sent with it."""
    user, device = gizwits.new_user(), device_of(gizwits)
    now = int(gizwits.now())
    headers = gizwits.signature(device.product, now - 1) | {TIMESTAMP: str(now)}
    expect.refused(attempt(gizwits, user, device, headers), 9044)


@case(BIND, kind="time", rules=("r2",), errors=(9043,), needs=("seed", "clock"))
@pytest.mark.contradictory("gizwits.contra.98")
@pytest.mark.parametrize(
    ("offset", "accepted"),
    [
        (0, True),
        (-WINDOW_S + 1, True),
        (-WINDOW_S, True),
        (-WINDOW_S - 1, False),
        (WINDOW_S - 1, True),
        (WINDOW_S, True),
        (WINDOW_S + 1, False),
    ],
)
def test_bind_mac__window(
    gizwits: GizwitsTarget, control: ControlClient, offset: int, accepted: bool
) -> None:
    """A timestamp may differ from server time by 5 minutes, to either side, and no second more."""
    user, device = gizwits.new_user(), device_of(gizwits)
    now = int(control.freeze(at=float(int(gizwits.now()) + 1)))
    answer = attempt(gizwits, user, device, gizwits.signature(device.product, now + offset))
    if accepted:
        expect.accepted(answer)
    else:
        expect.refused(answer, 9043)


@case(BIND, kind="time", rules=("r2",), errors=(9043,), needs=("seed", "clock"))
@pytest.mark.documented
def test_bind_mac__signature_ages(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A signature that was good is refused when it is more than five minutes old."""
    user, device = gizwits.new_user(), device_of(gizwits)
    headers = gizwits.signature(device.product)
    expect.accepted(attempt(gizwits, user, device, headers))
    control.advance(WINDOW_S + 2)
    expect.refused(attempt(gizwits, user, device, headers), 9043)


@case(BIND, kind="negative", rules=("r2",), errors=(9043,), needs=("seed",))
@pytest.mark.inferred
@pytest.mark.parametrize("stamp", ["now", "-1", "0", "99999999999999999999"])
def test_bind_mac__timestamp_is_no_time(gizwits: GizwitsTarget, stamp: str) -> None:
    """A timestamp that is no second near now is refused, however well it is signed."""
    user, device = gizwits.new_user(), device_of(gizwits)
    expect.refused(attempt(gizwits, user, device, gizwits.signature(device.product, stamp)), 9043, 9015)
