"""Public networks, which belong to no unit (sylvia.md:552-553, 621, 634-635)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import resource_cases as resources
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.sylvia import SylviaTarget, User

CREATE, GET, UPDATE = "sylvia.network.create", "sylvia.network.get", "sylvia.network.update"
DELETE = "sylvia.network.delete"


def create(sylvia: SylviaTarget, caller: User, **data: Any) -> Answer:
    """Try to make a network, with the members given beside code and hostUri."""
    body = {"code": sylvia.names.text("net"), "hostUri": sylvia.host_uri(), **data}
    answer = sylvia.call(CREATE, token=caller, json={"data": body}, expect=ANY)
    if answer.ok:
        sylvia.delete_later("network", answer["data"]["networkId"])
    return answer


@case(CREATE, kind="documented", rules=("r2", "sylvia.global.r17"))
@pytest.mark.documented
def test_create__public(sylvia: SylviaTarget) -> None:
    """Administrators make public networks, which have neither unit nor unit code."""
    for caller in (sylvia.admin, sylvia.manager):
        answer = expect.accepted(create(sylvia, caller, unitId=None))
        found = resources.entry(sylvia, "network", answer["data"]["networkId"])
        expect.equal((None, None), (found["unitId"], found["unitCode"]), "unit and unit code")
        expect.contains(found, sylvia.listed("network", unit=""), "the public network in the list")


@case(CREATE, kind="permission", rules=("r2", "r6"), errors=("err_param",))
@pytest.mark.contradictory("sylvia.contra.19")
def test_create__public_by_anybody(sylvia: SylviaTarget) -> None:
    """A normal user has to name a unit: null is refused, leaving it out, too."""
    before = sylvia.listed("network", unit="")
    for caller in (sylvia.new_user(), sylvia.new_unit().owner, sylvia.service):
        for data in ({"unitId": None}, {}):
            answer = create(sylvia, caller, **data)
            expect.either(
                "sylvia.contra.19",
                a=partial(expect.refused, answer, "err_param"),
                b=partial(expect.refused, answer, "err_perm"),
            )
    expect.equal(before, sylvia.listed("network", unit=""), "the public networks")


@case(CREATE, kind="documented", rules=("r2",))
@pytest.mark.contradictory("sylvia.contra.19")
def test_create__unit_left_out(sylvia: SylviaTarget) -> None:
    """Without unitId an administrator makes a public network, or is refused."""
    answer = create(sylvia, sylvia.admin)

    def public() -> None:
        expect.accepted(answer)
        found = resources.entry(sylvia, "network", answer["data"]["networkId"])
        expect.equal(None, found["unitId"], "the unit")

    expect.either("sylvia.contra.19", a=public, b=lambda: expect.refused(answer, "err_param"))


@case(CREATE, kind="negative", rules=("r12",), errors=("err_broker_network_exist",))
@pytest.mark.contradictory("sylvia.contra.20")
def test_create__public_code_used(sylvia: SylviaTarget) -> None:
    """A code is used once among public networks; a unit may use it, too."""
    public = sylvia.new_network(public=True)
    for code in (public.code, public.code.upper()):
        answer = create(sylvia, sylvia.admin, unitId=None, code=code)
        expect.refused(answer, "err_broker_network_exist")
    private = sylvia.new_network(code=public.code)
    expect.different(public.network_id, private.network_id, "the id of the private network")
    answer = create(sylvia, sylvia.admin, unitId=None, code=sylvia.new_network().code)
    expect.accepted(answer)


@case(GET, kind="permission", rules=("r3", "sylvia.global.r18"))
@pytest.mark.contradictory("sylvia.contra.3")
def test_get__public_by_anybody(sylvia: SylviaTarget) -> None:
    """A public network shows to administrators only, even when one's device uses it."""
    unit, network = sylvia.new_unit(), sylvia.new_network(public=True)
    sylvia.new_device(network, unit=unit)
    answer = sylvia.call(GET, token=unit.owner, path={"networkId": network.network_id}, expect=ANY)
    expect.either(
        "sylvia.contra.3",
        a=lambda: expect.refused(answer, "err_not_found"),
        b=lambda: expect.refused(answer, "err_perm"),
    )
    expect.lacks(
        network.network_id,
        [row["networkId"] for row in sylvia.listed("network", unit.owner, unit=unit.unit_id)],
        "the public network among the unit's",
    )
    for caller in (sylvia.admin, sylvia.manager):
        expect.true(sylvia.shown("network", network.network_id, caller), "administrators see it")


@case(UPDATE, kind="permission", rules=("r1", "sylvia.global.r17", "sylvia.global.r18"))
@pytest.mark.contradictory("sylvia.contra.3")
def test_update__public(sylvia: SylviaTarget) -> None:
    """Administrators change a public network, nobody else does."""
    network, user = sylvia.new_network(public=True), sylvia.new_user()
    resources.only_this_changes(sylvia, "network", network.network_id, sylvia.admin, name="everybody's")
    answer = resources.update(sylvia, "network", network.network_id, user, expected=ANY, name="mine")
    expect.either(
        "sylvia.contra.3",
        a=lambda: expect.refused(answer, "err_not_found"),
        b=lambda: expect.refused(answer, "err_perm"),
    )
    expect.equal("everybody's", resources.entry(sylvia, "network", network.network_id)["name"], "the name")


@case(DELETE, kind="permission", rules=("r1", "sylvia.global.r17", "sylvia.global.r18"))
@pytest.mark.contradictory("sylvia.contra.3")
def test_delete__public(sylvia: SylviaTarget) -> None:
    """Administrators delete a public network with the devices of all units; nobody else does."""
    network = sylvia.new_network(public=True)
    units = [sylvia.new_unit() for _ in range(2)]
    devices = [sylvia.new_device(network, unit=unit) for unit in units]
    path = {"networkId": network.network_id}
    answer = sylvia.call(DELETE, token=units[0].owner, path=path, expect=ANY)
    expect.either(
        "sylvia.contra.3",
        a=lambda: expect.accepted(answer, status=204),
        b=lambda: expect.refused(answer, "err_not_found", "err_perm"),
    )
    resources.entry(sylvia, "network", network.network_id)
    expect.equal(2, len([resources.entry(sylvia, "device", each.device_id) for each in devices]), "devices")
    sylvia.call(DELETE, token=sylvia.manager, path=path, expect=204)
    expect.equal(None, sylvia.shown("network", network.network_id), "the network")
    for device in devices:
        expect.equal(None, sylvia.shown("device", device.device_id), "a device of the network")
