"""``thingproof decode zigbee``, as a person calls it."""

import json

from thingproof_scenarios.tests.command import one_line, thingproof
from thingproof_wire import vectors
from thingproof_wire.frames.ieee802154 import add_fcs

ROWS = {row["message"]: row for row in vectors.load("zigbee_frames")}
LEAVE = add_fcs(bytes.fromhex(ROWS["leave"]["hex"])).hex()
KEY = ["--network-key", ROWS["leave"]["network_key"]]


def test_a_frame_with_the_network_key() -> None:
    """Every byte has a row; the command is in the clear."""
    done = thingproof("decode", "zigbee", LEAVE, *KEY, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(one_line(done.stdout))
    assert answer["error"] is None
    assert "".join(row["hex"] for row in answer["rows"]) == LEAVE
    meanings = {row["name"]: row["meaning"] for row in answer["rows"]}
    assert meanings["network command"] == "leave (section 3.4.4)"
    assert meanings["FCS"] == "right"


def test_a_frame_without_the_key_names_the_option() -> None:
    """What is encrypted stays bytes, and the output says which key would open it."""
    done = thingproof("decode", "zigbee", LEAVE)
    assert done.returncode == 0, done.stderr
    assert "--network-key" in done.stdout


def test_a_wrong_fcs_and_a_wrong_key_are_exit_one() -> None:
    """The frame is shown, the reason stands on standard error."""
    done = thingproof("decode", "zigbee", LEAVE[:-2] + "00", *KEY)
    assert done.returncode == 1
    assert "broken frame: FCS" in one_line(done.stderr)
    done = thingproof("decode", "zigbee", LEAVE, "--network-key", "00" * 16)
    assert done.returncode == 1
    assert "broken frame: MIC: is" in one_line(done.stderr)


def test_keys_of_other_formats_are_misuse() -> None:
    """An option that the format has no use for is named."""
    done = thingproof("decode", "zigbee", LEAVE, "--app-key", "00" * 16)
    assert done.returncode == 2
    assert "--app-key is for frames of lorawan or semtech" in one_line(done.stderr)
    done = thingproof("decode", "lorawan", "00" * 23, *KEY)
    assert done.returncode == 2
    assert "--network-key is for frames of zigbee" in one_line(done.stderr)
