"""A device's own life: reports by interval, behaviours of datapoints, reboots and clock skew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_sim.devices import behaviours
from thingproof_sim.kernel.ledger import LedgerEntry

if TYPE_CHECKING:
    from thingproof_sim.devices.faults import Fault
    from thingproof_sim.devices.machine import Device
    from thingproof_wire.payloads.gizwits_bits import Codec


class Routine:
    """What one device does by itself while it is switched on, whether the cloud is there or not."""

    __slots__ = ("_codec", "_device", "_reboots", "_skew", "_streams")

    def __init__(self, device: Device, codec: Codec) -> None:
        self._device = device
        self._codec = codec
        self._skew = 1.0
        self._reboots = device.stream("reboots")
        self._streams = [device.stream(f"behaviour/{row.datapoint}") for row in device.plan.behaviours]

    def inject(self, fault: Fault) -> None:
        """A fault strikes from now on; its window counts from now."""
        age = self._device.age()
        uplinks = self._device.uplinks
        until = None if fault.until_s is None else fault.until_s + age
        if fault.kind == "reboot":
            self._device.while_on(
                fault.after_s, lambda: self._device.power_cycle(fault.seconds, "fault: reboot")
            )
        elif fault.kind == "clock_skew":
            self._skew = fault.factor
            self._device.note("fault", {"causes": ["fault: clock_skew"], "factor": fault.factor})
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
            uplinks.faults = (*uplinks.faults, moved)
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
        self._skew = 1.0

    def start(self) -> None:
        """The device was switched on: arm intervals, behaviours and reboots."""
        self._skew = 1.0
        for fault in self._device.uplinks.faults:
            age = self._device.age()
            if fault.kind == "clock_skew" and fault.active(age):
                self._skew = fault.factor
            elif fault.kind == "reboot":
                self._arm_reboot(fault, age)
        if self._device.plan.report_interval_s > 0:
            self._device.while_on(self._device.plan.report_interval_s * self._skew, self._interval)
        for index, plan in enumerate(self._device.plan.behaviours):
            self._arm_behaviour(index, plan.every_s)

    def _arm_reboot(self, fault: Fault, age: float) -> None:
        if fault.every_s:
            wait = max(fault.after_s - age, 0.0) + self._reboots.exponential(fault.every_s)
            if fault.until_s is None or age + wait < fault.until_s:
                self._device.while_on(wait, lambda: self._device.power_cycle(fault.seconds, "fault: reboot"))
        elif age <= fault.after_s:
            self._device.while_on(
                fault.after_s - age, lambda: self._device.power_cycle(fault.seconds, "fault: reboot")
            )

    def _interval(self) -> None:
        self._device.report()
        self._device.while_on(self._device.plan.report_interval_s * self._skew, self._interval)

    def _arm_behaviour(self, index: int, every_s: float) -> None:
        self._device.while_on(every_s * self._skew, lambda: self._behave(index))

    def _behave(self, index: int) -> None:
        plan = self._device.plan.behaviours[index]
        datapoint = self._codec.product.datapoint(plan.datapoint)
        value = behaviours.step(
            plan, datapoint, self._device.values, self._device.now(), self._streams[index]
        )
        self._arm_behaviour(index, plan.every_s)
        self._device.apply({plan.datapoint: value})
