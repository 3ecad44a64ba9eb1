"""The way of a live LoRaWAN over real sockets: gateways forward by UDP, the embedded server listens on UDP.

Every gateway has a socket of its own. The embedded server publishes to the queues of a message broker;
without it the gateways forward to any other network server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_sim.gateways.network_server import NetworkServer
from thingproof_sim.gateways.semtech_forwarder import SemtechForwarder, lora_rate
from thingproof_sim.gateways.semtech_server import SemtechServer
from thingproof_sim.gateways.server_model import Radio
from thingproof_sim.gateways.server_region import ServerRegion
from thingproof_sim.kernel.streams import Stream
from thingproof_sim.lora_network import corrupted
from thingproof_sim.lora_world import OPEN, GatewayOrder
from thingproof_sim.shells.udp import UdpSocket, open_udp
from thingproof_wire.frames.regions import REGIONS

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from thingproof_sim.devices.lorawan_device import LoraDevice
    from thingproof_sim.devices.lorawan_emission import Emission
    from thingproof_sim.gateways.server_model import HeardBy, TxOrder, UplinkEvent
    from thingproof_sim.lora_plan import GatewayPlan, LoraFleetPlan
    from thingproof_sim.lora_world import LoraWorld
    from thingproof_sim.radio.lora_signal import Reception
    from thingproof_sim.shells.udp import Peer
    from thingproof_wire.frames.semtech_udp import TxPacket

SETTLE_S: Final = 4.0
"""Simulated seconds after which a frame that a gateway heard and nobody took counts as lost."""
NOT_FORWARDED: Final = "not forwarded"
GATEWAY_CUT: Final = "gateway cut off"


class LiveGateway:
    """A gateway with its forwarder and its socket.

    Args:
        plan: its part of the fleet.
        index: in the air.
        forwarder: its packet forwarder.
    """

    def __init__(self, plan: GatewayPlan, index: int, forwarder: SemtechForwarder) -> None:
        self.plan = plan
        self.index = index
        self.forwarder = forwarder
        self.socket: UdpSocket | None = None
        self.cut = False
        """Its way to the network server is cut."""

    def flush(self, server: Peer) -> None:
        """Send what the forwarder has to say."""
        outgoing, self.forwarder.outgoing = self.forwarder.outgoing, []
        if self.socket is not None and not self.cut:
            for datagram in outgoing:
                self.socket.send(datagram, server)


class UdpNetwork:
    """Network of a live world, and the embedded server's port.

    Args:
        world: the air.
        plan: the network's plan.
        now: the world's time.
        wake: called when something new is due.
        server: another network server's address; None for the embedded one.
    """

    def __init__(
        self,
        world: LoraWorld,
        plan: LoraFleetPlan,
        *,
        now: Callable[[], float],
        wake: Callable[[], None],
        server: Peer | None = None,
    ) -> None:
        self.world = world
        self._now = now
        self._wake = wake
        self.region = ServerRegion(REGIONS[plan.region])
        self.server = NetworkServer(self.region, self)
        self.on_uplink: Callable[[UplinkEvent], object] | None = None
        self.on_result: Callable[[str, int, str], object] | None = None
        self._own = server is None
        self._address: Peer = server or ("127.0.0.1", 0)
        self._socket: UdpSocket | None = None
        self._udp = SemtechServer(self.region, self.server.counters, self._complete, self._answer)
        self.gateways = [self._gateway(row, index) for index, row in enumerate(plan.gateways)]
        world.network = self

    def _gateway(self, plan: GatewayPlan, index: int) -> LiveGateway:
        def transmit(packet: TxPacket, start: float, airtime: float) -> None:
            rate = lora_rate(packet.data_rate)
            assert rate is not None, "the forwarder takes LoRa only"
            radio = Radio(packet.frequency_hz, rate[0], rate[1], -1)
            self.world.send_downlink(
                GatewayOrder(index, start, airtime, radio, packet.power_dbm, packet.payload)
            )

        tokens = Stream(self.world.seed, f"{plan.name}/tokens")
        forwarder = SemtechForwarder(
            plan.eui, REGIONS[self.region.region.name], tokens, transmit, now=self._now()
        )
        return LiveGateway(plan, index, forwarder)

    # -- sockets

    async def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Bind the sockets.

        Raises:
            OSError: an address cannot be bound.
        """
        if self._own:
            self._socket = await open_udp(loop, self._datagram)
            self._address = self._socket.address
        for gateway in self.gateways:
            gateway.socket = await open_udp(loop, self._to(gateway))

    def close(self) -> None:
        """Close the sockets."""
        for gateway in self.gateways:
            if gateway.socket is not None:
                gateway.socket.close()
        if self._socket is not None:
            self._socket.close()

    @property
    def address(self) -> Peer:
        """Where gateways forward to."""
        return self._address

    def _to(self, gateway: LiveGateway) -> Callable[[bytes, Peer], None]:
        def take(data: bytes, peer: Peer) -> None:
            del peer
            if not gateway.cut:
                gateway.forwarder.datagram(data, self._now())
                gateway.flush(self._address)
                self._wake()

        return take

    def _datagram(self, data: bytes, peer: Peer) -> None:
        answer = self._udp.datagram(data, peer, self._now())
        if answer is not None:
            self.server.transmitted(*answer)
        self._wake()

    def _answer(self, data: bytes, peer: Peer) -> None:
        if self._socket is not None:
            self._socket.send(data, peer)

    # -- uplinks

    def take(
        self, device: LoraDevice, emission: Emission, receptions: Sequence[Reception], at: float
    ) -> str | None:
        """Forward a frame that some gateways heard; what becomes of it is known later."""
        data = corrupted(emission.data) if device.corrupting else emission.data
        forwarding = [one for one in receptions if not self.gateways[one.gateway].cut]
        if not forwarding:
            return GATEWAY_CUT
        for one in forwarding:
            gateway = self.gateways[one.gateway]
            gateway.forwarder.heard(
                data,
                frequency_hz=emission.channel.frequency_hz,
                data_rate=f"SF{emission.rate.sf}BW{emission.rate.bandwidth_hz // 1000}",
                rssi_dbm=one.rssi_dbm,
                snr_db=one.snr_db,
                at=at,
                channel=emission.channel.index % 8,
            )
            gateway.flush(self._address)
        if not self._own:
            return None
        reading = emission.token
        if reading is not None:
            self.world.clock.schedule(at + SETTLE_S, lambda now: device.lose(reading, NOT_FORWARDED, now))  # type: ignore[arg-type]
        return OPEN

    def radio(self, data_rate: int, frequency_hz: int) -> Radio:
        """How a frame is sent with a data rate of the region."""
        return self.region.radio(data_rate, frequency_hz)

    def _complete(self, data: bytes, radio: Radio, copies: Sequence[HeardBy], at: float) -> None:
        """The server's gateways have told everything about a frame."""
        cause = self.server.heard(data, radio, copies, at)
        if cause is not None:
            self.world.settle(data, cause, at)

    # -- the server's port

    def transmit(self, order: TxOrder) -> str | None:
        """Send an order to its gateway."""
        return self._udp.transmit(order)

    def uplink(self, event: UplinkEvent) -> None:
        """The server has an uplink."""
        device: Any = event.device.key
        device.accepted(event.fcnt, self._now())
        if self.on_uplink is not None:
            self.on_uplink(event)

    def result(self, data_id: str, status: int, message: str) -> None:
        """What became of a downlink."""
        if self.on_result is not None:
            self.on_result(data_id, status, message)

    # -- time

    def next_due(self) -> float | None:
        """When a gateway or the server has something to do by itself."""
        due = [gateway.forwarder.next_due() for gateway in self.gateways]
        due += [one for one in (self._udp.next_due(), self.server.next_due()) if one is not None]
        return min(due, default=None)

    def tick(self, at: float) -> None:
        """Do what is due."""
        for gateway in self.gateways:
            gateway.forwarder.tick(at)
            gateway.flush(self._address)
        self._udp.tick(at)
        self.server.tick(at)

    def gateway_name(self, key: object) -> str:
        """EUI of a gateway in 16 hexadecimal digits."""
        return f"{key:016x}" if isinstance(key, int) else str(key)


__all__ = ["GATEWAY_CUT", "NOT_FORWARDED", "LiveGateway", "UdpNetwork"]
