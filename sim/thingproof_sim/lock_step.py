"""A fleet and a platform's virtual clock in lock step: a day takes as long as the exchange of its frames."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from thingproof_sim.devices.machine import State
from thingproof_sim.kernel.clock import SteppedClock
from thingproof_sim.live import LiveFleet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from thingproof_sim.fleet import FleetPlan
    from thingproof_sim.shells.mqtt import Connection

SETTLE_S = 10.0
POLL_S = 0.002


class NotSettled(RuntimeError):
    """A frame was not acknowledged in real time, so simulated time could not go on."""


class LockStep:
    """Drives the devices' clock and a platform's frozen clock together.

    Args:
        plan: the fleet.
        seed: root of every random stream.
        connections: broker and credentials by device name.
        advance: advances the platform's clock by so many seconds; it returns when all due work there has run
            and devices have taken the commands it made.
        start: the platform's present time, seconds.
    """

    def __init__(
        self,
        plan: FleetPlan,
        *,
        seed: int,
        connections: Mapping[str, Connection],
        advance: Callable[[float], object],
        start: float,
        on_event: Callable[[float, str, str, Mapping[str, Any]], None] | None = None,
    ) -> None:
        clock = SteppedClock(start)
        self.fleet = LiveFleet(plan, seed=seed, connections=connections, on_event=on_event, clock=clock)
        self._advance = advance
        self._now = start

    def __enter__(self) -> Self:
        self.fleet.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.fleet.stop()

    def run(self, seconds: float) -> float:
        """Let so many simulated seconds pass; returns the time at their end.

        Raises:
            NotSettled: a device got no answer within ten real seconds.
        """
        end = self._now + seconds
        while True:
            due = self.fleet.next_due()
            moment = end if due is None or due > end else max(due, self._now)
            if moment > self._now:
                self._advance(moment - self._now)
                self._now = moment
            self.fleet.step_to(self._now)
            self._settle()
            self._advance(0.0)  # what the reports caused: commands that are on their way to devices
            if moment == end and (self.fleet.next_due() or end + 1) > end:
                return self._now

    def _settle(self) -> None:
        """Wait until every frame is acknowledged and every login decided."""
        deadline = time.monotonic() + SETTLE_S  # noqa: TID251 - real sockets answer in real time
        while any(self._busy(device) for device in self.fleet.devices):
            if time.monotonic() > deadline:  # noqa: TID251
                waiting = [device.name for device in self.fleet.devices if self._busy(device)]
                raise NotSettled(f"{waiting[0]} got no answer within {SETTLE_S:g} s of real time")
            time.sleep(POLL_S)

    @staticmethod
    def _busy(live: Any) -> bool:
        if live.state == State.CONNECTING:
            return True
        return bool(live.state == State.ONLINE and live.in_flight)
