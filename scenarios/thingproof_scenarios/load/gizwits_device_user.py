"""A WiFi device of the Gizwits cloud on paho-mqtt, as locust plays it. Loaded by locust only.

paho is the independent witness here: the simulator has an MQTT client of its own.
"""

import collections
import itertools
from typing import Any

from locust import User, between
from locust.runners import WorkerRunner

from thingproof_scenarios.datapoints import first_values
from thingproof_scenarios.load import recording
from thingproof_scenarios.load.gizwits_plan import GizwitsPlan, LoadDevice
from thingproof_scenarios.load.mqtt_connection import LoadConnection
from thingproof_wire.frames.gizwits_p0 import Command, Frame, decode_frame, encode_frame
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product

PLAN = GizwitsPlan.of_environment()
FREE: collections.deque[LoadDevice] = collections.deque()
"""Devices of this process that nobody plays at the moment."""
POOL_READY: list[bool] = []
TURNS = itertools.count()

__all__ = ["GizwitsDeviceUser", "recording"]


def take_device(environment: Any) -> LoadDevice:
    """A device of this process's own pool."""
    if not POOL_READY:
        runner = environment.runner
        FREE.extend(PLAN.pool(runner.worker_index if isinstance(runner, WorkerRunner) else 0))
        POOL_READY.append(True)
    return FREE.popleft()


def change_a_value(product: dict[str, Any], values: dict[str, Any], turn: int) -> None:
    """Move one number through its range, or toggle a bool where there is no number."""
    numbers = [row for row in product["datapoints"] if row["type"].startswith("uint")]
    if numbers:
        row = numbers[turn % len(numbers)]
        ratio = row.get("ratio", 1)
        steps = int((row["maximum"] - row["minimum"]) / ratio)
        values[row["name"]] = round(row["minimum"] + turn % (steps + 1) * ratio, 6)
        return
    row = next(row for row in product["datapoints"] if row["type"] == "bool")
    values[row["name"]] = not values[row["name"]]


class GizwitsDeviceUser(User):  # type: ignore[misc]  # locust is not typed
    """A device: logs in, reports every few seconds, executes what it is told."""

    fixed_count = PLAN.devices_per_worker
    wait_time = between(1.0, 3.0)

    def on_start(self) -> None:
        """Log in as a device does."""
        self.device = take_device(self.environment)
        self.codec = Codec(Product.from_mapping(self.device.product))
        self.values = first_values(self.device.product)
        self.link = LoadConnection(
            self.environment,
            self.device.did,
            what="device",
            publishing="device report",
            logged_in=self.introduce,
        )
        self.link.username_pw_set(self.device.did, self.device.passcode)
        self.link.on_message = self.execute
        self.link.start(PLAN.mqtt_host, PLAN.mqtt_port)

    def on_stop(self) -> None:
        """Log out."""
        self.link.stop()
        FREE.append(self.device)

    def introduce(self) -> None:
        """Subscribe in the order of the vendor's own agent and report the whole state once."""
        topics = (
            f"ser2cli_noti/{self.device.product['product_key']}",
            f"ser2cli_res/{self.device.did}",
            f"app2dev/{self.device.did}/#",
        )
        for topic in topics:
            self.link.subscribe(topic, qos=1)
        self.send_state()

    def send_state(self) -> None:
        """Publish the whole state at QoS 1; its row's time is the time to PUBACK."""
        self.link.publish(f"dev2app/{self.device.did}", self.codec.report(self.values), qos=1)

    def report(self) -> None:
        """Report a changed value."""
        if self.link.is_connected():
            change_a_value(self.device.product, self.values, next(TURNS))
            self.send_state()

    def execute(self, _client: Any, _userdata: Any, message: Any) -> None:
        """Do what an application asks for, acknowledge where it wants that, and report the new state."""
        frame = decode_frame(bytes(message.payload))
        if frame.command not in {Command.APP_TO_DEVICE, Command.REQUEST}:
            return
        order = self.codec.decode_message(frame.payload)
        self.values.update(order.values or {})
        if frame.command == Command.REQUEST:
            sender = str(message.topic).rsplit("/", 1)[-1]
            answer = encode_frame(Frame(Command.ACKNOWLEDGE, b"", sequence=frame.sequence))
            self.link.publish(f"dev2app/{self.device.did}/{sender}", answer, qos=1)
        self.send_state()

    tasks = [report]  # noqa: RUF012 (locust's own form)
