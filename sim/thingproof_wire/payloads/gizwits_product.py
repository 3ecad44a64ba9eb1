"""Products: which datapoints a Gizwits device has, and where each of them lies in a frame.

Source: gizwits.md:1165-1225 (definition of a product), 1184 (access), 1185 (types), 1188-1203 (positions).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from thingproof_wire.errors import UnknownDatapoint
from thingproof_wire.payloads.gizwits_datapoint import ACCESS_ORDER, NUMERIC_BYTES, TYPES, Datapoint, Value

_DEFINITION_ACCESS = {
    "status_writable": "writable",
    "status_readonly": "readonly",
    "alert": "alert",
    "fault": "fault",
    "W": "writable",
    "R": "readonly",
    "N": "alert",
    "E": "fault",
}
_PRODUCT_FIELDS = {
    "name", "product_key", "product_secret", "length", "sharing", "data_service", "protocol_version",
    "datapoints",
}  # fmt: skip
_FIELDS = {
    "id", "name", "display_name", "description", "access", "type", "values", "minimum", "maximum", "ratio",
    "addition", "length", "unit",
}  # fmt: skip


class ProductError(ValueError):
    """A product definition that cannot be used; the text names the field, the value and the remedy."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where the product definition puts a datapoint; both offsets are 0 in a variable-length product."""

    byte_offset: int
    bit_offset: int
    length: int
    unit: str


class Product:
    """A product: its datapoints and how its frames are laid out.

    Attributes:
        datapoints: in frame order: by access, bits before numbers before binary, then by id.
        variable: True for a variable-length product.
    """

    def __init__(
        self,
        name: str,
        datapoints: Sequence[Datapoint],
        *,
        variable: bool = False,
        attributes: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.variable = variable
        self.attributes = dict(attributes or {})
        self.datapoints = tuple(sorted(datapoints, key=_frame_order))
        self.by_name = {datapoint.name: datapoint for datapoint in self.datapoints}
        if len(self.by_name) != len(self.datapoints):
            raise ProductError(f"product {name}: two datapoints have the same name; rename one")
        if len({datapoint.id for datapoint in datapoints}) != len(self.datapoints):
            raise ProductError(f"product {name}: two datapoints have the same id; number them 0, 1, 2 …")

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Product:
        """A product from its own form, see the profiles.

        Raises:
            ProductError: names the field, the value and the remedy.
        """
        if not isinstance(data, Mapping):
            raise ProductError("a product is a mapping with name and datapoints")
        unknown = set(data) - _PRODUCT_FIELDS
        if unknown:
            known = ", ".join(sorted(_PRODUCT_FIELDS))
            raise ProductError(f"unknown field {min(map(str, unknown))!r}; known are {known}")
        name = data.get("name")
        if not isinstance(name, str) or not name:
            raise ProductError("name: give the product a name")
        length = data.get("length", "fixed")
        if length not in ("fixed", "variable"):
            raise ProductError(f"length: {length!r} is neither fixed nor variable")
        rows = data.get("datapoints")
        if not isinstance(rows, Sequence) or isinstance(rows, str):
            raise ProductError("datapoints: write them as a list; it may be empty for transparent data only")
        datapoints = [_read_datapoint(index, row) for index, row in enumerate(rows)]
        rest = {key: value for key, value in data.items() if key not in ("name", "length", "datapoints")}
        return cls(name, datapoints, variable=length == "variable", attributes=rest)

    @classmethod
    def from_definition(cls, data: Mapping[str, Any]) -> Product:
        """A product from an answer of GET /app/datapoint (gizwits.md:1229).

        All offsets are 0 in a variable-length product (gizwits.md:1200); a single datapoint counts as fixed.

        Raises:
            ProductError: the answer lacks something, or puts a datapoint where no device would.
        """
        try:
            attributes = [row for entity in data["entities"] for row in entity["attrs"]]
            rows = [_definition_row(row) for row in attributes]
            stated = {str(row["name"]): _stated_position(row["position"]) for row in attributes}
            key = {"product_key": data["product_key"]} if data.get("product_key") else {}
            name = data.get("name") or "product"
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise ProductError(f"definition: {problem} is missing or has the wrong shape") from None
        wide = any(position.byte_offset or position.bit_offset for position in stated.values())
        variable = len(stated) > 1 and not wide
        length = "variable" if variable else "fixed"
        product = cls.from_mapping({"name": name, **key, "length": length, "datapoints": rows})
        for datapoint in product.datapoints:
            expected = product.position(datapoint.name)
            if stated[datapoint.name] != expected:
                raise ProductError(
                    f"definition: {datapoint.name} is at {stated[datapoint.name]}, its kind, type and id "
                    f"place it at {expected}"
                )
        return product

    def to_mapping(self) -> dict[str, Any]:
        """The product's own form."""
        return {
            "name": self.name,
            "length": "variable" if self.variable else "fixed",
            **self.attributes,
            "datapoints": [
                _written(datapoint) for datapoint in sorted(self.datapoints, key=lambda row: row.id)
            ],
        }

    def datapoint(self, name: str) -> Datapoint:
        """The datapoint of that name.

        Raises:
            UnknownDatapoint: there is none.
        """
        try:
            return self.by_name[name]
        except KeyError:
            known = ", ".join(self.by_name)
            raise UnknownDatapoint(f"{self.name} has no such datapoint; it has {known}", field=name) from None

    def position(self, name: str) -> Position:
        """Place of a datapoint as the product definition states it (before the wire's byte order)."""
        wanted = self.datapoint(name)
        bits = wanted.bits
        if self.variable:
            return Position(0, 0, bits or wanted.bytes, "bit" if bits else "byte")
        start = 0
        for access in ACCESS_ORDER:
            members = [datapoint for datapoint in self.datapoints if datapoint.access == access]
            offset = 0
            for datapoint in members:
                if datapoint.bits:
                    if datapoint is wanted:
                        return Position(start + offset // 8, offset, bits, "bit")
                    offset += datapoint.bits
            start += (offset + 7) // 8
            for datapoint in members:
                if not datapoint.bits:
                    if datapoint is wanted:
                        return Position(start, 0, datapoint.bytes, "byte")
                    start += datapoint.bytes
        raise AssertionError(name)


def _frame_order(datapoint: Datapoint) -> tuple[int, int, int]:
    group = 0 if datapoint.bits else 1 if datapoint.type in NUMERIC_BYTES else 2
    return ACCESS_ORDER.index(datapoint.access), group, datapoint.id


def _written(datapoint: Datapoint) -> dict[str, Any]:
    row: dict[str, Any] = {"id": datapoint.id, "name": datapoint.name, "display_name": datapoint.display_name}
    row |= {"description": datapoint.description, "access": datapoint.access, "type": datapoint.type}
    if datapoint.type == "enum":
        row["values"] = list(datapoint.values)
    if datapoint.type in NUMERIC_BYTES:
        row |= {"minimum": datapoint.minimum, "maximum": datapoint.maximum}
        row |= {"ratio": datapoint.ratio, "addition": datapoint.addition}
    if datapoint.type == "binary":
        row["length"] = datapoint.length
    if datapoint.unit:
        row["unit"] = datapoint.unit
    return row


def _read_datapoint(index: int, row: Any) -> Datapoint:
    place = f"datapoints[{index}]"
    if not isinstance(row, Mapping):
        raise ProductError(f"{place}: is no mapping")
    unknown = set(row) - _FIELDS
    if unknown:
        known = ", ".join(sorted(_FIELDS))
        raise ProductError(f"{place}: unknown field {min(map(str, unknown))!r}; known are {known}")
    name = row.get("name")
    if not isinstance(name, str) or not name.isidentifier():
        raise ProductError(f"{place}.name: {name!r} is no name; use letters, digits and _")
    place = f"datapoints[{index}] ({name})"
    access, kind = row.get("access"), row.get("type")
    if access not in ACCESS_ORDER:
        raise ProductError(f"{place}.access: {access!r} is none of {', '.join(ACCESS_ORDER)}")
    if kind not in TYPES:
        raise ProductError(f"{place}.type: {kind!r} is none of {', '.join(TYPES)}")
    if access in ("alert", "fault") and kind != "bool":
        raise ProductError(f"{place}.type: an {access} is a bool, not {kind}")
    identifier = row.get("id", index)
    if not isinstance(identifier, int) or isinstance(identifier, bool) or identifier < 0:
        raise ProductError(f"{place}.id: {identifier!r} is no number from 0 upward")
    return Datapoint(
        id=identifier,
        name=name,
        access=str(access),
        type=str(kind),
        display_name=str(row.get("display_name", name)),
        description=str(row.get("description", "")),
        unit=str(row.get("unit", "")),
        **_type_fields(place, str(kind), row),
    )


def _type_fields(place: str, kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that only some types have."""
    if kind == "enum":
        values = row.get("values")
        if not isinstance(values, Sequence) or isinstance(values, str) or not values:
            raise ProductError(f"{place}.values: an enumeration needs its labels as a list")
        labels = tuple(str(value) for value in values)
        if len(set(labels)) != len(labels):
            raise ProductError(f"{place}.values: two labels are the same")
        return {"values": labels}
    if kind == "binary":
        length = row.get("length")
        if not isinstance(length, int) or isinstance(length, bool) or not 1 <= length <= 1024:
            raise ProductError(f"{place}.length: {length!r} is not 1..1024 bytes")
        return {"length": length}
    if kind not in NUMERIC_BYTES:
        return {}
    ratio, addition = (
        _number(place, "ratio", row.get("ratio", 1)),
        _number(place, "addition", row.get("addition", 0)),
    )
    if ratio <= 0:
        raise ProductError(f"{place}.ratio: {ratio!r} must be more than 0")
    top = round(ratio * (256 ** NUMERIC_BYTES[kind] - 1) + addition, 10)
    minimum = _number(place, "minimum", row.get("minimum", addition))
    maximum = _number(place, "maximum", row.get("maximum", top))
    if not addition <= minimum <= maximum <= top:
        raise ProductError(
            f"{place}: limits {minimum}..{maximum} do not fit into {addition}..{top} of {kind}"
        )
    if top - round(top - ratio, 10) < ratio / 2:
        raise ProductError(f"{place}: ratio {ratio!r} is too fine for values near {top}; use a coarser one")
    return {"ratio": ratio, "addition": addition, "minimum": minimum, "maximum": maximum}


def _number(place: str, field: str, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ProductError(f"{place}.{field}: {value!r} is no number")
    return value


def _stated_position(position: Mapping[str, Any]) -> Position:
    return Position(
        int(position["byte_offset"]), int(position["bit_offset"]), int(position["len"]), str(position["unit"])
    )


def _definition_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """One attrs[] row of a product definition in the product's own form."""
    access = _DEFINITION_ACCESS.get(row["type"], row["type"])
    written = {
        "id": row["id"],
        "name": row["name"],
        "display_name": row.get("display_name", row["name"]),
        "description": row.get("desc", ""),
        "access": access,
        "type": row["data_type"],
    }
    if row["data_type"] == "enum":
        written["values"] = row["enum"]
    elif row["data_type"] == "binary":
        written["length"] = row["position"]["len"]
    elif row["data_type"] in NUMERIC_BYTES:
        spec = row["uint_spec"]
        ratio, addition = spec.get("ratio", 1), spec.get("addition", 0)
        written |= {"ratio": ratio, "addition": addition}
        # A definition states the limits of the transmitted value; ours are those of the display value.
        limits = (round(spec[bound] * ratio + addition, 10) for bound in ("min", "max"))
        written |= dict(zip(("minimum", "maximum"), limits, strict=True))
    return written


__all__ = [
    "ACCESS_ORDER",
    "NUMERIC_BYTES",
    "TYPES",
    "Datapoint",
    "Position",
    "Product",
    "ProductError",
    "Value",
]
