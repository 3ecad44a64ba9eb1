"""A fleet in real time on real sockets, driven from ordinary (synchronous) code.

All devices share one asyncio loop in one thread of its own. Every method here may be called from any other
thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from thingproof_sim.devices.central import Links
from thingproof_sim.devices.machine import Counters, Device, Identity, State, Surroundings
from thingproof_sim.kernel.clock import Clock, RealTimeClock, SteppedClock
from thingproof_sim.kernel.ledger import Ledger
from thingproof_sim.kernel.streams import Stream
from thingproof_sim.kernel.trace import Trace
from thingproof_sim.shells.mqtt import Connection, MqttLink
from thingproof_sim.simulate import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Self

    from thingproof_sim.devices.downlinks import ReceivedFrame
    from thingproof_sim.devices.faults import Fault
    from thingproof_sim.fleet import DevicePlan, FleetPlan
    from thingproof_wire.payloads.gizwits_bits import Codec
    from thingproof_wire.payloads.gizwits_product import Value

Result = TypeVar("Result")
POLL_S = 0.005
CALL_S = 30.0
GOODBYE_S = 30.0
START_SPREAD_S = (0.2, 1 / 1000)
"""Seconds within which devices are switched on, one after the other: at least, and for each device."""


class LiveDevice:
    """One device of a running fleet."""

    def __init__(self, fleet: LiveFleet, device: Device) -> None:
        self._fleet = fleet
        self._device = device
        self.name = device.plan.name
        self.identity = device.identity

    @property
    def values(self) -> dict[str, Value]:
        """Present display values, the truth."""
        return self._fleet.call(lambda: dict(self._device.values))

    @property
    def online(self) -> bool:
        """Whether the device is logged in."""
        return self._device.state == State.ONLINE

    @property
    def state(self) -> str:
        """off, associating, addressing, connecting, online or waiting."""
        return str(self._device.state)

    @property
    def in_flight(self) -> int:
        """Reports that were handed to the link and not acknowledged yet."""
        return self._device.uplinks.on_the_air

    @property
    def received(self) -> list[ReceivedFrame]:
        """Downlinks so far, in order."""
        return list(self._device.downlinks.received)

    @property
    def counters(self) -> Counters:
        """What the device did so far."""
        return self._device.counters

    def set_value(self, datapoint: str, value: object) -> None:
        """Change the world; the device reports the change if its plan says so.

        Raises:
            OutOfRange, UnknownDatapoint: the product does not allow it.
        """
        self._fleet.call(lambda: self._device.set_value(datapoint, value))

    def report(self) -> None:
        """Report everything now."""
        self._fleet.call(self._device.report)

    def send_raw_frame(self, frame: bytes, topic: str | None = None) -> bool:
        """Publish any bytes at QoS 1, as a broken or hostile device would; past queue and ledger.

        Returns False when the device has no cloud link to send them on.
        """
        target = topic or f"dev2app/{self.identity.did}"

        def send() -> bool:
            linked = self._device.online
            if linked:
                self._device.port.publish(target, frame, -1)
            return linked

        return self._fleet.call(send)

    def disconnect(self, *, clean: bool = True) -> None:
        """Leave the cloud and stay away; an unclean leave says no goodbye."""

        def leave() -> None:
            if clean:
                self._device.port.disconnect(clean=True)
            self._device.power_off("disconnected")

        self._fleet.call(leave)

    def reconnect(self) -> None:
        """Come back after `disconnect`."""
        self._fleet.call(self._device.power_on)

    def power_cycle(self, seconds: float = 0.1) -> None:
        """Off without a goodbye, and on again."""
        self._fleet.call(lambda: self._device.power_cycle(seconds))

    def inject(self, fault: Fault) -> None:
        """A fault strikes from now on."""
        self._fleet.call(lambda: self._device.routine.inject(fault))

    def clear_faults(self) -> None:
        """Take back every fault."""
        self._fleet.call(self._device.routine.clear_faults)

    def wait_for(self, condition: Callable[[LiveDevice], bool], timeout: float = 5.0) -> bool:
        """Wait until a condition on this device holds; False when it never did in time."""
        deadline = time.monotonic() + timeout  # noqa: TID251 - real time is what a live fleet is about
        while not condition(self):
            if time.monotonic() > deadline:  # noqa: TID251
                return False
            time.sleep(POLL_S)
        return True

    def wait_online(self, timeout: float = 10.0) -> bool:
        """Wait until the device is logged in."""
        return self.wait_for(lambda device: device.online, timeout)

    def wait_delivered(self, timeout: float = 10.0) -> bool:
        """Wait until no report is on its way any more."""
        return self.wait_for(lambda device: device.counters.queued == 0, timeout)


class LiveFleet:
    """A fleet on real sockets.

    Args:
        plan: the fleet.
        seed: root of every random stream.
        connections: broker and credentials by device name.
        on_event: called in the fleet's thread with (time, device, what, fields) for everything that happens;
            when it fails, that is logged and the devices live on.
        clock: makes the clock; the real one when None.
        start: first value of the clock, seconds.
        ledger: a ledger of its own when None, which keeps everything; one that only counts suits a fleet that
            lives for days.
    """

    def __init__(
        self,
        plan: FleetPlan,
        *,
        seed: int,
        connections: Mapping[str, Connection],
        on_event: Callable[[float, str, str, Mapping[str, Any]], None] | None = None,
        clock: Clock | None = None,
        start: float | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        missing = [device.name for device in plan.devices if device.name not in connections]
        if missing:
            raise ValueError(f"no connection for {missing[0]}; give one for each device of the fleet")
        self.plan = plan
        self.seed = seed
        self.ledger = Ledger() if ledger is None else ledger
        self.trace = Trace()
        self._connections = dict(connections)
        self._thread: threading.Thread | None = None
        self._codecs: dict[str, Codec] = codecs_of(plan)
        self._loop = asyncio.new_event_loop()
        begin = time.time() if start is None else start  # noqa: TID251 - a live fleet lives now
        self._clock = clock or RealTimeClock(begin, self._loop)
        self._on_event = on_event
        tell = None if on_event is None else self._tell
        self._surroundings = Surroundings(self._clock, seed, self.ledger, self.trace, tell)
        self._links = Links(plan, self._clock, lambda name: MqttLink(self._loop, self._connections[name]))
        try:
            self._devices = {device.name: self._build(device) for device in plan.devices}
        except BaseException:
            self._loop.close()
            raise

    def _build(self, plan: DevicePlan) -> LiveDevice:
        connection = self._connections[plan.name]
        key = str(self.plan.products[plan.product].get("product_key", ""))
        identity = Identity(connection.did, connection.passcode, key)
        port = self._links.port(plan, identity.did)
        device = Device(plan, identity, self._codecs[plan.product], self._surroundings, port)
        self._links.serve(device)
        return LiveDevice(self, device)

    def _tell(self, at: float, device: str, what: str, fields: Mapping[str, Any]) -> None:
        assert self._on_event is not None
        try:
            self._on_event(at, device, what, fields)
        except Exception as error:  # noqa: BLE001 - a listener's mistake must not stop a device halfway
            self._loop.call_exception_handler({"message": "on_event failed", "exception": error})

    # -- life

    def start(self) -> None:
        """Switch every device on.

        Raises:
            RuntimeError: the fleet was stopped before.
        """
        if self._thread is not None:
            return
        if self._loop.is_closed():
            raise RuntimeError("a stopped fleet does not start again; make a new one")
        self._thread = threading.Thread(target=self._run, name="thingproof-fleet", daemon=True)
        self._thread.start()
        self.call(self._switch_on)

    def _switch_on(self) -> None:
        count = len(self._devices)
        within = max(START_SPREAD_S[0], START_SPREAD_S[1] * count) if count > 1 else 0.0
        for name, live in self._devices.items():
            device = live._device  # noqa: SLF001 - a fleet and its devices are one thing
            self._clock.after(Stream(self.seed, f"{name}/start").uniform(0.0, within), device.power_on)

    def stop(self) -> None:
        """Switch every device off, with a goodbye, and end the thread. Once is enough, twice does no harm.

        Reports that are not acknowledged by now keep the outcome queued or sent, with a cause.

        Raises:
            RuntimeError: the thread did not end; something that `on_event` calls blocks it.
        """
        thread = self._thread
        if thread is None:
            self._loop.close()
            return
        with contextlib.suppress(RuntimeError):  # somebody else's stop was faster
            self._loop.call_soon_threadsafe(self._leave)
        thread.join(GOODBYE_S)
        if thread.is_alive():
            raise RuntimeError(f"the fleet's thread did not end within {GOODBYE_S:g} s")
        self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def pause(self) -> None:
        """Stop the devices' clock; connections stay. Only with the real clock."""
        self.call(self._real_clock().pause)

    def resume(self) -> None:
        """Let the clock go on."""
        self.call(self._real_clock().resume)

    def _real_clock(self) -> RealTimeClock:
        if not isinstance(self._clock, RealTimeClock):
            raise TypeError("a fleet in lock step is paused by not stepping it")
        return self._clock

    def device(self, name: str) -> LiveDevice:
        """The device of that name.

        Raises:
            KeyError: there is none; the text lists those there are.
        """
        try:
            return self._devices[name]
        except KeyError:
            raise KeyError(f"no device {name!r}; there are {', '.join(self._devices)}") from None

    @property
    def devices(self) -> list[LiveDevice]:
        """Every device, in the plan's order."""
        return list(self._devices.values())

    def now(self) -> float:
        """The devices' clock."""
        return self._clock.now()

    def step_to(self, moment: float) -> int:
        """Lock step: set the clock and run what is due; how many actions ran."""
        clock = self._clock
        if not isinstance(clock, SteppedClock):
            raise TypeError("only a fleet in lock step is stepped")
        return self.call(lambda: clock.step_to(moment))

    def next_due(self) -> float | None:
        """When a device wants to act next."""
        return self.call(self._clock.next_due)

    def call(self, action: Callable[[], Result]) -> Result:
        """Run something in the fleet's thread and wait for its result; right here when there is none."""
        if self._thread is None or threading.current_thread() is self._thread:
            return action()
        answer: Future[Result] = Future()

        def run() -> None:
            try:
                answer.set_result(action())
            except BaseException as error:  # noqa: BLE001 - it belongs to who called
                answer.set_exception(error)

        try:
            self._loop.call_soon_threadsafe(run)
        except RuntimeError:  # the fleet has just stopped
            return action()
        return answer.result(CALL_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            ending = asyncio.gather(*asyncio.all_tasks(self._loop), return_exceptions=True)
            self._loop.run_until_complete(ending)
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def _leave(self) -> None:
        for live in self._devices.values():
            device = live._device  # noqa: SLF001 - a fleet and its devices are one thing
            device.port.disconnect(clean=True)
            device.power_off("stopped")
            device.uplinks.give_up("fleet stopped")
        if isinstance(self._clock, RealTimeClock):
            self._clock.stop()
        self._loop.call_soon(self._loop.stop)
