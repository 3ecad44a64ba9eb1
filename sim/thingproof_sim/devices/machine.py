"""The one device machine: power, network, cloud link, reports, commands. Sans-IO: a port carries out what it wants.

The machine's life is a table: states and inputs. Whatever it wants from the outside it asks of its `Port`; whatever
happens outside is told by one of its inputs. So the same device runs in simulated time against a link in memory and in
real time over sockets.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from thingproof_sim.devices import behaviours
from thingproof_sim.devices.downlinks import Downlinks
from thingproof_sim.devices.faults import treat
from thingproof_sim.devices.queue import Report, ReportQueue
from thingproof_sim.kernel.ledger import LedgerEntry
from thingproof_sim.kernel.streams import Stream
from thingproof_sim.radio.wifi import WifiRadio

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thingproof_sim.devices.faults import Fault
    from thingproof_sim.fleet import DevicePlan
    from thingproof_sim.kernel.clock import Clock, Timer
    from thingproof_sim.kernel.ledger import Ledger
    from thingproof_sim.kernel.trace import Trace
    from thingproof_wire.payloads.gizwits_bits import Codec
    from thingproof_wire.payloads.gizwits_product import Value


class State(StrEnum):
    """Where a device stands on its way to the cloud."""

    OFF = "off"
    ASSOCIATING = "associating"
    ADDRESSING = "addressing"
    CONNECTING = "connecting"
    ONLINE = "online"
    WAITING = "waiting"


TRANSITIONS: dict[tuple[State, str], State] = {
    (State.OFF, "power on"): State.ASSOCIATING,
    (State.ASSOCIATING, "associated"): State.ADDRESSING,
    (State.ASSOCIATING, "failed"): State.WAITING,
    (State.ADDRESSING, "addressed"): State.CONNECTING,
    (State.ADDRESSING, "failed"): State.WAITING,
    (State.CONNECTING, "connected"): State.ONLINE,
    (State.CONNECTING, "failed"): State.WAITING,
    (State.ONLINE, "failed"): State.WAITING,
    (State.WAITING, "try again"): State.ASSOCIATING,
    **{(state, "power off"): State.OFF for state in State},
}
"""Everything that may happen, and where it leads. An input that is not listed for a state is void there."""

BACK_OFF_FIRST_S = 0.2
BACK_OFF_LONGEST_S = 30.0
RESEND_S = 5.0
"""How long a reliable report waits for the cloud's acknowledgement before it is sent again."""
DELIVERED = "acknowledged"


class Port(Protocol):
    """What a device asks of the outside."""

    def connect(self) -> None:
        """Open the cloud link; `connected` or `link_lost` follows."""
        ...

    def publish(self, topic: str, payload: bytes, token: int | None) -> None:
        """Send at QoS 1 with a token (`acknowledged` follows), at QoS 0 without one."""
        ...

    def disconnect(self, *, clean: bool) -> None:
        """Close the cloud link, with a goodbye or without; `link_lost` does not follow."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a device is at its cloud."""

    did: str
    passcode: str
    product_key: str


@dataclass(slots=True)
class Counters:
    """What a device did so far."""

    made: int = 0
    sent: int = 0
    acknowledged: int = 0
    lost: int = 0
    reconnects: int = 0
    commands: int = 0
    queued: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What devices share: clock, seed, record keeping."""

    clock: Clock
    seed: int
    ledger: Ledger
    trace: Trace | None = None
    tell: Callable[[float, str, str, Mapping[str, Any]], None] | None = None
    """Called with (time, device, what, fields) for every line of the trace."""


class Device:
    """One virtual device.

    Args:
        plan: its part of the fleet.
        identity: who it is at the cloud.
        codec: of its product.
        surroundings: clock, seed, ledger, trace.
        port: the outside.
    """

    __slots__ = (
        "_air", "_attempts", "_behaviour_streams", "_codec", "_fault_stream", "_faults", "_first_power_on", "_jitter",
        "_life", "_link", "_number", "_radio", "_sequence", "_skew", "counters", "downlinks", "identity", "plan",
        "port", "queue", "state", "surroundings", "values",
    )  # fmt: skip

    def __init__(
        self, plan: DevicePlan, identity: Identity, codec: Codec, surroundings: Surroundings, port: Port
    ) -> None:
        self.plan = plan
        self.identity = identity
        self.port = port
        self.surroundings = surroundings
        self.state = State.OFF
        self.counters = Counters()
        self.queue = ReportQueue(limit=plan.queue_limit)
        self.values: dict[str, Value] = {
            row.name: behaviours.first_value(row) for row in codec.product.datapoints
        }
        self.values.update({name: codec.check(name, value) for name, value in plan.values.items()})
        self.downlinks = Downlinks(self, codec)
        self._codec = codec
        self._faults: tuple[Fault, ...] = plan.faults
        self._radio = WifiRadio(plan.wifi, self._stream("radio"))
        self._fault_stream = self._stream("faults")
        self._jitter = self._stream("back-off")
        self._behaviour_streams = [self._stream(f"behaviour/{row.datapoint}") for row in plan.behaviours]
        self._air: set[int] = set()
        self._life = 0
        self._link = 0
        self._attempts = 0
        self._number = 0
        # A device keeps its sequence over restarts; ours starts where the clock stands, which never goes back.
        self._sequence = int(surroundings.clock.now() * 1000) & 0x7FFFFFFF
        self._first_power_on: float | None = None
        self._skew = 1.0

    # -- small things the rest of the machine uses

    def _stream(self, name: str) -> Stream:
        return Stream(self.surroundings.seed, f"{self.plan.name}/{name}")

    def now(self) -> float:
        """Present time."""
        return self.surroundings.clock.now()

    def note(self, what: str, fields: Mapping[str, Any] | None = None) -> None:
        """One line of the trace."""
        shared = self.surroundings
        if shared.trace is not None:
            shared.trace.note(self.now(), self.plan.name, what, fields)
        if shared.tell is not None:
            shared.tell(self.now(), self.plan.name, what, fields or {})

    @property
    def on_the_air(self) -> int:
        """Reports that the link has and nobody has acknowledged yet."""
        return len(self._air)

    def age(self) -> float:
        """Seconds since the device was switched on for the first time."""
        return 0.0 if self._first_power_on is None else self.now() - self._first_power_on

    def _while_on(self, delay: float, action: Callable[[], None]) -> Timer:
        """A timer that is void once the device was switched off."""
        life = self._life
        return self.surroundings.clock.after(delay, lambda: action() if self._life == life else None)

    def _while_linked(self, delay: float, action: Callable[[], None]) -> Timer:
        """A timer that is void once this attempt to reach the cloud is over."""
        link = self._link
        return self.surroundings.clock.after(delay, lambda: action() if self._link == link else None)

    def _move(self, happened: str) -> bool:
        """Take a transition; False when the input is void in this state."""
        state = TRANSITIONS.get((self.state, happened))
        if state is None:
            return False
        self.state = state
        return True

    # -- power and network

    def power_on(self) -> None:
        """Start: look for the network, begin to measure."""
        if not self._move("power on"):
            return
        if self._first_power_on is None:
            self._first_power_on = self.now()
        self.note("power on")
        self._start_life()
        self._associate()

    def power_off(self, cause: str = "power") -> None:
        """Stop at once, without a goodbye. The queue survives, as in a device with flash memory."""
        if self.state == State.OFF:
            return
        connected = self.state in (State.CONNECTING, State.ONLINE)
        self._move("power off")
        self._life += 1
        self._link += 1
        self._air.clear()
        self.queue.give_back_all()
        self.note("power off", {"cause": cause})
        if connected:
            self.port.disconnect(clean=False)

    def power_cycle(self, seconds: float = 1.0, cause: str = "reboot") -> None:
        """Off, and on again after a while."""
        self.power_off(cause)
        self.surroundings.ledger.note(
            LedgerEntry(self.now(), self.plan.name, "link", outcome="off", cause=cause)
        )
        self.surroundings.clock.after(seconds, self.power_on)

    def _associate(self) -> None:
        outcome = self._radio.associate()
        self._while_linked(outcome.delay_s, lambda: self._associated(outcome.cause))

    def _associated(self, cause: str | None) -> None:
        if cause is not None:
            self._fail(cause)
            return
        self._move("associated")
        self.note("associated", {"signal_dbm": round(self._radio.signal_dbm, 1)})
        outcome = self._radio.address()
        self._while_linked(outcome.delay_s, lambda: self._addressed(outcome.cause))

    def _addressed(self, cause: str | None) -> None:
        if cause is not None:
            self._fail(cause)
            return
        self._move("addressed")
        drop = self._radio.time_to_drop()
        if drop is not None:
            self._while_linked(drop, self._network_drops)
        self.port.connect()

    def _network_drops(self) -> None:
        self.note("network lost")
        self.port.disconnect(clean=False)
        self._fail("network lost", self._radio.outage())

    def _fail(self, cause: str, wait: float | None = None) -> None:
        """The way to the cloud is broken: back off, then try again from the start."""
        if not self._move("failed"):
            return
        self._link += 1
        self._air.clear()
        self.queue.give_back_all()
        if wait is None:
            longest = min(BACK_OFF_LONGEST_S, BACK_OFF_FIRST_S * 2.0 ** min(self._attempts, 16))
            wait = longest * self._jitter.uniform(0.5, 1.0)
        self._attempts += 1
        self.note("offline", {"cause": cause, "retry_s": round(wait, 6)})
        self.surroundings.ledger.note(
            LedgerEntry(self.now(), self.plan.name, "link", outcome="lost", cause=cause)
        )
        self._while_linked(wait, self._try_again)

    def _try_again(self) -> None:
        if self._move("try again"):
            self._associate()

    # -- the cloud link tells

    def connected(self) -> None:
        """The link is open and the device logged in: report everything, then send what waits."""
        if not self._move("connected"):
            return
        if self._attempts:
            self.counters.reconnects += 1
        self._attempts = 0
        self.note("online")
        self.surroundings.ledger.note(LedgerEntry(self.now(), self.plan.name, "link", outcome="online"))
        self.report(self._whole())

    def link_lost(self, cause: str) -> None:
        """The link was refused, closed or broken."""
        self._fail(cause)

    def acknowledged(self, token: int) -> None:
        """The broker has a report; reliable ones wait on for the cloud."""
        report = self.queue.get(token)
        if report is None:
            return
        if report.sequence is None:
            self._done(report)
        else:
            tries = report.tries
            self._while_linked(RESEND_S, lambda: self._resend(token, tries))
        self._flush()

    def cloud_acknowledged(self, sequence: int) -> None:
        """The cloud has a reliable report."""
        report = self.queue.by_sequence(sequence)
        if report is not None:
            self._done(report)
            self._flush()

    def message(self, topic: str, payload: bytes) -> None:
        """A downlink arrived."""
        self.downlinks.take(topic, payload)

    def _resend(self, token: int, tries: int) -> None:
        report = self.queue.get(token)
        if report is not None and report.tries == tries:
            self._air.discard(token)
            self.queue.give_back(report)
            self._flush()

    def _done(self, report: Report) -> None:
        self._air.discard(report.number)
        self.queue.remove(report)
        self.counters.acknowledged += 1
        self.counters.queued = len(self.queue)
        self.note("acknowledged", {"report": report.number})
        self.surroundings.ledger.close(report.entry, DELIVERED)

    # -- reports

    def _whole(self) -> dict[str, Value]:
        return dict(self.values)

    def set_value(self, name: str, value: object) -> None:
        """The world changes: a datapoint has a new value; it is reported when the plan says so.

        Raises:
            OutOfRange, UnknownDatapoint: the product does not allow it.
        """
        self.apply({name: self._codec.check(name, value)})

    def apply(self, values: Mapping[str, Value]) -> None:
        """Take new values and report the change."""
        changed = {name: value for name, value in values.items() if self.values[name] != value}
        self.values.update(values)
        if changed and self.plan.report_on_change and self.state != State.OFF:
            self.report(changed if self._codec.product.variable else self._whole())

    def report(self, values: Mapping[str, Value] | None = None) -> None:
        """Put a report into the queue and send what the link takes."""
        values = self._whole() if values is None else values
        sequence = None
        if self.plan.reliable:
            self._sequence = (self._sequence + 1) & 0xFFFFFFFF
            sequence = self._sequence
        frame = self._codec.report(values, sequence)
        self.queue_frame(frame, values, f"dev2app/{self.identity.did}", sequence)

    def queue_frame(
        self, frame: bytes, values: Mapping[str, Value], topic: str, sequence: int | None = None
    ) -> None:
        """Put any frame into the queue; the device's faults strike it here."""
        self._number += 1
        entry = LedgerEntry(self.now(), self.plan.name, "report", dict(values), frame.hex(), "queued")
        self.surroundings.ledger.note(entry)
        self.counters.made += 1
        report = Report(self._number, frame, values, entry, topic, sequence)
        self.note("report", {"report": self._number, "hex": entry.hex})
        crowded_out = self.queue.add(report)
        if crowded_out is not None:
            self._lose(crowded_out, "queue full")
        self.counters.queued = len(self.queue)
        self._flush()

    def _lose(self, report: Report, cause: str) -> None:
        self.queue.remove(report)
        self.counters.lost += 1
        self.counters.queued = len(self.queue)
        self.note("lost", {"report": report.number, "cause": cause})
        self.surroundings.ledger.close(report.entry, "lost", cause)

    def _flush(self) -> None:
        """Hand reports to the link while it is open and takes them."""
        while self.state == State.ONLINE:
            report = self.queue.next_to_send()
            if report is None:
                return
            self._send(report)

    def _send(self, report: Report) -> None:
        """One report passes the faults and the radio."""
        treatment = treat(self._faults, report.frame, self.age(), self._fault_stream)
        if treatment.causes:
            report.entry.cause = ", ".join(treatment.causes)
            self.note("fault", {"report": report.number, "causes": list(treatment.causes)})
        if treatment.dropped:
            self._lose(report, "fault: drop")
            return
        outcome = self._radio.transmit()
        if outcome.cause is not None:
            self._fail(outcome.cause)
            return
        delay = treatment.delay_s + outcome.delay_s
        self._while_linked(delay, lambda: self._transmit(report, treatment.frame, treatment.copies))

    def _transmit(self, report: Report, frame: bytes, copies: int) -> None:
        corrupted = frame != report.frame
        report.entry.outcome = "sent"
        for copy in range(copies):
            self.counters.sent += 1
            self.note("uplink", {"report": report.number, "hex": frame.hex()})
            token = report.number if copy == 0 and not corrupted else None
            if token is not None:
                self._air.add(token)
            self.port.publish(report.topic, frame, token)
            if copy and report.sequence is None and not corrupted:
                self._note_copy(report)
        if not corrupted:
            return
        if report.sequence is None:
            self._lose(report, "fault: corrupt")
        else:
            tries = report.tries
            self._while_linked(RESEND_S, lambda: self._resend(report.number, tries))

    def _note_copy(self, report: Report) -> None:
        """A doubled report is a second truth: the cloud is right to show it twice, or once."""
        entry = LedgerEntry(
            self.now(),
            self.plan.name,
            "report",
            report.entry.datapoints,
            report.entry.hex,
            "sent",
            "fault: duplicate",
        )
        self.surroundings.ledger.note(entry)
        self.surroundings.ledger.close(entry, "sent", "fault: duplicate")

    # -- the device's own life

    def inject(self, fault: Fault) -> None:
        """A fault strikes from now on; its window counts from now."""
        age = self.age()
        until = None if fault.until_s is None else fault.until_s + age
        if fault.kind == "reboot":
            self._while_on(fault.after_s, lambda: self.power_cycle(fault.seconds, "fault: reboot"))
        elif fault.kind == "clock_skew":
            self._skew = fault.factor
            self.note("fault", {"causes": ["fault: clock_skew"], "factor": fault.factor})
        else:
            moved = type(fault)(
                fault.kind,
                fault.probability,
                fault.after_s + age,
                until,
                fault.every_s,
                fault.seconds,
                fault.factor,
            )
            self._faults = (*self._faults, moved)
        self.surroundings.ledger.note(
            LedgerEntry(self.now(), self.plan.name, "fault", outcome="injected", cause=f"fault: {fault.kind}")
        )

    def clear_faults(self) -> None:
        """Take back every fault."""
        self._faults = ()
        self._skew = 1.0

    def _start_life(self) -> None:
        """Arm intervals and behaviours; they go on whether the cloud is there or not."""
        self._skew = 1.0
        for fault in self._faults:
            age = self.age()
            if fault.kind == "clock_skew" and fault.active(age):
                self._skew = fault.factor
            elif fault.kind == "reboot":
                self._arm_reboot(fault, age)
        if self.plan.report_interval_s > 0:
            self._while_on(self.plan.report_interval_s * self._skew, self._interval)
        for index, plan in enumerate(self.plan.behaviours):
            self._arm_behaviour(index, plan.every_s)

    def _arm_reboot(self, fault: Fault, age: float) -> None:
        if fault.every_s:
            wait = max(fault.after_s - age, 0.0) + self._fault_stream.exponential(fault.every_s)
            if fault.until_s is None or age + wait < fault.until_s:
                self._while_on(wait, lambda: self.power_cycle(fault.seconds, "fault: reboot"))
        elif age <= fault.after_s:
            self._while_on(fault.after_s - age, lambda: self.power_cycle(fault.seconds, "fault: reboot"))

    def _interval(self) -> None:
        self.report()
        self._while_on(self.plan.report_interval_s * self._skew, self._interval)

    def _arm_behaviour(self, index: int, every_s: float) -> None:
        self._while_on(every_s * self._skew, lambda: self._behave(index))

    def _behave(self, index: int) -> None:
        plan = self.plan.behaviours[index]
        datapoint = self._codec.product.datapoint(plan.datapoint)
        value = behaviours.step(plan, datapoint, self.values, self.now(), self._behaviour_streams[index])
        self._arm_behaviour(index, plan.every_s)
        self.apply({plan.datapoint: value})
