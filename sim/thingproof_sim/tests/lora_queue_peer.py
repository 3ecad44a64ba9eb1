"""The other end of a network's queues, as a broker service or an application."""

from __future__ import annotations

import json
import uuid
from typing import Any

from thingproof_sim.loop_thread import LoopThread, wait_until
from thingproof_sim.shells.queues import open_queues

AMQP = "amqp://guest:guest@127.0.0.1:5672"


class Peer:
    """Reads some queues and writes others, over AMQP or MQTT."""

    def __init__(self, uri: str, reads: tuple[str, ...], writes: tuple[str, ...]) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self._thread = LoopThread("peer")
        self._thread.start()
        self._queues = self._thread.call(
            lambda: open_queues(
                uri,
                reads,
                writes,
                self._take,
                loop=self._thread.loop,
                name=f"peer-{uuid.uuid4().hex[:12]}",  # noqa: TID251
            )
        )

    def _take(self, queue: str, body: bytes) -> None:
        self.messages.append((queue, json.loads(body)))

    def ready(self, timeout: float = 10.0) -> bool:
        """Wait until it is connected; False when it never was in time."""
        return wait_until(lambda: self._queues.ready, timeout)

    def send(self, queue: str, body: dict[str, Any] | bytes) -> None:
        """Send a message."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._thread.call(lambda: self._queues.send(queue, data))

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Messages of the queues of one kind, in order."""
        return [body for queue, body in self.messages if queue.endswith(f".{kind}")]

    def wait(self, kind: str, count: int, timeout: float = 20.0) -> bool:
        """Wait until so many messages of a kind have come."""
        return wait_until(lambda: len(self.of(kind)) >= count, timeout)

    def stop(self) -> None:
        """Leave."""
        self._thread.wait(self._queues.close())
        self._thread.stop()


def answers(uri: str) -> bool:
    """Whether a broker can be reached there."""
    peer = Peer(uri, (), ())
    try:
        return peer.ready(3.0)
    finally:
        peer.stop()
