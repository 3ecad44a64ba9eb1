"""A device's own life: reports by interval, behaviours of datapoints, reboots and clock skew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from thingproof_sim.devices import behaviours
from thingproof_sim.kernel.ledger import LedgerEntry

if TYPE_CHECKING:
    from thingproof_sim.devices.faults import Fault
    from thingproof_sim.devices.machine import Device
    from thingproof_wire.payloads.gizwits_bits import Codec


FULL_REPORT_S = 600.0
"""A variable-length device reports changes alone, and everything at least so often."""


class Routine:
    """What one device does by itself while it is switched on, whether the cloud is there or not."""

    __slots__ = ("_codec", "_device", "_interval_s", "_reboots", "_streams", "_struck")

    def __init__(self, device: Device, codec: Codec) -> None:
        self._device = device
        self._codec = codec
        self._struck: set[Fault] = set()
        """Reboots that happen once and have happened."""
        self._interval_s = device.plan.report_interval_s
        if codec.product.variable:
            self._interval_s = min(self._interval_s or FULL_REPORT_S, FULL_REPORT_S)
        self._reboots = device.stream("reboots")
        self._streams = [device.stream(f"behaviour/{row.datapoint}") for row in device.plan.behaviours]

    def inject(self, fault: Fault) -> None:
        """A fault strikes from now on; its window counts from now."""
        device = self._device
        age = device.age()
        until = None if fault.until_s is None else fault.until_s + age
        moved = replace(fault, after_s=fault.after_s + age, until_s=until)
        device.uplinks.faults = (*device.uplinks.faults, moved)
        device.note("fault", {"causes": [f"fault: {fault.kind}"], "injected": True})
        if fault.kind == "reboot":
            self._arm_reboot(moved)
        self._device.surroundings.ledger.note(
            LedgerEntry(
                self._device.now(),
                self._device.plan.name,
                "fault",
                outcome="injected",
                cause=f"fault: {fault.kind}",
            )
        )

    def clear_faults(self) -> None:
        """Take back every fault."""
        self._device.uplinks.faults = ()

    def start(self) -> None:
        """The device was switched on: arm intervals, behaviours and reboots."""
        for fault in self._device.uplinks.faults:
            if fault.kind == "reboot":
                self._arm_reboot(fault)
        if self._interval_s > 0:
            self._device.while_on(self._skewed(self._interval_s), self._interval)
        for index, plan in enumerate(self._device.plan.behaviours):
            self._arm_behaviour(index, plan.every_s)

    def _skewed(self, seconds: float) -> float:
        """A wait as the device's clock measures it."""
        for fault in self._device.uplinks.faults:
            if fault.kind == "clock_skew" and fault.active(self._device.age()):
                seconds *= fault.factor
        return seconds

    def _arm_reboot(self, fault: Fault) -> None:
        if fault in self._struck:
            return
        age = self._device.age()
        wait = max(fault.after_s - age, 0.0)
        if fault.every_s:
            wait += self._reboots.exponential(fault.every_s)
        if fault.until_s is None or age + wait < fault.until_s:
            self._device.while_on(wait, lambda: self._reboot(fault))

    def _reboot(self, fault: Fault) -> None:
        if fault not in self._device.uplinks.faults:
            return
        if not fault.every_s:
            self._struck.add(fault)
        self._device.power_cycle(fault.seconds, "fault: reboot")

    def _interval(self) -> None:
        self._device.report()
        self._device.while_on(self._skewed(self._interval_s), self._interval)

    def _arm_behaviour(self, index: int, every_s: float) -> None:
        self._device.while_on(self._skewed(every_s), lambda: self._behave(index))

    def _behave(self, index: int) -> None:
        plan = self._device.plan.behaviours[index]
        datapoint = self._codec.product.datapoint(plan.datapoint)
        value = behaviours.step(
            plan, datapoint, self._device.values, self._device.now(), self._streams[index]
        )
        self._arm_behaviour(index, plan.every_s)
        self._device.apply({plan.datapoint: value})
