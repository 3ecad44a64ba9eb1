"""A LoRaWAN fleet in simulated time: what was sent, what arrived, and why the rest did not."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from thingproof_sim.devices.lorawan_reading import DELIVERED
from thingproof_sim.gateways.server_model import DownlinkRequest
from thingproof_sim.kernel.ledger import Ledger
from thingproof_sim.kernel.slotted import SlottedClock
from thingproof_sim.kernel.streams import Stream
from thingproof_sim.kernel.trace import Trace
from thingproof_sim.lora_build import enroll, gateway_radios, path_loss_of, populate, switch_on
from thingproof_sim.lora_energy import Consumption, consumption
from thingproof_sim.lora_network import DirectNetwork
from thingproof_sim.lora_plan import DEFAULT_PORT
from thingproof_sim.lora_world import LoraWorld
from thingproof_wire.frames.loratap import LINK_TYPE, LoraTap, encode_loratap
from thingproof_wire.frames.pcap import file_header, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_sim.devices.lorawan_device import LoraDevice
    from thingproof_sim.fleet import FleetPlan
    from thingproof_sim.lora_plan import LoraFleetPlan

UNSETTLED: Final = "on the way"
"""Readings that wait or are on the air when the simulation ends."""
RESULTS: Final = {0: "done", 1: "expired", 2: "unknown device", 3: "too long", 4: "no acknowledgement"}


@dataclass(slots=True)
class SpreadingFactor:
    """Frames of one spreading factor: sent by devices, heard and taken, and their time on air in seconds."""

    sent: int = 0
    delivered: int = 0
    lost: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoraResult:
    """What a simulated stretch of time came to.

    Readings and frames balance: sent = delivered + lost + on the way.

    Attributes:
        seed: root of every random stream.
        trace_hash: SHA-256 over everything that happened; the same for the same seed and fleet.
        engine: events or sweep.
        simulated_s: simulated seconds.
        devices, gateways: how many.
        joined: devices with a session at the end.
        readings: made by devices.
        delivered: taken by the network server.
        on_the_way: waiting or on the air at the end.
        lost: lost readings by cause.
        frames: transmissions of devices, repetitions and join requests too.
        frames_heard: those that the network took.
        frames_lost: the others by cause.
        by_sf: frames by spreading factor.
        airtime_s: of all frames of devices.
        duty_cycle: mean share of time that a device was on the air, and the highest.
        gateway_airtime_s: of all frames of gateways.
        gateway_duty_cycle: mean share of time that a gateway was on the air, and the highest.
        consumption: energy of devices.
        downlinks: frames of gateways and what became of them.
        downlink_results: of requests that applications made, by result.
        server: counters of the network server.
        events: lines of the trace.
    """

    seed: int
    trace_hash: str
    engine: str
    simulated_s: float
    devices: int
    gateways: int
    joined: int
    readings: int
    delivered: int
    on_the_way: int
    lost: dict[str, int]
    frames: int
    frames_heard: int
    frames_lost: dict[str, int]
    by_sf: dict[int, SpreadingFactor]
    airtime_s: float
    duty_cycle: dict[str, float]
    gateway_airtime_s: float
    gateway_duty_cycle: dict[str, float]
    consumption: Consumption
    downlinks: dict[str, int]
    downlink_results: dict[str, int]
    server: dict[str, int]
    events: int


class LoraSimulation:
    """A fleet about to live: the world, its network, and everything on the agenda.

    Args:
        plan: the network's plan.
        products: the fleet's products by name.
        seed: root of every random stream.
        start: first value of the clock, seconds.
        trace: every line of what happens; None for none.
        full: make and open the bytes of every frame.
        measures: let payloads carry values.
        watch: see `DirectNetwork`.
    """

    def __init__(
        self,
        plan: LoraFleetPlan,
        products: Any,
        seed: int,
        *,
        start: float = 0.0,
        trace: Trace | None = None,
        full: bool = False,
        measures: bool = True,
        watch: Callable[[float, bytes, int, int, int, float, float], None] | None = None,
    ) -> None:
        self.clock = SlottedClock(start)
        self.start = start
        self.world = LoraWorld(
            self.clock,
            seed,
            gateway_radios(plan),
            path_loss=path_loss_of(plan),
            ledger=Ledger(keep=False),
            trace=trace,
            measures=measures,
        )
        populate(self.world, plan, products)
        self.network = DirectNetwork(self.world, plan.region, full=full, watch=watch)
        enroll(self.network.server, self.world)
        switch_on(self.world, self.clock)
        for device in self.world.devices:
            if device.plan.downlinks.every_s:
                _Application(self.network, device, seed).begin(start)

    def run(self, seconds: float, progress: Callable[[float], None] | None = None) -> None:
        """Let so many seconds pass."""
        self.clock.run(seconds, progress)


class _Application:
    """Sends downlinks to one device, at random with a mean interval."""

    def __init__(self, network: DirectNetwork, device: LoraDevice, seed: int) -> None:
        self._network = network
        self._device = device
        self._stream = Stream(seed, f"{device.name}/application")
        self._sent = 0

    def begin(self, at: float) -> None:
        """Plan the next one."""
        wait = self._stream.exponential(self._device.plan.downlinks.every_s)
        self._network.world.clock.schedule(at + wait, self._send)

    def _send(self, at: float) -> None:
        plan, device = self._device.plan.downlinks, self._device
        device.catch_up(at)
        self._sent += 1
        request = DownlinkRequest(
            f"{device.name}/{self._sent}",
            self._stream.bytes(plan.size),
            DEFAULT_PORT,
            plan.confirmed,
            at + 86_400,
        )
        self._network.server.send(device.plan.dev_eui, request, at)
        self._network.arm()
        self.begin(at)


def simulate_lora(
    plan: FleetPlan,
    *,
    seed: int,
    duration_s: float,
    start: float = 0.0,
    progress: Callable[[float], None] | None = None,
    trace_path: str | Path | None = None,
    pcap_path: str | Path | None = None,
    full: bool = False,
) -> LoraResult:
    """Let a LoRaWAN fleet live for a while.

    Args:
        plan: a fleet with a network.
        seed: root of every random stream.
        duration_s: simulated seconds.
        start: the clock's first value; 0 is midnight for daily cycles.
        progress: called about a hundred times with the share done.
        trace_path: file that gets every line of the trace.
        pcap_path: file that gets every frame that a gateway heard or sent, with LoRaTap headers.
        full: make and open the bytes of every frame, which changes nothing but the time it takes.

    Raises:
        ValueError: the fleet has no network.
        OSError: a file cannot be written.
    """
    if plan.lora is None:
        raise ValueError(f"the fleet {plan.name} has no lora section")
    with ExitStack() as stack:
        output = (
            None if trace_path is None else stack.enter_context(Path(trace_path).open("w", encoding="utf-8"))
        )
        capture = None if pcap_path is None else Capture(stack.enter_context(Path(pcap_path).open("wb")))
        trace = Trace(output)
        simulation = LoraSimulation(
            plan.lora, plan.products, seed, start=start, trace=trace, full=full, watch=capture
        )
        simulation.run(duration_s, progress)
    return result_of(simulation, seed, duration_s, trace)


class Capture:
    """Writes frames with LoRaTap headers into a capture file."""

    def __init__(self, output: IO[bytes]) -> None:
        self._output = output
        output.write(file_header(LINK_TYPE))

    def __call__(  # noqa: PLR0917 - the signature of a watcher
        self,
        at: float,
        data: bytes,
        frequency_hz: int,
        sf: int,
        bandwidth_hz: int,
        rssi_dbm: float,
        snr_db: float,
    ) -> None:
        """One frame that ended at a moment."""
        header = LoraTap(frequency_hz, bandwidth_hz, sf, round(rssi_dbm), round(snr_db * 4) / 4, data)
        self._output.write(record(round(at * 1e6), encode_loratap(header)))


def result_of(simulation: LoraSimulation, seed: int, duration_s: float, trace: Trace | None) -> LoraResult:
    """The balance of a simulation."""
    world, network = simulation.world, simulation.network
    devices = world.devices
    for device in devices:
        device.settle(simulation.clock.now())
    lost: Counter[str] = Counter()
    for (_, outcome), count in world.readings.items():
        if outcome != DELIVERED:
            lost[outcome] += count
    frames_lost: Counter[str] = Counter()
    by_sf: dict[int, SpreadingFactor] = {}
    for (sf, kind), count in sorted(world.frames.items()):
        row = by_sf.setdefault(sf, SpreadingFactor())
        row.sent += count
        if kind == "heard":
            row.delivered += count
        else:
            row.lost[kind] = count
            frames_lost[kind] += count
    airtimes = [device.counters.airtime_s for device in devices]
    gateway_airtimes = network.server.downlinks.gateway_airtimes_s()
    readings = sum(device.counters.readings for device in devices)
    delivered = sum(device.counters.delivered for device in devices)
    return LoraResult(
        seed=seed,
        trace_hash="" if trace is None else trace.hexdigest(),
        engine="events",
        simulated_s=duration_s,
        devices=len(devices),
        gateways=len(world.air.gateways),
        joined=sum(device.mac.joined for device in devices),
        readings=readings,
        delivered=delivered,
        on_the_way=readings - delivered - lost.total(),
        lost=dict(sorted(lost.items())),
        frames=sum(row.sent for row in by_sf.values()),
        frames_heard=sum(row.delivered for row in by_sf.values()),
        frames_lost=dict(sorted(frames_lost.items())),
        by_sf=by_sf,
        airtime_s=sum(airtimes),
        duty_cycle={
            "mean": sum(airtimes) / len(devices) / duration_s,
            "highest": max(airtimes) / duration_s,
        },
        gateway_airtime_s=sum(gateway_airtimes),
        gateway_duty_cycle={
            "mean": sum(gateway_airtimes) / len(world.air.gateways) / duration_s,
            "highest": max(gateway_airtimes, default=0.0) / duration_s,
        },
        consumption=consumption(devices, duration_s),
        downlinks=dict(sorted(world.downlinks.items())),
        downlink_results={
            RESULTS.get(status, str(status)): count
            for status, count in sorted(network.results.items())
            if status >= 0
        },
        server=dict(sorted(network.server.counters.items())),
        events=0 if trace is None else trace.lines,
    )


__all__ = ["LoraResult", "LoraSimulation", "SpreadingFactor", "result_of", "simulate_lora"]
