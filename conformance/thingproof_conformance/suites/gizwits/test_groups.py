"""Groups: making, renaming, filling (gizwits.md:1868-2148)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.group_steps import members, new_group, siblings
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, EXTENDED
from thingproof_conformance.suites.gizwits.steps import ask, renew
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget, User

LIST, CREATE = "gizwits.groups.list", "gizwits.groups.create"
DELETE, UPDATE = "gizwits.groups.delete", "gizwits.groups.update"
DEVICES, ADD = "gizwits.groups.devices.list", "gizwits.groups.devices.add"
REMOVE = "gizwits.groups.devices.remove"
START = 1_800_000_000.0
"""2027-01-15T08:00:00 UTC."""


def groups(gizwits: GizwitsTarget, user: User) -> list[dict[str, Any]]:
    """A user's groups."""
    rows: list[dict[str, Any]] = ask(gizwits, "groups.list", user).body
    return rows


# Making, listing, renaming, dropping.


@case(LIST, kind="documented", rules=("r1", "r3", "r4", "r5", "r6", "r8"), needs=("seed",))
@pytest.mark.documented
def test_list__own_groups(gizwits: GizwitsTarget) -> None:
    """A user sees the own groups; product and its name stand in those of one product only."""
    product = gizwits.new_product(EXTENDED)
    user, _ = gizwits.bound(product)
    place = new_group(gizwits, user, name="upstairs")
    lamps = new_group(gizwits, user, product=product, name="lamps")
    new_group(gizwits, gizwits.new_user(), name="of somebody else")
    shown = {row["id"]: row for row in groups(gizwits, user)}
    expect.equal({place, lamps}, set(shown), "groups")
    expect.equal(("upstairs", "lamps"), (shown[place]["group_name"], shown[lamps]["group_name"]), "names")
    pair = (shown[lamps]["product_key"], shown[lamps]["verbose_name"])
    expect.equal((product.product_key, product.name), pair, "product of the group of one product")
    pair = (shown[place]["product_key"], shown[place]["verbose_name"])
    expect.equal(("", ""), pair, "product of the mixed group")


@case(LIST, kind="time", rules=("r2",), needs=("seed", "clock"))
@pytest.mark.documented
def test_list__times_are_utc(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """created_at is the UTC second in which the group was made."""
    control.freeze(at=START)
    user = gizwits.new_user()
    new_group(gizwits, user)
    row = groups(gizwits, user)[0]
    for name in ("created_at", "updated_at"):
        expect.matches(r"2027-01-15T08:00:00(\.\d+)?Z?", row[name], name)


@case(LIST, kind="negative")
@negatives.parametrize(LIST)
def test_list__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers."""
    negatives.judge(gizwits, negative)


@case(
    CREATE,
    kind="documented",
    rules=("r1", "r2", "r3", "r4", "r6", "gizwits.global.r19"),
    needs=("seed",),
)
@pytest.mark.documented
def test_create__place_and_product(gizwits: GizwitsTarget) -> None:
    """A name makes a group for a place, with devices of several products; a product key the other kind."""
    first, second = gizwits.new_product(EXTENDED), gizwits.new_product(AIR_CONDITIONER)
    user, lamp = gizwits.bound(first)
    cooler = gizwits.new_device(second)
    gizwits.bind(user, cooler)
    place = new_group(gizwits, user, lamp, cooler)
    expect.equal({lamp.did, cooler.did}, {row["did"] for row in members(gizwits, user, place)}, "the place")
    lamps = new_group(gizwits, user, lamp, product=first)
    expect.different(place, lamps, "ids")
    body = {"dids": [cooler.did]}
    answer = ask(gizwits, "groups.devices.add", user, path={"id": lamps}, json=body)
    expect.equal(([], [cooler.did]), (answer["success"], answer["failed"]), "a device of another product")


@case(CREATE, kind="negative", rules=("r3",), errors=(9002,), needs=("seed",))
@pytest.mark.documented
def test_create__unknown_product(gizwits: GizwitsTarget) -> None:
    """A product nobody has, or another application's, makes no group."""
    user = gizwits.new_user()
    body = {"group_name": "x", "product_key": gizwits.names.hex(32)}
    expect.refused(ask(gizwits, "groups.create", user, json=body, expected=ANY), 9002)
    application = gizwits.new_application(products=[])
    stranger = gizwits.new_user(application=application)
    body["product_key"] = gizwits.new_product(EXTENDED).product_key
    expect.refused(ask(gizwits, "groups.create", stranger, json=body, expected=ANY), 9002)


@case(CREATE, kind="negative")
@negatives.parametrize(CREATE)
def test_create__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


@case(DELETE, kind="state", rules=("r1", "r3"), needs=("fresh-accounts",))
@pytest.mark.documented
def test_delete__is_gone(gizwits: GizwitsTarget) -> None:
    """A deleted group is listed no more, others are."""
    user = gizwits.new_user()
    first, second = (new_group(gizwits, user) for _ in range(2))
    ask(gizwits, "groups.delete", user, path={"id": first})
    expect.equal([second], [row["id"] for row in groups(gizwits, user)], "groups")


@case(DELETE, kind="permission", errors=(9015,), needs=("fresh-accounts",))
@pytest.mark.inferred
@pytest.mark.parametrize("operation", ["delete", "update", "devices.list", "devices.add", "devices.remove"])
def test_delete__group_of_another_user(gizwits: GizwitsTarget, operation: str) -> None:
    """Nobody uses another user's group, and nobody one that does not exist."""
    user, stranger = gizwits.new_user(), gizwits.new_user()
    group = new_group(gizwits, user, name="mine")
    bodies: dict[str, Any] = {
        "update": {"group_name": "yours"},
        "devices.add": {"dids": [gizwits.names.hex(22)]},
        "devices.remove": {"dids": [gizwits.names.hex(22)]},
    }
    parts = {"json": bodies[operation]} if operation in bodies else {}
    for identifier in (group, gizwits.names.hex(24)):
        path = {"id": identifier}
        answer = ask(gizwits, f"groups.{operation}", stranger, path=path, expected=ANY, **parts)
        expect.refused(answer, 9015, 9014, 9017)
    expect.equal(["mine"], [row["group_name"] for row in groups(gizwits, user)], "groups")


@case(DELETE, kind="negative")
@negatives.parametrize(DELETE)
def test_delete__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers."""
    negatives.judge(gizwits, negative)


@case(UPDATE, kind="time", rules=("r1", "r2", "r4"), needs=("seed", "clock"))
@pytest.mark.documented
def test_update__renames(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """The name changes and updated_at moves on; product and creation stay."""
    product = gizwits.new_product(EXTENDED)
    control.freeze(at=START)
    user = gizwits.new_user()
    group = new_group(gizwits, user, product=product, name="before")
    control.advance(60)
    ask(gizwits, "groups.update", user, path={"id": group}, json={"group_name": "after"})
    row = groups(gizwits, user)[0]
    expect.equal("after", row["group_name"], "group_name")
    expect.equal(product.product_key, row["product_key"], "product_key")
    expect.matches(r"2027-01-15T08:00:00.*", row["created_at"], "created_at")
    expect.matches(r"2027-01-15T08:01:00.*", row["updated_at"], "updated_at")


@case(UPDATE, kind="negative")
@negatives.parametrize(UPDATE)
def test_update__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


# Devices of a group.


@case(DEVICES, kind="documented", rules=("r1", "r2", "r3", "r4", "r5", "r7"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.79")
def test_devices_list__members(gizwits: GizwitsTarget) -> None:
    """Every device with its type and the caller's alias; the product in a group of one product only."""
    product = gizwits.new_product(EXTENDED)
    user, device = gizwits.bound(product)
    hub = gizwits.new_device(product, type="center_control")
    gizwits.bind(user, hub)
    ask(gizwits, "bindings.update", user, path={"did": device.did}, json={"dev_alias": "hall"})
    single = new_group(gizwits, user, device, hub, product=product)
    rows = {row["did"]: row for row in members(gizwits, user, single)}
    expect.equal({device.did, hub.did}, set(rows), "devices")
    types = (rows[device.did]["type"], rows[hub.did]["type"])
    expect.equal(("normal", "center_control"), types, "types")
    expect.equal("hall", rows[device.did]["dev_alias"], "dev_alias")
    pair = (rows[hub.did]["product_key"], rows[hub.did]["verbose_name"])
    expect.equal((product.product_key, product.name), pair, "product")
    mixed = new_group(gizwits, user, device)
    row = members(gizwits, user, mixed)[0]
    expect.equal(("", ""), (row["product_key"], row["verbose_name"]), "product in a mixed group")


@case(DEVICES, kind="state", rules=("r1",), needs=("seed",))
@pytest.mark.inferred
def test_devices_list__without_unbound(gizwits: GizwitsTarget) -> None:
    """A device its user gave up is in none of the user's groups."""
    product = gizwits.new_product(EXTENDED)
    user, (first, second) = siblings(gizwits, product, 2)
    group = new_group(gizwits, user, first, second)
    ask(gizwits, "bindings.unbind", user, json={"devices": [{"did": first.did}]})
    expect.equal([second.did], [row["did"] for row in members(gizwits, user, group)], "devices")


@case(DEVICES, kind="negative")
@negatives.parametrize(DEVICES)
def test_devices_list__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers."""
    negatives.judge(gizwits, negative)


@case(
    ADD,
    kind="documented",
    rules=("r1", "r2", "r3", "r4", "r5", "r6", "r7", "r9"),
    errors=(9014, 9017),
    needs=("seed",),
)
@pytest.mark.contradictory("gizwits.contra.80")
def test_devices_add__partly(gizwits: GizwitsTarget) -> None:
    """What can be added is added; with show_detail 1 each failure tells its code."""
    user, device = gizwits.bound(gizwits.new_product(EXTENDED))
    unbound, unknown = gizwits.new_device(device.product), gizwits.names.hex(22)
    group = new_group(gizwits, user)
    body = {"dids": [device.did, unknown, unbound.did]}
    query = {"show_detail": 1}
    answer = ask(gizwits, "groups.devices.add", user, path={"id": group}, json=body, query=query)
    expect.equal([device.did], answer["success"], "success")
    expect.equal({unknown, unbound.did}, set(answer["failed"]), "failed")
    codes = {row["did"]: row["error_code"] for row in answer["detail"]}
    expect.equal({unknown: 9014, unbound.did: 9017}, codes, "detail")
    for row in answer["detail"]:
        expect.true(row["error_message"], "error_message is empty")
    expect.equal([device.did], [row["did"] for row in members(gizwits, user, group)], "devices")


@case(ADD, kind="documented", rules=("r3", "r4"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.82")
@pytest.mark.parametrize("query", [{}, {"show_detail": 0}], ids=["default", "zero"])
def test_devices_add__without_detail(gizwits: GizwitsTarget, query: dict[str, int]) -> None:
    """Unless asked for there is no detail: absent, null or empty."""
    user = gizwits.new_user()
    path, body = {"id": new_group(gizwits, user)}, {"dids": [gizwits.names.hex(22)]}
    answer = ask(gizwits, "groups.devices.add", user, path=path, json=body, query=query)
    expect.equal(1, len(answer["failed"]), "failed")
    expect.either(
        "gizwits.contra.82",
        a=lambda: expect.lacks("detail", answer.body, "the answer"),
        b=lambda: expect.one_of((None, []), answer.body["detail"], "detail"),
    )


@case(ADD, kind="negative")
@negatives.parametrize(ADD)
def test_devices_add__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


@case(REMOVE, kind="state", rules=("r1", "r2", "r3", "r5"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.81")
def test_devices_remove__partly(gizwits: GizwitsTarget) -> None:
    """Members are removed, others are told as failed; the devices stay bound."""
    user, (first, second, outside) = siblings(gizwits, gizwits.new_product(EXTENDED), 3)
    group = new_group(gizwits, user, first, second)
    unknown = gizwits.names.hex(22)
    body = {"dids": [first.did, outside.did, unknown]}
    answer = ask(gizwits, "groups.devices.remove", user, path={"id": group}, json=body)
    expect.equal([first.did], answer["success"], "success")
    expect.equal({outside.did, unknown}, set(answer["failed"]), "failed")
    expect.equal([second.did], [row["did"] for row in members(gizwits, user, group)], "devices")
    ask(gizwits, "devices.get", renew(gizwits, user), path={"did": first.did})


@case(REMOVE, kind="negative")
@negatives.parametrize(REMOVE)
def test_devices_remove__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)
