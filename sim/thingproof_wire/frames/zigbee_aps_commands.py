"""Commands of the Zigbee application support layer, as a table: keys are handed out and devices admitted.

Source: Zigbee specification 05-3474 R21/R22, section 4.4.10 of R22.
"""

from __future__ import annotations

from thingproof_wire.frames.zigbee_fields import Number, Octets, Rest, When
from thingproof_wire.frames.zigbee_records import Row, Table

NETWORK_KEY, APPLICATION_LINK_KEY, TRUST_CENTRE_LINK_KEY = 1, 3, 4
"""Key types of transport key, verify key and confirm key."""
REQUEST_APPLICATION_LINK_KEY, REQUEST_TRUST_CENTRE_LINK_KEY = 2, 4
"""Key types of request key."""
SECURED_REJOIN, UNSECURED_JOIN, DEVICE_LEFT, UNSECURED_REJOIN = 0, 1, 2, 3
"""Status of update device."""

_DESTINATION, _SOURCE, _KEY = Number("destination", 8), Number("source", 8), Octets("key", 16)

APS_COMMANDS = Table(
    "APS command",
    (
        Row(
            "transport_key",
            5,
            (
                Number("key_type", 1),
                _KEY,
                When("key_type", (NETWORK_KEY,), (Number("sequence", 1),)),
                When("key_type", (NETWORK_KEY, TRUST_CENTRE_LINK_KEY), (_DESTINATION, _SOURCE)),
                When("key_type", (APPLICATION_LINK_KEY,), (Number("partner", 8), Number("initiator", 1))),
            ),
            "4.4.10.1",
        ),
        Row(
            "update_device",
            6,
            (Number("device", 8), Number("short_address", 2), Number("status", 1)),
            "4.4.10.2",
        ),
        Row("remove_device", 7, (Number("target", 8),), "4.4.10.3"),
        Row(
            "request_key",
            8,
            (
                Number("key_type", 1),
                When("key_type", (REQUEST_APPLICATION_LINK_KEY,), (Number("partner", 8),)),
            ),
            "4.4.10.4",
        ),
        Row("switch_key", 9, (Number("sequence", 1),), "4.4.10.5"),
        Row("tunnel", 14, (_DESTINATION, Rest("frame")), "4.4.10.6"),
        Row("verify_key", 15, (Number("key_type", 1), _SOURCE, Octets("hash", 16)), "4.4.10.7"),
        Row("confirm_key", 16, (Number("status", 1), Number("key_type", 1), _DESTINATION), "4.4.10.8"),
    ),
)
