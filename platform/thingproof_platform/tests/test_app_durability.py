"""What was acknowledged is stored exactly once, whenever the platform is killed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from thingproof_platform.tests.clients import VALUES, PlatformProcess, codec

if TYPE_CHECKING:
    from pathlib import Path

    from thingproof_platform.tests.clients import Device, RawMqtt

KILLS = 6
DEVICES = 4
LIFE_S = 0.25  # how long each platform lives under load; the kill falls at any moment of it


class _Reporter(threading.Thread):
    """A device that reports on and on; after a reconnect it first repeats what was not acknowledged."""

    def __init__(self, device: Device) -> None:
        super().__init__(daemon=True)
        self.device = device
        self.frames = (
            codec().report({**VALUES, "on_timing": n // 25 % 25, "off_timing": n % 25}) for n in range(600)
        )
        self.sent: list[bytes] = []
        self.acknowledged = 0

    def work(self, mqtt: RawMqtt) -> None:
        """Report until the connection ends."""
        topic = f"dev2app/{self.device.did}"
        try:
            for number in range(self.acknowledged, len(self.sent)):
                mqtt.publish(topic, self.sent[number], number + 1, duplicate=True)
                assert mqtt.acknowledged() == number + 1
                self.acknowledged += 1
            for frame in self.frames:
                self.sent.append(frame)
                mqtt.publish(topic, frame, len(self.sent))
                assert mqtt.acknowledged() == len(self.sent)
                self.acknowledged += 1
        except (ConnectionError, OSError):
            pass


def test_killed_platform_neither_loses_nor_doubles_an_acknowledged_report(tmp_path: Path) -> None:
    """SIGKILL again and again: each report the device has a PUBACK for is in raw_data exactly once."""
    data = ("--data-dir", str(tmp_path))
    cloud = PlatformProcess(*data)
    reporters = [_Reporter(device) for device in cloud.seed(DEVICES)]
    headers = cloud.headers
    for _ in range(KILLS):
        threads = [
            threading.Thread(target=reporter.work, args=(cloud.login(reporter.device),), daemon=True)
            for reporter in reporters
        ]
        for thread in threads:
            thread.start()
        threads[0].join(LIFE_S)
        cloud.kill()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()
        cloud = PlatformProcess(*data)
        cloud.headers = headers
    try:
        for reporter in reporters:
            reporter.work(cloud.login(reporter.device))
            assert reporter.acknowledged == len(reporter.sent) == 600
            stored = [bytes.fromhex(record["payload_bin"]) for record in cloud.log(reporter.device, "cmd")]
            assert stored == reporter.sent
    finally:
        cloud.kill()


def test_a_2xx_answer_survives_sigkill(tmp_path: Path) -> None:
    """A user that was told to exist exists after the next start; so does everything seeded."""
    cloud = PlatformProcess("--data-dir", str(tmp_path))
    device = cloud.seed()[0]
    status, _, registered = cloud.call("POST", "/app/users", {"username": "ann", "password": "Secret12"})
    cloud.kill()
    assert status == 201, registered
    again = PlatformProcess("--data-dir", str(tmp_path))
    try:
        again.headers = cloud.headers
        status, _, body = again.call("POST", "/app/login", {"username": "ann", "password": "Secret12"})
        assert (status, body["uid"]) == (200, registered["uid"])
        assert again.login(device).code == 0
    finally:
        again.kill()


def test_who_was_connected_is_offline_after_the_restart(tmp_path: Path) -> None:
    """Connections do not survive the platform: the device leaves and is offline after the grace."""
    cloud = PlatformProcess("--data-dir", str(tmp_path))
    device = cloud.seed()[0]
    mqtt = cloud.login(device)
    assert cloud.connection(device) == "online"
    cloud.kill()
    mqtt.close()
    again = PlatformProcess("--data-dir", str(tmp_path))
    try:
        assert again.connection(device) == "leaving"
        again.control("POST", "/clock/advance", {"seconds": 60})
        assert again.connection(device) == "offline"
    finally:
        again.kill()
