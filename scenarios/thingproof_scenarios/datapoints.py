"""Valid values for the datapoints of a product mapping."""

from collections.abc import Mapping
from typing import Any


def first_value(row: Mapping[str, Any]) -> Any:
    """A valid value of a datapoint: off, the first label, zeros or the minimum."""
    if row["type"] == "bool":
        return False
    if row["type"] == "enum":
        return row["values"][0]
    return bytes(row["length"]) if row["type"] == "binary" else row["minimum"]


def first_values(product: Mapping[str, Any]) -> dict[str, Any]:
    """A valid value of every datapoint of a product mapping."""
    return {row["name"]: first_value(row) for row in product["datapoints"]}
