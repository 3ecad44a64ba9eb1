"""Beacons and MAC commands: what a device needs to find a network and to associate.

Source: IEEE 802.15.4-2006, sections 7.2.2.1 (beacon) and 7.3 (commands); the beacon payload of Zigbee PRO is
in 05-3474 R21, section 3.6.7. The payload of a command frame is the command's number and its fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from thingproof_wire.errors import Malformed, OutOfRange
from thingproof_wire.frames.bits import check_bits
from thingproof_wire.frames.zigbee_fields import Bits, Number, Values, bytes_at, decode_fields, encode_fields
from thingproof_wire.frames.zigbee_records import Row, Table

CAPABILITIES = Bits(
    1,
    (
        ("alternate_coordinator", 0, 1),
        ("full_function", 1, 1),
        ("mains_powered", 2, 1),
        ("receiver_on", 3, 1),
        ("security", 6, 1),
        ("allocate_address", 7, 1),
    ),
)
"""Capability information of a device, here as in rejoin requests and device announcements."""

ASSOCIATION_SUCCESSFUL, PAN_AT_CAPACITY, PAN_ACCESS_DENIED = 0, 1, 2
"""Status of an association response."""
COORDINATOR_WISHES_LEAVE, DEVICE_WISHES_LEAVE = 1, 2
"""Reasons of a disassociation."""

MAC_COMMANDS = Table(
    "MAC command",
    (
        Row("association_request", 1, (CAPABILITIES,), "7.3.1"),
        Row("association_response", 2, (Number("short_address", 2), Number("status", 1)), "7.3.2"),
        Row("disassociation", 3, (Number("reason", 1),), "7.3.3"),
        Row("data_request", 4, (), "7.3.4"),
        Row("pan_id_conflict", 5, (), "7.3.5"),
        Row("orphan", 6, (), "7.3.6"),
        Row("beacon_request", 7, (), "7.3.7"),
        Row(
            "coordinator_realignment",
            8,
            (Number("pan_id", 2), Number("coordinator", 2), Number("channel", 1), Number("short_address", 2)),
            "7.3.8",
        ),
    ),
)

ZIGBEE_BEACON = (
    Number("protocol", 1),
    Bits(1, (("stack_profile", 0, 4), ("version", 4, 4))),
    Bits(1, (("router_capacity", 2, 1), ("depth", 3, 4), ("end_device_capacity", 7, 1))),
    Number("extended_pan_id", 8),
    Number("tx_offset", 3),
    Number("update_id", 1),
)
"""Fields of the beacon payload of a Zigbee network; tx_offset is ffffff without beacon order."""

_SUPERFRAME = Bits(
    2,
    (
        ("beacon_order", 0, 4),
        ("superframe_order", 4, 4),
        ("final_slot", 8, 4),
        ("battery_extension", 12, 1),
        ("coordinator", 14, 1),
        ("permit", 15, 1),
    ),
)
_GTS = Bits(1, (("count", 0, 3), ("permit", 7, 1)))
_PENDING = Bits(1, (("short", 0, 3), ("extended", 4, 3)))


@dataclass(frozen=True, slots=True)
class Beacon:
    """A beacon's MAC payload.

    Attributes:
        association_permit: whether devices may join.
        pan_coordinator: whether the sender is the coordinator.
        beacon_order, superframe_order, final_slot: 15 in a network without superframes, as all of Zigbee.
        guaranteed_slots: directions and descriptors as they are, 1 + 3 n bytes; empty in Zigbee.
        pending_short, pending_extended: whom frames wait for.
        payload: what the network layer has to say, see `ZIGBEE_BEACON`.
    """

    association_permit: bool
    pan_coordinator: bool
    payload: bytes
    beacon_order: int = 15
    superframe_order: int = 15
    final_slot: int = 15
    battery_extension: bool = False
    guaranteed_permit: bool = False
    guaranteed_slots: bytes = b""
    pending_short: tuple[int, ...] = ()
    pending_extended: tuple[int, ...] = ()


def encode_beacon(beacon: Beacon) -> bytes:
    """MAC payload of a beacon.

    Raises:
        OutOfRange, Malformed: a value that has no place in its field.
    """
    slots = len(beacon.guaranteed_slots) // 3
    if beacon.guaranteed_slots and len(beacon.guaranteed_slots) % 3 != 1:
        raise Malformed(
            f"has {len(beacon.guaranteed_slots)} bytes, must have 1 + 3 n", field="guaranteed slots"
        )
    if len(beacon.pending_short) + len(beacon.pending_extended) > 7:
        raise OutOfRange("has more than seven addresses", field="pending addresses")
    for address in beacon.pending_short:
        check_bits("pending address", address, 16)
    for address in beacon.pending_extended:
        check_bits("pending address", address, 64)
    return b"".join(
        (
            _SUPERFRAME.encode(
                {
                    "beacon_order": beacon.beacon_order,
                    "superframe_order": beacon.superframe_order,
                    "final_slot": beacon.final_slot,
                    "battery_extension": beacon.battery_extension,
                    "coordinator": beacon.pan_coordinator,
                    "permit": beacon.association_permit,
                }
            ),
            _GTS.encode({"count": slots, "permit": beacon.guaranteed_permit}),
            beacon.guaranteed_slots,
            _PENDING.encode({"short": len(beacon.pending_short), "extended": len(beacon.pending_extended)}),
            *(address.to_bytes(2, "little") for address in beacon.pending_short),
            *(address.to_bytes(8, "little") for address in beacon.pending_extended),
            beacon.payload,
        )
    )


def decode_beacon(data: bytes) -> Beacon:
    """The beacon of a MAC payload.

    Raises:
        Truncated, Malformed: with offset and field.
    """
    frame: Values = {}
    slots: Values = {}
    pending: Values = {}
    place = _GTS.decode(data, _SUPERFRAME.decode(data, 0, frame), slots)
    size = 1 + 3 * slots["count"] if slots["count"] else 0
    guaranteed = bytes_at(data, place, size, "guaranteed slots")
    place = _PENDING.decode(data, place + size, pending)
    if pending["short"] + pending["extended"] > 7:
        raise Malformed("says more than seven addresses", offset=place - 1, field="pending addresses")
    addresses: list[int] = []
    for width in [2] * pending["short"] + [8] * pending["extended"]:
        addresses.append(int.from_bytes(bytes_at(data, place, width, "pending addresses"), "little"))
        place += width
    return Beacon(
        frame["permit"],
        frame["coordinator"],
        data[place:],
        frame["beacon_order"],
        frame["superframe_order"],
        frame["final_slot"],
        frame["battery_extension"],
        slots["permit"],
        guaranteed,
        tuple(addresses[: pending["short"]]),
        tuple(addresses[pending["short"] :]),
    )


def encode_zigbee_beacon(values: Values) -> bytes:
    """Beacon payload of a Zigbee network.

    Raises:
        Malformed, OutOfRange: a missing value, or one without a place.
    """
    return encode_fields(ZIGBEE_BEACON, values)


def decode_zigbee_beacon(payload: bytes) -> Values:
    """Values of a Zigbee network's beacon payload.

    Raises:
        Truncated, Malformed: another protocol, or cut off.
    """
    values, _ = decode_fields(ZIGBEE_BEACON, payload, 0)
    if values["protocol"]:
        raise Malformed(f"is {values['protocol']}, must be 0 (Zigbee)", offset=0, field="protocol")
    return values
