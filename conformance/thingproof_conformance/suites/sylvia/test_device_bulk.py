"""Devices by lists of addresses (sylvia.md:799-866)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import bulk_steps
from thingproof_conformance.suites.sylvia.bulk_steps import addresses, devices_of, send
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

BULK, BULK_DELETE = "sylvia.device.bulk", "sylvia.device.bulk_delete"


# Making.


@case(BULK, kind="documented", rules=("r1", "r3", "r9", "r10", "r13", "r14"))
@pytest.mark.documented
def test_bulk__makes_devices(sylvia: SylviaTarget) -> None:
    """Every address has its device, named like the address, in lower case; nothing else is made."""
    estate = sylvia.estate()
    send(sylvia, BULK, estate, networkAddrs=["800012AE", "8000257f", "zigbee-7"])
    found = devices_of(sylvia, estate.network)
    expect.equal({"800012ae", "8000257f", "zigbee-7", estate.device.network_addr}, set(found), "addresses")
    for address in ("800012ae", "8000257f", "zigbee-7"):
        row = found[address]
        told = (row["name"], row["profile"], row["info"], row["unitId"])
        expect.equal((address, "", {}, estate.unit.unit_id), told, "name, profile, info, unit")


@case(BULK, kind="documented", rules=("r10", "r12"))
@pytest.mark.documented
@pytest.mark.parametrize("profile", ["", "E-Meter_2"])
def test_bulk__profile(sylvia: SylviaTarget, profile: str) -> None:
    """All devices get the profile, in lower case."""
    estate = sylvia.estate()
    send(sylvia, BULK, estate, networkAddrs=["01", "02"], profile=profile)
    found = devices_of(sylvia, estate.network)
    expect.equal([profile.lower()] * 2, [found[address]["profile"] for address in ("01", "02")], "profiles")


@case(BULK, kind="negative", rules=("r11",), errors=("err_param",))
@pytest.mark.documented
@pytest.mark.parametrize("profile", ["-meter", "me ter", "mètre"])
def test_bulk__bad_profile(sylvia: SylviaTarget, profile: str) -> None:
    """A profile outside of the pattern makes no devices."""
    estate = sylvia.estate()
    refused = send(sylvia, BULK, estate, networkAddrs=["01"], profile=profile, expected=ANY)
    expect.refused(refused, "err_param")
    expect.equal({estate.device.network_addr}, set(devices_of(sylvia, estate.network)), "addresses")


@case(BULK, kind="documented", rules=("r2",))
@pytest.mark.documented
def test_bulk__skips_existing(sylvia: SylviaTarget) -> None:
    """A device that is there keeps its id and all it has; the others are made."""
    estate = sylvia.estate()
    kept = sylvia.new_device(estate.network, networkAddr="80aa", profile="p", name="kept", info={"a": 1})
    before = devices_of(sylvia, estate.network)[kept.network_addr]
    send(sylvia, BULK, estate, networkAddrs=["80AA", "80ab"], profile="other")
    found = devices_of(sylvia, estate.network)
    expect.equal(before, found["80aa"], "the device that was there")
    expect.equal(("80ab", "other"), (found["80ab"]["name"], found["80ab"]["profile"]), "the new device")


@case(BULK, kind="negative", rules=("r4",), errors=("err_param",))
@pytest.mark.documented
def test_bulk__limit(sylvia: SylviaTarget) -> None:
    """1024 addresses make 1024 devices, 1025 make none, an empty list or address none either."""
    estate = sylvia.estate()
    bulk_steps.judge_list_limits(sylvia, BULK, estate, addresses(0x1000, bulk_steps.MOST))
    expect.equal(bulk_steps.MOST + 1, sylvia.counted("device", unit=estate.unit.unit_id), "devices")


@case(BULK, kind="documented", rules=("r1",))
@pytest.mark.contradictory("sylvia.contra.34")
def test_bulk__twice_in_one_call(sylvia: SylviaTarget) -> None:
    """An address given twice has one device."""
    estate = sylvia.estate()
    send(sylvia, BULK, estate, networkAddrs=["0a", "0A", "0a"])
    expect.equal(2, sylvia.counted("device", unit=estate.unit.unit_id), "devices")


@case(BULK, kind="permission", rules=("r7", "r16"), errors=("err_broker_network_not_exist",))
@pytest.mark.documented
def test_bulk__public_network(sylvia: SylviaTarget) -> None:
    """For an owner a public network does not exist; admin and manager may name it."""
    bulk_steps.refuses_public(sylvia, BULK, networkAddrs=["01", "02"])


@case(BULK, kind="negative")
@negatives.parametrize(BULK)
def test_bulk__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped members, unknown unit and network, spoilt bodies, callers."""
    negatives.judge(sylvia, negative)


# Deleting.


@case(BULK_DELETE, kind="state", rules=("r1", "r7", "r8", "r9"))
@pytest.mark.documented
def test_bulk_delete__deletes_devices(sylvia: SylviaTarget) -> None:
    """The devices of the addresses go with their routes, others stay; unknown addresses are no error."""
    estate = sylvia.estate()
    bulk_steps.populate(sylvia, estate, ["80aa", "80ab", "80ac"])
    bulk_steps.route(sylvia, estate, ["80aa", "80ac"])
    send(sylvia, BULK_DELETE, estate, networkAddrs=["80AA", "80ab", "0000"])
    kept = {"80ac", estate.device.network_addr}
    expect.equal(kept, set(devices_of(sylvia, estate.network)), "addresses")
    expect.equal({"80ac"}, set(bulk_steps.routes_of(sylvia, estate)), "routed addresses")


@case(BULK_DELETE, kind="documented", rules=("r1",))
@pytest.mark.inferred
def test_bulk_delete__other_networks_and_units(sylvia: SylviaTarget) -> None:
    """Only devices of the given unit in the given network go."""
    estate = sylvia.estate()
    elsewhere = sylvia.new_device(sylvia.new_network(estate.unit), networkAddr="80aa")
    public = sylvia.new_network(public=True)
    foreign = sylvia.new_device(public, networkAddr="80aa")
    own = sylvia.new_device(public, unit=estate.unit, networkAddr="80ab")
    addrs = ["80aa", "80ab"]
    send(sylvia, BULK_DELETE, estate, networkAddrs=addrs)
    send(sylvia, BULK_DELETE, estate, network=public, token=sylvia.admin, networkAddrs=addrs)
    there = [sylvia.shown("device", device.device_id) is not None for device in (elsewhere, foreign, own)]
    expect.equal([True, True, False], there, "another network's, another unit's, the own one is there")


@case(BULK_DELETE, kind="negative", rules=("r2",), errors=("err_param",))
@pytest.mark.documented
def test_bulk_delete__limit(sylvia: SylviaTarget) -> None:
    """1024 addresses are taken, 1025 delete nothing."""
    estate = sylvia.estate()
    most = addresses(0x1000, bulk_steps.MOST)
    bulk_steps.populate(sylvia, estate, most)
    refused = send(sylvia, BULK_DELETE, estate, networkAddrs=[*most, "ff"], expected=ANY)
    expect.refused(refused, "err_param")
    expect.equal(bulk_steps.MOST + 1, sylvia.counted("device", unit=estate.unit.unit_id), "devices")
    bulk_steps.judge_list_limits(sylvia, BULK_DELETE, estate, most)
    expect.equal(1, sylvia.counted("device", unit=estate.unit.unit_id), "devices")


@case(BULK_DELETE, kind="permission", rules=("r5", "r11"), errors=("err_broker_network_not_exist",))
@pytest.mark.documented
def test_bulk_delete__public_network(sylvia: SylviaTarget) -> None:
    """For an owner a public network does not exist; admin and manager may name it."""
    bulk_steps.refuses_public(sylvia, BULK_DELETE)


@case(BULK_DELETE, kind="negative")
@negatives.parametrize(BULK_DELETE)
def test_bulk_delete__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped members, unknown unit and network, spoilt bodies, callers."""
    negatives.judge(sylvia, negative)
