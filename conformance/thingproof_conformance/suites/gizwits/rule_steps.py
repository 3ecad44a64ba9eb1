"""Steps of cases about linkage rules: rules, their parts, two devices that are online."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_conformance.suites.gizwits.group_steps import online, siblings
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER
from thingproof_conformance.suites.gizwits.steps import ask, await_entries
from thingproof_conformance.vendor_target import SUCCESS

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User
    from thingproof_sim.api import LiveDevice

Part = dict[str, Any]
MARK = [7]
"""Raw bytes a device takes notice of and does nothing about: what a rule sends when only that matters."""
MARK_HEX = "07"


def send(device: Device, **order: Any) -> Part:
    """A step that controls a device, with the mark unless an order is given."""
    return {"type": "devctrl", "did": device.did, **(order or {"raw": MARK})}


def wait(seconds: int) -> Part:
    """A step that waits."""
    return {"type": "delay", "delay": seconds}


def compare(left: str, opt: str, right: str) -> Part:
    """A comparison."""
    return {"left": left, "opt": opt, "right": right}


def source(device: Device, prefix: str) -> Part:
    """An input: the data of a device under a prefix."""
    return {"did": device.did, "product_key": device.product.product_key, "prefix": prefix}


def definition(master: Device, *outputs: list[Part], **body: Any) -> Part:
    """A rule on a device; it runs on every report unless the body says otherwise."""
    return {
        "name": "rule",
        "did": master.did,
        "product_key": master.product.product_key,
        "event": "data",
        "input": [],
        "condition": [],
        "output": list(outputs),
        **body,
    }


def create_rule(
    gizwits: GizwitsTarget,
    user: User,
    master: Device,
    *outputs: list[Part],
    expected: int | str | None = SUCCESS,
    **body: Any,
) -> Answer:
    """Make a rule."""
    return ask(gizwits, "rules.create", user, json=definition(master, *outputs, **body), expected=expected)


def new_rule(gizwits: GizwitsTarget, user: User, master: Device, *outputs: list[Part], **body: Any) -> int:
    """The number of a fresh rule."""
    return int(create_rule(gizwits, user, master, *outputs, **body)["rule_id"])


def rules_of(gizwits: GizwitsTarget, user: User, **query: Any) -> list[Part]:
    """A user's rules."""
    rows: list[Part] = ask(gizwits, "rules.list", user, query=query)["rules"]
    return rows


def two_devices(gizwits: GizwitsTarget) -> tuple[User, list[Device], list[LiveDevice]]:
    """A user with two air conditioners that are online: the first triggers, the second is told."""
    user, devices = siblings(gizwits, gizwits.new_product(AIR_CONDITIONER), 2)
    return user, devices, online(gizwits, *devices)


def settled(gizwits: GizwitsTarget, user: User, device: Device, live: LiveDevice) -> None:
    """Wait until the cloud has every report the device made so far."""
    live.wait_delivered()
    made = live.counters.acknowledged
    await_entries(gizwits, user, device, made, wanted=lambda entry: entry["type"] == "dev2app")
