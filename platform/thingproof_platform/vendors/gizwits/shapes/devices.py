"""Devices, their values and their logs as answers and pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.world import Endpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thingproof_platform.core.model import Attachment, Binding, Record, Thing
    from thingproof_platform.core.world import World

# member of a device -> port of the device network (gizwits.md:766)
_PORTS: Final[dict[str, str]] = {
    "port": "mqtt_port",
    "port_s": "mqtts_port",
    "ws_port": "ws_port",
    "wss_port": "wss_port",
}
# members only in lists, which published clients index without asking -> field of the attachment
_VERSIONS: Final = ("wifi_soft_version", "wifi_hard_version", "mcu_soft_version", "mcu_hard_version")
# kind of a record -> type of the answer (gizwits.md:1408)
RECORD_TYPES: Final[dict[str, str]] = {
    "uplink": "dev2app",
    "downlink": "app2dev",
    "online": "dev_online",
    "re_online": "dev_re_online",
    "offline": "dev_offline",
}


def endpoints(world: World) -> Endpoints:
    """Where the device network listens; the document's ports as long as nobody said."""
    return world.endpoints.get("gizwits") or Endpoints()


def device(attachment: Attachment, thing: Thing, binding: Binding, endpoints: Endpoints) -> dict[str, Any]:
    """A device as its user sees it (gizwits.md:1309)."""
    fields = attachment.fields
    return {
        "product_key": thing.product,
        "did": attachment.external_id,
        "mac": thing.mac,
        # Until the offline process completed a device that lost its connection counts as online.
        "is_online": thing.connection != "offline",
        "passcode": attachment.secret,
        "host": endpoints.host,
        **{member: getattr(endpoints, port) for member, port in _PORTS.items()},
        "remark": binding.remark,
        "is_disabled": attachment.disabled,
        "type": fields.get("type", "normal"),
        "dev_alias": binding.alias,
        "dev_label": list(binding.labels),
        "role": binding.role,
    }


def listed_device(
    shown: dict[str, Any], attachment: Attachment, mapping: Mapping[str, Any], *, with_protocol: bool
) -> dict[str, Any]:
    """A device in a list: more members than in the details (gizwits.md:885)."""
    version = str(mapping.get("protocol_version", "04"))
    shown["is_sandbox"] = bool(attachment.fields.get("is_sandbox", False))
    shown["product_name"] = mapping.get("name", "")
    shown["protoc"] = int(version[:2])
    shown |= {name: attachment.fields.get(name) for name in _VERSIONS}
    if with_protocol:
        shown["proto_ver"] = version
    return shown


def latest_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Display values for devdata: bits as 0 or 1, extended values as hex (gizwits.md:1123)."""
    return {name: _latest(value) for name, value in values.items()}


def _latest(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return value.hex() if isinstance(value, bytes) else value


def pushed_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Display values for the application's socket: booleans as such, extended values as bytes."""
    return {name: list(value) if isinstance(value, bytes) else value for name, value in values.items()}


def record(entry: Record, timestamp: Callable[[float], float]) -> dict[str, Any]:
    """One object of raw_data (gizwits.md:1408); source, uid and appid only from a client's command."""
    shown: dict[str, Any] = {
        "type": RECORD_TYPES[entry.kind],
        "ip": entry.peer,
        "timestamp": timestamp(entry.at),
    }
    if entry.payload:
        shown["payload_bin"] = entry.payload.hex()
    if entry.kind == "downlink":
        shown["source"] = entry.source
        if entry.source == "client":
            shown |= {"uid": entry.account, "appid": entry.application}
    return shown
