"""An application's user of the Gizwits cloud, as locust plays it. Loaded by locust only.

The weights follow what a phone application does: it refreshes values often, its list sometimes, controls now
and then, looks into the log rarely and logs in again hardly ever.
"""

import itertools
import time
from typing import Any

from locust import FastHttpUser, between
from locust.runners import STATE_RUNNING, STATE_SPAWNING

from thingproof_scenarios.load import recording
from thingproof_scenarios.load.gizwits_plan import GizwitsPlan

PLAN = GizwitsPlan.of_environment()
TURNS = itertools.count()
NO_DATA_YET = 9029
"""The device is online but has not reported: gizwits.md:3565."""
DEVICE_OFFLINE = 9042
"""gizwits.md:3578."""

__all__ = ["GizwitsUser", "recording"]


class GizwitsUser(FastHttpUser):  # type: ignore[misc]  # locust is not typed
    """A person with the application in hand."""

    host = PLAN.url
    wait_time = between(0.05, 0.25)

    def on_start(self) -> None:
        """Log in and learn which devices there are."""
        self.account = PLAN.accounts[next(TURNS) % len(PLAN.accounts)]
        self.token = ""
        self.devices: list[dict[str, Any]] = []
        self.writable: dict[str, dict[str, Any] | None] = {}
        self.login()
        self.list_devices()

    def ask(
        self, method: str, path: str, name: str, *, accepted: tuple[int, ...] = (), **options: Any
    ) -> dict[str, Any] | None:
        """One request; the JSON object of the answer, or None when it was refused or failed.

        Args:
            method: HTTP method.
            path: path with query.
            name: the row under which it is counted.
            accepted: error codes that are no failure here.
            options: passed on to locust's client.
        """
        headers = {"X-Gizwits-Application-Id": PLAN.app_id}
        if self.token:
            headers["X-Gizwits-User-token"] = self.token
        with self.client.request(
            method, path, name=name, headers=headers, catch_response=True, **options
        ) as answer:
            body = answer.json() if answer.text else {}
            if answer.status_code == 200:
                answer.success()
                return body if isinstance(body, dict) else {}
            code = body.get("error_code") if isinstance(body, dict) else None
            if not answer.status_code:
                answer.failure("no answer")
            elif code in accepted or not self.running():
                answer.success()
            else:
                answer.failure(f"{answer.status_code}, error_code {code}")
        return None

    def running(self) -> bool:
        """Whether the load still runs; at its end devices go away under the users' hands."""
        return self.environment.runner.state in {STATE_RUNNING, STATE_SPAWNING}

    def online_device(self) -> dict[str, Any] | None:
        """A device the application shows as online, in turn."""
        online = [device for device in self.devices if device.get("is_online")]
        return online[next(TURNS) % len(online)] if online else None

    def login(self) -> None:
        """POST /app/login."""
        body = {"username": self.account.username, "password": self.account.password}
        answer = self.ask("POST", "/app/login", "users.login", json=body)
        if answer:
            self.token = answer["token"]

    def list_devices(self) -> None:
        """GET /app/bindings."""
        answer = self.ask("GET", "/app/bindings?limit=20&skip=0", "bindings.list")
        if answer is not None:
            self.devices = answer.get("devices", [])

    def latest(self) -> None:
        """GET /app/devdata/{did}/latest of a device that is online."""
        device = self.online_device()
        if device:
            path = f"/app/devdata/{device['did']}/latest"
            self.ask("GET", path, "devdata.latest", accepted=(NO_DATA_YET,))

    def control(self) -> None:
        """POST /app/control/{did}: a valid value of a writable datapoint."""
        device = self.online_device()
        if not device:
            return
        attributes = self.control_attributes(device["product_key"])
        if attributes:
            path = f"/app/control/{device['did']}"
            accepted = (DEVICE_OFFLINE,) if not self.running() else ()
            self.ask("POST", path, "devices.control", accepted=accepted, json={"attrs": attributes})

    def raw_data(self) -> None:
        """GET /app/devices/{did}/raw_data: the last ten minutes of the communication log."""
        device = self.online_device()
        if device:
            now = int(time.time()) - 1  # noqa: TID251 (an application asks for the time of the real world)
            query = f"type=cmd&start_time={now - 600}&end_time={now}&limit=20"
            self.ask("GET", f"/app/devices/{device['did']}/raw_data?{query}", "devices.raw_data")

    def control_attributes(self, product_key: str) -> dict[str, Any] | None:
        """A writable bool of the product with a valid value, read once from its definition."""
        if product_key not in self.writable:
            self.writable[product_key] = None
            definition = self.ask("GET", f"/app/datapoint?product_key={product_key}", "datapoint.get")
            for entity in (definition or {}).get("entities", []):
                for attribute in entity.get("attrs", []):
                    if attribute.get("type") == "status_writable" and attribute.get("data_type") == "bool":
                        self.writable[product_key] = attribute
        attribute = self.writable[product_key]
        return {attribute["name"]: next(TURNS) % 2} if attribute else None

    tasks = {latest: 20, list_devices: 6, control: 4, raw_data: 2, login: 1}  # noqa: RUF012 (locust's own form)
    """What a person does, by weight."""
