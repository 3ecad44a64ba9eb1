"""The LoRaWAN of a fleet: devices, the air between them and the gateways, one agenda for all.

What gateways hear goes to a `Network`: straight to an embedded network server in simulated time, through
packet forwarders and UDP in real time. What it wants sent comes back by `send_downlink`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from thingproof_sim.devices.lorawan_reading import DELIVERED, LOST
from thingproof_sim.kernel.ledger import LedgerEntry
from thingproof_sim.radio.lora_air import GatewayTransmitting, LoraAir
from thingproof_sim.radio.lora_collision import cause_text
from thingproof_sim.radio.lora_signal import nearest
from thingproof_wire.errors import WireError
from thingproof_wire.frames.lorawan import MType, read_mtype
from thingproof_wire.frames.lorawan_crypto import read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from thingproof_sim.devices.lorawan_device import LoraDevice
    from thingproof_sim.devices.lorawan_emission import Emission
    from thingproof_sim.devices.lorawan_reading import Reading
    from thingproof_sim.devices.lorawan_states import Downlink, Window
    from thingproof_sim.gateways.network_server import NetworkServer
    from thingproof_sim.gateways.server_model import Radio
    from thingproof_sim.kernel.ledger import Ledger
    from thingproof_sim.kernel.slotted import SlottedClock
    from thingproof_sim.kernel.trace import Trace
    from thingproof_sim.radio.lora_air import Transmission
    from thingproof_sim.radio.lora_link import PathLoss
    from thingproof_sim.radio.lora_signal import GatewayRadio, Reception
    from thingproof_wire.payloads.gizwits_product import Value

OPEN: Final = "not known yet"
"""What a network answers that learns later whether the server took a frame."""
COLLISION: Final = "collision"
NOBODY: Final = "nobody listens"


@dataclass(frozen=True, slots=True)
class GatewayOrder:
    """A frame that a gateway sends.

    Attributes:
        gateway: its index.
        start_s, airtime_s: when and how long, seconds.
        radio: how.
        power_dbm: radiated.
        data: PHYPayload.
    """

    gateway: int
    start_s: float
    airtime_s: float
    radio: Radio
    power_dbm: float
    data: bytes


class Network(Protocol):
    """Where frames go that gateways heard."""

    def take(
        self,
        device: LoraDevice,
        emission: Emission,
        receptions: Sequence[Reception],
        at: float,
    ) -> str | None:
        """A frame that some gateways heard, best first; why it was not taken, None when it was."""
        ...

    @property
    def server(self) -> NetworkServer:
        """The embedded server; settled devices speak to it directly, where `LoraWorld.quick` allows it."""
        ...

    def radio(self, data_rate: int, frequency_hz: int) -> Radio:
        """How a frame is sent with a data rate of the region."""
        ...


class LoraWorld:
    """Everything that happens on the air.

    Args:
        clock: the agenda.
        seed: root of every random stream.
        gateways: radios of the gateways.
        path_loss: of the air.
        ledger: the record of truth.
        trace: every line of what happens; None for none.
        tell: called with every line as well.
        keeps: whether readings get entries in the ledger; else they are counted only.
        measures: whether payloads carry values; a simulation of the radio alone needs none.
        kept: how many downlinks and readings each device remembers.
    """

    open = OPEN

    def __init__(
        self,
        clock: SlottedClock,
        seed: int,
        gateways: Iterable[GatewayRadio],
        *,
        path_loss: PathLoss,
        ledger: Ledger,
        trace: Trace | None = None,
        tell: Callable[[float, str, str, Mapping[str, Any]], None] | None = None,
        keeps: bool = False,
        measures: bool = True,
        kept: int = 0,
    ) -> None:
        self.clock = clock
        self.seed = seed
        self.air = LoraAir(gateways, path_loss, seed)
        self.ledger = ledger
        self.keeps = keeps
        self.measures = measures
        self.kept = kept
        self.devices: list[LoraDevice] = []
        self.network: Network
        self.frames: Counter[tuple[int, str]] = Counter()
        """Transmissions by spreading factor and outcome: heard, or the kind of cause."""
        self.quick = False
        """Whether settled devices may take the short way: nobody looks at readings, frames or the trace."""
        self.readings: Counter[tuple[int, str]] = Counter()
        """Readings by spreading factor of their last transmission (0 for none) and outcome."""
        self.downlinks: Counter[str] = Counter()
        """Frames of gateways by what became of them."""
        self._trace = trace
        self._tell = tell
        self.noisy = trace is not None or tell is not None
        self._addresses: dict[int, list[LoraDevice]] = {}
        self._blanks: dict[int, bytes] = {}

    # -- small things devices use

    def note(self, at: float, who: str, what: str, fields: dict[str, Any] | None) -> None:
        """One line of the trace."""
        if not self.noisy:
            return
        if self._trace is not None:
            self._trace.note(at, who, what, fields)
        if self._tell is not None:
            self._tell(at, who, what, fields or {})

    def blank(self, size: int) -> bytes:
        """A payload of zeros."""
        found = self._blanks.get(size)
        if found is None:
            found = self._blanks[size] = bytes(size)
        return found

    @staticmethod
    def kind(cause: str) -> str:
        """The kind of a cause: collisions are one kind, whoever collided."""
        return COLLISION if cause.startswith(COLLISION) else cause.partition(":")[0]

    # -- uplinks

    def uplink(
        self, device: LoraDevice, emission: Emission, transmission: Transmission, at: float
    ) -> str | None:
        """A device's frame has left: who heard it, and whether the network took it; the cause if not."""
        heard = transmission.hearers()
        sf = emission.rate.sf
        if heard:
            cause = self.network.take(device, emission, heard, at)
            kind = "heard" if cause is None or cause is OPEN else self.kind(cause)
        else:
            cause = self.missed(transmission)
            kind = self.kind(cause)
        self.frames[sf, kind] += 1
        if self.noisy:
            self._note_uplink(device, emission, transmission, heard, cause, at)
        return cause

    @staticmethod
    def missed(transmission: Transmission) -> str:
        """Why nobody heard a frame: the nearest miss."""
        cause = cause_text(nearest((transmission.losses or {}).values()))
        assert cause is not None, "somebody heard what nobody heard"
        return cause

    def _note_uplink(  # noqa: PLR0917 - it is the one caller's second half
        self,
        device: LoraDevice,
        emission: Emission,
        transmission: Transmission,
        heard: Sequence[Reception],
        cause: str | None,
        at: float,
    ) -> None:
        fields: dict[str, Any] = {
            "frame": transmission.number,
            "sf": emission.rate.sf,
            "frequency_hz": emission.channel.frequency_hz,
            "size": emission.size,
            "heard_by": [self.air.gateways[one.gateway].name for one in heard],
        }
        if emission.join is not None:
            fields["dev_nonce"] = emission.join.dev_nonce
        else:
            fields |= {"fcnt": emission.fcnt, "attempt": emission.attempt, "hex": emission.payload.hex()}
        if cause is not None:
            fields["cause"] = cause
        self.note(at, device.name, "join request" if emission.join is not None else "uplink", fields)

    # -- accounts

    def count_calm(self, sf: int, delivered: int) -> None:
        """Frames of a settled device that the network took."""
        if delivered:
            self.frames[sf, "heard"] += delivered
            self.readings[sf, DELIVERED] += delivered

    def lost_calm(self, device: LoraDevice, sf: int, cause: str) -> None:
        """A frame of a settled device was lost, and its reading with it."""
        kind = self.kind(cause)
        self.frames[sf, kind] += 1
        self.readings[sf, kind] += 1
        self.ledger.causes[kind] += 1
        device.counters.lost += 1

    def lost(self, device: LoraDevice, reading: Reading, cause: str, kind: str, at: float) -> None:
        """A reading is lost for good."""
        self.readings[self._sf(device, reading), kind] += 1
        if reading.entry is not None:
            self.ledger.close(reading.entry, LOST, cause)
        else:
            self.ledger.causes[kind] += 1
        self.note(at, device.name, "lost", {"reading": reading.number, "cause": cause})

    def arrived(self, device: LoraDevice, reading: Reading, at: float) -> None:
        """The network server has a reading."""
        self.readings[self._sf(device, reading), DELIVERED] += 1
        if reading.entry is not None:
            self.ledger.close(reading.entry, DELIVERED)
        if self.noisy:
            self.note(at, device.name, DELIVERED, {"reading": reading.number, "fcnt": reading.fcnt})

    def settle(self, data: bytes, cause: str, at: float) -> None:
        """A server far away has dropped a frame: its reading is lost, if no other try is left."""
        try:
            dev_addr, transmitted = read_address(data)
        except WireError:
            return
        for device in self._addresses.get(dev_addr, ()):
            device.dropped(transmitted, cause, at)

    @staticmethod
    def _sf(device: LoraDevice, reading: Reading) -> int:
        emission = device.emission
        return 0 if reading.fcnt < 0 or emission is None else emission.rate.sf

    def joined(self, device: LoraDevice, at: float) -> None:
        """A device has a session."""
        session = device.mac.session
        assert session is not None, "who has joined has a session"
        self.know(device)
        self.note(at, device.name, "joined", {"dev_addr": f"{session.dev_addr:08x}"})

    def know(self, device: LoraDevice) -> None:
        """A device listens for its address from now on."""
        if device.mac.session is not None:
            self._addresses.setdefault(device.mac.session.dev_addr, []).append(device)

    def took(
        self, device: LoraDevice, downlink: Downlink, values: Mapping[str, Value], cause: str | None
    ) -> None:
        """A device has taken a downlink; the cause says why its payload means nothing to it."""
        if self.keeps:
            outcome = "refused" if cause else "executed"
            self.ledger.note(
                LedgerEntry(
                    downlink.at, device.name, "control", values, downlink.payload.hex(), outcome, cause
                )
            )
        fields = {"port": downlink.port, "fcnt": downlink.fcnt, "window": str(downlink.window)}
        self.note(downlink.at, device.name, "downlink", fields | {"hex": downlink.payload.hex()})

    def refused(self, device: LoraDevice, cause: str, data: bytes, at: float) -> None:
        """A device heard a frame that it cannot use."""
        self.downlinks[self.kind(cause)] += 1
        self.note(at, device.name, "refused", {"cause": cause, "hex": data.hex()})

    # -- downlinks

    def send_downlink(self, order: GatewayOrder) -> None:
        """A gateway will transmit."""
        data, radio = order.data, order.radio

        def begin(at: float) -> None:
            try:
                downlink = self.air.begin_downlink(
                    order.gateway,
                    at,
                    order.airtime_s,
                    radio.frequency_hz,
                    sf=radio.sf,
                    bandwidth_hz=radio.bandwidth_hz,
                    power_dbm=order.power_dbm,
                    payload=data,
                )
            except GatewayTransmitting:
                self.downlinks["gateway busy"] += 1
                return
            self.downlinks["sent"] += 1
            listening = self._listeners(data, at, radio)
            for device, _ in listening:
                device.receiving(at, downlink.end_s)
            if not listening:
                self.downlinks[NOBODY] += 1

            def end(now: float) -> None:
                for device, window in listening:
                    reception = self.air.heard_by(device.antenna, downlink)
                    if device.away or not reception.heard:
                        cause = reception.cause or "out of range"
                        self.downlinks[self.kind(cause)] += 1
                        self.note(now, device.name, "downlink lost", {"cause": cause})
                        continue
                    self.downlinks["heard"] += 1
                    device.heard(data, window, reception.snr_db, now)

            self.clock.schedule(downlink.end_s, end)

        self.clock.schedule(order.start_s, begin)

    def _listeners(self, data: bytes, at: float, radio: Radio) -> list[tuple[LoraDevice, Window]]:
        """The devices a frame may be for and whose receiver is open for it."""
        try:
            if read_mtype(data) == MType.JOIN_ACCEPT:
                candidates: Iterable[LoraDevice] = (
                    device
                    for device in self.devices
                    if device.mac.emission is not None and device.mac.emission.join is not None
                )
            else:
                candidates = self._addresses.get(read_address(data)[0], ())
        except WireError:
            return []
        found = []
        for device in candidates:
            device.catch_up(at)
            window = device.mac.window(at, radio.frequency_hz, radio.sf, radio.bandwidth_hz)
            if window is not None:
                found.append((device, window))
        return found


__all__ = ["NOBODY", "OPEN", "GatewayOrder", "LoraWorld", "Network"]
