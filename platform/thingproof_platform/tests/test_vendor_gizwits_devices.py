"""Devices: latest values, definition, logs (gizwits.md:1086)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.tests.builders import BINARY, VALUES, Cloud

_DAY = 86400


def test_latest_shows_labels_bits_and_display_values() -> None:
    """Labels, 0 and 1, display values that may be negative (gizwits.md:1122)."""
    cloud = Cloud()
    cloud.online()
    cloud.report()
    assert cloud.call("devdata.latest", token="").body == {
        "did": cloud.did,
        "updated_at": int(cloud.world.clock.now()),
        "attr": {
            "switch": 1,
            "fan_swing": 0,
            "mode": "制冷",
            "fan_speed": "低风",
            "on_timing": 0,
            "set_temp": 16,
            "room_temp": -10,
            "alert_full": 0,
            "fault_roomtemp": 0,
        },
    }


def test_latest_without_report_is_refused() -> None:
    """Nothing reported: 9029; unknown device: 9014 (gizwits.md:3565)."""
    cloud = Cloud()
    assert cloud.code("devdata.latest") == 9029
    assert cloud.code("devdata.latest", did="nothing") == 9014


def test_latest_ends_after_24_hours() -> None:
    """Served at 24 hours, not a second later; the prepared answer obeys, too."""
    cloud = Cloud()
    cloud.world.clock.freeze()
    cloud.online()
    cloud.report()
    assert cloud.code("devdata.latest") == 0
    cloud.world.clock.advance(_DAY)
    assert cloud.code("devdata.latest") == 0
    cloud.world.clock.advance(1)
    assert cloud.code("devdata.latest") == 9029


def test_latest_ages_each_data_point_by_itself() -> None:
    """A variable-length device reports some data points; the others age on."""
    cloud = Cloud()
    cloud.world.clock.freeze()
    cloud.online("display")
    cloud.report({"lamp": True, "level": 7.32}, "display")
    cloud.world.clock.advance(_DAY // 2)
    cloud.report({"lamp": False}, "display")
    assert cloud.call("devdata.latest", did="display").body["attr"] == {"lamp": 0, "level": 7.32}
    cloud.world.clock.advance(_DAY // 2 + 1)
    assert cloud.call("devdata.latest", did="display").body["attr"] == {"lamp": 0}


def test_latest_follows_every_report() -> None:
    """A prepared answer is dropped by the next report."""
    cloud = Cloud()
    cloud.online()
    for temperature in (17, 18, 19):
        cloud.report(VALUES | {"set_temp": temperature})
        for _ in range(2):
            assert cloud.call("devdata.latest").body["attr"]["set_temp"] == temperature


def test_extended_values_are_hex() -> None:
    """A binary data point is shown as lower-case hex."""
    cloud = Cloud()
    cloud.online("display")
    cloud.report({"binary": bytes.fromhex("12345670ff")}, "display")
    assert cloud.call("devdata.latest", did="display").body["attr"] == {"binary": "12345670ff"}


def test_definition_of_a_fixed_length_product() -> None:
    """Positions, kinds and specs of the table (gizwits.md:1163)."""
    cloud = Cloud()
    body = cloud.call("datapoint.get", query={"product_key": cloud.key}).body
    assert (body["protocolType"], body["packetVersion"]) == ("standard", "0x00000004")
    assert body["ui"]["object"] == {"version": 4, "showEditButton": False}
    (entity,) = body["entities"]
    assert (entity["id"], entity["name"]) == (0, "entity0")
    attrs = {attr["name"]: attr for attr in entity["attrs"]}
    assert [attr["id"] for attr in entity["attrs"]] == list(range(9))
    assert attrs["mode"]["enum"] == ["制冷", "制热", "除湿", "送风"]
    assert attrs["mode"]["position"] == {"byte_offset": 0, "bit_offset": 2, "len": 2, "unit": "bit"}
    assert attrs["room_temp"]["uint_spec"] == {"min": 0, "max": 60, "ratio": 1, "addition": -10}
    assert attrs["room_temp"]["position"]["unit"] == "byte"
    kinds = {name: attr["type"] for name, attr in attrs.items()}
    assert kinds["switch"] == "status_writable"
    assert kinds["room_temp"] == "status_readonly"
    assert (kinds["alert_full"], kinds["fault_roomtemp"]) == ("alert", "fault")
    assert "enum" not in attrs["switch"]
    assert "uint_spec" not in attrs["mode"]


def test_elements_of_all_five_kinds() -> None:
    """Each kind of element has its own members and no others (gizwits.md:1204)."""
    cloud = Cloud()
    elements: dict[str, dict[str, Any]] = {}
    for key in (cloud.key, BINARY["product_key"]):
        body = cloud.call("datapoint.get", query={"product_key": key}).body
        elements |= {element["key"]: element for element in body["ui"]["sections"][0]["elements"]}
    common = {"title", "key", "type", "object"}
    boolean, radio, label = (elements[f"entity0.{name}"] for name in ("switch", "mode", "room_temp"))
    number, lines = (elements[f"entity0.{name}"] for name in ("level", "binary"))
    assert (boolean["type"], set(boolean) - common) == ("QBooleanElement", {"boolValue"})
    assert (radio["type"], set(radio) - common) == ("QRadioElement", {"items"})
    assert (label["type"], set(label) - common) == ("QLabelElement", set())
    assert (lines["type"], lines["maxLength"]) == ("QMultilineElement", 10)
    assert number["type"] == "QFloatElement"
    assert (number["minimumValue"], number["maximumValue"], number["value"]) == (0, 10, 0)
    assert number["bind"] == "floatValue:float"
    assert number["keyboardType"] == "NumbersAndPunctuation"
    assert number["object"]["unit_spec"] == {"max": 10, "step": 0.01, "min": 0}
    perms = {name.partition(".")[2]: element["object"]["perm"] for name, element in elements.items()}
    assert (perms["switch"], perms["room_temp"]) == ("W", "R")
    assert (perms["alert_full"], perms["fault_roomtemp"]) == ("N", "E")
    assert label["object"]["bind"] == ["entity0.room_temp"]


def test_positions_of_a_variable_length_product_are_zero() -> None:
    """Both offsets are 0 (gizwits.md:1200)."""
    body = Cloud().call("datapoint.get", query={"product_key": BINARY["product_key"]}).body
    for attr in body["entities"][0]["attrs"]:
        assert (attr["position"]["byte_offset"], attr["position"]["bit_offset"]) == (0, 0)


def test_definition_is_for_applications_of_the_product() -> None:
    """Linked applications and super applications see it, others get 9002 (gizwits.md:1144)."""
    cloud = Cloud(
        applications=[
            {"app_id": "app", "products": [BINARY["product_key"]]},
            {"app_id": "super", "super": True, "products": []},
        ]
    )
    query = {"product_key": cloud.key}
    assert cloud.code("datapoint.get", query=query) == 9002
    assert cloud.code("datapoint.get", query=query, app="super") == 0
    assert cloud.code("datapoint.get", query={"product_key": BINARY["product_key"]}) == 0
    assert cloud.code("datapoint.get", query={"product_key": "unknown"}, app="super") == 9002
    assert cloud.code("datapoint.get") == 9002


def _talking() -> Cloud:
    """A bound device that reported three times, a second apart, and got one command."""
    cloud = Cloud()
    cloud.world.clock.freeze()
    cloud.bind()
    cloud.online()
    for temperature in (17, 18, 19):
        cloud.report(VALUES | {"set_temp": temperature})
        cloud.world.clock.advance(1.125)
    assert cloud.code("devices.control", {"attrs": {"switch": False}}) == 0
    return cloud


def test_log_shows_both_directions() -> None:
    """Reports as dev2app, the command as app2dev with source client, uid and appid (gizwits.md:1430)."""
    cloud = _talking()
    body = cloud.log().body
    now = int(cloud.world.clock.now())
    assert body["meta"] == {
        "sort": "desc",
        "limit": 20,
        "skip": 0,
        "start_time": now - 3600,
        "end_time": now,
        "type": "cmd",
        "total": 4,
        "did": cloud.did,
    }
    newest, *reports = body["objects"]
    assert (newest["type"], newest["source"]) == ("app2dev", "client")
    assert (newest["uid"], newest["appid"], newest["ip"]) == (cloud.uid, "app", "10.0.0.7")
    assert newest["payload_bin"].startswith("00000003")
    assert [entry["type"] for entry in reports] == ["dev2app"] * 3
    for entry in reports:
        assert set(entry) == {"type", "ip", "payload_bin", "timestamp"}
        assert entry["payload_bin"][12:16] == "0091"
        assert entry["ip"] == "10.0.0.9"
    assert [entry["timestamp"] for entry in reports] == sorted(
        (entry["timestamp"] for entry in reports), reverse=True
    )
    assert reports[0]["timestamp"] % 1 == 0.25


@pytest.mark.parametrize(
    ("sort", "shown"), [("asc", "asc"), ("ase", "asc"), ("desc", "desc"), ("dese", "desc")]
)
def test_log_sorts_both_ways(sort: str, shown: str) -> None:
    """Both spellings of the document; the answer uses asc and desc (gizwits.md:1394)."""
    body = _talking().log(sort=sort).body
    times = [entry["timestamp"] for entry in body["objects"]]
    assert body["meta"]["sort"] == shown
    assert times == sorted(times, reverse=shown == "desc")


def test_log_pages() -> None:
    """Skip and limit cut the page, the total counts the query."""
    cloud = _talking()
    every = cloud.log(sort="asc").body["objects"]
    page = cloud.log(sort="asc", skip=1, limit=2).body
    assert page["objects"] == every[1:3]
    assert page["meta"]["total"] == 4
    assert cloud.log(skip=4000, limit=1000).body["objects"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"type": "other"},
        {"type": ""},
        {"sort": "up"},
        {"limit": 1001},
        {"limit": -1},
        {"limit": "x"},
        {"skip": -1},
        {"skip": 4001, "limit": 1000},
        {"skip": 4981},
        {"start_time": "soon"},
        {"end_time": "9" * 60},
        {"end_time": ""},
    ],
)
def test_log_refuses(query: dict[str, Any]) -> None:
    """Every limit of the table and anything that is no number (9015)."""
    cloud = Cloud()
    cloud.bind()
    answer = cloud.log(**query)
    assert answer.body["error_code"] == 9015


@pytest.mark.parametrize(
    ("start", "end", "fine"),
    [
        (-10, 0, True),
        (-10, 1, False),
        (-10, -10, False),
        (-10, -20, False),
        (-2 * _DAY, 0, False),
        (-2 * _DAY + 1, 0, True),
        (-7 * _DAY, -6 * _DAY, True),
        (-7 * _DAY - 1, -6 * _DAY, False),
    ],
)
def test_log_period(start: int, end: int, fine: bool) -> None:
    """Less than 48 hours within 7 days, end after start and not in the future (gizwits.md:1350)."""
    cloud = Cloud()
    cloud.world.clock.freeze()
    cloud.bind()
    now = int(cloud.world.clock.now())
    answer = cloud.log(start_time=now + start, end_time=now + end)
    assert (answer.status == 200) is fine


def test_log_needs_a_binding() -> None:
    """9014 unknown, 9017 not bound."""
    cloud = Cloud()
    assert cloud.log().body["error_code"] == 9017
    cloud.did = "nothing"
    assert cloud.log().body["error_code"] == 9014


def test_online_records_follow_the_connection() -> None:
    """Online, lost and back within the grace time, lost for good (gizwits.md:1367)."""
    cloud = Cloud()
    cloud.world.clock.freeze()
    cloud.bind()
    first = cloud.online()
    cloud.world.clock.advance(1)
    cloud.m2m.disconnected(cloud.did, first)
    assert cloud.call("devices.get").body["is_online"] is True
    cloud.world.clock.advance(1)
    second = cloud.online()
    cloud.world.clock.advance(60)
    cloud.m2m.disconnected(cloud.did, second)
    cloud.world.clock.advance(5)
    assert cloud.call("devices.get").body["is_online"] is False
    objects = cloud.log("online", sort="asc").body["objects"]
    assert [entry["type"] for entry in objects] == ["dev_online", "dev_re_online", "dev_offline"]
    assert [entry["timestamp"] - objects[0]["timestamp"] for entry in objects] == [0, 2, 67]
    assert set(objects[0]) == {"type", "ip", "timestamp"}
    assert cloud.log("online").body["meta"]["type"] == "online"
