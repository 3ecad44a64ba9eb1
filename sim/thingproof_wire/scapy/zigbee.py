"""Zigbee frames as scapy layers, our own: the layers that scapy brings leave out what R21 added.

Headers of MAC, network layer, application support layer and cluster library, the auxiliary header, and the
records of attributes. What the codecs compute from structs is written here as fields, after IEEE
802.15.4-2006 (chapter 7), 05-3474 (chapters 2, 3 and 4) and 07-5123 (chapter 2). Both must agree to the byte.
"""

from __future__ import annotations

from typing import Any, ClassVar

from scapy.fields import (
    BitField,
    ByteField,
    ConditionalField,
    Field,
    FieldLenField,
    FieldListField,
    LEShortField,
    PacketListField,
    StrField,
    StrLenField,
    XByteField,
    XLEIntField,
    XLELongField,
    XLEShortField,
)
from scapy.packet import Packet

from thingproof_wire.frames.ieee802154 import MacAddress, MacFrame, MacType
from thingproof_wire.frames.zcl import ZclFrame, ZclType
from thingproof_wire.frames.zigbee_aps import ApsFrame, ApsType, Delivery, Fragment
from thingproof_wire.frames.zigbee_nwk import NwkFrame, NwkType, SourceRoute
from thingproof_wire.frames.zigbee_security import KeyId, SecurityHeader

_SHORT, _LONG = 2, 3
_ATTRIBUTE_BYTES = {0x10: 1, 0x18: 1, 0x20: 1, 0x21: 2, 0x23: 4, 0x28: 1, 0x29: 2, 0x30: 1, 0x25: 6, 0xF0: 8}
"""Bytes of the data types that reports are drawn of."""


class Zigbee802154(Packet):  # type: ignore[misc] # scapy is untyped
    """A MAC frame without FCS."""

    name = "IEEE 802.15.4"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        BitField("reserved", 0, 1),
        BitField("compressed", 0, 1),
        BitField("ack_request", 0, 1),
        BitField("pending", 0, 1),
        BitField("security", 0, 1),
        BitField("kind", 1, 3),
        BitField("source_mode", 0, 2),
        BitField("version", 0, 2),
        BitField("destination_mode", 0, 2),
        BitField("elements", 0, 1),
        BitField("sequence_suppressed", 0, 1),
        ByteField("sequence", 0),
        ConditionalField(XLEShortField("destination_pan", 0), lambda pkt: pkt.destination_mode != 0),
        ConditionalField(XLEShortField("destination", 0), lambda pkt: pkt.destination_mode == _SHORT),
        ConditionalField(XLELongField("destination_ieee", 0), lambda pkt: pkt.destination_mode == _LONG),
        ConditionalField(
            XLEShortField("source_pan", 0), lambda pkt: pkt.source_mode != 0 and not pkt.compressed
        ),
        ConditionalField(XLEShortField("source", 0), lambda pkt: pkt.source_mode == _SHORT),
        ConditionalField(XLELongField("source_ieee", 0), lambda pkt: pkt.source_mode == _LONG),
        StrField("body", b""),
    ]


class ZigbeeNetwork(Packet):  # type: ignore[misc] # scapy is untyped
    """A network frame."""

    name = "Zigbee network layer"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        BitField("discover_route", 0, 2),
        BitField("version", 2, 4),
        BitField("kind", 0, 2),
        BitField("reserved", 0, 2),
        BitField("end_device", 0, 1),
        BitField("with_source", 0, 1),
        BitField("with_destination", 0, 1),
        BitField("with_route", 0, 1),
        BitField("security", 0, 1),
        BitField("multicast", 0, 1),
        XLEShortField("destination", 0),
        XLEShortField("source", 0),
        ByteField("radius", 0),
        ByteField("sequence", 0),
        ConditionalField(XLELongField("destination_ieee", 0), lambda pkt: pkt.with_destination),
        ConditionalField(XLELongField("source_ieee", 0), lambda pkt: pkt.with_source),
        ConditionalField(
            FieldLenField("relay_count", None, count_of="relays", fmt="B"), lambda pkt: pkt.with_route
        ),
        ConditionalField(ByteField("relay_index", 0), lambda pkt: pkt.with_route),
        ConditionalField(
            FieldListField("relays", [], XLEShortField("", 0), count_from=lambda pkt: pkt.relay_count),
            lambda pkt: pkt.with_route,
        ),
        StrField("body", b""),
    ]


def _addressed(pkt: Packet) -> bool:
    return pkt.kind == ApsType.DATA or (pkt.kind == ApsType.ACKNOWLEDGMENT and not pkt.command_format)


def _blocks(pkt: Packet) -> bool:
    return bool(pkt.extended and pkt.fragmentation != 0)


class ZigbeeApplicationSupport(Packet):  # type: ignore[misc] # scapy is untyped
    """A frame of the application support layer."""

    name = "Zigbee application support layer"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        BitField("extended", 0, 1),
        BitField("ack_request", 0, 1),
        BitField("security", 0, 1),
        BitField("command_format", 0, 1),
        BitField("delivery", 0, 2),
        BitField("kind", 0, 2),
        ConditionalField(
            ByteField("destination", 0), lambda pkt: _addressed(pkt) and pkt.delivery != Delivery.GROUP
        ),
        ConditionalField(
            XLEShortField("group", 0), lambda pkt: _addressed(pkt) and pkt.delivery == Delivery.GROUP
        ),
        ConditionalField(XLEShortField("cluster", 0), _addressed),
        ConditionalField(XLEShortField("profile", 0), _addressed),
        ConditionalField(ByteField("endpoint", 0), _addressed),
        ByteField("counter", 0),
        ConditionalField(ByteField("fragmentation", 0), lambda pkt: pkt.extended),
        ConditionalField(ByteField("block", 0), _blocks),
        ConditionalField(
            ByteField("received", 0), lambda pkt: _blocks(pkt) and pkt.kind == ApsType.ACKNOWLEDGMENT
        ),
        StrField("body", b""),
    ]


class ZigbeeAuxiliary(Packet):  # type: ignore[misc] # scapy is untyped
    """The auxiliary header and what it protects."""

    name = "Zigbee auxiliary header"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        BitField("reserved", 0, 2),
        BitField("extended_nonce", 0, 1),
        BitField("key", 0, 2),
        BitField("level", 0, 3),
        XLEIntField("counter", 0),
        ConditionalField(XLELongField("source", 0), lambda pkt: pkt.extended_nonce),
        ConditionalField(ByteField("key_sequence", 0), lambda pkt: pkt.key == KeyId.NETWORK),
        StrField("body", b""),
    ]


class ZigbeeClusterFrame(Packet):  # type: ignore[misc] # scapy is untyped
    """A frame of the cluster library."""

    name = "Zigbee cluster library"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        BitField("reserved", 0, 3),
        BitField("no_default_response", 0, 1),
        BitField("to_client", 0, 1),
        BitField("specific", 0, 1),
        BitField("kind", 0, 2),
        ConditionalField(XLEShortField("manufacturer", 0), lambda pkt: pkt.specific),
        ByteField("sequence", 0),
        ByteField("command_id", 0),
        StrField("body", b""),
    ]


class ZigbeeAttribute(Packet):  # type: ignore[misc] # scapy is untyped
    """A reported attribute, its value as bytes."""

    name = "Zigbee attribute"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        LEShortField("attribute", 0),
        XByteField("type", 0x20),
        StrLenField("value", b"", length_from=lambda pkt: _ATTRIBUTE_BYTES[pkt.type]),
    ]

    def extract_padding(self, rest: bytes) -> tuple[bytes, bytes]:
        """What follows belongs to the next record."""
        return b"", rest


class ZigbeeReport(Packet):  # type: ignore[misc] # scapy is untyped
    """The payload of a report."""

    name = "Zigbee report"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [PacketListField("attributes", [], ZigbeeAttribute)]


def _flags(value: Any, names: tuple[str, ...]) -> dict[str, int]:
    return {name: int(getattr(value, name)) for name in names}


def _side(name: str, address: MacAddress | None) -> dict[str, int]:
    if address is None:
        return {f"{name}_mode": 0}
    mode, field = (_LONG, f"{name}_ieee") if address.extended else (_SHORT, name)
    return {f"{name}_mode": mode, f"{name}_pan": address.pan, field: address.number}


def build_mac(frame: MacFrame) -> bytes:
    """Bytes of a MAC frame without FCS, built by scapy."""
    packet = Zigbee802154(
        kind=int(frame.kind),
        sequence=frame.sequence,
        version=frame.version,
        body=frame.payload,
        **_flags(frame, ("compressed", "ack_request", "pending")),
        **_side("destination", frame.destination),
        **_side("source", frame.source),
    )
    return bytes(packet)


def dissect_mac(data: bytes) -> MacFrame:
    """The MAC frame that scapy reads."""
    packet = Zigbee802154(data)
    to, from_ = _address(packet, "destination"), _address(packet, "source")
    flags = (bool(packet.ack_request), bool(packet.pending), bool(packet.compressed))
    return MacFrame(MacType(packet.kind), packet.sequence, to, from_, packet.body, *flags, packet.version)


def _address(packet: Packet, name: str) -> MacAddress | None:
    mode = getattr(packet, f"{name}_mode")
    if not mode:
        return None
    shared = name == "source" and packet.compressed
    pan = packet.destination_pan if shared else getattr(packet, f"{name}_pan")
    return MacAddress(pan, getattr(packet, f"{name}_ieee" if mode == _LONG else name), mode == _LONG)


def build_network(frame: NwkFrame) -> bytes:
    """Bytes of a network frame, built by scapy."""
    fields: dict[str, Any] = _flags(frame, ("security", "discover_route", "end_device"))
    if frame.destination_ieee is not None:
        fields |= {"with_destination": 1, "destination_ieee": frame.destination_ieee}
    if frame.source_ieee is not None:
        fields |= {"with_source": 1, "source_ieee": frame.source_ieee}
    if frame.route is not None:
        fields |= {"with_route": 1, "relay_index": frame.route.index, "relays": list(frame.route.relays)}
    packet = ZigbeeNetwork(
        kind=int(frame.kind),
        destination=frame.destination,
        source=frame.source,
        radius=frame.radius,
        sequence=frame.sequence,
        body=frame.payload,
        **fields,
    )
    return bytes(packet)


def dissect_network(data: bytes) -> NwkFrame:
    """The network frame that scapy reads."""
    packet = ZigbeeNetwork(data)
    return NwkFrame(
        NwkType(packet.kind),
        packet.destination,
        packet.source,
        packet.radius,
        packet.sequence,
        packet.body,
        bool(packet.security),
        bool(packet.discover_route),
        bool(packet.end_device),
        packet.destination_ieee if packet.with_destination else None,
        packet.source_ieee if packet.with_source else None,
        SourceRoute(tuple(packet.relays), packet.relay_index) if packet.with_route else None,
    )


def build_application(frame: ApsFrame) -> bytes:
    """Bytes of a frame of the application support layer, built by scapy."""
    fields: dict[str, Any] = _flags(frame, ("security", "ack_request"))
    for name in ("destination", "group", "cluster", "profile", "endpoint"):
        if getattr(frame, name) is not None:
            fields[name] = getattr(frame, name)
    if frame.fragment is not None:
        fields |= {
            "extended": 1,
            "fragmentation": frame.fragment.kind,
            "block": frame.fragment.number,
            "received": frame.fragment.received,
        }
    if frame.kind == ApsType.ACKNOWLEDGMENT and not frame.addressed:
        fields["command_format"] = 1
    packet = ZigbeeApplicationSupport(
        kind=int(frame.kind),
        delivery=int(frame.delivery),
        counter=frame.counter,
        body=frame.payload,
        **fields,
    )
    return bytes(packet)


def dissect_application(data: bytes) -> ApsFrame:
    """The frame of the application support layer that scapy reads."""
    packet = ZigbeeApplicationSupport(data)
    addressed, group = _addressed(packet), packet.delivery == Delivery.GROUP
    fragment = None
    if packet.extended:
        fragment = Fragment(
            packet.fragmentation, *(getattr(packet, name) or 0 for name in ("block", "received"))
        )
    return ApsFrame(
        ApsType(packet.kind),
        packet.counter,
        packet.body,
        Delivery(packet.delivery),
        packet.destination if addressed and not group else None,
        packet.group if addressed and group else None,
        packet.cluster if addressed else None,
        packet.profile if addressed else None,
        packet.endpoint if addressed else None,
        bool(packet.security),
        bool(packet.ack_request),
        fragment,
    )


def build_auxiliary(header: SecurityHeader, level: int = 0) -> bytes:
    """Bytes of an auxiliary header, built by scapy."""
    fields: dict[str, int] = {"key": int(header.key), "counter": header.counter, "level": level}
    if header.source is not None:
        fields |= {"extended_nonce": 1, "source": header.source}
    if header.sequence is not None:
        fields["key_sequence"] = header.sequence
    return bytes(ZigbeeAuxiliary(**fields))


def dissect_auxiliary(data: bytes) -> tuple[SecurityHeader, bytes]:
    """The auxiliary header that scapy reads, and what it protects."""
    packet = ZigbeeAuxiliary(data)
    source = packet.source if packet.extended_nonce else None
    sequence = packet.key_sequence if packet.key == KeyId.NETWORK else None
    return SecurityHeader(KeyId(packet.key), packet.counter, source, sequence), packet.body


def build_cluster_frame(frame: ZclFrame) -> bytes:
    """Bytes of a frame of the cluster library, built by scapy."""
    fields: dict[str, Any] = _flags(frame, ("to_client", "no_default_response"))
    if frame.manufacturer is not None:
        fields |= {"specific": 1, "manufacturer": frame.manufacturer}
    packet = ZigbeeClusterFrame(
        kind=int(frame.kind), sequence=frame.sequence, command_id=frame.command, body=frame.payload, **fields
    )
    return bytes(packet)


def dissect_cluster_frame(data: bytes) -> ZclFrame:
    """The frame of the cluster library that scapy reads."""
    packet = ZigbeeClusterFrame(data)
    return ZclFrame(
        ZclType(packet.kind),
        packet.sequence,
        packet.command_id,
        packet.body,
        bool(packet.to_client),
        bool(packet.no_default_response),
        packet.manufacturer if packet.specific else None,
    )


def build_report(attributes: tuple[tuple[int, int, bytes], ...]) -> bytes:
    """Payload of a report of (number, data type, value as bytes) each, built by scapy."""
    records = [
        ZigbeeAttribute(attribute=number, type=kind, value=value) for number, kind, value in attributes
    ]
    return bytes(ZigbeeReport(attributes=records))


def dissect_report(data: bytes) -> tuple[tuple[int, int, bytes], ...]:
    """The attributes that scapy reads of a report's payload."""
    return tuple((row.attribute, row.type, row.value) for row in ZigbeeReport(data).attributes)
