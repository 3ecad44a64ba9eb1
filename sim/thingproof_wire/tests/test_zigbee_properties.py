"""Zigbee frames and messages, drawn at random: round trips, scapy as witness, damaged bytes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from thingproof_wire.errors import WireError, WrongChecksum, WrongMic
from thingproof_wire.explain_zigbee import ZigbeeKeys, explain_zigbee
from thingproof_wire.frames.ieee802154 import add_fcs, data_frame, decode_mac, encode_mac, remove_fcs
from thingproof_wire.frames.ieee802154_commands import (
    MAC_COMMANDS,
    decode_beacon,
    decode_zigbee_beacon,
    encode_beacon,
)
from thingproof_wire.frames.touchlink import (
    CERTIFICATION,
    DEVELOPMENT,
    TOUCHLINK,
    decode_inter_pan,
    decrypt_network_key,
    encode_inter_pan,
    encrypt_network_key,
    read_touchlink,
    transport_key,
)
from thingproof_wire.frames.zcl import decode_zcl, encode_zcl
from thingproof_wire.frames.zcl_clusters import CLUSTERS
from thingproof_wire.frames.zcl_foundation import FOUNDATION
from thingproof_wire.frames.zcl_types import DATA_TYPES, decode_value, encode_value
from thingproof_wire.frames.zdp import ZDP, decode_zdp
from thingproof_wire.frames.zigbee_aps import decode_aps, encode_aps
from thingproof_wire.frames.zigbee_aps_commands import APS_COMMANDS
from thingproof_wire.frames.zigbee_ccm import CcmStar
from thingproof_wire.frames.zigbee_nwk import decode_nwk, encode_nwk
from thingproof_wire.frames.zigbee_nwk_commands import NWK_COMMANDS
from thingproof_wire.frames.zigbee_report import read_report
from thingproof_wire.frames.zigbee_security import (
    KeyId,
    LinkKey,
    NetworkKey,
    decode_security,
    encode_security,
    seal,
    unseal,
)
from thingproof_wire.scapy import zigbee as witness
from thingproof_wire.tests.strategies import patient
from thingproof_wire.tests.zigbee_strategies import (
    application_frames,
    beacons,
    cluster_frames,
    damaged,
    inter_pan_frames,
    keys,
    mac_frames,
    messages,
    network_frames,
    payloads,
    security_headers,
    u8,
    u32,
    u64,
    values_of,
)

if TYPE_CHECKING:
    from thingproof_wire.frames.zcl_types import DataType
    from thingproof_wire.frames.zigbee_records import Table

TABLES: dict[str, Table] = {
    "MAC": MAC_COMMANDS,
    "network": NWK_COMMANDS,
    "application support": APS_COMMANDS,
    "device profile": ZDP,
    "foundation": FOUNDATION,
    "touchlink": TOUCHLINK,
    **{f"{row.name} received": row.received for row in CLUSTERS if row.received.rows},
    **{f"{row.name} generated": row.generated for row in CLUSTERS if row.generated.rows},
}
LAYERS: dict[str, tuple[Any, Any, Any, Any, Any]] = {
    "MAC": (mac_frames(), encode_mac, decode_mac, witness.build_mac, witness.dissect_mac),
    "network": (network_frames, encode_nwk, decode_nwk, witness.build_network, witness.dissect_network),
    "application support": (
        application_frames(),
        encode_aps,
        decode_aps,
        witness.build_application,
        witness.dissect_application,
    ),
    "cluster library": (
        cluster_frames,
        encode_zcl,
        decode_zcl,
        witness.build_cluster_frame,
        witness.dissect_cluster_frame,
    ),
}
few = settings(patient, max_examples=30)


@pytest.mark.parametrize("layer", LAYERS)
@patient
@given(data=st.data())
def test_layer(layer: str, data: st.DataObject) -> None:
    """Every frame is read as it was written; scapy builds the same bytes and reads the same fields."""
    strategy, encode, decode, build, dissect = LAYERS[layer]
    frame = data.draw(strategy)
    encoded = encode(frame)
    assert decode(encoded) == frame
    assert build(frame) == encoded
    assert dissect(encoded) == frame


@patient
@given(security_headers(), st.integers(0, 7))
def test_auxiliary_header(header: Any, level: int) -> None:
    """The auxiliary header is read as it was written, and scapy agrees."""
    data = encode_security(header, level)
    assert decode_security(data + b"rest") == (header, len(data))
    assert witness.build_auxiliary(header, level) == data
    assert witness.dissect_auxiliary(data + b"rest") == (header, b"rest")


@few
@given(beacons)
def test_beacon(beacon: Any) -> None:
    """Every beacon is read as it was written."""
    assert decode_beacon(encode_beacon(beacon)) == beacon


@few
@given(inter_pan_frames())
def test_inter_pan(frame: Any) -> None:
    """Every frame between networks is read as it was written."""
    assert decode_inter_pan(encode_inter_pan(frame)) == frame


@pytest.mark.parametrize("name", TABLES)
@few
@given(data=st.data())
def test_message(name: str, data: st.DataObject) -> None:
    """Every message of every table is read as it was written."""
    table = TABLES[name]
    found = data.draw(messages(table))
    number = table.by_name[found.name].number
    assert table.decode(number, table.encode(found)) == found


@pytest.mark.parametrize("row", DATA_TYPES, ids=lambda row: row.name)
@few
@given(data=st.data())
def test_value(row: DataType, data: st.DataObject) -> None:
    """Every value of every data type is read as it was written, the invalid one too."""
    value = data.draw(values_of(row))
    encoded = encode_value(row.number, value)
    assert decode_value(row.number, encoded + b"rest", 0) == (value, len(encoded))


@few
@given(keys, st.binary(min_size=13, max_size=13), payloads, payloads, st.sampled_from([4, 8, 16]))
def test_ccm_is_ccm(key: bytes, nonce: bytes, header: bytes, payload: bytes, mic: int) -> None:
    """Where there is a MIC, CCM* is the CCM of RFC 3610."""
    sealed = CcmStar(key).seal(nonce, header, payload, mic)
    assert sealed == AESCCM(key, mic).encrypt(nonce, payload, header)
    assert CcmStar(key).open(nonce, header, sealed, mic) == payload


@few
@given(keys, payloads, security_headers(), st.tuples(payloads, u64), st.integers(1, 7))
def test_every_level(key: bytes, head: bytes, header: Any, sent: tuple[bytes, int], level: int) -> None:
    """What is sealed at any level opens again; the level is transmitted as 0."""
    cipher, (payload, source) = CcmStar(key), sent
    sender = source if header.source is None else header.source
    secured = seal(cipher, head, header, payload, source=sender, level=level)
    assert secured[0] & 7 == 0
    assert unseal(cipher, head, secured, sender, level) == (header, payload)
    if level not in (0, 4):
        with pytest.raises(WrongMic):
            unseal(cipher, head, secured[:-1] + bytes((secured[-1] ^ 1,)), sender, level)


@few
@given(network_frames, keys, u8, u32, u64)
def test_network_key(frame: Any, key: bytes, sequence: int, counter: int, source: int) -> None:
    """A sealed network frame opens with its key and with no other."""
    assume(not frame.security)
    sealed = NetworkKey(key, sequence).seal(frame, counter, source)
    header, clear = NetworkKey(key).open(decode_nwk(encode_nwk(sealed)))
    assert clear == frame
    assert (header.counter, header.source, header.sequence) == (counter, source, sequence)
    with pytest.raises(WrongMic):
        NetworkKey(bytes(15) + bytes((key[-1] ^ 1,))).open(sealed)


@few
@given(application_frames(), keys, st.sampled_from([KeyId.LINK, KeyId.TRANSPORT, KeyId.LOAD]), u32, u64)
def test_link_key(frame: Any, key: bytes, which: KeyId, counter: int, source: int) -> None:
    """A frame sealed with a link key, or what is derived from it, opens again."""
    assume(not frame.security)
    sealed = LinkKey(key).seal(frame, which, counter, source)
    header, clear = LinkKey(key).open(decode_aps(encode_aps(sealed)))
    assert clear == frame
    assert (header.key, header.counter, header.source) == (which, counter, source)


@few
@given(keys, u32, u32, st.sampled_from([DEVELOPMENT, CERTIFICATION]))
def test_touchlink_key(key: bytes, transaction: int, response: int, index: int) -> None:
    """A network key comes out as it went in, and not under another transaction."""
    encrypted = encrypt_network_key(key, transport_key(index, transaction, response))
    assert decrypt_network_key(encrypted, transport_key(index, transaction, response)) == key
    assert decrypt_network_key(encrypted, transport_key(index, transaction ^ 1, response)) != key


@few
@given(st.binary(min_size=3, max_size=125), st.integers(0, 126), st.integers(1, 255))
def test_fcs(frame: bytes, place: int, change: int) -> None:
    """A frame passes; with up to eight neighbouring bits changed it does not."""
    data = bytearray(add_fcs(frame))
    assert remove_fcs(bytes(data)) == frame
    data[place % len(data)] ^= change
    with pytest.raises(WrongChecksum):
        remove_fcs(bytes(data))


KEYS = ZigbeeKeys(bytes(range(16)))
SEALER = NetworkKey(bytes(range(16)))
whole_frames = st.one_of(
    mac_frames().map(encode_mac),
    st.builds(
        lambda frame, counter, clear: encode_mac(
            data_frame(1, 2, 3, 4, encode_nwk(frame if clear else SEALER.seal(frame, counter, 5)))
        ),
        network_frames,
        u32,
        st.booleans(),
    ),
    st.builds(
        lambda found, frame: encode_mac(data_frame(1, 2, 3, 4, encode_nwk(frame))) + found,
        payloads,
        network_frames,
    ),
)


@patient
@given(damaged(whole_frames))
def test_damaged_frames_are_wire_errors(data: bytes) -> None:
    """Whatever arrives is a frame or a wire error, at every layer, and is explained to the last byte."""
    for decode in (
        decode_mac,
        decode_beacon,
        decode_zigbee_beacon,
        decode_nwk,
        decode_aps,
        decode_security,
        decode_zcl,
        decode_inter_pan,
        read_touchlink,
        remove_fcs,
        read_report,
    ):
        with suppress(WireError):
            decode(data)
    explained = explain_zigbee(data, KEYS)
    assert "".join(row.hex for row in explained.rows) == data.hex()


@pytest.mark.parametrize("name", TABLES)
@few
@given(data=st.data())
def test_damaged_messages_are_wire_errors(name: str, data: st.DataObject) -> None:
    """Fields of every message that are cut off, changed or anything at all give values or a wire error."""
    table = TABLES[name]
    row = data.draw(st.sampled_from(table.rows))
    payload = data.draw(damaged(messages(table).map(table.encode)))
    with suppress(WireError):
        found = table.decode(row.number, payload)
        with suppress(WireError):  # such as a string whose length says that it is invalid
            assert table.decode(row.number, table.encode(found)) == found
    with suppress(WireError):
        decode_zdp(row.number, payload)


@patient
@given(
    u8,
    damaged(
        st.sampled_from(DATA_TYPES).flatmap(
            lambda row: values_of(row).map(lambda value: encode_value(row.number, value))
        )
    ),
)
def test_damaged_values_are_wire_errors(number: int, data: bytes) -> None:
    """Values of any type in any bytes are read or a wire error."""
    with suppress(WireError):
        decode_value(number, data, 0)
