"""The reference platform as a stranger's server: a child process, its control surface, its HTTP interface."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlencode, urlsplit

from thingproof_sim import api

INSTALLED = find_spec("thingproof_platform") is not None
_SERVERS = {"url": "http", "ws": "ws", "mqtt": "mqtt"}


class PlatformChild:
    """Runs from its creation until `stop`; `kill` ends it as a power cut would, `start` brings it back."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self._ports: list[str] = []
        self._application = ""
        self._user_token = ""
        self.start()

    def start(self) -> None:
        """Start, on the same ports as before."""
        command = [sys.executable, "-m", "thingproof_platform", "--json", *self._options, *self._ports]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdout is not None
        self.info: dict[str, Any] = json.loads(self._process.stdout.readline())
        addresses = self.info["vendors"]["gizwits"]
        self._ports = ["--control-port", str(urlsplit(self.info["control"]["url"]).port)]
        for name, server in _SERVERS.items():
            self._ports += ["--port", f"gizwits.{server}={urlsplit(addresses[name]).port}"]

    def kill(self) -> None:
        """End at once."""
        self._process.kill()
        self._reap()

    def stop(self) -> None:
        """End cleanly."""
        self._process.send_signal(signal.SIGINT)
        self._reap()

    def _reap(self) -> None:
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the control surface."""
        control = self.info["control"]
        return _ask(method, control["url"] + path, {"Authorization": f"Bearer {control['token']}"}, body)

    def app(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """One request to the vendor's interface, as the application and its user."""
        headers = {"X-Gizwits-Application-Id": self._application, "X-Gizwits-User-token": self._user_token}
        address = self.info["vendors"]["gizwits"]["url"] + path
        return _ask(method, f"{address}?{urlencode(query)}" if query else address, headers, body)

    def seed(self, plan: api.FleetPlan) -> dict[str, api.Connection]:
        """Make the fleet's devices known, and a user who may see them; how each device connects."""
        account = {"username": "owner", "password": "Thingproof-1"}
        dids = {device.name: f"{device.name:X<22}" for device in plan.devices}
        keys = {name: row["product_key"] for name, row in plan.products.items()}
        seeded = self.control(
            "POST",
            "/seed/gizwits",
            {
                "applications": [{}],
                "products": list(plan.products.values()),
                "devices": [
                    {"product_key": keys[row.product], "mac": row.mac, "did": dids[row.name]}
                    for row in plan.devices
                ],
                "users": [account],
                "bindings": [{"username": "owner", "did": did} for did in dids.values()],
            },
        )
        self._application = seeded["applications"][0]["app_id"]
        self._user_token = self.app("POST", "/app/login", account)["token"]
        mqtt = urlsplit(self.info["vendors"]["gizwits"]["mqtt"])
        passcodes = {row["did"]: row["passcode"] for row in seeded["devices"]}
        return {
            name: api.Connection(str(mqtt.hostname), int(mqtt.port or 0), did, passcodes[did])
            for name, did in dids.items()
        }

    def frames(self, did: str, begin: float, end: float) -> list[str]:
        """Every frame of a device that the platform kept, hexadecimal, oldest first."""
        path = f"/app/devices/{did}/raw_data"
        found: list[str] = []
        while True:
            query = {"type": "cmd", "start_time": int(begin), "end_time": int(end), "sort": "asc"}
            page = self.app("GET", path, limit=1000, skip=len(found), **query)["objects"]
            found += [row["payload_bin"] for row in page if row["type"] == "dev2app"]
            if len(page) < 1000:
                return found


def _ask(method: str, address: str, headers: dict[str, str], body: Any) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310 - its own http address
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        return json.loads(answer.read() or b"null")
