"""The device network: logins, topics, reports, acknowledgements, duplicates."""

from __future__ import annotations

import pytest

from thingproof_platform.core.effects import DisconnectMqtt, PublishMqtt
from thingproof_platform.network.gizwits_codecs import codec_of
from thingproof_platform.tests.builders import VALUES, Cloud

_DID = "gKufzxZwYeyd3Skbsb6mza"


@pytest.mark.parametrize(
    ("client_id", "username", "password", "fits"),
    [
        (_DID, _DID, "JHHOOIWJBA", True),
        (_DID, _DID, "WRONG", False),
        (_DID, _DID, "", False),
        (_DID, _DID, None, False),
        (_DID, "display", "JHHOOIWJBA", False),
        ("display", _DID, "JHHOOIWJBA", False),
        ("nothing", "nothing", "", False),
        (_DID, None, "JHHOOIWJBA", False),
        (_DID, _DID, "пароль", False),
        ("", "", "", False),
    ],
)
def test_logins(client_id: str, username: str | None, password: str | None, fits: bool) -> None:
    """Client id and user name are the DID, the password is the passcode."""
    assert Cloud().m2m.authenticate(client_id, username, password, "peer") is fits


def test_a_deregistered_device_cannot_log_in_and_is_thrown_out() -> None:
    """Disabling ends the connection and refuses the next login."""
    cloud = Cloud()
    cloud.online()
    cloud.world.things.set_disabled("gizwits", _DID, disabled=True)
    assert DisconnectMqtt(_DID, "gizwits") in cloud.world.drain_effects()
    assert not cloud.m2m.authenticate(_DID, _DID, "JHHOOIWJBA", "peer")
    cloud.world.things.set_disabled("gizwits", _DID, disabled=False)
    assert cloud.m2m.authenticate(_DID, _DID, "JHHOOIWJBA", "peer")


@pytest.mark.parametrize(
    ("topic", "allowed"),
    [
        (f"dev2app/{_DID}", True),
        (f"dev2app/{_DID}/ws1", True),
        ("cli2ser_req", True),
        ("dev2app/display", False),
        (f"dev2app/{_DID}x", False),
        (f"app2dev/{_DID}/cloud", False),
        ("dev2app/+", False),
        ("", False),
    ],
)
def test_a_device_publishes_for_itself_only(topic: str, allowed: bool) -> None:
    """Own topics and system requests."""
    assert Cloud().m2m.may_publish(_DID, topic) is allowed


@pytest.mark.parametrize(
    ("topic", "allowed"),
    [
        (f"app2dev/{_DID}/#", True),
        (f"app2dev/{_DID}/+", True),
        (f"ser2cli_res/{_DID}", True),
        ("ser2cli_noti/4214bf2d79694a259232431b6f2ef46b", True),
        ("ser2cli_noti/other", False),
        ("app2dev/display/#", False),
        ("app2dev/#", False),
        ("#", False),
        (f"app2dev/{_DID}/", False),
        (f"dev2app/{_DID}", False),
    ],
)
def test_a_device_subscribes_to_its_own_only(topic: str, allowed: bool) -> None:
    """What is for the device and its product."""
    assert Cloud().m2m.may_subscribe(_DID, topic) is allowed


def test_a_report_for_another_device_is_not_stored() -> None:
    """Even when a broker lets it through."""
    cloud = Cloud()
    cloud.online()
    frame = codec_of(cloud.world, cloud.key).report(VALUES)
    assert not cloud.m2m.published(_DID, "dev2app/display", frame)
    assert cloud.code("devdata.latest", did="display") == 9029
    assert cloud.world.counters["frames_ignored"] == 1


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x00",
        b"\x00\x00\x00\x03",
        bytes.fromhex("00000003ffffffffff"),
        bytes.fromhex("000000030300009104"),
        bytes.fromhex("000000030400009104"),
        bytes.fromhex("0000000304000091ff"),
        bytes.fromhex("000000030400009002"),
        bytes.fromhex("0000000303000091"),
        bytes.fromhex("000000030400009300"),
        bytes.fromhex("00000003040000ff04"),
        b"{json}",
        b"\xff" * 1000,
    ],
)
def test_malformed_frames_are_counted_never_raised(payload: bytes) -> None:
    """Truncated, overlong, unknown: nothing is stored, nothing breaks."""
    cloud = Cloud()
    cloud.bind()
    cloud.online()
    assert not cloud.m2m.published(_DID, f"dev2app/{_DID}", payload)
    assert cloud.world.counters["frames_malformed"] == 1
    assert cloud.log().body["meta"]["total"] == 0
    assert cloud.report()


def test_a_numbered_report_is_acknowledged_each_time_and_stored_once() -> None:
    """0x0093 gets 0x0094 with its number on app2dev/<did>/cloud, the repetition as well."""
    cloud = Cloud()
    cloud.bind()
    cloud.online()
    cloud.world.drain_effects()
    for _ in range(3):
        assert cloud.report(sequence=0x01020304)
    acknowledgements = cloud.world.drain_effects()
    assert (
        acknowledgements
        == [PublishMqtt(f"app2dev/{_DID}/cloud", bytes.fromhex("000000030700009401020304"), "gizwits")] * 3
    )
    assert cloud.log().body["meta"]["total"] == 1
    assert cloud.world.counters["duplicates"] == 2
    assert cloud.world.counters["readings_stored"] == 1


def test_same_number_with_other_content_is_another_report() -> None:
    """A device that starts counting anew loses nothing."""
    cloud = Cloud()
    cloud.bind()
    cloud.online()
    cloud.report(sequence=1)
    cloud.report(VALUES | {"set_temp": 20}, sequence=1)
    assert cloud.log().body["meta"]["total"] == 2


def test_same_report_after_the_window_is_stored_again() -> None:
    """After ten minutes a repetition is a new report."""
    cloud = Cloud()
    cloud.bind()
    cloud.online()
    cloud.report(sequence=1)
    cloud.world.clock.advance(601)
    cloud.report(sequence=1)
    assert cloud.log().body["meta"]["total"] == 2


def test_redelivered_packets_are_stored_once() -> None:
    """DUP with a known packet id and content is a redelivery; without DUP it is a new message."""
    cloud = Cloud()
    cloud.bind()
    cloud.online()
    cloud.report(packet_id=7)
    assert cloud.report(packet_id=7, duplicate=True)
    assert cloud.log().body["meta"]["total"] == 1
    cloud.report(packet_id=7)
    cloud.report(packet_id=8, duplicate=True)
    assert cloud.log().body["meta"]["total"] == 3


def test_a_takeover_is_a_re_login() -> None:
    """A second login while online; the end of the first connection changes nothing."""
    cloud = Cloud()
    cloud.bind()
    first = cloud.online()
    second = cloud.online()
    cloud.m2m.disconnected(_DID, first)
    cloud.world.clock.advance(60)
    assert cloud.call("devices.get").body["is_online"] is True
    cloud.m2m.disconnected(_DID, second)
    cloud.world.clock.advance(60)
    assert cloud.call("devices.get").body["is_online"] is False
    records = [entry["type"] for entry in cloud.log("online").body["objects"]]
    assert sorted(records) == ["dev_offline", "dev_online", "dev_re_online"]


def test_strangers_and_repeated_ends_are_harmless() -> None:
    """Clients the platform does not know, and a disconnect without a connection."""
    cloud = Cloud()
    cloud.m2m.disconnected(_DID)
    cloud.m2m.disconnected("nothing")
    cloud.m2m.connected("nothing", "peer")
    assert not cloud.m2m.published("nothing", "dev2app/nothing", b"x")
    assert not cloud.m2m.published(_DID, "cli2ser_req", b"x")


def test_transparent_data_is_logged_but_is_no_reading() -> None:
    """Action 06 goes into the log, not into the values."""
    cloud = Cloud()
    cloud.bind()
    cloud.online()
    assert cloud.m2m.published(_DID, f"dev2app/{_DID}", bytes.fromhex("000000030600009106abcd"))
    assert cloud.log().body["meta"]["total"] == 1
    assert cloud.code("devdata.latest") == 9029
