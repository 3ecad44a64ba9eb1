"""Captures of LoRaWAN: LoRaTap and pcap, read back by ourselves and by tshark."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingproof_wire.errors import Malformed, OutOfRange, Truncated, WireError
from thingproof_wire.frames.loratap import LINK_TYPE, LoraTap, decode_loratap, encode_loratap
from thingproof_wire.frames.lorawan import DataFrame, DlSettings, JoinAccept, JoinRequest, MType
from thingproof_wire.frames.lorawan_crypto import (
    Session,
    SessionKeys,
    seal_join_accept,
    seal_join_request,
)
from thingproof_wire.frames.pcap import Capture, decode_pcap, encode_pcap, file_header, record
from thingproof_wire.frames.wireshark_keys import key_row
from thingproof_wire.tests.strategies import patient

if TYPE_CHECKING:
    from pathlib import Path

HEARD = LoraTap(868_100_000, 125_000, 7, -80.0, 7.5, b"\x40")
QUIET = LoraTap(869_525_000, 500_000, 12, -120.25, -12.25, b"")


@pytest.mark.parametrize("packet", [HEARD, QUIET], ids=["above noise", "below noise"])
def test_loratap_round_trip(packet: LoraTap) -> None:
    """What is a multiple of the header's steps is kept."""
    assert decode_loratap(encode_loratap(packet)) == packet


def test_loratap_bytes() -> None:
    """The header byte by byte, as its document lists it."""
    assert (
        encode_loratap(HEARD).hex()
        == "0000" + "000f" + "33be27a0" + "01" + "07" + "3b3b3b" + "1e" + "34" + "40"
    )


def test_loratap_holds_what_its_bytes_can_say() -> None:
    """A very near device does not break a capture."""
    near = decode_loratap(encode_loratap(LoraTap(1, 125_000, 7, 140.0, 99.0, b"")))
    assert (near.rssi_dbm, near.snr_db) == (116, 31.75)


def test_later_headers_are_skipped() -> None:
    """Version 1 appends fields; the packet begins after the length that the header says."""
    longer = bytearray(encode_loratap(HEARD))
    longer[0], longer[3] = 1, 35
    longer[15:15] = bytes(20)
    assert decode_loratap(bytes(longer)) == HEARD


@patient
@given(st.binary(max_size=40))
def test_any_bytes_as_loratap_or_pcap(data: bytes) -> None:
    """Any bytes are read, or a wire error."""
    for decode in (decode_loratap, decode_pcap):
        try:
            decode(data)
        except WireError:
            continue


@patient
@given(st.lists(st.builds(Capture, st.integers(0, (1 << 32) * 1_000_000 - 1), st.binary(max_size=80))))
def test_pcap_round_trip(captures: list[Capture]) -> None:
    """A file is read as it was written."""
    assert decode_pcap(encode_pcap(LINK_TYPE, captures)) == (LINK_TYPE, captures)


def test_pcap_of_another_byte_order() -> None:
    """Files of big-endian machines can be read."""
    data = struct.pack(">IHHiIIIIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 270, 1, 5, 1, 1) + b"x"
    assert decode_pcap(data) == (270, [Capture(1_000_005, b"x")])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xd4\xc3", Truncated),
        (b"abcd", Malformed),
        (file_header(270)[:20], Truncated),
        (file_header(270) + bytes(8), Truncated),
        (file_header(270) + record(0, b"abc")[:-1], Truncated),
    ],
    ids=["magic cut", "magic", "header cut", "record header cut", "record cut"],
)
def test_broken_pcap(data: bytes, kind: type[WireError]) -> None:
    """A broken file says where."""
    with pytest.raises(kind):
        decode_pcap(data)


@pytest.mark.parametrize(
    "packet",
    [
        LoraTap(1 << 32, 125_000, 7, 0, 0, b""),
        LoraTap(1, 62_500, 7, 0, 0, b""),
        LoraTap(1, 125_000, 13, 0, 0, b""),
        LoraTap(1, 125_000, 7, 0, 0, b"", sync_word=256),
    ],
    ids=["frequency", "bandwidth", "spreading factor", "sync word"],
)
def test_values_without_a_place(packet: LoraTap) -> None:
    """A value that the header cannot say is refused."""
    with pytest.raises(OutOfRange):
        encode_loratap(packet)


def test_times_and_lengths_without_a_place() -> None:
    """A record has 32 bits of seconds and at most 65535 bytes."""
    with pytest.raises(OutOfRange):
        record(-1, b"")
    with pytest.raises(OutOfRange):
        record(0, bytes(65536))


def dissected(folder: Path, frames: list[bytes], keys: str) -> list[dict[str, Any]]:
    """What tshark says about frames, layer by layer."""
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed (apt-get install tshark)")
    captures = [
        Capture(index * 1_000_000, encode_loratap(LoraTap(868_100_000, 125_000, 7, -80, 7.5, frame)))
        for index, frame in enumerate(frames)
    ]
    path = folder / "frames.pcap"
    path.write_bytes(encode_pcap(LINK_TYPE, captures))
    command = [tshark, "-r", str(path), "-T", "json", "-o", f"uat:encryption_keys_lorawan:{keys}"]
    done = subprocess.run(command, check=True, capture_output=True, timeout=60)
    return [packet["_source"]["layers"] for packet in json.loads(done.stdout)]


def flat(value: Any) -> dict[str, Any]:
    """All fields of a dissection by name."""
    fields: dict[str, Any] = {}
    for name, item in value.items():
        if isinstance(item, dict):
            fields |= flat(item)
        else:
            fields[name] = item
    return fields


def test_tshark_reads_and_decrypts_our_frames(tmp_path: Path) -> None:
    """An independent dissector finds address, counter, MAC command and payload, and agrees with the MIC."""
    keys = SessionKeys(bytes(range(16)), bytes(range(16, 32)))
    session = Session(0x49BE7DF1, keys)
    up = DataFrame(MType.CONFIRMED_UP, 0x49BE7DF1, 0x1234, 10, b"hello world", b"\x02", adr=True)
    down = DataFrame(MType.UNCONFIRMED_DOWN, 0x49BE7DF1, 7, 42, b"do it", ack=True, f_pending=True)
    layers = dissected(tmp_path, [session.seal(up), session.seal(down)], key_row(0x49BE7DF1, keys))
    first, second = map(flat, layers)
    assert first["loratap.channel.frequency"] == "868100000"
    assert int(first["lorawan.fhdr.devaddr"], 16) == 0x49BE7DF1
    assert int(first["lorawan.mhdr.mtype"], 0) == MType.CONFIRMED_UP
    assert int(first["lorawan.fhdr.fcnt"], 0) == 0x1234
    assert int(first["lorawan.fport"], 0) == 10
    assert int(first["lorawan.mac_command_uplink"], 0) == 2
    assert bytes.fromhex(first["lorawan.frmpayload_decrypted"].replace(":", "")) == b"hello world"
    assert first["lorawan.mic.status"] == "1"
    assert bytes.fromhex(second["lorawan.frmpayload_decrypted"].replace(":", "")) == b"do it"
    assert second["lorawan.mic.status"] == "1"
    assert second["lorawan.fhdr.fctrl.fpending"] in {"1", True, "True"}


def test_tshark_reads_our_join_messages(tmp_path: Path) -> None:
    """The join request's fields are in the clear; the accept stays sealed for who has no root key."""
    key = bytes(range(16))
    request = seal_join_request(JoinRequest(0x70B3D57ED00000DC, 0x00AFEE7CF5ED6F1E, 0xCC85), key)
    accept = seal_join_accept(JoinAccept(1, 0x13, 0x26012E43, DlSettings(1, 3), 1), key)
    rows = key_row(0, SessionKeys(key, key), 0x70B3D57ED00000DC)
    first, second = map(flat, dissected(tmp_path, [request, accept], rows))
    assert first["lorawan.join_request.deveui"] == "00:af:ee:7c:f5:ed:6f:1e"
    assert first["lorawan.join_request.appeui"] == "70:b3:d5:7e:d0:00:00:dc"
    assert first["lorawan.mic.status"] == "1"
    assert int(second["lorawan.mhdr.mtype"], 0) == MType.JOIN_ACCEPT
