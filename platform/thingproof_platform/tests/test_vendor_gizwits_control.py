"""Control: data points and raw bytes become frames, refusals in their order (gizwits.md:1457)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.core.effects import PublishMqtt
from thingproof_platform.tests.builders import BINARY, VALUES, Cloud
from thingproof_platform.vendors.gizwits import DIALECT


def _ready(did: str | None = None) -> Cloud:
    """A bound device that is online and reported once; effects are drained."""
    cloud = Cloud()
    cloud.bind()
    body = {"product_key": BINARY["product_key"], "mac": "ffffffffffff"}
    cloud.call("bindings.bind_mac", body, headers=cloud.signed(BINARY["product_secret"]))
    cloud.online(did)
    cloud.world.drain_effects()
    return cloud


def _published(cloud: Cloud) -> list[PublishMqtt]:
    return [effect for effect in cloud.world.drain_effects() if isinstance(effect, PublishMqtt)]


def _sent(cloud: Cloud, body: dict[str, Any], **named: Any) -> str:
    """The frame a call sends, as hex."""
    answer = cloud.call("devices.control", body, **named)
    assert (answer.status, answer.body) == (200, None)
    (message,) = _published(cloud)
    return message.payload.hex()


def test_attributes_become_a_control_frame() -> None:
    """Flags for what is set, last known values for the rest, on the caller's topic."""
    cloud = _ready()
    cloud.report(VALUES | {"set_temp": 20})
    cloud.world.drain_effects()
    answer = cloud.call("devices.control", {"attrs": {"switch": True}})
    assert (answer.status, answer.body) == (200, None)
    (message,) = _published(cloud)
    assert message.topic.startswith(f"app2dev/{cloud.did}/")
    assert len(message.topic.rpartition("/")[2]) <= 23
    # command 0x0090, action 01, flags 01, bits, on_timing 0, set_temp 20
    assert message.payload.hex() == "0000000308000090" + "01" + "01" + "010014"


@pytest.mark.parametrize(
    ("attrs", "flags", "values"),
    [
        ({"switch": 1}, "01", "010010"),
        ({"switch": True}, "01", "010010"),
        ({"mode": "除湿"}, "04", "080010"),
        ({"mode": 2}, "04", "080010"),
        ({"fan_swing": 0, "set_temp": 30}, "22", "00001e"),
    ],
)
def test_accepted_spellings_of_values(attrs: dict[str, Any], flags: str, values: str) -> None:
    """Booleans as true or 1, enumerations as label or order number; set_temp stays at its least, 16."""
    assert _sent(_ready(), {"attrs": attrs}) == "0000000308000090" + "01" + flags + values


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({"attrs": {"binary": "1234567000"}}, {}),
        ({"attrs": {"binary": "EjRWcAA="}, "binary_coding": "base64"}, {}),
        ({"attrs": {"binary": "EjRWcAA="}}, {"binary_coding": "base64"}),
        ({"attrs": {"binary": "1234567000"}, "binary_coding": "hex"}, {}),
    ],
)
def test_extended_values_in_both_codings(body: dict[str, Any], query: dict[str, str]) -> None:
    """Hex by default, base64 by binary_coding in body or query, padded to the full length."""
    cloud = _ready("display")
    assert _sent(cloud, body, did="display", query=query).endswith("1104" + "1234567000")


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({"raw": [97, 98, 99]}, {}),
        ({"raw": "616263", "binary_coding": "hex"}, {}),
        ({"raw": "YWJj", "binary_coding": "base64"}, {}),
        ({"raw": "YWJj"}, {"binary_coding": "base64"}),
    ],
)
def test_raw_bytes_in_three_codings(body: dict[str, Any], query: dict[str, str]) -> None:
    """Decimal array, hex or base64: the bytes are the payload of a 0x0090 frame."""
    assert _sent(_ready(), body, query=query) == "0000000306000090616263"


@pytest.mark.parametrize(
    "body",
    [
        {},
        None,
        [],
        {"raw": []},
        {"raw": [256]},
        {"raw": [-1]},
        {"raw": [True]},
        {"raw": [1.5]},
        {"raw": "616263"},
        {"raw": "xyz", "binary_coding": "hex"},
        {"raw": "616", "binary_coding": "hex"},
        {"raw": "???", "binary_coding": "base64"},
        {"raw": [1], "binary_coding": "rot13"},
        {"raw": [1], "binary_coding": ["hex"]},
        {"raw": {"0": 1}},
        {"raw": [1] * 70_000},
        {"attrs": {}},
        {"attrs": []},
        {"attrs": "switch"},
    ],
)
def test_bad_forms(body: Any) -> None:
    """Refused with 9015, and nothing is sent."""
    cloud = _ready()
    assert cloud.code("devices.control", body) == 9015
    assert _published(cloud) == []


@pytest.mark.parametrize(
    "attrs",
    [
        {"unknown": 1},
        {"room_temp": 5},
        {"alert_full": 1},
        {"switch": 2},
        {"switch": "on"},
        {"mode": "sideways"},
        {"mode": 4},
        {"mode": -1},
        {"mode": None},
        {"set_temp": 31},
        {"set_temp": 15},
        {"set_temp": "20"},
        {"set_temp": 10**400},
        {"set_temp": float("nan")},
        {"set_temp": [20]},
        {"set_temp": True},
        {"switch": True, "unknown": 1},
    ],
)
def test_invalid_attributes(attrs: dict[str, Any]) -> None:
    """Unknown, read-only and out-of-range data points are refused with 9025, and nothing is sent."""
    cloud = _ready()
    assert cloud.code("devices.control", {"attrs": attrs}) == 9025
    assert _published(cloud) == []


@pytest.mark.parametrize(
    "value", ["1234567", "12345670", "123456700000", "zz34567000", "", 5, None, [1, 2, 3, 4, 999]]
)
def test_extended_values_need_their_full_length(value: Any) -> None:
    """Another length or no hex is refused with 9025."""
    assert _ready("display").code("devices.control", {"attrs": {"binary": value}}, did="display") == 9025


def test_raw_and_attributes_are_both_sent() -> None:
    """Raw first, as in the table."""
    cloud = _ready()
    cloud.call("devices.control", {"raw": [1], "attrs": {"switch": True}})
    assert [message.payload[8] for message in _published(cloud)] == [1, 1]
    assert cloud.log().body["meta"]["total"] == 2


def test_refusals_by_state() -> None:
    """Unknown 9014, not bound 9017, offline 9042, connection just lost 9021, disabled 9023, network 9024."""
    cloud = Cloud()
    body = {"attrs": {"switch": True}}
    assert cloud.code("devices.control", body, did="nothing") == 9014
    assert cloud.code("devices.control", body) == 9017
    cloud.bind()
    assert cloud.code("devices.control", body) == 9042
    connection = cloud.online()
    assert cloud.code("devices.control", body) == 0
    cloud.world.set_link("gizwits", up=False)
    assert cloud.code("devices.control", body) == 9024
    cloud.world.set_link("gizwits", up=True)
    cloud.m2m.disconnected(cloud.did, connection)
    assert cloud.code("devices.control", body) == 9021
    cloud.world.clock.advance(10)
    assert cloud.code("devices.control", body) == 9042
    cloud.world.things.set_disabled("gizwits", cloud.did, disabled=True)
    assert cloud.code("devices.control", body) == 9023


def test_read_request_frame_is_that_of_the_document() -> None:
    """Raw 02 sends exactly the frame of gizwits.md:1448."""
    assert _sent(_ready(), {"raw": [2]}) == "000000030400009002"


def test_products_without_data_points_take_raw_only() -> None:
    """Attributes need defined data points (gizwits.md:1479); raw works both ways."""
    cloud = Cloud()
    product = {"name": "Raw", "product_key": "c" * 32, "product_secret": "s", "datapoints": []}
    device = {"product_key": "c" * 32, "mac": "1", "did": "raw"}
    DIALECT.seed(cloud.world, {"products": [product], "devices": [device]})
    DIALECT.seed(cloud.world, {"bindings": [{"uid": cloud.uid, "did": "raw"}]})
    cloud.online("raw")
    assert cloud.code("devices.control", {"attrs": {"switch": True}}, did="raw") == 9025
    assert _sent(cloud, {"raw": [97]}, did="raw") == "000000030400009061"
    assert cloud.m2m.published("raw", "dev2app/raw", bytes.fromhex("0000000305000091abcd"))
    assert cloud.code("devdata.latest", did="raw") == 9029
    assert cloud.code("datapoint.get", query={"product_key": "c" * 32}) == 0


def test_finished_commands_are_forgotten() -> None:
    """A command without number ends when it is sent."""
    cloud = _ready()
    cloud.call("devices.control", {"attrs": {"switch": True}})
    assert len(cloud.world.commands) == 0
