"""What is wrong with Zigbee frames, values and messages: kind of error, field and place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from thingproof_wire.errors import (
    Malformed,
    OutOfRange,
    Overlong,
    Truncated,
    WireError,
    WrongChecksum,
    WrongMic,
)
from thingproof_wire.explain_zigbee import ZigbeeKeys, explain_zigbee
from thingproof_wire.frames.ieee802154 import (
    MacAddress,
    add_fcs,
    data_frame,
    decode_mac,
    encode_mac,
    remove_fcs,
)
from thingproof_wire.frames.ieee802154_commands import MAC_COMMANDS, decode_beacon, decode_zigbee_beacon
from thingproof_wire.frames.touchlink import MASTER, decode_inter_pan, read_touchlink, transport_key
from thingproof_wire.frames.zcl import ZclFrame, ZclType, decode_zcl
from thingproof_wire.frames.zcl_clusters import BY_NAME
from thingproof_wire.frames.zcl_foundation import FOUNDATION, read_foundation
from thingproof_wire.frames.zcl_types import decode_value, encode_value
from thingproof_wire.frames.zdp import decode_zdp
from thingproof_wire.frames.zigbee_aps import ApsFrame, ApsType, Delivery, decode_aps, encode_aps
from thingproof_wire.frames.zigbee_ccm import CcmStar, install_code_key
from thingproof_wire.frames.zigbee_nwk import NwkFrame, NwkType, decode_nwk, encode_nwk
from thingproof_wire.frames.zigbee_nwk_commands import NWK_COMMANDS
from thingproof_wire.frames.zigbee_records import message
from thingproof_wire.frames.zigbee_security import (
    KeyId,
    LinkKey,
    NetworkKey,
    SecurityHeader,
    decode_security,
    encode_security,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MAC = data_frame(0x1A62, 0, 1, 1, b"abc")
NETWORK = NwkFrame(NwkType.DATA, 0, 1, 30, 1, b"abc")
DATA = ApsFrame(ApsType.DATA, 1, b"abc", destination=1, cluster=6, profile=0x0104, endpoint=1)
KEY = NetworkKey(bytes(16))
ON_OFF = BY_NAME["on_off"]


def of(hexadecimal: str) -> bytes:
    return bytes.fromhex(hexadecimal)


CALLS: dict[str, tuple[Callable[[], object], type[WireError], str]] = {
    "MAC: two bytes": (lambda: decode_mac(of("6188")), Truncated, "MHR"),
    "MAC: address cut": (lambda: decode_mac(of("6188016210")), Truncated, "destination"),
    "MAC: reserved type": (lambda: decode_mac(of("458801")), Malformed, "frame type"),
    "MAC: reserved mode": (lambda: decode_mac(of("010401")), Malformed, "destination addressing mode"),
    "MAC: secured": (lambda: decode_mac(of("698801")), Malformed, "MAC security"),
    "MAC: of 2015": (lambda: decode_mac(of("61a801")), Malformed, "frame version"),
    "MAC: compressed alone": (lambda: decode_mac(of("410801621a0000")), Malformed, "PAN ID compression"),
    "MAC: two PANs compressed": (
        lambda: encode_mac(replace(MAC, source=MacAddress(1, 1))),
        Malformed,
        "PAN ID compression",
    ),
    "MAC: address": (
        lambda: encode_mac(replace(MAC, destination=MacAddress(0x1A62, 1 << 16))),
        OutOfRange,
        "destination address",
    ),
    "MAC: sequence": (lambda: encode_mac(replace(MAC, sequence=256)), OutOfRange, "sequence number"),
    "MAC: too long to send": (lambda: add_fcs(bytes(126)), Overlong, "PSDU"),
    "MAC: too long": (lambda: remove_fcs(bytes(128)), Overlong, "PSDU"),
    "MAC: too short": (lambda: remove_fcs(bytes(4)), Truncated, "PSDU"),
    "MAC: FCS": (lambda: remove_fcs(add_fcs(b"abc")[:-1] + b"\0"), WrongChecksum, "FCS"),
    "MAC: unknown command": (lambda: MAC_COMMANDS.decode_numbered(b"\x63"), Malformed, "MAC command"),
    "MAC: no command": (lambda: MAC_COMMANDS.decode_numbered(b""), Truncated, "MAC command"),
    "beacon cut": (lambda: decode_beacon(of("ffcf00")), Truncated, "short"),
    "beacon of others": (lambda: decode_zigbee_beacon(b"\x03" + bytes(14)), Malformed, "protocol"),
    "NWK: cut": (lambda: decode_nwk(of("4802000001")), Truncated, "NWK"),
    "NWK: version": (lambda: decode_nwk(of("4c00" + "00" * 6)), Malformed, "protocol version"),
    "NWK: inter-PAN": (lambda: decode_nwk(of("0b00" + "00" * 6)), Malformed, "frame type"),
    "NWK: discover route": (lambda: decode_nwk(of("8800" + "00" * 6)), Malformed, "discover route"),
    "NWK: multicast": (lambda: decode_nwk(of("0801" + "00" * 6)), Malformed, "multicast"),
    "NWK: EUI-64 cut": (lambda: decode_nwk(of("0810" + "00" * 8)), Truncated, "source EUI-64"),
    "NWK: relays cut": (lambda: decode_nwk(of("0804" + "00" * 6 + "0200")), Truncated, "source route"),
    "NWK: radius": (lambda: encode_nwk(replace(NETWORK, radius=256)), OutOfRange, "radius"),
    "NWK: links cut": (lambda: NWK_COMMANDS.decode_numbered(of("0862" + "000011")), Truncated, "neighbour"),
    "NWK: link count": (
        lambda: NWK_COMMANDS.encode(message("link_status", count=2, first=True, last=True, links=())),
        OutOfRange,
        "links",
    ),
    "NWK: missing value": (lambda: NWK_COMMANDS.encode(message("leave", rejoin=True)), Malformed, "request"),
    "NWK: unknown value": (
        lambda: NWK_COMMANDS.encode(message("route_record", relays=(), colour=1)),
        Malformed,
        "route_record",
    ),
    "NWK: unknown message": (lambda: NWK_COMMANDS.encode(message("dance")), Malformed, "network command"),
    "APS: nothing": (lambda: decode_aps(b""), Truncated, "APS"),
    "APS: cut": (lambda: decode_aps(of("0001")), Truncated, "APS"),
    "APS: inter-PAN": (lambda: decode_aps(of("0301")), Malformed, "frame type"),
    "APS: indirect": (lambda: decode_aps(of("0401")), Malformed, "delivery mode"),
    "APS: ack format of data": (lambda: decode_aps(of("1001")), Malformed, "ack format"),
    "APS: fragment": (lambda: decode_aps(of("80010600040101050300")), Malformed, "fragmentation"),
    "APS: no cluster": (lambda: encode_aps(ApsFrame(ApsType.DATA, 1)), Malformed, "cluster"),
    "APS: group and endpoint": (lambda: encode_aps(replace(DATA, group=1)), Malformed, "group"),
    "APS: no group": (
        lambda: encode_aps(replace(DATA, delivery=Delivery.GROUP, destination=None)),
        Malformed,
        "group",
    ),
    "APS: endpoint": (lambda: encode_aps(replace(DATA, endpoint=256)), OutOfRange, "source endpoint"),
    "security: cut": (lambda: decode_security(of("28010203")), Truncated, "security"),
    "security: source cut": (lambda: decode_security(of("2801020304" + "00" * 8)), Truncated, "security"),
    "security: sequence without network key": (
        lambda: encode_security(SecurityHeader(KeyId.LINK, 1, None, 0)),
        Malformed,
        "key sequence number",
    ),
    "security: counter": (lambda: KEY.seal(NETWORK, 1 << 32, 1), OutOfRange, "frame counter"),
    "security: not secured": (lambda: KEY.open(NETWORK), Malformed, "security"),
    "security: another key": (
        lambda: NetworkKey(bytes(15) + b"\1").open(KEY.seal(NETWORK, 1, 1)),
        WrongMic,
        "MIC",
    ),
    "security: link key": (
        lambda: LinkKey(bytes(16)).open(LinkKey(bytes(15) + b"\1").seal(DATA, KeyId.LOAD, 1, 1)),
        WrongMic,
        "MIC",
    ),
    "security: network key as link key": (
        lambda: LinkKey(bytes(16)).seal(DATA, KeyId.NETWORK, 1, 1),
        Malformed,
        "key",
    ),
    "key of 15 bytes": (lambda: NetworkKey(bytes(15)), OutOfRange, "key"),
    "CCM*: MIC of five bytes": (lambda: CcmStar(bytes(16)).seal(bytes(13), b"", b"", 5), OutOfRange, "MIC"),
    "CCM*: nonce": (lambda: CcmStar(bytes(16)).seal(bytes(12), b"", b""), OutOfRange, "nonce"),
    "CCM*: shorter than its MIC": (lambda: CcmStar(bytes(16)).open(bytes(13), b"", b"abc"), Truncated, "MIC"),
    "install code mistyped": (
        lambda: install_code_key(of("83fed3407a939723a5c639b26916d505c3b6")),
        WrongChecksum,
        "install code",
    ),
    "install code length": (lambda: install_code_key(bytes(9)), OutOfRange, "install code"),
    "ZCL: cut": (lambda: decode_zcl(of("0401")), Truncated, "ZCL"),
    "ZCL: type": (lambda: decode_zcl(of("020100")), Malformed, "frame type"),
    "ZCL: unknown command": (
        lambda: ON_OFF.read(ZclFrame(ZclType.CLUSTER, 1, 9)),
        Malformed,
        "on_off command",
    ),
    "ZCL: of all clusters": (
        lambda: ON_OFF.read(ZclFrame(ZclType.FOUNDATION, 1, 0)),
        Malformed,
        "frame type",
    ),
    "ZCL: of one cluster": (
        lambda: read_foundation(ZclFrame(ZclType.CLUSTER, 1, 0)),
        Malformed,
        "frame type",
    ),
    "ZCL: unknown type": (lambda: FOUNDATION.decode(0x0A, of("0000ee00")), Malformed, "data type"),
    "ZCL: value cut": (lambda: FOUNDATION.decode(0x0A, of("00002900")), Truncated, "int16"),
    "ZCL: attribute": (lambda: ON_OFF.attribute("colour"), Malformed, "attribute"),
    "ZCL: change of a discrete type": (
        lambda: FOUNDATION.encode(
            message(
                "configure_reporting",
                attributes=(
                    {"direction": 0, "attribute": 0, "type": 0x10, "minimum": 0, "maximum": 1, "change": 1},
                ),
            )
        ),
        Malformed,
        "change",
    ),
    "type: bool of 2": (lambda: decode_value(0x10, b"\x02", 0), Malformed, "bool"),
    "type: number too large": (lambda: encode_value(0x20, 256), OutOfRange, "uint8"),
    "type: the invalid number": (lambda: encode_value(0x20, 255), OutOfRange, "uint8"),
    "type: no invalid value": (lambda: encode_value(0x18, None), OutOfRange, "map8"),
    "type: a string of 255 bytes": (lambda: encode_value(0x42, "a" * 255), OutOfRange, "string"),
    "type: string cut": (lambda: decode_value(0x42, b"\x03ab", 0), Truncated, "string"),
    "type: array of everything": (lambda: decode_value(0x48, of("20fefe"), 0), Truncated, "array"),
    "type: too deep": (lambda: decode_value(0x4C, of("01004c") * 40 + bytes(2), 0), Malformed, "struct"),
    "ZDP: nothing": (lambda: decode_zdp(5, b""), Truncated, "sequence"),
    "ZDP: unknown": (lambda: decode_zdp(0x7777, b"\1"), Malformed, "device profile message"),
    "ZDP: descriptor longer than its clusters": (
        lambda: decode_zdp(0x8004, of("0100" + "0100" + "09" + "01040102010000" + "0000")),
        Malformed,
        "length",
    ),
    "touchlink: secret": (lambda: transport_key(MASTER, 1, 2), OutOfRange, "key index"),
    "touchlink: no stub": (
        lambda: decode_inter_pan(of("4800000010" + "5ec0")),
        Malformed,
        "stub network header",
    ),
    "touchlink: profile": (
        lambda: read_touchlink(of("0b00030010" + "0401" + "110100")),
        Malformed,
        "profile",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_fault(name: str) -> None:
    """Each fault has its kind and its field."""
    call, kind, field = CALLS[name]
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    assert caught.value.field == field


def test_later_revisions_append() -> None:
    """Bytes after the last known field stay with the message and are written again."""
    data = of("0e" + "0102")  # a rejoin request with two bytes more
    found = NWK_COMMANDS.decode(6, data)
    assert found.rest == of("0102")
    assert NWK_COMMANDS.encode(found) == data


def test_reserved_bits_are_ignored() -> None:
    """Bits for later revisions may be set."""
    assert NWK_COMMANDS.decode(4, b"\x1f") == NWK_COMMANDS.decode(4, b"\x00")


def test_an_error_reads_well() -> None:
    """Field, what is wrong, and where."""
    with pytest.raises(WireError, match=r"^protocol version: is 3, must be 2 \(Zigbee PRO\) at byte 0$"):
        decode_nwk(of("4c00" + "00" * 6))


def test_explained_faults_count_from_the_start_of_the_frame() -> None:
    """Faults of an inner layer have their place in the whole frame, and none inside encrypted bytes."""
    broken = add_fcs(encode_mac(data_frame(1, 2, 3, 4, of("4c00" + "00" * 6))))
    error = explain_zigbee(broken).error
    assert error is not None
    assert (error.field, error.offset) == ("protocol version", 9)
    hidden = KEY.seal(replace(NETWORK, payload=of("0301")), 1, 1)
    sealed = add_fcs(encode_mac(data_frame(1, 2, 3, 4, encode_nwk(hidden))))
    error = explain_zigbee(sealed, ZigbeeKeys(bytes(16))).error
    assert error is not None
    assert (error.field, error.offset) == ("frame type", None)


def test_explained_without_keys() -> None:
    """Without the network key the payload stays bytes, and the option is named."""
    sealed = add_fcs(encode_mac(data_frame(1, 2, 3, 4, encode_nwk(KEY.seal(NETWORK, 1, 1)))))
    explained = explain_zigbee(sealed)
    assert explained.error is None
    assert {row.name: row.meaning for row in explained.rows}["payload"] == "encrypted; give --network-key"
