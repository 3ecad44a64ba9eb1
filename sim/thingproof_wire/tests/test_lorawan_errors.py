"""What is wrong with LoRaWAN frames, values and commands: kind of error, field and place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from thingproof_wire.errors import Malformed, OutOfRange, Overlong, Truncated, WireError, WrongMic
from thingproof_wire.frames.lorawan import (
    ChannelMasks,
    DataFrame,
    DlSettings,
    FrequencyList,
    JoinAccept,
    JoinRequest,
    MType,
    PhyPayload,
    SealedJoinAccept,
    decode_join_accept,
    decode_phy,
    encode_phy,
    encode_unsigned,
)
from thingproof_wire.frames.lorawan_crypto import (
    Session,
    SessionKeys,
    UplinkBuilder,
    open_join_accept,
    open_join_request,
    read_address,
    seal_join_request,
)
from thingproof_wire.frames.lorawan_mac import command, decode_commands, encode_commands

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_wire.frames.lorawan import Message

UP = DataFrame(MType.UNCONFIRMED_UP, 0x01020304, 5, 1, b"abc")
DOWN = DataFrame(MType.UNCONFIRMED_DOWN, 0x01020304, 5, 1, b"abc")
ACCEPT = JoinAccept(1, 2, 3, DlSettings(0, 0), 1)
KEYS = SessionKeys(bytes(16), bytes(range(16)))
HERE = Session(UP.dev_addr, KEYS)

BAD_BYTES: dict[str, tuple[str, type[WireError], str, int]] = {
    "nothing": ("", Truncated, "MHDR", 0),
    "reserved type": ("c0" + "00" * 12, Malformed, "MHDR", 0),
    "another major version": ("41" + "00" * 12, Malformed, "MHDR", 0),
    "data without MIC": ("40" + "00" * 10, Truncated, "FHDR", 11),
    "FOpts longer than the frame": ("400403020105" + "00" * 6, Truncated, "FOpts", 8),
    "FOpts and port 0": ("4004030201010100" + "0200aa" + "00" * 4, Malformed, "FPort", 9),
    "longer than a radio sends": ("40" + "00" * 255, Overlong, "PHYPayload", 255),
    "short join request": ("00" * 22, Truncated, "Join-Request", 22),
    "long join request": ("00" * 24, Overlong, "Join-Request", 19),
    "join accept of no length": ("20" + "00" * 20, Truncated, "Join-Accept", 21),
    "long join accept": ("20" + "00" * 40, Overlong, "Join-Accept", 41),
}


@pytest.mark.parametrize("name", BAD_BYTES)
def test_bytes(name: str) -> None:
    """Each fault has its kind, its field and its place."""
    text, kind, field, offset = BAD_BYTES[name]
    with pytest.raises(kind) as caught:
        decode_phy(bytes.fromhex(text))
    assert (caught.value.field, caught.value.offset) == (field, offset)


BAD_MESSAGES: dict[str, tuple[Message | JoinAccept, type[WireError], str]] = {
    "join frame as data": (replace(UP, mtype=MType.JOIN_REQUEST), Malformed, "MType"),
    "address": (replace(UP, dev_addr=1 << 32), OutOfRange, "DevAddr"),
    "counter": (replace(UP, fcnt=-1), OutOfRange, "FCnt"),
    "port": (replace(UP, fport=256), OutOfRange, "FPort"),
    "payload without port": (replace(UP, fport=None), Malformed, "FPort"),
    "FOpts and port 0": (replace(UP, fport=0, fopts=b"\x02"), Malformed, "FPort"),
    "too many commands": (replace(UP, fopts=bytes(16)), OutOfRange, "FOpts"),
    "FPending of a device": (replace(UP, f_pending=True), Malformed, "FPending"),
    "ADRACKReq of a network": (replace(DOWN, adr_ack_req=True), Malformed, "ADRACKReq"),
    "class B of a network": (replace(DOWN, class_b=True), Malformed, "ClassB"),
    "JoinEUI": (JoinRequest(1 << 64, 0, 0), OutOfRange, "JoinEUI"),
    "DevNonce": (JoinRequest(0, 0, 1 << 16), OutOfRange, "DevNonce"),
    "JoinNonce": (replace(ACCEPT, join_nonce=1 << 24), OutOfRange, "JoinNonce"),
    "RX1DROffset": (replace(ACCEPT, dl_settings=DlSettings(8, 0)), OutOfRange, "RX1DROffset"),
    "RXDelay": (replace(ACCEPT, rx_delay=16), OutOfRange, "RXDelay"),
    "odd frequency": (replace(ACCEPT, cf_list=FrequencyList((868_100_050, 0, 0, 0, 0))), OutOfRange, "Freq"),
    "channel mask": (replace(ACCEPT, cf_list=ChannelMasks((1 << 16, 0, 0, 0, 0, 0))), OutOfRange, "ChMask"),
    "sealed length": (SealedJoinAccept(bytes(17)), Malformed, "Join-Accept"),
}


@pytest.mark.parametrize("name", BAD_MESSAGES)
def test_messages(name: str) -> None:
    """A value without a place in its field is named."""
    message, kind, field = BAD_MESSAGES[name]
    with pytest.raises(kind) as caught:
        encode_unsigned(message)
    assert caught.value.field == field


CALLS: dict[str, tuple[Callable[[], object], type[WireError], str]] = {
    "MIC of three bytes": (lambda: encode_phy(PhyPayload(UP, bytes(3))), Malformed, "MIC"),
    "MIC after a sealed join accept": (
        lambda: encode_phy(PhyPayload(SealedJoinAccept(bytes(16)), bytes(4))),
        Malformed,
        "MIC",
    ),
    "payload beyond a radio's length": (
        lambda: HERE.seal(replace(UP, payload=bytes(243))),
        Overlong,
        "PHYPayload",
    ),
    "another device's frame to seal": (lambda: HERE.seal(replace(UP, dev_addr=7)), Malformed, "DevAddr"),
    "another counter": (lambda: HERE.open(HERE.seal(UP), 65541), WrongMic, "MIC"),
    "a join request as data": (
        lambda: HERE.open(seal_join_request(JoinRequest(1, 2, 3), bytes(16)), 0),
        Malformed,
        "MHDR",
    ),
    "data as a join request": (lambda: open_join_request(HERE.seal(UP), bytes(16)), Malformed, "MHDR"),
    "data as a join accept": (lambda: open_join_accept(HERE.seal(UP), bytes(16)), Malformed, "MHDR"),
    "short key": (lambda: SessionKeys(bytes(15), bytes(16)), OutOfRange, "NwkSKey"),
    "long key": (lambda: open_join_request(bytes(23), bytes(17)), OutOfRange, "AppKey"),
    "too short for an address": (lambda: read_address(bytes(11)), Truncated, "FHDR"),
    "fast path: port 0": (lambda: UplinkBuilder(1, KEYS).build(0, 0, b"a"), OutOfRange, "FPort"),
    "fast path: counter": (lambda: UplinkBuilder(1, KEYS).build(1 << 32, 1, b"a"), OutOfRange, "FCnt"),
    "fast path: payload": (lambda: UplinkBuilder(1, KEYS).build(0, 1, bytes(243)), OutOfRange, "FRMPayload"),
    "CFList of an unknown type": (
        lambda: decode_join_accept(bytes(28) + b"\x02", 1, 29),
        Malformed,
        "CFListType",
    ),
    "unknown command": (lambda: encode_commands([command("Reboot")]), Malformed, "MAC command"),
    "missing value": (lambda: encode_commands([command("DutyCycleReq")]), Malformed, "DutyCycleReq"),
    "unknown value": (
        lambda: encode_commands([command("DevStatusReq", battery=1)]),
        Malformed,
        "DevStatusReq",
    ),
    "value out of range": (
        lambda: encode_commands([command("DevStatusAns", battery=1, margin=32)]),
        OutOfRange,
        "DevStatusAns.margin",
    ),
    "command cut off": (
        lambda: decode_commands(bytes.fromhex("0603"), uplink=True),
        Truncated,
        "MAC command",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls(name: str) -> None:
    """Each fault has its kind and its field."""
    call, kind, field = CALLS[name]
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.field == field


def test_an_unknown_command_ends_the_sequence() -> None:
    """Its length is unknown, so everything from it on is left; what came before counts (chapter 5)."""
    sequence = decode_commands(bytes.fromhex("02" + "80010203"), uplink=True)
    assert [found.name for found in sequence.commands] == ["LinkCheckReq"]
    assert sequence.rest == bytes.fromhex("80010203")


def test_reserved_bits_are_ignored() -> None:
    """Bits for future use may be set by newer devices."""
    plain = encode_phy(PhyPayload(DOWN, bytes(4)))
    strange = bytearray(plain)
    strange[0] |= 0x1C
    strange[5] |= 0x40
    assert decode_phy(bytes(strange)) == decode_phy(plain)


def test_an_error_reads_well() -> None:
    """Field, what is wrong, and where."""
    with pytest.raises(WireError, match=r"^FPort: is 0 and FOpts has MAC commands too; .* at byte 9$"):
        decode_phy(bytes.fromhex(BAD_BYTES["FOpts and port 0"][0]))
