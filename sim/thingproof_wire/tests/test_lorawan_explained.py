"""LoRaWAN frames and Semtech datagrams explained byte by byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingproof_wire import vectors
from thingproof_wire.errors import OutOfRange, Truncated, WrongMic
from thingproof_wire.explain_lorawan import NO_KEYS, FrameKeys, explain_lorawan
from thingproof_wire.explain_semtech import explain_semtech
from thingproof_wire.frames.lorawan import DataFrame, MType, encode_phy
from thingproof_wire.frames.lorawan_crypto import Session, SessionKeys
from thingproof_wire.frames.semtech_udp import PushData, RxPacket, encode_datagram
from thingproof_wire.tests.lorawan_strategies import almost, datagrams, keys, phy_payloads
from thingproof_wire.tests.strategies import patient

if TYPE_CHECKING:
    from thingproof_wire.explain import Explanation

DATA_ROWS = vectors.load("lorawan_data")
JOIN_ROWS = vectors.load("lorawan_join")
some_keys = st.builds(FrameKeys, *[st.none() | keys] * 3)


def covers(explanation: Explanation, data: bytes) -> bool:
    """Whether the rows are the bytes, each once and in order."""
    return "".join(row.hex for row in explanation.rows) == data.hex()


def meanings(explanation: Explanation) -> dict[str, str]:
    return {row.name: row.meaning for row in explanation.rows}


@pytest.mark.parametrize("row", DATA_ROWS, ids=lambda row: row["meaning"])
def test_published_data_frames(row: dict[str, Any]) -> None:
    """With both keys the payload is shown and the MIC is right."""
    data = bytes.fromhex(row["hex"])
    known = FrameKeys(bytes.fromhex(row["nwk_s_key"]), bytes.fromhex(row["app_s_key"]))
    explanation = explain_lorawan(data, known)
    assert explanation.error is None
    assert covers(explanation, data)
    shown = meanings(explanation)
    assert shown["MIC"] == f"right with FCnt {row['fcnt']}"
    assert row["payload"] in shown.get("FRMPayload", "")
    assert shown["DevAddr"] == row["dev_addr"]


@pytest.mark.parametrize("row", JOIN_ROWS, ids=lambda row: row["meaning"])
def test_published_join_messages(row: dict[str, Any]) -> None:
    """With AppKey a join accept is opened and a join request checked; without it the option is named."""
    data = bytes.fromhex(row["hex"])
    opened = explain_lorawan(data, FrameKeys(app_key=bytes.fromhex(row["app_key"])))
    assert opened.error is None
    assert covers(opened, data)
    shown = meanings(opened)
    assert shown["MIC"] == "right"
    wanted = "DevEUI", row.get("dev_eui")
    if row["kind"] == "accept":
        wanted = "DevAddr", row["dev_addr"]
    assert shown[wanted[0]] == wanted[1]
    closed = explain_lorawan(data)
    assert any("--app-key" in line.meaning for line in closed.rows)


def test_commands_and_a_counter_beyond_16_bits() -> None:
    """Commands stand inside FOpts; the whole counter is found by trying the upper halves."""
    pair = SessionKeys(bytes(range(16)), bytes(16))
    frame = DataFrame(MType.UNCONFIRMED_DOWN, 1, 0x30007, 0, bytes.fromhex("06ff02"))
    beside = DataFrame(MType.UNCONFIRMED_DOWN, 1, 5, fopts=bytes.fromhex("0405"))
    session = Session(1, pair)
    known = FrameKeys(pair.nwk_s_key)
    explanation = explain_lorawan(session.seal(frame), known)
    shown = meanings(explanation)
    assert shown["MIC"] == f"right with FCnt {0x30007}"
    assert shown["DevStatusReq"] == "no values (section 5.5)"
    assert shown["?"].startswith("ff02: unknown command 0xff")
    assert meanings(explain_lorawan(session.seal(beside)))["DutyCycleReq"] == "max_duty_cycle 5 (section 5.3)"


def test_wrong_key_and_broken_frame() -> None:
    """A wrong MIC is an error at its place; a broken frame shows what can be read of it."""
    data = bytes.fromhex(DATA_ROWS[0]["hex"])
    wrong = explain_lorawan(data, FrameKeys(nwk_s_key=bytes(16)))
    assert isinstance(wrong.error, WrongMic)
    assert wrong.error.offset == len(data) - 4
    assert meanings(wrong)["MIC"] == "wrong"
    broken = explain_lorawan(bytes.fromhex("40040302010f0100aabbccdd"))
    assert isinstance(broken.error, Truncated)
    assert [row.name for row in broken.rows] == ["MHDR", "DevAddr", "FCtrl", "FCnt", "?"]
    with pytest.raises(OutOfRange):
        FrameKeys(app_key=b"short")


def test_datagram_with_a_frame() -> None:
    """A datagram is explained down to the payload of the device."""
    row = DATA_ROWS[0]
    packet = RxPacket(1, 868_100_000, "SF7BW125", bytes.fromhex(row["hex"]), -30, 9.0)
    data = encode_datagram(PushData(7, 0x0A0B, (packet, RxPacket(2, 1, "SF7BW125", b"\xc0", -3))))
    known = FrameKeys(bytes.fromhex(row["nwk_s_key"]), bytes.fromhex(row["app_s_key"]))
    explanation = explain_semtech(data, known)
    shown = meanings(explanation)
    assert explanation.error is None
    assert shown["gateway"] == "EUI 0000000000000a0b"
    assert "hello" in shown["rxpk[0] FRMPayload"]
    assert shown["rxpk[1] !"] == "MHDR: frame type is 6, which is reserved at byte 0"
    cut = explain_semtech(data[:9])
    assert [line.name for line in cut.rows] == ["version", "token", "identifier", "?"]


@patient
@given(almost(phy_payloads.map(encode_phy)), some_keys)
def test_any_bytes_as_a_frame_are_covered(data: bytes, known: FrameKeys) -> None:
    """Nothing raises, and no byte is left out or shown twice."""
    assert covers(explain_lorawan(data, known), data)


@patient
@given(almost(datagrams.map(encode_datagram)))
def test_any_bytes_as_a_datagram_are_covered(data: bytes) -> None:
    """Nothing raises, and no byte is left out or shown twice."""
    assert covers(explain_semtech(data, NO_KEYS), data)
