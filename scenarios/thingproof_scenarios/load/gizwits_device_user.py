"""A WiFi device of the Gizwits cloud on paho-mqtt, as locust plays it. Loaded by locust only.

paho is the independent witness here: the simulator has an MQTT client of its own. Selectors instead of
``select()`` let a process hold more than 338 connections.
"""

import collections
import itertools
from collections.abc import Callable
from typing import Any

from locust import User, between
from locust.contrib.mqtt import MqttClient
from locust.runners import STATE_RUNNING, STATE_SPAWNING, WorkerRunner
from paho.mqtt.enums import CallbackAPIVersion

from thingproof_scenarios.datapoints import first_values
from thingproof_scenarios.load import recording
from thingproof_scenarios.load.plan import LoadDevice, LoadPlan
from thingproof_wire.frames.gizwits_p0 import Command, Frame, decode_frame, encode_frame
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product

PLAN = LoadPlan.of_environment()
KEEP_ALIVE_S = 120
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


class DeviceConnection(MqttClient):  # type: ignore[misc]  # locust is not typed
    """Locust's MQTT client with one row per kind of message, not one per device."""

    logged_in: Callable[[], None]
    """Called after every successful login."""

    def _generate_event_name(self, event_type: str, _qos: int, _topic: str) -> str:
        return "device report" if event_type == "publish" else f"device {event_type}"

    def _on_connect_cb(self, _client: Any, _userdata: Any, _flags: Any, code: Any) -> None:
        if code != 0:
            self.fire("device connect", ConnectionError(f"refused with code {code}"))
        else:
            self.logged_in()

    def _on_disconnect_cb(self, _client: Any, _userdata: Any, code: Any) -> None:
        if code != 0 and self.environment.runner.state in {STATE_RUNNING, STATE_SPAWNING}:
            self.fire("device disconnect", ConnectionError(f"connection lost, code {code}"))

    def fire(self, name: str, problem: Exception | None) -> None:
        """Count an event that has no duration."""
        self.environment.events.request.fire(
            request_type="MQTT", name=name, response_time=0, response_length=0, exception=problem, context={}
        )


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
        self.link = DeviceConnection(
            CallbackAPIVersion.VERSION1,
            environment=self.environment,
            client_id=self.device.did,
            use_loop_selectors=True,
        )
        self.link.username_pw_set(self.device.did, self.device.passcode)
        self.link.on_message = self.execute
        self.link.logged_in = self.introduce
        self.link.connect_async(PLAN.mqtt_host, PLAN.mqtt_port, KEEP_ALIVE_S)
        self.link.loop_start()

    def on_stop(self) -> None:
        """Log out."""
        self.link.disconnect()
        self.link.loop_stop()
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
