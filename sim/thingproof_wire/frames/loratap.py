"""LoRaTap, version 0: the header that says in a capture file how a LoRa packet was received.

Source: README.md of eriknl/LoRaTap; link type 270 (LINKTYPE_LORATAP). Numbers are big endian. A header is
version (00), a zero byte, its length (two bytes, 15), frequency in Hz (four), bandwidth in steps of 125
kHz, spreading factor, packet RSSI, highest RSSI, current RSSI, SNR in steps of 0.25 dB, sync word.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from thingproof_wire.errors import Malformed, OutOfRange, Truncated

LINK_TYPE = 270
SYNC_WORD_LORAWAN = 0x34
_HEADER = struct.Struct(">BxHIBBBBBbB")
_VERSION = 0
_RSSI_ZERO_DBM = -139
_BANDWIDTH_STEP_HZ = 125_000


@dataclass(frozen=True, slots=True)
class LoraTap:
    """A packet and how it was received.

    Attributes:
        frequency_hz: centre frequency.
        bandwidth_hz: a multiple of 125 kHz.
        spreading_factor: 7..12.
        rssi_dbm: of the packet. The byte for it has steps of 1 dB from -139 dBm on while the SNR is not
            negative, and of 0.25 dB below: -139 to -75.25 dBm.
        snr_db: steps of 0.25 dB, -32..31.75.
        payload: the packet.
        sync_word: 0x34 for LoRaWAN.
    """

    frequency_hz: int
    bandwidth_hz: int
    spreading_factor: int
    rssi_dbm: float
    snr_db: float
    payload: bytes
    sync_word: int = SYNC_WORD_LORAWAN


def encode_loratap(packet: LoraTap) -> bytes:
    """Header and packet. RSSI and SNR are rounded to their steps, and held within what their bytes can say.

    Raises:
        OutOfRange: another value has no place in its field.
    """
    steps, rest = divmod(packet.bandwidth_hz, _BANDWIDTH_STEP_HZ)
    if rest or not 0 < steps <= 255:
        raise OutOfRange(f"is {packet.bandwidth_hz} Hz, must be a multiple of 125000", field="bandwidth")
    if not 0 <= packet.frequency_hz < 1 << 32:
        raise OutOfRange(f"is {packet.frequency_hz} Hz, must be 0..4294967295", field="frequency")
    if not 5 <= packet.spreading_factor <= 12:
        raise OutOfRange(f"is {packet.spreading_factor}, must be 5..12", field="spreading factor")
    if not 0 <= packet.sync_word <= 255:
        raise OutOfRange(f"is {packet.sync_word}, must be 0..255", field="sync word")
    snr = _held(round(packet.snr_db * 4), -128, 127)
    above = packet.rssi_dbm - _RSSI_ZERO_DBM
    rssi = _held(round(above if snr >= 0 else above * 4), 0, 255)
    receiver = _held(round(above), 0, 255)
    return (
        _HEADER.pack(
            _VERSION,
            _HEADER.size,
            packet.frequency_hz,
            steps,
            packet.spreading_factor,
            rssi,
            receiver,
            receiver,
            snr,
            packet.sync_word,
        )
        + packet.payload
    )


def decode_loratap(data: bytes) -> LoraTap:
    """The packet of a LoRaTap frame; what later versions add to the header is skipped.

    Raises:
        Truncated, Malformed: with offset and field.
    """
    if len(data) < _HEADER.size:
        raise Truncated(f"header has {_HEADER.size} bytes", offset=len(data), field="LoRaTap")
    _, length, frequency, steps, factor, rssi, _, _, snr, sync_word = _HEADER.unpack_from(data)
    if length < _HEADER.size:
        raise Malformed(f"is {length}, must be {_HEADER.size} or more", offset=2, field="header length")
    if length > len(data):
        raise Truncated(f"header has {length} bytes", offset=len(data), field="LoRaTap")
    dbm = _RSSI_ZERO_DBM + (rssi if snr >= 0 else rssi / 4)
    return LoraTap(frequency, steps * _BANDWIDTH_STEP_HZ, factor, dbm, snr / 4, data[length:], sync_word)


def _held(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))
