"""One device, and the network server, of a live LoRaWAN as ordinary (synchronous) code sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thingproof_sim.loop_thread import wait_until
from thingproof_sim.lora_plan import DEFAULT_PORT, eui_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_sim.devices.lorawan_device import LoraDevice
    from thingproof_sim.devices.lorawan_reading import LoraCounters
    from thingproof_sim.lora_live import LiveLora
    from thingproof_sim.lora_live_network import UdpNetwork
    from thingproof_sim.shells.udp import Peer
    from thingproof_wire.payloads.gizwits_product import Value


@dataclass(frozen=True, slots=True)
class ReceivedDownlink:
    """A downlink as a device got it; `window` is RX1, RX2 or C."""

    at: float
    port: int
    hex: str
    confirmed: bool
    fcnt: int
    window: str


@dataclass(frozen=True, slots=True)
class SentUplink:
    """A message of a device; `outcome` is queued, sent, delivered or lost, `cause` says why it was lost."""

    at: float
    fcnt: int
    port: int
    hex: str
    confirmed: bool
    outcome: str
    cause: str | None


class LiveLoraDevice:
    """One device of a running fleet. Timeouts are real seconds."""

    def __init__(self, fleet: LiveLora, device: LoraDevice) -> None:
        self._fleet = fleet
        self._device = device
        self.name = device.name
        self.dev_eui = eui_text(device.plan.dev_eui)

    @property
    def dev_addr(self) -> str:
        """Address of the present session in 8 hexadecimal digits; empty without one."""
        session = self._device.mac.session
        return "" if session is None else f"{session.dev_addr:08x}"

    @property
    def network_addr(self) -> str:
        """What the message broker calls the device."""
        return self.dev_addr if self._fleet.by_devaddr else self.dev_eui

    @property
    def joined(self) -> bool:
        """Whether it has a session."""
        return self._device.mac.joined

    @property
    def values(self) -> dict[str, Value]:
        """Present display values, the truth."""
        return self._fleet.call(lambda: dict(self._device.values))

    @property
    def counters(self) -> LoraCounters:
        """What it did so far."""
        return self._device.counters

    @property
    def received(self) -> list[ReceivedDownlink]:
        """Downlinks so far, in order."""
        return self._fleet.call(
            lambda: [
                ReceivedDownlink(
                    row.at, row.port, row.payload.hex(), row.confirmed, row.fcnt, str(row.window)
                )
                for row in self._device.received
            ]
        )

    @property
    def sent(self) -> list[SentUplink]:
        """Messages so far, in order."""
        return self._fleet.call(
            lambda: [
                SentUplink(
                    row.at, row.fcnt, row.port, row.payload.hex(), row.confirmed, row.outcome, row.cause
                )
                for row in self._device.sent
            ]
        )

    def set_value(self, datapoint: str, value: object) -> None:
        """Change the world; the next reading tells it.

        Raises:
            OutOfRange, UnknownDatapoint: the product does not allow it.
        """

        def change() -> None:
            product = self._device.codec.product
            self._device.values[datapoint] = product.datapoint(datapoint).check(value)

        self._fleet.call(change)

    def uplink(
        self, payload: bytes | None = None, *, confirmed: bool | None = None, port: int | None = None
    ) -> None:
        """Send something now, as soon as the MAC may.

        Args:
            payload: present values when None.
            confirmed: as the plan says when None.
            port: FPort 1..223; the plan's own when None.
        """

        def send(at: float) -> None:
            device = self._device
            data = device.codec.encode(device.values) if payload is None else payload
            wanted = device.plan.confirmed if confirmed is None else confirmed
            device.send(data, DEFAULT_PORT if port is None else port, wanted, at)

        self._fleet.at_once(send)

    def ask(self, name: str) -> None:
        """Ask the network with the next uplink: LinkCheckReq or DeviceTimeReq."""
        self._fleet.call(lambda: self._device.mac.commands.ask(name))

    def move_out_of_range(self) -> None:
        """Nobody hears it and it hears nobody."""
        self._fleet.call(lambda: setattr(self._device, "away", True))

    def move_back(self) -> None:
        """It is where the plan says."""
        self._fleet.call(lambda: setattr(self._device, "away", False))

    def corrupt_frames(self, on: bool = True) -> None:
        """Flip a bit in every frame it sends, after the radio's own check."""
        self._fleet.call(lambda: setattr(self._device, "corrupting", on))

    def wait_for(self, condition: Callable[[LiveLoraDevice], bool], timeout: float = 10.0) -> bool:
        """Wait until a condition holds; False when it never did in time."""
        return wait_until(lambda: condition(self), timeout)

    def wait_joined(self, timeout: float = 30.0) -> bool:
        """Wait until it has a session."""
        return self.wait_for(lambda device: device.joined, timeout)

    def wait_delivered(self, timeout: float = 20.0) -> bool:
        """Wait until no message is on its way any more."""

        def settled(device: LiveLoraDevice) -> bool:
            return all(row.outcome in ("delivered", "lost") for row in device.sent)

        return self.wait_for(settled, timeout)

    def wait_received(self, count: int, timeout: float = 20.0) -> bool:
        """Wait until it has got so many downlinks."""
        return self.wait_for(lambda device: len(device.received) >= count, timeout)


class ServerView:
    """The embedded network server, seen from outside its thread."""

    def __init__(self, fleet: LiveLora, network: UdpNetwork) -> None:
        self._fleet = fleet
        self._network = network

    @property
    def counters(self) -> dict[str, int]:
        """Frames and downlinks by what became of them."""
        return self._fleet.call(lambda: dict(self._network.server.counters))

    @property
    def address(self) -> Peer:
        """Where it listens for gateways."""
        return self._network.address

    def waiting(self, dev_eui: str) -> list[str]:
        """Names of the downlinks that wait for a device or for its acknowledgement."""
        found = self._fleet.call(lambda: self._network.server.status(int(dev_eui, 16)))["waiting"]
        return list(found)

    def status(self, dev_eui: str) -> dict[str, Any]:
        """Counters, data rate and what waits for a device."""
        return self._fleet.call(lambda: self._network.server.status(int(dev_eui, 16)))

    def command(self, dev_eui: str, name: str, **values: int) -> None:
        """A MAC command for a device, repeated until it is answered."""
        self._fleet.call(lambda: self._network.server.command(int(dev_eui, 16), name, **values))


__all__ = ["LiveLoraDevice", "ReceivedDownlink", "SentUplink", "ServerView"]
