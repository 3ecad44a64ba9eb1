"""Device routes one by one: making and deleting (sylvia.md:1130-1166, 1399-1406)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.sylvia import Application, Device, SylviaTarget, User

CREATE, DELETE = "sylvia.device_route.create", "sylvia.device_route.delete"


def create(
    sylvia: SylviaTarget, device: Device, application: Application, token: User | None = None
) -> Answer:
    """Ask for a route, as the owner of the device's unit; the case judges."""
    body = {"deviceId": device.device_id, "applicationId": application.application_id}
    return sylvia.call(CREATE, token=token or device.unit.owner, json={"data": body}, expect=ANY)


@case(CREATE, kind="documented", rules=("r1", "r4", "r9"))
@pytest.mark.documented
def test_create__appears(sylvia: SylviaTarget) -> None:
    """A route joins one device with one application; list and count show it with what it joins."""
    estate = sylvia.estate()
    device = sylvia.new_device(estate.network, profile="Tracker")
    answer = create(sylvia, device, estate.application)
    route = expect.field(expect.accepted(answer, status=200), "data.routeId")
    [row] = sylvia.listed("device_route", token=estate.owner, unit=estate.unit.unit_id)
    wanted = {
        "routeId": route,
        "unitId": estate.unit.unit_id,
        "applicationId": estate.application.application_id,
        "applicationCode": estate.application.code,
        "deviceId": device.device_id,
        "networkId": estate.network.network_id,
        "networkCode": estate.network.code,
        "networkAddr": device.network_addr,
        "profile": "tracker",
    }
    expect.equal(wanted, {name: row[name] for name in wanted}, "the route")
    expect.equal(1, sylvia.counted("device_route", unit=estate.unit.unit_id), "count")


@case(CREATE, kind="documented", rules=("r1",))
@pytest.mark.documented
def test_create__many_to_many(sylvia: SylviaTarget) -> None:
    """A device has routes to several applications, an application routes from several devices."""
    estate = sylvia.estate()
    applications = (estate.application, sylvia.new_application(estate.unit))
    devices = (estate.device, sylvia.new_device(estate.network))
    made = {sylvia.new_route(device, application) for device in devices for application in applications}
    expect.equal(4, len(made), "routes")
    expect.equal(4, sylvia.counted("device_route", unit=estate.unit.unit_id), "count")


@case(CREATE, kind="negative", rules=("r7",), errors=("err_broker_route_exist",))
@pytest.mark.documented
def test_create__twice(sylvia: SylviaTarget) -> None:
    """A device and an application have one route."""
    estate = sylvia.estate()
    route = sylvia.new_route(estate.device, estate.application)
    expect.refused(create(sylvia, estate.device, estate.application), "err_broker_route_exist")
    rows = sylvia.listed("device_route", unit=estate.unit.unit_id)
    expect.equal([route], [row["routeId"] for row in rows], "routes")


@case(CREATE, kind="negative", rules=("r8",), errors=("err_broker_unit_not_match",))
@pytest.mark.documented
def test_create__units_differ(sylvia: SylviaTarget) -> None:
    """Device and application belong to one unit, even when one user owns both units."""
    estate = sylvia.estate()
    application = sylvia.new_application(sylvia.new_unit(estate.owner))
    for caller in (estate.owner, sylvia.admin):
        answer = create(sylvia, estate.device, application, caller)
        expect.refused(answer, "err_broker_unit_not_match")
    expect.equal(0, sylvia.counted("device_route", unit=estate.unit.unit_id), "routes")


@case(CREATE, kind="negative", rules=("r5", "r6"))
@pytest.mark.inferred
def test_create__foreign_subjects(sylvia: SylviaTarget) -> None:
    """For an owner the devices and applications of other units do not exist."""
    estate, other = sylvia.estate(), sylvia.estate()
    answer = create(sylvia, other.device, estate.application, estate.owner)
    expect.refused(answer, "err_broker_device_not_exist")
    answer = create(sylvia, estate.device, other.application, estate.owner)
    expect.refused(answer, "err_broker_application_not_exist")


@case(CREATE, kind="negative")
@negatives.parametrize(CREATE)
def test_create__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped members, unknown device and application, spoilt bodies, callers."""
    negatives.judge(sylvia, negative)


@case(DELETE, kind="state", rules=("r1", "r2", "r3"))
@pytest.mark.documented
def test_delete__only_this_one(sylvia: SylviaTarget) -> None:
    """The route goes, others and what they join stay; it may be made again."""
    estate = sylvia.estate()
    other = sylvia.new_application(estate.unit)
    gone, kept = (sylvia.new_route(estate.device, application) for application in (estate.application, other))
    sylvia.call(DELETE, token=estate.owner, path={"routeId": gone}, expect=204)
    rows = sylvia.listed("device_route", unit=estate.unit.unit_id)
    expect.equal([kept], [row["routeId"] for row in rows], "routes")
    expect.equal(1, sylvia.counted("device_route", unit=estate.unit.unit_id), "count")
    expect.true(sylvia.shown("device", estate.device.device_id) is not None, "the device stays")
    expect.different(gone, sylvia.new_route(estate.device, estate.application), "ids")


@case(DELETE, kind="documented", rules=("r2", "r3"))
@pytest.mark.contradictory("sylvia.contra.4")
def test_delete__unknown(sylvia: SylviaTarget) -> None:
    """Deleting what is not there is done already, and harms nobody."""
    estate = sylvia.estate()
    sylvia.new_route(estate.device, estate.application)
    sylvia.call(DELETE, token=sylvia.admin, path={"routeId": sylvia.names.hex(26)}, expect=204)
    expect.equal(1, sylvia.counted("device_route", unit=estate.unit.unit_id), "routes")


@case(DELETE, kind="negative")
@negatives.parametrize(DELETE)
def test_delete__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Callers."""
    negatives.judge(sylvia, negative)
