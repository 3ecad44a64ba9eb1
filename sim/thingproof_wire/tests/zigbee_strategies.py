"""Random Zigbee frames, and random messages of any table, for the property tests."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from hypothesis import strategies as st

from thingproof_wire.frames.ieee802154 import MacAddress, MacFrame, MacType
from thingproof_wire.frames.ieee802154_commands import Beacon
from thingproof_wire.frames.touchlink import InterPanFrame
from thingproof_wire.frames.zcl import ZclFrame, ZclType
from thingproof_wire.frames.zcl_foundation import LeastChange, Typed
from thingproof_wire.frames.zcl_types import DATA_TYPES, Array, DataType, Structure, type_of
from thingproof_wire.frames.zigbee_aps import FIRST_BLOCK, LATER_BLOCK, ApsFrame, ApsType, Delivery, Fragment
from thingproof_wire.frames.zigbee_fields import (
    Bits,
    Counted,
    Field,
    Fields,
    Listing,
    Number,
    Octets,
    Prefixed,
    Rest,
    Sized,
    Trailing,
    Values,
    When,
)
from thingproof_wire.frames.zigbee_nwk import NwkFrame, NwkType, SourceRoute
from thingproof_wire.frames.zigbee_records import Message, Table
from thingproof_wire.frames.zigbee_security import KeyId, SecurityHeader

u8, u16, u32, u64 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 32, 64))
payloads = st.binary(max_size=40)
keys = st.binary(min_size=16, max_size=16)

mac_addresses = st.one_of(st.builds(MacAddress, u16, u16), st.builds(MacAddress, u16, u64, st.just(True)))


@st.composite
def mac_frames(draw: st.DrawFn) -> MacFrame:
    """Any MAC frame."""
    to, from_ = (draw(st.none() | mac_addresses) for _ in range(2))
    compressed = to is not None and from_ is not None and draw(st.booleans())
    if compressed and to is not None and from_ is not None:
        from_ = MacAddress(to.pan, from_.number, from_.extended)
    return MacFrame(
        draw(st.sampled_from(MacType)),
        draw(u8),
        to,
        from_,
        draw(payloads),
        draw(st.booleans()),
        draw(st.booleans()),
        compressed,
        draw(st.integers(0, 1)),
    )


beacons = st.builds(
    Beacon,
    st.booleans(),
    st.booleans(),
    payloads,
    *(st.integers(0, 15) for _ in range(3)),
    st.booleans(),
    st.booleans(),
    st.sampled_from([b"", bytes(4), bytes(range(7))]),
    st.lists(u16, max_size=4).map(tuple),
    st.lists(u64, max_size=3).map(tuple),
)
routes = st.builds(SourceRoute, st.lists(u16, max_size=5).map(tuple), u8)
network_frames = st.builds(
    NwkFrame,
    st.sampled_from(NwkType),
    u16,
    u16,
    u8,
    u8,
    payloads,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.none() | u64,
    st.none() | u64,
    st.none() | routes,
)


@st.composite
def application_frames(draw: st.DrawFn) -> ApsFrame:
    """Any frame of the application support layer."""
    kind = draw(st.sampled_from(ApsType))
    addressed = kind == ApsType.DATA or (kind == ApsType.ACKNOWLEDGMENT and draw(st.booleans()))
    delivery = Delivery.UNICAST if kind == ApsType.ACKNOWLEDGMENT else draw(st.sampled_from(Delivery))
    group = addressed and delivery == Delivery.GROUP
    fragment = None
    if kind != ApsType.COMMAND and draw(st.booleans()):
        received = u8 if kind == ApsType.ACKNOWLEDGMENT else st.just(0)
        blocks = st.builds(Fragment, st.sampled_from([FIRST_BLOCK, LATER_BLOCK]), u8, received)
        fragment = draw(st.just(Fragment(0)) | blocks)
    return ApsFrame(
        kind,
        draw(u8),
        draw(payloads),
        delivery,
        draw(u8) if addressed and not group else None,
        draw(u16) if group else None,
        draw(u16) if addressed else None,
        draw(u16) if addressed else None,
        draw(u8) if addressed else None,
        draw(st.booleans()),
        draw(st.booleans()),
        fragment,
    )


@st.composite
def security_headers(draw: st.DrawFn) -> SecurityHeader:
    """Any auxiliary header."""
    key = draw(st.sampled_from(KeyId))
    return SecurityHeader(key, draw(u32), draw(st.none() | u64), draw(u8) if key == KeyId.NETWORK else None)


cluster_frames = st.builds(
    ZclFrame, st.sampled_from(ZclType), u8, u8, payloads, st.booleans(), st.booleans(), st.none() | u16
)


@st.composite
def inter_pan_frames(draw: st.DrawFn) -> InterPanFrame:
    """Any frame between networks."""
    delivery = draw(st.sampled_from(Delivery))
    group = draw(u16) if delivery == Delivery.GROUP else None
    return InterPanFrame(draw(payloads), delivery, group, draw(u16), draw(u16))


def numbers_of(row: DataType) -> st.SearchStrategy[int]:
    """Numbers that a type can hold."""
    bits = 8 * row.size
    if row.kind == "signed":
        return st.integers(-(1 << bits - 1) + 1, (1 << bits - 1) - 1)
    return st.integers(0, (1 << bits) - 1).filter(lambda number: number != row.invalid)


_FLOAT_BITS = {2: 16, 4: 32, 8: 64}


def values_of(row: DataType, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that a type can hold, no value among them if it has one."""
    quads = st.lists(u8, min_size=4, max_size=4).map(tuple).filter(lambda quad: quad != (255,) * 4)
    simple = [kind for kind in DATA_TYPES if kind.kind not in ("array", "structure", "none")]
    inner = simple if depth else [*simple, type_of(0x48), type_of(0x4C)]
    strategies: dict[str, st.SearchStrategy[Any]] = {
        "none": st.none(),
        "unsigned": numbers_of(row),
        "signed": numbers_of(row),
        "bool": st.booleans(),
        "float": st.floats(width=_FLOAT_BITS.get(row.size, 64), allow_nan=False),  # type: ignore[arg-type]
        "quad": quads,
        "octets": st.binary(max_size=20),
        "text": st.text(max_size=8),
        "key": keys,
    }
    if row.kind in strategies:
        found = strategies[row.kind]
        return found if row.invalid is None and row.kind != "float" else found | st.none()
    items = st.sampled_from(inner).flatmap(
        lambda kind: st.tuples(st.just(kind.number), values_of(kind, depth + 1))
    )
    if row.kind == "structure":
        return st.none() | st.lists(items, max_size=3).map(lambda pairs: Structure(tuple(pairs)))
    return st.none() | st.sampled_from(inner).flatmap(
        lambda kind: st.lists(values_of(kind, depth + 1), max_size=3).map(
            lambda found: Array(kind.number, tuple(found))
        )
    )


@st.composite
def field_values(draw: st.DrawFn, fields: Fields) -> Values:
    """Values of fields that go together."""
    values: Values = {}
    _draw_fields(fields, draw, values)
    return values


@singledispatch
def _draw_field(part: Field, draw: st.DrawFn, values: Values) -> None:
    """Draw the values of a field among those that are drawn already."""
    del draw, values
    raise TypeError(part)


def _draw_fields(fields: Fields, draw: st.DrawFn, values: Values) -> None:
    for part in fields:
        _draw_field(part, draw, values)


@_draw_field.register
def _(part: Number, draw: st.DrawFn, values: Values) -> None:
    half = 1 << 8 * part.size - 1
    if part.signed:
        values[part.name] = draw(st.integers(-half, half - 1))
    else:
        values[part.name] = draw(st.integers(0, 4) | st.integers(0, 2 * half - 1))  # conditions ask for small


@_draw_field.register
def _(part: Bits, draw: st.DrawFn, values: Values) -> None:
    for name, _, bits in part.parts:
        values[name] = draw(st.booleans()) if bits == 1 else draw(st.integers(0, (1 << bits) - 1))


@_draw_field.register
def _(part: Octets, draw: st.DrawFn, values: Values) -> None:
    values[part.name] = draw(st.binary(min_size=part.size, max_size=part.size))


@_draw_field.register(Prefixed)
@_draw_field.register(Rest)
def _(part: Prefixed | Rest, draw: st.DrawFn, values: Values) -> None:
    values[part.name] = draw(st.binary(max_size=16))


@_draw_field.register
def _(part: Listing, draw: st.DrawFn, values: Values) -> None:
    rows = draw(st.lists(field_values(part.item), max_size=3))
    single = part.single
    values[part.name] = tuple(rows if single is None else [row[single] for row in rows])


@_draw_field.register
def _(part: Counted, draw: st.DrawFn, values: Values) -> None:
    rows = draw(st.lists(field_values(part.item), max_size=3))
    values |= {part.number: len(rows), part.name: tuple(rows)}


@_draw_field.register
def _(part: When, draw: st.DrawFn, values: Values) -> None:
    if part.holds(values):
        _draw_fields(part.fields, draw, values)


@_draw_field.register(Trailing)
@_draw_field.register(Sized)
def _(part: Trailing | Sized, draw: st.DrawFn, values: Values) -> None:
    if draw(st.booleans()):
        _draw_fields(part.fields, draw, values)


@_draw_field.register
def _(part: Typed, draw: st.DrawFn, values: Values) -> None:
    del part
    row = draw(st.sampled_from(DATA_TYPES))
    values |= {"type": row.number, "value": draw(values_of(row))}


@_draw_field.register
def _(part: LeastChange, draw: st.DrawFn, values: Values) -> None:
    del part
    row = draw(st.sampled_from(DATA_TYPES))  # in place of the number drawn before, which few types have
    values["type"] = row.number
    if row.analog:
        values["change"] = draw(values_of(row))


def messages(table: Table) -> st.SearchStrategy[Message]:
    """Any message of a table."""
    return st.sampled_from(table.rows).flatmap(
        lambda row: field_values(row.fields).map(lambda values: Message(row.name, values))
    )


def usual_values(fields: Fields) -> Values:
    """Values of a message as devices send it: everything is there, one item in every list."""
    values: Values = {}
    for part in fields:
        if isinstance(part, When) and not part.other:
            values.setdefault(part.condition, part.among[0])
    conditions = dict(values)
    for part in fields:
        values |= _usual(part)
    return values | conditions | ({"type": 0x20} if "change" in values else {})


@singledispatch
def _usual(part: Field) -> Values:
    return {name: 0 if name in ("status", "report", "update") else 1 for name in part.names}


@_usual.register
def _(part: Octets) -> Values:
    return {part.name: bytes(range(part.size))}


@_usual.register(Prefixed)
@_usual.register(Rest)
def _(part: Prefixed | Rest) -> Values:
    return {part.name: b"name"}


@_usual.register
def _(part: Listing) -> Values:
    row = usual_values(part.item)
    return {part.name: (row if part.single is None else row[part.single],)}


@_usual.register
def _(part: Counted) -> Values:
    return {part.name: (usual_values(part.item),)}


@_usual.register(When)
@_usual.register(Trailing)
@_usual.register(Sized)
def _(part: When | Trailing | Sized) -> Values:
    return usual_values(part.fields)


@_usual.register
def _(part: Typed) -> Values:
    del part
    return {"type": 0x20, "value": 1}


def damaged(frames: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Bytes that nearly are frames: cut off, changed, longer, or anything."""

    @st.composite
    def change(draw: st.DrawFn) -> bytes:
        data = bytearray(draw(frames))
        for _ in range(draw(st.integers(0, 3))):
            if data:
                data[draw(st.integers(0, len(data) - 1))] = draw(u8)
        return bytes(data[: draw(st.integers(0, len(data)))]) + draw(st.binary(max_size=3))

    return change() | st.binary(max_size=60)
