"""A product's definition as GET /app/datapoint shows it (gizwits.md:1138)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.network.gizwits_codecs import codec_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_platform.core.model import Application, Product
    from thingproof_platform.core.world import World

Point = dict[str, Any]

_ENTITY: Final = "entity0"
_KEYBOARD: Final = "NumbersAndPunctuation"
# access -> (type of the data point, permission of its element), gizwits.md:1184 and 1220
_ACCESS: Final[dict[str, tuple[str, str]]] = {
    "writable": ("status_writable", "W"),
    "readonly": ("status_readonly", "R"),
    "alert": ("alert", "N"),
    "fault": ("fault", "E"),
}


def linked(world: World, application: Application, product_key: str) -> Product | None:
    """The product when the application may see it: its own ones, all for a super application."""
    product = world.things.products.get(product_key)
    own = application.products is None or product_key in application.products
    if own or application.super or world.faults.on("skip_product_check"):
        return product
    return None


def definition(world: World, product: Product) -> dict[str, Any]:
    """The whole definition: one entity with its data points, and the elements of a phone's page."""
    points: list[Point] = product.mapping.get("datapoints", [])
    return {
        "name": product.mapping.get("name", ""),
        "entities": [
            {
                "id": 0,
                "name": _ENTITY,
                "display_name": "Gizwits development kit",
                "attrs": [_attribute(world, product, point) for point in points],
            }
        ],
        "protocolType": "standard",
        "product_key": product.key,
        "packetVersion": "0x00000004",
        "ui": {
            "object": {"version": 4, "showEditButton": False},
            "sections": [{"elements": [_element(point) for point in points]}],
        },
    }


def _attribute(world: World, product: Product, point: Point) -> dict[str, Any]:
    position = codec_of(world, product.key).product.position(point["name"])
    attribute = {
        "id": point["id"],
        "name": point["name"],
        "display_name": _title(point),
        "desc": point.get("description") or ".....",
        "type": _ACCESS[point["access"]][0],
        "data_type": point["type"],
        "position": {
            "byte_offset": position.byte_offset,
            "bit_offset": position.bit_offset,
            "len": position.length,
            "unit": position.unit,
        },
    }
    if point["type"] == "enum":
        attribute["enum"] = list(point["values"])
    elif point["type"].startswith("uint"):
        attribute["uint_spec"] = _transmitted_spec(point)
    return attribute


def _transmitted_spec(point: Point) -> dict[str, Any]:
    """Bounds of the transmitted number x; shown is ratio * x + addition (gizwits.md:1195)."""
    ratio, addition = point.get("ratio", 1), point.get("addition", 0)
    bounds = {
        name: round((point[bound] - addition) / ratio) if bound in point else otherwise
        for name, bound, otherwise in (
            ("min", "minimum", 0),
            ("max", "maximum", 2 ** int(point["type"].removeprefix("uint")) - 1),
        )
    }
    return {**bounds, "ratio": ratio, "addition": addition}


def _shown_bound(point: Point, name: str) -> float | int:
    """A bound of the display value."""
    spec = _transmitted_spec(point)
    value = spec["ratio"] * spec[name] + spec["addition"]
    return int(value) if value == int(value) else round(value, 6)


def _element(point: Point) -> dict[str, Any]:
    kind, extra = _KINDS[_kind_of(point)]
    element = {
        "title": _title(point),
        "key": f"{_ENTITY}.{point['name']}",
        "type": kind,
        "object": {
            "action": _ENTITY,
            "bind": [f"{_ENTITY}.{point['name']}"],
            "perm": _ACCESS[point["access"]][1],
        },
    }
    extra(element, point)
    return element


def _kind_of(point: Point) -> str:
    """What shows the data point: a control for what can be set, a label for the rest."""
    if point["access"] != "writable":
        return "label"
    return "uint" if point["type"].startswith("uint") else str(point["type"])


def _boolean(element: dict[str, Any], _point: Point) -> None:
    element["boolValue"] = False


def _radio(element: dict[str, Any], point: Point) -> None:
    element["items"] = list(point["values"])


def _multiline(element: dict[str, Any], point: Point) -> None:
    element["keyboardType"] = _KEYBOARD
    element["maxLength"] = 2 * point["length"]


def _float(element: dict[str, Any], point: Point) -> None:
    least, most = _shown_bound(point, "min"), _shown_bound(point, "max")
    spec = {"max": most, "step": point.get("ratio", 1), "min": least}
    element["keyboardType"] = _KEYBOARD
    element["bind"] = "floatValue:float"
    element["maximumValue"], element["minimumValue"], element["value"] = most, least, 0
    # The table says unit_spec, published definitions say uint_spec (gizwits.md:1221).
    element["object"] |= {"uint_spec": spec, "unit_spec": dict(spec)}


def _label(_element: dict[str, Any], _point: Point) -> None:
    """A label has nothing of its own."""


_KINDS: Final[dict[str, tuple[str, Callable[[dict[str, Any], Point], None]]]] = {
    "bool": ("QBooleanElement", _boolean),
    "enum": ("QRadioElement", _radio),
    "uint": ("QFloatElement", _float),
    "binary": ("QMultilineElement", _multiline),
    "label": ("QLabelElement", _label),
}


def _title(point: Point) -> str:
    return str(point.get("display_name") or point["name"])
