"""Devices by ranges of addresses (sylvia.md:867-935)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import bulk_steps
from thingproof_conformance.suites.sylvia.bulk_steps import addresses, devices_of, form_rules, send
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

RANGE, RANGE_DELETE = "sylvia.device.range", "sylvia.device.range_delete"
FIRST = 0x80001000


# Making.


@case(RANGE, kind="documented", rules=("r1", "r3", "r14", "r17", "r18"))
@pytest.mark.documented
def test_range__makes_devices(sylvia: SylviaTarget) -> None:
    """Both ends and all between have a device named like its address; the neighbours have none."""
    estate = sylvia.estate()
    send(sylvia, RANGE, estate, startAddr="000000fe", endAddr="00000102")
    found = devices_of(sylvia, estate.network)
    expect.equal({*addresses(0xFE, 5), estate.device.network_addr}, set(found), "addresses")
    for address in addresses(0xFE, 5):
        row = found[address]
        told = (row["name"], row["profile"], row["info"], row["unitId"])
        expect.equal((address, "", {}, estate.unit.unit_id), told, "name, profile, info, unit")


@case(RANGE, kind="documented", rules=("r1",))
@pytest.mark.contradictory("sylvia.contra.35")
def test_range__lower_case(sylvia: SylviaTarget) -> None:
    """Addresses are kept in lower case."""
    estate = sylvia.estate()
    send(sylvia, RANGE, estate, startAddr="800010AA", endAddr="800010AF")
    found = set(devices_of(sylvia, estate.network))
    expect.equal({*addresses(0x800010AA, 6), estate.device.network_addr}, found, "addresses")


@case(RANGE, kind="documented", rules=("r14", "r16"))
@pytest.mark.documented
@pytest.mark.parametrize("profile", ["", "E-Meter_2"])
def test_range__profile(sylvia: SylviaTarget, profile: str) -> None:
    """All devices get the profile, in lower case."""
    estate = sylvia.estate()
    send(sylvia, RANGE, estate, startAddr="01", endAddr="02", profile=profile)
    found = devices_of(sylvia, estate.network)
    expect.equal([profile.lower()] * 2, [found[address]["profile"] for address in ("01", "02")], "profiles")


@case(RANGE, kind="negative", rules=("r15",), errors=("err_param",))
@pytest.mark.documented
@pytest.mark.parametrize("profile", ["-meter", "me ter", "mètre"])
def test_range__bad_profile(sylvia: SylviaTarget, profile: str) -> None:
    """A profile outside of the pattern makes no devices."""
    estate = sylvia.estate()
    refused = send(sylvia, RANGE, estate, startAddr="01", endAddr="02", profile=profile, expected=ANY)
    expect.refused(refused, "err_param")
    expect.equal({estate.device.network_addr}, set(devices_of(sylvia, estate.network)), "addresses")


@case(RANGE, kind="documented", rules=("r2",))
@pytest.mark.documented
def test_range__skips_existing(sylvia: SylviaTarget) -> None:
    """A device that is there keeps its id and all it has; the others are made."""
    estate = sylvia.estate()
    kept = sylvia.new_device(estate.network, networkAddr="80ab", profile="p", name="kept", info={"a": 1})
    before = devices_of(sylvia, estate.network)[kept.network_addr]
    send(sylvia, RANGE, estate, startAddr="80aa", endAddr="80ac", profile="other")
    found = devices_of(sylvia, estate.network)
    expect.equal(before, found["80ab"], "the device that was there")
    expect.equal(["other"] * 2, [found[address]["profile"] for address in ("80aa", "80ac")], "new devices")


@case(RANGE, kind="negative", rules=("r4",), errors=("err_param",))
@pytest.mark.documented
def test_range__limit(sylvia: SylviaTarget) -> None:
    """0x400 addresses make as many devices, 0x401 make none."""
    estate = sylvia.estate()
    bulk_steps.judge_range_limits(sylvia, RANGE, estate, FIRST)
    expect.equal(bulk_steps.MOST + 1, sylvia.counted("device", unit=estate.unit.unit_id), "devices")


@case(RANGE, kind="negative", rules=("r4",), errors=("err_param",), needs=("faults",))
@pytest.mark.contradictory("sylvia.contra.10")
def test_range__huge_span(sylvia: SylviaTarget) -> None:
    """A span of 2 to the power of 64 and one is more than 1024; only an embedded platform is asked this."""
    estate = sylvia.estate()
    start, end = "00" * 16, f"{2**64 + 1:032x}"
    refused = send(sylvia, RANGE, estate, startAddr=start, endAddr=end, expected=ANY)
    expect.refused(refused, "err_param")
    expect.equal(1, sylvia.counted("device", unit=estate.unit.unit_id), "devices")


@case(RANGE, kind="documented", rules=("r8",))
@pytest.mark.contradictory("sylvia.contra.9")
@pytest.mark.parametrize("address", ["0" * 31 + "1", "f" * 32], ids=["first", "last"])
def test_range__longest(sylvia: SylviaTarget, address: str) -> None:
    """Addresses have up to 32 characters; the uppermost one is one, too."""
    estate = sylvia.estate()
    send(sylvia, RANGE, estate, startAddr=address, endAddr=address)
    found = set(devices_of(sylvia, estate.network))
    expect.equal({address, estate.device.network_addr}, found, "addresses")
    longer = "00" + address
    refused = send(sylvia, RANGE, estate, startAddr=longer, endAddr=longer, expected=ANY)
    expect.refused(refused, "err_param")


@case(RANGE, kind="negative", errors=("err_param",))
@pytest.mark.documented
@pytest.mark.parametrize("bad", form_rules(5))
def test_range__bad_form(sylvia: SylviaTarget, bad: str) -> None:
    """A range that is none makes no devices."""
    estate = sylvia.estate()
    bulk_steps.judge_range_form(sylvia, RANGE, estate, bad)
    expect.equal(1, sylvia.counted("device", unit=estate.unit.unit_id), "devices")


@case(RANGE, kind="permission", rules=("r11", "r20"), errors=("err_broker_network_not_exist",))
@pytest.mark.documented
def test_range__public_network(sylvia: SylviaTarget) -> None:
    """For an owner a public network does not exist; admin and manager may name it."""
    bulk_steps.refuses_public(sylvia, RANGE, startAddr="01", endAddr="02")


@case(RANGE, kind="negative")
@negatives.parametrize(RANGE)
def test_range__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped members, unknown unit and network, spoilt bodies, callers."""
    negatives.judge(sylvia, negative)


# Deleting.


@case(RANGE_DELETE, kind="state", rules=("r1", "r12", "r13"))
@pytest.mark.documented
def test_range_delete__deletes_devices(sylvia: SylviaTarget) -> None:
    """Both ends and all between go with their routes, the neighbours stay; gaps are no error."""
    estate = sylvia.estate()
    bulk_steps.populate(sylvia, estate, ["80a9", "80aa", "80ac", "80ad", "a0aa"])
    bulk_steps.route(sylvia, estate, ["80a9", "80aa"])
    send(sylvia, RANGE_DELETE, estate, startAddr="80AA", endAddr="80ac")
    kept = {"80a9", "80ad", "a0aa", estate.device.network_addr}
    expect.equal(kept, set(devices_of(sylvia, estate.network)), "addresses")
    expect.equal({"80a9"}, set(bulk_steps.routes_of(sylvia, estate)), "routed addresses")


@case(RANGE_DELETE, kind="documented", rules=("r1",))
@pytest.mark.inferred
def test_range_delete__other_lengths(sylvia: SylviaTarget) -> None:
    """An address of another length is another address."""
    estate = sylvia.estate()
    bulk_steps.populate(sylvia, estate, ["00aa", "aa", "0000aa"])
    send(sylvia, RANGE_DELETE, estate, startAddr="0000", endAddr="00ff")
    kept = {"aa", "0000aa", estate.device.network_addr}
    expect.equal(kept, set(devices_of(sylvia, estate.network)), "addresses")


@case(RANGE_DELETE, kind="negative", rules=("r2",), errors=("err_param",))
@pytest.mark.documented
def test_range_delete__limit(sylvia: SylviaTarget) -> None:
    """0x400 addresses are taken, 0x401 delete nothing."""
    estate = sylvia.estate()
    most = addresses(FIRST, bulk_steps.MOST)
    bulk_steps.populate(sylvia, estate, most)
    refused = send(
        sylvia,
        RANGE_DELETE,
        estate,
        startAddr=most[0],
        endAddr=f"{FIRST + bulk_steps.MOST:08x}",
        expected=ANY,
    )
    expect.refused(refused, "err_param")
    expect.equal(bulk_steps.MOST + 1, sylvia.counted("device", unit=estate.unit.unit_id), "devices")
    bulk_steps.judge_range_limits(sylvia, RANGE_DELETE, estate, FIRST)
    expect.equal(1, sylvia.counted("device", unit=estate.unit.unit_id), "devices")


@case(RANGE_DELETE, kind="documented", rules=("r6",))
@pytest.mark.contradictory("sylvia.contra.9")
def test_range_delete__longest(sylvia: SylviaTarget) -> None:
    """Addresses have up to 32 characters."""
    estate = sylvia.estate()
    device = sylvia.new_device(estate.network, networkAddr="f" * 32)
    bulk_steps.judge_longest(sylvia, RANGE_DELETE, estate, device)
    expect.equal(None, sylvia.shown("device", device.device_id), "the device")


@case(RANGE_DELETE, kind="negative", errors=("err_param",))
@pytest.mark.documented
@pytest.mark.parametrize("bad", form_rules(3))
def test_range_delete__bad_form(sylvia: SylviaTarget, bad: str) -> None:
    """A range that is none deletes nothing."""
    estate = sylvia.estate()
    bulk_steps.populate(sylvia, estate, ["80001000", "80001001", "8000"])
    bulk_steps.judge_range_form(sylvia, RANGE_DELETE, estate, bad)
    expect.equal(4, sylvia.counted("device", unit=estate.unit.unit_id), "devices")


@case(RANGE_DELETE, kind="permission", rules=("r9", "r15"), errors=("err_broker_network_not_exist",))
@pytest.mark.documented
def test_range_delete__public_network(sylvia: SylviaTarget) -> None:
    """For an owner a public network does not exist; admin and manager may name it."""
    bulk_steps.refuses_public(sylvia, RANGE_DELETE)


@case(RANGE_DELETE, kind="negative")
@negatives.parametrize(RANGE_DELETE)
def test_range_delete__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped members, unknown unit and network, spoilt bodies, callers."""
    negatives.judge(sylvia, negative)
