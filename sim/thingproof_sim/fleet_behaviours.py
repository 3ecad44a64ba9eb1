"""What a fleet's datapoints hold at first and do by themselves: `values` and `behaviours`, checked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from thingproof_sim.devices.behaviours import KINDS as BEHAVIOUR_KINDS
from thingproof_sim.devices.behaviours import NUMERIC_KINDS, BehaviourPlan
from thingproof_wire.errors import WireError
from thingproof_wire.payloads.gizwits_product import NUMERIC_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_sim.fleet_errors import Spot
    from thingproof_wire.payloads.gizwits_product import Datapoint, Product, Value

SHORTEST_S = 0.1
"""Shortest interval between two things a device does by itself."""


def read_value(spot: Spot, name: str, device_product: Product) -> Value:
    """The value of a datapoint, checked.

    Raises:
        FleetError: the product does not allow it.
    """
    try:
        return device_product.datapoint(name).check(spot.value)
    except WireError as error:
        raise spot.fail(str(error)) from None


_BEHAVIOUR_FIELDS = (
    "datapoint", "kind", "every", "value", "low", "high", "step", "probability", "target", "when", "times",
)  # fmt: skip


def read_behaviour(spot: Spot, device_product: Product) -> BehaviourPlan:
    """One entry of `behaviours`.

    Raises:
        FleetError: names the field, its value and what is allowed.
    """
    members = spot.members(_BEHAVIOUR_FIELDS)
    for needed in ("datapoint", "kind"):
        if needed not in members:
            raise spot.fail(f"{needed} is missing")
    names = [row.name for row in device_product.datapoints]
    datapoint = device_product.datapoint(members["datapoint"].one_of(names))
    kind = _read_behaviour_kind(members["kind"], datapoint)
    options: dict[str, Any] = {}
    if "every" in members:
        options["every_s"] = members["every"].seconds(SHORTEST_S)
    if "probability" in members:
        options["probability"] = members["probability"].number(0, 1)
    if "value" in members:
        options["value"] = read_value(members["value"], datapoint.name, device_product)
    if "times" in members:
        options["times"] = _read_times(members["times"], datapoint)
    elif kind == "schedule":
        raise spot.fail('times is missing; write e.g. times: {"07:00": true, "22:30": false}')
    options |= _read_movement(members, device_product)
    return BehaviourPlan(datapoint.name, kind, **options)


def _read_movement(members: Mapping[str, Spot], device_product: Product) -> dict[str, Any]:
    """How far a number moves, between which limits, towards what and when."""
    options: dict[str, Any] = {
        name: members[name].number(-1e12, 1e12) for name in ("low", "high", "step") if name in members
    }
    if options.get("low", -math.inf) > options.get("high", math.inf):
        raise members["low"].fail(f"{options['low']:g} is above high ({options['high']:g}); swap them")
    for name, types in (("target", tuple(NUMERIC_BYTES)), ("when", ("bool",))):
        if name in members:
            fitting = [row.name for row in device_product.datapoints if row.type in types]
            options[name] = members[name].one_of(fitting)
    return options


def _read_times(spot: Spot, datapoint: Datapoint) -> tuple[tuple[float, Value], ...]:
    """Values by time of day, in its order."""
    times: list[tuple[float, Value]] = []
    for text, member in spot.members(()).items():
        hours, _, minutes = text.partition(":")
        sound = hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60
        if not sound:
            raise member.fail(f"{text!r} is no time of day; write 00:00 to 23:59 in quotes")
        try:
            value = datapoint.check(member.value)
        except WireError as error:
            raise member.fail(str(error)) from None
        times.append((int(hours) * 3600.0 + int(minutes) * 60.0, value))
    if not times:
        raise spot.fail('has no entries; write e.g. {"07:00": true, "22:30": false}')
    return tuple(sorted(times, key=lambda entry: entry[0]))


def _read_behaviour_kind(spot: Spot, datapoint: Datapoint) -> str:
    kind = spot.one_of(tuple(BEHAVIOUR_KINDS))
    if kind in NUMERIC_KINDS and datapoint.type not in NUMERIC_BYTES:
        raise spot.fail(f"{kind} needs a number, {datapoint.name} is {datapoint.type}; use toggle")
    if kind == "toggle" and datapoint.type not in ("bool", "enum"):
        raise spot.fail(f"toggle needs a bool or an enum, {datapoint.name} is {datapoint.type}")
    return kind


__all__ = ["SHORTEST_S", "read_behaviour", "read_value"]
