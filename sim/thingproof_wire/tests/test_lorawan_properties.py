"""LoRaWAN frames and MAC commands, drawn at random: round trips, scapy as witness, damaged bytes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingproof_wire.errors import WireError, WrongMic
from thingproof_wire.frames.lorawan import (
    DataFrame,
    JoinAccept,
    JoinRequest,
    MType,
    PhyPayload,
    decode_join_accept,
    decode_phy,
    encode_phy,
    encode_unsigned,
)
from thingproof_wire.frames.lorawan_crypto import (
    Session,
    SessionKeys,
    UplinkBuilder,
    full_fcnt,
    open_join_accept,
    open_join_request,
    read_address,
    seal_join_accept,
    seal_join_request,
)
from thingproof_wire.frames.lorawan_mac import decode_commands, encode_commands
from thingproof_wire.scapy import lorawan as scapy_frames
from thingproof_wire.scapy import lorawan_mac as scapy_commands
from thingproof_wire.tests.lorawan_strategies import (
    almost,
    data_frames,
    join_accepts,
    join_requests,
    keys,
    mac_commands,
    phy_payloads,
    session_keys,
    u32,
)
from thingproof_wire.tests.strategies import patient

if TYPE_CHECKING:
    from thingproof_wire.frames.lorawan_mac import MacCommand


@patient
@given(phy_payloads)
def test_frame_round_trip(phy: PhyPayload) -> None:
    """Every frame is read as it was written."""
    assert decode_phy(encode_phy(phy)) == phy


@patient
@given(phy_payloads)
def test_scapy_builds_the_same_frame(phy: PhyPayload) -> None:
    """Two independent definitions give the same bytes."""
    assert scapy_frames.build_frame(phy) == encode_phy(phy)


@patient
@given(phy_payloads)
def test_scapy_reads_the_same_frame(phy: PhyPayload) -> None:
    """Two independent definitions read the same fields."""
    assert scapy_frames.dissect_frame(encode_phy(phy)) == phy


@patient
@given(almost(phy_payloads.map(encode_phy)))
def test_damaged_frames_are_wire_errors(data: bytes) -> None:
    """Whatever arrives is a frame, or a wire error; reserved bits are ignored and only they may change."""
    try:
        phy = decode_phy(data)
    except WireError:
        return
    again = encode_phy(phy)
    assert len(again) == len(data)
    assert decode_phy(again) == phy
    assert scapy_frames.dissect_frame(data) == phy


@patient
@given(join_accepts)
def test_join_accept_round_trip(message: JoinAccept) -> None:
    """A join accept in the clear is read as it was written; scapy writes the same."""
    data = encode_unsigned(message)
    assert decode_join_accept(data, 1, len(data)) == message
    assert scapy_frames.build_join_accept(message) == data


@patient
@given(join_requests, join_accepts, keys)
def test_join_messages_sealed_and_opened(request: JoinRequest, accept: JoinAccept, key: bytes) -> None:
    """Both join messages survive their way over the air."""
    assert open_join_request(seal_join_request(request, key), key) == request
    assert open_join_accept(seal_join_accept(accept, key), key) == accept


@patient
@given(join_requests, keys, st.integers(0, 22), st.integers(1, 255))
def test_damaged_join_request(request: JoinRequest, key: bytes, place: int, change: int) -> None:
    """One wrong byte is found, whichever it is."""
    data = bytearray(seal_join_request(request, key))
    data[place] ^= change
    with pytest.raises(WireError):
        open_join_request(bytes(data), key)


@patient
@given(join_accepts, keys, keys, st.data())
def test_join_accept_for_another_or_damaged(
    accept: JoinAccept, key: bytes, other: bytes, data: st.DataObject
) -> None:
    """Another key or one wrong byte is found."""
    frame = bytearray(seal_join_accept(accept, key))
    if key != other:
        with pytest.raises(WireError):
            open_join_accept(bytes(frame), other)
    frame[data.draw(st.integers(1, len(frame) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(WrongMic):
        open_join_accept(bytes(frame), key)


@patient
@given(data_frames(fcnt=u32), session_keys)
def test_data_frame_sealed_and_opened(frame: DataFrame, pair: SessionKeys) -> None:
    """A data frame survives its way over the air with all 32 bits of its counter."""
    session = Session(frame.dev_addr, pair)
    data = session.seal(frame)
    assert read_address(data) == (frame.dev_addr, frame.fcnt & 0xFFFF)
    assert session.verifies(data, frame.fcnt, uplink=frame.uplink)
    assert session.open(data, frame.fcnt) == frame
    sealed = decode_phy(data)
    assert sealed.message == replace(
        frame, fcnt=frame.fcnt & 0xFFFF, payload=getattr(sealed.message, "payload", b"")
    )


@patient
@given(data_frames(fcnt=u32), session_keys, st.data())
def test_damaged_data_frame(frame: DataFrame, pair: SessionKeys, data: st.DataObject) -> None:
    """A wrong byte, another counter, another direction: none of them opens."""
    session = Session(frame.dev_addr, pair)
    sealed = bytearray(session.seal(frame))
    with pytest.raises(WrongMic):
        session.open(bytes(sealed), frame.fcnt ^ data.draw(st.integers(1, (1 << 32) - 1)))
    assert not session.verifies(bytes(sealed), frame.fcnt, uplink=not frame.uplink)
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(WireError):
        session.open(bytes(sealed), frame.fcnt)


@patient
@given(almost(data_frames().map(lambda frame: encode_phy(PhyPayload(frame, bytes(4))))), session_keys)
def test_session_opens_nothing_else(data: bytes, pair: SessionKeys) -> None:
    """Bytes that nobody sealed are wire errors, never anything else."""
    with pytest.raises(WireError):
        Session(0x01020304, pair).open(data, 1)
    with suppress(WireError):
        read_address(data)


uplink_flags = st.fixed_dictionaries(dict.fromkeys(("confirmed", "adr", "adr_ack_req", "ack"), st.booleans()))


@patient
@given(u32, u32, st.integers(1, 255), st.binary(max_size=242), session_keys, uplink_flags)
def test_fast_path_equals_seal(  # noqa: PLR0917 # hypothesis fills them
    address: int,
    fcnt: int,
    fport: int,
    payload: bytes,
    pair: SessionKeys,
    flags: dict[str, bool],
) -> None:
    """`UplinkBuilder` gives to the byte what `Session.seal` gives."""
    built = UplinkBuilder(address, pair).build(fcnt, fport, payload, **flags)
    mtype = MType.CONFIRMED_UP if flags["confirmed"] else MType.UNCONFIRMED_UP
    adr, adr_ack_req, ack = flags["adr"], flags["adr_ack_req"], flags["ack"]
    frame = DataFrame(mtype, address, fcnt, fport, payload, adr=adr, adr_ack_req=adr_ack_req, ack=ack)
    assert built == Session(address, pair).seal(frame)


@patient
@given(u32, st.integers(0, 0xFFFF))
def test_whole_counter(least: int, ahead: int) -> None:
    """A counter up to 65535 ahead is found again from its lower half."""
    assert full_fcnt(least + ahead & 0xFFFF, least) == least + ahead


@pytest.mark.parametrize("uplink", [True, False])
@patient
@given(data=st.data())
def test_commands_round_trip(uplink: bool, data: st.DataObject) -> None:
    """Sequences of commands are read as they were written, by the table and by scapy."""
    commands: list[MacCommand] = data.draw(st.lists(mac_commands(uplink=uplink), max_size=8))
    encoded = encode_commands(commands)
    assert list(decode_commands(encoded, uplink=uplink).commands) == commands
    assert scapy_commands.build_commands(commands) == encoded
    assert scapy_commands.dissect_commands(encoded, uplink=uplink) == commands


@patient
@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_as_commands(data: bytes, uplink: bool) -> None:
    """Any bytes are commands up to the first unknown one, or a wire error."""
    try:
        sequence = decode_commands(data, uplink=uplink)
    except WireError:
        return
    known = encode_commands(sequence.commands)
    assert len(known) + len(sequence.rest) == len(data)
    assert data.endswith(sequence.rest)
    assert scapy_commands.dissect_commands(data, uplink=uplink) == list(sequence.commands)
