"""The messages of the LoRaWAN join procedure, from the byte after the MHDR on, without the MIC.

Source: LoRaWAN L2 1.0.4 (TS001-1.0.4), sections 6.2.5 (Join-Request) and 6.2.6 (Join-Accept); RP002-1.0.4,
sections 2.3.1 and 2.3.2 (CFList types). All numbers are little endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from thingproof_wire.errors import Malformed, OutOfRange, Overlong, Truncated
from thingproof_wire.frames.bits import check_bits

JOIN_REQUEST_BYTES = 18
JOIN_ACCEPT_BYTES = 12
CF_LIST_BYTES = 16

_JOIN_REQUEST = struct.Struct("<QQH")


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A device asks to join (section 6.2.5).

    Attributes:
        join_eui: EUI-64 of the join server, AppEUI before 1.0.4.
        dev_eui: EUI-64 of the device.
        dev_nonce: 0..65535, counts the join requests of the device.
    """

    join_eui: int
    dev_eui: int
    dev_nonce: int


@dataclass(frozen=True, slots=True)
class DlSettings:
    """Downlink settings (section 6.2.6): RX1DROffset 0..7 and the data rate of RX2, 0..15."""

    rx1_dr_offset: int
    rx2_data_rate: int


@dataclass(frozen=True, slots=True)
class FrequencyList:
    """CFList type 0: frequencies of the five channels after the default ones, in Hz, 0 for an unused one."""

    frequencies_hz: tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class ChannelMasks:
    """CFList type 1: six masks of 16 channels, lowest channel in the lowest bit (RP002, US915 and CN470)."""

    masks: tuple[int, int, int, int, int, int]


CfList = FrequencyList | ChannelMasks


@dataclass(frozen=True, slots=True)
class JoinAccept:
    """The network's answer to a join request, in the clear (section 6.2.6).

    Attributes:
        join_nonce: 0..2^24-1, AppNonce before 1.0.4.
        net_id: 0..2^24-1.
        dev_addr: address of the device, 0..2^32-1.
        dl_settings: RX1 offset and RX2 data rate.
        rx_delay: seconds from the end of an uplink to RX1, 0..15; 0 means 1.
        cf_list: further channels, None when the frame has none.
    """

    join_nonce: int
    net_id: int
    dev_addr: int
    dl_settings: DlSettings
    rx_delay: int
    cf_list: CfList | None = None


def encode_join_request(message: JoinRequest) -> bytes:
    """Eighteen bytes: JoinEUI, DevEUI, DevNonce.

    Raises:
        OutOfRange: a value that has no place in its field.
    """
    check_bits("JoinEUI", message.join_eui, 64)
    check_bits("DevEUI", message.dev_eui, 64)
    check_bits("DevNonce", message.dev_nonce, 16)
    return _JOIN_REQUEST.pack(message.join_eui, message.dev_eui, message.dev_nonce)


def decode_join_request(data: bytes, start: int, end: int) -> JoinRequest:
    """The join request between two offsets.

    Raises:
        Truncated, Overlong: with offset.
    """
    length = end - start
    if length != JOIN_REQUEST_BYTES:
        whole = start + JOIN_REQUEST_BYTES
        wrong, place = (Truncated, len(data)) if length < JOIN_REQUEST_BYTES else (Overlong, whole)
        raise wrong(
            f"has {max(length, 0)} bytes between MHDR and MIC, must have {JOIN_REQUEST_BYTES}",
            offset=place,
            field="Join-Request",
        )
    return JoinRequest(*_JOIN_REQUEST.unpack_from(data, start))


def encode_join_accept(message: JoinAccept) -> bytes:
    """Twelve bytes in the clear, 28 with a CFList.

    Raises:
        OutOfRange, Malformed: a value that has no place in its field.
    """
    check_bits("JoinNonce", message.join_nonce, 24)
    check_bits("NetID", message.net_id, 24)
    check_bits("DevAddr", message.dev_addr, 32)
    check_bits("RX1DROffset", message.dl_settings.rx1_dr_offset, 3)
    check_bits("RX2DataRate", message.dl_settings.rx2_data_rate, 4)
    check_bits("RXDelay", message.rx_delay, 4)
    settings = message.dl_settings.rx1_dr_offset << 4 | message.dl_settings.rx2_data_rate
    return (
        message.join_nonce.to_bytes(3, "little")
        + message.net_id.to_bytes(3, "little")
        + message.dev_addr.to_bytes(4, "little")
        + bytes((settings, message.rx_delay))
        + (b"" if message.cf_list is None else encode_cf_list(message.cf_list))
    )


def decode_join_accept(data: bytes, start: int, end: int) -> JoinAccept:
    """The join accept in the clear between two offsets.

    Raises:
        Truncated, Overlong, Malformed: with offset and field.
    """
    length = end - start
    whole = JOIN_ACCEPT_BYTES + CF_LIST_BYTES
    if length not in (JOIN_ACCEPT_BYTES, whole):
        wrong, place = (Truncated, end) if length < whole else (Overlong, start + whole)
        raise wrong(
            f"has {max(length, 0)} bytes between MHDR and MIC, must have {JOIN_ACCEPT_BYTES} or {whole}",
            offset=place,
            field="Join-Accept",
        )
    body = data[start:end]
    return JoinAccept(
        int.from_bytes(body[0:3], "little"),
        int.from_bytes(body[3:6], "little"),
        int.from_bytes(body[6:10], "little"),
        DlSettings(body[10] >> 4 & 0x07, body[10] & 0x0F),
        body[11] & 0x0F,
        decode_cf_list(data, start + JOIN_ACCEPT_BYTES) if length == whole else None,
    )


def encode_cf_list(cf_list: CfList) -> bytes:
    """Sixteen bytes: five frequencies or six masks, and the type.

    Raises:
        OutOfRange, Malformed: a value that has no place in its field.
    """
    if isinstance(cf_list, ChannelMasks):
        if len(cf_list.masks) != 6:
            raise Malformed(f"has {len(cf_list.masks)} masks, must have 6", field="CFList")
        for mask in cf_list.masks:
            check_bits("ChMask", mask, 16)
        return struct.pack("<6H3xB", *cf_list.masks, 1)
    if len(cf_list.frequencies_hz) != 5:
        raise Malformed(f"has {len(cf_list.frequencies_hz)} frequencies, must have 5", field="CFList")
    return b"".join(encode_frequency(hertz) for hertz in cf_list.frequencies_hz) + b"\x00"


def decode_cf_list(data: bytes, start: int) -> CfList:
    """The CFList of the sixteen bytes from an offset on.

    Raises:
        Malformed: an unknown type.
    """
    kind = data[start + CF_LIST_BYTES - 1]
    if kind == 1:
        return ChannelMasks(struct.unpack_from("<6H", data, start))
    if kind != 0:
        raise Malformed(f"is {kind}, known are 0 and 1", offset=start + CF_LIST_BYTES - 1, field="CFListType")
    places = range(start, start + CF_LIST_BYTES - 1, 3)
    first, second, third, fourth, fifth = (decode_frequency(data[at : at + 3]) for at in places)
    return FrequencyList((first, second, third, fourth, fifth))


def encode_frequency(hertz: int) -> bytes:
    """A frequency in three bytes, in steps of 100 Hz (section 5.6).

    Raises:
        OutOfRange: not a multiple of 100 Hz, or 1 677 721 600 Hz and more.
    """
    steps, rest = divmod(hertz, 100)
    if rest or not 0 <= steps < 1 << 24:
        raise OutOfRange(f"is {hertz} Hz, must be a multiple of 100 Hz below 1677721600", field="Freq")
    return steps.to_bytes(3, "little")


def decode_frequency(data: bytes) -> int:
    """Hz of three bytes."""
    return int.from_bytes(data, "little") * 100
