"""What a network tells a message broker and takes from it: JSON bodies of the four queues of a network.

`uldata` and `dldata-result` go up, `dldata` and `ctrl` come down. Names and members follow the register of
the broker (events net_uldata, net_dldata, net_dldata_result, net_ctrl). `extension` is the network's own: an
uplink tells how it was received, a downlink may say how it shall be sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from thingproof_sim.gateways.server_model import DownlinkRequest

if TYPE_CHECKING:
    from thingproof_sim.gateways.server_model import UplinkEvent

DEFAULT_PORT: Final = 2
DEFAULT_TRIES: Final = 3
PORTS: Final = range(1, 224)
LONGEST_RANGE: Final = 1024
"""Most addresses of a range message, as the broker limits it."""
ADDRESS_DIGITS: Final = 64


class BadMessage(ValueError):
    """A message that cannot be used; the text says why.

    Attributes:
        data_id: of the downlink, empty when it is not known.
    """

    def __init__(self, message: str, data_id: str = "") -> None:
        super().__init__(message)
        self.data_id = data_id


@dataclass(frozen=True, slots=True)
class Control:
    """Devices were added or deleted at the broker.

    Attributes:
        added: True for added, False for deleted.
        addresses: network addresses, lower case.
    """

    operation: str
    added: bool
    addresses: tuple[str, ...]


def rfc3339(at: float) -> str:
    """UTC with milliseconds."""
    moment = datetime.fromtimestamp(round(at, 3), UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_time(text: Any) -> float:
    """Unix seconds of an RFC 3339 text.

    Raises:
        ValueError: none, or without an offset.
    """
    moment = datetime.fromisoformat(str(text).replace("Z", "+00:00").replace("z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return moment.timestamp()


def write_uplink(event: UplinkEvent, address: str, time: float, gateway_name: Any) -> bytes:
    """Body of `uldata`.

    Args:
        event: the uplink.
        address: the device's network address.
        time: Unix seconds.
        gateway_name: tells a gateway's name from its key.
    """
    session = event.device.session
    best = event.copies[0]
    radio = event.radio
    extension = {
        "devEui": f"{event.device.dev_eui:016x}",
        "devAddr": "" if session is None else f"{session.dev_addr:08x}",
        "fCnt": event.fcnt,
        "fPort": event.port,
        "confirmed": event.confirmed,
        "adr": event.adr,
        "dr": radio.data_rate,
        "spreadingFactor": radio.sf,
        "bandwidth": radio.bandwidth_hz,
        "frequency": radio.frequency_hz,
        "rssi": round(best.rssi_dbm, 1),
        "snr": round(best.snr_db, 1),
        "gateways": [
            {"id": gateway_name(copy.gateway), "rssi": round(copy.rssi_dbm, 1), "snr": round(copy.snr_db, 1)}
            for copy in event.copies
        ],
    }
    body = {
        "time": rfc3339(time),
        "networkAddr": address,
        "data": event.payload.hex(),
        "extension": extension,
    }
    return json.dumps(body, separators=(",", ":")).encode()


def write_result(data_id: str, status: int, message: str) -> bytes:
    """Body of `dldata-result`: negative under way, 0 done, positive failed."""
    body: dict[str, Any] = {"dataId": data_id, "status": status}
    if message:
        body["message"] = message
    return json.dumps(body, separators=(",", ":")).encode()


def read_downlink(body: bytes) -> tuple[str, DownlinkRequest, float]:
    """Network address, request and Unix time of its publication of a `dldata` body; expiry is Unix time, too.

    Raises:
        BadMessage: a member is missing or cannot be used.
    """
    value = _object(body)
    data_id = value.get("dataId")
    if not isinstance(data_id, str) or not data_id:
        raise BadMessage("dataId is missing")
    address = value.get("networkAddr")
    if not isinstance(address, str) or not address:
        raise BadMessage("networkAddr is missing", data_id)
    try:
        payload = bytes.fromhex(value.get("data", ""))
        published = parse_time(value.get("pub"))
    except (TypeError, ValueError) as error:
        raise BadMessage(f"data or pub cannot be read: {error}", data_id) from None
    expires = value.get("expiresIn")
    if isinstance(expires, bool) or not isinstance(expires, int) or expires < 0:
        raise BadMessage(f"expiresIn is {expires!r}, must be a number of seconds", data_id)
    port, confirmed, tries = _options(value.get("extension"), data_id)
    request = DownlinkRequest(data_id, payload, port, confirmed, published + expires, tries)
    return address.lower(), request, published


def _options(extension: Any, data_id: str) -> tuple[int, bool, int]:
    """FPort, whether confirmed, and tries of a downlink's extension."""
    if extension is None:
        return DEFAULT_PORT, False, DEFAULT_TRIES
    if not isinstance(extension, dict):
        raise BadMessage("extension is no object", data_id)
    port = extension.get("fPort", extension.get("fport", DEFAULT_PORT))
    if isinstance(port, bool) or not isinstance(port, int) or port not in PORTS:
        raise BadMessage(f"extension.fPort is {port!r}, must be 1..223", data_id)
    confirmed = extension.get("confirmed", False)
    if not isinstance(confirmed, bool):
        raise BadMessage(f"extension.confirmed is {confirmed!r}, must be true or false", data_id)
    tries = extension.get("maxTries", DEFAULT_TRIES)
    if isinstance(tries, bool) or not isinstance(tries, int) or not 1 <= tries <= 15:
        raise BadMessage(f"extension.maxTries is {tries!r}, must be 1..15", data_id)
    return port, confirmed, tries


def read_control(body: bytes) -> Control:
    """What a `ctrl` body says.

    Raises:
        BadMessage: an operation that is not known, or addresses that are missing.
    """
    value = _object(body)
    operation = value.get("operation")
    new = value.get("new")
    if not isinstance(operation, str) or not isinstance(new, dict):
        raise BadMessage("operation or new is missing")
    verb, _, kind = operation.partition("-device")
    if verb not in ("add", "del") or kind not in _ADDRESSES:
        raise BadMessage(f"operation {operation!r} is not known")
    return Control(operation, verb == "add", _ADDRESSES[kind](new))


def _one(new: dict[str, Any]) -> tuple[str, ...]:
    return _texts([new.get("networkAddr")])


def _several(new: dict[str, Any]) -> tuple[str, ...]:
    found = new.get("networkAddrs")
    if not isinstance(found, list):
        raise BadMessage("networkAddrs is missing")
    return _texts(found)


def _range(new: dict[str, Any]) -> tuple[str, ...]:
    start, end = _texts([new.get("startAddr"), new.get("endAddr")])
    try:
        first, last = int(start, 16), int(end, 16)
    except ValueError:
        raise BadMessage("startAddr and endAddr are hexadecimal numbers") from None
    if len(start) != len(end) or len(start) > ADDRESS_DIGITS or not 0 <= last - first < LONGEST_RANGE:
        raise BadMessage(f"the range {start} to {end} cannot be used")
    return tuple(f"{number:0{len(start)}x}" for number in range(first, last + 1))


def _texts(values: list[Any]) -> tuple[str, ...]:
    if not all(isinstance(value, str) and value for value in values):
        raise BadMessage("an address is missing or no text")
    return tuple(value.lower() for value in values)


_ADDRESSES: Final = {"": _one, "-bulk": _several, "-range": _range}
"""How the addresses of an operation are read, by what follows `add-device` or `del-device`."""


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise BadMessage("is no JSON") from None
    if not isinstance(value, dict):
        raise BadMessage("is no JSON object")
    return value


__all__ = [
    "BadMessage",
    "Control",
    "parse_time",
    "read_control",
    "read_downlink",
    "rfc3339",
    "write_result",
    "write_uplink",
]
