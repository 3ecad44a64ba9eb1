"""From a network's queue to an application's: uplinks through the Sylvia broker, over MQTT and AMQP."""

import asyncio
import json
import os
import socket
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from time import perf_counter
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiormq
from aiormq.abc import DeliveredMessage

from thingproof_conformance.control import ControlClient
from thingproof_scenarios.bench.results import Measurement, percentile
from thingproof_scenarios.problems import Broken
from thingproof_scenarios.stage import launch
from thingproof_scenarios.sylvia_seeding import APPLICATION, NETWORK, SylviaGround, queue, seed_ground
from thingproof_sim.shells.queues import open_queues

WINDOW = 64
"""Uplinks on their way when the rate is measured."""
ANSWER_TIMEOUT_S = 20.0
AMQP = os.environ.get("THINGPROOF_AMQP", "amqp://guest:guest@127.0.0.1:5672")
"""The AMQP broker that is measured when it answers."""
QUEUES = (
    *(("application", kind) for kind in ("uldata", "dldata", "dldata-resp", "dldata-result")),
    *(("network", kind) for kind in ("uldata", "dldata", "dldata-result", "ctrl")),
)
Heard = Callable[[bytes], None]
_TIME = "2022-01-13T07:46:09.000Z"


class Ends(Protocol):
    """The network's end, which sends, and the application's, which hears."""

    async def open(self) -> None:
        """Connect; what is sent from now on is heard."""
        ...

    def send(self, body: bytes) -> None:
        """Send without waiting."""
        ...

    async def close(self) -> None:
        """Leave, and leave nothing behind."""
        ...


class MqttEnds:
    """Two connections to an MQTT broker, as the simulator's network has one."""

    def __init__(
        self, uri: str, sends: str, hears: str, heard: Heard, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._sends = sends

        def on_message(_name: str, body: bytes) -> None:
            heard(body)

        self._network = open_queues(uri, (), (sends,), on_message, loop=loop, name=f"{sends}-sender")
        self._application = open_queues(uri, (hears,), (), on_message, loop=loop, name=f"{hears}-listener")

    async def open(self) -> None:
        """Wait until both are ready."""
        while not (self._network.ready and self._application.ready):  # noqa: ASYNC110 - threads of paho
            await asyncio.sleep(0.01)

    def send(self, body: bytes) -> None:
        """Publish with QoS 1."""
        self._network.send(self._sends, body)

    async def close(self) -> None:
        """Disconnect both."""
        await self._network.close()
        await self._application.close()


class AmqpEnds:
    """One connection to an AMQP broker that sends without waiting for confirmations."""

    def __init__(
        self, uri: str, sends: str, hears: str, heard: Heard, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._uri, self._sends, self._hears, self._heard = uri, sends, hears, heard
        self._loop = loop
        self._tasks: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """Connect and consume."""
        self._connection = await aiormq.connect(self._uri)
        self._channel = await self._connection.channel(publisher_confirms=False)
        await self._channel.queue_declare(self._hears, durable=True)
        await self._channel.basic_consume(self._hears, self._take, no_ack=True)

    async def _take(self, message: DeliveredMessage) -> None:
        self._heard(message.body)

    def send(self, body: bytes) -> None:
        """Publish to the queue."""
        task = self._loop.create_task(self._channel.basic_publish(body, routing_key=self._sends))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Delete every queue of the unit, disconnect."""
        for name in QUEUES:
            head = self._hears if name[0] == "application" else self._sends
            await self._channel.queue_delete(f"{head.rpartition('.')[0]}.{name[1]}")
        await self._connection.close()


class Passage:
    """Uplinks of one device from the network's end to the application's, with the times they took.

    Args:
        ground: whose queues.
        host_uri: the message broker.
        loop: where both ends live.
    """

    def __init__(self, ground: SylviaGround, host_uri: str, loop: asyncio.AbstractEventLoop) -> None:
        self._ground = ground
        self._uplinks = queue("network", ground.code, NETWORK, "uldata")
        self._sent: list[float] = []
        self.times: list[float] = []
        self._changed = asyncio.Event()
        self._arrivals = queue("application", ground.code, APPLICATION, "uldata")
        self._ends: Ends = (AmqpEnds if host_uri.startswith("amqp") else MqttEnds)(
            host_uri, self._uplinks, self._arrivals, self._heard, loop
        )

    async def open(self) -> None:
        """Connect both ends."""
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            await self._ends.open()

    def send(self) -> None:
        """One uplink leaves now; its data is its number."""
        message = {
            "time": _TIME,
            "networkAddr": self._ground.address,
            "data": f"{len(self._sent):08x}",
        }
        self._sent.append(perf_counter())
        self._ends.send(json.dumps(message).encode())

    def _heard(self, body: bytes) -> None:
        """The application has one: it must be the next one."""
        number = int(json.loads(body)["data"], 16)
        if number != len(self.times):
            raise Broken(f"uplink {number} came when {len(self.times)} was next")
        self.times.append(perf_counter() - self._sent[number])
        self._changed.set()

    async def until(self, count: int) -> None:
        """So many uplinks have arrived."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                while len(self.times) < count:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise Broken(f"{count - len(self.times)} of {count} uplinks did not arrive") from None

    @property
    def on_the_way(self) -> int:
        """Uplinks that were sent and did not arrive yet."""
        return len(self._sent) - len(self.times)

    async def close(self) -> None:
        """Both ends leave."""
        await self._ends.close()


async def _measure(passage: Passage, uplinks: int, seconds: float) -> dict[str, float]:
    """Latency one by one, then the rate of a full window."""
    await passage.open()
    for number in range(1, uplinks + 1):
        passage.send()
        await passage.until(number)
    alone = list(passage.times)
    began = perf_counter()
    while perf_counter() - began < seconds:
        while passage.on_the_way < WINDOW:
            passage.send()
        await passage.until(len(passage.times) + 1)
    await passage.until(len(passage.times) + passage.on_the_way)
    return {
        "per_second": (len(passage.times) - uplinks) / (perf_counter() - began),
        "p50_ms": percentile(alone, 0.50) * 1000,
        "p99_ms": percentile(alone, 0.99) * 1000,
    }


async def _over(
    ground: SylviaGround, host_uri: str, uplinks: int, seconds: float, control: ControlClient
) -> dict[str, float]:
    passage = Passage(ground, host_uri, asyncio.get_running_loop())
    try:
        return await _measure(passage, uplinks, seconds)
    finally:
        control.reset()  # the platform lets go of the queues, so that they stay deleted
        await passage.close()


def answers(host_uri: str) -> bool:
    """Whether somebody listens at a message broker's address."""
    parts = urlsplit(host_uri)
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((parts.hostname or "", parts.port or 5672)) == 0


def measure_queues(*, uplinks: int, seconds: float, seed: int) -> Measurement:
    """Uplinks through the platform's own MQTT broker, and through an AMQP broker where one answers."""
    values: dict[str, float] = {}
    texts = []
    missing = None
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="thingproof-bench-"))
        arguments = ["--vendors", "sylvia", "--data-dir", folder, "--seed", str(seed)]
        info: dict[str, Any] = stack.enter_context(launch(arguments)).info
        control = ControlClient(info["control"]["url"], info["control"]["token"])
        stack.callback(control.close)
        brokers = {"mqtt": str(info["vendors"]["sylvia"]["mqtt"]), "amqp": AMQP}
        for transport, host_uri in brokers.items():
            if not answers(host_uri):
                missing = f"no AMQP broker answers at {host_uri.rpartition('@')[2]}"
                continue
            ground = seed_ground(control, host_uri, label=f"bench-{transport}-{os.getpid()}")
            found = asyncio.run(_over(ground, host_uri, uplinks, seconds, control))
            values |= {f"{transport}_{name}": value for name, value in found.items()}
            texts.append(
                f"{transport} {found['per_second']:.0f} uplinks/s, "
                f"p50 {found['p50_ms']:.1f} ms, p99 {found['p99_ms']:.1f} ms"
            )
    return Measurement("queues", "; ".join(texts), values, missing)
