"""Between a network server and the queues of a message broker: uplinks and results, downlinks and control."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from thingproof_sim.gateways.downlinks import MALFORMED, UNKNOWN_DEVICE
from thingproof_sim.gateways.northbound import (
    BadMessage,
    Control,
    read_control,
    read_downlink,
    write_result,
    write_uplink,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_sim.gateways.server_model import UplinkEvent
    from thingproof_sim.lora_live_network import UdpNetwork
    from thingproof_sim.shells.queues import QueueAddress, Queues

CONTROLS_KEPT = 1000


class BrokerBridge:
    """One network at one message broker.

    Args:
        network: where uplinks come from and downlinks go to.
        address: of the queues.
        by_devaddr: devices are called by their DevAddr, not their DevEUI.
        now: the network's time.
        wake: called when something new is due.
    """

    def __init__(
        self,
        network: UdpNetwork,
        address: QueueAddress,
        *,
        by_devaddr: bool,
        now: Callable[[], float],
        wake: Callable[[], None],
    ) -> None:
        self.counters: Counter[str] = Counter()
        """Messages by kind: uldata, dldata, dldata-result, ctrl, malformed."""
        self.controls: deque[Control] = deque(maxlen=CONTROLS_KEPT)
        """Devices that were added and deleted at the broker."""
        self.results: dict[str, list[tuple[int, str]]] = {}
        """Results of each downlink, in order."""
        self.queues: Queues | None = None
        self._network = network
        self._address = address
        self._by_devaddr = by_devaddr
        self._now = now
        self._wake = wake
        network.on_uplink = self._uplink
        network.on_result = self._result

    @property
    def reads(self) -> tuple[str, ...]:
        """Queues that are read."""
        return self._address.queue("dldata"), self._address.queue("ctrl")

    @property
    def writes(self) -> tuple[str, ...]:
        """Queues that are written."""
        return self._address.queue("uldata"), self._address.queue("dldata-result")

    def _send(self, kind: str, body: bytes) -> None:
        self.counters[kind] += 1
        if self.queues is not None:
            self.queues.send(self._address.queue(kind), body)

    def _uplink(self, event: UplinkEvent) -> None:
        session = event.device.session
        address = f"{event.device.dev_eui:016x}"
        if self._by_devaddr and session is not None:
            address = f"{session.dev_addr:08x}"
        self._send("uldata", write_uplink(event, address, event.at, self._network.gateway_name))

    def _result(self, data_id: str, status: int, message: str) -> None:
        self.results.setdefault(data_id, []).append((status, message))
        self._send("dldata-result", write_result(data_id, status, message))

    def message(self, queue: str, body: bytes) -> None:
        """A message of the broker; one that cannot be used is counted and, where it has a name, answered."""
        kind = queue.rpartition(".")[2]
        self.counters[kind] += 1
        try:
            if kind == "dldata":
                self._downlink(body)
            elif kind == "ctrl":
                self._control(read_control(body))
        except BadMessage as problem:
            self.counters["malformed"] += 1
            if problem.data_id:
                self._result(problem.data_id, MALFORMED, str(problem))
        self._wake()

    def _downlink(self, body: bytes) -> None:
        address, request, published = read_downlink(body)
        now = self._now()
        if request.expires_at is not None:
            # What counts is how long it may wait from here: the broker's clock may be another one.
            request.expires_at = now + request.expires_at - published
        dev_eui = self._find(address)
        if dev_eui is None:
            self._result(request.data_id, UNKNOWN_DEVICE, f"there is no device {address}")
            return
        self._network.server.send(dev_eui, request, now)

    def _control(self, control: Control) -> None:
        self.controls.append(control)
        for address in control.addresses:
            dev_eui = self._find(address)
            if dev_eui is not None:
                self._network.server.enable(dev_eui, enabled=control.added)

    def _find(self, address: str) -> int | None:
        """DevEUI of the device that the broker calls so."""
        server = self._network.server
        if not self._by_devaddr:
            return next((eui for eui in _numbers(address, 16) if eui in server.devices), None)
        wanted = _numbers(address, 8)
        return next(
            (
                eui
                for eui, device in server.devices.items()
                if device.session is not None and device.session.dev_addr in wanted
            ),
            None,
        )


def _numbers(text: str, digits: int) -> tuple[int, ...]:
    """The number of so many hexadecimal digits; none when it is something else."""
    try:
        return (int(text, 16),) if len(text) == digits else ()
    except ValueError:
        return ()


__all__ = ["BrokerBridge"]
