"""The one device machine: power, network, cloud link. Sans-IO.

The machine's life is a table: states and inputs. Whatever it wants from the outside it asks of its `Port`;
whatever happens outside is told by one of its inputs. So the same device runs in simulated time against a
link in memory and in real time over sockets.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from thingproof_sim.devices import behaviours
from thingproof_sim.devices.downlinks import Downlinks
from thingproof_sim.devices.routine import Routine
from thingproof_sim.devices.surroundings import Counters, Identity, Port, Surroundings
from thingproof_sim.devices.uplinks import Uplinks
from thingproof_sim.kernel.ledger import LedgerEntry
from thingproof_sim.kernel.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thingproof_sim.fleet import DevicePlan
    from thingproof_sim.kernel.clock import Timer
    from thingproof_sim.radio.interface import Radio
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
        "_attempts", "_codec", "_first_power_on", "_jitter", "_life", "_link", "counters", "downlinks",
        "identity", "offline_cause", "plan", "port", "radio", "routine", "state", "surroundings", "uplinks",
        "values",
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
        self.values: dict[str, Value] = {
            row.name: behaviours.first_value(row) for row in codec.product.datapoints
        }
        self.values.update({name: codec.check(name, value) for name, value in plan.values.items()})
        self.radio: Radio = plan.radio.radio(self.stream("radio"), self.now)
        self.uplinks = Uplinks(self, codec)
        self.downlinks = Downlinks(self, codec)
        self.routine = Routine(self, codec)
        self._codec = codec
        self._jitter = self.stream("back-off")
        self._life = 0
        self._link = 0
        self._attempts = 0
        self._first_power_on: float | None = None
        self.offline_cause = ""

    # -- small things the rest of the machine uses

    def stream(self, name: str) -> Stream:
        """The device's random stream of that name."""
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
    def sub_devices(self) -> tuple[str, ...]:
        """Nobody: a central device has a link that knows better."""
        return ()

    @property
    def online(self) -> bool:
        """Whether the device is logged in."""
        return self.state == State.ONLINE

    def age(self) -> float:
        """Seconds since the device was switched on for the first time."""
        return 0.0 if self._first_power_on is None else self.now() - self._first_power_on

    def while_on(self, delay: float, action: Callable[[], None]) -> Timer:
        """A timer that is void once somebody switched the device off."""
        life = self._life
        return self.surroundings.clock.after(delay, lambda: action() if self._life == life else None)

    def while_linked(self, delay: float, action: Callable[[], None]) -> Timer:
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
        self.routine.start()
        self._associate()

    def power_off(self, cause: str = "power") -> None:
        """Stop at once, without a goodbye. The queue survives, as in a device with flash memory."""
        self._life += 1  # a power cycle under way does not switch the device on again
        if self.state == State.OFF:
            return
        connected = self.state in (State.CONNECTING, State.ONLINE)
        self._move("power off")
        self._link += 1
        self.offline_cause = cause
        self.uplinks.link_down(cause)
        self.note("power off", {"cause": cause})
        if connected:
            self.port.disconnect(clean=False)

    def power_cycle(self, seconds: float = 1.0, cause: str = "reboot") -> None:
        """Off, and on again after a while."""
        self.power_off(cause)
        self.surroundings.ledger.note(
            LedgerEntry(self.now(), self.plan.name, "link", outcome="off", cause=cause)
        )
        self.while_on(seconds, self.power_on)

    def _associate(self) -> None:
        outcome = self.radio.associate()
        self.while_linked(outcome.delay_s, lambda: self._associated(outcome.cause))

    def _associated(self, cause: str | None) -> None:
        if cause is not None:
            self._fail(cause)
            return
        self._move("associated")
        self.note("associated", self.radio.levels())
        outcome = self.radio.address()
        self.while_linked(outcome.delay_s, lambda: self._addressed(outcome.cause))

    def _addressed(self, cause: str | None) -> None:
        if cause is not None:
            self._fail(cause)
            return
        self._move("addressed")
        drop = self.radio.time_to_drop()
        if drop is not None:
            self.while_linked(drop, self._network_drops)
        self.port.connect()

    def _network_drops(self) -> None:
        dropped = self.radio.drop()
        self.network_lost(dropped.cause or "network lost", dropped.delay_s)

    def network_lost(self, cause: str, wait: float | None = None) -> None:
        """The radio link is gone, and the cloud link with it; look for it again after a while."""
        self.note("network lost", {"cause": cause})
        self.port.disconnect(clean=False)
        self._fail(cause, wait)

    def _fail(self, cause: str, wait: float | None = None) -> None:
        """The way to the cloud is broken: back off, then try again from the start."""
        if not self._move("failed"):
            return
        self._link += 1
        self.offline_cause = cause
        self.uplinks.link_down(cause)
        if wait is None:
            longest = min(BACK_OFF_LONGEST_S, BACK_OFF_FIRST_S * 2.0 ** min(self._attempts, 16))
            wait = longest * self._jitter.uniform(0.5, 1.0)
        self._attempts += 1
        self.note("offline", {"cause": cause, "retry_s": round(wait, 6)})
        self.surroundings.ledger.note(
            LedgerEntry(self.now(), self.plan.name, "link", outcome="lost", cause=cause)
        )
        self.while_linked(wait, self._try_again)

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
        self.offline_cause = ""
        self.note("online")
        self.surroundings.ledger.note(LedgerEntry(self.now(), self.plan.name, "link", outcome="online"))
        self.report()

    def link_lost(self, cause: str) -> None:
        """The link was refused, closed or broken."""
        self._fail(cause)

    def acknowledged(self, token: int) -> None:
        """The broker has the report of that token."""
        self.uplinks.acknowledged(token)

    def message(self, topic: str, payload: bytes) -> None:
        """A downlink arrived."""
        self.downlinks.take(topic, payload)

    # -- the world tells

    def set_value(self, name: str, value: object) -> None:
        """A datapoint has a new value; it is reported when the plan says so.

        Raises:
            OutOfRange, UnknownDatapoint: the product does not allow it.
        """
        self.apply({name: self._codec.check(name, value)})

    def apply(self, values: Mapping[str, Value], *, always: bool = False) -> None:
        """Take new values and report the change, if the plan says so or always."""
        changed = {name: value for name, value in values.items() if self.values[name] != value}
        self.values.update(values)
        if changed and (always or self.plan.report_on_change) and self.state != State.OFF:
            self.report(changed if self._codec.product.variable else None)

    def report(self, values: Mapping[str, Value] | None = None) -> None:
        """Report some values, or all of them."""
        self.uplinks.report(values)


__all__ = ["TRANSITIONS", "Counters", "Device", "Identity", "Port", "State", "Surroundings"]
