"""Devices one by one: making, looking, changing, deleting (sylvia.md:752-798, 1076-1130)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.sylvia import Device, SylviaTarget, User

CREATE, GET = "sylvia.device.create", "sylvia.device.get"
UPDATE, DELETE = "sylvia.device.update", "sylvia.device.delete"
PROFILES = ("-meter", "_meter", "me ter", "mètre", "meter/2")
"""Profiles outside of the pattern."""


def update(
    sylvia: SylviaTarget, device: Device, token: User | None = None, expected: Any = 204, **data: Any
) -> Answer:
    """Change a device, as its owner."""
    return sylvia.call(
        UPDATE,
        token=token or device.unit.owner,
        path={"deviceId": device.device_id},
        json={"data": data},
        expect=expected,
    )


def shown(sylvia: SylviaTarget, device: Device) -> dict[str, Any]:
    """What the admin sees of a device that is there."""
    row = sylvia.shown("device", device.device_id)
    if row is None:
        expect.fail("the device is gone", expected=device.device_id, actual=None)
    return row


# Making.


@case(CREATE, kind="documented", rules=("r1", "r7", "r10", "r11", "r16"))
@pytest.mark.documented
def test_create__required_members(sylvia: SylviaTarget) -> None:
    """Unit, network and address are enough; get, list and count show the device with empty texts."""
    estate = sylvia.estate()
    before = sylvia.counted("device", unit=estate.unit.unit_id)
    device = sylvia.new_device(estate.network)
    row = shown(sylvia, device)
    told = {name: row[name] for name in ("unitId", "networkId", "networkAddr", "profile", "name", "info")}
    wanted = {
        "unitId": estate.unit.unit_id,
        "networkId": estate.network.network_id,
        "networkAddr": device.network_addr,
        "profile": "",
        "name": "",
        "info": {},
    }
    expect.equal(wanted, told, "the device")
    expect.contains(row, sylvia.listed("device", unit=estate.unit.unit_id), "the device in the list")
    expect.equal(before + 1, sylvia.counted("device", unit=estate.unit.unit_id), "count")


@case(CREATE, kind="documented", rules=("r6", "r9", "r10", "r11", "r12"))
@pytest.mark.documented
def test_create__lower_case(sylvia: SylviaTarget) -> None:
    """Address and profile are kept in lower case; name and info as they came."""
    info = {"Place": {"floor": 3, "Doors": ["A", None, 1.5]}}
    device = sylvia.new_device(networkAddr="80AbCdEf", profile="E-Meter_2", name="Meter Ä 3", info=info)
    row = shown(sylvia, device)
    told = tuple(row[name] for name in ("networkAddr", "profile", "name", "info"))
    expect.equal(("80abcdef", "e-meter_2", "Meter Ä 3", info), told, "address, profile, name, info")


@case(CREATE, kind="documented", rules=("r8",))
@pytest.mark.documented
@pytest.mark.parametrize("profile", ["", "a", "9", "a-_9", "Tracker"])
def test_create__profiles(sylvia: SylviaTarget, profile: str) -> None:
    """A profile is empty, or begins with a letter or digit and goes on with those, - and _."""
    device = sylvia.new_device(profile=profile)
    expect.equal(profile.lower(), shown(sylvia, device)["profile"], "profile")


@case(CREATE, kind="negative", rules=("r8",), errors=("err_param",))
@pytest.mark.documented
@pytest.mark.parametrize("profile", PROFILES)
def test_create__bad_profile(sylvia: SylviaTarget, profile: str) -> None:
    """A profile outside of the pattern makes no device."""
    estate = sylvia.estate()
    data = {"unitId": estate.unit.unit_id, "networkId": estate.network.network_id, "networkAddr": "77"}
    body = {"data": {**data, "profile": profile}}
    expect.refused(sylvia.call(CREATE, token=estate.owner, json=body, expect=ANY), "err_param")
    expect.equal(1, sylvia.counted("device", unit=estate.unit.unit_id), "devices")


@case(CREATE, kind="negative", rules=("r15",), errors=("err_broker_network_addr_exist",))
@pytest.mark.documented
def test_create__address_used(sylvia: SylviaTarget) -> None:
    """An address belongs to one device of a network, however it is written; other networks have it, too."""
    estate = sylvia.estate()
    first = sylvia.new_device(estate.network, networkAddr="80aa")
    body = {
        "unitId": estate.unit.unit_id,
        "networkId": estate.network.network_id,
        "networkAddr": "80AA",
    }
    answer = sylvia.call(CREATE, token=estate.owner, json={"data": body}, expect=ANY)
    expect.refused(answer, "err_broker_network_addr_exist")
    other = sylvia.new_device(sylvia.new_network(estate.unit), networkAddr="80aa")
    expect.different(first.device_id, other.device_id, "ids of two devices")


@case(CREATE, kind="permission", rules=("r4", "r14"), errors=("err_broker_network_not_exist",))
@pytest.mark.documented
def test_create__public_network(sylvia: SylviaTarget) -> None:
    """Admin and manager put devices into public networks; for the owner of a unit those do not exist."""
    estate = sylvia.estate()
    network = sylvia.new_network(public=True)
    body = {"unitId": estate.unit.unit_id, "networkId": network.network_id, "networkAddr": "01"}
    answer = sylvia.call(CREATE, token=estate.owner, json={"data": body}, expect=ANY)
    expect.refused(answer, "err_broker_network_not_exist")
    for number, caller in enumerate((sylvia.admin, sylvia.manager)):
        body["networkAddr"] = f"0{number + 1}"
        created = sylvia.call(CREATE, token=caller, json={"data": body})["data"]["deviceId"]
        row = sylvia.shown("device", created)
        expect.true(row is not None, "the device of the public network is there")


@case(CREATE, kind="documented", rules=("r1",))
@pytest.mark.contradictory("sylvia.contra.12")
def test_create__codes(sylvia: SylviaTarget) -> None:
    """A device of a private network shows the unit's code, one of a public network null."""
    estate = sylvia.estate()
    public = sylvia.new_device(sylvia.new_network(public=True), unit=estate.unit)
    for device, code in ((estate.device, estate.unit.code), (public, None)):
        row = shown(sylvia, device)
        told = (row["unitId"], row["unitCode"], row["networkCode"])
        expect.equal((estate.unit.unit_id, code, device.network.code), told, "unit, its code, network's code")


@case(CREATE, kind="negative", rules=("r14",), errors=("err_broker_network_not_exist",))
@pytest.mark.inferred
def test_create__network_of_another_unit(sylvia: SylviaTarget) -> None:
    """A private network serves its own unit only."""
    estate, other = sylvia.estate(), sylvia.estate()
    body = {"unitId": estate.unit.unit_id, "networkId": other.network.network_id, "networkAddr": "01"}
    answer = sylvia.call(CREATE, token=estate.owner, json={"data": body}, expect=ANY)
    expect.refused(answer, "err_broker_network_not_exist")


@case(CREATE, kind="negative")
@negatives.parametrize(CREATE)
def test_create__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped members, unknown unit and network, spoilt bodies, callers."""
    negatives.judge(sylvia, negative)


# Looking.


@case(GET, kind="documented", rules=("r1", "r2", "r4"))
@pytest.mark.documented
def test_get__same_as_listed(sylvia: SylviaTarget) -> None:
    """The device named in the path, with the fields of its entry in the list."""
    estate = sylvia.estate()
    other = sylvia.new_device(estate.network, name="the other one")
    listed = {row["deviceId"]: row for row in sylvia.listed("device", unit=estate.unit.unit_id)}
    for device in (estate.device, other):
        row = sylvia.shown("device", device.device_id, token=estate.owner)
        expect.equal(listed[device.device_id], row, "the device")


@case(GET, kind="negative", rules=("r3",), errors=("err_not_found",))
@pytest.mark.documented
def test_get__unknown(sylvia: SylviaTarget) -> None:
    """A device that was deleted is not found any more."""
    device = sylvia.new_device()
    sylvia.call(DELETE, token=device.unit.owner, path={"deviceId": device.device_id}, expect=204)
    answer = sylvia.call(GET, token=sylvia.admin, path={"deviceId": device.device_id}, expect=ANY)
    expect.refused(answer, "err_not_found", status=404)


@case(GET, kind="negative")
@negatives.parametrize(GET)
def test_get__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Unknown devices, callers."""
    negatives.judge(sylvia, negative)


# Changing.


@case(UPDATE, kind="time", rules=("r1", "r3", "r4", "r6", "r8", "r11", "r12", "r15"), needs=("clock",))
@pytest.mark.documented
@pytest.mark.parametrize(
    ("member", "value"),
    [("networkAddr", "0a0b"), ("profile", "other"), ("name", "renamed"), ("info", {"new": 1})],
)
def test_update__one_member(sylvia: SylviaTarget, control: ControlClient, member: str, value: Any) -> None:
    """What is given changes, the rest stays, and modifiedAt moves on."""
    control.freeze()
    device = sylvia.new_device(profile="before", name="before", info={"old": 1})
    bystander = sylvia.new_device(device.network)
    before, aside = shown(sylvia, device), shown(sylvia, bystander)
    control.advance(60)
    update(sylvia, device, **{member: value})
    after = shown(sylvia, device)
    expect.equal(value, after[member], member)
    changed = {name for name in before if before[name] != after[name]}
    expect.equal({member, "modifiedAt"}, changed, "what changed")
    expect.true(before["modifiedAt"] < after["modifiedAt"], "modifiedAt moves forward", actual=after)
    expect.equal(aside, shown(sylvia, bystander), "another device")


@case(UPDATE, kind="documented", rules=("r7", "r10", "r13", "r14"))
@pytest.mark.documented
def test_update__several_members(sylvia: SylviaTarget) -> None:
    """Address and profile are kept in lower case, info is replaced whole."""
    device = sylvia.new_device(info={"kept": 1, "gone": 2})
    update(sylvia, device, networkAddr="FF01", profile="E-Meter", name="n", info={"kept": 3})
    row = shown(sylvia, device)
    told = tuple(row[name] for name in ("networkAddr", "profile", "name", "info"))
    expect.equal(("ff01", "e-meter", "n", {"kept": 3}), told, "address, profile, name, info")


@case(UPDATE, kind="negative", rules=("r2",), errors=("err_param",))
@pytest.mark.documented
@pytest.mark.parametrize("data", [{}, {"unitId": "1640923958516-qvdFNpOV"}], ids=["nothing", "other_member"])
def test_update__nothing(sylvia: SylviaTarget, data: dict[str, Any]) -> None:
    """At least one of the members has to be given."""
    device = sylvia.new_device()
    before = shown(sylvia, device)
    expect.refused(update(sylvia, device, expected=ANY, **data), "err_param")
    expect.equal(before, shown(sylvia, device), "the device")


@case(UPDATE, kind="negative", rules=("r9",), errors=("err_param",))
@pytest.mark.documented
@pytest.mark.parametrize("profile", PROFILES)
def test_update__bad_profile(sylvia: SylviaTarget, profile: str) -> None:
    """A profile outside of the pattern changes nothing; the empty one is a profile."""
    device = sylvia.new_device(profile="before")
    answer = update(sylvia, device, expected=ANY, profile=profile, name="changed")
    expect.refused(answer, "err_param")
    expect.equal(("before", ""), (shown(sylvia, device)["profile"], shown(sylvia, device)["name"]), "device")
    update(sylvia, device, profile="")
    expect.equal("", shown(sylvia, device)["profile"], "profile")


@case(UPDATE, kind="state", rules=("r4", "r5"), errors=("err_broker_network_not_exist",))
@pytest.mark.documented
def test_update__to_public_network(sylvia: SylviaTarget) -> None:
    """Only admin or manager move a device to a public network."""
    estate = sylvia.estate()
    for caller in (sylvia.admin, sylvia.manager):
        network, device = sylvia.new_network(public=True), sylvia.new_device(estate.network)
        answer = update(sylvia, device, expected=ANY, networkId=network.network_id)
        expect.refused(answer, "err_broker_network_not_exist")
        expect.equal(estate.network.network_id, shown(sylvia, device)["networkId"], "network")
        update(sylvia, device, caller, networkId=network.network_id)
        expect.equal(network.network_id, shown(sylvia, device)["networkId"], "network")


@case(UPDATE, kind="state", rules=("r1", "r4"))
@pytest.mark.contradictory("sylvia.contra.30")
def test_update__codes_follow(sylvia: SylviaTarget) -> None:
    """The codes a device shows are those of where it is now."""
    estate = sylvia.estate()
    public = sylvia.new_network(public=True)
    update(sylvia, estate.device, sylvia.admin, networkId=public.network_id)
    row = shown(sylvia, estate.device)
    expect.equal(public.code, row["networkCode"], "network code")
    expect.either(
        "sylvia.contra.30",
        a=lambda: expect.equal(None, row["unitCode"], "unit code"),
        b=lambda: expect.equal(estate.unit.code, row["unitCode"], "unit code"),
    )


@case(UPDATE, kind="negative", rules=("r16",), errors=("err_broker_network_not_exist",))
@pytest.mark.documented
def test_update__unknown_network(sylvia: SylviaTarget) -> None:
    """A device moves to networks that exist for its unit only."""
    device, other = sylvia.new_device(), sylvia.new_network()
    for network in (sylvia.names.hex(22), other.network_id):
        answer = update(sylvia, device, expected=ANY, networkId=network)
        expect.refused(answer, "err_broker_network_not_exist")
    expect.equal(device.network.network_id, shown(sylvia, device)["networkId"], "network")


@case(UPDATE, kind="negative", rules=("r17",), errors=("err_broker_network_addr_exist",))
@pytest.mark.documented
def test_update__address_used(sylvia: SylviaTarget) -> None:
    """The address of another device of the network is taken, however it is written."""
    device = sylvia.new_device(networkAddr="80ab")
    other = sylvia.new_device(device.network)
    answer = update(sylvia, other, expected=ANY, networkAddr="80AB")
    expect.refused(answer, "err_broker_network_addr_exist")
    expect.equal(other.network_addr, shown(sylvia, other)["networkAddr"], "address")


@case(UPDATE, kind="negative", rules=("r17",))
@pytest.mark.contradictory("sylvia.contra.28")
def test_update__own_address(sylvia: SylviaTarget) -> None:
    """The address a device has already is one that is used."""
    device = sylvia.new_device()
    answer = update(sylvia, device, expected=ANY, networkAddr=device.network_addr)
    expect.either(
        "sylvia.contra.28",
        a=lambda: expect.refused(answer, "err_broker_network_addr_exist"),
        b=lambda: expect.accepted(answer, status=204),
    )


@case(UPDATE, kind="negative", rules=("r17",))
@pytest.mark.contradictory("sylvia.contra.29")
def test_update__address_used_in_new_network(sylvia: SylviaTarget) -> None:
    """A device does not move to a network where its address is another's."""
    device = sylvia.new_device(networkAddr="80ab")
    network = sylvia.new_network(device.unit)
    sylvia.new_device(network, networkAddr="80ab")
    answer = update(sylvia, device, expected=ANY, networkId=network.network_id)
    expect.either(
        "sylvia.contra.29",
        a=lambda: expect.refused(answer, "err_broker_network_addr_exist"),
        b=lambda: expect.refused(answer, "err_db", status=503),
    )
    expect.equal(device.network.network_id, shown(sylvia, device)["networkId"], "network")


@case(UPDATE, kind="negative", rules=("r3", "r18"), errors=("err_not_found",))
@pytest.mark.documented
def test_update__unknown(sylvia: SylviaTarget) -> None:
    """A device that does not exist is not found."""
    body = {"data": {"name": "x"}}
    path = {"deviceId": sylvia.names.hex(22)}
    answer = sylvia.call(UPDATE, token=sylvia.admin, path=path, json=body, expect=ANY)
    expect.refused(answer, "err_not_found", status=404)


@case(UPDATE, kind="negative")
@negatives.parametrize(UPDATE)
def test_update__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Mistyped members, spoilt bodies, callers."""
    negatives.judge(sylvia, negative)


# Deleting.


@case(DELETE, kind="state", rules=("r1", "r2", "r3"))
@pytest.mark.documented
def test_delete__with_its_resources(sylvia: SylviaTarget) -> None:
    """The device goes with its routes, others stay; the address is free again."""
    estate = sylvia.estate()
    other = sylvia.new_device(estate.network)
    kept = sylvia.new_route(other, estate.application)
    sylvia.new_route(estate.device, estate.application)
    sylvia.call(DELETE, token=estate.owner, path={"deviceId": estate.device.device_id}, expect=204)
    expect.equal(None, sylvia.shown("device", estate.device.device_id), "the device")
    unit = {"unit": estate.unit.unit_id}
    expect.equal([other.device_id], [row["deviceId"] for row in sylvia.listed("device", **unit)], "devices")
    expect.equal(1, sylvia.counted("device", **unit), "count of devices")
    routes = [row["routeId"] for row in sylvia.listed("device_route", **unit)]
    expect.equal([kept], routes, "device routes")
    again = sylvia.new_device(estate.network, networkAddr=estate.device.network_addr)
    expect.different(estate.device.device_id, again.device_id, "ids")
    expect.equal([kept], [row["routeId"] for row in sylvia.listed("device_route", **unit)], "device routes")


@case(DELETE, kind="documented", rules=("r2", "r3"))
@pytest.mark.contradictory("sylvia.contra.4")
def test_delete__unknown(sylvia: SylviaTarget) -> None:
    """Deleting what is not there is done already, and harms nobody."""
    device = sylvia.new_device()
    path = {"deviceId": sylvia.names.hex(22)}
    sylvia.call(DELETE, token=sylvia.admin, path=path, expect=204)
    expect.true(sylvia.shown("device", device.device_id) is not None, "another device stays")


@case(DELETE, kind="negative")
@negatives.parametrize(DELETE)
def test_delete__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Callers."""
    negatives.judge(sylvia, negative)
