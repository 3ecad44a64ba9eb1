"""Captures of Zigbee, dissected by tshark down to the cluster library: an independent reader of our bytes."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_wire.frames.ieee802154 import (
    BROADCAST,
    LINK_TYPE,
    MacAddress,
    MacFrame,
    MacType,
    acknowledgment,
    add_fcs,
    data_frame,
    encode_mac,
)
from thingproof_wire.frames.ieee802154_commands import (
    MAC_COMMANDS,
    Beacon,
    encode_beacon,
    encode_zigbee_beacon,
)
from thingproof_wire.frames.pcap import Capture, encode_pcap
from thingproof_wire.frames.touchlink import TOUCHLINK, touchlink_payload
from thingproof_wire.frames.wireshark_keys import zigbee_key_row
from thingproof_wire.frames.zcl import encode_zcl
from thingproof_wire.frames.zcl_clusters import BY_NAME, CLUSTERS, Cluster
from thingproof_wire.frames.zcl_foundation import foundation_frame
from thingproof_wire.frames.zdp import ZDP, zdp_frame
from thingproof_wire.frames.zigbee_aps import ApsFrame, ApsType, acknowledge, encode_aps
from thingproof_wire.frames.zigbee_aps_commands import APS_COMMANDS, NETWORK_KEY
from thingproof_wire.frames.zigbee_ccm import WELL_KNOWN_LINK_KEY
from thingproof_wire.frames.zigbee_fields import Values, decode_fields, encode_fields
from thingproof_wire.frames.zigbee_nwk import ALL_ROUTERS, NwkFrame, NwkType, encode_nwk
from thingproof_wire.frames.zigbee_nwk_commands import NWK_COMMANDS
from thingproof_wire.frames.zigbee_records import Message, Row, Table, message
from thingproof_wire.frames.zigbee_report import ReportBuilder, ReportPath
from thingproof_wire.frames.zigbee_security import KeyId, LinkKey, NetworkKey
from thingproof_wire.profiles import zigbee as kinds
from thingproof_wire.tests.zigbee_strategies import usual_values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAN, DEVICE = 0x1A62, 0x96BA
COORDINATOR_IEEE, DEVICE_IEEE = 0x00124B0024C34DA0, 0x804B50FFFEA4B973
NETWORK = NetworkKey(bytes(range(1, 17)))
LINK = LinkKey(WELL_KNOWN_LINK_KEY)
BULB = kinds.load("bulb")


def dissected(folder: Path, frames: list[bytes]) -> list[dict[str, Any]]:
    """What tshark says about frames with FCS: all fields by name."""
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed (apt-get install tshark)")
    path = folder / "frames.pcap"
    captures = [Capture(index * 1000, frame) for index, frame in enumerate(frames)]
    path.write_bytes(encode_pcap(LINK_TYPE, captures))
    command = [tshark, "-r", str(path), "-T", "json", "--no-duplicate-keys"]
    for key, label in ((NETWORK.key, "network"), (WELL_KNOWN_LINK_KEY, "link")):
        command += ["-o", f"uat:zigbee_pc_keys:{zigbee_key_row(key, label)}"]
    done = subprocess.run(command, check=True, capture_output=True, timeout=120)
    return [flat(packet["_source"]["layers"]) for packet in json.loads(done.stdout)]


def flat(value: Any, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """All fields of a dissection by name, each with its first value."""
    fields = {} if fields is None else fields
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, dict | list):
                fields.setdefault(name, item)
                flat(item, fields)
            else:
                fields.setdefault(name, item)
    elif isinstance(value, list):
        for item in value:
            flat(item, fields)
    return fields


def network(payload: bytes, kind: NwkType = NwkType.DATA, *, up: bool = True, sealed: bool = True) -> bytes:
    """A frame between coordinator and device as it is on the air."""
    source, destination = (DEVICE, 0) if up else (0, DEVICE)
    frame = NwkFrame(kind, destination, source, 30, 7, payload)
    if sealed:
        frame = NETWORK.seal(frame, 1000, DEVICE_IEEE if up else COORDINATOR_IEEE)
    return add_fcs(encode_mac(data_frame(PAN, destination, source, 9, encode_nwk(frame), ack_request=True)))


def profile_frame(found: Message, *, up: bool = True) -> bytes:
    return network(encode_aps(zdp_frame(found, 3, 4)), up=up)


def cluster_frame(cluster: int, zcl: Any, *, up: bool = True) -> bytes:
    aps = ApsFrame(
        ApsType.DATA, 5, encode_zcl(zcl), destination=1, cluster=cluster, profile=0x0104, endpoint=1
    )
    return network(encode_aps(aps), up=up)


def mac_command(name: str, to: MacAddress, from_: MacAddress | None, **values: Any) -> bytes:
    payload = MAC_COMMANDS.encode_numbered(message(name, **values))
    compressed = from_ is not None and from_.pan == to.pan
    return add_fcs(encode_mac(MacFrame(MacType.COMMAND, 1, to, from_, payload, compressed=compressed)))


def beacon() -> bytes:
    payload = encode_zigbee_beacon(
        {
            "protocol": 0,
            "stack_profile": 2,
            "version": 2,
            "router_capacity": True,
            "depth": 0,
            "end_device_capacity": True,
            "extended_pan_id": 0xDDDDDDDDDDDDDDDD,
            "tx_offset": 0xFFFFFF,
            "update_id": 0,
        }
    )
    fields = encode_beacon(Beacon(association_permit=True, pan_coordinator=True, payload=payload))
    return add_fcs(encode_mac(MacFrame(MacType.BEACON, 1, None, MacAddress(PAN, 0), fields)))


def sealed_key() -> ApsFrame:
    command = message(
        "transport_key",
        key_type=NETWORK_KEY,
        key=NETWORK.key,
        sequence=0,
        destination=DEVICE_IEEE,
        source=COORDINATOR_IEEE,
    )
    frame = ApsFrame(ApsType.COMMAND, 1, APS_COMMANDS.encode_numbered(command))
    return LINK.seal(frame, KeyId.TRANSPORT, 55, COORDINATOR_IEEE)


def kept(row: Row, values: Values) -> Message:
    """The message with the values that apply: those that are written, so that they are read again."""
    data = encode_fields(row.fields, values)
    return Message(row.name, decode_fields(row.fields, data, 0)[0])


def as_number(value: str | list[str]) -> int:
    """The number of a field, of the first where there are several."""
    return int(value if isinstance(value, str) else value[0], 0)


def test_a_life(tmp_path: Path) -> None:
    """Beacon, association, key, announcement, interview, report, command, leave."""
    everybody, here = MacAddress(BROADCAST, BROADCAST), MacAddress(PAN, 0)
    long, coordinator = (MacAddress(PAN, ieee, extended=True) for ieee in (DEVICE_IEEE, COORDINATOR_IEEE))
    stranger = MacAddress(BROADCAST, DEVICE_IEEE, extended=True)
    reporting = message(
        "configure_reporting",
        attributes=(
            {"direction": 0, "attribute": 0, "type": 0x20, "minimum": 1, "maximum": 600, "change": 1},
        ),
    )
    builder = ReportBuilder(ReportPath(PAN, DEVICE), 0x0402, ((0, 0x29),))
    answer = {"status": 0, "address": DEVICE}
    level = BY_NAME["level"]
    binding = {
        "source": DEVICE_IEEE,
        "source_endpoint": 1,
        "cluster": 6,
        "mode": 3,
        "destination": COORDINATOR_IEEE,
        "destination_endpoint": 1,
    }
    capabilities = BULB.capabilities()
    request = ApsFrame(ApsType.DATA, 9, b"", destination=1, cluster=6, profile=0x0104, endpoint=2)
    wanted: list[tuple[bytes, dict[str, int | str]]] = [
        (mac_command("beacon_request", everybody, None), {"wpan.cmd": 7}),
        (beacon(), {"zbee_beacon.profile": 2, "wpan.assoc_permit": 1}),
        (
            mac_command("association_request", here, stranger, **capabilities),
            {"wpan.cmd": 1, "wpan.cinfo.device_type": 1},
        ),
        (
            mac_command("association_response", long, coordinator, short_address=DEVICE, status=0),
            {"wpan.asoc.addr": DEVICE},
        ),
        (add_fcs(encode_mac(acknowledgment(7))), {"wpan.frame_type": 2, "wpan.seq_no": 7}),
        (
            network(encode_aps(sealed_key()), up=False, sealed=False),
            {"zbee_aps.cmd.id": 5, "zbee_aps.cmd.key_type": 1, "zbee_aps.cmd.key": NETWORK.key.hex()},
        ),
        (
            profile_frame(message("device_annce", address=DEVICE, ieee=DEVICE_IEEE, **capabilities)),
            {"zbee_zdp.nwk_addr": DEVICE, "zbee_zdp.cinfo.ffd": 1, "zbee_zdp.cinfo.alloc": 1},
        ),
        (
            profile_frame(message("node_desc_rsp", **answer, **BULB.node_descriptor())),
            {
                "zbee_zdp.node.manufacturer": 0x1234,
                "zbee_zdp.node.freq.2400mhz": 1,
                "zbee_zdp.node.max_buffer": 82,
            },
        ),
        (
            profile_frame(message("power_desc_rsp", **answer, **BULB.power_descriptor())),
            {"zbee_zdp.power.avail.ac": 1, "zbee_zdp.power.source.ac": 1, "zbee_zdp.power.level": 12},
        ),
        (
            profile_frame(message("simple_desc_rsp", **answer, **BULB.endpoints[0].simple_descriptor())),
            {"zbee_zdp.app.device": 0x010D, "zbee_zdp.in_count": 7, "zbee_zdp.in_cluster": 0},
        ),
        (profile_frame(message("active_ep_rsp", **answer, endpoints=(1, 2))), {"zbee_zdp.ep_count": 2}),
        (
            profile_frame(message("bind_req", **binding), up=False),
            {"zbee_zdp.cluster": 6, "zbee_zdp.bind.src_ep": 1},
        ),
        (
            profile_frame(message("mgmt_permit_joining_req", duration=60, significance=1), up=False),
            {"zbee_zdp.duration": 60},
        ),
        (
            profile_frame(message("mgmt_leave_req", ieee=DEVICE_IEEE, remove_children=False, rejoin=True)),
            {"zbee_zdp.leave.rejoin": 1, "zbee_zdp.leave.children": 0},
        ),
        (
            cluster_frame(8, foundation_frame(reporting, 1), up=False),
            {"zbee_zcl.cmd.id": 6, "zbee_zcl.attr.minint": 1, "zbee_zcl.attr.maxint": 600},
        ),
        (
            builder.seal(NETWORK, DEVICE_IEEE, 1001, (1, 2, 3, 4), -1234),
            {"zbee_zcl_meas_sensing.tempmeas.attr.value": -1234, "zbee.sec.counter": 1001},
        ),
        (
            cluster_frame(
                8, level.frame(message("move_to_level_with_on_off", level=128, transition=10), 6), up=False
            ),
            {"zbee_zcl_general.level_control.level": 128, "zbee_zcl_general.level_control.transit_time": 10},
        ),
        (
            network(encode_aps(acknowledge(request))),
            {"zbee_aps.type": 2, "zbee_aps.dst": 2, "zbee_aps.counter": 9},
        ),
        (
            network(
                NWK_COMMANDS.encode_numbered(
                    message("leave", rejoin=False, request=False, remove_children=False)
                ),
                NwkType.COMMAND,
            ),
            {"zbee_nwk.cmd.id": 4, "zbee_nwk.cmd.leave.rejoin": 0},
        ),
    ]
    for found, (frame, fields) in zip(
        dissected(tmp_path, [frame for frame, _ in wanted]), wanted, strict=True
    ):
        assert "_ws.malformed" not in found
        assert "zbee_sec.decryption_failed" not in found
        assert found["wpan.fcs_ok"] in ("1", True), frame.hex()
        for name, value in fields.items():
            assert name in found, (name, sorted(found))
            shown = found[name]
            if isinstance(value, str):
                assert shown.replace(":", "") == value
            elif isinstance(shown, bool) or shown in ("True", "False"):
                assert (shown in (True, "True")) == bool(value), name
            else:
                assert as_number(shown) == value, name


TABLES: dict[str, tuple[Table, Callable[[Message], bytes]]] = {
    "network": (NWK_COMMANDS, lambda found: network(NWK_COMMANDS.encode_numbered(found), NwkType.COMMAND)),
    "application support": (
        APS_COMMANDS,
        lambda found: network(
            encode_aps(ApsFrame(ApsType.COMMAND, 1, APS_COMMANDS.encode_numbered(found))), sealed=False
        ),
    ),
    "device profile": (ZDP, profile_frame),
    "touchlink": (
        TOUCHLINK,
        lambda found: add_fcs(
            encode_mac(
                MacFrame(
                    MacType.DATA,
                    1,
                    MacAddress(BROADCAST, BROADCAST),
                    MacAddress(PAN, DEVICE_IEEE, extended=True),
                    touchlink_payload(found, 1),
                )
            )
        ),
    ),
}


def _cluster_message(cluster: Cluster, *, to_client: bool) -> Callable[[Message], bytes]:
    return lambda found: cluster_frame(cluster.number, cluster.frame(found, 1, to_client=to_client))


for _cluster in CLUSTERS:
    for _direction, _to_client in (("received", False), ("generated", True)):
        _table = _cluster.commands(to_client=_to_client)
        if _table.rows:
            TABLES[f"{_cluster.name} {_direction}"] = _table, _cluster_message(_cluster, to_client=_to_client)

SPECIAL: dict[str, Values] = {"tunnel": {"frame": encode_aps(sealed_key())}}
"""Values that must be frames themselves."""


ONLY_BEGUN = ("device_information_response",)
"""Messages of which tshark 4.0 reads the transaction and leaves the rest as data."""


@pytest.mark.parametrize("name", TABLES)
def test_every_message_is_well_formed(name: str, tmp_path: Path) -> None:
    """Tshark finds no message of any table cut off or too long."""
    table, build = TABLES[name]
    found = [kept(row, usual_values(row.fields) | SPECIAL.get(row.name, {})) for row in table.rows]
    for each, fields in zip(found, dissected(tmp_path, [build(each) for each in found]), strict=True):
        assert "_ws.malformed" not in fields, each
        assert "data" not in fields or each.name in ONLY_BEGUN, each


def test_a_broadcast_to_all_routers(tmp_path: Path) -> None:
    """The address of everybody that routes is what tshark calls a broadcast too."""
    payload = NWK_COMMANDS.encode_numbered(
        message(
            "route_request",
            many_to_one=1,
            with_destination_ieee=False,
            multicast=False,
            identifier=3,
            destination=ALL_ROUTERS,
            path_cost=0,
        )
    )
    frame = NETWORK.seal(
        NwkFrame(NwkType.COMMAND, ALL_ROUTERS, 0, 30, 1, payload, source_ieee=COORDINATOR_IEEE),
        5,
        COORDINATOR_IEEE,
    )
    (found,) = dissected(tmp_path, [add_fcs(encode_mac(data_frame(PAN, BROADCAST, 0, 1, encode_nwk(frame))))])
    assert as_number(found["zbee_nwk.dst"]) == ALL_ROUTERS
    assert as_number(found["zbee_nwk.cmd.route.opts.many2one"]) == 1
