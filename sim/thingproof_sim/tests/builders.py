"""Small fleets and ports for the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_sim import api
from thingproof_sim.devices.machine import Device, Identity, Surroundings
from thingproof_sim.kernel.clock import SteppedClock
from thingproof_sim.kernel.ledger import Ledger
from thingproof_sim.kernel.trace import Trace
from thingproof_sim.radio.wifi import WifiRadio
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product

if TYPE_CHECKING:
    from thingproof_sim.kernel.ledger import LedgerEntry


class RecordingPort:
    """A port that notes what the device wants and lets the test answer."""

    def __init__(self) -> None:
        self.wishes: list[tuple[str, Any]] = []

    def connect(self) -> None:
        """The device wants a link."""
        self.wishes.append(("connect", None))

    def publish(self, topic: str, payload: bytes, token: int | None) -> None:
        """The device sends."""
        self.wishes.append(("publish", (topic, payload.hex(), token)))

    def disconnect(self, *, clean: bool) -> None:
        """The device leaves."""
        self.wishes.append(("disconnect", clean))

    def take(self, wish: str) -> list[Any]:
        """The wishes of one kind so far; they are forgotten."""
        taken = [value for name, value in self.wishes if name == wish]
        self.wishes = [entry for entry in self.wishes if entry[0] != wish]
        return taken


class Bench:
    """One device on a bench: its clock, its port, its ledger."""

    def __init__(self, profile: str = "air_conditioner", seed: int = 1, **options: Any) -> None:
        self.clock = SteppedClock(1000.0)
        self.port = RecordingPort()
        self.ledger = Ledger()
        defaults: dict[str, Any] = {"report_interval_s": 0.0, "radio": api.QUICK_WIFI}
        plan = api.DevicePlan("device", "product", "020000000001", **(defaults | options))
        codec = Codec(Product.from_mapping(api.product(profile)))
        surroundings = Surroundings(self.clock, seed, self.ledger, Trace())
        self.device = Device(plan, Identity("did", "pass", "key"), codec, surroundings, self.port)

    def pass_time(self, seconds: float) -> None:
        """Let the clock go on, due work in order."""
        end = self.clock.now() + seconds
        while (due := self.clock.next_due()) is not None and due <= end:
            self.clock.step_to(due)
        self.clock.step_to(end)

    def hear(self, loss: float) -> None:
        """From now on each attempt to send a frame over WiFi fails with this probability."""
        assert isinstance(self.device.radio, WifiRadio)
        self.device.radio.loss = loss

    def log_in(self) -> None:
        """Power on, network, cloud link; the first full report is acknowledged."""
        self.device.power_on()
        self.pass_time(1.0)
        self.device.connected()
        self.acknowledge()

    def acknowledge(self) -> list[Any]:
        """Let radio time pass and acknowledge everything that was sent; returns what it was."""
        self.pass_time(0.1)
        sent = self.port.take("publish")
        for _, _, token in sent:
            if token is not None:
                self.device.acknowledged(token)
        return sent

    def reports(self) -> list[LedgerEntry]:
        """The ledger's reports."""
        return list(self.ledger.of("device", "report"))
