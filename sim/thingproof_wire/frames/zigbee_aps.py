"""Frames of the Zigbee application support layer: data to endpoints and groups, commands, acknowledgements.

Source: Zigbee specification 05-3474 R21/R22, section 2.2.5 (frame formats). Numbers are little endian. With
security the payload begins with the auxiliary header, see `zigbee_security`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from thingproof_wire.errors import Malformed, Truncated
from thingproof_wire.frames.bits import check_bits

DEVICE_PROFILE = 0x0000
HOME_AUTOMATION = 0x0104
LIGHT_LINK = 0xC05E
"""Profile identifiers: device profile (ZDP), home automation and all of Zigbee 3.0, touchlink."""
ZDO_ENDPOINT = 0
ALL_ENDPOINTS = 0xFF


class ApsType(IntEnum):
    """Frame types (section 2.2.5.1.1.1); 3 is the inter-PAN stub."""

    DATA = 0
    COMMAND = 1
    ACKNOWLEDGMENT = 2


class Delivery(IntEnum):
    """Delivery modes (section 2.2.5.1.1.2); 1 (indirect) is not used by Zigbee PRO."""

    UNICAST = 0
    BROADCAST = 2
    GROUP = 3


_APS_TYPES = {int(kind): kind for kind in ApsType}
_DELIVERIES = {int(delivery): delivery for delivery in Delivery}
_COMMAND_FORMAT, _SECURITY, _ACK_REQUEST, _EXTENDED = 0x10, 0x20, 0x40, 0x80
_ENDPOINTS = struct.Struct("<BBHHBB")
_GROUP = struct.Struct("<BHHHBB")
WHOLE, FIRST_BLOCK, LATER_BLOCK = 0, 1, 2
"""Fragmentation of the extended header."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """The extended header (section 2.2.5.1.8).

    Attributes:
        kind: whole, first block or later block.
        number: first block: how many there are; later block: which one it is.
        received: acknowledgements only: a bit for each block of the window that arrived.
    """

    kind: int
    number: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class ApsFrame:
    """A frame of the application support layer.

    Attributes:
        counter: 0..255, the same in the acknowledgement.
        payload: ZDP or ZCL frame, or command with its number; secured: auxiliary header, encrypted, MIC.
        destination: endpoint of the receiver; None in group frames, commands and their acknowledgements.
        group: address of the group, in group frames only.
        cluster, profile, endpoint: of the sender; None in commands and acknowledgements of commands.
    """

    kind: ApsType
    counter: int
    payload: bytes = b""
    delivery: Delivery = Delivery.UNICAST
    destination: int | None = None
    group: int | None = None
    cluster: int | None = None
    profile: int | None = None
    endpoint: int | None = None
    security: bool = False
    ack_request: bool = False
    fragment: Fragment | None = None

    @property
    def addressed(self) -> bool:
        """Whether it has endpoints, cluster and profile."""
        return self.cluster is not None


def encode_aps(frame: ApsFrame) -> bytes:
    """Bytes of a frame.

    Raises:
        OutOfRange, Malformed: a value that is missing, too much, or has no place in its field.
    """
    return encode_aps_header(frame) + frame.payload


def encode_aps_header(frame: ApsFrame) -> bytes:
    """Bytes of a frame before its payload: what security protects but does not hide.

    Raises:
        OutOfRange, Malformed: as `encode_aps`.
    """
    _check(frame)
    control = (
        frame.kind
        | frame.delivery << 2
        | frame.security * _SECURITY
        | frame.ack_request * _ACK_REQUEST
        | (frame.fragment is not None) * _EXTENDED
    )
    if frame.cluster is None or frame.profile is None or frame.endpoint is None:
        command = frame.kind == ApsType.ACKNOWLEDGMENT
        head = bytes((control | command * _COMMAND_FORMAT, frame.counter))
    elif frame.group is not None:
        head = _GROUP.pack(control, frame.group, frame.cluster, frame.profile, frame.endpoint, frame.counter)
    else:
        destination = frame.destination or 0
        head = _ENDPOINTS.pack(
            control, destination, frame.cluster, frame.profile, frame.endpoint, frame.counter
        )
    return head if frame.fragment is None else head + _encode_fragment(frame)


def decode_aps(data: bytes) -> ApsFrame:
    """The frame of a network payload.

    Raises:
        Truncated, Malformed: with offset and field.
    """
    if not data:
        raise Truncated("is missing", offset=0, field="APS")
    control = data[0]
    kind, delivery = _kinds(control)
    if kind == ApsType.COMMAND or (kind == ApsType.ACKNOWLEDGMENT and control & _COMMAND_FORMAT):
        shape = None
        size = 2
    else:
        shape = _GROUP if delivery == Delivery.GROUP else _ENDPOINTS
        size = shape.size
    if len(data) < size:
        raise Truncated(f"ends inside the header of {size} bytes", offset=len(data), field="APS")
    fragment = None
    place = size
    if control & _EXTENDED:
        fragment, place = _decode_fragment(data, size, kind)
    flags = (control & _SECURITY != 0, control & _ACK_REQUEST != 0)
    if shape is None:
        return ApsFrame(
            kind, data[1], data[place:], delivery, security=flags[0], ack_request=flags[1], fragment=fragment
        )
    _, to, cluster, profile, endpoint, counter = shape.unpack_from(data)
    group, destination = (to, None) if delivery == Delivery.GROUP else (None, to)
    return ApsFrame(
        kind,
        counter,
        data[place:],
        delivery,
        destination,
        group,
        cluster,
        profile,
        endpoint,
        *flags,
        fragment,
    )


def acknowledge(frame: ApsFrame) -> ApsFrame:
    """The acknowledgement of a frame: endpoints swapped, same counter (section 2.2.5.2.3)."""
    return ApsFrame(
        ApsType.ACKNOWLEDGMENT,
        frame.counter,
        destination=frame.endpoint,
        cluster=frame.cluster,
        profile=frame.profile,
        endpoint=frame.destination,
    )


def _kinds(control: int) -> tuple[ApsType, Delivery]:
    kind, delivery = _APS_TYPES.get(control & 3), _DELIVERIES.get(control >> 2 & 3)
    if kind is None:
        raise Malformed("is 3 (inter-PAN), which has no network header", offset=0, field="frame type")
    if delivery is None:
        raise Malformed("is 1 (indirect), which Zigbee PRO does not have", offset=0, field="delivery mode")
    if kind == ApsType.ACKNOWLEDGMENT and delivery != Delivery.UNICAST:
        raise Malformed(f"is {int(delivery)}, acknowledgements are unicast", offset=0, field="delivery mode")
    if kind != ApsType.ACKNOWLEDGMENT and control & _COMMAND_FORMAT:
        raise Malformed("is set, only acknowledgements have it", offset=0, field="ack format")
    return kind, delivery


def _check(frame: ApsFrame) -> None:
    """Raises OutOfRange, Malformed: values that do not belong together, or do not fit."""
    check_bits("APS counter", frame.counter, 8)
    group = frame.delivery == Delivery.GROUP
    present = {
        "cluster": (frame.cluster, 16),
        "profile": (frame.profile, 16),
        "source endpoint": (frame.endpoint, 8),
    }
    if frame.kind == ApsType.DATA or frame.addressed:
        present |= {"group": (frame.group, 16)} if group else {"destination endpoint": (frame.destination, 8)}
    if frame.kind == ApsType.ACKNOWLEDGMENT and frame.delivery != Delivery.UNICAST:
        raise Malformed("acknowledgements are unicast", field="delivery mode")
    given = {name for name, (value, _) in present.items() if value is not None}
    if given and given != set(present):
        raise Malformed(
            "is missing, endpoints, cluster and profile go together", field=min(set(present) - given)
        )
    if frame.kind == ApsType.COMMAND and given:
        raise Malformed("commands have none", field=min(given))
    if frame.kind == ApsType.DATA and not given:
        raise Malformed("is missing, data has endpoints, cluster and profile", field="cluster")
    if (frame.destination if group else frame.group) is not None:
        raise Malformed("does not go with the delivery mode", field="destination" if group else "group")
    for name, (value, bits) in present.items():
        if value is not None:
            check_bits(name, value, bits)


def _encode_fragment(frame: ApsFrame) -> bytes:
    fragment = frame.fragment
    assert fragment is not None
    if frame.kind == ApsType.COMMAND:
        raise Malformed("commands have no extended header", field="fragmentation")
    if fragment.kind not in (WHOLE, FIRST_BLOCK, LATER_BLOCK):
        raise Malformed(f"is {fragment.kind}, must be 0..2", field="fragmentation")
    if fragment.kind == WHOLE:
        return bytes((WHOLE,))
    check_bits("block number", fragment.number, 8)
    check_bits("received blocks", fragment.received, 8)
    head = bytes((fragment.kind, fragment.number))
    return head + bytes((fragment.received,)) if frame.kind == ApsType.ACKNOWLEDGMENT else head


def _decode_fragment(data: bytes, place: int, kind: ApsType) -> tuple[Fragment, int]:
    if kind == ApsType.COMMAND:
        raise Malformed("is set, commands have none", offset=0, field="extended header")
    fragmentation = data[place] & 3 if place < len(data) else WHOLE
    if fragmentation > LATER_BLOCK:
        raise Malformed("is 3, which is reserved", offset=place, field="fragmentation")
    size = 1 if fragmentation == WHOLE else 3 if kind == ApsType.ACKNOWLEDGMENT else 2
    part = data[place : place + size]
    if len(part) < size:
        raise Truncated(f"needs {size} bytes", offset=len(data), field="extended header")
    return Fragment(fragmentation, *part[1:]), place + size
