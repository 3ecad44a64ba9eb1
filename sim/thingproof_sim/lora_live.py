"""A LoRaWAN fleet in real or scaled time on real sockets, driven from ordinary (synchronous) code.

Devices, air, gateways, network server and queues live in one thread. Time runs `speed` times as fast as real
time; what happens on the air happens at its exact moment, however late the thread is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from thingproof_sim.kernel.ledger import Ledger
from thingproof_sim.kernel.slotted import SlottedClock
from thingproof_sim.kernel.trace import Trace
from thingproof_sim.loop_thread import LoopThread, wait_until
from thingproof_sim.lora_broker import BrokerBridge
from thingproof_sim.lora_build import enroll, gateway_radios, path_loss_of, populate, switch_on
from thingproof_sim.lora_live_device import LiveLoraDevice, ReceivedDownlink, SentUplink, ServerView
from thingproof_sim.lora_live_network import UdpNetwork
from thingproof_sim.lora_world import LoraWorld
from thingproof_sim.shells.queues import open_queues

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Self

    from thingproof_sim.fleet import FleetPlan
    from thingproof_sim.gateways.northbound import Control
    from thingproof_sim.shells.queues import QueueAddress
    from thingproof_sim.shells.udp import Peer

Result = TypeVar("Result")
KEPT = 1000
"""Downlinks and readings that each device remembers."""
LONGEST_NAP_S = 1.0
SLACK_S = 0.05
"""How far the fleet's clock may run ahead of what is due, in simulated seconds: on a busy machine it goes
slower, and no window is missed because a datagram had to wait."""


class LiveLora:
    """A LoRaWAN fleet on real sockets.

    Args:
        plan: a fleet with a network.
        seed: root of every random stream.
        queues: queues of the network at a message broker; None for none.
        speed: simulated seconds in a real second.
        server: another network server's address; None for the embedded one.
        on_event: called in the fleet's thread with (time, device, what, fields) for everything that happens.
        ledger: a ledger of its own when None, which keeps everything.
    """

    def __init__(
        self,
        plan: FleetPlan,
        *,
        seed: int,
        queues: QueueAddress | None = None,
        speed: float = 1.0,
        server: Peer | None = None,
        on_event: Callable[[float, str, str, Mapping[str, Any]], None] | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        if plan.lora is None:
            raise ValueError(f"the fleet {plan.name} has no lora section")
        self.plan = plan
        self.speed = speed
        self.by_devaddr = plan.lora.address == "devaddr"
        self.ledger = Ledger() if ledger is None else ledger
        self.trace = Trace()
        self._thread = LoopThread("thingproof-lora")
        self._loop: asyncio.AbstractEventLoop = self._thread.loop
        self._begin = time.time()  # noqa: TID251 - a live fleet lives now
        self._origin = self._loop.time()
        self._handle: asyncio.TimerHandle | None = None
        self._planned = self._begin
        """When something is due next, seconds of the fleet's clock."""
        self._clock = SlottedClock(self._begin)
        self.world = LoraWorld(
            self._clock,
            seed,
            gateway_radios(plan.lora),
            path_loss=path_loss_of(plan.lora),
            ledger=self.ledger,
            trace=self.trace,
            tell=on_event,
            keeps=True,
            kept=KEPT,
        )
        populate(self.world, plan.lora, plan.products)
        self._network = UdpNetwork(self.world, plan.lora, now=self._now, wake=self._wake, server=server)
        enroll(self._network.server, self.world)
        self._devices = {device.name: LiveLoraDevice(self, device) for device in self.world.devices}
        self.server = ServerView(self, self._network)
        self._address = queues
        self.broker: BrokerBridge | None = None
        if queues is not None:
            self.broker = BrokerBridge(
                self._network, queues, by_devaddr=self.by_devaddr, now=self._now, wake=self._wake
            )

    # -- time

    def _now(self) -> float:
        now = self._begin + (self._loop.time() - self._origin) * self.speed
        return min(now, self._planned + SLACK_S)

    def now(self) -> float:
        """The fleet's clock: Unix time when it started, running at its speed."""
        return self._now()

    def _wake(self) -> None:
        """Do what is due and plan the next look. Runs in the thread."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        now = self._now()
        self._begin, self._origin = now, self._loop.time()
        self._clock.run_until(now)
        self._network.tick(now)
        due = [one for one in (self._clock.next_due(), self._network.next_due()) if one is not None]
        self._planned = max(now, min([*due, now + LONGEST_NAP_S * self.speed]))
        self._handle = self._loop.call_later((self._planned - now) / self.speed, self._wake)

    def call(self, action: Callable[[], Result]) -> Result:
        """Run something in the fleet's thread and wait for its result."""
        return self._thread.call(action)

    def at_once(self, action: Callable[[float], Result]) -> Result:
        """Run something in the fleet's thread with the present time; what follows from it is done as well."""

        def run() -> Result:
            self._clock.run_until(self._now())
            result = action(self._clock.now())
            self._wake()
            return result

        return self.call(run)

    # -- life

    def start(self) -> None:
        """Bind sockets, open queues, switch the devices on."""
        if self._thread.running:
            return
        self._thread.start()
        self._thread.wait(self._network.open(self._loop))
        self.call(self._open)

    def _open(self) -> None:
        bridge, address = self.broker, self._address
        if bridge is not None and address is not None:
            bridge.queues = open_queues(
                address.host_uri,
                bridge.reads,
                bridge.writes,
                bridge.message,
                loop=self._loop,
                name=f"thingproof-lora-{address.network_code}-{id(self):x}",
            )
        self._begin, self._origin = self._clock.now(), self._loop.time()
        switch_on(self.world, self._clock)
        self._wake()

    def stop(self) -> None:
        """Switch everything off; twice does no harm."""
        if not self._thread.running:
            self._thread.stop()
            return
        if self.broker is not None and self.broker.queues is not None:
            self._thread.wait(self.broker.queues.close())
        self.call(self._close)
        self._thread.stop()

    def _close(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._network.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- what is there

    @property
    def devices(self) -> list[LiveLoraDevice]:
        """Every device, in the plan's order."""
        return list(self._devices.values())

    def device(self, name: str) -> LiveLoraDevice:
        """The device of that name.

        Raises:
            KeyError: there is none; the text lists those there are.
        """
        try:
            return self._devices[name]
        except KeyError:
            raise KeyError(f"no device {name!r}; there are {', '.join(self._devices)}") from None

    @property
    def gateways(self) -> list[str]:
        """Names of the gateways."""
        return [gateway.plan.name for gateway in self._network.gateways]

    @property
    def controls(self) -> list[Control]:
        """Devices that were added and deleted at the broker, in order."""
        bridge = self.broker
        return [] if bridge is None else self.call(lambda: list(bridge.controls))

    def results(self, data_id: str) -> list[tuple[int, str]]:
        """Results the network reported for a downlink, in order."""
        bridge = self.broker
        return [] if bridge is None else self.call(lambda: list(bridge.results.get(data_id, ())))

    @property
    def ready(self) -> bool:
        """Gateways reach the server, and the queues are open."""
        connected = all(gateway.forwarder.connected or gateway.cut for gateway in self._network.gateways)
        queues = None if self.broker is None else self.broker.queues
        return connected and (self.broker is None or (queues is not None and queues.ready))

    def cut_gateway(self, name: str, cut: bool = True) -> None:
        """Cut a gateway off from the network server, or join it again.

        Raises:
            KeyError: no such gateway.
        """
        found = next((row for row in self._network.gateways if row.plan.name == name), None)
        if found is None:
            raise KeyError(f"no gateway {name!r}; there are {', '.join(self.gateways)}")
        self.call(lambda: setattr(found, "cut", cut))

    def wait_for(self, condition: Callable[[LiveLora], bool], timeout: float = 10.0) -> bool:
        """Wait until a condition holds; False when it never did in time. Real seconds."""
        return wait_until(lambda: condition(self), timeout)

    def wait_ready(self, timeout: float = 10.0) -> bool:
        """Wait until gateways and queues are connected."""
        return self.wait_for(lambda fleet: fleet.ready, timeout)

    def wait_joined(self, timeout: float = 60.0) -> bool:
        """Wait until every device has a session."""
        return self.wait_for(lambda fleet: all(device.joined for device in fleet.devices), timeout)


__all__ = ["LiveLora", "LiveLoraDevice", "ReceivedDownlink", "SentUplink", "ServerView"]
