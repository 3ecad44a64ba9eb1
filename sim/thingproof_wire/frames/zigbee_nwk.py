"""Network frames of Zigbee PRO: header | payload, or header | auxiliary header, encrypted payload, MIC.

Source: Zigbee specification 05-3474 R21/R22, section 3.3 (frame format). Numbers are little endian. Nothing
here knows a key: `zigbee_security` seals and opens frames, this module gives the bytes they consist of.
Multicast at this layer is refused: groups are addressed by the application support layer.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from thingproof_wire.errors import Malformed, OutOfRange, Truncated
from thingproof_wire.frames.bits import check_bits

PROTOCOL_VERSION = 2
"""Zigbee PRO."""
COORDINATOR = 0x0000
ALL_DEVICES, RECEIVERS_ON, ALL_ROUTERS, LOW_POWER_ROUTERS = 0xFFFF, 0xFFFD, 0xFFFC, 0xFFFB
"""Broadcast addresses (section 3.6.5): everybody, who listens all the time, routers and coordinator."""
NO_ADDRESS = 0xFFFE
DEFAULT_RADIUS = 30
"""Twice the depth of a network of stack profile 2 (section 3.5.1, nwkMaxDepth 15)."""


class NwkType(IntEnum):
    """Frame types (section 3.3.1.1.1); 3 is the inter-PAN stub, see `zigbee_interpan`."""

    DATA = 0
    COMMAND = 1


_NWK_TYPES = {int(kind): kind for kind in NwkType}
_MULTICAST, _SECURITY, _SOURCE_ROUTE = 0x0100, 0x0200, 0x0400
_DESTINATION, _SOURCE, _END_DEVICE = 0x0800, 0x1000, 0x2000
_EXTRAS = _MULTICAST | _SOURCE_ROUTE | _DESTINATION | _SOURCE
_HEAD = struct.Struct("<HHHBB")


@dataclass(frozen=True, slots=True)
class SourceRoute:
    """The way of a frame (section 3.3.1.9).

    Attributes:
        relays: short addresses, the one nearest to the destination first.
        index: which relay is next, counts down.
    """

    relays: tuple[int, ...]
    index: int


@dataclass(frozen=True, slots=True)
class NwkFrame:
    """A network frame (section 3.3.1).

    Attributes:
        destination, source: short addresses.
        radius: hops that are left.
        sequence: 0..255.
        payload: APS frame, or command with its number; with security: auxiliary header, encrypted, MIC.
        security: whether the payload is secured.
        discover_route: whether routers may look for a way.
        end_device: whether an end device began it (R22).
        destination_ieee, source_ieee: EUI-64, where the header has them.
    """

    kind: NwkType
    destination: int
    source: int
    radius: int
    sequence: int
    payload: bytes = b""
    security: bool = False
    discover_route: bool = False
    end_device: bool = False
    destination_ieee: int | None = None
    source_ieee: int | None = None
    route: SourceRoute | None = None


def is_broadcast(address: int) -> bool:
    """Whether a short address means more than one device."""
    return address >= 0xFFF8


def encode_nwk(frame: NwkFrame) -> bytes:
    """Bytes of a frame.

    Raises:
        OutOfRange: a value that has no place in its field, with the field's name.
    """
    return encode_nwk_header(frame) + frame.payload


def encode_nwk_header(frame: NwkFrame) -> bytes:
    """Bytes of a frame before its payload: what security protects but does not hide.

    Raises:
        OutOfRange: as `encode_nwk`.
    """
    check_bits("destination", frame.destination, 16)
    check_bits("source", frame.source, 16)
    check_bits("radius", frame.radius, 8)
    check_bits("sequence number", frame.sequence, 8)
    control = (
        frame.kind
        | PROTOCOL_VERSION << 2
        | frame.discover_route << 6
        | frame.security * _SECURITY
        | (frame.route is not None) * _SOURCE_ROUTE
        | (frame.destination_ieee is not None) * _DESTINATION
        | (frame.source_ieee is not None) * _SOURCE
        | frame.end_device * _END_DEVICE
    )
    head = _HEAD.pack(control, frame.destination, frame.source, frame.radius, frame.sequence)
    if not control & _EXTRAS:
        return head
    for name, address in (
        ("destination EUI-64", frame.destination_ieee),
        ("source EUI-64", frame.source_ieee),
    ):
        if address is not None:
            check_bits(name, address, 64)
            head += address.to_bytes(8, "little")
    return head if frame.route is None else head + _encode_route(frame.route)


def decode_nwk(data: bytes) -> NwkFrame:
    """The frame of a MAC payload.

    Raises:
        Truncated, Malformed: with offset and field.
    """
    if len(data) < _HEAD.size:
        raise Truncated("ends inside the header, eight bytes are the least", offset=len(data), field="NWK")
    control, destination, source, radius, sequence = _HEAD.unpack_from(data)
    kind = _NWK_TYPES.get(control & 3)
    if kind is None:
        raise Malformed(f"is {control & 3}, must be 0 or 1", offset=0, field="frame type")
    version = control >> 2 & 0x0F
    if version != PROTOCOL_VERSION:
        raise Malformed(f"is {version}, must be 2 (Zigbee PRO)", offset=0, field="protocol version")
    discover = control >> 6 & 3
    if discover > 1:
        raise Malformed(f"is {discover}, which is reserved", offset=0, field="discover route")
    ieee: list[int | None] = [None, None]
    route = None
    place = _HEAD.size
    if control & _EXTRAS:
        ieee, route, place = _decode_extras(control, data)
    return NwkFrame(
        kind,
        destination,
        source,
        radius,
        sequence,
        data[place:],
        control & _SECURITY != 0,
        discover == 1,
        control & _END_DEVICE != 0,
        ieee[0],
        ieee[1],
        route,
    )


def _decode_extras(control: int, data: bytes) -> tuple[list[int | None], SourceRoute | None, int]:
    """Destination and source EUI-64, source route, and the place after them."""
    if control & _MULTICAST:
        raise Malformed("is set, groups are addressed by the layer above", offset=1, field="multicast")
    place = _HEAD.size
    found: list[int | None] = [None, None]
    for index, (flag, name) in enumerate(
        ((_DESTINATION, "destination EUI-64"), (_SOURCE, "source EUI-64")),
    ):
        if control & flag:
            if place + 8 > len(data):
                raise Truncated("ends inside the address", offset=len(data), field=name)
            found[index] = int.from_bytes(data[place : place + 8], "little")
            place += 8
    if not control & _SOURCE_ROUTE:
        return found, None, place
    route, place = _decode_route(data, place)
    return found, route, place


def _encode_route(route: SourceRoute) -> bytes:
    if len(route.relays) > 255:
        raise OutOfRange(f"has {len(route.relays)} relays, at most 255 fit", field="source route")
    check_bits("relay index", route.index, 8)
    for relay in route.relays:
        check_bits("relay", relay, 16)
    addresses = b"".join(relay.to_bytes(2, "little") for relay in route.relays)
    return bytes((len(route.relays), route.index)) + addresses


def _decode_route(data: bytes, place: int) -> tuple[SourceRoute, int]:
    if place + 2 > len(data):
        raise Truncated("ends inside count and index", offset=len(data), field="source route")
    start, end = place + 2, place + 2 + 2 * data[place]
    if end > len(data):
        raise Truncated(f"says {data[place]} relays", offset=len(data), field="source route")
    relays = tuple(int.from_bytes(data[at : at + 2], "little") for at in range(start, end, 2))
    return SourceRoute(relays, data[place + 1]), end
