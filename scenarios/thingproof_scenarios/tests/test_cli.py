"""What the command line says when it is used wrongly, and that it never shows a traceback for it."""

import json
import socket
from pathlib import Path

import pytest

from thingproof_scenarios.tests.command import one_line, thingproof

FRAME = "000000030b0000910400000010000000"

MISUSE = {
    "unknown vendor": (["check", "--vendor", "tuya"], "unknown vendor 'tuya': choose from gizwits, sylvia"),
    "unknown vendor to load": (["load", "--vendor", "tuya"], "unknown vendor 'tuya'"),
    "unknown vendor to serve": (["serve", "--vendor", "tuya"], "unknown vendor 'tuya'"),
    "unknown format to decode": (
        ["decode", "tuya", FRAME],
        "unknown format 'tuya': choose from gizwits, lorawan, semtech",
    ),
    "no key": (
        ["decode", "lorawan", "40", "--app-key", "12"],
        "--app-key: '12' is no key: give 32 hexadecimal digits",
    ),
    "a key for gizwits": (["decode", "gizwits", FRAME, "--app-key", "12"], "gizwits needs no keys"),
    "a product for lorawan": (
        ["decode", "lorawan", "40", "--product", "pet_house"],
        "--product is for frames of gizwits",
    ),
    "no such fleet": (
        ["simulate", "nowhere.yaml"],
        "no fleet file nowhere.yaml: give a path, or one of fleets/",
    ),
    "no such target": (["load", "--target", "nowhere.yaml"], "nowhere.yaml"),
    "no such target to check": (["check", "--target", "nowhere.yaml"], "nowhere.yaml"),
    "no duration": (
        ["simulate", "fleets/house.yaml", "--for", "soon"],
        "--for: 'soon' is not a duration: write",
    ),
    "no duration for the load": (["load", "--for", "15"], "--for: '15' is not a duration"),
    "not hexadecimal": (["decode", "gizwits", "00zz"], "HEX: 'z' at position 2"),
    "half a byte": (["decode", "gizwits", "000"], "give two digits for each byte"),
    "no such product": (["decode", "gizwits", FRAME, "--product", "toaster"], "no profile or file 'toaster'"),
    "no such run file": (["report", "nowhere.ndjson"], "no run file nowhere.ndjson"),
    "no such victim": (
        ["durability", "--kill", "sun"],
        "--kill: 'sun' is no victim: choose platform or broker",
    ),
    "a port that is none": (
        ["serve", "--port", "gizwits.http=70000"],
        "--port gizwits.http=70000: '70000' is no port; give 0",
    ),
    "one port twice": (
        ["serve", "--port", "gizwits.http=8600"],
        "--port gizwits.http=8600: 8600 is already the port of control",
    ),
    "a server that is none": (["serve", "--port", "gizwits.smtp=1"], "choose of http, mqtt, mqtts, ws, wss"),
    "a fleet of another vendor": (
        ["serve", "--vendor", "sylvia", "--fleet", "house"],
        "--fleet house: its devices speak to gizwits: add --vendor gizwits",
    ),
    "two fleets of one vendor": (
        ["serve", "--fleet", "house", "--fleet", "single"],
        "--fleet single: gizwits already plays house: name one of them",
    ),
    "no such section": (["bench", "--only", "typing"], "--only typing: no such section: choose of codec,"),
    "a fault that is none": (["run", "--fault", "drop_feild:a:b"], "did you mean drop_field"),
}


@pytest.mark.parametrize(("arguments", "message"), MISUSE.values(), ids=MISUSE)
def test_misuse_is_one_line_with_a_remedy(arguments: list[str], message: str, tmp_path: Path) -> None:
    """Exit code 2, one line on standard error, nothing that looks like a result."""
    done = thingproof(*arguments, folder=tmp_path)
    assert done.returncode == 2, done.stderr
    line = one_line(done.stderr)
    assert line.startswith("thingproof: ")
    assert message in line
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["fly"], ["simulate"], ["load", "--users", "many"], ["load", "--users", "0"], ["check", "--nope"]],
)
def test_unknown_words_are_refused_with_usage(arguments: list[str]) -> None:
    """What the option parser does not know ends with 2 as well."""
    done = thingproof(*arguments)
    assert done.returncode == 2
    assert "Error" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_malformed_fleet_names_file_line_and_field(tmp_path: Path) -> None:
    """The fleet's own error comes through as one line."""
    (tmp_path / "bad.yaml").write_text("name: bad\ndevices:\n  - name: one\n    interval: 5x\n")
    done = thingproof("simulate", "bad.yaml", folder=tmp_path)
    assert done.returncode == 2
    assert "bad.yaml:" in one_line(done.stderr)


def test_a_malformed_target_names_the_field(tmp_path: Path) -> None:
    """So does the target's."""
    (tmp_path / "bad.yaml").write_text("vendors:\n  gizwits:\n    url: 8610\n")
    done = thingproof("load", "--target", "bad.yaml", folder=tmp_path)
    assert done.returncode == 2
    assert "vendors.gizwits.url" in one_line(done.stderr)


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    """The port that is taken stands in the message."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        busy = f"gizwits.http={port}"
        done = thingproof(
            "serve", "--vendor", "gizwits", "--any-ports", "--port", busy, "--empty", folder=tmp_path
        )
    assert done.returncode == 2
    assert str(port) in one_line(done.stderr)


def test_a_damaged_run_file_is_named_with_its_line(tmp_path: Path) -> None:
    """A report is not made from half of a file."""
    (tmp_path / "run.ndjson").write_text('{"event":"run.started"}\n{"eve\n')
    done = thingproof("report", "run.ndjson", folder=tmp_path)
    assert done.returncode == 2
    assert "run.ndjson:2: not an event" in one_line(done.stderr)


def test_version_is_a_word_and_a_number() -> None:
    """As every tool's."""
    done = thingproof("--version")
    assert done.returncode == 0
    assert one_line(done.stdout).startswith("thingproof ")


@pytest.mark.parametrize(
    "command",
    ["run", "serve", "demo", "check", "load", "simulate", "decode", "report", "bench", "durability"],
)
def test_every_command_explains_itself(command: str) -> None:
    """Help says what the command does and lists its options."""
    done = thingproof(command, "--help")
    assert done.returncode == 0
    assert "Usage: thingproof" in done.stdout
    assert "--" in done.stdout


def test_decode_explains_every_byte() -> None:
    """The rows cover the frame without a gap, and the values are those of the document (gizwits.md:1122)."""
    done = thingproof("decode", "gizwits", FRAME, "--product", "air_conditioner", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(one_line(done.stdout))
    assert answer["error"] is None
    covered: set[int] = set()
    for row in answer["rows"]:
        covered |= set(range(row["offset"], row["offset"] + row["length"]))
    assert covered == set(range(len(FRAME) // 2))
    meanings = {row["name"]: row["meaning"] for row in answer["rows"]}
    assert any("set_temp" in name for name in meanings)


def test_decode_shows_what_it_could_read_of_a_broken_frame() -> None:
    """A truncated frame: the rows so far on standard output, the reason on standard error, exit code 1."""
    done = thingproof("decode", "gizwits", FRAME[:-4], "--product", "air_conditioner")
    assert done.returncode == 1
    assert "00000003" in done.stdout.replace(" ", "")
    assert one_line(done.stderr).startswith("thingproof: broken frame: ")


def test_output_in_a_pipe_is_plain() -> None:
    """No colours and no lines of a table."""
    done = thingproof("decode", "gizwits", FRAME, "--product", "air_conditioner")
    assert done.stdout.splitlines()[0].split() == ["offset", "bytes", "field", "meaning"]
    assert "\x1b" not in done.stdout
    assert "─" not in done.stdout
