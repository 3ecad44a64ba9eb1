"""An operator of a Sylvia broker, as locust plays it. Loaded by locust only.

The weights follow what an operator's console does: it pages through devices, looks at one, watches what waits
for devices, adds a device with its route now and then and takes it away again, and gets a new token rarely.
"""

import base64
import itertools
from typing import Any

from locust import FastHttpUser, between
from locust.runners import STATE_RUNNING, STATE_SPAWNING

from thingproof_scenarios.load import recording
from thingproof_scenarios.load.sylvia_plan import SylviaPlan

PLAN = SylviaPlan.of_environment()
TURNS = itertools.count()
API = "/broker/api/v1"
PAGE = 10
KEPT_DEVICES = 5
"""Devices an operator has added and not yet taken away."""

__all__ = ["SylviaUser", "recording"]


class SylviaUser(FastHttpUser):  # type: ignore[misc]  # locust is not typed
    """The owner of a unit, with a console open."""

    host = PLAN.url
    wait_time = between(0.05, 0.25)

    def on_start(self) -> None:
        """Get a token, find the unit and what is in it."""
        self.number = next(TURNS)
        self.operator = PLAN.operators[self.number % len(PLAN.operators)]
        self.token = ""
        self.unit = self.application = self.network = ""
        self.offset = 0
        self.devices: list[str] = []
        self.added: list[str] = []
        self.login()
        self.unit = self.first("unit.list", "/unit/list", "unitId")
        self.application = self.first("application.list", self.within("/application/list"), "applicationId")
        self.network = self.first("network.list", self.within("/network/list"), "networkId")
        self.page_devices()

    def ask(self, method: str, path: str, name: str, **options: Any) -> Any:
        """One request; the answer's ``data``, True for an empty answer, None when refused or failed.

        Args:
            method: HTTP method.
            path: path below the broker's interface, with query.
            name: the row under which it is counted.
            options: passed on to locust's client.
        """
        headers = {"Authorization": f"Bearer {self.token}"}
        with self.client.request(
            method, API + path, name=name, headers=headers, catch_response=True, **options
        ) as answer:
            if not answer.status_code:
                answer.failure("no answer")
            elif answer.status_code in {200, 204}:
                answer.success()
                return answer.json()["data"] if answer.status_code == 200 else True
            elif not self.running():
                answer.success()
            else:
                answer.failure(f"{answer.status_code} {answer.text[:120]}")
        return None

    def running(self) -> bool:
        """Whether the load still runs."""
        return self.environment.runner.state in {STATE_RUNNING, STATE_SPAWNING}

    def within(self, path: str, **query: Any) -> str:
        """A list's path, kept to the operator's unit as a user without a role has to (sylvia.md:383)."""
        return f"{path}?" + "&".join(
            f"{name}={value}" for name, value in {"unit": self.unit, **query}.items()
        )

    def first(self, name: str, path: str, member: str) -> str:
        """The id of the first entry of a list; empty when there is none."""
        rows = self.ask("GET", path, name)
        return str(rows[0][member]) if rows else ""

    def login(self) -> None:
        """POST /oauth2/token with the client's name and secret."""
        pair = f"{self.operator.client_id}:{self.operator.client_secret}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        with self.client.post(
            "/oauth2/token",
            data={"grant_type": "client_credentials"},
            headers=headers,
            name="oauth2.token",
            catch_response=True,
        ) as answer:
            if answer.status_code == 200:
                answer.success()
                self.token = answer.json()["access_token"]
            else:
                answer.failure(
                    f"{answer.status_code} {answer.text[:120]}" if answer.status_code else "no answer"
                )

    def page_devices(self) -> None:
        """GET /device/list, the next page; from the front after the last."""
        path = self.within("/device/list", limit=PAGE, offset=self.offset, sort="created:desc")
        rows = self.ask("GET", path, "device.list")
        if rows is None:
            return
        self.offset = self.offset + PAGE if len(rows) == PAGE else 0
        if rows:
            self.devices = [row["deviceId"] for row in rows]

    def look_at_device(self) -> None:
        """GET /device/{deviceId} of the page at hand."""
        kept = [device for device in self.devices if device not in self.added]
        if kept:
            self.ask("GET", f"/device/{kept[next(TURNS) % len(kept)]}", "device.get")

    def count_devices(self) -> None:
        """GET /device/count."""
        self.ask("GET", self.within("/device/count"), "device.count")

    def see_what_waits(self) -> None:
        """GET /dldata-buffer/list: downlinks on their way."""
        self.ask("GET", self.within("/dldata-buffer/list"), "dldata_buffer.list")

    def list_routes(self) -> None:
        """GET /device-route/list."""
        self.ask("GET", self.within("/device-route/list", limit=PAGE), "device_route.list")

    def list_networks(self) -> None:
        """GET /network/list."""
        self.ask("GET", self.within("/network/list"), "network.list")

    def add_device(self) -> None:
        """POST /device, then POST /device-route; an operator who has added enough takes the oldest away."""
        if not self.network or not self.application:
            return
        if len(self.added) >= KEPT_DEVICES:
            self.ask("DELETE", f"/device/{self.added.pop(0)}", "device.delete")
            return
        address = f"{self.number:04x}{next(TURNS):012x}"
        data = {"unitId": self.unit, "networkId": self.network, "networkAddr": address}
        made = self.ask("POST", "/device", "device.create", json={"data": data})
        if made is None or made is True:
            return
        self.added.append(made["deviceId"])
        route = {"deviceId": made["deviceId"], "applicationId": self.application}
        self.ask("POST", "/device-route", "device_route.create", json={"data": route})

    def rename_device(self) -> None:
        """PATCH /device/{deviceId}: another name."""
        if self.added:
            data = {"name": f"device {next(TURNS)}"}
            self.ask("PATCH", f"/device/{self.added[-1]}", "device.update", json={"data": data})

    tasks = {  # noqa: RUF012 (locust's own form)
        page_devices: 20,
        look_at_device: 12,
        see_what_waits: 8,
        count_devices: 5,
        list_routes: 4,
        add_device: 4,
        rename_device: 2,
        list_networks: 2,
        login: 1,
    }
    """What an operator does, by weight."""
