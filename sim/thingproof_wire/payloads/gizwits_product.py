"""Products and datapoints: what a Gizwits device can say, and where each datapoint lies in a frame.

Source: gizwits.md:1165-1225 (definition of a product), 1184 (access), 1185 (types), 1188-1203 (positions).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from thingproof_wire.errors import OutOfRange, UnknownDatapoint

Value: TypeAlias = bool | int | float | str | bytes
"""A display value: bool, enumeration label, number, or bytes of an extended datapoint."""

ACCESS_ORDER = ("writable", "readonly", "alert", "fault")
"""Kinds of datapoints in the order in which they lie in a frame."""
NUMERIC_BYTES = {"uint8": 1, "uint16": 2, "uint32": 4}
TYPES = ("bool", "enum", *NUMERIC_BYTES, "binary")
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
_FIELDS = {
    "id", "name", "display_name", "description", "access", "type", "values", "minimum", "maximum", "ratio",
    "addition", "length", "unit",
}  # fmt: skip


class ProductError(ValueError):
    """A product definition that cannot be used; the text names the field, the value and the remedy."""


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One datapoint of a product.

    Attributes:
        minimum, maximum: limits of the display value of a number.
        ratio, addition: display value = ratio * transmitted value + addition.
        length: bytes of a binary datapoint, else 0.
        unit: unit of the display value, empty when it has none.
    """

    id: int
    name: str
    access: str
    type: str
    display_name: str = ""
    description: str = ""
    values: tuple[str, ...] = ()
    minimum: float = 0
    maximum: float = 0
    ratio: float = 1
    addition: float = 0
    length: int = 0
    unit: str = ""

    @property
    def bits(self) -> int:
        """Bits in the bit group: 1 for a bool, ceil(log2 n) for an enumeration of n values, else 0."""
        if self.type == "bool":
            return 1
        return max(1, (len(self.values) - 1).bit_length()) if self.type == "enum" else 0

    @property
    def bytes(self) -> int:
        """Whole bytes: of a number or a binary datapoint, else 0."""
        return NUMERIC_BYTES.get(self.type, self.length if self.type == "binary" else 0)

    def check(self, value: object) -> Value:
        """The display value in its normal form.

        Accepts 0 and 1 for a bool, label or order number for an enumeration, hex text for a binary datapoint.

        Raises:
            OutOfRange: wrong type, unknown label, outside the limits, between two steps, wrong length.
        """
        return _CHECKS[self.type](self, value)

    def to_raw(self, value: float) -> int:
        """Transmitted value of a display value that `check` accepted."""
        return round((value - self.addition) / self.ratio)

    def to_display(self, raw: int) -> float:
        """Display value of a transmitted value; an int when ratio and addition are whole."""
        if self.ratio == 1:
            return raw + self.addition
        value = self.ratio * raw + self.addition
        return (
            int(value) if float(self.ratio).is_integer() and float(value).is_integer() else round(value, 10)
        )


def _check_bool(datapoint: Datapoint, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and value in (0, 1):
        return bool(value)
    raise OutOfRange(f"{value!r} is no bool; use true or false, 1 or 0", field=datapoint.name)


def _check_enum(datapoint: Datapoint, value: object) -> str:
    if isinstance(value, str) and value in datapoint.values:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(datapoint.values):
        return datapoint.values[value]
    known = ", ".join(datapoint.values)
    raise OutOfRange(
        f"{value!r} is not in the enumeration; use one of {known} or 0..{len(datapoint.values) - 1}",
        field=datapoint.name,
    )


def _check_number(datapoint: Datapoint, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise OutOfRange(f"{value!r} is no number", field=datapoint.name)
    if not datapoint.minimum <= value <= datapoint.maximum:
        raise OutOfRange(
            f"{value!r} is outside {datapoint.minimum}..{datapoint.maximum}", field=datapoint.name
        )
    steps = (value - datapoint.addition) / datapoint.ratio
    if not math.isclose(steps, round(steps), abs_tol=1e-6):
        raise OutOfRange(
            f"{value!r} lies between two steps of {datapoint.ratio} from {datapoint.addition}",
            field=datapoint.name,
        )
    return datapoint.to_display(round(steps))


def _check_binary(datapoint: Datapoint, value: object) -> bytes:
    if isinstance(value, str):
        try:
            value = bytes.fromhex(value)
        except ValueError:
            raise OutOfRange(f"{value!r} is no hex text", field=datapoint.name) from None
    if not isinstance(value, (bytes, bytearray)):
        raise OutOfRange(f"{value!r} is neither bytes nor hex text", field=datapoint.name)
    if len(value) != datapoint.length:
        raise OutOfRange(
            f"has {len(value)} bytes, the datapoint has {datapoint.length}; pad with zeros on the right",
            field=datapoint.name,
        )
    return bytes(value)


_CHECKS: dict[str, Callable[[Datapoint, object], Value]] = {
    "bool": _check_bool,
    "enum": _check_enum,
    "uint8": _check_number,
    "uint16": _check_number,
    "uint32": _check_number,
    "binary": _check_binary,
}


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

        Raises:
            ProductError: the answer lacks something.
        """
        try:
            rows = [_definition_row(row) for entity in data["entities"] for row in entity["attrs"]]
            positions = [row["position"] for entity in data["entities"] for row in entity["attrs"]]
        except (KeyError, TypeError) as problem:
            raise ProductError(f"definition: {problem} is missing or has the wrong shape") from None
        wide = any(position["byte_offset"] or position["bit_offset"] for position in positions)
        variable = len(positions) > 1 and not wide
        mapping = {
            "name": data.get("name") or "product",
            "product_key": data.get("product_key", ""),
            "length": "variable" if variable else "fixed",
            "datapoints": rows,
        }
        return cls.from_mapping(mapping)

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
    top = ratio * (256 ** NUMERIC_BYTES[kind] - 1) + addition
    minimum = _number(place, "minimum", row.get("minimum", addition))
    maximum = _number(place, "maximum", row.get("maximum", top))
    if not addition <= minimum <= maximum <= top:
        raise ProductError(
            f"{place}: limits {minimum}..{maximum} do not fit into {addition}..{top} of {kind}"
        )
    return {"ratio": ratio, "addition": addition, "minimum": minimum, "maximum": maximum}


def _number(place: str, field: str, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ProductError(f"{place}.{field}: {value!r} is no number")
    return value


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
        written |= {"minimum": spec["min"] * ratio + addition, "maximum": spec["max"] * ratio + addition}
    return written
