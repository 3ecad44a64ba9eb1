"""``thingproof decode lorawan`` and ``thingproof decode semtech``, as a person calls them."""

import json

from thingproof_scenarios.tests.command import one_line, thingproof
from thingproof_wire import vectors
from thingproof_wire.frames.semtech_udp import PushData, RxPacket, encode_datagram

ROW = vectors.load("lorawan_data")[0]
KEYS = ["--nwk-s-key", ROW["nwk_s_key"], "--app-s-key", ROW["app_s_key"]]


def test_a_frame_with_its_keys() -> None:
    """Every byte has a row; the payload is in the clear and the MIC is right."""
    done = thingproof("decode", "lorawan", ROW["hex"], *KEYS, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(one_line(done.stdout))
    assert answer["error"] is None
    assert "".join(row["hex"] for row in answer["rows"]) == ROW["hex"]
    meanings = {row["name"]: row["meaning"] for row in answer["rows"]}
    assert "hello" in meanings["FRMPayload"]
    assert meanings["MIC"] == "right with FCnt 1"


def test_a_frame_without_keys_names_the_options() -> None:
    """What is encrypted stays bytes, and the output says which key would open it."""
    done = thingproof("decode", "lorawan", ROW["hex"])
    assert done.returncode == 0, done.stderr
    assert "--app-s-key" in done.stdout
    assert "--nwk-s-key" in done.stdout


def test_a_wrong_key_is_exit_one() -> None:
    """The frame is shown, the reason stands on standard error."""
    done = thingproof("decode", "lorawan", ROW["hex"], "--nwk-s-key", "00" * 16)
    assert done.returncode == 1
    assert "DevAddr" in done.stdout
    assert "broken frame: MIC: is" in one_line(done.stderr)


def test_a_datagram_down_to_the_payload() -> None:
    """A gateway's datagram shows the frame in it."""
    packet = RxPacket(1, 868_100_000, "SF7BW125", bytes.fromhex(ROW["hex"]), -30, 9.0)
    data = encode_datagram(PushData(7, 0x0A0B, (packet,)))
    done = thingproof("decode", "semtech", data.hex(), *KEYS, "--json")
    assert done.returncode == 0, done.stderr
    meanings = {row["name"]: row["meaning"] for row in json.loads(one_line(done.stdout))["rows"]}
    assert meanings["gateway"] == "EUI 0000000000000a0b"
    assert "hello" in meanings["rxpk[0] FRMPayload"]
