"""Random products and values for the property tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from thingproof_wire.frames.gizwits_p0 import Action
from thingproof_wire.payloads.gizwits_bits import Codec, Message
from thingproof_wire.payloads.gizwits_datapoint import ACCESS_ORDER, NUMERIC_BYTES, Datapoint, Value
from thingproof_wire.payloads.gizwits_product import Product

if TYPE_CHECKING:
    from collections.abc import Iterable

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For tests of drawn products: drawing takes its time on a busy machine, which says nothing about codecs."""


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


def some_values(rows: Iterable[Datapoint]) -> st.SearchStrategy[dict[str, Value]]:
    """Values of any of the datapoints."""
    return st.fixed_dictionaries({}, optional={row.name: value_of(row) for row in rows})


@st.composite
def products_with_values(
    draw: st.DrawFn, *, variable: bool | None = None, access: str | None = None
) -> tuple[Product, dict[str, Value]]:
    """A product and values of some of its datapoints (of one access, when given)."""
    product = draw(products(variable=variable))
    return product, draw(some_values(row for row in product.datapoints if access in (None, row.access)))


@st.composite
def messages(draw: st.DrawFn, codec: Codec) -> Message:
    """A message of any action that the product knows."""
    fixed = {Action.CONTROL, Action.READ, Action.READ_ANSWER, Action.REPORT}
    transparent = {Action.TRANSPARENT_DOWN, Action.TRANSPARENT_UP}
    own = set(Action) - fixed if codec.product.variable else fixed | transparent
    action = draw(st.sampled_from(sorted(own)))
    if action in transparent:
        return Message(action, data=draw(st.binary(max_size=20)))
    if action == Action.READ:
        return Message(action)
    if action == Action.READ_VARIABLE:
        return Message(action, names=tuple(row.name for row in codec.all if draw(st.booleans())))
    controls = action in (Action.CONTROL, Action.CONTROL_VARIABLE)
    return Message(action, draw(some_values(codec.writable if controls else codec.all)))


@st.composite
def almost_payloads(draw: st.DrawFn, codec: Codec) -> bytes:
    """Any bytes, or a right payload that lost its end, got more bytes or a wrong byte."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=64))
    payload = bytearray(codec.encode_message(draw(messages(codec))))
    change = draw(st.sampled_from(["none", "cut", "longer", "byte"]))
    if change == "cut":
        return bytes(payload[: draw(st.integers(0, len(payload)))])
    if change == "longer":
        return bytes(payload) + draw(st.binary(min_size=1, max_size=4))
    if change == "byte":
        payload[draw(st.integers(0, len(payload) - 1))] = draw(st.integers(0, 255))
    return bytes(payload)
