"""Deleting a unit, or all units of a user, with everything in them (sylvia.md:318-333)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import resource_cases as resources
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget, Unit, User

DELETE, DELETE_BY_USER = "sylvia.unit.delete", "sylvia.unit.delete_by_user"
TAGS = ("application", "network", "device", "device_route", "network_route", "dldata_buffer")


@dataclass(frozen=True, slots=True)
class Furnished:
    """A unit with one of everything, and a public network one of its devices is on."""

    unit: Unit
    ids: dict[str, str]
    public: str


def furnish(sylvia: SylviaTarget, owner: User) -> Furnished:
    """A unit in which nothing is missing."""
    unit = sylvia.new_unit(owner)
    application, network = sylvia.new_application(unit), sylvia.new_network(unit)
    device = sylvia.new_device(network)
    public = sylvia.new_network(public=True)
    sylvia.new_device(public, unit=unit)
    sylvia.new_route(device, application)
    sylvia.new_network_route(network, application)
    sylvia.application_side(application).downlink(deviceId=device.device_id)
    ids = {
        "unit": unit.unit_id,
        "application": application.application_id,
        "network": network.network_id,
        "device": device.device_id,
    }
    return Furnished(unit, ids, public.network_id)


def counts(sylvia: SylviaTarget, furnished: Furnished) -> dict[str, int]:
    """How much of everything an administrator finds by what it belongs to, the unit being there or not."""
    ids = furnished.ids
    return {
        "application": len([row for row in sylvia.listed("application") if row["unitId"] == ids["unit"]]),
        "network": len([row for row in sylvia.listed("network") if row["unitId"] == ids["unit"]]),
        "device": len([row for row in sylvia.listed("device") if row["unitId"] == ids["unit"]]),
        "device_route": sylvia.counted("device_route", application=ids["application"]),
        "network_route": sylvia.counted("network_route", application=ids["application"]),
        "dldata_buffer": sylvia.counted("dldata_buffer", application=ids["application"]),
    }


def judge_gone(sylvia: SylviaTarget, furnished: Furnished) -> None:
    """The unit and all in it are gone; the public network stays."""
    for tag, identifier in furnished.ids.items():
        expect.equal(None, sylvia.shown(tag, identifier), f"the {tag}")
    expect.equal(dict.fromkeys(TAGS, 0), counts(sylvia, furnished), "what is left in the unit")
    resources.entry(sylvia, "network", furnished.public)


def judge_there(sylvia: SylviaTarget, furnished: Furnished) -> None:
    """The unit and all in it are there."""
    expect.equal({**dict.fromkeys(TAGS, 1), "device": 2}, counts(sylvia, furnished), "what is in the unit")
    for tag, identifier in furnished.ids.items():
        resources.entry(sylvia, tag, identifier)


@case(DELETE, kind="state", rules=("r1", "r2", "r3", "sylvia.global.r4"))
@pytest.mark.contradictory("sylvia.contra.49")
def test_delete__takes_everything_along(sylvia: SylviaTarget) -> None:
    """A unit goes with applications, networks, devices, routes and waiting data; another stays."""
    owner = sylvia.new_user()
    one, other = furnish(sylvia, owner), furnish(sylvia, owner)
    judge_there(sylvia, one)
    answer = sylvia.call(DELETE, token=owner, path={"unitId": one.unit.unit_id}, expect=204)
    expect.equal(b"", answer.exchange.response_body, "the body")
    judge_gone(sylvia, one)
    judge_there(sylvia, other)
    expect.equal([other.unit.unit_id], [row["unitId"] for row in sylvia.listed("unit", owner)], "the units")
    answer = sylvia.call("sylvia.application.list", token=owner, query={"unit": one.unit.unit_id}, expect=ANY)
    expect.refused(answer, "err_broker_unit_not_exist")


@case(DELETE, kind="negative", rules=("r2", "r4"))
@pytest.mark.contradictory("sylvia.contra.4")
def test_delete__unknown(sylvia: SylviaTarget) -> None:
    """Deleting a unit that is not there is done already, or refused."""
    resources.unknown_deleted(sylvia, "unit", "sylvia.contra.4")


@case(DELETE, kind="state", rules=("r3",))
@pytest.mark.contradictory("sylvia.contra.4")
def test_delete__twice(sylvia: SylviaTarget) -> None:
    """The second deletion finds nothing, whatever it says."""
    unit = sylvia.new_unit()
    sylvia.call(DELETE, token=unit.owner, path={"unitId": unit.unit_id}, expect=204)
    answer = sylvia.call(DELETE, token=unit.owner, path={"unitId": unit.unit_id}, expect=ANY)
    expect.either(
        "sylvia.contra.4",
        a=lambda: expect.accepted(answer, status=204),
        b=lambda: expect.refused(answer, "err_not_found"),
    )
    expect.equal(None, sylvia.shown("unit", unit.unit_id), "the unit")


@case(DELETE, kind="negative")
@negatives.parametrize(DELETE)
def test_delete__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)


@case(DELETE_BY_USER, kind="state", rules=("r1", "r2", "r3", "sylvia.global.r4", "sylvia.global.r20"))
@pytest.mark.documented
def test_delete_by_user__all_of_one(sylvia: SylviaTarget) -> None:
    """All units of a user go with all in them; those he is only a member of stay, and those of others."""
    owner, other = sylvia.new_user(), sylvia.new_user()
    furnished = furnish(sylvia, owner)
    second = sylvia.new_unit(owner)
    foreign = sylvia.new_unit(other, (owner,))
    path = {"userId": owner.user_id}
    sylvia.call(DELETE_BY_USER, token=sylvia.manager, path=path, expect=204)
    judge_gone(sylvia, furnished)
    expect.equal(None, sylvia.shown("unit", second.unit_id), "the second unit")
    expect.equal(0, sylvia.counted("unit", owner=owner.user_id), "the units of the user")
    expect.contains(
        owner.user_id, resources.entry(sylvia, "unit", foreign.unit_id)["memberIds"], "the member"
    )
    sylvia.call(DELETE_BY_USER, token=sylvia.admin, path=path, expect=204)


@case(DELETE_BY_USER, kind="negative", rules=("r2", "r4"))
@pytest.mark.contradictory("sylvia.contra.2")
def test_delete_by_user__unknown(sylvia: SylviaTarget) -> None:
    """A user nobody knows has no units: done, or refused."""
    path = {"userId": sylvia.names.hex(22)}
    answer = sylvia.call(DELETE_BY_USER, token=sylvia.admin, path=path, expect=ANY)
    expect.either(
        "sylvia.contra.2",
        a=lambda: expect.accepted(answer, status=204),
        b=lambda: expect.refused(answer, "err_not_found"),
    )


@case(DELETE_BY_USER, kind="negative", errors=("err_perm",), rules=("sylvia.global.r7", "sylvia.global.r20"))
@pytest.mark.documented
def test_delete_by_user__own_units(sylvia: SylviaTarget) -> None:
    """Not even one's own units may be deleted this way, whether or not the user is known."""
    unit = sylvia.new_unit()
    for caller in (unit.owner, sylvia.service):
        for user in (unit.owner.user_id, sylvia.names.hex(22)):
            answer = sylvia.call(DELETE_BY_USER, token=caller, path={"userId": user}, expect=ANY)
            expect.refused(answer, "err_perm")
    resources.entry(sylvia, "unit", unit.unit_id)


@case(DELETE_BY_USER, kind="documented")
@pytest.mark.contradictory("sylvia.contra.1")
def test_delete_by_user__path(sylvia: SylviaTarget) -> None:
    """The call is one of the broker's; below /auth there is no such thing."""
    unit = sylvia.new_unit()
    headers = {"authorization": f"Bearer {sylvia.admin.token}"}
    path = f"/auth/api/v1/unit/user/{unit.owner.user_id}"
    exchange = sylvia.http.send("auth", "DELETE", path, headers=headers, record=False)
    expect.equal(404, exchange.status, f"the status of DELETE {path}")
    resources.entry(sylvia, "unit", unit.unit_id)
    sylvia.call(DELETE_BY_USER, token=sylvia.admin, path={"userId": unit.owner.user_id}, expect=204)
    expect.equal(None, sylvia.shown("unit", unit.unit_id), "the unit")


@case(DELETE_BY_USER, kind="negative")
@negatives.parametrize(DELETE_BY_USER)
def test_delete_by_user__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)
