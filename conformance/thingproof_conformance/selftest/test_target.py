"""Target files: what is wrong is told with file, field, value and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from thingproof_conformance import features
from thingproof_conformance.target import TargetError, parse_target, read_target

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
name: my cloud
vendors:
  gizwits:
    url: http://127.0.0.1:8610
    mqtt: mqtt://127.0.0.1:18830
    app_id: abc
    app_secret: very-secret
control: {url: "http://127.0.0.1:8600", token: control-token}
features: [clock, seed]
"""


def _read(folder: Path, text: str) -> object:
    file = folder / "target.yaml"
    file.write_text(text)
    return read_target(file)


def test_a_target_file(tmp_path: Path) -> None:
    """Everything in it is typed, and its secrets are known."""
    file = tmp_path / "target.yaml"
    file.write_text(GOOD)
    target = read_target(file)
    assert target.name == "my cloud"
    assert target.vendors["gizwits"].mqtt == "mqtt://127.0.0.1:18830"
    assert target.vendors["gizwits"].values == {"app_id": "abc", "app_secret": "very-secret"}
    assert target.control is not None
    assert target.claimed == ("clock", "seed")
    assert not target.embedded
    assert target.secrets() == {"very-secret", "control-token"}


def test_what_serve_prints_is_a_target_file() -> None:
    """JSON with addresses and no features: they are found by probing."""
    line = {
        "control": {"url": "http://127.0.0.1:8600", "token": "t"},
        "pid": 7,
        "vendors": {"gizwits": {"url": "http://127.0.0.1:8610", "ws": "ws://127.0.0.1:8611"}},
    }
    assert parse_target(line, "serve").claimed is None


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "http://127.0.0.1:8610",
            "127.0.0.1",
            r"vendors\.gizwits\.url: '127\.0\.0\.1' is no http address; write",
        ),
        (
            "http://127.0.0.1:8610",
            "http://h:port",
            r"vendors\.gizwits\.url: 'http://h:port' is no http address",
        ),
        ("    url: http://127.0.0.1:8610\n", "", r"vendors\.gizwits\.url: missing; write e\.g\. http"),
        ("app_id: abc", "app_id: 12", r"vendors\.gizwits\.app_id: 12 is no text; write"),
        ("app_id:", "appid:", r"vendors\.gizwits\.appid: unknown field; write one of url"),
        ("  gizwits:", "  acme:", r"vendors\.acme: unknown vendor; write one of gizwits"),
        ("mqtt: mqtt:", "mqtt: http:", r"vendors\.gizwits\.mqtt: 'http://.*' is no mqtt address"),
        (", token: control-token", "", r"control\.token: missing; write the token"),
        ("[clock, seed]", "[clock, magic]", r"features\[1\]: 'magic' is no feature; write some of clock"),
        ("[clock, seed]", "clock", r"features: 'clock' is no list"),
        ("name: my cloud", "name: [1]", r"name: \[1\] is no text"),
        ("name: my cloud", "nmae: my cloud", r"nmae: unknown field"),
        (GOOD, "vendors: x", r"vendors: 'x' is no mapping"),
        ("name: my cloud", "name: 'my cloud", r"target\.yaml:\d+: .*; write YAML or JSON"),
        (GOOD, "just text", r"the file: 'just text' is no mapping"),
    ],
)
def test_errors_name_file_field_value_and_remedy(tmp_path: Path, before: str, after: str, said: str) -> None:
    """Each mistake has its own message."""
    assert before in GOOD
    with pytest.raises(TargetError, match=said) as caught:
        _read(tmp_path, GOOD.replace(before, after))
    assert str(caught.value).startswith(str(tmp_path / "target.yaml"))


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    """No traceback for a missing file."""
    with pytest.raises(TargetError, match=r"absent\.yaml: No such file or directory; name a readable"):
        read_target(tmp_path / "absent.yaml")


def test_features_are_probed() -> None:
    """Without a control surface and a broker their features are absent, with the reason."""
    target = parse_target({"vendors": {"gizwits": {"url": "http://127.0.0.1:9"}}}, "test")
    absent = features.absent(target, None, features.FEATURES)
    assert set(absent) == {"clock", "outbox", "seed", "faults", "hardware", "websocket"}
    assert "no control surface" in absent["clock"]
    assert absent["hardware"] == "the target file has no vendors.gizwits.mqtt"


def test_a_sylvia_target_knows_its_tokens() -> None:
    """Tokens of every role are values, and secret; a broker has an address of its own."""
    text = """
vendors:
  sylvia:
    url: http://127.0.0.1:8610
    mqtt: mqtt://127.0.0.1:18830
    amqp: amqp://u:p@127.0.0.1:15672/sylvia
    admin_token: token-of-the-admin
    owner_token: token-of-the-owner
"""
    target = parse_target(yaml.safe_load(text), "target.yaml")
    assert target.vendors["sylvia"].amqp == "amqp://u:p@127.0.0.1:15672/sylvia"
    assert target.secrets() == {"token-of-the-admin", "token-of-the-owner"}
    with pytest.raises(TargetError, match=r"vendors\.sylvia\.amqp: 'mqtt://h' is no amqp address"):
        parse_target({"vendors": {"sylvia": {"url": "http://h", "amqp": "mqtt://h"}}}, "target.yaml")


def test_a_feature_is_asked_of_the_vendors_it_is_about() -> None:
    """WebSockets are none of Sylvia's, queues by AMQP none of Gizwits'."""
    sylvia = parse_target({"vendors": {"sylvia": {"url": "http://h"}}}, "target.yaml")
    gizwits = parse_target({"vendors": {"gizwits": {"url": "http://h"}}}, "target.yaml")
    assert set(features.absent(sylvia, None, ["websocket", "amqp"])) == {"amqp"}
    assert set(features.absent(gizwits, None, ["websocket", "amqp"])) == {"websocket"}
