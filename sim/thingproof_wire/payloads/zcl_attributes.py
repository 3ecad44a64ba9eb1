"""Datapoints of a product as attributes of Zigbee clusters, and what else a Zigbee device says of itself.

A profile in `profiles/zigbee` names a product and, for each of its datapoints, the cluster and the attribute
that shows it. A bool is true or 1, an enumeration its order number, a number the display value divided by the
attribute's step (ZCL, e.g. 0.01 degrees), or by the profile's own step where the ZCL leaves the scale to the
device (electrical measurement and metering, by multiplier and divisor).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thingproof_wire.errors import Malformed, OutOfRange, UnknownDatapoint
from thingproof_wire.frames.zcl_clusters import BY_NAME
from thingproof_wire.frames.zcl_types import encode_value
from thingproof_wire.frames.zdp import COORDINATOR, END_DEVICE, ROUTER
from thingproof_wire.payloads.gizwits_product import ProductError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from thingproof_wire.frames.zcl_clusters import Attribute, Cluster
    from thingproof_wire.payloads.gizwits_datapoint import Datapoint, Value
    from thingproof_wire.payloads.gizwits_product import Product

LOGICAL_TYPES = {"coordinator": COORDINATOR, "router": ROUTER, "end_device": END_DEVICE}
POWER_SOURCES = {"mains": 0x01, "battery": 0x03}
"""Values of the power source attribute of the basic cluster (ZCL, section 3.2.2.2.8)."""
_FIELDS = frozenset(
    ("product", "manufacturer", "model", "logical_type", "power", "endpoints", "points", "constants")
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint: its application profile, kind of device, and clusters by name."""

    number: int
    profile: int
    device: int
    version: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...] = ()

    def simple_descriptor(self) -> dict[str, Any]:
        """Values of its simple descriptor, see `zdp.SIMPLE_DESCRIPTOR`."""
        return {
            "endpoint": self.number,
            "profile": self.profile,
            "device": self.device,
            "device_version": self.version,
            "input_clusters": tuple(BY_NAME[name].number for name in self.inputs),
            "output_clusters": tuple(BY_NAME[name].number for name in self.outputs),
        }


@dataclass(frozen=True, slots=True)
class Point:
    """A datapoint as an attribute.

    Attributes:
        step: display value of one step of a number.
        minimum_s, maximum_s: seconds between reports, unless a coordinator configures others.
        change: least change of a report in steps, None for discrete types.
    """

    datapoint: Datapoint
    endpoint: int
    cluster: Cluster
    attribute: Attribute
    step: float
    minimum_s: int
    maximum_s: int
    change: int | None

    def to_attribute(self, value: object) -> bool | int | bytes:
        """The attribute's value of a display value.

        Raises:
            OutOfRange: a value that the datapoint does not allow.
        """
        checked = self.datapoint.check(value)
        if isinstance(checked, bool):
            return checked if self.attribute.type == "bool" else int(checked)
        if isinstance(checked, str):
            return self.datapoint.values.index(checked)
        return checked if isinstance(checked, bytes) else round(checked / self.step)

    def from_attribute(self, value: object) -> Value | None:
        """The display value of an attribute's value, None for an invalid one.

        Raises:
            OutOfRange: a value that the datapoint does not allow.
        """
        if value is None:
            return None
        if self.datapoint.type == "bool" and isinstance(value, int):
            return bool(value & 1)  # of a bitmap such as occupancy, bit 0
        if self.datapoint.is_plain_number or not isinstance(value, int) or self.datapoint.type == "enum":
            return self.datapoint.check(value)
        return self.datapoint.check(round(value * self.step, 10))


class ZigbeeDevice:
    """What a kind of Zigbee device is.

    Args:
        product: whose datapoints it has.
        endpoints: with their clusters.
        points: datapoints as attributes.
        constants: values of attributes that never change, by (endpoint, cluster, attribute).
        logical_type: coordinator, router or end_device.
        power: mains or battery; a battery device sleeps.
    """

    def __init__(
        self,
        product: Product,
        endpoints: Sequence[Endpoint],
        points: Sequence[Point],
        constants: Mapping[tuple[int, int, int], Any],
        *,
        logical_type: str,
        power: str,
    ) -> None:
        self.product = product
        self.endpoints = tuple(endpoints)
        self.points = tuple(points)
        self.constants = dict(constants)
        self.logical_type = logical_type
        self.power = power
        self.by_name = {point.datapoint.name: point for point in self.points}
        self.by_attribute = {
            (point.endpoint, point.cluster.number, point.attribute.number): point for point in self.points
        }

    @property
    def sleepy(self) -> bool:
        """Whether it listens only when it asks its parent for frames."""
        return self.power == "battery"

    def point(self, name: str) -> Point:
        """The attribute that shows a datapoint.

        Raises:
            UnknownDatapoint: there is none.
        """
        point = self.by_name.get(name)
        if point is None:
            raise UnknownDatapoint(f"no attribute shows it; there are {', '.join(self.by_name)}", field=name)
        return point

    def read(self, endpoint: int, cluster: int, attribute: int, value: object) -> tuple[str, Value] | None:
        """Datapoint and display value of a reported attribute; None if it shows none, or an invalid value.

        Raises:
            OutOfRange: a value that the datapoint does not allow.
        """
        point = self.by_attribute.get((endpoint, cluster, attribute))
        shown = None if point is None else point.from_attribute(value)
        return None if point is None or shown is None else (point.datapoint.name, shown)

    def capabilities(self) -> dict[str, bool]:
        """Capability information, as association, announcement and node descriptor have it."""
        mains = self.power == "mains"
        return {
            "alternate_coordinator": False,
            "full_function": self.logical_type != "end_device",
            "mains_powered": mains,
            "receiver_on": mains,
            "security": False,
            "allocate_address": True,
        }

    def node_descriptor(self, manufacturer: int = 0x1234) -> dict[str, Any]:
        """Values of its node descriptor, see `zdp.NODE_DESCRIPTOR`.

        Args:
            manufacturer: code that the alliance gives; the default is no maker's.
        """
        return {
            "logical_type": LOGICAL_TYPES[self.logical_type],
            "complex_descriptor": False,
            "user_descriptor": False,
            "aps_flags": 0,
            "frequency_bands": 0x08,
            **self.capabilities(),
            "manufacturer": manufacturer,
            "maximum_buffer": 82,
            "maximum_incoming": 82,
            "primary_trust_centre": self.logical_type == "coordinator",
            "backup_trust_centre": False,
            "network_manager": self.logical_type == "coordinator",
            "stack_revision": 22,
            "maximum_outgoing": 82,
            "descriptor_capabilities": 0,
        }

    def power_descriptor(self) -> dict[str, int]:
        """Values of its power descriptor, see `zdp.POWER_DESCRIPTOR`."""
        source = 1 if self.power == "mains" else 4
        mode = 0 if self.power == "mains" else 1  # receiver as it says, or on from time to time
        return {"current_mode": mode, "available_sources": source, "current_source": source, "level": 0x0C}


def device_from_mapping(data: Mapping[str, Any], product: Product) -> ZigbeeDevice:
    """A kind of device of a profile.

    Args:
        data: the profile, see `profiles/zigbee`.
        product: the product that it names.

    Raises:
        ProductError: names the field, the value and the remedy.
    """
    unknown = set(data) - _FIELDS
    if unknown:
        raise ProductError(
            f"unknown field {min(map(str, unknown))!r}; known are {', '.join(sorted(_FIELDS))}"
        )
    for name, choices in (("logical_type", LOGICAL_TYPES), ("power", POWER_SOURCES)):
        if data.get(name) not in choices:
            raise ProductError(f"{name}: {data.get(name)!r} is none of {', '.join(choices)}")
    try:
        endpoints = [_endpoint(row) for row in data["endpoints"]]
        points = [_point(row, product) for row in data["points"]]
        constants = dict(_constant(row) for row in data.get("constants", ()))
        constants |= _identity(data, endpoints)
    except (KeyError, TypeError, AttributeError) as problem:
        raise ProductError(f"{problem} is missing or has the wrong shape") from None
    except (Malformed, OutOfRange, UnknownDatapoint) as problem:
        raise ProductError(str(problem)) from None
    inputs = {(row.number, name) for row in endpoints for name in row.inputs}
    for point in points:
        if (point.endpoint, point.cluster.name) not in inputs:
            raise ProductError(f"points: endpoint {point.endpoint} has no input cluster {point.cluster.name}")
    return ZigbeeDevice(
        product, endpoints, points, constants, logical_type=data["logical_type"], power=data["power"]
    )


def _cluster(name: str) -> Cluster:
    cluster = BY_NAME.get(name)
    if cluster is None:
        raise ProductError(f"cluster: {name!r} is none of {', '.join(BY_NAME)}")
    return cluster


def _endpoint(row: Mapping[str, Any]) -> Endpoint:
    inputs = tuple(_cluster(name).name for name in row["inputs"])
    outputs = tuple(_cluster(name).name for name in row.get("outputs", ()))
    return Endpoint(row["endpoint"], row["profile"], row["device"], row.get("version", 0), inputs, outputs)


def _point(row: Mapping[str, Any], product: Product) -> Point:
    cluster = _cluster(row["cluster"])
    attribute = cluster.attribute(row["attribute"])
    analog = attribute.data_type.analog
    if analog != ("change" in row):
        which = "needs" if analog else "has no"
        raise ProductError(f"points: {attribute.name} of {cluster.name} {which} least change")
    return Point(
        product.datapoint(row["datapoint"]),
        row.get("endpoint", 1),
        cluster,
        attribute,
        row.get("step", attribute.step),
        row["minimum"],
        row["maximum"],
        row.get("change"),
    )


def _constant(row: Mapping[str, Any]) -> tuple[tuple[int, int, int], Any]:
    cluster = _cluster(row["cluster"])
    attribute = cluster.attribute(row["attribute"])
    encode_value(attribute.data_type.number, row["value"])  # whether the type can hold it
    return (row.get("endpoint", 1), cluster.number, attribute.number), row["value"]


def _identity(data: Mapping[str, Any], endpoints: Sequence[Endpoint]) -> dict[tuple[int, int, int], Any]:
    """Who made it, in the basic cluster of the first endpoint."""
    basic = BY_NAME["basic"]
    values = {
        "zcl_version": 8,
        "application_version": 1,
        "manufacturer_name": data["manufacturer"],
        "model_identifier": data["model"],
        "power_source": POWER_SOURCES[data["power"]],
    }
    first = endpoints[0].number
    return {(first, basic.number, basic.attribute(name).number): value for name, value in values.items()}


__all__ = [
    "Endpoint",
    "Point",
    "ZigbeeDevice",
    "device_from_mapping",
]
