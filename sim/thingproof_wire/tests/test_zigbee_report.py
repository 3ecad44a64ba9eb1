"""The fast way to reports: the same frames as layer by layer, by us and by scapy."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thingproof_wire.errors import Malformed, OutOfRange, Overlong, WireError, WrongChecksum, WrongMic
from thingproof_wire.frames.ieee802154 import add_fcs, data_frame, encode_mac
from thingproof_wire.frames.zcl import encode_zcl
from thingproof_wire.frames.zcl_foundation import FOUNDATION, foundation_frame
from thingproof_wire.frames.zcl_types import BY_NAME, encode_value
from thingproof_wire.frames.zigbee_aps import ApsFrame, ApsType, encode_aps
from thingproof_wire.frames.zigbee_nwk import NwkFrame, NwkType, encode_nwk
from thingproof_wire.frames.zigbee_records import message
from thingproof_wire.frames.zigbee_report import (
    Report,
    ReportBuilder,
    ReportPath,
    read_by_layers,
    read_report,
)
from thingproof_wire.frames.zigbee_security import NetworkKey
from thingproof_wire.scapy import zigbee as witness
from thingproof_wire.scapy.benchmark import ROUNDS
from thingproof_wire.scapy.zigbee_benchmark import _Codec, _Scapy, benchmark_zigbee
from thingproof_wire.tests.strategies import patient
from thingproof_wire.tests.zigbee_strategies import damaged, messages, numbers_of, u8, u16, u32, u64

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = NetworkKey(bytes(range(16)), 3)
INT16 = BY_NAME["int16"].number
TYPES = [BY_NAME[name] for name in ("uint8", "uint16", "uint32", "int8", "int16", "map8", "enum8", "EUI64")]
paths = st.builds(ReportPath, u16, u16, u16, u16, u16, u8, u8, u8, st.booleans(), st.booleans())
attributes = st.lists(
    st.tuples(u16, st.sampled_from(TYPES)).flatmap(
        lambda pair: numbers_of(pair[1]).map(lambda value: (pair[0], pair[1].number, value))
    ),
    min_size=1,
    max_size=3,
)


def step_by_step(
    path: ReportPath, cluster: int, rows: list[tuple[int, int, Any]], numbers: tuple[int, int, int, int]
) -> NwkFrame:
    """The network frame of a report, made layer by layer."""
    mac, network, aps, zcl = numbers
    del mac
    report = message(
        "report_attributes",
        attributes=tuple({"attribute": row[0], "type": row[1], "value": row[2]} for row in rows),
    )
    payload = encode_zcl(foundation_frame(report, zcl, to_client=True, no_default_response=True))
    values = tuple((row[0], row[1], encode_value(row[1], row[2])) for row in rows)
    if all(kind in witness._ATTRIBUTE_BYTES for _, kind, _ in values):
        assert payload[3:] == witness.build_report(values)
        assert witness.dissect_report(payload[3:]) == values
    frame = ApsFrame(
        ApsType.DATA,
        aps,
        payload,
        destination=path.destination_endpoint,
        cluster=cluster,
        profile=path.profile,
        endpoint=path.endpoint,
    )
    return NwkFrame(
        NwkType.DATA,
        path.destination,
        path.source,
        path.radius,
        network,
        encode_aps(frame),
        discover_route=path.discover_route,
    )


def on_air(path: ReportPath, sequence: int, network: NwkFrame) -> bytes:
    mac = data_frame(
        path.pan, path.next_hop, path.source, sequence, encode_nwk(network), ack_request=path.acknowledged
    )
    return add_fcs(encode_mac(mac))


@settings(patient, max_examples=50)
@given(paths, u16, attributes, st.tuples(u8, u8, u8, u8), st.tuples(u32, u64))
def test_fast_path(path: Any, cluster: int, rows: Any, numbers: Any, sender: tuple[int, int]) -> None:
    """In the clear and sealed, the fast way gives the bytes that the layers give, and they are read back."""
    counter, ieee = sender
    builder = ReportBuilder(path, cluster, tuple((row[0], row[1]) for row in rows))
    values = [row[2] for row in rows]
    network = step_by_step(path, cluster, rows, numbers)
    built = builder.build(*numbers, *values)
    assert built == on_air(path, numbers[0], network)
    sealed = builder.seal(KEY, ieee, counter, numbers, *values)
    assert sealed == on_air(path, numbers[0], KEY.seal(network, counter, ieee))
    wanted = Report(path.source, None, None, path.endpoint, cluster, numbers[3], tuple(rows))
    assert read_report(built) == wanted
    found = read_report(sealed, KEY)
    assert found == read_by_layers(sealed, KEY)
    assert (found.ieee, found.counter, found.attributes) == (ieee, counter, wanted.attributes)


BUILDER = ReportBuilder(ReportPath(1, 2), 0x0402, ((0, INT16),))


def outcomes(data: bytes) -> tuple[str, str]:
    """What the short and the long way make of a frame."""
    found = []
    for read in (read_report, read_by_layers):
        try:
            found.append(repr(read(data, KEY)))
        except WireError as error:
            found.append(str(error))
    return found[0], found[1]


@settings(patient, max_examples=50)
@given(damaged(st.tuples(u8, u32).map(lambda pair: BUILDER.seal(KEY, 7, pair[1], (pair[0],) * 4, 5))))
def test_both_readers_agree_on_damaged_frames(data: bytes) -> None:
    """The short way refuses what the long way refuses, with the same words."""
    short, long = outcomes(data)
    assert short == long


@settings(patient, max_examples=50)
@given(damaged(st.builds(lambda rows: encode_zcl(foundation_frame(rows, 1)), messages(FOUNDATION))))
def test_both_readers_agree_on_any_payload(payload: bytes) -> None:
    """Whatever is sealed as an application payload, both read the same or refuse it with the same words."""
    frame = ApsFrame(ApsType.DATA, 1, payload, destination=1, cluster=6, profile=0x0104, endpoint=1)
    try:
        network = KEY.seal(NwkFrame(NwkType.DATA, 0, 2, 30, 1, encode_aps(frame)), 5, 7)
        data = on_air(ReportPath(1, 2), 1, network)
    except WireError:
        return  # too long
    short, long = outcomes(data)
    assert short == long


CALLS: dict[str, tuple[Callable[[], object], type[WireError]]] = {
    "value too large": (lambda: BUILDER.build(1, 2, 3, 4, 1 << 15), OutOfRange),
    "sequence too large": (lambda: BUILDER.build(256, 2, 3, 4, 5), OutOfRange),
    "no value": (lambda: BUILDER.build(1, 2, 3, 4), OutOfRange),
    "two values": (lambda: BUILDER.build(1, 2, 3, 4, 5, 6), OutOfRange),
    "counter too large": (lambda: BUILDER.seal(KEY, 1, 1 << 32, (1, 2, 3, 4), 5), OutOfRange),
    "a string": (lambda: ReportBuilder(ReportPath(1, 2), 0, ((4, 0x42),)), Malformed),
    "no attributes": (lambda: ReportBuilder(ReportPath(1, 2), 0, ()), Malformed),
    "address": (lambda: ReportBuilder(ReportPath(1, 1 << 16), 0, ((0, INT16),)), OutOfRange),
    "too many": (lambda: ReportBuilder(ReportPath(1, 2), 0, ((0, INT16),) * 20), Overlong),
    "damaged": (lambda: read_report(b"a" + BUILDER.build(1, 2, 3, 4, 5)), WrongChecksum),
    "no key": (lambda: read_report(BUILDER.seal(KEY, 1, 1, (1, 2, 3, 4), 5)), Malformed),
    "another key": (
        lambda: read_report(BUILDER.seal(KEY, 1, 1, (1, 2, 3, 4), 5), NetworkKey(bytes(16))),
        WrongMic,
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_faults(name: str) -> None:
    """Each fault has its kind."""
    call, kind = CALLS[name]
    with pytest.raises(kind):
        call()


def test_benchmark_counts_by_its_clock() -> None:
    """With a clock that moves 1 s a look, everybody does one batch a second."""
    ticks = count()
    result = benchmark_zigbee(6.0 * ROUNDS, lambda: float(next(ticks)))
    rates = {value for name, value in result.items() if name.endswith("per_second")}
    assert rates == {20.0}
    assert {result[f"{task}_ratio"] for task in ("build", "seal", "read")} == {1.0}


def test_both_contestants_do_the_same_work() -> None:
    """A ratio means something only if both build and read the same frames."""
    ours, theirs = _Codec(), _Scapy()
    assert theirs.build(7) == ours.build(7)
    frame = ours.seal(7)
    assert theirs.seal(7) == frame
    assert ours.read(frame).attributes == ((0, INT16, 2150),)
    assert theirs.read(frame) == ((0, INT16, (2150).to_bytes(2, "little")),)
