"""Fleets: which devices there are, what they measure and what goes wrong, typed and checked."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thingproof_sim.devices.faults import KINDS as FAULT_KINDS
from thingproof_sim.devices.faults import Fault
from thingproof_sim.fleet_behaviours import SHORTEST_S, read_behaviour, read_value
from thingproof_sim.fleet_errors import FleetError, Spot, read_document
from thingproof_sim.fleet_lora import read_lora
from thingproof_sim.fleet_radio import read_radio
from thingproof_sim.radio.wifi import WifiPlan
from thingproof_wire import profiles
from thingproof_wire.payloads.gizwits_product import Product, ProductError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_sim.devices.behaviours import BehaviourPlan
    from thingproof_sim.lora_plan import LoraFleetPlan
    from thingproof_sim.radio.gsm import GsmPlan
    from thingproof_wire.payloads.gizwits_product import Value

_DEVICE_FIELDS = (
    "name", "product", "mac", "count", "report_interval", "report_on_change", "reliable", "values",
    "behaviours", "faults", "wifi", "gsm", "queue_limit", "parent", "vendors",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """One device of a fleet.

    Attributes:
        report_interval_s: seconds between full reports; 0 for none. A device of a variable-length product
            makes one every ten minutes at least.
        radio: the network it is in, and where.
        reliable: reports carry a sequence number and wait for the cloud's own acknowledgement.
        queue_limit: reports kept while the cloud is away; None for all.
        parent: name of the central device whose link the device uses; empty when it has its own.
        vendors: fields for vendors' eyes, by vendor.
    """

    name: str
    product: str
    mac: str
    report_interval_s: float = 60.0
    report_on_change: bool = True
    reliable: bool = False
    values: Mapping[str, Value] = field(default_factory=dict)
    behaviours: tuple[BehaviourPlan, ...] = ()
    faults: tuple[Fault, ...] = ()
    radio: WifiPlan | GsmPlan = field(default_factory=WifiPlan)
    queue_limit: int | None = None
    parent: str = ""
    vendors: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """A fleet: products as mappings by their name in the fleet, devices, and those in a LoRaWAN network.

    `vendors` holds what users set up in a vendor's cloud (linkage rules, scenes, schedules), by vendor.
    """

    name: str
    products: Mapping[str, Mapping[str, Any]]
    devices: tuple[DevicePlan, ...]
    vendors: Mapping[str, Any] = field(default_factory=dict)
    lora: LoraFleetPlan | None = None


def product(definition: str | Mapping[str, Any]) -> dict[str, Any]:
    """A product with keys: a profile's name or a product mapping; keys that are missing follow from the name.

    Raises:
        ProductError: no such profile, or no usable product.
    """
    mapping = profiles.load(definition) if isinstance(definition, str) else dict(definition)
    name = definition if isinstance(definition, str) else str(mapping.get("name", ""))
    Product.from_mapping(mapping)
    for what in ("product_key", "product_secret"):
        if not mapping.get(what):
            mapping[what] = hashlib.sha256(f"{what}/{name}".encode()).hexdigest()[:32]
    return mapping


def load_fleet(path: str | Path) -> FleetPlan:
    """The fleet of a YAML file.

    Raises:
        FleetError: names file, line, field and remedy.
    """
    root = read_document(Path(path))
    members = root.members({"name", "products", "devices", "description", "vendors", "lora"})
    if "products" not in members or not members.keys() & {"devices", "lora"}:
        needed = "devices" if "products" in members else "products"
        raise root.fail(f"{needed} is missing; a fleet has name, products and devices")
    name = members["name"].text() if "name" in members else Path(path).stem
    products = {name: _read_product(name, spot) for name, spot in members["products"].members(()).items()}
    devices = _read_all_devices(members["devices"], products) if "devices" in members else ()
    lora = read_lora(members["lora"], products, name) if "lora" in members else None
    vendors = (
        {key: spot.value for key, spot in members["vendors"].members(()).items()}
        if "vendors" in members
        else {}
    )
    return FleetPlan(name, products, devices, vendors, lora)


def _read_all_devices(entries: Spot, products: Mapping[str, Any]) -> tuple[DevicePlan, ...]:
    devices: list[DevicePlan] = []
    taken: dict[tuple[str, str], str] = {}
    for spot in entries.items():
        central = _read_parent(spot, devices)
        for plan in _read_devices(spot, products, len(devices)):
            for key in (("name", plan.name), ("mac", _own_mac(plan))):
                if key in taken:
                    raise spot.fail(f"{key[0]} {key[1]!r} is taken by {taken[key]}; give each device its own")
                taken[key] = plan.name
            devices.append(replace(plan, parent=central))
    if not devices:
        raise entries.fail("the fleet has no devices; add one")
    return tuple(devices)


VIRTUAL_MAC = "virtual:site"
"""Address of the devices that the vendor's site demonstrates, one of each product (gizwits.md:898)."""


def _own_mac(plan: DevicePlan) -> str:
    return f"{plan.mac} of {plan.product}" if plan.mac == VIRTUAL_MAC else plan.mac


def _read_parent(spot: Spot, above: list[DevicePlan]) -> str:
    """The central device an entry names; it stands further up and has a link of its own."""
    members = spot.members(_DEVICE_FIELDS)
    if "parent" not in members:
        return ""
    centrals = [plan.name for plan in above if not plan.parent]
    if not centrals:
        raise members["parent"].fail("no central device stands above; put it first")
    return members["parent"].one_of(centrals)


def _read_product(name: str, spot: Spot) -> dict[str, Any]:
    value = spot.value
    try:
        if isinstance(value, str):
            return product(value)
        if isinstance(value, dict) and "profile" in value:
            rest = {key: entry for key, entry in value.items() if key != "profile"}
            return product({**profiles.load(str(value["profile"])), **rest})
        if isinstance(value, dict):
            return product({"name": name, **value})
    except ProductError as error:
        raise _product_error(spot, str(error)) from None
    raise spot.fail(f"{value!r} is no product; name a profile ({', '.join(profiles.names())}) or write one")


_PRODUCT_PLACE = re.compile(r"(?:datapoints\[(\d+)\](?: \(\w+\))?)?\.?(\w+)?: (.+)", re.DOTALL)
"""How the text of a product error begins: position of a datapoint and a field, one of them or both."""


def _product_error(spot: Spot, text: str) -> FleetError:
    """The error at the line of the product's field that it is about, if the file has the field."""
    match = _PRODUCT_PLACE.fullmatch(text)
    if match is None:
        return spot.fail(text)
    index, field_name, problem = match.groups()
    row = spot if index is None else spot.deepest(("datapoints", int(index)))
    if index is not None and not row.path.endswith(f"[{index}]"):
        return spot.fail(text)
    place = row if field_name is None else row.deepest((field_name,))
    return place.fail(f"{field_name}: {problem}" if field_name and place is row else problem)


def _read_devices(spot: Spot, products: Mapping[str, Any], before: int) -> list[DevicePlan]:
    """The devices of one entry: one, or `count` of them with numbered names."""
    members = spot.members(_DEVICE_FIELDS)
    for needed in ("name", "product"):
        if needed not in members:
            raise spot.fail(f"{needed} is missing")
    name = members["name"].text()
    kind = members["product"].one_of(tuple(products))
    device_product = Product.from_mapping(products[kind])
    count = members["count"].whole(1, 1_000_000) if "count" in members else 1
    options = _read_options(members, device_product)
    if count > 1 and "mac" in members:
        raise members["mac"].fail("cannot be given for several devices; leave it out")
    plans = []
    for number in range(count):
        mac = _read_mac(members["mac"]) if "mac" in members else f"02{before + number + 1:010x}"
        label = name if count == 1 else f"{name}-{number + 1}"
        plans.append(DevicePlan(label, kind, mac, **options))
    return plans


def _read_mac(spot: Spot) -> str:
    if spot.value == VIRTUAL_MAC:
        return VIRTUAL_MAC
    text = str(spot.value).replace(":", "").replace("-", "").lower()
    if len(text) != 12 or any(digit not in "0123456789abcdef" for digit in text):
        raise spot.fail(f"{spot.value!r} is no MAC address; write 12 hexadecimal digits in quotes")
    return text


def _read_options(members: Mapping[str, Spot], device_product: Product) -> dict[str, Any]:
    """The fields of a device that have defaults."""
    options: dict[str, Any] = {}
    if "report_interval" in members:
        options["report_interval_s"] = members["report_interval"].seconds(SHORTEST_S, never=True)
    for flag in ("report_on_change", "reliable"):
        if flag in members:
            options[flag] = members[flag].flag()
    if "queue_limit" in members:
        options["queue_limit"] = members["queue_limit"].whole(1, 1_000_000)
    if "values" in members:
        options["values"] = {
            name: read_value(spot, name, device_product)
            for name, spot in members["values"]
            .members([row.name for row in device_product.datapoints])
            .items()
        }
    if "behaviours" in members:
        options["behaviours"] = tuple(
            read_behaviour(spot, device_product) for spot in members["behaviours"].items()
        )
    if "faults" in members:
        options["faults"] = tuple(_read_fault(spot) for spot in members["faults"].items())
    options |= read_radio(members)
    if "vendors" in members:
        options["vendors"] = {name: spot.value for name, spot in members["vendors"].members(()).items()}
    return options


def _read_fault(spot: Spot) -> Fault:
    members = spot.members({"kind", "probability", "after", "until", "every", "seconds", "factor"})
    if "kind" not in members:
        raise spot.fail(f"kind is missing; it is one of {', '.join(FAULT_KINDS)}")
    options: dict[str, Any] = {}
    for name in ("after", "until"):
        if name in members:
            options[f"{name}_s"] = members[name].seconds()
    if "every" in members:
        options["every_s"] = members["every"].seconds(SHORTEST_S, never=True)
    if "seconds" in members:
        options["seconds"] = members["seconds"].seconds(SHORTEST_S)
    if "probability" in members:
        options["probability"] = members["probability"].number(0, 1)
    if "factor" in members:
        options["factor"] = members["factor"].number(0.01, 100)
    fault = Fault(members["kind"].one_of(FAULT_KINDS), **options)
    if fault.until_s is not None and fault.until_s <= fault.after_s:
        raise members["until"].fail(f"{fault.until_s:g} s is not later than after ({fault.after_s:g} s)")
    return fault


__all__ = ["DevicePlan", "FleetError", "FleetPlan", "load_fleet", "product"]
