"""Device routes by ranges of addresses (sylvia.md:1233-1298)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import bulk_steps
from thingproof_conformance.suites.sylvia.bulk_steps import addresses, form_rules, routes_of, send
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

RANGE, RANGE_DELETE = "sylvia.device_route.range", "sylvia.device_route.range_delete"
FIRST = 0x80001000


# Making.


@case(RANGE, kind="documented", rules=("r1", "r13", "r14"))
@pytest.mark.documented
def test_range__makes_routes(sylvia: SylviaTarget) -> None:
    """Devices at both ends and between have a route, their neighbours none; gaps are no error."""
    estate = sylvia.estate()
    bulk_steps.populate(sylvia, estate, ["80a9", "80aa", "80ac", "80ad", "aa"])
    send(sylvia, RANGE, estate, startAddr="80AA", endAddr="80ac")
    expect.equal({"80aa", "80ac"}, set(routes_of(sylvia, estate)), "routed addresses")


@case(RANGE, kind="documented", rules=("r2",))
@pytest.mark.documented
def test_range__skips_existing(sylvia: SylviaTarget) -> None:
    """A route that is there keeps its id; the others are made."""
    estate = sylvia.estate()
    bulk_steps.populate(sylvia, estate, ["80aa", "80ab"])
    bulk_steps.route(sylvia, estate, ["80ab"])
    before = routes_of(sylvia, estate)["80ab"]
    send(sylvia, RANGE, estate, startAddr="80aa", endAddr="80af")
    found = routes_of(sylvia, estate)
    expect.equal({"80aa", "80ab"}, set(found), "routed addresses")
    expect.equal(before, found["80ab"], "the route that was there")


@case(RANGE, kind="negative", rules=("r3",), errors=("err_param",))
@pytest.mark.documented
def test_range__limit(sylvia: SylviaTarget) -> None:
    """0x400 addresses make as many routes, 0x401 make none."""
    estate = sylvia.estate()
    bulk_steps.populate(sylvia, estate, addresses(FIRST, bulk_steps.MOST))
    bulk_steps.judge_range_limits(sylvia, RANGE, estate, FIRST)
    expect.equal(bulk_steps.MOST, sylvia.counted("device_route", unit=estate.unit.unit_id), "routes")


@case(RANGE, kind="documented", rules=("r7",))
@pytest.mark.contradictory("sylvia.contra.9")
def test_range__longest(sylvia: SylviaTarget) -> None:
    """Addresses have up to 32 characters."""
    estate = sylvia.estate()
    device = sylvia.new_device(estate.network, networkAddr="f" * 32)
    bulk_steps.judge_longest(sylvia, RANGE, estate, device)
    expect.equal({"f" * 32}, set(routes_of(sylvia, estate)), "routed addresses")


@case(RANGE, kind="negative", errors=("err_param",))
@pytest.mark.documented
@pytest.mark.parametrize("bad", form_rules(4))
def test_range__bad_form(sylvia: SylviaTarget, bad: str) -> None:
    """A range that is none makes no routes."""
    estate = sylvia.estate()
    bulk_steps.populate(sylvia, estate, ["80001000", "80001001", "8000", "8000100"])
    bulk_steps.judge_range_form(sylvia, RANGE, estate, bad)
    expect.equal(0, sylvia.counted("device_route", unit=estate.unit.unit_id), "routes")


@case(RANGE, kind="negative", rules=("r17",), errors=("err_broker_device_not_exist",))
@pytest.mark.documented
def test_range__no_device(sylvia: SylviaTarget) -> None:
    """A range without any device makes no routes."""
    estate = sylvia.estate()
    refused = send(sylvia, RANGE, estate, startAddr="0001", endAddr="0002", expected=ANY)
    expect.refused(refused, "err_broker_device_not_exist")
    expect.equal(0, sylvia.counted("device_route", unit=estate.unit.unit_id), "routes")


@case(RANGE, kind="negative", rules=("r16",))
@pytest.mark.contradictory("sylvia.contra.33")
def test_range__units_differ(sylvia: SylviaTarget) -> None:
    """The private network of another unit has no routes to the application."""
    estate, other = sylvia.estate(), sylvia.estate()
    address = other.device.network_addr
    ends = {"startAddr": address, "endAddr": address}
    answer = send(sylvia, RANGE, estate, token=sylvia.admin, network=other.network, expected=ANY, **ends)
    expect.either(
        "sylvia.contra.33",
        a=lambda: expect.refused(answer, "err_broker_unit_not_match", status=400),
        b=lambda: expect.accepted(answer, status=204),
    )


@case(RANGE, kind="permission", rules=("r10", "r16"), errors=("err_broker_network_not_exist",))
@pytest.mark.documented
def test_range__public_network(sylvia: SylviaTarget) -> None:
    """For an owner a public network does not exist; admin and manager may name it."""
    bulk_steps.refuses_public(sylvia, RANGE)


@case(RANGE, kind="negative")
@negatives.parametrize(RANGE)
def test_range__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped members, unknown application and network, spoilt bodies, callers."""
    negatives.judge(sylvia, negative)


# Deleting.


@case(RANGE_DELETE, kind="state", rules=("r1", "r12", "r13"))
@pytest.mark.documented
def test_range_delete__deletes_routes(sylvia: SylviaTarget) -> None:
    """Routes at both ends and between go; their neighbours' and all devices stay."""
    estate = sylvia.estate()
    populated = ["80a9", "80aa", "80ac", "80ad", "aa"]
    bulk_steps.populate(sylvia, estate, populated)
    bulk_steps.route(sylvia, estate, populated)
    send(sylvia, RANGE_DELETE, estate, startAddr="80AA", endAddr="80ac")
    expect.equal({"80a9", "80ad", "aa"}, set(routes_of(sylvia, estate)), "routed addresses")
    expect.equal(6, sylvia.counted("device", unit=estate.unit.unit_id), "devices")


@case(RANGE_DELETE, kind="negative", rules=("r2",), errors=("err_param",))
@pytest.mark.documented
def test_range_delete__limit(sylvia: SylviaTarget) -> None:
    """0x400 addresses are taken, 0x401 delete nothing."""
    estate = sylvia.estate()
    most = addresses(FIRST, bulk_steps.MOST)
    bulk_steps.populate(sylvia, estate, most)
    bulk_steps.route(sylvia, estate, most)
    end = f"{FIRST + bulk_steps.MOST:08x}"
    refused = send(sylvia, RANGE_DELETE, estate, startAddr=most[0], endAddr=end, expected=ANY)
    expect.refused(refused, "err_param")
    expect.equal(bulk_steps.MOST, sylvia.counted("device_route", unit=estate.unit.unit_id), "routes")
    bulk_steps.judge_range_limits(sylvia, RANGE_DELETE, estate, FIRST)
    expect.equal(0, sylvia.counted("device_route", unit=estate.unit.unit_id), "routes")


@case(RANGE_DELETE, kind="documented", rules=("r6",))
@pytest.mark.contradictory("sylvia.contra.9")
def test_range_delete__longest(sylvia: SylviaTarget) -> None:
    """Addresses have up to 32 characters."""
    estate = sylvia.estate()
    device = sylvia.new_device(estate.network, networkAddr="f" * 32)
    sylvia.new_route(device, estate.application)
    bulk_steps.judge_longest(sylvia, RANGE_DELETE, estate, device)
    expect.equal(set(), set(routes_of(sylvia, estate)), "routed addresses")


@case(RANGE_DELETE, kind="negative", errors=("err_param",))
@pytest.mark.documented
@pytest.mark.parametrize("bad", form_rules(3))
def test_range_delete__bad_form(sylvia: SylviaTarget, bad: str) -> None:
    """A range that is none deletes nothing."""
    estate = sylvia.estate()
    populated = ["80001000", "80001001", "8000", "8000100"]
    bulk_steps.populate(sylvia, estate, populated)
    bulk_steps.route(sylvia, estate, populated)
    bulk_steps.judge_range_form(sylvia, RANGE_DELETE, estate, bad)
    expect.equal(set(populated), set(routes_of(sylvia, estate)), "routed addresses")


@case(RANGE_DELETE, kind="permission", rules=("r9", "r15"), errors=("err_broker_network_not_exist",))
@pytest.mark.documented
def test_range_delete__public_network(sylvia: SylviaTarget) -> None:
    """For an owner a public network does not exist; admin and manager may name it."""
    bulk_steps.refuses_public(sylvia, RANGE_DELETE)


@case(RANGE_DELETE, kind="negative")
@negatives.parametrize(RANGE_DELETE)
def test_range_delete__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped members, unknown application and network, spoilt bodies, callers."""
    negatives.judge(sylvia, negative)
