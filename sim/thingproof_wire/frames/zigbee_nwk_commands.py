"""Commands of the Zigbee network layer, as a table; the payload of a command frame is number and fields.

Source: Zigbee specification 05-3474 R21/R22, section 3.4.
"""

from __future__ import annotations

from thingproof_wire.frames.ieee802154_commands import CAPABILITIES
from thingproof_wire.frames.zigbee_fields import Bits, Counted, Listing, Number, When
from thingproof_wire.frames.zigbee_records import Row, Table

NETWORK_STATUS: dict[int, str] = {
    0x00: "no route available",
    0x01: "tree link failure",
    0x02: "non-tree link failure",
    0x03: "low battery level",
    0x04: "no routing capacity",
    0x05: "no indirect capacity",
    0x06: "indirect transaction expiry",
    0x07: "target device unavailable",
    0x08: "target address unallocated",
    0x09: "parent link failure",
    0x0A: "validate route",
    0x0B: "source route failure",
    0x0C: "many-to-one route failure",
    0x0D: "address conflict",
    0x0E: "verify addresses",
    0x0F: "PAN identifier update",
    0x10: "network address update",
    0x11: "bad frame counter",
    0x12: "bad key sequence number",
}
"""Codes of a network status command (section 3.4.3.3.1)."""

END_DEVICE_TIMEOUT_S: tuple[int, ...] = (10, *(60 << exponent for exponent in range(1, 15)))
"""Seconds of the requested timeout enumeration 0..14 (section 3.4.11.3.1): 10 s, then 2..16384 minutes."""

MANY_TO_ONE_WITH_ROUTE_RECORD, MANY_TO_ONE_PLAIN = 1, 2
"""Values of a route request's many_to_one; 0 is a request for one device."""

NWK_COMMANDS = Table(
    "network command",
    (
        Row(
            "route_request",
            1,
            (
                Bits(1, (("many_to_one", 3, 2), ("with_destination_ieee", 5, 1), ("multicast", 6, 1))),
                Number("identifier", 1),
                Number("destination", 2),
                Number("path_cost", 1),
                When("with_destination_ieee", (True,), (Number("destination_ieee", 8),)),
            ),
            "3.4.1",
        ),
        Row(
            "route_reply",
            2,
            (
                Bits(
                    1,
                    (("with_originator_ieee", 4, 1), ("with_responder_ieee", 5, 1), ("multicast", 6, 1)),
                ),
                Number("identifier", 1),
                Number("originator", 2),
                Number("responder", 2),
                Number("path_cost", 1),
                When("with_originator_ieee", (True,), (Number("originator_ieee", 8),)),
                When("with_responder_ieee", (True,), (Number("responder_ieee", 8),)),
            ),
            "3.4.2",
        ),
        Row("network_status", 3, (Number("status", 1), Number("destination", 2)), "3.4.3"),
        Row(
            "leave", 4, (Bits(1, (("rejoin", 5, 1), ("request", 6, 1), ("remove_children", 7, 1))),), "3.4.4"
        ),
        Row("route_record", 5, (Listing("relays", (Number("relay", 2),)),), "3.4.5"),
        Row("rejoin_request", 6, (CAPABILITIES,), "3.4.6"),
        Row("rejoin_response", 7, (Number("short_address", 2), Number("status", 1)), "3.4.7"),
        Row(
            "link_status",
            8,
            (
                Bits(1, (("count", 0, 5), ("first", 5, 1), ("last", 6, 1))),
                Counted(
                    "links",
                    "count",
                    (Number("neighbour", 2), Bits(1, (("incoming_cost", 0, 3), ("outgoing_cost", 4, 3)))),
                ),
            ),
            "3.4.8",
        ),
        Row(
            "network_report",
            9,
            (
                Bits(1, (("count", 0, 5), ("report", 5, 3))),
                Number("extended_pan_id", 8),
                Counted("pans", "count", (Number("pan_id", 2),)),
            ),
            "3.4.9",
        ),
        Row(
            "network_update",
            10,
            (
                Bits(1, (("count", 0, 5), ("update", 5, 3))),
                Number("extended_pan_id", 8),
                Number("update_id", 1),
                Counted("pans", "count", (Number("pan_id", 2),)),
            ),
            "3.4.10",
        ),
        Row("end_device_timeout_request", 11, (Number("timeout", 1), Number("configuration", 1)), "3.4.11"),
        Row(
            "end_device_timeout_response",
            12,
            (
                Number("status", 1),
                Bits(1, (("data_poll_keepalive", 0, 1), ("timeout_request_keepalive", 1, 1))),
            ),
            "3.4.12",
        ),
    ),
)
