"""What the tests of the servers use to talk to a platform: a thread it runs in, HTTP, raw MQTT."""

from __future__ import annotations

import asyncio
import atexit
import http.client
import json
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thingproof_platform.app import Platform
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product
from thingproof_wire.profiles import load

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from thingproof_platform.options import Options

APPLICATION = "c" * 32
PRODUCT = "a" * 32
PATIENCE_S = 10.0
VALUES: dict[str, Any] = {
    "switch": True,
    "fan_swing": False,
    "mode": "cool",
    "fan_speed": "low",
    "on_timing": 0,
    "off_timing": 0,
    "set_temp": 22,
    "room_temp": 21,
    "alert_full": False,
    "alert_shutdown": False,
    "fault_roomtemp": False,
}


def wait_until(condition: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Ask again and again until the answer is true; fail with `what` when time is over."""
    deadline = time.perf_counter() + patience_s
    while time.perf_counter() < deadline:
        if found := condition():
            return found
        threading.Event().wait(0.01)
    raise AssertionError(f"waited {patience_s} s for: {what}")


def call(
    method: str, url: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], Any]:
    """One request: status, headers in lower case, body (parsed when JSON). Bytes are sent as they are."""
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=PATIENCE_S)
    try:
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, f"/{path}", raw, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        content = answer.read()
        found = {name.lower(): value for name, value in answer.getheaders()}
        is_json = found.get("content-type", "").startswith("application/json") and content
        return answer.status, found, json.loads(content) if is_json else content
    finally:
        connection.close()


def codec() -> Codec:
    """The payload codec of the product the tests use."""
    return Codec(Product.from_mapping(product()))


def product() -> dict[str, Any]:
    """An air conditioner with fixed keys."""
    return {**load("air_conditioner"), "product_key": PRODUCT, "product_secret": "b" * 32}


@dataclass(frozen=True)
class Device:
    """A seeded device."""

    did: str
    passcode: str


class Cloud:
    """A running platform seen from outside."""

    def __init__(self, info: dict[str, Any]) -> None:
        self.info = info
        self.url: str = info["vendors"]["gizwits"]["url"]
        self.control_url: str = info["control"]["url"]
        self.authorization = {"Authorization": f"Bearer {info['control']['token']}"}
        self.headers = {"X-Gizwits-Application-Id": APPLICATION}

    @property
    def mqtt(self) -> tuple[str, int]:
        """Host and port of the devices' broker."""
        host, _, port = str(self.info["vendors"]["gizwits"]["mqtt"]).removeprefix("mqtt://").rpartition(":")
        return host, int(port)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the control surface that has to succeed."""
        status, _, answer = call(method, self.control_url + path, body, self.authorization)
        assert status == 200, answer
        return answer

    def seed(self, devices: int = 1, **more: Any) -> list[Device]:
        """An application, a product, a user joe (logged in from now on) and devices bound to joe."""
        macs = [f"0123456789{number:02X}" for number in range(devices)]
        seeded = self.control(
            "POST",
            "/seed/gizwits",
            {
                "applications": [{"app_id": APPLICATION}],
                "products": [product()],
                "devices": [{"product_key": PRODUCT, "mac": mac} for mac in macs],
                "users": [{"app_id": APPLICATION, "username": "joe", "password": "Secret12"}],
                **more,
            },
        )
        found = [Device(device["did"], device["passcode"]) for device in seeded["devices"]]
        bindings = [{"username": "joe", "did": device.did} for device in found]
        self.control("POST", "/seed/gizwits", {"bindings": bindings})
        self.headers["X-Gizwits-User-token"] = seeded["users"][0]["token"]
        return found

    def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """A request of joe's application."""
        return call(method, self.url + path, body, self.headers | headers)

    def counters(self) -> dict[str, int]:
        """The platform's numbers."""
        return dict(self.control("GET", "/counters"))

    def connection(self, device: Device) -> str:
        """Offline, online or leaving."""
        return str(self.control("POST", f"/devices/gizwits/{device.did}", {})["connection"])

    def log(self, device: Device, kind: str, seconds: int = 1000) -> list[dict[str, Any]]:
        """The device's communication log (cmd) or connection log (online), oldest first, all pages."""
        now = int(self.control("GET", "/clock")["now"])
        found: list[dict[str, Any]] = []
        while True:
            query = (
                f"type={kind}&start_time={now - seconds}&end_time={now}&limit=1000&sort=asc&skip={len(found)}"
            )
            status, _, page = self.call("GET", f"/app/devices/{device.did}/raw_data?{query}")
            assert status == 200, page
            found += page["objects"]
            if not page["objects"] or len(found) >= page["meta"]["total"]:
                return found

    def login(self, device: Device, **options: Any) -> RawMqtt:
        """The device's connection."""
        return RawMqtt(self.mqtt, device.did, device.did, device.passcode, **options)


class PlatformThread(Cloud):
    """A platform in a thread of this process."""

    def __init__(self, options: Options) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self.platform = self.run(self._make(options))
        except BaseException:
            self._end()
            raise
        super().__init__(self.platform.info())

    @staticmethod
    async def _make(options: Options) -> Platform:
        platform = Platform(options)
        await platform.start()
        return platform

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine in the platform's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE_S * 2)

    def stop(self) -> None:
        """Stop the platform and its thread."""
        self.run(self.platform.stop())
        self._end()

    def _end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE_S)
        self.loop.close()


@contextmanager
def platform_thread(options: Options) -> Iterator[PlatformThread]:
    """A platform for the length of a block."""
    running = PlatformThread(options)
    try:
        yield running
    finally:
        running.stop()


class PlatformProcess(Cloud):
    """A platform as a child process."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "thingproof_platform", "--json", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        atexit.register(self.process.kill)  # a failing test must not leave it behind
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            _, said = self.process.communicate(timeout=PATIENCE_S)
            raise AssertionError(f"exit code {self.process.returncode}: {said}")
        super().__init__(json.loads(line))

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.communicate(timeout=PATIENCE_S)


def start_refused(arguments: Sequence[str]) -> tuple[int, str, str]:
    """Run the command line to its end: exit code, stdout, stderr."""
    ended = subprocess.run(
        [sys.executable, "-m", "thingproof_platform", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 3,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


class RawMqtt:
    """A blocking MQTT 3.1.1 client of a few lines that does what it is told, right or wrong."""

    def __init__(
        self,
        address: tuple[str, int],
        client_id: str,
        user: str | None = None,
        password: str | None = None,
        *,
        keep_alive: int = 60,
        clean: bool = True,
        wrap: Callable[[socket.socket], socket.socket] | None = None,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE_S)
        if wrap is not None:
            self.socket = wrap(self.socket)
        flags = 0x02 if clean else 0
        body = text(client_id)
        if will is not None:
            flags |= 0x04
            body += text(will[0]) + struct.pack("!H", len(will[1])) + will[1]
        if user is not None:
            flags |= 0x80
            body += text(user)
        if password is not None:
            flags |= 0x40
            body += text(password)
        self.send(0x10, text("MQTT") + struct.pack("!BBH", 4, flags, keep_alive) + body)
        kind, answer = self.receive()
        assert kind == 0x20, hex(kind)
        self.session_present, self.code = answer[0], answer[1]

    def send(self, head: int, body: bytes = b"") -> None:
        """Send one packet."""
        self.socket.sendall(bytes([head]) + length(len(body)) + body)

    def receive(self) -> tuple[int, bytes]:
        """The next packet: first byte and the rest. Raises ConnectionError at the end."""
        head = self._exactly(1)[0]
        size = shift = 0
        while True:
            byte = self._exactly(1)[0]
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return head, self._exactly(size)

    def publish(
        self, topic: str, payload: bytes, packet_id: int | None = 1, *, qos: int = 1, duplicate: bool = False
    ) -> None:
        """Send a message; does not wait for its acknowledgement."""
        number = b"" if packet_id is None else struct.pack("!H", packet_id)
        qos = 0 if packet_id is None else qos
        self.send(0x30 | qos << 1 | (0x08 if duplicate else 0), text(topic) + number + payload)

    def acknowledged(self) -> int:
        """Wait for the next PUBACK; its packet id."""
        kind, body = self.receive()
        assert kind == 0x40, hex(kind)
        return int(struct.unpack("!H", body)[0])

    def subscribe(self, topic_filter: str, qos: int = 1) -> int:
        """Subscribe; the granted QoS or 0x80."""
        self.send(0x82, struct.pack("!H", 77) + text(topic_filter) + bytes([qos]))
        kind, body = self.receive()
        assert kind == 0x90, hex(kind)
        return body[2]

    def message(self) -> tuple[str, bytes]:
        """Wait for the next message (acknowledging it when it asks): topic and payload."""
        kind, body = self.receive()
        assert kind & 0xF0 == 0x30, hex(kind)
        (size,) = struct.unpack_from("!H", body)
        topic, rest = body[2 : 2 + size].decode(), body[2 + size :]
        if kind & 0x06:
            self.send(0x40, rest[:2])
            rest = rest[2:]
        return topic, rest

    def ping(self) -> None:
        """A round trip: everything sent before was handled."""
        self.send(0xC0)
        kind, _ = self.receive()
        assert kind == 0xD0, hex(kind)

    def ended(self) -> bool:
        """The other side closed the connection."""
        try:
            while True:
                self.receive()
        except (ConnectionError, OSError):
            return True

    def disconnect(self) -> None:
        """Say goodbye and close."""
        self.send(0xE0)
        self.close()

    def close(self) -> None:
        """Close without a word."""
        self.socket.close()

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            part = self.socket.recv(size - len(found))
            if not part:
                raise ConnectionResetError("the connection is closed")
            found += part
        return found


def text(value: str) -> bytes:
    """An MQTT string."""
    encoded = value.encode()
    return struct.pack("!H", len(encoded)) + encoded


def length(size: int) -> bytes:
    """An MQTT remaining length."""
    encoded = b""
    while True:
        size, byte = divmod(size, 128)
        encoded += bytes([byte | (0x80 if size else 0)])
        if not size:
            return encoded
