"""Touchlink: devices held close to each other join without a coordinator, in frames outside of any network.

Source: ZCL revision 8 (07-5123-08), chapter 13 (touchlink commissioning); Zigbee 05-3474 R22, annex G
(inter-PAN stub frames). A frame is MAC data | stub network header | stub APS header | ZCL | fields. The
network key is encrypted under a key that both sides make of the transaction and a secret of the key index.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from thingproof_wire.errors import Malformed, OutOfRange, Truncated
from thingproof_wire.frames.aes import aes_decrypt, aes_encrypt, check_key
from thingproof_wire.frames.bits import check_bits
from thingproof_wire.frames.zcl import ZclFrame, ZclType, decode_zcl, encode_zcl
from thingproof_wire.frames.zigbee_aps import LIGHT_LINK, Delivery
from thingproof_wire.frames.zigbee_fields import Bits, Fields, Listing, Number, Octets, Trailing
from thingproof_wire.frames.zigbee_records import Message, Row, Table

CLUSTER = 0x1000
DEVELOPMENT, MASTER, CERTIFICATION = 0, 4, 15
"""Key indices: for development, of products (whose secret the caller has), for certification."""
CERTIFICATION_KEY: Final = bytes(range(0xC0, 0xD0))
"""What encrypts a network key of index 15 (section 13.3.4)."""
CHANNELS = (11, 15, 20, 25)
"""Primary channels of a scan (section 13.3.4)."""
_NWK_STUB = 0x000B
_APS_STUB = 0x03
_HEAD = struct.Struct("<HBHH")
_DELIVERIES = {int(delivery): delivery for delivery in Delivery}

_TRANSACTION, _STATUS = Number("transaction", 4), Number("status", 1)
_EXTENDED_PAN, _UPDATE, _CHANNEL, _PAN, _ADDRESS = (
    Number("extended_pan_id", 8),
    Number("update_id", 1),
    Number("channel", 1),
    Number("pan_id", 2),
    Number("address", 2),
)
_ZIGBEE = Bits(1, (("logical_type", 0, 2), ("receiver_on", 2, 1)))
_KEY: Fields = (Number("key_index", 1), Octets("encrypted_key", 16))
_RANGES: Fields = (
    Number("groups_begin", 2),
    Number("groups_end", 2),
    Number("free_addresses_begin", 2),
    Number("free_addresses_end", 2),
    Number("free_groups_begin", 2),
    Number("free_groups_end", 2),
)
_JOIN: Fields = (
    _TRANSACTION,
    _EXTENDED_PAN,
    *_KEY,
    _UPDATE,
    _CHANNEL,
    _PAN,
    _ADDRESS,
    *_RANGES,
)
_SUB_DEVICE: Fields = (
    Number("endpoint", 1),
    Number("profile", 2),
    Number("device", 2),
    Number("version", 1),
    Number("group_count", 1),
)

TOUCHLINK = Table(
    "touchlink command",
    (
        Row(
            "scan_request",
            0x00,
            (
                _TRANSACTION,
                _ZIGBEE,
                Bits(
                    1,
                    (
                        ("factory_new", 0, 1),
                        ("assigns_addresses", 1, 1),
                        ("initiator", 4, 1),
                        ("profile_interop", 7, 1),
                    ),
                ),
            ),
            "13.3.2",
        ),
        Row(
            "scan_response",
            0x01,
            (
                _TRANSACTION,
                Number("rssi_correction", 1),
                _ZIGBEE,
                Bits(
                    1,
                    (
                        ("factory_new", 0, 1),
                        ("assigns_addresses", 1, 1),
                        ("initiator", 4, 1),
                        ("priority", 5, 1),
                        ("profile_interop", 7, 1),
                    ),
                ),
                Number("key_bitmask", 2),
                Number("response", 4),
                _EXTENDED_PAN,
                _UPDATE,
                _CHANNEL,
                _PAN,
                _ADDRESS,
                Number("sub_devices", 1),
                Number("total_groups", 1),
                Trailing(_SUB_DEVICE),
            ),
            "13.3.2",
        ),
        Row("device_information_request", 0x02, (_TRANSACTION, Number("start", 1)), "13.3.2"),
        Row(
            "device_information_response",
            0x03,
            (
                _TRANSACTION,
                Number("sub_devices", 1),
                Number("start", 1),
                Listing("records", (Number("ieee", 8), *_SUB_DEVICE, Number("sort", 1))),
            ),
            "13.3.2",
        ),
        Row("identify_request", 0x06, (_TRANSACTION, Number("duration", 2)), "13.3.2"),
        Row("reset_to_factory_new_request", 0x07, (_TRANSACTION,), "13.3.2"),
        Row(
            "network_start_request",
            0x10,
            (
                _TRANSACTION,
                _EXTENDED_PAN,
                *_KEY,
                _CHANNEL,
                _PAN,
                _ADDRESS,
                *_RANGES,
                Number("initiator_ieee", 8),
                Number("initiator_address", 2),
            ),
            "13.3.2",
        ),
        Row(
            "network_start_response",
            0x11,
            (_TRANSACTION, _STATUS, _EXTENDED_PAN, _UPDATE, _CHANNEL, _PAN),
            "13.3.2",
        ),
        Row("network_join_router_request", 0x12, _JOIN, "13.3.2"),
        Row("network_join_router_response", 0x13, (_TRANSACTION, _STATUS), "13.3.2"),
        Row("network_join_end_device_request", 0x14, _JOIN, "13.3.2"),
        Row("network_join_end_device_response", 0x15, (_TRANSACTION, _STATUS), "13.3.2"),
        Row(
            "network_update_request",
            0x16,
            (_TRANSACTION, _EXTENDED_PAN, _UPDATE, _CHANNEL, _PAN, _ADDRESS),
            "13.3.2",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class InterPanFrame:
    """The MAC payload of a frame between networks (annex G.3).

    Attributes:
        payload: ZCL frame.
        group: address of the group, with that delivery mode only.
    """

    payload: bytes
    delivery: Delivery = Delivery.UNICAST
    group: int | None = None
    cluster: int = CLUSTER
    profile: int = LIGHT_LINK


def encode_inter_pan(frame: InterPanFrame) -> bytes:
    """MAC payload of a frame.

    Raises:
        OutOfRange, Malformed: a value that has no place in its field.
    """
    check_bits("cluster", frame.cluster, 16)
    check_bits("profile", frame.profile, 16)
    if (frame.group is not None) != (frame.delivery == Delivery.GROUP):
        raise Malformed("goes with the delivery mode for groups, and only with it", field="group")
    control = _APS_STUB | frame.delivery << 2
    head = _HEAD.pack(_NWK_STUB, control, frame.cluster, frame.profile)
    if frame.group is not None:
        check_bits("group", frame.group, 16)
        head = head[:3] + frame.group.to_bytes(2, "little") + head[3:]
    return head + frame.payload


def decode_inter_pan(data: bytes) -> InterPanFrame:
    """The frame of a MAC payload.

    Raises:
        Truncated, Malformed: with offset and field.
    """
    if len(data) < _HEAD.size:
        raise Truncated("ends inside the stub headers", offset=len(data), field="inter-PAN")
    stub, control, cluster, profile = _HEAD.unpack_from(data)
    if stub != _NWK_STUB:
        raise Malformed(f"is {stub:#06x}, must be 0x000b", offset=0, field="stub network header")
    delivery = _DELIVERIES.get(control >> 2 & 3)
    if control & 3 != _APS_STUB or control >> 4 or delivery is None:
        raise Malformed(f"is {control:#04x}, no stub frame in the clear", offset=2, field="stub APS header")
    if delivery != Delivery.GROUP:
        return InterPanFrame(data[7:], delivery, None, cluster, profile)
    if len(data) < _HEAD.size + 2:
        raise Truncated("ends inside the stub headers", offset=len(data), field="inter-PAN")
    group, cluster, profile = struct.unpack_from("<HHH", data, 3)
    return InterPanFrame(data[9:], delivery, group, cluster, profile)


def touchlink_payload(wanted: Message, sequence: int, *, broadcast: bool = False) -> bytes:
    """MAC payload of a touchlink command; responses are those whose number is odd.

    Raises:
        Malformed, OutOfRange: a value that is missing, or has no place in its field.
    """
    number = TOUCHLINK.row(wanted.name).number
    answer = number % 2 == 1 and wanted.name.endswith("response")
    zcl = ZclFrame(
        ZclType.CLUSTER, sequence, number, TOUCHLINK.encode(wanted), answer, no_default_response=True
    )
    delivery = Delivery.BROADCAST if broadcast else Delivery.UNICAST
    return encode_inter_pan(InterPanFrame(encode_zcl(zcl), delivery))


def read_touchlink(data: bytes) -> tuple[ZclFrame, Message]:
    """ZCL frame and touchlink command of a MAC payload.

    Raises:
        Truncated, Malformed: another profile or cluster, unknown, or cut off.
    """
    frame = decode_inter_pan(data)
    if (frame.profile, frame.cluster) != (LIGHT_LINK, CLUSTER):
        raise Malformed(f"is {frame.profile:04x}, cluster {frame.cluster:04x}", field="profile")
    zcl = decode_zcl(frame.payload)
    return zcl, TOUCHLINK.decode(zcl.command, zcl.payload)


def transport_key(index: int, transaction: int, response: int, secret: bytes | None = None) -> bytes:
    """The key under which a network key travels (section 13.3.4).

    Args:
        index: DEVELOPMENT, MASTER or CERTIFICATION.
        transaction: identifier of the scan request.
        response: identifier of the scan response.
        secret: key of the index; needed for MASTER, whose key is given to makers of products only.

    Raises:
        OutOfRange: another index, no secret, or numbers that do not fit.
    """
    check_bits("transaction", transaction, 32)
    check_bits("response", response, 32)
    first, second = transaction.to_bytes(4, "big"), response.to_bytes(4, "big")
    if index == DEVELOPMENT:
        return b"PhLi" + first + b"CLSN" + second
    if index == CERTIFICATION and secret is None:
        secret = CERTIFICATION_KEY
    if index not in (MASTER, CERTIFICATION) or secret is None:
        raise OutOfRange(f"is {index}, give a secret for 4 or use 0 or 15", field="key index")
    check_key("secret", secret)
    return aes_encrypt(secret, first + first + second + second)


def encrypt_network_key(key: bytes, under: bytes) -> bytes:
    """A network key as it travels, under a `transport_key`."""
    check_key("network key", key)
    return aes_encrypt(under, key)


def decrypt_network_key(encrypted: bytes, under: bytes) -> bytes:
    """The reverse of `encrypt_network_key`."""
    check_key("network key", encrypted)
    return aes_decrypt(under, encrypted)
