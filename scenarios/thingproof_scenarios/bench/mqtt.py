"""From an MQTT report to stored (PUBACK) and pushed (s2c_noti on an application's WebSocket)."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter, sleep
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from thingproof_scenarios.bench.results import Measurement, percentile
from thingproof_scenarios.datapoints import first_values
from thingproof_scenarios.gizwits_socket import GizwitsSocket
from thingproof_scenarios.problems import Broken
from thingproof_scenarios.seeding import SeededDevice, mqtt_address
from thingproof_scenarios.stage import Stage
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product

COUNTER = "on_timing"
"""A number of the air conditioner that changes with every report."""
WINDOW = 64
"""Reports in flight when the rate is measured."""
ANSWER_TIMEOUT_S = 10.0


class Stopwatch:
    """Times of reports in flight: three clocks a report, one device, so everything stays in order."""

    def __init__(self) -> None:
        self.sent: deque[float] = deque()
        self.waiting: deque[float] = deque()
        self.stored: list[float] = []
        self.pushed: list[float] = []
        self.changed = threading.Condition()

    def send(self) -> None:
        """A report leaves now."""
        now = perf_counter()
        self.sent.append(now)
        self.waiting.append(now)

    def store(self) -> None:
        """The oldest report was acknowledged."""
        self._arrive(self.sent, self.stored)

    def push(self) -> None:
        """The oldest report reached the application."""
        self._arrive(self.waiting, self.pushed)

    def _arrive(self, waiting: deque[float], into: list[float]) -> None:
        now = perf_counter()
        with self.changed:
            if waiting:
                into.append(now - waiting.popleft())
            self.changed.notify_all()

    def complete(self, count: int) -> bool:
        """Whether so many reports were stored and pushed."""
        return min(len(self.stored), len(self.pushed)) >= count

    def wait(self, met: Callable[[], bool]) -> None:
        """Wait for a condition on the numbers.

        Raises:
            Broken: not met in time.
        """
        with self.changed:
            if not self.changed.wait_for(met, ANSWER_TIMEOUT_S):
                raise Broken(f"{len(self.sent)} reports without PUBACK, {len(self.waiting)} without push")


class Reporter:
    """One device on paho that reports as often as it is asked."""

    def __init__(self, client: Client, device: SeededDevice, watch: Stopwatch) -> None:
        self.client = client
        self.topic = f"dev2app/{device.did}"
        self.watch = watch
        self.number = 0
        self.values = first_values(device.product)
        product = Product.from_mapping(device.product)
        self.codec = Codec(product)
        counter = product.datapoint(COUNTER)
        self.lowest, self.steps = int(counter.minimum), int(counter.maximum - counter.minimum) + 1

    def report(self) -> None:
        """One report with a changed value, QoS 1."""
        self.number += 1
        self.values[COUNTER] = self.lowest + self.number % self.steps
        frame = self.codec.report(self.values)
        self.watch.send()
        self.client.publish(self.topic, frame, qos=1)


@contextmanager
def reporting_device(stage: Stage, device: SeededDevice, watch: Stopwatch) -> Iterator[Reporter]:
    """The device, logged in."""
    connected = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, client_id=device.did)
    client.username_pw_set(device.did, device.passcode)
    client.max_inflight_messages_set(WINDOW)
    client.on_connect = lambda *_: connected.set()
    client.on_publish = lambda *_: watch.store()
    client.connect(*mqtt_address(stage.address("mqtt")), keepalive=120)
    client.loop_start()
    try:
        if not connected.wait(ANSWER_TIMEOUT_S):
            raise Broken("the device could not log in")
        yield Reporter(client, device, watch)
    finally:
        client.disconnect()
        client.loop_stop()


def one_by_one(reporter: Reporter, watch: Stopwatch, count: int) -> None:
    """Each report waits for the one before: latency without a queue."""
    for number in range(1, count + 1):
        reporter.report()
        watch.wait(partial(watch.complete, number))


def as_fast_as_possible(reporter: Reporter, watch: Stopwatch, seconds: float) -> float:
    """A full window of reports for some time; stored and pushed reports a second."""
    began = perf_counter()
    before = len(watch.pushed)
    while perf_counter() - began < seconds:
        if len(watch.waiting) < WINDOW:
            reporter.report()
        else:
            sleep(0.0005)
    watch.wait(lambda: not watch.sent and not watch.waiting)
    return (len(watch.pushed) - before) / (perf_counter() - began)


def measure_mqtt(stage: Stage, *, reports: int, seconds: float) -> Measurement:
    """Latency of single reports, then the rate of a full window."""
    device = stage.seeded.devices[0]
    application = stage.application()
    watch = Stopwatch()

    def on_message(command: str, _: dict[str, Any]) -> None:
        if command == "s2c_noti":
            watch.push()

    socket = GizwitsSocket(
        stage.address("ws"),
        app_id=application.app_id,
        uid=application.uid,
        token=application.token,
        on_message=on_message,
    )
    with socket, reporting_device(stage, device, watch) as reporter:
        one_by_one(reporter, watch, reports)
        stored, pushed = list(watch.stored), list(watch.pushed)
        rate = as_fast_as_possible(reporter, watch, seconds)
    values = {"per_second": rate}
    for name, times in (("stored", stored), ("pushed", pushed)):
        values[f"{name}_p50_ms"] = percentile(times, 0.50) * 1000
        values[f"{name}_p99_ms"] = percentile(times, 0.99) * 1000
    text = (
        f"stored p50 {values['stored_p50_ms']:.1f} ms, p99 {values['stored_p99_ms']:.1f} ms; "
        f"pushed p50 {values['pushed_p50_ms']:.1f} ms, p99 {values['pushed_p99_ms']:.1f} ms; "
        f"{rate:.0f} reports/s"
    )
    return Measurement("mqtt_report", text, values)
