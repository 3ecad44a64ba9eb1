"""A fleet in simulated time: as fast as the machine can, against a cloud link in memory."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from thingproof_sim.devices.central import Links
from thingproof_sim.devices.machine import Device, Identity, Surroundings
from thingproof_sim.kernel.clock import FastClock
from thingproof_sim.kernel.ledger import Ledger
from thingproof_sim.kernel.streams import Stream
from thingproof_sim.kernel.trace import Trace
from thingproof_wire.frames.gizwits_p0 import Command, Frame, decode_frame, encode_frame
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_sim.devices.surroundings import Served
    from thingproof_sim.fleet import FleetPlan
    from thingproof_sim.kernel.clock import Clock

ROUND_TRIP_S = (0.02, 0.12)
"""Shortest and longest way to the cloud and back."""
LOGIN_S = (0.1, 0.6)


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """What a simulated stretch of time came to.

    Attributes:
        seed: root of every random stream.
        trace_hash: SHA-256 over everything that happened; the same for the same seed and scenario.
        simulated_s: simulated seconds.
        devices: number of devices.
        reports: reports made.
        frames: frames that left devices, doubled ones counted twice.
        delivered: reports acknowledged.
        queued: reports still waiting at the end.
        lost: lost reports by cause.
        events: lines of the trace.
    """

    seed: int
    trace_hash: str
    simulated_s: float
    devices: int
    reports: int
    frames: int
    delivered: int
    queued: int
    lost: dict[str, int]
    events: int


class MemoryLink:
    """A cloud that answers from memory: it accepts the login and acknowledges every sound report."""

    __slots__ = ("_clock", "_device", "_open", "_stream")

    def __init__(self, clock: Clock, stream: Stream) -> None:
        self._clock = clock
        self._stream = stream
        self._device: Served | None = None
        self._open = 0

    def serve(self, device: Served) -> None:
        """The device this link belongs to."""
        self._device = device

    def connect(self) -> None:
        """Log in."""
        self._open += 1
        self._answer(LOGIN_S, lambda device: device.connected())

    def publish(self, topic: str, payload: bytes, token: int | None) -> None:
        """Take a frame, acknowledge it, and acknowledge its sequence number too when it has one."""
        if token is None:
            return
        self._answer(ROUND_TRIP_S, lambda device: device.acknowledged(token))
        frame = decode_frame(payload)
        if frame.command == Command.REQUEST:
            answer = encode_frame(Frame(Command.ACKNOWLEDGE, b"", frame.sequence))
            did = topic.partition("/")[2]
            self._answer(ROUND_TRIP_S, lambda device: device.message(f"app2dev/{did}/cloud", answer))

    def disconnect(self, *, clean: bool) -> None:
        """Answers that are under way are lost."""
        del clean
        self._open += 1

    def _answer(self, span: tuple[float, float], tell: Callable[[Served], None]) -> None:
        connection = self._open

        def arrive() -> None:
            if self._open == connection and self._device is not None:
                tell(self._device)

        self._clock.after(self._stream.uniform(*span), arrive)


def identity_of(plan: FleetPlan, name: str, kind: str) -> Identity:
    """A made-up identity for a device that talks to no real cloud."""
    return Identity(f"{plan.name}/{name}", "", str(plan.products[kind].get("product_key", "")))


def codecs_of(plan: FleetPlan) -> dict[str, Codec]:
    """One codec a product."""
    return {name: Codec(Product.from_mapping(mapping)) for name, mapping in plan.products.items()}


def simulate(
    plan: FleetPlan,
    *,
    seed: int,
    duration_s: float,
    start: float = 0.0,
    progress: Callable[[float], None] | None = None,
    trace_path: str | Path | None = None,
) -> SimulationResult:
    """Let a fleet live for a while.

    Args:
        plan: the fleet.
        seed: root of every random stream.
        duration_s: simulated seconds.
        start: the clock's first value, in seconds; 0 is midnight for daily cycles.
        progress: called about a hundred times with the share done.
        trace_path: file that gets every line of the trace.

    Raises:
        OSError: the trace file cannot be written.
    """
    with nullcontext() if trace_path is None else Path(trace_path).open("w", encoding="utf-8") as output:
        trace = Trace(output)
        clock = FastClock(start)
        devices, ledger = _build(plan, seed, clock, trace)
        clock.run(duration_s, progress)
    return SimulationResult(
        seed=seed,
        trace_hash=trace.hexdigest(),
        simulated_s=duration_s,
        devices=len(devices),
        reports=sum(device.counters.made for device in devices),
        frames=sum(device.counters.sent for device in devices),
        delivered=sum(device.counters.acknowledged for device in devices),
        queued=sum(device.counters.queued for device in devices),
        lost=dict(ledger.causes),
        events=trace.lines,
    )


def _build(plan: FleetPlan, seed: int, clock: Clock, trace: Trace) -> tuple[list[Device], Ledger]:
    """The devices, about to be switched on within the first second."""
    surroundings = Surroundings(clock, seed, Ledger(keep=False), trace, downlinks_kept=0)
    codecs = codecs_of(plan)
    devices = []
    links = Links(plan, clock, lambda name: MemoryLink(clock, Stream(seed, f"{name}/link")))
    for device_plan in plan.devices:
        identity = identity_of(plan, device_plan.name, device_plan.product)
        device = Device(
            device_plan,
            identity,
            codecs[device_plan.product],
            surroundings,
            links.port(device_plan, identity.did),
        )
        links.serve(device)
        devices.append(device)
        clock.after(Stream(seed, f"{device_plan.name}/start").uniform(0.0, 1.0), device.power_on)
    return devices, surroundings.ledger
