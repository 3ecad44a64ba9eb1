"""Controlling a group (gizwits.md:2150-2219)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.group_steps import (
    await_heard,
    control_group,
    new_group,
    online,
    siblings,
    stays_silent,
)
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, EXTENDED
from thingproof_conformance.suites.gizwits.steps import await_entries, await_latest
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

CONTROL = "gizwits.groups.control"
NEEDS = ("seed", "hardware")


@case(
    CONTROL,
    kind="event",
    rules=("r1", "r2", "r7", "r8", "r11", "gizwits.global.r20"),
    events=("command.group", "log.app2dev.client"),
    needs=NEEDS,
)
@pytest.mark.documented
def test_control__every_device(gizwits: GizwitsTarget) -> None:
    """One call switches every device of the group on; each has one log entry of the user."""
    product = gizwits.new_product(AIR_CONDITIONER)
    user, devices = siblings(gizwits, product, 3)
    lives = online(gizwits, *devices)
    group = new_group(gizwits, user, *devices[:2], product=product)
    answer = control_group(gizwits, user, group, attrs={"switch": True})
    shown = {(row["did"], row["result"]) for row in answer.body}
    expect.equal({(device.did, True) for device in devices[:2]}, shown, "the answer")
    expect.equal(2, len(answer.body), "entries of the answer")
    for device, live in zip(devices[:2], lives, strict=False):
        await_latest(gizwits, device, switch=1)
        expect.equal(True, live.values["switch"], "the device's switch")
        entries = await_entries(gizwits, user, device, wanted=lambda entry: entry["type"] == "app2dev")
        expect.equal([("client", user.uid)], [(row["source"], row["uid"]) for row in entries], "log")
    stays_silent(lives[2])


@case(CONTROL, kind="documented", rules=("r3", "r4"), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.24")
@pytest.mark.parametrize(
    "body",
    [
        {"raw": [97, 98, 99]},
        {"raw": "616263", "binary_coding": "hex"},
        {"raw": base64.b64encode(b"abc").decode(), "binary_coding": "base64"},
    ],
    ids=["decimal", "hex", "base64"],
)
def test_control__raw(gizwits: GizwitsTarget, body: dict[str, Any]) -> None:
    """Raw bytes come as decimals, or as binary_coding says, and arrive as they are."""
    product = gizwits.new_product(AIR_CONDITIONER)
    user, devices = siblings(gizwits, product, 1)
    (live,) = online(gizwits, *devices)
    control_group(gizwits, user, new_group(gizwits, user, *devices, product=product), **body)
    expect.equal(["616263"], await_heard(live), "what the device heard")


@case(CONTROL, kind="documented", rules=("r5", "r6"), errors=(9025,), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.109")
def test_control__extended(gizwits: GizwitsTarget) -> None:
    """An extended value is hex or, by binary_coding, base64, of the full length; a shorter one is refused."""
    product = gizwits.new_product(EXTENDED)
    user, devices = siblings(gizwits, product, 1)
    (live,) = online(gizwits, *devices)
    group = new_group(gizwits, user, *devices, product=product)
    control_group(gizwits, user, group, attrs={"binary": "1234567000"})
    coded = base64.b64encode(bytes.fromhex("0102030405")).decode()
    control_group(gizwits, user, group, attrs={"binary": coded}, binary_coding="base64")
    first, second = await_heard(live, 2)
    expect.contains("1234567000", first, "the first command")
    expect.contains("0102030405", second, "the second command")
    answer = control_group(gizwits, user, group, attrs={"binary": "1234567"}, expected=ANY)
    expect.refused(answer, 9025, 9015)


@case(CONTROL, kind="documented", rules=("r9", "r8"), needs=NEEDS)
@pytest.mark.inferred
def test_control__one_offline(gizwits: GizwitsTarget) -> None:
    """A device that is offline has result false; the others are controlled all the same."""
    product = gizwits.new_product(AIR_CONDITIONER)
    user, devices = siblings(gizwits, product, 3)
    lives = online(gizwits, *devices[1:])
    group = new_group(gizwits, user, *devices, product=product)
    answer = control_group(gizwits, user, group, attrs={"switch": True})
    results = {row["did"]: row["result"] for row in answer.body}
    expected = {devices[0].did: False, devices[1].did: True, devices[2].did: True}
    expect.equal(expected, results, "results")
    for live in lives:
        await_heard(live)


@case(CONTROL, kind="negative", rules=("r1",), errors=(9015,), needs=("seed",))
@pytest.mark.documented
def test_control__mixed_group(gizwits: GizwitsTarget) -> None:
    """A group without product serves management only."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    group = new_group(gizwits, user, device)
    expect.refused(control_group(gizwits, user, group, attrs={"switch": 1}, expected=ANY), 9015)


@case(CONTROL, kind="negative", errors=(9025, 9015), needs=("seed",))
@pytest.mark.inferred
@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"attrs": {"nothing": 1}}, (9025,)),
        ({"attrs": {"room_temp": 20}}, (9025,)),
        ({"attrs": {"set_temp": 1000}}, (9025,)),
        ({"raw": [256]}, (9015,)),
        ({"raw": "616263"}, (9015,)),
        ({}, (9015,)),
        ({"raw": [1], "binary_coding": "octal"}, (9015,)),
    ],
    ids=str,
)
def test_control__bad_order(gizwits: GizwitsTarget, body: dict[str, Any], codes: tuple[int, ...]) -> None:
    """What no device of the product understands is refused as a whole."""
    product = gizwits.new_product(AIR_CONDITIONER)
    user, devices = siblings(gizwits, product, 1)
    group = new_group(gizwits, user, *devices, product=product)
    expect.refused(control_group(gizwits, user, group, expected=ANY, **body), *codes)


@case(CONTROL, kind="permission", errors=(9015,), needs=("seed",))
@pytest.mark.inferred
def test_control__group_of_another_user(gizwits: GizwitsTarget) -> None:
    """Nobody controls another user's group."""
    product = gizwits.new_product(AIR_CONDITIONER)
    user, devices = siblings(gizwits, product, 1)
    group = new_group(gizwits, user, *devices, product=product)
    answer = control_group(gizwits, gizwits.new_user(), group, attrs={"switch": 1}, expected=ANY)
    expect.refused(answer, 9015, 9014, 9017)


@case(CONTROL, kind="documented", errors=(9021,), needs=(*NEEDS, "faults"))
@pytest.mark.inferred
def test_control__not_sent(gizwits: GizwitsTarget) -> None:
    """When commands cannot be handed over each device has result false, or the call is refused with 9021."""
    product = gizwits.new_product(AIR_CONDITIONER)
    user, devices = siblings(gizwits, product, 1)
    online(gizwits, *devices)
    group = new_group(gizwits, user, *devices, product=product)
    with gizwits.control.fault("send_command_failed"):
        answer = control_group(gizwits, user, group, attrs={"switch": 1}, expected=ANY)
    if answer.ok:
        expect.equal([False], [row["result"] for row in answer.body], "results")
    else:
        expect.refused(answer, 9021)


@case(CONTROL, kind="negative")
@negatives.parametrize(CONTROL)
def test_control__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)
