"""Steps of cases about groups, scenarios and schedules: devices that are online, and what they hear."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from thingproof_conformance import expect, wallclock
from thingproof_conformance.suites.gizwits.steps import ARRIVAL_S, ask, await_latest, instruction
from thingproof_conformance.vendor_target import SUCCESS

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, Product, User
    from thingproof_sim.api import LiveDevice

ACKNOWLEDGEMENT: Final = re.compile("00000003[0-9a-f]{2,8}000094")
"""How a frame begins that acknowledges a report."""


def siblings(gizwits: GizwitsTarget, product: Product, count: int) -> tuple[User, list[Device]]:
    """A user with so many devices of a product."""
    user, first = gizwits.bound(product)
    devices = [first, *(gizwits.new_device(product) for _ in range(count - 1))]
    for device in devices[1:]:
        gizwits.bind(user, device)
    return user, devices


def online(gizwits: GizwitsTarget, *devices: Device) -> list[LiveDevice]:
    """Simulated devices of these identities, online, with their first report arrived."""
    lives = [gizwits.hardware(device) for device in devices]
    for device in devices:
        await_latest(gizwits, device)
    return lives


def new_group(
    gizwits: GizwitsTarget, user: User, *devices: Device, product: Product | None = None, name: str = "group"
) -> str:
    """A group with these devices; of one product when it is given."""
    body = {"group_name": name} | ({"product_key": product.product_key} if product else {})
    group: str = ask(gizwits, "groups.create", user, json=body)["id"]
    if devices:
        dids = [device.did for device in devices]
        answer = ask(gizwits, "groups.devices.add", user, path={"id": group}, json={"dids": dids})
        expect.equal(dids, answer["success"], "devices of the group")
    return group


def members(gizwits: GizwitsTarget, user: User, group: str) -> list[dict[str, Any]]:
    """The devices of a group."""
    answer = ask(gizwits, "groups.devices.list", user, path={"id": group})
    rows: list[dict[str, Any]] = answer.body
    return rows


def control_group(
    gizwits: GizwitsTarget, user: User, group: str, *, expected: int | str | None = SUCCESS, **body: Any
) -> Answer:
    """Control a group."""
    return ask(gizwits, "groups.control", user, path={"id": group}, json=body, expected=expected)


def heard(live: LiveDevice) -> list[str]:
    """The P0 payloads of the commands a device received, in order; read requests left out."""
    told = [
        instruction(frame.hex)
        for frame in live.received
        if frame.hex and not ACKNOWLEDGEMENT.match(frame.hex)
    ]
    return [payload for payload in told if payload != "02"]


def await_heard(live: LiveDevice, count: int = 1) -> list[str]:
    """Wait until a device received so many commands."""
    if not wallclock.wait_until(lambda: len(heard(live)) >= count, ARRIVAL_S):
        expect.fail("the device lacks commands", expected=count, actual=heard(live), kind="missing")
    return heard(live)


def stays_silent(live: LiveDevice, count: int = 0, *, seconds: float = 0.15) -> None:
    """A device hears no more than so many commands, as far as a moment of patience tells."""
    wallclock.wait_until(lambda: len(heard(live)) > count, seconds)
    expect.equal(count, len(heard(live)), "commands")
