"""Binding by QR code (gizwits.md:728, 941-965)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import EXTENDED
from thingproof_conformance.suites.gizwits.sharing_steps import role_of
from thingproof_conformance.suites.gizwits.steps import ask, details, devices_of
from thingproof_conformance.vendor_target import ANY
from thingproof_conformance.verdicts import NotApplicable

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

LATEST = "gizwits.bindings.bind_latest"


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


@case(LATEST, kind="consistency", rules=("r2", "r6"), needs=("fresh-accounts",))
@pytest.mark.inferred
def test_bind_latest__again(gizwits: GizwitsTarget) -> None:
    """Scanning the code of a device one has changes nothing: one binding, the role it had."""
    user, device = gizwits.bound()
    if not device.qr_content:
        raise NotApplicable("the target does not tell the QR codes of its devices")
    before = role_of(gizwits, user, device)
    scan(gizwits, user, device.qr_content)
    shown = [row["role"] for row in devices_of(gizwits, user, limit=100) if row["did"] == device.did]
    expect.equal([before], shown, "roles")


@case(LATEST, kind="negative", errors=(9014,), needs=("seed",))
@pytest.mark.inferred
def test_bind_latest__no_such_device(gizwits: GizwitsTarget) -> None:
    """A good code of an address that no device has binds nothing."""
    user, product = gizwits.new_user(), gizwits.new_product(EXTENDED)
    content = gizwits.qr_content(product, gizwits.names.mac())
    expect.refused(scan(gizwits, user, content, expected=ANY), 9014)
    expect.equal([], devices_of(gizwits, user), "devices")


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
