"""Published Zigbee frames and keys, read and written; each row names its source."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_wire import vectors
from thingproof_wire.explain_zigbee import ZigbeeKeys, explain_zigbee
from thingproof_wire.frames.ieee802154 import MacType, add_fcs, decode_mac, encode_mac, fcs, remove_fcs
from thingproof_wire.frames.ieee802154_commands import (
    MAC_COMMANDS,
    decode_beacon,
    decode_zigbee_beacon,
    encode_beacon,
    encode_zigbee_beacon,
)
from thingproof_wire.frames.touchlink import (
    MASTER,
    decrypt_network_key,
    encrypt_network_key,
    read_touchlink,
    touchlink_payload,
    transport_key,
)
from thingproof_wire.frames.zcl import ZclFrame, ZclType, decode_zcl, encode_zcl
from thingproof_wire.frames.zcl_foundation import FOUNDATION
from thingproof_wire.frames.zcl_types import Structure, decode_value, encode_value
from thingproof_wire.frames.zdp import decode_zdp, encode_zdp
from thingproof_wire.frames.zigbee_aps import DEVICE_PROFILE, ApsFrame, ApsType, decode_aps, encode_aps
from thingproof_wire.frames.zigbee_aps_commands import APS_COMMANDS
from thingproof_wire.frames.zigbee_ccm import (
    CcmStar,
    aes_mmo,
    install_code_key,
    key_load_key,
    key_transport_key,
    verify_key_hash,
)
from thingproof_wire.frames.zigbee_nwk import NwkFrame, NwkType, decode_nwk, encode_nwk
from thingproof_wire.frames.zigbee_nwk_commands import NWK_COMMANDS
from thingproof_wire.frames.zigbee_records import Message
from thingproof_wire.frames.zigbee_security import LinkKey, NetworkKey
from thingproof_wire.scapy import zigbee as witness

FRAME_ROWS = vectors.load("zigbee_frames")
CCM_ROWS = vectors.load("zigbee_ccm")
KEY_ROWS = vectors.load("zigbee_keys")
ZCL_ROWS = vectors.load("zigbee_zcl")
TOUCHLINK_ROWS = vectors.load("zigbee_touchlink")


def meaning(row: dict[str, Any]) -> str:
    return str(row["meaning"])


def shown(value: Any) -> Any:
    """A value as the rows have it: bytes in hexadecimal, EUI-64 as sixteen digits."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: shown(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [shown(item) for item in value]
    if isinstance(value, int) and value > 0xFFFFFFFF:
        return f"{value:016x}"
    return value


def opened_network(row: dict[str, Any], payload: bytes) -> NwkFrame:
    """The network frame in the clear; sealing it again gives the published bytes."""
    frame = decode_nwk(payload)
    assert encode_nwk(frame) == payload
    assert witness.build_network(frame) == payload
    assert witness.dissect_network(payload) == frame
    found = (frame.destination, frame.source, frame.radius, frame.sequence)
    assert found == (row["nwk_destination"], row["nwk_source"], row["radius"], row["nwk_sequence"])
    if not frame.security:
        return frame
    key = NetworkKey(bytes.fromhex(row["network_key"]))
    header, clear = key.open(frame)
    assert (header.counter, f"{header.source:016x}") == (row["counter"], row["sender"])
    assert key.seal(clear, header.counter, header.source or 0) == frame
    assert witness.build_auxiliary(header) == frame.payload[:14]
    return clear


def opened_application(row: dict[str, Any], payload: bytes) -> ApsFrame:
    """The frame of the application support layer in the clear; sealing it again gives the published bytes."""
    frame = decode_aps(payload)
    assert encode_aps(frame) == payload
    assert witness.build_application(frame) == payload
    assert witness.dissect_application(payload) == frame
    found = (frame.kind.name, frame.counter, frame.cluster, frame.profile)
    assert found == (row["aps"], row["aps_counter"], row["cluster"], row["profile"])
    if not frame.security:
        return frame
    key = LinkKey(bytes.fromhex(row["link_key"]))
    header, clear = key.open(frame)
    assert (header.key.name, header.counter) == (row["key"], row["aps_frame_counter"])
    assert key.seal(clear, header.key, header.counter, header.source or 0) == frame
    return clear


def numbered(table: Any, payload: bytes) -> tuple[str, Any]:
    found = table.decode_numbered(payload)
    assert table.encode_numbered(found) == payload
    return found.name, found.values


def read_data(row: dict[str, Any], payload: bytes) -> tuple[str | None, Any]:
    network = opened_network(row, payload)
    if network.kind == NwkType.COMMAND:
        return numbered(NWK_COMMANDS, network.payload)
    frame = opened_application(row, network.payload)
    if frame.kind == ApsType.COMMAND:
        return numbered(APS_COMMANDS, frame.payload)
    if frame.kind == ApsType.ACKNOWLEDGMENT:
        return None, {}
    if frame.profile == DEVICE_PROFILE:
        sequence, found = decode_zdp(frame.cluster or 0, frame.payload)
        assert encode_zdp(found, sequence) == frame.payload
        return found.name, found.values
    zcl = decode_zcl(frame.payload)
    assert encode_zcl(zcl) == frame.payload
    assert witness.dissect_cluster_frame(frame.payload) == zcl
    values = {"sequence": zcl.sequence, "to_client": zcl.to_client, "payload": zcl.payload}
    return f"zcl {zcl.kind.name} {zcl.command:#04x}", values


@pytest.mark.parametrize("row", FRAME_ROWS, ids=meaning)
def test_sniffed_frame(row: dict[str, Any]) -> None:
    """Read down to the message and written again, every layer to the byte, by us and by scapy."""
    data = bytes.fromhex(row["hex"])
    mac = decode_mac(data)
    assert encode_mac(mac) == data
    assert witness.build_mac(mac) == data
    assert witness.dissect_mac(data) == mac
    assert (mac.kind.name, mac.sequence) == (row["mac"], row["sequence"])
    name: str | None
    if mac.kind == MacType.COMMAND:
        name, values = numbered(MAC_COMMANDS, mac.payload)
    elif mac.kind == MacType.BEACON:
        beacon = decode_beacon(mac.payload)
        assert encode_beacon(beacon) == mac.payload
        name, values = "beacon", decode_zigbee_beacon(beacon.payload)
        assert encode_zigbee_beacon(values) == beacon.payload
    else:
        name, values = read_data(row, mac.payload)
    assert name == row["message"]
    assert shown(values) == row["values"]


@pytest.mark.parametrize("row", FRAME_ROWS, ids=meaning)
def test_sniffed_frame_is_explained(row: dict[str, Any]) -> None:
    """Every byte has its row, once and in order."""
    data = add_fcs(bytes.fromhex(row["hex"]))
    assert remove_fcs(data).hex() == row["hex"]
    explained = explain_zigbee(data, ZigbeeKeys(bytes.fromhex(row["network_key"])))
    assert explained.error is None
    assert "".join(part.hex for part in explained.rows) == data.hex()


@pytest.mark.parametrize("row", CCM_ROWS, ids=meaning)
def test_ccm(row: dict[str, Any]) -> None:
    """CCM* gives what the annex of IEEE 802.15.4 prints, and opens it."""
    cipher = CcmStar(bytes.fromhex(row["key"]))
    nonce, header, payload, sealed = (
        bytes.fromhex(row[name]) for name in ("nonce", "header", "payload", "sealed")
    )
    assert cipher.seal(nonce, header, payload, row["mic"]) == sealed
    assert cipher.open(nonce, header, sealed, row["mic"]) == payload


@pytest.mark.parametrize("row", KEY_ROWS, ids=meaning)
def test_key(row: dict[str, Any]) -> None:
    """Hashes and derived keys are the published ones."""
    derive = {
        "hash": aes_mmo,
        "transport": key_transport_key,
        "load": key_load_key,
        "verify": verify_key_hash,
        "install_code": install_code_key,
    }[row["kind"]]
    assert derive(bytes.fromhex(row["input"])).hex() == row["output"]


@pytest.mark.parametrize("row", ZCL_ROWS, ids=meaning)
def test_zcl(row: dict[str, Any]) -> None:
    """Headers, foundation commands and structures are read and written as published."""
    data, values = bytes.fromhex(row["hex"]), row["values"]
    if row["kind"] == "header":
        frame = ZclFrame(ZclType.FOUNDATION, **values)
        assert (encode_zcl(frame), decode_zcl(data)) == (data, frame)
    elif row["kind"] == "structure":
        structure = Structure(tuple((kind, value) for kind, value in values["items"]))
        assert decode_value(data[0], data, 1) == (structure, len(data))
        assert data[:1] + encode_value(data[0], structure) == data
    else:
        number = FOUNDATION.by_name[row["kind"]].number
        wanted = {name: tuple(rows) for name, rows in values.items()}
        assert FOUNDATION.decode(number, data).values == wanted
        assert FOUNDATION.encode(Message(row["kind"], wanted)) == data


def test_touchlink() -> None:
    """Two sniffed joins carry the same network key under different transactions."""
    found = set()
    for row in TOUCHLINK_ROWS:
        read = []
        for name in ("scan_request", "scan_response", "join"):
            data = bytes.fromhex(row[name])
            mac = decode_mac(data)
            assert encode_mac(mac) == witness.build_mac(mac) == data
            zcl, message = read_touchlink(mac.payload)
            again = touchlink_payload(message, zcl.sequence, broadcast=name == "scan_request")
            assert again == mac.payload
            read.append(message.values)
        request, response, join = read
        assert request["transaction"] == response["transaction"] == join["transaction"] == row["transaction"]
        assert (join["key_index"], join["address"]) == (MASTER, row["address"])
        under = transport_key(MASTER, row["transaction"], response["response"], bytes.fromhex(row["secret"]))
        key = decrypt_network_key(join["encrypted_key"], under)
        assert encrypt_network_key(key, under) == join["encrypted_key"]
        found.add(key)
    assert len(found) == 1


def test_every_row_names_a_source() -> None:
    """A row without an outside source proves nothing."""
    for rows in (FRAME_ROWS, CCM_ROWS, KEY_ROWS, ZCL_ROWS, TOUCHLINK_ROWS):
        assert all(row["source"] for row in rows)


def test_fcs_of_the_catalogue() -> None:
    """CRC-16/KERMIT of the check string, as catalogues of CRCs list it."""
    assert fcs(b"123456789") == (0x2189).to_bytes(2, "little")
