"""Kinds of Zigbee devices as YAML files: a product, and which cluster and attribute shows each datapoint."""

from __future__ import annotations

from importlib.resources import files

import yaml

from thingproof_wire import profiles
from thingproof_wire.payloads.gizwits_product import Product, ProductError
from thingproof_wire.payloads.zcl_attributes import ZigbeeDevice, device_from_mapping


def names() -> list[str]:
    """Names of the kinds that come with the package, sorted."""
    entries = (entry.name for entry in files(__package__).iterdir())
    return sorted(name.removesuffix(".yaml") for name in entries if name.endswith(".yaml"))


def load(name: str) -> ZigbeeDevice:
    """The kind of that name.

    Raises:
        ProductError: there is none; the text lists those there are.
    """
    if name not in names():
        raise ProductError(f"there is no kind of Zigbee device {name!r}; there are {', '.join(names())}")
    data = yaml.safe_load((files(__package__) / f"{name}.yaml").read_text(encoding="utf-8"))
    return device_from_mapping(data, Product.from_mapping(profiles.load(data["product"])))
