"""What every byte of a Zigbee frame means, for a person; with keys, also what is encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thingproof_wire.errors import WireError, WrongChecksum
from thingproof_wire.explain import Explanation, Walk
from thingproof_wire.frames.aes import check_key
from thingproof_wire.frames.ieee802154 import FCS_BYTES, MacType, decode_mac, encode_mac, fcs
from thingproof_wire.frames.ieee802154_commands import MAC_COMMANDS, ZIGBEE_BEACON, decode_beacon
from thingproof_wire.frames.touchlink import CLUSTER as TOUCHLINK_CLUSTER
from thingproof_wire.frames.touchlink import TOUCHLINK, decode_inter_pan
from thingproof_wire.frames.zcl import ZclType, decode_zcl
from thingproof_wire.frames.zcl_clusters import BY_NUMBER
from thingproof_wire.frames.zcl_foundation import FOUNDATION
from thingproof_wire.frames.zcl_types import BY_NUMBER as TYPES
from thingproof_wire.frames.zdp import ZDP
from thingproof_wire.frames.zigbee_aps import (
    DEVICE_PROFILE,
    HOME_AUTOMATION,
    LIGHT_LINK,
    ApsType,
    decode_aps,
    encode_aps_header,
)
from thingproof_wire.frames.zigbee_aps_commands import APS_COMMANDS
from thingproof_wire.frames.zigbee_ccm import WELL_KNOWN_LINK_KEY
from thingproof_wire.frames.zigbee_nwk import NwkType, decode_nwk, encode_nwk_header
from thingproof_wire.frames.zigbee_nwk_commands import NWK_COMMANDS
from thingproof_wire.frames.zigbee_security import (
    LEVEL,
    MIC_OF_LEVEL,
    KeyId,
    LinkKey,
    NetworkKey,
    decode_security,
)

if TYPE_CHECKING:
    from thingproof_wire.frames.ieee802154 import MacAddress, MacFrame
    from thingproof_wire.frames.zcl import ZclFrame
    from thingproof_wire.frames.zcl_clusters import Cluster
    from thingproof_wire.frames.zigbee_aps import ApsFrame
    from thingproof_wire.frames.zigbee_fields import Fields, Values
    from thingproof_wire.frames.zigbee_nwk import NwkFrame
    from thingproof_wire.frames.zigbee_records import Table

_MIC_BYTES = MIC_OF_LEVEL[LEVEL]
_PROFILES = {
    DEVICE_PROFILE: "device profile",
    HOME_AUTOMATION: "home automation",
    LIGHT_LINK: "light link",
}
_INTER_PAN = b"\x0b\x00"
_BROADCASTS = {0xFFFF: "everybody", 0xFFFD: "all that listen", 0xFFFC: "all routers"}


@dataclass(frozen=True, slots=True)
class ZigbeeKeys:
    """The keys that are known, 16 bytes each.

    Attributes:
        network_key: opens network frames.
        link_key: opens commands of the application support layer and the keys in them.
    """

    network_key: bytes | None = None
    link_key: bytes = WELL_KNOWN_LINK_KEY

    def __post_init__(self) -> None:
        """Raises OutOfRange: a key without 16 bytes."""
        check_key("link key", self.link_key)
        if self.network_key is not None:
            check_key("network key", self.network_key)


NO_KEYS = ZigbeeKeys()


def explain_zigbee(data: bytes, keys: ZigbeeKeys = NO_KEYS) -> Explanation:
    """Every byte of a frame with its FCS, once and in order; never raises.

    A broken frame gives the rows up to the fault, the bytes that follow as a row "?", and the error. A wrong
    FCS and a MIC that does not belong to the key are errors too.
    """
    walk = _ZigbeeWalk(data, keys)
    error: WireError | None = None
    try:
        walk.frame()
    except WireError as problem:
        error = walk.placed(problem)
    walk.take(len(data) - walk.offset, "?", "not explained")
    return Explanation(tuple(walk.rows), error)


class _ZigbeeWalk(Walk):
    """Walks over a frame; what is inside encrypted bytes is noted without bytes of its own."""

    def __init__(self, data: bytes, keys: ZigbeeKeys) -> None:
        super().__init__(data)
        self.keys = keys
        self.hidden = False
        self.base: int | None = 0

    def layer(self) -> None:
        """Offsets of faults are counted from here on, and unknown inside encrypted bytes."""
        self.base = None if self.hidden else self.offset

    def placed(self, error: WireError) -> WireError:
        """The error with its offset counted from the start of the frame."""
        offset = None if error.offset is None or self.base is None else error.offset + self.base
        return type(error)(error.reason, offset=offset, field=error.field)

    def note(self, length: int, name: str, meaning: str) -> None:
        """Note the next bytes, or a value inside those that were encrypted."""
        if self.hidden:
            self.inside(name, meaning)
        else:
            self.take(length, name, meaning)

    def frame(self) -> None:
        """Note all fields.

        Raises:
            WireError: the frame is broken, its FCS or a MIC wrong.
        """
        body = self.data[:-FCS_BYTES]
        mac = decode_mac(body)
        self.mac_header(mac, len(encode_mac(mac)) - len(mac.payload))
        if mac.kind == MacType.COMMAND:
            self.numbered(MAC_COMMANDS, mac.payload)
        elif mac.kind == MacType.BEACON:
            self.beacon(mac.payload)
        elif mac.kind == MacType.DATA and mac.payload[:2] == _INTER_PAN:
            self.inter_pan(mac.payload)
        elif mac.kind == MacType.DATA:
            self.network(mac.payload)
        self.hidden, self.base = False, 0
        self.take(len(body) - self.offset, "payload", "not looked at")
        right = fcs(body)
        found = self.data[len(body) :]
        self.take(FCS_BYTES, "FCS", "right" if found == right else f"wrong, must be {right.hex()}")
        if found != right:
            raise WrongChecksum(f"is {found.hex()}, must be {right.hex()}", offset=len(body), field="FCS")

    def mac_header(self, mac: MacFrame, size: int) -> None:
        """Note the header of the MAC."""
        flags = [name for name in ("ack_request", "pending", "compressed") if getattr(mac, name)]
        self.take(2, "MAC frame control", ", ".join([mac.kind.name.lower(), *flags]))
        self.take(1, "MAC sequence", str(mac.sequence))
        if mac.destination is not None:
            self.address("destination", mac.destination, pan=True)
        if mac.source is not None:
            self.address("source", mac.source, pan=not mac.compressed)
        self.take(size - self.offset, "MAC header", "")

    def address(self, name: str, address: MacAddress, *, pan: bool) -> None:
        """Note an address of the MAC."""
        if pan:
            self.take(2, f"{name} PAN", f"{address.pan:04x}")
        self.take(8 if address.extended else 2, f"{name} address", _shown_address(address.number))

    def beacon(self, payload: bytes) -> None:
        """Note a beacon."""
        self.layer()
        beacon = decode_beacon(payload)
        permit = "joining permitted" if beacon.association_permit else "joining not permitted"
        size = len(payload) - len(beacon.payload)
        self.take(size, "beacon", f"{permit}, {'coordinator' if beacon.pan_coordinator else 'router'}")
        self.fields(ZIGBEE_BEACON, beacon.payload, 0)

    def network(self, payload: bytes) -> None:
        """Note a network frame."""
        self.layer()
        frame = decode_nwk(payload)
        size = len(payload) - len(frame.payload)
        flags = [name for name in ("security", "discover_route", "end_device") if getattr(frame, name)]
        self.take(2, "NWK frame control", ", ".join([frame.kind.name.lower(), *flags]))
        self.take(2, "NWK destination", _shown_address(frame.destination))
        self.take(2, "NWK source", _shown_address(frame.source))
        self.take(1, "radius", f"{frame.radius} hops left")
        self.take(1, "NWK sequence", str(frame.sequence))
        left = size - 8
        for name, address in (("destination", frame.destination_ieee), ("source", frame.source_ieee)):
            if address is not None:
                self.take(8, f"NWK {name} EUI-64", f"{address:016x}")
                left -= 8
        self.take(left, "source route", "" if frame.route is None else _shown(frame.route.relays))
        if frame.security:
            self.secured_network(frame)
        else:
            self.network_payload(frame)

    def secured_network(self, frame: NwkFrame) -> None:
        """Note a secured network payload, and what is in it if the key is known."""
        end = self.auxiliary(frame.payload)
        key = self.keys.network_key
        if key is None:
            self.take(len(frame.payload) - end - _MIC_BYTES, "payload", "encrypted; give --network-key")
            self.take(_MIC_BYTES, "MIC", "give --network-key to check it")
            return
        header, _ = decode_security(frame.payload)
        _, clear = NetworkKey(key, header.sequence or 0).open(frame)
        del header
        self.take(len(clear.payload), "payload", f"decrypted: {clear.payload.hex()}")
        self.hidden = True
        self.network_payload(clear)
        self.hidden = False
        self.take(_MIC_BYTES, "MIC", f"right, over {len(encode_nwk_header(frame))} bytes of header too")

    def auxiliary(self, payload: bytes) -> int:
        """Note an auxiliary header; gives its length."""
        header, end = decode_security(payload)
        self.note(1, "security control", f"{header.key.name.lower()} key, level not transmitted")
        self.note(4, "frame counter", str(header.counter))
        if header.source is not None:
            self.note(8, "security source", f"{header.source:016x}")
        if header.key == KeyId.NETWORK:
            self.note(1, "key sequence", str(header.sequence))
        return end

    def network_payload(self, frame: NwkFrame) -> None:
        """Note a network command or a frame of the application support layer."""
        if frame.kind == NwkType.COMMAND:
            self.numbered(NWK_COMMANDS, frame.payload)
            return
        self.layer()
        aps = decode_aps(frame.payload)
        size = len(frame.payload) - len(aps.payload)
        flags = [name for name in ("security", "ack_request") if getattr(aps, name)]
        kind = f"{aps.kind.name.lower()}, {aps.delivery.name.lower()}"
        self.note(1, "APS frame control", ", ".join([kind, *flags]))
        if aps.addressed:
            self.endpoints(aps)
            size -= 7 if aps.group is not None else 6
        self.note(1, "APS counter", str(aps.counter))
        if size > 2:
            self.note(size - 2, "APS extended header", _shown(aps.fragment))
        if aps.security:
            self.secured_application(aps)
        else:
            self.application_payload(aps)

    def endpoints(self, aps: ApsFrame) -> None:
        """Note endpoints or group, cluster and profile."""
        if aps.group is not None:
            self.note(2, "group", f"{aps.group:04x}")
        else:
            self.note(1, "destination endpoint", str(aps.destination))
        self.note(2, "cluster", _cluster_text(aps))
        self.note(2, "profile", f"{aps.profile:04x} {_PROFILES.get(aps.profile or 0, '')}".rstrip())
        self.note(1, "source endpoint", str(aps.endpoint))

    def secured_application(self, aps: ApsFrame) -> None:
        """Note a payload that is secured with a link key."""
        end = self.auxiliary(aps.payload)
        _, clear = LinkKey(self.keys.link_key).open(aps)
        size = len(aps.payload) - end - _MIC_BYTES
        self.note(size, "APS payload", f"decrypted: {clear.payload.hex()}")
        outer, self.hidden = self.hidden, True
        self.application_payload(clear)
        self.hidden = outer
        self.note(_MIC_BYTES, "APS MIC", f"right, over {len(encode_aps_header(aps))} bytes of header too")

    def application_payload(self, aps: ApsFrame) -> None:
        """Note a command, a message of the device profile or a frame of the cluster library."""
        if aps.kind == ApsType.COMMAND:
            self.numbered(APS_COMMANDS, aps.payload)
        elif aps.kind == ApsType.DATA and aps.profile == DEVICE_PROFILE:
            self.note(1, "ZDP sequence", str(aps.payload[0]) if aps.payload else "missing")
            self.message(ZDP, aps.cluster or 0, aps.payload, 1)
        elif aps.kind == ApsType.DATA:
            self.cluster_frame(decode_zcl(aps.payload), BY_NUMBER.get(aps.cluster or 0))

    def inter_pan(self, payload: bytes) -> None:
        """Note a frame between networks."""
        self.layer()
        frame = decode_inter_pan(payload)
        self.take(2, "stub NWK", "inter-PAN")
        self.take(1, "stub APS", frame.delivery.name.lower())
        if frame.group is not None:
            self.take(2, "group", f"{frame.group:04x}")
        self.take(2, "cluster", f"{frame.cluster:04x}")
        self.take(2, "profile", f"{frame.profile:04x} {_PROFILES.get(frame.profile, '')}".rstrip())
        zcl = decode_zcl(frame.payload)
        self.zcl_header(zcl)
        if frame.cluster == TOUCHLINK_CLUSTER:
            self.take(1, "command", TOUCHLINK.decode(zcl.command, zcl.payload).name)
            self.message(TOUCHLINK, zcl.command, zcl.payload, 0)

    def zcl_header(self, zcl: ZclFrame) -> None:
        """Note the header of the cluster library but the command."""
        direction = "to the client" if zcl.to_client else "to the server"
        kind = "of all clusters" if zcl.kind == ZclType.FOUNDATION else "of the cluster"
        self.note(1, "ZCL frame control", f"{kind}, {direction}")
        if zcl.manufacturer is not None:
            self.note(2, "manufacturer", f"{zcl.manufacturer:04x}")
        self.note(1, "ZCL sequence", str(zcl.sequence))

    def cluster_frame(self, zcl: ZclFrame, cluster: Cluster | None) -> None:
        """Note a frame of the cluster library."""
        self.zcl_header(zcl)
        table = FOUNDATION if zcl.kind == ZclType.FOUNDATION else None
        if table is None and cluster is not None and zcl.manufacturer is None:
            table = cluster.commands(to_client=zcl.to_client)
        if table is None or zcl.command not in table.by_number:
            self.note(1, "command", f"{zcl.command:#04x}, unknown")
            self.note(len(zcl.payload), "fields", zcl.payload.hex())
            return
        self.note(1, "command", table.by_number[zcl.command].name)
        self.message(table, zcl.command, zcl.payload, 0, cluster)

    def numbered(self, table: Table, payload: bytes) -> None:
        """Note a command after its number."""
        self.layer()
        found = table.decode_numbered(payload)
        self.note(1, table.kind, f"{found.name} (section {table.by_name[found.name].section})")
        self.message(table, payload[0], payload, 1)

    def message(
        self, table: Table, number: int, data: bytes, place: int, cluster: Cluster | None = None
    ) -> None:
        """Note the fields of a message, and what a later revision appended."""
        self.layer()
        if self.base is not None:
            self.base -= place
        table.decode(number, data, place)  # whatever is wrong with it
        end = self.fields(table.by_number[number].fields, data, place, cluster)
        if data[end:]:
            self.note(len(data) - end, "more", f"{data[end:].hex()}, of a later revision")

    def fields(self, fields: Fields, data: bytes, place: int, cluster: Cluster | None = None) -> int:
        """Note fields with their values; gives the place after them."""
        values: Values = {}
        for part in fields:
            before = dict(values)
            end = part.decode(data, place, values)
            new = {name: value for name, value in values.items() if name not in before}
            if new:
                self.note(end - place, ", ".join(new), _values_text(new, cluster))
            place = end
        return place


def _values_text(values: dict[str, Any], cluster: Cluster | None) -> str:
    if cluster is not None and set(values) == {"attributes"}:
        return "; ".join(_attribute_text(row, cluster) for row in values["attributes"])
    return ", ".join(
        f"{name} {_shown(value)}" if len(values) > 1 else _shown(value) for name, value in values.items()
    )


def _attribute_text(row: Any, cluster: Cluster) -> str:
    """An attribute by its name, with the value as a person reads it."""
    number = row if isinstance(row, int) else row["attribute"]
    known = {attribute.number: attribute for attribute in cluster.attributes}.get(number)
    text = f"{number:04x}" if known is None else known.name
    if isinstance(row, int):
        return text
    rest = {name: value for name, value in row.items() if name not in ("attribute", "type")}
    if "type" in row:
        text += f" ({TYPES[row['type']].name})"
    value = rest.pop("value", None)
    if isinstance(value, int) and known is not None and known.unit:
        text += f" {round(value * known.step, 10)} {known.unit}"
    elif "value" in row:
        text += f" {_shown(value)}"
    return text + "".join(f" {name} {_shown(item)}" for name, item in rest.items())


def _cluster_text(aps: ApsFrame) -> str:
    number = aps.cluster or 0
    if aps.profile == DEVICE_PROFILE:
        row = ZDP.by_number.get(number)
        return f"{number:04x} {row.name if row else ''}".rstrip()
    known = BY_NUMBER.get(number)
    return f"{number:04x} {known.name if known else ''}".rstrip()


def _shown_address(address: int) -> str:
    if address > 0xFFFF:
        return f"{address:016x}"
    return f"{address:04x}" + (f", {_BROADCASTS[address]}" if address in _BROADCASTS else "")


def _shown(value: Any) -> str:
    """A value as a person reads it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int) and value > 0xFFFFFF:
        return f"{value:016x}"
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name} {_shown(item)}" for name, item in value.items()) + ")"
    if isinstance(value, tuple):
        return ", ".join(_shown(item) for item in value) or "none"
    return str(value)
