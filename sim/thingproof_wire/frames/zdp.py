"""The Zigbee device profile: who is there, what it has, what it is bound to, and who may join.

Source: Zigbee specification 05-3474 R21/R22, sections 2.3.2 (descriptors), 2.4.3 (requests) and 2.4.4
(responses). A message is an APS frame of profile 0 between endpoints 0; its cluster is the number of the
message, its payload a sequence number and the fields.
"""

from __future__ import annotations

from thingproof_wire.frames.ieee802154_commands import CAPABILITIES
from thingproof_wire.frames.zigbee_aps import DEVICE_PROFILE, ZDO_ENDPOINT, ApsFrame, ApsType, Delivery
from thingproof_wire.frames.zigbee_fields import (
    Bits,
    Fields,
    Listing,
    Number,
    Sized,
    Trailing,
    When,
    bytes_at,
)
from thingproof_wire.frames.zigbee_records import Message, Row, Table

RESPONSE = 0x8000
"""Set in the number of an answer."""
SUCCESS, INVALID_REQUEST, DEVICE_NOT_FOUND, INVALID_ENDPOINT, NOT_ACTIVE, NOT_SUPPORTED, TIMEOUT = (
    0x00,
    0x80,
    0x81,
    0x82,
    0x83,
    0x84,
    0x85,
)
NO_ENTRY, NO_DESCRIPTOR, INSUFFICIENT_SPACE, NOT_PERMITTED, TABLE_FULL, NOT_AUTHORIZED = (
    0x88,
    0x89,
    0x8A,
    0x8B,
    0x8C,
    0x8D,
)
"""Status of an answer (section 2.4.5)."""
COORDINATOR, ROUTER, END_DEVICE = 0, 1, 2
"""Logical types of a node descriptor."""
BIND_TO_GROUP, BIND_TO_DEVICE = 1, 3
"""Address modes of a binding's destination."""
FOREVER = 0xFF
"""Duration of a permit to join that does not end; 0 ends it."""

_STATUS, _ADDRESS, _IEEE = Number("status", 1), Number("address", 2), Number("ieee", 8)
_INPUT, _OUTPUT = (
    Listing("input_clusters", (Number("cluster", 2),)),
    Listing("output_clusters", (Number("cluster", 2),)),
)

NODE_DESCRIPTOR: Fields = (
    Bits(1, (("logical_type", 0, 3), ("complex_descriptor", 3, 1), ("user_descriptor", 4, 1))),
    Bits(1, (("aps_flags", 0, 3), ("frequency_bands", 3, 5))),
    CAPABILITIES,
    Number("manufacturer", 2),
    Number("maximum_buffer", 1),
    Number("maximum_incoming", 2),
    Bits(
        2,
        (
            ("primary_trust_centre", 0, 1),
            ("backup_trust_centre", 1, 1),
            ("network_manager", 6, 1),
            ("stack_revision", 9, 7),
        ),
    ),
    Number("maximum_outgoing", 2),
    Number("descriptor_capabilities", 1),
)
"""Fields of a node descriptor (section 2.3.2.3), 13 bytes; frequency band bit 3 is 2.4 GHz."""

POWER_DESCRIPTOR: Fields = (
    Bits(
        2,
        (("current_mode", 0, 4), ("available_sources", 4, 4), ("current_source", 8, 4), ("level", 12, 4)),
    ),
)
"""Fields of a power descriptor (section 2.3.2.4): 1 mains, 2 rechargeable, 4 disposable battery."""

SIMPLE_DESCRIPTOR: Fields = (
    Number("endpoint", 1),
    Number("profile", 2),
    Number("device", 2),
    Bits(1, (("device_version", 0, 4),)),
    _INPUT,
    _OUTPUT,
)
"""Fields of a simple descriptor (section 2.3.2.5)."""

_ASSOCIATED = Trailing(
    (
        Number("count", 1),
        When("count", (0,), (Number("start", 1), Listing("devices", (_ADDRESS,), 0)), other=True),
    )
)
_ADDRESS_ANSWER: Fields = (_STATUS, _IEEE, _ADDRESS, _ASSOCIATED)
_BINDING: Fields = (
    Number("source", 8),
    Number("source_endpoint", 1),
    Number("cluster", 2),
    Number("mode", 1),
    When("mode", (BIND_TO_GROUP,), (Number("group", 2),)),
    When("mode", (BIND_TO_DEVICE,), (Number("destination", 8), Number("destination_endpoint", 1))),
)
_NEIGHBOUR: Fields = (
    Number("extended_pan_id", 8),
    _IEEE,
    _ADDRESS,
    Bits(1, (("device_type", 0, 2), ("receiver_on", 2, 2), ("relationship", 4, 3))),
    Bits(1, (("permit_joining", 0, 2),)),
    Number("depth", 1),
    Number("lqi", 1),
)
_ROUTE: Fields = (
    Number("destination", 2),
    Bits(
        1,
        (
            ("route_status", 0, 3),
            ("memory_constrained", 3, 1),
            ("many_to_one", 4, 1),
            ("record_required", 5, 1),
        ),
    ),
    Number("next_hop", 2),
)


def _answered(*fields: object) -> Fields:
    """Status, address, and what is there when it is success."""
    return (_STATUS, _ADDRESS, When("status", (SUCCESS,), fields))  # type: ignore[arg-type]


def _table(name: str, item: Fields) -> Fields:
    """A part of a table of a neighbour, as management answers have it."""
    part = (Number("entries", 1), Number("start", 1), Listing(name, item))
    return (_STATUS, When("status", (SUCCESS,), part))


ZDP = Table(
    "device profile message",
    (
        Row("nwk_addr_req", 0x0000, (_IEEE, Number("kind", 1), Number("start", 1)), "2.4.3.1.1"),
        Row("ieee_addr_req", 0x0001, (_ADDRESS, Number("kind", 1), Number("start", 1)), "2.4.3.1.2"),
        Row("node_desc_req", 0x0002, (_ADDRESS,), "2.4.3.1.3"),
        Row("power_desc_req", 0x0003, (_ADDRESS,), "2.4.3.1.4"),
        Row("simple_desc_req", 0x0004, (_ADDRESS, Number("endpoint", 1)), "2.4.3.1.5"),
        Row("active_ep_req", 0x0005, (_ADDRESS,), "2.4.3.1.6"),
        Row("match_desc_req", 0x0006, (_ADDRESS, Number("profile", 2), _INPUT, _OUTPUT), "2.4.3.1.7"),
        Row("device_annce", 0x0013, (_ADDRESS, _IEEE, CAPABILITIES), "2.4.3.1.11"),
        Row("parent_annce", 0x001F, (Listing("children", (_IEEE,)),), "2.4.3.1.12"),
        Row("bind_req", 0x0021, _BINDING, "2.4.3.2.2"),
        Row("unbind_req", 0x0022, _BINDING, "2.4.3.2.3"),
        Row("mgmt_lqi_req", 0x0031, (Number("start", 1),), "2.4.3.3.2"),
        Row("mgmt_rtg_req", 0x0032, (Number("start", 1),), "2.4.3.3.3"),
        Row("mgmt_bind_req", 0x0033, (Number("start", 1),), "2.4.3.3.4"),
        Row(
            "mgmt_leave_req",
            0x0034,
            (_IEEE, Bits(1, (("remove_children", 6, 1), ("rejoin", 7, 1)))),
            "2.4.3.3.5",
        ),
        Row(
            "mgmt_permit_joining_req",
            0x0036,
            (Number("duration", 1), Number("significance", 1)),
            "2.4.3.3.7",
        ),
        Row("nwk_addr_rsp", 0x8000, _ADDRESS_ANSWER, "2.4.4.2.1"),
        Row("ieee_addr_rsp", 0x8001, _ADDRESS_ANSWER, "2.4.4.2.2"),
        Row("node_desc_rsp", 0x8002, _answered(*NODE_DESCRIPTOR), "2.4.4.2.3"),
        Row("power_desc_rsp", 0x8003, _answered(*POWER_DESCRIPTOR), "2.4.4.2.4"),
        Row(
            "simple_desc_rsp",
            0x8004,
            (_STATUS, _ADDRESS, Sized(SIMPLE_DESCRIPTOR)),
            "2.4.4.2.5",
        ),
        Row(
            "active_ep_rsp",
            0x8005,
            (_STATUS, _ADDRESS, Listing("endpoints", (Number("endpoint", 1),))),
            "2.4.4.2.6",
        ),
        Row(
            "match_desc_rsp",
            0x8006,
            (_STATUS, _ADDRESS, Listing("endpoints", (Number("endpoint", 1),))),
            "2.4.4.2.7",
        ),
        Row("parent_annce_rsp", 0x801F, (_STATUS, Listing("children", (_IEEE,))), "2.4.4.2.11"),
        Row("bind_rsp", 0x8021, (_STATUS,), "2.4.4.3.2"),
        Row("unbind_rsp", 0x8022, (_STATUS,), "2.4.4.3.3"),
        Row("mgmt_lqi_rsp", 0x8031, _table("neighbours", _NEIGHBOUR), "2.4.4.4.2"),
        Row("mgmt_rtg_rsp", 0x8032, _table("routes", _ROUTE), "2.4.4.4.3"),
        Row("mgmt_bind_rsp", 0x8033, _table("bindings", _BINDING), "2.4.4.4.4"),
        Row("mgmt_leave_rsp", 0x8034, (_STATUS,), "2.4.4.4.5"),
        Row("mgmt_permit_joining_rsp", 0x8036, (_STATUS,), "2.4.4.4.7"),
    ),
)


def encode_zdp(wanted: Message, sequence: int) -> bytes:
    """APS payload of a message.

    Raises:
        Malformed, OutOfRange: a value that is missing, or has no place in its field.
    """
    return Number("sequence", 1).encode({"sequence": sequence}) + ZDP.encode(wanted)


def decode_zdp(cluster: int, payload: bytes) -> tuple[int, Message]:
    """Sequence number and message of an APS payload.

    Raises:
        Malformed, Truncated: unknown message, or cut off.
    """
    sequence = bytes_at(payload, 0, 1, "sequence")[0]
    return sequence, ZDP.decode(cluster, payload, 1)


def zdp_frame(
    wanted: Message,
    sequence: int,
    counter: int,
    *,
    delivery: Delivery = Delivery.UNICAST,
    ack_request: bool = False,
) -> ApsFrame:
    """The APS frame of a message.

    Raises:
        Malformed, OutOfRange: a value that is missing, or has no place in its field.
    """
    return ApsFrame(
        ApsType.DATA,
        counter,
        encode_zdp(wanted, sequence),
        delivery,
        destination=ZDO_ENDPOINT,
        cluster=ZDP.row(wanted.name).number,
        profile=DEVICE_PROFILE,
        endpoint=ZDO_ENDPOINT,
        ack_request=ack_request,
    )
