"""The `lora` section of a fleet file: region, gateways and devices of a LoRaWAN network, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_sim.fleet_behaviours import SHORTEST_S, read_behaviour, read_value
from thingproof_sim.lora_plan import (
    ACTIVATIONS,
    ADDRESSES,
    CLASSES,
    TRAFFIC,
    Area,
    DownlinkPlan,
    GatewayPlan,
    LoraDevicePlan,
    LoraFleetPlan,
    made_up_eui,
    made_up_key,
)
from thingproof_sim.radio.lora_link import PATH_LOSSES
from thingproof_wire.frames.regions import REGIONS
from thingproof_wire.payloads.gizwits_product import Product

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thingproof_sim.fleet_errors import Spot

FARTHEST_M: Final = 1_000_000.0
MOST_DEVICES: Final = 1_000_000
MOST_TRIES: Final = 15
HIGHEST_M: Final = 3000.0

_LORA_FIELDS: Final = (
    "region", "address", "gateways", "devices", "path_loss", "path_loss_exponent", "shadowing_db",
)  # fmt: skip
_GATEWAY_FIELDS: Final = ("name", "position", "height", "eui", "gain_dbi", "power_dbm")
_DEVICE_FIELDS: Final = (
    "name", "product", "count", "position", "area", "height", "activation", "class", "adr", "data_rate",
    "confirmed", "tries", "period", "traffic", "jitter", "queue_limit", "battery_mah", "start_within",
    "values", "behaviours", "downlinks", "dev_eui", "join_eui", "app_key",
)  # fmt: skip

_READERS: Final[dict[str, tuple[str, Callable[[Spot], Any]]]] = {
    "height": ("height_m", lambda spot: spot.number(0, HIGHEST_M)),
    "activation": ("activation", lambda spot: spot.one_of(ACTIVATIONS)),
    "class": ("device_class", lambda spot: spot.one_of(CLASSES)),
    "adr": ("adr", lambda spot: spot.flag()),
    "confirmed": ("confirmed", lambda spot: spot.flag()),
    "tries": ("tries", lambda spot: spot.whole(1, MOST_TRIES)),
    "period": ("period_s", lambda spot: spot.seconds(SHORTEST_S, never=True)),
    "traffic": ("traffic", lambda spot: spot.one_of(TRAFFIC)),
    "jitter": ("jitter", lambda spot: spot.number(0, 0.5)),
    "queue_limit": ("queue_limit", lambda spot: spot.whole(1, 1_000_000)),
    "battery_mah": ("battery_mah", lambda spot: spot.number(0, 1e6)),
    "start_within": ("start_within_s", lambda spot: spot.seconds()),
}
"""Fields of a device that stand for themselves: field of the plan, and how it is read."""


def read_lora(spot: Spot, products: Mapping[str, Any], fleet: str) -> LoraFleetPlan:
    """The network of a fleet.

    Args:
        spot: the section.
        products: the fleet's products by name.
        fleet: name of the fleet; EUIs and keys that are not given follow from it.

    Raises:
        FleetError: names the field, its value and what is allowed.
    """
    members = spot.members(_LORA_FIELDS)
    for needed in ("gateways", "devices"):
        if needed not in members:
            raise spot.fail(f"{needed} is missing; a network has region, gateways and devices")
    region = members["region"].one_of(tuple(REGIONS)) if "region" in members else "EU868"
    options: dict[str, Any] = {}
    if "address" in members:
        options["address"] = members["address"].one_of(ADDRESSES)
    if "path_loss" in members:
        options["path_loss"] = members["path_loss"].one_of(tuple(PATH_LOSSES))
    if "path_loss_exponent" in members:
        options["path_loss_exponent"] = members["path_loss_exponent"].number(1.5, 6.0)
    if "shadowing_db" in members:
        options["shadowing_db"] = members["shadowing_db"].number(0, 20)
    gateways = tuple(_read_gateway(entry, fleet) for entry in members["gateways"].items())
    _refuse_twice([(plan.name, plan.eui) for plan in gateways], members["gateways"], "gateway")
    devices = tuple(
        plan
        for entry in members["devices"].items()
        for plan in _read_devices(entry, products, fleet, tuple(REGIONS[region].data_rates))
    )
    _refuse_twice([(plan.name, plan.dev_eui) for plan in devices], members["devices"], "device")
    return LoraFleetPlan(region, gateways=gateways, devices=devices, **options)


def _refuse_twice(found: list[tuple[str, int]], spot: Spot, what: str) -> None:
    """Names and EUIs are unique, and there is at least one."""
    if not found:
        raise spot.fail(f"there is no {what}; add one")
    seen: set[object] = set()
    for name, eui in found:
        for key in (name, eui):
            if key in seen:
                shown = key if isinstance(key, str) else f"{eui:016x}"
                raise spot.fail(f"{what} {shown!r} is there twice; give each its own name and EUI")
            seen.add(key)


def _read_gateway(spot: Spot, fleet: str) -> GatewayPlan:
    members = spot.members(_GATEWAY_FIELDS)
    if "name" not in members:
        raise spot.fail("name is missing")
    name = members["name"].text()
    options: dict[str, Any] = {"eui": made_up_eui("gateway", fleet, name)}
    if "position" in members:
        options["x"], options["y"] = _read_position(members["position"])
    if "height" in members:
        options["height_m"] = members["height"].number(0, HIGHEST_M)
    if "eui" in members:
        options["eui"] = int(_read_hex(members["eui"], 8), 16)
    if "gain_dbi" in members:
        options["gain_dbi"] = members["gain_dbi"].number(-10, 30)
    if "power_dbm" in members:
        options["power_dbm"] = members["power_dbm"].number(-10, 36)
    return GatewayPlan(name, **options)


def _read_devices(
    spot: Spot, products: Mapping[str, Any], fleet: str, data_rates: tuple[int, ...]
) -> list[LoraDevicePlan]:
    """The devices of one entry: one, or `count` of them with numbered names."""
    members = spot.members(_DEVICE_FIELDS)
    for needed in ("name", "product"):
        if needed not in members:
            raise spot.fail(f"{needed} is missing")
    name = members["name"].text()
    product = members["product"].one_of(tuple(products))
    count = members["count"].whole(1, MOST_DEVICES) if "count" in members else 1
    for unique in ("dev_eui", "app_key"):
        if count > 1 and unique in members:
            raise members[unique].fail("cannot be given for several devices; leave it out")
    options = _read_options(members, Product.from_mapping(products[product]), data_rates)
    join_eui = (
        int(_read_hex(members["join_eui"], 8), 16)
        if "join_eui" in members
        else made_up_eui("join", fleet, "")
    )
    plans = []
    for number in range(count):
        label = name if count == 1 else f"{name}-{number + 1}"
        dev_eui = made_up_eui("device", fleet, label)
        if "dev_eui" in members:
            dev_eui = int(_read_hex(members["dev_eui"], 8), 16)
        key = (
            bytes.fromhex(_read_hex(members["app_key"], 16))
            if "app_key" in members
            else made_up_key(fleet, label)
        )
        plans.append(LoraDevicePlan(label, product, dev_eui, join_eui, key, **options))
    return plans


def _read_options(
    members: Mapping[str, Spot], product: Product, data_rates: tuple[int, ...]
) -> dict[str, Any]:
    options = {field: read(members[name]) for name, (field, read) in _READERS.items() if name in members}
    if "area" in members and "position" in members:
        raise members["position"].fail("the devices have an area too; leave one of them out")
    if "area" in members:
        options["area"] = _read_area(members["area"])
    if "position" in members:
        options["area"] = Area(*_read_position(members["position"]))
    if "data_rate" in members:
        options["data_rate"] = members["data_rate"].whole(min(data_rates), max(data_rates))
    if "values" in members:
        names = [row.name for row in product.datapoints]
        options["values"] = {
            name: read_value(spot, name, product) for name, spot in members["values"].members(names).items()
        }
    if "behaviours" in members:
        options["behaviours"] = tuple(read_behaviour(spot, product) for spot in members["behaviours"].items())
    if "downlinks" in members:
        options["downlinks"] = _read_downlinks(members["downlinks"])
    return options


def _read_position(spot: Spot) -> tuple[float, float]:
    """East and north of the origin, in metres."""
    numbers = [entry.number(-FARTHEST_M, FARTHEST_M) for entry in spot.items()]
    if len(numbers) != 2:
        raise spot.fail("write metres to the east and to the north, e.g. [500, -1200]")
    return numbers[0], numbers[1]


def _read_area(spot: Spot) -> Area:
    members = spot.members(("center", "radius"))
    if "radius" not in members:
        raise spot.fail("radius is missing; write e.g. {center: [0, 0], radius: 2000}")
    x, y = _read_position(members["center"]) if "center" in members else (0.0, 0.0)
    return Area(x, y, members["radius"].number(0, FARTHEST_M))


def _read_downlinks(spot: Spot) -> DownlinkPlan:
    members = spot.members(("every", "confirmed", "size"))
    options: dict[str, Any] = {}
    if "every" in members:
        options["every_s"] = members["every"].seconds(1.0, never=True)
    if "confirmed" in members:
        options["confirmed"] = members["confirmed"].flag()
    if "size" in members:
        options["size"] = members["size"].whole(0, 51)
    return DownlinkPlan(**options)


def _read_hex(spot: Spot, count: int) -> str:
    """So many bytes in hexadecimal digits."""
    text = str(spot.value).replace("-", "").replace(":", "").lower()
    if len(text) != 2 * count or any(digit not in "0123456789abcdef" for digit in text):
        raise spot.fail(f"{spot.value!r}: write {2 * count} hexadecimal digits in quotes")
    return text


__all__ = ["read_lora"]
