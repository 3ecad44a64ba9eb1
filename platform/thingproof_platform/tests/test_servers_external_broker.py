"""Foreign brokers: mosquitto as a child, and any broker by URL. They need the mosquitto program."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from paho.mqtt.client import MQTTMessage

from thingproof_platform.network.gizwits_topics import device_of
from thingproof_platform.options import Options
from thingproof_platform.servers import external_broker
from thingproof_platform.servers.brokers import BrokerAddress, BrokerError
from thingproof_platform.servers.external_broker import ExternalBroker
from thingproof_platform.servers.mosquitto import Mosquitto
from thingproof_platform.tests.clients import (
    PRODUCT,
    VALUES,
    Cloud,
    PlatformProcess,
    PlatformThread,
    RawMqtt,
    codec,
    platform_thread,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thingproof_platform.tests.clients import Device

PROGRAM = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
needs_mosquitto = pytest.mark.skipif(PROGRAM is None, reason="the mosquitto program is not installed")


@pytest.fixture(scope="module")
def cloud() -> Iterator[PlatformThread]:
    """One platform with a mosquitto of its own."""
    with platform_thread(Options(broker="mosquitto")) as running:
        yield running


@pytest.fixture
def device(cloud: PlatformThread) -> Device:
    """A device of a platform that is empty otherwise."""
    cloud.control("POST", "/reset", {})
    return cloud.seed()[0]


def _stored(cloud: Cloud, count: int) -> None:
    wait_until(lambda: cloud.counters()["readings_stored"] == count, f"{count} stored reports")


@needs_mosquitto
def test_a_seeded_device_logs_in_reports_and_is_controlled(cloud: PlatformThread, device: Device) -> None:
    """The whole way through mosquitto: login, report, presence, command."""
    mqtt = cloud.login(device)
    assert mqtt.code == 0
    assert mqtt.subscribe(f"app2dev/{device.did}/#") == 1
    mqtt.publish(f"dev2app/{device.did}", codec().report(VALUES), 1)
    assert mqtt.acknowledged() == 1
    _stored(cloud, 1)
    wait_until(lambda: cloud.connection(device) == "online", "the device to be online")
    status, _, body = cloud.call("POST", f"/app/control/{device.did}", {"attrs": {"set_temp": 25}})
    assert status == 200, body
    assert mqtt.message()[0].startswith(f"app2dev/{device.did}/")
    mqtt.close()
    wait_until(lambda: cloud.connection(device) == "leaving", "the device to leave")


@needs_mosquitto
def test_only_devices_get_in_and_only_on_their_topics(cloud: PlatformThread, device: Device) -> None:
    """Passcodes and rights hold at mosquitto too; a refused login does not disturb the device."""
    mqtt = cloud.login(device)
    wait_until(lambda: cloud.connection(device) == "online", "the device to be online")
    for refused in (
        RawMqtt(cloud.mqtt, device.did, device.did, "wrong"),
        RawMqtt(cloud.mqtt, "somebody"),
        RawMqtt(cloud.mqtt, "somebody", "somebody", device.passcode),
    ):
        assert refused.code == 5
    mqtt.publish("dev2app/somebody", codec().report(VALUES), 1)
    assert mqtt.acknowledged() == 1
    mqtt.publish(f"dev2app/{device.did}", codec().report(VALUES), 2)
    assert mqtt.acknowledged() == 2
    _stored(cloud, 1)
    assert cloud.connection(device) == "online"
    mqtt.disconnect()


@needs_mosquitto
def test_takeover_is_online_again(cloud: PlatformThread, device: Device) -> None:
    """The same device twice: the log shows online and online again, never offline."""
    first = cloud.login(device)
    second = cloud.login(device)
    assert first.ended()
    wait_until(lambda: len(cloud.log(device, "online")) == 2, "both logins")
    assert [record["type"] for record in cloud.log(device, "online")] == ["dev_online", "dev_re_online"]
    second.disconnect()


@needs_mosquitto
def test_a_deregistered_device_is_thrown_out(cloud: PlatformThread, device: Device) -> None:
    """Disabling ends the connection and refuses the login; other devices stay."""
    other = cloud.control(
        "POST", "/seed/gizwits", {"devices": [{"product_key": PRODUCT, "mac": "FFFFFFFFFFFF"}]}
    )["devices"][0]
    staying = RawMqtt(cloud.mqtt, other["did"], other["did"], other["passcode"])
    mqtt = cloud.login(device)
    cloud.control("POST", f"/devices/gizwits/{device.did}", {"disabled": True})
    assert mqtt.ended()
    assert cloud.login(device).code == 5
    staying.ping()
    cloud.control("POST", f"/devices/gizwits/{device.did}", {"disabled": False, "disconnect": False})
    again = cloud.login(device)
    assert again.code == 0
    cloud.control("POST", f"/devices/gizwits/{device.did}", {"disconnect": True})
    assert again.ended()
    staying.ping()


@needs_mosquitto
def test_a_killed_mosquitto_is_started_again(cloud: PlatformThread, device: Device) -> None:
    """SIGKILL of the broker: devices leave, then all works again on the same port."""
    mqtt = cloud.login(device)
    wait_until(lambda: cloud.connection(device) == "online", "the device to be online")
    broker = cloud.platform._vendors["gizwits"].broker
    assert isinstance(broker, Mosquitto)
    assert broker._process is not None
    os.kill(broker._process.pid, signal.SIGKILL)
    assert mqtt.ended()

    def back() -> RawMqtt | None:
        try:
            return cloud.login(device)
        except OSError:
            return None

    again = wait_until(back, "the broker to be back")
    assert again.code == 0
    wait_until(lambda: cloud.counters()["mqtt_links"] >= 2, "the platform to be connected again")
    again.publish(f"dev2app/{device.did}", codec().report(VALUES), 1)
    assert again.acknowledged() == 1
    _stored(cloud, 1)
    assert cloud.counters()["mqtt_broker_restarts"] >= 1


@needs_mosquitto
def test_mosquitto_ends_with_a_killed_platform(tmp_path: Path) -> None:
    """A platform that is killed leaves no broker behind; the next one takes the same data and port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    arguments = ("--broker", "mosquitto", "--data-dir", str(tmp_path), "--port", f"gizwits.mqtt={port}")
    cloud = PlatformProcess(*arguments)
    device = cloud.seed()[0]
    mqtt = cloud.login(device)
    cloud.kill()
    assert mqtt.ended()

    def free() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(port))) != 0

    wait_until(free, "mosquitto to end")
    again = PlatformProcess(*arguments)
    assert again.login(device).code == 0
    again.kill()


@needs_mosquitto
def test_a_busy_port_of_mosquitto_is_misuse() -> None:
    """Mosquitto's own words say which port is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(AssertionError, match=r"exit code 2: .*mosquitto does not start"):
            PlatformProcess("--broker", "mosquitto", "--port", f"gizwits.mqtt={port}")


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[int]:
    """A mosquitto nobody but the test started, open to everyone; its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    configuration = tmp_path / "foreign.conf"
    configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    assert PROGRAM is not None
    process = subprocess.Popen([PROGRAM, "-c", str(configuration)], stderr=subprocess.DEVNULL)

    def listening() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(listening, "the broker to listen")
        yield port
    finally:
        process.terminate()
        process.wait(10)


@needs_mosquitto
def test_any_broker_by_url(foreign: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports arrive, the first one means online, silence means offline, commands leave."""
    monkeypatch.setattr(external_broker, "SILENCE_S", 0.5)
    monkeypatch.setattr(external_broker, "_SWEEP_S", 0.1)
    with platform_thread(Options(broker=f"mqtt://127.0.0.1:{foreign}")) as cloud:
        assert cloud.mqtt == ("127.0.0.1", foreign)
        device = cloud.seed()[0]
        mqtt = cloud.login(device)
        mqtt.subscribe(f"app2dev/{device.did}/#")
        mqtt.publish(f"dev2app/{device.did}", codec().report(VALUES), 1)
        assert mqtt.acknowledged() == 1
        _stored(cloud, 1)
        assert cloud.connection(device) == "online"
        mqtt.publish(f"dev2app/{device.did}", codec().report(VALUES, sequence=3), 2)
        assert mqtt.acknowledged() == 2
        assert mqtt.message() == (f"app2dev/{device.did}/cloud", bytes.fromhex("000000030700009400000003"))
        wait_until(lambda: cloud.connection(device) == "leaving", "silence to be noticed")
        mqtt.disconnect()


@needs_mosquitto
def test_client_events_of_a_broker_are_believed(foreign: int) -> None:
    """A broker that tells who comes and goes decides about presence, whatever devices say or do not say."""
    with platform_thread(Options(broker=f"mqtt://127.0.0.1:{foreign}")) as cloud:
        device = cloud.seed()[0]
        broker = cloud.platform._vendors["gizwits"].broker
        assert isinstance(broker, ExternalBroker)

        async def tell(event: str) -> None:
            topic = f"$SYS/brokers/node1/clients/{device.did}/{event}"
            broker._arrived(MQTTMessage(topic=topic.encode()), lambda: None)

        cloud.run(tell("connected"))
        assert cloud.connection(device) == "online"
        cloud.run(tell("disconnected"))
        assert cloud.connection(device) == "leaving"
        mqtt = RawMqtt(("127.0.0.1", foreign), device.did)
        mqtt.publish(f"dev2app/{device.did}", codec().report(VALUES), 1)
        _stored(cloud, 1)
        assert cloud.connection(device) == "leaving"


@needs_mosquitto
def test_messages_wait_at_the_broker_while_the_platform_is_down(foreign: int, tmp_path: Path) -> None:
    """With a data directory the platform has a lasting session: what came meanwhile is stored later."""
    arguments = ("--broker", f"mqtt://127.0.0.1:{foreign}", "--data-dir", str(tmp_path))
    cloud = PlatformProcess(*arguments)
    device = cloud.seed()[0]
    cloud.kill()
    mqtt = RawMqtt(("127.0.0.1", foreign), device.did)
    mqtt.publish(f"dev2app/{device.did}", codec().report(VALUES), 1)
    assert mqtt.acknowledged() == 1
    again = PlatformProcess(*arguments)
    try:
        _stored(again, 1)
    finally:
        again.kill()


@pytest.mark.parametrize(
    "url",
    ["embeded", "http://host", "mqtt://", "mqtt://host:port", "mqtt://host/path", "mqtt://host:1883?x=1"],
)
def test_bad_address_is_refused(url: str) -> None:
    """What is no broker's address is refused with an example."""
    with pytest.raises(BrokerError, match="write"):
        BrokerAddress(url)


def test_address_is_taken_apart() -> None:
    """Scheme, user, password and port, with defaults."""
    address = BrokerAddress("mqtts://user:p%40ss@broker.example")
    assert (address.host, address.port, address.tls) == ("broker.example", 8883, True)
    assert (address.user, address.password) == ("user", "p@ss")


def test_device_of_a_topic() -> None:
    """The device is the second level; a topic without one names nobody."""
    assert device_of("dev2app/abc/client") == "abc"
    assert device_of("dev2app") == ""
