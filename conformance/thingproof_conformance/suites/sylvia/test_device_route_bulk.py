"""Device routes by lists of addresses (sylvia.md:1167-1232)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import bulk_steps
from thingproof_conformance.suites.sylvia.bulk_steps import addresses, routes_of, send
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

BULK, BULK_DELETE = "sylvia.device_route.bulk", "sylvia.device_route.bulk_delete"


# Making.


@case(BULK, kind="documented", rules=("r1", "r8", "r9", "r10"))
@pytest.mark.documented
def test_bulk__makes_routes(sylvia: SylviaTarget) -> None:
    """The device of every address has a route, however the address is written; others have none."""
    estate = sylvia.estate()
    bulk_steps.populate(sylvia, estate, ["80aa", "80ab", "80ac"])
    devices = bulk_steps.devices_of(sylvia, estate.network)
    send(sylvia, BULK, estate, networkAddrs=["80AA", "80ab"])
    found = routes_of(sylvia, estate)
    expect.equal({"80aa", "80ab"}, set(found), "routed addresses")
    for address, row in found.items():
        told = (row["deviceId"], row["networkId"])
        expect.equal((devices[address]["deviceId"], estate.network.network_id), told, "device, network")


@case(BULK, kind="documented", rules=("r2",))
@pytest.mark.documented
def test_bulk__skips_existing(sylvia: SylviaTarget) -> None:
    """A route that is there keeps its id; the others are made, one for each device."""
    estate = sylvia.estate()
    bulk_steps.populate(sylvia, estate, ["80aa", "80ab"])
    bulk_steps.route(sylvia, estate, ["80aa"])
    before = routes_of(sylvia, estate)["80aa"]
    send(sylvia, BULK, estate, networkAddrs=["80aa", "80ab", "80AB"])
    found = routes_of(sylvia, estate)
    expect.equal({"80aa", "80ab"}, set(found), "routed addresses")
    expect.equal(before, found["80aa"], "the route that was there")
    expect.equal(2, sylvia.counted("device_route", unit=estate.unit.unit_id), "routes")


@case(BULK, kind="negative", rules=("r3",), errors=("err_param",))
@pytest.mark.documented
def test_bulk__limit(sylvia: SylviaTarget) -> None:
    """1024 addresses make 1024 routes, 1025 none, an empty list or address none either."""
    estate = sylvia.estate()
    most = addresses(0x1000, bulk_steps.MOST)
    bulk_steps.populate(sylvia, estate, most)
    bulk_steps.judge_list_limits(sylvia, BULK, estate, most)
    expect.equal(bulk_steps.MOST, sylvia.counted("device_route", unit=estate.unit.unit_id), "routes")


@case(BULK, kind="negative", rules=("r13",), errors=("err_broker_device_not_exist",))
@pytest.mark.documented
def test_bulk__no_device(sylvia: SylviaTarget) -> None:
    """Addresses of which none has a device make no routes."""
    estate = sylvia.estate()
    refused = send(sylvia, BULK, estate, networkAddrs=["0001", "0002"], expected=ANY)
    expect.refused(refused, "err_broker_device_not_exist")
    expect.equal(0, sylvia.counted("device_route", unit=estate.unit.unit_id), "routes")


@case(BULK, kind="documented", rules=("r1", "r13"))
@pytest.mark.contradictory("sylvia.contra.32")
def test_bulk__some_devices(sylvia: SylviaTarget) -> None:
    """Where some addresses have a device, those get routes."""
    estate = sylvia.estate()
    address = estate.device.network_addr
    answer = send(sylvia, BULK, estate, networkAddrs=["0001", address], expected=ANY)

    def made() -> None:
        expect.accepted(answer, status=204)
        expect.equal({address}, set(routes_of(sylvia, estate)), "routed addresses")

    def refused() -> None:
        expect.refused(answer, "err_broker_device_not_exist")
        expect.equal(set(), set(routes_of(sylvia, estate)), "routed addresses")

    expect.either("sylvia.contra.32", a=made, b=refused)


@case(BULK, kind="negative", rules=("r12",))
@pytest.mark.contradictory("sylvia.contra.33")
def test_bulk__units_differ(sylvia: SylviaTarget) -> None:
    """The private network of another unit has no routes to the application."""
    estate, other = sylvia.estate(), sylvia.estate()
    addrs, caller = [other.device.network_addr], sylvia.admin
    answer = send(sylvia, BULK, estate, token=caller, network=other.network, expected=ANY, networkAddrs=addrs)
    expect.either(
        "sylvia.contra.33",
        a=lambda: expect.refused(answer, "err_broker_unit_not_match", status=400),
        b=lambda: expect.accepted(answer, status=204),
    )


@case(BULK, kind="permission", rules=("r6", "r12"), errors=("err_broker_network_not_exist",))
@pytest.mark.documented
def test_bulk__public_network(sylvia: SylviaTarget) -> None:
    """For an owner a public network does not exist; admin and manager may name it."""
    bulk_steps.refuses_public(sylvia, BULK)


@case(BULK, kind="negative")
@negatives.parametrize(BULK)
def test_bulk__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped members, unknown application and network, spoilt bodies, callers."""
    negatives.judge(sylvia, negative)


# Deleting.


@case(BULK_DELETE, kind="state", rules=("r1", "r7", "r8", "r9"))
@pytest.mark.documented
def test_bulk_delete__deletes_routes(sylvia: SylviaTarget) -> None:
    """The routes of the addresses go; others, those to other applications, and the devices stay."""
    estate = sylvia.estate()
    bulk_steps.populate(sylvia, estate, ["80aa", "80ab", "80ac"])
    bulk_steps.route(sylvia, estate, ["80aa", "80ab"])
    other = sylvia.new_application(estate.unit)
    kept = sylvia.new_route(estate.device, other)
    addrs = ["80AA", "80ac", "0000", estate.device.network_addr]
    send(sylvia, BULK_DELETE, estate, networkAddrs=addrs)
    expect.equal({"80ab"}, set(routes_of(sylvia, estate)), "routed addresses")
    rows = sylvia.listed("device_route", application=other.application_id)
    expect.equal([kept], [row["routeId"] for row in rows], "routes to the other application")
    expect.equal(4, sylvia.counted("device", unit=estate.unit.unit_id), "devices")


@case(BULK_DELETE, kind="negative", rules=("r2",), errors=("err_param",))
@pytest.mark.documented
def test_bulk_delete__limit(sylvia: SylviaTarget) -> None:
    """1024 addresses are taken, 1025 delete nothing."""
    estate = sylvia.estate()
    most = addresses(0x1000, bulk_steps.MOST)
    bulk_steps.populate(sylvia, estate, most)
    bulk_steps.route(sylvia, estate, most)
    refused = send(sylvia, BULK_DELETE, estate, networkAddrs=[*most, "ff"], expected=ANY)
    expect.refused(refused, "err_param")
    expect.equal(bulk_steps.MOST, sylvia.counted("device_route", unit=estate.unit.unit_id), "routes")
    bulk_steps.judge_list_limits(sylvia, BULK_DELETE, estate, most)
    expect.equal(0, sylvia.counted("device_route", unit=estate.unit.unit_id), "routes")


@case(BULK_DELETE, kind="permission", rules=("r5", "r11"), errors=("err_broker_network_not_exist",))
@pytest.mark.documented
def test_bulk_delete__public_network(sylvia: SylviaTarget) -> None:
    """For an owner a public network does not exist; admin and manager may name it."""
    bulk_steps.refuses_public(sylvia, BULK_DELETE)


@case(BULK_DELETE, kind="negative")
@negatives.parametrize(BULK_DELETE)
def test_bulk_delete__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped members, unknown application and network, spoilt bodies, callers."""
    negatives.judge(sylvia, negative)
