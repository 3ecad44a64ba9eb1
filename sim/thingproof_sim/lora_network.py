"""The straight way between air and network server in simulated time: no datagrams, the same decisions.

Uplinks reach the server with everybody who heard them, orders pass the just-in-time queue of their gateway. A
data frame whose bytes nobody looks at is handed over as values; `full` makes the bytes of each frame and
lets the server open them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from thingproof_sim.gateways.jit_queue import JitQueue
from thingproof_sim.gateways.network_server import NetworkServer
from thingproof_sim.gateways.server_region import ServerRegion
from thingproof_sim.lora_world import GatewayOrder
from thingproof_wire.frames.regions import REGIONS
from thingproof_wire.frames.semtech_udp import TxError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thingproof_sim.devices.lorawan_device import LoraDevice
    from thingproof_sim.devices.lorawan_emission import Emission
    from thingproof_sim.gateways.server_model import TxOrder, UplinkEvent
    from thingproof_sim.lora_world import LoraWorld
    from thingproof_sim.radio.lora_signal import Reception


class DirectNetwork:
    """Network and port of an embedded server.

    Args:
        world: the air.
        region: name of the regional parameters.
        full: every frame as bytes.
        watch: called with (end in seconds, PHYPayload, Hz, spreading factor, bandwidth, dBm, dB) for each
            frame that a gateway heard or sent.
    """

    def __init__(
        self,
        world: LoraWorld,
        region: str,
        *,
        full: bool = False,
        watch: Callable[[float, bytes, int, int, int, float, float], None] | None = None,
    ) -> None:
        self.world = world
        self.region = ServerRegion(REGIONS[region])
        self.server = NetworkServer(self.region, self)
        self.server.wants_payloads = False
        self.results: Counter[int] = Counter()
        """Results of downlinks by status."""
        self.full = full or watch is not None
        self._watch = watch
        self._queues = [JitQueue() for _ in world.air.gateways]
        self._tick_at = float("inf")
        self.radio = self.region.radio
        world.network = self
        world.quick = not (
            self.full or world.noisy or world.keeps or world.measures or self.server.wants_payloads
        )

    def take(
        self, device: LoraDevice, emission: Emission, receptions: Sequence[Reception], at: float
    ) -> str | None:
        """A frame that some gateways heard; why the server did not take it, None when it did."""
        radio = self.region.radio(emission.rate.index, emission.channel.frequency_hz)
        if self._watch is not None:
            best = receptions[0]
            self._watch(
                at,
                emission.data,
                radio.frequency_hz,
                radio.sf,
                radio.bandwidth_hz,
                best.rssi_dbm,
                best.snr_db,
            )
        if emission.join is not None or self.full or device.corrupting:
            data = emission.data if not device.corrupting else corrupted(emission.data)
            return self.server.heard(data, radio, receptions, at)
        return self.server.heard_clear(device.server_key, emission.session, emission, radio, receptions, at)

    def transmit(self, order: TxOrder) -> str | None:
        """Put a frame into its gateway's queue; empty, or the error."""
        gateway = order.gateway
        assert isinstance(gateway, int), "the air numbers its gateways"
        now = self.world.clock.now()
        airtime_us = round(order.airtime_s * 1e6)
        error = self._queues[gateway].add(order, round(order.start_s * 1e6), airtime_us, round(now * 1e6))
        if error is not TxError.NONE:
            return str(error)
        self.world.send_downlink(
            GatewayOrder(gateway, order.start_s, order.airtime_s, order.radio, order.power_dbm, order.data)
        )
        if self._watch is not None:
            self._watch_downlink(order)
        return ""

    def _watch_downlink(self, order: TxOrder) -> None:
        watch, radio = self._watch, order.radio
        assert watch is not None

        def tell(at: float) -> None:
            watch(at, order.data, radio.frequency_hz, radio.sf, radio.bandwidth_hz, order.power_dbm, 0.0)

        self.world.clock.schedule(order.start_s + order.airtime_s, tell)

    def uplink(self, event: UplinkEvent) -> None:
        """Nobody is there to hear it."""

    def result(self, data_id: str, status: int, message: str) -> None:
        """What became of a downlink."""
        del data_id, message
        self.results[status] += 1
        self.arm()

    def arm(self) -> None:
        """Wake the server when something of it is due."""
        due = self.server.next_due()
        if due is not None and due < self._tick_at:
            self._tick_at = due
            self.world.clock.schedule(due, self._tick)

    def _tick(self, at: float) -> None:
        self._tick_at = float("inf")
        self.server.tick(at)
        self.arm()


def corrupted(data: bytes) -> bytes:
    """A frame with one bit flipped in its MIC."""
    return data[:-1] + bytes((data[-1] ^ 0x01,))


__all__ = ["DirectNetwork", "corrupted"]
