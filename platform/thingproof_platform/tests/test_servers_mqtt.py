"""The embedded broker over real sockets: who may in, presence, acknowledgement, bad clients."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import TYPE_CHECKING

import pytest

from thingproof_platform.options import Options
from thingproof_platform.servers.mqtt_connection import MAX_PACKET
from thingproof_platform.tests.clients import (
    VALUES,
    PlatformThread,
    RawMqtt,
    codec,
    length,
    platform_thread,
    text,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thingproof_platform.tests.clients import Device

GARBAGE = {
    "no MQTT": b"GET / HTTP/1.1\r\n\r\n",
    "truncated CONNECT": b"\x10\x0c\x00\x04MQ",
    "reserved type": b"\xf0\x00",
    "endless length": b"\x10\xff\xff\xff\xff\xff",
    "wrong protocol name": b"\x10\x0c\x00\x04XXXX\x04\x02\x00\x3c\x00\x00",
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[PlatformThread]:
    """One platform for all tests of this file."""
    with platform_thread(Options()) as running:
        yield running


@pytest.fixture
def device(cloud: PlatformThread) -> Device:
    """A device of a platform that is empty otherwise."""
    cloud.control("POST", "/reset", {})
    return cloud.seed()[0]


def test_report_is_acknowledged_and_readable(cloud: PlatformThread, device: Device) -> None:
    """After the PUBACK the value is what the application reads."""
    mqtt = cloud.login(device)
    mqtt.publish(f"dev2app/{device.did}", codec().report(VALUES), 9)
    assert mqtt.acknowledged() == 9
    status, _, body = cloud.call("GET", f"/app/devdata/{device.did}/latest")
    assert (status, body["attr"]["set_temp"]) == (200, 22)
    mqtt.disconnect()


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_each_quality_of_service_stores_once(cloud: PlatformThread, device: Device, qos: int) -> None:
    """QoS 0, 1 and 2 all store the report exactly once; QoS 2 even when PUBLISH is repeated before PUBREL."""
    mqtt = cloud.login(device)
    for _ in range(2 if qos == 2 else 1):
        mqtt.publish(f"dev2app/{device.did}", codec().report(VALUES), 5 if qos else None, qos=qos)
    if qos == 2:
        assert [mqtt.receive() for _ in range(2)] == [(0x50, b"\x00\x05")] * 2
        mqtt.send(0x62, b"\x00\x05")
        assert mqtt.receive() == (0x70, b"\x00\x05")
    elif qos == 1:
        assert mqtt.acknowledged() == 5
    mqtt.ping()
    assert cloud.counters()["readings_stored"] == 1
    mqtt.disconnect()


@pytest.mark.parametrize(
    ("client", "user", "password"),
    [
        ("did", "did", "wrong"),
        ("did", "other", "passcode"),
        ("stranger", "did", "passcode"),
        ("did", None, None),
    ],
)
def test_wrong_credentials_are_refused(
    cloud: PlatformThread, device: Device, client: str, user: str | None, password: str | None
) -> None:
    """Client id, user and password must be those of the device; code 5 otherwise."""
    known = {"did": device.did, "passcode": device.passcode}
    refused = RawMqtt(
        cloud.mqtt,
        known.get(client, client),
        known.get(user or "", user),
        known.get(password or "", password),
    )
    assert refused.code == 5
    assert refused.ended()
    assert cloud.connection(device) == "offline"


def test_a_stranger_cannot_throw_a_device_out(cloud: PlatformThread, device: Device) -> None:
    """A login that fails does not touch the connection of the client it pretends to be."""
    mqtt = cloud.login(device)
    assert RawMqtt(cloud.mqtt, device.did, device.did, "wrong").code == 5
    mqtt.ping()
    assert cloud.connection(device) == "online"
    mqtt.disconnect()


def test_coming_and_going_is_presence(cloud: PlatformThread, device: Device) -> None:
    """Connected is online; DISCONNECT and a cut connection are offline after the grace of the core."""
    for ungraceful in (False, True):
        mqtt = cloud.login(device)
        assert cloud.connection(device) == "online"
        mqtt.close() if ungraceful else mqtt.disconnect()
        wait_until(lambda: cloud.connection(device) == "leaving", "the platform to notice")
        cloud.control("POST", "/clock/advance", {"seconds": 60})
        assert cloud.connection(device) == "offline"


def test_takeover_ends_the_older_connection_and_stays_online(cloud: PlatformThread, device: Device) -> None:
    """The same client again: the older connection is closed, the device was never offline."""
    first = cloud.login(device)
    second = cloud.login(device)
    assert first.ended()
    second.ping()
    assert cloud.connection(device) == "online"
    assert [record["type"] for record in cloud.log(device, "online")] == ["dev_online", "dev_re_online"]
    second.disconnect()


def test_silence_beyond_keep_alive_ends_the_connection(cloud: PlatformThread, device: Device) -> None:
    """A client that announces 1 s and says nothing is closed after 1.5 s."""
    mqtt = cloud.login(device, keep_alive=1)
    assert mqtt.ended()
    wait_until(lambda: cloud.connection(device) == "leaving", "the platform to notice")


def test_topics_of_others_are_refused(cloud: PlatformThread, device: Device) -> None:
    """A device cannot subscribe to or publish on another one's topics; it stays connected."""
    mqtt = cloud.login(device)
    assert mqtt.subscribe("app2dev/somebody/#") == 0x80
    assert mqtt.subscribe("#") == 0x80
    assert mqtt.subscribe(f"app2dev/{device.did}/#") == 1
    mqtt.publish("dev2app/somebody", codec().report(VALUES), 3)
    assert mqtt.acknowledged() == 3
    counters = cloud.counters()
    assert counters["readings_stored"] == 0
    assert counters["mqtt_refused_publish"] >= 1
    mqtt.disconnect()


@pytest.mark.parametrize(
    "payload", [b"", b"\x00\x00\x00\x03\xff", b"garbage", b"\x00\x00\x00\x03\x04\x00\x00\x91"]
)
def test_a_truncated_frame_is_counted_and_acknowledged(
    cloud: PlatformThread, device: Device, payload: bytes
) -> None:
    """A frame that cannot be read is counted and acknowledged, and the next one is stored."""
    mqtt = cloud.login(device)
    mqtt.publish(f"dev2app/{device.did}", payload, 1)
    assert mqtt.acknowledged() == 1
    mqtt.publish(f"dev2app/{device.did}", codec().report(VALUES), 2)
    assert mqtt.acknowledged() == 2
    counters = cloud.counters()
    assert (counters["frames_malformed"], counters["readings_stored"]) == (1, 1)
    mqtt.disconnect()


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_ends_its_own_connection_only(cloud: PlatformThread, device: Device, garbage: bytes) -> None:
    """Bytes that are no MQTT do not disturb others."""
    mqtt = cloud.login(device)
    with socket.create_connection(cloud.mqtt, timeout=5) as bad:
        bad.sendall(garbage)
        bad.shutdown(socket.SHUT_WR)
        while bad.recv(1000):
            pass
    mqtt.ping()
    mqtt.disconnect()


@pytest.mark.parametrize(
    "packet",
    [
        b"\x32\x05\x00\x64abc",
        b"\x36\x07\x00\x01a\x00\x01xy",
        b"\x30\x04\x00\x02+#",
        b"\x10\x00",
        b"\x82\x01\x00",
        b"\x30" + length(MAX_PACKET + 1),
    ],
    ids=["topic beyond the end", "QoS 3", "wildcards", "second CONNECT", "short SUBSCRIBE", "oversized"],
)
def test_protocol_violation_ends_the_connection(cloud: PlatformThread, device: Device, packet: bytes) -> None:
    """After a violation the client is closed and the device leaves."""
    mqtt = cloud.login(device)
    mqtt.socket.sendall(packet)
    assert mqtt.ended()
    wait_until(lambda: cloud.connection(device) == "leaving", "the platform to notice")


def test_will_is_a_message_of_its_client(cloud: PlatformThread, device: Device) -> None:
    """A will is published when the connection is cut, and is stored like any report."""
    mqtt = cloud.login(device, will=(f"dev2app/{device.did}", codec().report(VALUES)))
    mqtt.close()
    wait_until(lambda: cloud.counters()["readings_stored"] == 1, "the will")


def test_messages_wait_for_a_lasting_session(cloud: PlatformThread, device: Device) -> None:
    """QoS 1 messages for a lasting session arrive after the reconnect."""
    mqtt = cloud.login(device, clean=False)
    assert mqtt.subscribe(f"app2dev/{device.did}/#") == 1
    mqtt.disconnect()
    wait_until(lambda: cloud.connection(device) == "leaving", "the platform to notice")
    broker = cloud.platform._vendors["gizwits"].broker
    assert broker is not None

    async def publish() -> None:
        broker.publish(f"app2dev/{device.did}/x", b"hello", 1, retain=False)

    cloud.run(publish())
    again = cloud.login(device, clean=False)
    assert again.session_present == 1
    assert again.message() == (f"app2dev/{device.did}/x", b"hello")
    again.disconnect()


def test_an_unsubscribed_client_hears_nothing(cloud: PlatformThread, device: Device) -> None:
    """UNSUBSCRIBE is acknowledged and ends delivery."""
    mqtt = cloud.login(device)
    mqtt.subscribe(f"app2dev/{device.did}/#")
    mqtt.send(0xA2, b"\x00\x09" + text(f"app2dev/{device.did}/#"))
    assert mqtt.receive() == (0xB0, b"\x00\x09")
    assert cloud.call("POST", f"/app/control/{device.did}", {"attrs": {"set_temp": 25}})[0] == 200
    mqtt.ping()
    mqtt.disconnect()


def test_control_reaches_the_device(cloud: PlatformThread, device: Device) -> None:
    """An application's command arrives as a frame on the device's topic."""
    mqtt = cloud.login(device)
    mqtt.subscribe(f"app2dev/{device.did}/#")
    status, _, body = cloud.call("POST", f"/app/control/{device.did}", {"attrs": {"set_temp": 25}})
    assert status == 200, body
    topic, frame = mqtt.message()
    assert topic.startswith(f"app2dev/{device.did}/")
    assert frame[:4] == b"\x00\x00\x00\x03"
    mqtt.disconnect()


def test_deregistered_device_is_disconnected_and_stays_out(cloud: PlatformThread, device: Device) -> None:
    """The control surface disables a device: its connection ends, its login fails, until it is enabled."""
    mqtt = cloud.login(device)
    cloud.control("POST", f"/devices/gizwits/{device.did}", {"disabled": True})
    assert mqtt.ended()
    assert cloud.login(device).code == 5
    cloud.control("POST", f"/devices/gizwits/{device.did}", {"disabled": False})
    assert cloud.login(device).code == 0


def test_tls_port_takes_devices(cloud: PlatformThread, device: Device) -> None:
    """The TLS port serves with a certificate that the platform's own authority signed."""
    context = ssl.create_default_context(cadata=cloud.platform.certificates.authority.decode())
    port = int(cloud.info["vendors"]["gizwits"]["mqtts"].rpartition(":")[2])
    mqtt = RawMqtt(
        ("127.0.0.1", port),
        device.did,
        device.did,
        device.passcode,
        wrap=lambda plain: context.wrap_socket(plain, server_hostname="127.0.0.1"),
    )
    assert mqtt.code == 0
    mqtt.ping()
    mqtt.disconnect()


def test_many_messages_in_one_segment_are_acknowledged_in_order(
    cloud: PlatformThread, device: Device
) -> None:
    """A burst is acknowledged packet by packet, in the order it was sent."""
    mqtt = cloud.login(device)
    frame = codec().report(VALUES)
    body = [text(f"dev2app/{device.did}") + struct.pack("!H", number) + frame for number in range(1, 201)]
    mqtt.socket.sendall(b"".join(b"\x32" + length(len(part)) + part for part in body))
    assert [mqtt.acknowledged() for _ in range(200)] == list(range(1, 201))
    mqtt.disconnect()


def test_reset_ends_every_connection(cloud: PlatformThread, device: Device) -> None:
    """After a reset nobody is connected and the device is unknown."""
    mqtt = cloud.login(device)
    cloud.control("POST", "/reset", {})
    assert mqtt.ended()
    assert cloud.login(device).code == 5
