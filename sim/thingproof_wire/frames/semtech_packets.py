"""Packets and gateway states as the JSON objects of the Semtech UDP protocol, version 2.

Source: PROTOCOL.TXT of Lora-net/packet_forwarder (v4), section 4 (``rxpk``, ``stat``) and section 6
(``txpk``). Members are written in the order in which the packet forwarder writes them; unknown ones are
ignored.
"""

from __future__ import annotations

import base64
import math
import re
from dataclasses import dataclass
from typing import Any

from thingproof_wire.errors import Malformed, OutOfRange
from thingproof_wire.frames.semtech_json import Members

MAX_PAYLOAD = 255
"""Most bytes of a radio packet."""
MAX_32 = 0xFFFFFFFF
MAX_64 = 0xFFFFFFFFFFFFFFFF
_LORA_RATE = re.compile(r"SF([5-9]|1[0-2])BW([1-9][0-9]{1,3})")
_CODING_RATES = ("4/5", "4/6", "4/7", "4/8", "OFF")
_MODULATIONS = ("LORA", "FSK")


@dataclass(frozen=True, slots=True)
class RxPacket:
    """``rxpk``: a packet that a gateway received (section 4).

    Attributes:
        timestamp_us: ``tmst``, counter of the concentrator at the end of the packet, us, 32 bits.
        frequency_hz: ``freq``, in MHz in JSON.
        data_rate: ``datr``, such as SF7BW125, or bits per second of FSK.
        payload: ``data`` and ``size``.
        rssi_dbm: ``rssi``, whole dBm.
        snr_db: ``lsnr``, in steps of 0.1 dB; None for FSK.
        coding_rate: ``codr``, None for FSK.
        channel: ``chan``, IF channel.
        rf_chain: ``rfch``.
        crc_status: ``stat``, 1 right, -1 wrong, 0 no CRC.
        time: ``time``, UTC as ISO 8601 with us, None without GPS.
        gps_ms: ``tmms``, ms since 1980-01-06, None without GPS.
    """

    timestamp_us: int
    frequency_hz: int
    data_rate: str | int
    payload: bytes
    rssi_dbm: int
    snr_db: float | None = None
    coding_rate: str | None = "4/5"
    channel: int = 0
    rf_chain: int = 0
    crc_status: int = 1
    time: str | None = None
    gps_ms: int | None = None


@dataclass(frozen=True, slots=True)
class GatewayStatus:
    """``stat``: how a gateway is (section 4).

    Attributes:
        time: ``time``, UTC such as ``2014-01-12 08:59:28 GMT``.
        received: ``rxnb``, radio packets.
        received_ok: ``rxok``, with a right CRC.
        forwarded: ``rxfw``.
        acknowledged_percent: ``ackr``, share of PUSH_DATA that were acknowledged.
        downlinks: ``dwnb``, PULL_RESP datagrams received.
        transmitted: ``txnb``, packets sent.
        latitude, longitude, altitude_m: ``lati``, ``long``, ``alti``; None without GPS.
    """

    time: str
    received: int = 0
    received_ok: int = 0
    forwarded: int = 0
    acknowledged_percent: float = 0.0
    downlinks: int = 0
    transmitted: int = 0
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: int | None = None


@dataclass(frozen=True, slots=True)
class TxPacket:
    """``txpk``: a packet that a gateway shall send (section 6).

    Attributes:
        frequency_hz: ``freq``, in MHz in JSON.
        data_rate: ``datr``.
        payload: ``data`` and ``size``.
        immediately: ``imme``; otherwise one of the next two says when.
        timestamp_us: ``tmst``, counter of the concentrator.
        gps_ms: ``tmms``.
        power_dbm: ``powe``, whole dBm.
        rf_chain: ``rfch``.
        coding_rate: ``codr``, None for FSK.
        inverted: ``ipol``, true for LoRaWAN downlinks, which devices hear and gateways do not.
        preamble: ``prea``, symbols; None for the gateway's default.
        no_crc: ``ncrc``, true for LoRaWAN downlinks.
        deviation_hz: ``fdev``, FSK only.
    """

    frequency_hz: int
    data_rate: str | int
    payload: bytes
    immediately: bool = False
    timestamp_us: int | None = None
    gps_ms: int | None = None
    power_dbm: int = 14
    rf_chain: int = 0
    coding_rate: str | None = "4/5"
    inverted: bool = True
    preamble: int | None = None
    no_crc: bool = False
    deviation_hz: int | None = None


def write_rx_packet(packet: RxPacket) -> dict[str, Any]:
    """The JSON object of a received packet.

    Raises:
        OutOfRange, Malformed: a value that has no place in its member.
    """
    _check("rxpk.tmst", packet.timestamp_us, MAX_32)
    value: dict[str, Any] = {"tmst": packet.timestamp_us}
    if packet.time is not None:
        value["time"] = packet.time
    if packet.gps_ms is not None:
        _check("rxpk.tmms", packet.gps_ms, MAX_64)
        value["tmms"] = packet.gps_ms
    value |= {
        "chan": packet.channel,
        "rfch": packet.rf_chain,
        "freq": _megahertz("rxpk.freq", packet.frequency_hz),
        "stat": packet.crc_status,
    }
    value |= _modulation("rxpk", packet.data_rate, packet.coding_rate)
    if packet.snr_db is not None:
        value["lsnr"] = _finite("rxpk.lsnr", packet.snr_db)
    return value | {"rssi": packet.rssi_dbm} | _payload("rxpk", packet.payload)


def read_rx_packet(value: Any, place: str = "rxpk") -> RxPacket:
    """The received packet of a JSON object.

    Raises:
        Malformed, OutOfRange: with the member's name.
    """
    members = Members(value, place)
    data_rate, coding_rate = _read_modulation(members, place)
    return RxPacket(
        members.integer("tmst", 0, MAX_32),
        members.frequency_hz("freq"),
        data_rate,
        members.payload("size", "data", MAX_PAYLOAD),
        members.integer("rssi", -1000, 1000),
        members.number("lsnr", -1000, 1000, None),
        coding_rate,
        members.integer("chan", 0, 255, 0),
        members.integer("rfch", 0, 255, 0),
        members.integer("stat", -1, 1, 1),
        members.text("time", None),
        members.integer("tmms", 0, MAX_64, None),
    )


def write_status(status: GatewayStatus) -> dict[str, Any]:
    """The JSON object of a gateway's status."""
    place = {"lati": status.latitude, "long": status.longitude, "alti": status.altitude_m}
    return {
        "time": status.time,
        **{name: value for name, value in place.items() if value is not None},
        "rxnb": status.received,
        "rxok": status.received_ok,
        "rxfw": status.forwarded,
        "ackr": _finite("stat.ackr", status.acknowledged_percent),
        "dwnb": status.downlinks,
        "txnb": status.transmitted,
    }


def read_status(value: Any) -> GatewayStatus:
    """The status of a JSON object; counters that are missing are 0.

    Raises:
        Malformed, OutOfRange: with the member's name.
    """
    members = Members(value, "stat")
    return GatewayStatus(
        members.text("time"),
        received=members.integer("rxnb", 0, MAX_64, 0),
        received_ok=members.integer("rxok", 0, MAX_64, 0),
        forwarded=members.integer("rxfw", 0, MAX_64, 0),
        acknowledged_percent=members.number("ackr", 0, 100, 0.0),
        downlinks=members.integer("dwnb", 0, MAX_64, 0),
        transmitted=members.integer("txnb", 0, MAX_64, 0),
        latitude=members.number("lati", -90, 90, None),
        longitude=members.number("long", -180, 180, None),
        altitude_m=members.integer("alti", -100_000, 100_000, None),
    )


def write_tx_packet(packet: TxPacket) -> dict[str, Any]:
    """The JSON object of a packet to send.

    Raises:
        OutOfRange, Malformed: a value that has no place in its member, or no time to send.
    """
    value: dict[str, Any] = {"imme": packet.immediately}
    if packet.timestamp_us is not None:
        _check("txpk.tmst", packet.timestamp_us, MAX_32)
        value["tmst"] = packet.timestamp_us
    if packet.gps_ms is not None:
        _check("txpk.tmms", packet.gps_ms, MAX_64)
        value["tmms"] = packet.gps_ms
    if not packet.immediately and len(value) == 1:
        raise Malformed("is missing; say imme, tmst or tmms", field="txpk.imme")
    value["freq"] = _megahertz("txpk.freq", packet.frequency_hz)
    _check("txpk.rfch", packet.rf_chain, 255)
    value |= {"rfch": packet.rf_chain, "powe": packet.power_dbm}
    value |= _modulation("txpk", packet.data_rate, packet.coding_rate)
    if packet.deviation_hz is not None:
        value["fdev"] = packet.deviation_hz
    value["ipol"] = packet.inverted
    if packet.preamble is not None:
        value["prea"] = packet.preamble
    return value | _payload("txpk", packet.payload) | ({"ncrc": True} if packet.no_crc else {})


def read_tx_packet(value: Any) -> TxPacket:
    """The packet to send of a JSON object.

    Raises:
        Malformed, OutOfRange: with the member's name.
    """
    members = Members(value, "txpk")
    data_rate, coding_rate = _read_modulation(members, "txpk")
    immediately = members.flag("imme")
    if not (immediately or members.has("tmst") or members.has("tmms")):
        raise Malformed("is missing; say imme, tmst or tmms", field="txpk.imme")
    return TxPacket(
        members.frequency_hz("freq"),
        data_rate,
        members.payload("size", "data", MAX_PAYLOAD),
        immediately,
        members.integer("tmst", 0, MAX_32, None),
        members.integer("tmms", 0, MAX_64, None),
        power_dbm=members.integer("powe", -128, 127, 14),
        rf_chain=members.integer("rfch", 0, 255, 0),
        coding_rate=coding_rate,
        inverted=members.flag("ipol"),
        preamble=members.integer("prea", 0, 0xFFFF, None),
        no_crc=members.flag("ncrc"),
        deviation_hz=members.integer("fdev", 0, MAX_32, None),
    )


def _modulation(place: str, data_rate: str | int, coding_rate: str | None) -> dict[str, Any]:
    if isinstance(data_rate, int):
        _check(f"{place}.datr", data_rate, MAX_32)
        return {"modu": "FSK", "datr": data_rate}
    if not _LORA_RATE.fullmatch(data_rate):
        raise Malformed(f"is {data_rate!r}, must be such as SF7BW125", field=f"{place}.datr")
    if coding_rate not in _CODING_RATES:
        raise Malformed(
            f"is {coding_rate!r}, must be one of {', '.join(_CODING_RATES)}", field=f"{place}.codr"
        )
    return {"modu": "LORA", "datr": data_rate, "codr": coding_rate}


def _read_modulation(members: Members, place: str) -> tuple[str | int, str | None]:
    if members.one_of("modu", _MODULATIONS) == "FSK":
        return members.integer("datr", 0, MAX_32), None
    data_rate: str = members.text("datr")
    if not _LORA_RATE.fullmatch(data_rate):
        raise Malformed(f"is {data_rate[:40]!r}, must be such as SF7BW125", field=f"{place}.datr")
    return data_rate, members.one_of("codr", _CODING_RATES, "4/5")


def _payload(place: str, payload: bytes) -> dict[str, Any]:
    if len(payload) > MAX_PAYLOAD:
        raise OutOfRange(f"has {len(payload)} bytes, at most {MAX_PAYLOAD} fit", field=f"{place}.data")
    return {"size": len(payload), "data": base64.b64encode(payload).decode()}


def _megahertz(place: str, hertz: int) -> float:
    _check(place, hertz, 4_294_000_000)
    return hertz / 1_000_000


def _finite(place: str, value: float) -> float:
    """A number that JSON can say.

    Raises:
        OutOfRange: not a number, or endless.
    """
    if not math.isfinite(value):
        raise OutOfRange(f"is {value}, must be finite", field=place)
    return round(value, 1)


def _check(place: str, value: int, highest: int) -> None:
    """Whether a number fits its member.

    Raises:
        OutOfRange: it does not.
    """
    if not 0 <= value <= highest:
        raise OutOfRange(f"is {value}, must be 0..{highest}", field=place)
