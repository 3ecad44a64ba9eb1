"""The shortest way from values to the whole frame of a report, and back.

A report of attributes is nearly all that a Zigbee network transmits. `ReportBuilder` is made once for what a
device reports together and packs a frame with one precompiled structure; `read_report` walks the same path
in the other direction. Both give what the modules of the layers give, step by step.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from thingproof_wire.errors import Malformed, OutOfRange, Overlong, WireError
from thingproof_wire.frames.bits import check_bits
from thingproof_wire.frames.ieee802154 import FCS_BYTES, MAX_PSDU, MIRRORED, MacType, decode_mac, remove_fcs
from thingproof_wire.frames.zcl import ZclType, decode_zcl
from thingproof_wire.frames.zcl_foundation import FOUNDATION
from thingproof_wire.frames.zcl_types import decode_value, type_of
from thingproof_wire.frames.zigbee_aps import HOME_AUTOMATION, ApsType, decode_aps
from thingproof_wire.frames.zigbee_nwk import COORDINATOR, DEFAULT_RADIUS, NwkType, decode_nwk
from thingproof_wire.frames.zigbee_security import LEVEL, KeyId

if TYPE_CHECKING:
    from thingproof_wire.frames.zigbee_security import NetworkKey

REPORT_ATTRIBUTES: Final = FOUNDATION.by_name["report_attributes"].number
_REPORT_CONTROL = 0x18  # of all clusters, from the server, no default response
_MAC_PLAIN, _MAC_ACKNOWLEDGED = b"\x41\x88", b"\x61\x88"
_MAC_BYTES = 9
_AUXILIARY = 17
"""Where the auxiliary header begins: after the headers of MAC and network layer."""
_SECURED, _TRANSMITTED = KeyId.NETWORK << 3 | 0x20 | LEVEL, bytes((KeyId.NETWORK << 3 | 0x20,))
_CODES = {
    ("unsigned", 1): "B",
    ("unsigned", 2): "H",
    ("unsigned", 4): "I",
    ("unsigned", 8): "Q",
    ("signed", 1): "b",
    ("signed", 2): "h",
    ("signed", 4): "i",
    ("signed", 8): "q",
    ("bool", 1): "?",
    ("float", 2): "e",
    ("float", 4): "f",
    ("float", 8): "d",
}
"""Codes of `struct` for the data types that have one."""
_SECURITY_BYTES = 14 + 4
"""Bytes of auxiliary header and MIC."""
_pack_secured_head = struct.Struct("<2sB13sBBIQB").pack
_pack_nonce = struct.Struct("<QIB").pack
_read_head = struct.Struct("<HBHHHHHHBBBIQB").unpack_from
"""Headers of MAC and network layer and auxiliary header of the usual shape."""
_read_payload_head = struct.Struct("<BBHHBBBBB").unpack_from
_read_record = struct.Struct("<HB").unpack
_HEAD_BYTES, _PAYLOAD_HEAD_BYTES = 31, 11
_LEAST_SEALED = _HEAD_BYTES + _PAYLOAD_HEAD_BYTES + 4 + FCS_BYTES
_ACK_REQUEST, _USUAL_MAC = 0x0020, 0x8861
_NETWORK_OPTIONS, _USUAL_NETWORK = 0x2040, 0x0208  # discover route and end device
_APS_ACK_REQUEST, _ZCL_KIND = 0x40, 0x07


@dataclass(frozen=True, slots=True)
class ReportPath:
    """Between whom a report goes.

    Attributes:
        pan: PAN identifier.
        source: short address of the device.
        next_hop: short address of who receives the frame on the air, a parent or router.
        destination: short address of who the report is for.
        profile: application profile.
        endpoint, destination_endpoint: of the device and of the receiver.
        acknowledged: whether the frame wants a MAC acknowledgment.
        discover_route: whether routers may look for a way.
    """

    pan: int
    source: int
    next_hop: int = COORDINATOR
    destination: int = COORDINATOR
    profile: int = HOME_AUTOMATION
    endpoint: int = 1
    destination_endpoint: int = 1
    radius: int = DEFAULT_RADIUS
    acknowledged: bool = True
    discover_route: bool = True


@cache
def _check_bytes() -> tuple[bytes, ...]:
    """The two bytes of an FCS by its mirrored number, because looking them up is all there is time for."""
    return tuple(number.to_bytes(2, "big").translate(MIRRORED) for number in range(1 << 16))


class ReportBuilder:
    """Builds the reports of some attributes of one cluster of one device.

    Args:
        path: between whom.
        cluster: its number.
        attributes: (number, data type) each; types of one, two, four or eight bytes.
    """

    __slots__ = (
        "_aps",
        "_check_bytes",
        "_mac",
        "_network",
        "_pack",
        "_pack_payload",
        "_records",
        "_secured_network",
    )

    def __init__(self, path: ReportPath, cluster: int, attributes: tuple[tuple[int, int], ...]) -> None:
        for name in ("pan", "source", "next_hop", "destination", "profile"):
            check_bits(name, getattr(path, name), 16)
        for name in ("endpoint", "destination_endpoint", "radius"):
            check_bits(name, getattr(path, name), 8)
        check_bits("cluster", cluster, 16)
        self._mac = _MAC_ACKNOWLEDGED if path.acknowledged else _MAC_PLAIN
        addresses = struct.pack("<HHH", path.pan, path.next_hop, path.source)
        discover = path.discover_route << 6
        network = struct.pack("<HHB", path.destination, path.source, path.radius)
        self._network = addresses + struct.pack("<H", 0x0008 | discover) + network
        self._secured_network = addresses + struct.pack("<H", 0x0208 | discover) + network
        self._aps = struct.pack("<BBHHB", 0, path.destination_endpoint, cluster, path.profile, path.endpoint)
        records: list[bytes] = []
        layout = "3s"
        for number, kind in attributes:
            check_bits("attribute", number, 16)
            row = type_of(kind)
            code = _CODES.get((row.kind, row.size))
            if code is None:
                raise Malformed(f"{row.name} has no fixed layout, use zcl_foundation", field="data type")
            layout += f"3s{code}"
            records.append(struct.pack("<HB", number, kind))
        self._records = tuple(records)
        # The command's byte goes with the first record; a report without attributes is none.
        if not records:
            raise Malformed("has no attributes", field="report")
        layout = layout.replace("3s3s", "4s", 1)
        self._records = (bytes((REPORT_ATTRIBUTES,)) + records[0], *records[1:])
        whole = struct.Struct(f"<2sB13sB7sBBB{layout}")
        size = whole.size + _SECURITY_BYTES + FCS_BYTES
        if size > MAX_PSDU:
            raise Overlong(f"has {size} bytes with security, at most {MAX_PSDU} fit", field="report")
        self._pack = whole.pack
        self._pack_payload = struct.Struct(f"<7sBBB{layout}").pack
        self._check_bytes = _check_bytes()

    def _fields(self, values: tuple[Any, ...]) -> list[Any]:
        fields: list[Any] = []
        for record, value in zip(self._records, values, strict=True):
            fields += (record, value)
        return fields

    def build(self, mac: int, network: int, aps: int, zcl: int, *values: float) -> bytes:
        """The frame without security, with FCS.

        Args:
            mac: sequence number of the MAC, 0..255.
            network: of the network layer.
            aps: counter of the application support layer.
            zcl: of the cluster library.
            values: of the attributes, in their order.

        Raises:
            OutOfRange: a value that has no place in its field, or another number of values.
        """
        try:
            if len(values) == 1:
                data = self._pack(
                    self._mac, mac, self._network, network, self._aps, aps, _REPORT_CONTROL, zcl,
                    self._records[0], values[0],
                )  # fmt: skip
            else:
                data = self._pack(
                    self._mac, mac, self._network, network, self._aps, aps, _REPORT_CONTROL, zcl,
                    *self._fields(values),
                )  # fmt: skip
        except (struct.error, ValueError, OverflowError) as error:
            raise OutOfRange(f"a value has no place: {error}", field="report") from None
        return data + self._check_bytes[crc_hqx(data.translate(MIRRORED), 0)]

    def seal(
        self, key: NetworkKey, ieee: int, counter: int, sequences: tuple[int, int, int, int], *values: float
    ) -> bytes:
        """The frame sealed with the network key, with FCS.

        Args:
            key: of the network.
            ieee: EUI-64 of the device.
            counter: its frame counter, 32 bits, never twice.
            sequences: of MAC, network, APS and ZCL, 0..255 each.
            values: of the attributes, in their order.

        Raises:
            OutOfRange: a value that has no place in its field, or another number of values.
        """
        mac, network, aps, zcl = sequences
        try:
            head = _pack_secured_head(
                self._mac, mac, self._secured_network, network, _SECURED, counter, ieee, key.sequence
            )
            fields = (self._records[0], values[0]) if len(values) == 1 else self._fields(values)
            payload = self._pack_payload(self._aps, aps, _REPORT_CONTROL, zcl, *fields)
        except (struct.error, ValueError, OverflowError) as error:
            raise OutOfRange(f"a value has no place: {error}", field="report") from None
        sealed = key.cipher.seal(_pack_nonce(ieee, counter, _SECURED), head[_MAC_BYTES:], payload)
        data = head[:_AUXILIARY] + _TRANSMITTED + head[_AUXILIARY + 1 :] + sealed
        return data + self._check_bytes[crc_hqx(data.translate(MIRRORED), 0)]


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says.

    Attributes:
        source: short address of the device.
        ieee: its EUI-64, None without security.
        counter: its frame counter, None without security.
        attributes: (number, data type, value) each.
    """

    source: int
    ieee: int | None
    counter: int | None
    endpoint: int
    cluster: int
    sequence: int
    attributes: tuple[tuple[int, int, Any], ...]


def read_report(data: bytes, key: NetworkKey | None = None) -> Report:
    """The report of a whole frame with FCS.

    Frames as `ReportBuilder` seals them are read in one go; others, and those that are wrong, layer by layer.

    Raises:
        WireError: damaged, sealed with another key, or no report.
    """
    found = None if key is None else _read_sealed(data, key)
    return read_by_layers(data, key) if found is None else found


def _read_sealed(data: bytes, key: NetworkKey) -> Report | None:
    """The report of a frame of the usual shape, None if it has another, or is wrong."""
    if len(data) < _LEAST_SEALED:
        return None
    mac, _, _, _, _, network, _, source, _, _, control, counter, ieee, _ = _read_head(data)
    usual = mac | _ACK_REQUEST == _USUAL_MAC and network & ~_NETWORK_OPTIONS == _USUAL_NETWORK
    check = _check_bytes()[crc_hqx(data[:-FCS_BYTES].translate(MIRRORED), 0)]
    if not usual or control != _TRANSMITTED[0] or check != data[-FCS_BYTES:] or len(data) > MAX_PSDU:
        return None
    header = data[_MAC_BYTES:_AUXILIARY] + bytes((_SECURED,)) + data[_AUXILIARY + 1 : _HEAD_BYTES]
    try:
        clear = key.cipher.open(_pack_nonce(ieee, counter, _SECURED), header, data[_HEAD_BYTES:-FCS_BYTES])
        aps, _, cluster, _, endpoint, _, zcl, sequence, command = _read_payload_head(clear)
        if aps & ~_APS_ACK_REQUEST or zcl & _ZCL_KIND or command != REPORT_ATTRIBUTES:
            return None
        return Report(source, ieee, counter, endpoint, cluster, sequence, _read_records(clear))
    except WireError:
        return None


def _read_records(clear: bytes) -> tuple[tuple[int, int, Any], ...]:
    place, values = _PAYLOAD_HEAD_BYTES, []
    while place < len(clear):
        number, kind = _read_record(clear[place : place + 3].ljust(3, b"\xfe"))  # no type has this number
        value, place = decode_value(kind, clear, place + 3)
        values.append((number, kind, value))
    return tuple(values)


def read_by_layers(data: bytes, key: NetworkKey | None = None) -> Report:
    """The report of a whole frame with FCS, read layer by layer, whatever its headers have.

    Raises:
        WireError: damaged, sealed with another key, or no report.
    """
    mac = decode_mac(remove_fcs(data))
    if mac.kind != MacType.DATA:
        raise Malformed(f"is {mac.kind.name}, must be DATA", offset=0, field="frame type")
    network = decode_nwk(mac.payload)
    ieee = counter = None
    if network.security:
        if key is None:
            raise Malformed("is set, give the network key", field="security")
        header, network = key.open(network)
        ieee, counter = header.source, header.counter
    if network.kind != NwkType.DATA:
        raise Malformed(f"is {network.kind.name}, must be DATA", field="network frame type")
    aps = decode_aps(network.payload)
    if aps.kind != ApsType.DATA or aps.cluster is None or aps.endpoint is None or aps.security:
        raise Malformed("is no data in the clear", field="APS frame type")
    zcl = decode_zcl(aps.payload)
    if zcl.kind != ZclType.FOUNDATION or zcl.command != REPORT_ATTRIBUTES:
        raise Malformed("is no report", field="ZCL command")
    rows = FOUNDATION.decode(zcl.command, zcl.payload).values["attributes"]
    values = tuple((row["attribute"], row["type"], row["value"]) for row in rows)
    return Report(network.source, ieee, counter, aps.endpoint, aps.cluster, zcl.sequence, values)
