"""Random products and values for the property tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from thingproof_wire.payloads.gizwits_product import ACCESS_ORDER, NUMERIC_BYTES, Datapoint, Product, Value


@st.composite
def datapoint_rows(draw: st.DrawFn, index: int) -> dict[str, Any]:
    """One datapoint in the form of a product file."""
    access = draw(st.sampled_from(ACCESS_ORDER))
    kinds = ["bool"] if access in ("alert", "fault") else ["bool", "enum", *NUMERIC_BYTES, "binary"]
    kind = draw(st.sampled_from(kinds))
    row: dict[str, Any] = {"id": index, "name": f"dp_{index}", "access": access, "type": kind}
    if kind == "enum":
        row["values"] = [f"label {number}" for number in range(draw(st.integers(1, 9)))]
    elif kind == "binary":
        row["length"] = draw(st.integers(1, 6))
    elif kind in NUMERIC_BYTES:
        row["ratio"] = draw(st.sampled_from([1, 2, 0.1, 0.01]))
        row["addition"] = draw(st.integers(-50, 50))
    return row


@st.composite
def products(draw: st.DrawFn, *, variable: bool | None = None) -> Product:
    """A product of 1 to 24 datapoints, so that bit groups of more than 8 bits occur."""
    count = draw(st.integers(1, 24))
    wanted = draw(st.booleans()) if variable is None else variable
    rows = [draw(datapoint_rows(index)) for index in range(count)]
    return Product.from_mapping(
        {"name": "random", "length": "variable" if wanted else "fixed", "datapoints": rows}
    )


def value_of(datapoint: Datapoint) -> st.SearchStrategy[Value]:
    """Display values that a datapoint allows."""
    if datapoint.type == "bool":
        return st.booleans()
    if datapoint.type == "enum":
        return st.sampled_from(datapoint.values)
    if datapoint.type == "binary":
        return st.binary(min_size=datapoint.length, max_size=datapoint.length)
    return st.integers(0, 256**datapoint.bytes - 1).map(datapoint.to_display)


@st.composite
def products_with_values(
    draw: st.DrawFn, *, variable: bool | None = None, access: str | None = None
) -> tuple[Product, dict[str, Value]]:
    """A product and values of some of its datapoints (of one access, when given)."""
    product = draw(products(variable=variable))
    candidates = [row for row in product.datapoints if access in (None, row.access)]
    chosen = [row for row in candidates if draw(st.booleans())]
    return product, {row.name: draw(value_of(row)) for row in chosen}
