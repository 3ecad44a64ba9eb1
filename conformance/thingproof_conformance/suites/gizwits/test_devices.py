"""Details of a device, and the refusals of the tag's operations (gizwits.md:1286-1344)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, AIR_REPORT, EXTENDED
from thingproof_conformance.suites.gizwits.steps import (
    await_command,
    await_offline,
    await_online,
    await_report,
    control,
    details,
    instruction,
    raw_data,
    switch_on,
)
from thingproof_conformance.vendor_target import ANY, UNSET

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

GET, LOG, CONTROL = "gizwits.devices.get", "gizwits.devices.raw_data", "gizwits.devices.control"


@case(GET, kind="documented", rules=("r1", "r7"), needs=("seed",))
@pytest.mark.documented
def test_get__details(gizwits: GizwitsTarget) -> None:
    """The details are those of the device in the path, not of another one of the caller."""
    user, device = gizwits.bound(gizwits.new_product(EXTENDED))
    gizwits.bind(user, gizwits.new_device(device.product))
    shown = details(gizwits, user, device)
    for member, value in (
        ("did", device.did),
        ("mac", device.mac),
        ("passcode", device.passcode),
        ("product_key", device.product.product_key),
    ):
        expect.equal(value, shown[member], member)


@case(GET, kind="documented", rules=("r7",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.89")
def test_get__members_of_the_table(gizwits: GizwitsTarget) -> None:
    """type, dev_alias and dev_label of the table, which the example lacks."""
    user, device = gizwits.bound(gizwits.new_product(EXTENDED))
    shown = details(gizwits, user, device)
    members = {"type", "dev_alias", "dev_label"}
    expect.either(
        "gizwits.contra.89",
        a=lambda: expect.equal(members, members & shown.body.keys(), "members"),
        b=lambda: expect.equal(set(), members & shown.body.keys(), "members"),
    )


@case(GET, kind="consistency", rules=("r1",), needs=("seed",))
@pytest.mark.inferred
def test_get__same_as_bound(gizwits: GizwitsTarget) -> None:
    """The details repeat what the answer to the binding said."""
    user, device = gizwits.new_user(), gizwits.new_device(gizwits.new_product(EXTENDED))
    bound = gizwits.bind(user, device, remark="a remark").body
    shown = details(gizwits, user, device).body
    common = sorted(bound.keys() & shown.keys())
    expect.equal({name: bound[name] for name in common}, {name: shown[name] for name in common}, "members")


@case(GET, kind="state", rules=("r2",), needs=("seed", "hardware", "clock"))
@pytest.mark.documented
def test_get__is_online(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """is_online follows the device: false, true when it logged in, false again when it is gone."""
    user, device = gizwits.bound(gizwits.new_product(EXTENDED))
    expect.equal(False, details(gizwits, user, device)["is_online"], "is_online before")
    live = gizwits.hardware(device)
    await_online(gizwits, user, device)
    live.disconnect(clean=True)
    await_offline(gizwits, control, user, device)


@case(GET, kind="documented", rules=("r3",), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("kind", ["normal", "center_control", "sub_dev"])
def test_get__type(gizwits: GizwitsTarget, kind: str) -> None:
    """Type tells a single device, a central control and its sub-device apart."""
    user, device = gizwits.new_user(), gizwits.new_device(gizwits.new_product(EXTENDED), type=kind)
    gizwits.bind(user, device)
    expect.equal(kind, details(gizwits, user, device)["type"], "type")


@case(GET, kind="permission", rules=("r4",), needs=("seed",))
@pytest.mark.documented
def test_get__role_of_the_caller(gizwits: GizwitsTarget) -> None:
    """Each user sees the own role."""
    device = gizwits.new_device(gizwits.new_product(EXTENDED))
    for wanted in ("special", "normal"):
        user = gizwits.new_user()
        gizwits.bind(user, device)
        expect.equal(wanted, details(gizwits, user, device)["role"], "role")


@case(GET, kind="permission", rules=("r5", "r4"), needs=("seed",))
@pytest.mark.documented
def test_get__guest(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A guest reads the details and is told to be one."""
    device = gizwits.new_device(gizwits.new_product(EXTENDED, sharing=True))
    owner, guest = gizwits.new_user(), gizwits.new_user()
    gizwits.bind(owner, device, set_owner=1)
    control.seed("gizwits", {"bindings": [{"uid": guest.uid, "did": device.did, "role": "guest"}]})
    shown = details(gizwits, guest, device)
    expect.equal((device.did, "guest"), (shown["did"], shown["role"]), "did and role")


@case(GET, kind="permission", rules=("r1",), errors=(9017,), needs=("seed",))
@pytest.mark.documented
def test_get__not_bound(gizwits: GizwitsTarget) -> None:
    """A user without a binding does not see the device, not even one who has another of the product."""
    _, device = gizwits.bound(gizwits.new_product(EXTENDED))
    stranger, _ = gizwits.bound(device.product)
    expect.refused(details(gizwits, stranger, device, expected=ANY), 9017)


@case(GET, kind="negative", rules=("r6",))
@negatives.parametrize(GET)
def test_get__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt request for the details is refused in the vendor's form."""
    negatives.judge(gizwits, negative)


@case(GET, kind="permission", rules=("r1", "gizwits.global.r3"), errors=(9004,), needs=("seed",))
@pytest.mark.inferred
@pytest.mark.parametrize("operation", [GET, LOG, CONTROL])
def test_get__application_token(gizwits: GizwitsTarget, operation: str) -> None:
    """The token of an application is no user token: not for details, log or control."""
    _, device = gizwits.bound(gizwits.new_product(EXTENDED))
    now = int(gizwits.now())
    answer = gizwits.call(
        operation,
        path={"did": device.did},
        token=gizwits.app_token(),
        query={"type": "cmd", "start_time": now - 60, "end_time": now} if operation == LOG else None,
        json={"raw": [1]} if operation == CONTROL else UNSET,
        expect=ANY,
    )
    expect.refused(answer, 9004)


# Positive case and refusals of raw_data and control; more in modules of their own.


@case(LOG, kind="documented", rules=("r2", "r18", "r24", "r27"), needs=("seed", "hardware"))
@pytest.mark.documented
def test_raw_data__shows_a_report(gizwits: GizwitsTarget) -> None:
    """The report of the document's example stands in the log as it was sent."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    switch_on(gizwits, device).send_raw_frame(bytes.fromhex(AIR_REPORT))
    expect.equal("dev2app", await_report(gizwits, user, device, AIR_REPORT)["type"], "type")


@case(LOG, kind="permission", rules=("r26",), errors=(9017,), needs=("seed",))
@pytest.mark.inferred
def test_raw_data__not_bound(gizwits: GizwitsTarget) -> None:
    """A user without a binding does not read the log."""
    _, device = gizwits.bound(gizwits.new_product(EXTENDED))
    expect.refused(raw_data(gizwits, gizwits.new_user(), device, expected=ANY), 9017)


@case(LOG, kind="negative", rules=("r26",))
@negatives.parametrize(LOG)
def test_raw_data__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt query is refused in the vendor's form."""
    negatives.judge(gizwits, negative)


@case(CONTROL, kind="documented", rules=("r1", "r16"), events=("command.device",), needs=("seed", "hardware"))
@pytest.mark.documented
def test_control__reaches_the_device(gizwits: GizwitsTarget) -> None:
    """A command arrives at the device, and the answer says nothing."""
    user, device = gizwits.bound(gizwits.new_product(EXTENDED))
    live = switch_on(gizwits, device)
    seen = len(live.received)
    control(gizwits, user, device, raw=[97, 98, 99])
    expect.equal("616263", instruction(await_command(live, seen)), "the instruction")


@case(CONTROL, kind="permission", rules=("r14",), errors=(9017,), needs=("seed", "hardware"))
@pytest.mark.inferred
def test_control__not_bound(gizwits: GizwitsTarget) -> None:
    """A user without a binding does not control the device; nothing reaches it."""
    _, device = gizwits.bound(gizwits.new_product(EXTENDED))
    live, stranger = switch_on(gizwits, device), gizwits.new_user()
    seen = len(live.received)
    expect.refused(control(gizwits, stranger, device, raw=[1], expected=ANY), 9017)
    expect.equal(seen, len(live.received), "frames the device received")


@case(CONTROL, kind="negative", rules=("r15",))
@negatives.parametrize(CONTROL)
def test_control__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt command is refused in the vendor's form."""
    negatives.judge(gizwits, negative)
