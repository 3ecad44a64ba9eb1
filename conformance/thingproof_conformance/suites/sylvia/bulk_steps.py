"""Calls about many addresses at once: bodies, what is there afterwards, and rules eight operations share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from thingproof_conformance import expect
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.sylvia import Device, Estate, Network, SylviaTarget, User

MOST: Final = 1024
LONGEST: Final = 32
"""Hexadecimal characters of an address in a range (sylvia.contra.9)."""

BAD_RANGES: Final = {
    "no_hexadecimal": ("80001g00", "80001g01"),
    "other_lengths": ("8000", "800010"),
    "odd_length": ("8000100", "8000101"),
    "no_digits": ("", ""),
    "backwards": ("80001001", "80001000"),
}
"""What is wrong -> first and last address that are refused."""
BAD_RANGE_RULES: Final = {"no_hexadecimal": 0, "other_lengths": 1, "odd_length": 2}
"""What is wrong -> which of the three rules about the form it breaks, in their order."""


def form_rules(first: int) -> list[Any]:
    """One parameter for each range that is none, with the rule it breaks; these begin with that number."""
    return [
        pytest.param(
            bad,
            id=bad,
            marks=pytest.mark.covers(
                rules=(f"r{first + BAD_RANGE_RULES[bad]}",) if bad in BAD_RANGE_RULES else ()
            ),
        )
        for bad in BAD_RANGES
    ]


def addresses(first: int, count: int, digits: int = 8) -> list[str]:
    """Consecutive addresses as lower-case hexadecimal text."""
    return [f"{number:0{digits}x}" for number in range(first, first + count)]


def send(
    sylvia: SylviaTarget,
    operation: str,
    estate: Estate,
    *,
    token: User | None = None,
    network: Network | None = None,
    expected: int | str | None = 204,
    **members: Any,
) -> Answer:
    """Make a call about many addresses in an estate, as its owner; networkAddrs or startAddr and endAddr."""
    holder = (
        {"applicationId": estate.application.application_id}
        if ".device_route." in operation
        else {"unitId": estate.unit.unit_id}
    )
    data = {**holder, "networkId": (network or estate.network).network_id, **members}
    return sylvia.call(operation, token=token or estate.owner, json={"data": data}, expect=expected)


def devices_of(sylvia: SylviaTarget, network: Network) -> dict[str, dict[str, Any]]:
    """Address -> device of a network, as the admin sees them."""
    rows = sylvia.listed("device")
    return {row["networkAddr"]: row for row in rows if row["networkId"] == network.network_id}


def routes_of(sylvia: SylviaTarget, estate: Estate) -> dict[str, dict[str, Any]]:
    """Address -> device route to the estate's application, as the admin sees them."""
    rows = sylvia.listed("device_route", application=estate.application.application_id)
    return {row["networkAddr"]: row for row in rows}


def populate(sylvia: SylviaTarget, estate: Estate, addrs: Iterable[str]) -> None:
    """Make devices at some addresses of the estate's network."""
    sylvia.prepare(
        "sylvia.device.bulk",
        lambda: send(sylvia, "sylvia.device.bulk", estate, networkAddrs=list(addrs)),
    )


def route(sylvia: SylviaTarget, estate: Estate, addrs: Iterable[str]) -> None:
    """Route devices at some addresses to the estate's application."""
    sylvia.prepare(
        "sylvia.device_route.bulk",
        lambda: send(sylvia, "sylvia.device_route.bulk", estate, networkAddrs=list(addrs)),
    )


def public_device(sylvia: SylviaTarget, estate: Estate) -> tuple[Network, Device]:
    """A public network with a device of the estate's unit."""
    network = sylvia.new_network(public=True)
    return network, sylvia.new_device(network, unit=estate.unit)


def refuses_public(sylvia: SylviaTarget, operation: str, **members: Any) -> None:
    """For an owner a public network does not exist; admin and manager may name it."""
    estate = sylvia.estate()
    network, device = public_device(sylvia, estate)
    members = members or (
        {"startAddr": device.network_addr, "endAddr": device.network_addr}
        if ".range" in operation
        else {"networkAddrs": [device.network_addr]}
    )
    refused = send(sylvia, operation, estate, network=network, expected=ANY, **members)
    expect.refused(refused, "err_broker_network_not_exist")
    for caller in (sylvia.admin, sylvia.manager):
        send(sylvia, operation, estate, network=network, token=caller, **members)


def judge_list_limits(sylvia: SylviaTarget, operation: str, estate: Estate, most: list[str]) -> None:
    """1024 addresses are taken, 1025, none and an empty one are not."""
    expect.equal(MOST, len(most), "addresses of the case")
    send(sylvia, operation, estate, networkAddrs=most)
    for spoilt in ([*most, "ffffffff"], [], [most[0], ""]):
        refused = send(sylvia, operation, estate, networkAddrs=spoilt, expected=ANY)
        expect.refused(refused, "err_param")


def judge_range_limits(sylvia: SylviaTarget, operation: str, estate: Estate, first: int) -> None:
    """0x400 addresses are taken, 0x401 are not."""
    start, end = f"{first:08x}", f"{first + MOST - 1:08x}"
    refused = send(sylvia, operation, estate, startAddr=start, endAddr=f"{first + MOST:08x}", expected=ANY)
    expect.refused(refused, "err_param")
    send(sylvia, operation, estate, startAddr=start, endAddr=end)


def judge_range_form(sylvia: SylviaTarget, operation: str, estate: Estate, bad: str) -> None:
    """A range that is none is refused."""
    start, end = BAD_RANGES[bad]
    refused = send(sylvia, operation, estate, startAddr=start, endAddr=end, expected=ANY)
    expect.refused(refused, "err_param")


def judge_longest(sylvia: SylviaTarget, operation: str, estate: Estate, device: Device) -> None:
    """Addresses of 32 characters make a range, those of 34 do not; the uppermost one ends it."""
    expect.equal(LONGEST, len(device.network_addr), "length of the case's address")
    end = device.network_addr
    send(sylvia, operation, estate, startAddr=end, endAddr=end)
    refused = send(sylvia, operation, estate, startAddr="00" + end, endAddr="00" + end, expected=ANY)
    expect.refused(refused, "err_param")
