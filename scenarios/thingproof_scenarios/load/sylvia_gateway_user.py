"""A LoRa gateway with its network server, as a Sylvia broker sees it. Loaded by locust only.

It publishes uplinks into the queue of its network, hears the queue of the application its devices are routed
to, and counts the time between the two: the whole way through the broker.
"""

import collections
import itertools
import json
import time
from typing import Any

from locust import User, between
from locust.runners import WorkerRunner

from thingproof_scenarios.load import recording
from thingproof_scenarios.load.mqtt_connection import LoadConnection
from thingproof_scenarios.load.sylvia_plan import LoadGateway, SylviaPlan

PLAN = SylviaPlan.of_environment()
LATEST_S = 5.0
"""An uplink that has not reached its application by then counts as failed."""
ARRIVAL = "uplink until the application has it"
FREE: collections.deque[tuple[int, LoadGateway]] = collections.deque()
"""Gateways of this process that nobody plays at the moment, with their numbers."""
POOL_READY: list[bool] = []
TURNS = itertools.count()

__all__ = ["SylviaGatewayUser", "recording"]


def take_gateway(environment: Any) -> tuple[int, LoadGateway]:
    """A gateway of this process's own pool."""
    if not POOL_READY:
        runner = environment.runner
        FREE.extend(enumerate(PLAN.pool(runner.worker_index if isinstance(runner, WorkerRunner) else 0)))
        POOL_READY.append(True)
    return FREE.popleft()


class SylviaGatewayUser(User):  # type: ignore[misc]  # locust is not typed
    """A network server that hands on what its gateway heard, a few frames a second."""

    fixed_count = PLAN.gateways_per_worker
    wait_time = between(0.1, 0.4)

    def on_start(self) -> None:
        """Connect to the message broker."""
        self.number, self.gateway = take_gateway(self.environment)
        self.sent: dict[str, float] = {}
        """When uplinks left that have not arrived, by their data."""
        self.listening = False
        self.link = LoadConnection(
            self.environment,
            f"gateway-{self.gateway.uldata}",
            what="gateway",
            publishing="gateway uplink",
            logged_in=self.listen,
        )
        self.link.on_message = self.arrived
        self.link.on_subscribe = self.heard
        self.link.start(PLAN.mqtt_host, PLAN.mqtt_port)

    def on_stop(self) -> None:
        """Disconnect."""
        self.link.stop()
        FREE.append((self.number, self.gateway))

    def listen(self) -> None:
        """Hear the application's queue."""
        self.link.subscribe(self.gateway.application_uldata, qos=1)

    def heard(self, *_: Any) -> None:
        """The subscription stands: from now on an uplink can be seen to arrive."""
        self.listening = True

    def uplink(self) -> None:
        """Publish one uplink of one of the devices; its data is unique."""
        if not self.listening or not self.link.is_connected():
            return
        self.miss_late_ones()
        turn = next(TURNS)
        data = f"{self.number:04x}{turn:08x}"
        now = time.time()  # noqa: TID251 (a gateway stamps with the time of the real world)
        message = {
            "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}Z",
            "networkAddr": self.gateway.addresses[turn % len(self.gateway.addresses)],
            "data": data,
        }
        self.sent[data] = time.perf_counter()
        self.link.publish(self.gateway.uldata, json.dumps(message), qos=1)

    def arrived(self, _client: Any, _userdata: Any, message: Any) -> None:
        """The application's queue has an uplink."""
        left = self.sent.pop(str(json.loads(message.payload)["data"]), None)
        if left is not None:
            self.link.fire(ARRIVAL, None, (time.perf_counter() - left) * 1000)

    def miss_late_ones(self) -> None:
        """Give up those that are on the way for too long."""
        now = time.perf_counter()
        for data in [data for data, left in self.sent.items() if now - left > LATEST_S]:
            del self.sent[data]
            if self.link.running():
                self.link.fire(ARRIVAL, TimeoutError(f"not within {LATEST_S:.0f} s"), LATEST_S * 1000)

    tasks = [uplink]  # noqa: RUF012 (locust's own form)
