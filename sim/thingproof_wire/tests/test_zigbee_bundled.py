"""The Zigbee layers that scapy brings, as a second witness of sniffed frames and of the sizes of types."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_wire import vectors
from thingproof_wire.frames.ieee802154 import decode_mac
from thingproof_wire.frames.zcl_types import DATA_TYPES
from thingproof_wire.frames.zigbee_aps import ApsType, decode_aps
from thingproof_wire.frames.zigbee_aps_commands import APS_COMMANDS
from thingproof_wire.frames.zigbee_nwk import NwkType, decode_nwk
from thingproof_wire.frames.zigbee_nwk_commands import NWK_COMMANDS
from thingproof_wire.frames.zigbee_security import LinkKey, NetworkKey, decode_security
from thingproof_wire.scapy import zigbee_bundled as bundled

ROWS = [row for row in vectors.load("zigbee_frames") if row["mac"] == "DATA"]
SAME_NAMES = {
    "identifier": "route_request_identifier",
    "path_cost": "path_cost",
    "many_to_one": "many_to_one",
    "rejoin": "rejoin",
    "request": "request",
    "remove_children": "remove_children",
    "relays": "rr_relay_list",
    "count": "entry_count",
    "key_type": "key_type",
    "key": "key",
    "sequence": "key_seqnum",
    "hash": "key_hash",
    "status": "status",
}
"""Our names of values, and scapy's."""


def agree(values: dict[str, Any], theirs: dict[str, Any]) -> int:
    """How many values scapy knows; all of those must be ours."""
    known = 0
    for name, value in values.items():
        if SAME_NAMES.get(name) in theirs:
            shown = list(value) if isinstance(value, tuple) else value
            assert theirs[SAME_NAMES[name]] == shown, name
            known += 1
    return known


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["meaning"])
def test_sniffed_frame(row: dict[str, Any]) -> None:
    """Headers and commands have the same values."""
    payload = decode_mac(bytes.fromhex(row["hex"])).payload
    frame = decode_nwk(payload)
    for name, value in bundled.network_header(payload).items():
        assert getattr(frame, name) == value, name
    if frame.security:
        header, _ = decode_security(frame.payload)
        theirs = bundled.auxiliary_header(frame.payload)
        assert theirs == {"key": header.key, "counter": header.counter, "source": header.source}
        _, frame = NetworkKey(bytes.fromhex(row["network_key"])).open(frame)
    if frame.kind == NwkType.COMMAND:
        known = agree(
            NWK_COMMANDS.decode_numbered(frame.payload).values, bundled.network_command(frame.payload)
        )
        assert known > 0
        return
    aps = decode_aps(frame.payload)
    if aps.security:
        _, aps = LinkKey(bytes.fromhex(row["link_key"])).open(aps)
    if aps.kind == ApsType.COMMAND:
        known = agree(
            APS_COMMANDS.decode_numbered(aps.payload).values, bundled.application_command(aps.payload)
        )
        assert known > 0


def test_sizes_of_types() -> None:
    """Types of fixed size have the size that scapy's table has."""
    sizes = bundled.type_sizes()
    shared = [row for row in DATA_TYPES if row.number in sizes and row.kind not in ("array", "structure")]
    assert len(shared) > 40
    assert {row.name: row.size for row in shared} == {row.name: sizes[row.number] for row in shared}
