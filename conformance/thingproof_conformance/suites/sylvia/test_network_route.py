"""Network routes: making and deleting (sylvia.md:1407-1442, 1527-1534)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.sylvia import Application, Network, SylviaTarget, User

CREATE, DELETE = "sylvia.network_route.create", "sylvia.network_route.delete"


def create(
    sylvia: SylviaTarget, network: Network, application: Application, token: User | None = None
) -> Answer:
    """Ask for a route, as the owner of the application's unit; the case judges."""
    body = {"networkId": network.network_id, "applicationId": application.application_id}
    return sylvia.call(CREATE, token=token or application.unit.owner, json={"data": body}, expect=ANY)


@case(CREATE, kind="documented", rules=("r1", "r4", "r8"))
@pytest.mark.documented
def test_create__appears(sylvia: SylviaTarget) -> None:
    """A route joins one network with one application; list and count show it with what it joins."""
    estate = sylvia.estate()
    answer = create(sylvia, estate.network, estate.application)
    route = expect.field(expect.accepted(answer, status=200), "data.routeId")
    [row] = sylvia.listed("network_route", token=estate.owner, unit=estate.unit.unit_id)
    wanted = {
        "routeId": route,
        "unitId": estate.unit.unit_id,
        "applicationId": estate.application.application_id,
        "applicationCode": estate.application.code,
        "networkId": estate.network.network_id,
        "networkCode": estate.network.code,
    }
    expect.equal(wanted, {name: row[name] for name in wanted}, "the route")
    expect.equal(1, sylvia.counted("network_route", unit=estate.unit.unit_id), "count")


@case(CREATE, kind="negative", rules=("r7",), errors=("err_broker_route_exist",))
@pytest.mark.documented
def test_create__twice(sylvia: SylviaTarget) -> None:
    """A network and an application have one route; another application another one."""
    estate = sylvia.estate()
    route = sylvia.new_network_route(estate.network, estate.application)
    expect.refused(create(sylvia, estate.network, estate.application), "err_broker_route_exist")
    other = sylvia.new_network_route(estate.network, sylvia.new_application(estate.unit))
    rows = sylvia.listed("network_route", unit=estate.unit.unit_id)
    expect.equal({route, other}, {row["routeId"] for row in rows}, "routes")


@case(CREATE, kind="permission", rules=("r6",), errors=("err_broker_network_not_exist",))
@pytest.mark.inferred
def test_create__public_network(sylvia: SylviaTarget) -> None:
    """Admin and manager route a public network to any unit; for the owner of a unit it does not exist."""
    estate = sylvia.estate()
    network = sylvia.new_network(public=True)
    expect.refused(create(sylvia, network, estate.application), "err_broker_network_not_exist")
    for caller in (sylvia.admin, sylvia.manager):
        application = sylvia.new_application(estate.unit)
        answer = expect.accepted(create(sylvia, network, application, caller), status=200)
        [row] = sylvia.listed("network_route", application=application.application_id)
        told = (row["routeId"], row["unitId"], row["networkCode"])
        expect.equal((answer["data"]["routeId"], estate.unit.unit_id, network.code), told, "the route")


@case(CREATE, kind="negative", rules=("r6",))
@pytest.mark.contradictory("sylvia.contra.15")
def test_create__units_differ(sylvia: SylviaTarget) -> None:
    """A private network is routed within its own unit only."""
    estate = sylvia.estate()
    application = sylvia.new_application(sylvia.new_unit(estate.owner))
    answer = create(sylvia, estate.network, application)
    expect.either(
        "sylvia.contra.15",
        a=lambda: expect.refused(answer, "err_broker_unit_not_match"),
        b=lambda: expect.refused(answer, status=400),
    )
    expect.equal(0, sylvia.counted("network_route", network=estate.network.network_id), "routes")


@case(CREATE, kind="negative", rules=("r5", "r6"))
@pytest.mark.inferred
def test_create__foreign_subjects(sylvia: SylviaTarget) -> None:
    """For an owner the networks and applications of other units do not exist."""
    estate, other = sylvia.estate(), sylvia.estate()
    answer = create(sylvia, other.network, estate.application, estate.owner)
    expect.refused(answer, "err_broker_network_not_exist")
    answer = create(sylvia, estate.network, other.application, estate.owner)
    expect.refused(answer, "err_broker_application_not_exist")


@case(CREATE, kind="negative")
@negatives.parametrize(CREATE)
def test_create__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped members, unknown network and application, spoilt bodies, callers."""
    negatives.judge(sylvia, negative)


@case(DELETE, kind="state", rules=("r1", "r2", "r3"))
@pytest.mark.documented
def test_delete__only_this_one(sylvia: SylviaTarget) -> None:
    """The route goes, others and what they join stay; it may be made again."""
    estate = sylvia.estate()
    other = sylvia.new_application(estate.unit)
    gone = sylvia.new_network_route(estate.network, estate.application)
    kept = sylvia.new_network_route(estate.network, other)
    sylvia.call(DELETE, token=estate.owner, path={"routeId": gone}, expect=204)
    rows = sylvia.listed("network_route", unit=estate.unit.unit_id)
    expect.equal([kept], [row["routeId"] for row in rows], "routes")
    expect.equal(1, sylvia.counted("network_route", unit=estate.unit.unit_id), "count")
    expect.true(sylvia.shown("network", estate.network.network_id) is not None, "the network stays")
    expect.different(gone, sylvia.new_network_route(estate.network, estate.application), "ids")


@case(DELETE, kind="documented", rules=("r2", "r3"))
@pytest.mark.contradictory("sylvia.contra.4")
def test_delete__unknown(sylvia: SylviaTarget) -> None:
    """Deleting what is not there is done already, and harms nobody."""
    estate = sylvia.estate()
    sylvia.new_network_route(estate.network, estate.application)
    sylvia.call(DELETE, token=sylvia.admin, path={"routeId": sylvia.names.hex(26)}, expect=204)
    expect.equal(1, sylvia.counted("network_route", unit=estate.unit.unit_id), "routes")


@case(DELETE, kind="negative")
@negatives.parametrize(DELETE)
def test_delete__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Callers."""
    negatives.judge(sylvia, negative)
