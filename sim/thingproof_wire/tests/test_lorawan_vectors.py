"""Published LoRaWAN frames, keys and commands, read and written; each row names its source."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_wire import vectors
from thingproof_wire.frames.lorawan import (
    DataFrame,
    DlSettings,
    FrequencyList,
    JoinAccept,
    JoinRequest,
    MType,
    decode_phy,
    encode_unsigned,
)
from thingproof_wire.frames.lorawan_crypto import (
    Session,
    SessionKeys,
    UplinkBuilder,
    cmac,
    derive_session_keys,
    open_join_accept,
    open_join_request,
    seal_join_accept,
    seal_join_request,
)
from thingproof_wire.frames.lorawan_mac import BY_NAME, MacCommand, decode_commands, encode_commands
from thingproof_wire.scapy import lorawan as scapy_frames
from thingproof_wire.scapy import lorawan_mac as scapy_commands

CMAC_ROWS = vectors.load("lorawan_cmac")
KEY_ROWS = vectors.load("lorawan_keys")
JOIN_ROWS = vectors.load("lorawan_join")
DATA_ROWS = vectors.load("lorawan_data")
MAC_ROWS = vectors.load("lorawan_mac")


def meaning(row: dict[str, Any]) -> str:
    return str(row["meaning"])


def join_message(row: dict[str, Any]) -> JoinRequest | JoinAccept:
    if row["kind"] == "request":
        return JoinRequest(int(row["join_eui"], 16), int(row["dev_eui"], 16), row["dev_nonce"])
    hertz = row["frequencies_hz"]
    return JoinAccept(
        row["join_nonce"],
        row["net_id"],
        int(row["dev_addr"], 16),
        DlSettings(row["rx1_dr_offset"], row["rx2_data_rate"]),
        row["rx_delay"],
        None if hertz is None else FrequencyList(tuple(hertz)),
    )


def data_frame(row: dict[str, Any]) -> DataFrame:
    return DataFrame(
        MType[row["mtype"]],
        int(row["dev_addr"], 16),
        row["fcnt"],
        row["fport"],
        bytes.fromhex(row["payload"]),
        bytes.fromhex(row["fopts"]),
        adr=row["adr"],
        ack=row["ack"],
    )


def session(row: dict[str, Any]) -> Session:
    keys = SessionKeys(bytes.fromhex(row["nwk_s_key"]), bytes.fromhex(row["app_s_key"]))
    return Session(int(row["dev_addr"], 16), keys)


@pytest.mark.parametrize("row", CMAC_ROWS, ids=meaning)
def test_cmac(row: dict[str, Any]) -> None:
    """AES-CMAC gives the tags of its RFC."""
    assert cmac(bytes.fromhex(row["key"]), bytes.fromhex(row["message"])).hex() == row["tag"]


@pytest.mark.parametrize("row", KEY_ROWS, ids=meaning)
def test_derivation(row: dict[str, Any]) -> None:
    """A join gives the published session keys."""
    keys = derive_session_keys(
        bytes.fromhex(row["app_key"]),
        join_nonce=row["join_nonce"],
        net_id=row["net_id"],
        dev_nonce=row["dev_nonce"],
    )
    assert (keys.nwk_s_key.hex(), keys.app_s_key.hex()) == (row["nwk_s_key"], row["app_s_key"])


@pytest.mark.parametrize("row", JOIN_ROWS, ids=meaning)
def test_join_opens(row: dict[str, Any]) -> None:
    """The bytes are the published join message, and their MIC is right."""
    opener = open_join_request if row["kind"] == "request" else open_join_accept
    assert opener(bytes.fromhex(row["hex"]), bytes.fromhex(row["app_key"])) == join_message(row)


@pytest.mark.parametrize("row", JOIN_ROWS, ids=meaning)
def test_join_seals(row: dict[str, Any]) -> None:
    """The message becomes the published bytes; scapy builds the same in the clear."""
    message, key = join_message(row), bytes.fromhex(row["app_key"])
    if isinstance(message, JoinRequest):
        assert seal_join_request(message, key).hex() == row["hex"]
    else:
        assert seal_join_accept(message, key).hex() == row["hex"]
        assert scapy_frames.build_join_accept(message) == encode_unsigned(message)


@pytest.mark.parametrize("row", DATA_ROWS, ids=meaning)
def test_data_opens(row: dict[str, Any]) -> None:
    """The bytes are the published frame in the clear, and their MIC is right."""
    assert session(row).open(bytes.fromhex(row["hex"]), row["fcnt"]) == data_frame(row)


@pytest.mark.parametrize("row", DATA_ROWS, ids=meaning)
def test_data_seals(row: dict[str, Any]) -> None:
    """The frame becomes the published bytes."""
    assert session(row).seal(data_frame(row)).hex() == row["hex"]


FAST_ROWS = [row for row in DATA_ROWS if row["fport"] and row["mtype"].endswith("UP") and not row["fopts"]]


@pytest.mark.parametrize("row", FAST_ROWS, ids=meaning)
def test_fast_path_builds_the_published_uplinks(row: dict[str, Any]) -> None:
    """What `UplinkBuilder` leaves out are MAC commands and downlinks."""
    frame = data_frame(row)
    builder = UplinkBuilder(frame.dev_addr, session(row).keys)
    built = builder.build(
        frame.fcnt, frame.fport or 0, frame.payload, confirmed=frame.confirmed, adr=frame.adr, ack=frame.ack
    )
    assert built.hex() == row["hex"]


@pytest.mark.parametrize("row", JOIN_ROWS + DATA_ROWS, ids=meaning)
def test_scapy_reads_and_builds_published_frames(row: dict[str, Any]) -> None:
    """The readable definition sees the same fields in the published bytes, and writes them back."""
    data = bytes.fromhex(row["hex"])
    phy = decode_phy(data)
    assert scapy_frames.dissect_frame(data) == phy
    assert scapy_frames.build_frame(phy) == data


@pytest.mark.parametrize("row", MAC_ROWS, ids=meaning)
def test_mac_command(row: dict[str, Any]) -> None:
    """The command becomes the published bytes and is read from them, by the table and by scapy."""
    wanted, data = MacCommand(row["name"], row["values"]), bytes.fromhex(row["hex"])
    uplink = BY_NAME[row["name"]].uplink
    assert encode_commands([wanted]) == data
    assert decode_commands(data, uplink=uplink).commands == (wanted,)
    assert scapy_commands.build_commands([wanted]) == data
    assert scapy_commands.dissect_commands(data, uplink=uplink) == [wanted]


def test_every_row_names_a_source_and_every_command_has_one() -> None:
    """A row without an outside source proves nothing."""
    rows = CMAC_ROWS + KEY_ROWS + JOIN_ROWS + DATA_ROWS + MAC_ROWS
    assert all(row["source"] for row in rows)
    assert {row["name"] for row in MAC_ROWS} == set(BY_NAME)


def test_scapys_own_layer_takes_the_mic_two_bytes_early() -> None:
    """Why there are layers of our own."""
    bundled = pytest.importorskip("scapy.contrib.loraphy2wan", reason="this scapy has no LoRaWAN layer")
    data = bytes.fromhex(DATA_ROWS[0]["hex"])
    assert bundled.PHYPayload(data).MIC.to_bytes(4, "big") == data[-6:-2]
    assert scapy_frames.LorawanFrame(data).mic == data[-4:]
