"""What the layers that scapy brings say of our frames: a second witness, where they are right.

They know the network layer and its commands, and the sizes of data types, as of R20; the end device bit of
R21 and fields that later revisions append are theirs to miss.
"""

from __future__ import annotations

from typing import Any

from scapy.layers.zigbee import (
    ZigbeeAppCommandPayload,
    ZigbeeNWK,
    ZigbeeNWKCommandPayload,
    ZigbeeSecurityHeader,
    _ZCL_attr_length,
)


def network_header(data: bytes) -> dict[str, Any]:
    """Fields of a network frame's header."""
    packet = ZigbeeNWK(data)
    return {
        "destination": packet.destination,
        "source": packet.source,
        "radius": packet.radius,
        "sequence": packet.seqnum,
        "security": bool(packet.flags.security),
        "source_ieee": packet.ext_src,
        "destination_ieee": packet.ext_dst,
    }


def auxiliary_header(data: bytes) -> dict[str, Any]:
    """Fields of an auxiliary header."""
    packet = ZigbeeSecurityHeader(data)
    return {"key": packet.key_type, "counter": packet.fc, "source": packet.source}


def network_command(data: bytes) -> dict[str, Any]:
    """Fields of a network command with its number, those that have a value."""
    return _present(ZigbeeNWKCommandPayload(data))


def application_command(data: bytes) -> dict[str, Any]:
    """Fields of a command of the application support layer with its number, those that have a value."""
    return _present(ZigbeeAppCommandPayload(data))


def type_sizes() -> dict[int, int]:
    """Bytes of the data types of fixed size."""
    return {number: size for number, size in _ZCL_attr_length.items() if isinstance(size, int)}


def _present(packet: Any) -> dict[str, Any]:
    fields = ((field.name, packet.getfieldval(field.name)) for field in packet.fields_desc)
    return {name: value for name, value in fields if value is not None}
