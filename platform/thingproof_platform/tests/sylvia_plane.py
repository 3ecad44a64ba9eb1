"""A world of Sylvia with its queues in the test's hand."""

from __future__ import annotations

import json
from typing import Any

from thingproof_platform.core.effects import PublishQueue
from thingproof_platform.tests.sylvia_cloud import HOST, SylviaCloud
from thingproof_platform.vendors.sylvia.push import queue_side

APP, NET = "broker.application.home.home-app", "broker.network.home.home-net"
UPLINK: dict[str, Any] = {"time": "2022-01-13T15:46:09.1+08:00", "networkAddr": "0A0B", "data": "4A"}


class Plane:
    """A cloud with its queues in the test's hand."""

    def __init__(self, **options: Any) -> None:
        self.cloud = SylviaCloud(**options)
        self.effects()

    def effects(self) -> list[Any]:
        """What the servers would have to do now."""
        return self.cloud.world.drain_effects()

    def put(self, name: str, message: Any, owner: str = "") -> list[tuple[str, dict[str, Any]]]:
        """A message arrives on a queue; what is sent for it, by queue."""
        _, kind, _, code, _ = name.split(".")
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        queue_side(self.cloud.world).received(owner or self.cloud.ids[kind][code], name, payload)
        return self.sent()

    def sent(self) -> list[tuple[str, dict[str, Any]]]:
        """What was put into queues since, by queue."""
        found = self.effects()
        return [(each.name, json.loads(each.payload)) for each in found if isinstance(each, PublishQueue)]

    def route_network(self, application: str = "home-app", network: str = "home-net") -> str:
        """A network route; its id."""
        ids = self.cloud.ids
        return self.cloud.create(
            "network_route",
            applicationId=ids["application"][application],
            networkId=ids["network"][network],
        )

    def application(self, code: str, unit: str = "home") -> str:
        """Another application; its id."""
        return self.cloud.create("application", code=code, unitId=self.cloud.ids["unit"][unit], hostUri=HOST)

    def count(self, name: str) -> int:
        """A counter of the world."""
        return self.cloud.world.counters[f"sylvia_{name}"]


def downlink(**change: Any) -> dict[str, Any]:
    """A message of an application."""
    return {"correlationId": "c", "data": "AB", **change}
