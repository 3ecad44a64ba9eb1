"""Product files and published definitions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_wire import profiles
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Datapoint, Product, ProductError

if TYPE_CHECKING:
    from pathlib import Path

_DEFINED_ACCESS = {
    "writable": "status_writable",
    "readonly": "status_readonly",
    "alert": "alert",
    "fault": "fault",
}


def definition_of(product: Product) -> dict[str, Any]:
    """The product as GET /app/datapoint answers it."""
    attributes = [attribute_of(product, row) for row in sorted(product.datapoints, key=lambda row: row.id)]
    entity = {"id": 0, "name": "entity0", "attrs": attributes}
    return {"name": product.name, "product_key": "4214bf2d79694a259232431b6f2ef46a", "entities": [entity]}


def attribute_of(product: Product, row: Datapoint) -> dict[str, Any]:
    """One attrs[] row; limits are those of the transmitted number."""
    place = product.position(row.name)
    attribute: dict[str, Any] = {
        "id": row.id,
        "name": row.name,
        "display_name": row.display_name,
        "desc": row.description,
        "type": _DEFINED_ACCESS[row.access],
        "data_type": row.type,
        "position": {
            "byte_offset": place.byte_offset,
            "bit_offset": place.bit_offset,
            "len": place.length,
            "unit": place.unit,
        },
    }
    if row.type == "enum":
        attribute["enum"] = list(row.values)
    elif row.type.startswith("uint"):
        limits = {"min": row.to_raw(row.minimum), "max": row.to_raw(row.maximum)}
        attribute["uint_spec"] = {**limits, "ratio": row.ratio, "addition": row.addition}
    return attribute


@pytest.mark.parametrize("name", profiles.names())
def test_definition_gives_the_product_back(name: str) -> None:
    """What the definition of a product says is enough to read its frames."""
    product = Product.from_mapping(profiles.load(name))
    again = Product.from_definition(definition_of(product))
    assert again.variable == product.variable
    assert [(row.name, row.type, row.minimum, row.maximum) for row in again.datapoints] == [
        (row.name, row.type, row.minimum, row.maximum) for row in product.datapoints
    ]
    lowest = {row.name: row.lowest for row in product.datapoints}
    assert Codec(again).report(lowest) == Codec(product).report(lowest)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("byte_offset", 2, "set_temp"),
        ("len", 2, "set_temp"),
        ("unit", "bit", "set_temp"),
        ("byte_offset", "x", "definition"),
    ],
)
def test_definition_that_places_a_datapoint_elsewhere(field: str, value: object, text: str) -> None:
    """A layout that we would read wrongly is refused instead."""
    definition = definition_of(Product.from_mapping(profiles.load("air_conditioner")))
    position = next(
        row["position"] for row in definition["entities"][0]["attrs"] if row["name"] == "set_temp"
    )
    position[field] = value
    with pytest.raises(ProductError, match=text):
        Product.from_definition(definition)


@pytest.mark.parametrize("missing", ["entities", "position", "uint_spec", "data_type"])
def test_definition_that_lacks_something(missing: str) -> None:
    """The error names what is missing."""
    definition = definition_of(Product.from_mapping(profiles.load("air_conditioner")))
    definition.pop(missing, None)
    for row in definition.get("entities", [{"attrs": []}])[0]["attrs"]:
        row.pop(missing, None)
    with pytest.raises(ProductError, match=missing):
        Product.from_definition(definition)


def test_limits_of_a_definition_hold_their_own_steps() -> None:
    """3 steps of 0.1 are 0.3, also as a limit."""
    row = {"name": "n", "access": "readonly", "type": "uint8", "ratio": 0.1, "minimum": 0.3, "maximum": 0.7}
    product = Product.from_mapping({"name": "fine", "datapoints": [row]})
    codec = Codec(Product.from_definition(definition_of(product)))
    assert codec.decode_status(b"\x03") == {"n": 0.3}
    assert codec.encode_status({"n": 0.7}) == b"\x07"


def test_limits_between_two_steps() -> None:
    """A datapoint without a value is sent as the lowest step that its limits allow."""
    row = {"name": "n", "access": "readonly", "type": "uint8", "ratio": 2, "minimum": 3, "maximum": 99}
    codec = Codec(Product.from_mapping({"name": "even", "datapoints": [row]}))
    assert codec.decode_status(codec.encode_status({})) == {"n": 4}


def test_steps_of_a_large_counter_stay_apart() -> None:
    """A tolerance for rounding must not swallow half a step of a 32-bit number."""
    row = {"name": "n", "access": "readonly", "type": "uint32"}
    codec = Codec(Product.from_mapping({"name": "counter", "datapoints": [row]}))
    assert codec.check("n", 4000000000) == 4000000000
    with pytest.raises(ValueError, match="between two steps"):
        codec.check("n", 4000000000.5)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"name": ""}, "name"),
        ({"length": "elastic"}, "length"),
        ({"lenght": "variable"}, "lenght"),
        ({"datapoints": "none"}, "datapoints"),
        ({"datapoints": [{"name": "a", "access": "writable", "type": "bool", "colour": 1}]}, "colour"),
        ({"datapoints": [{"name": "a", "access": "rw", "type": "bool"}]}, "access"),
        ({"datapoints": [{"name": "a", "access": "writable", "type": "int"}]}, "type"),
        ({"datapoints": [{"name": "a", "access": "alert", "type": "uint8"}]}, "type"),
        ({"datapoints": [{"name": "a", "access": "writable", "type": "enum"}]}, "values"),
        ({"datapoints": [{"name": "a", "access": "writable", "type": "binary"}]}, "length"),
        ({"datapoints": [{"name": "a", "access": "writable", "type": "uint8", "maximum": 300}]}, "300"),
        ({"datapoints": [{"name": "a", "access": "writable", "type": "uint8", "ratio": 0}]}, "ratio"),
        ({"datapoints": [{"name": "a", "access": "writable", "type": "uint8", "ratio": 1e-12}]}, "ratio"),
        ({"datapoints": [{"name": "a", "access": "writable", "type": "bool"}] * 2}, "same name"),
    ],
)
def test_unusable_product(change: dict[str, Any], text: str) -> None:
    """A product file that cannot be used names the field at fault."""
    with pytest.raises(ProductError, match=text):
        Product.from_mapping(profiles.load("air_conditioner") | change)


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("a.yaml", "name: [", "cannot be read"),
        ("a.json", "{", "cannot be read"),
        ("a.yaml", "name: x", "datapoints"),
        ("a.json", "[]", "mapping"),
        ("a.json", json.dumps({"entities": 5}), "definition"),
    ],
)
def test_unreadable_product_file(tmp_path: Path, file: str, text: str, problem: str) -> None:
    """The error names the file and what is wrong with it."""
    path = tmp_path / file
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProductError, match=problem) as caught:
        profiles.read_product(path)
    assert str(path) in str(caught.value)


def test_missing_product_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(ProductError, match=r"none\.yaml"):
        profiles.read_product(tmp_path / "none.yaml")


def test_product_files_in_both_forms(tmp_path: Path) -> None:
    """Our own form and a published definition are told apart by what they hold."""
    product = Product.from_mapping(profiles.load("pet_house"))
    own, published = tmp_path / "own.json", tmp_path / "published.json"
    own.write_text(json.dumps(product.to_mapping()), encoding="utf-8")
    published.write_text(json.dumps(definition_of(product)), encoding="utf-8")
    assert profiles.read_product(own) == product.to_mapping()
    names = [row["name"] for row in profiles.read_product(published)["datapoints"]]
    assert names == [row.name for row in product.datapoints]
