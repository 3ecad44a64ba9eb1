"""The sending half of a device: reports are queued, pass faults and radio, and wait to be acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_sim.devices.faults import treat
from thingproof_sim.devices.queue import Report, ReportQueue
from thingproof_sim.kernel.ledger import LedgerEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_sim.devices.faults import Fault
    from thingproof_sim.devices.machine import Device
    from thingproof_wire.payloads.gizwits_bits import Codec
    from thingproof_wire.payloads.gizwits_product import Value

RESEND_FIRST_S = 2.0
RESEND_LONGEST_S = 60.0
"""How long a reliable report waits for the cloud's answer before it leaves again; doubled each time."""


class Uplinks:
    """Reports of one device, from measurement to acknowledgement."""

    __slots__ = (
        "_air", "_codec", "_device", "_last", "_number", "_radio_free", "_sequence", "_stream", "faults",
        "queue",
    )  # fmt: skip

    def __init__(self, device: Device, codec: Codec) -> None:
        self._device = device
        self._codec = codec
        self._stream = device.stream("faults")
        self._air: set[int] = set()
        self._last: tuple[Mapping[str, Value] | None, bytes] = (None, b"")
        self._number = 0
        self._radio_free = 0.0
        # A device keeps its sequence over restarts; this one starts where the clock stands.
        self._sequence = int(device.now() * 1000) & 0x7FFFFFFF
        self.faults: tuple[Fault, ...] = device.plan.faults
        self.queue = ReportQueue(limit=device.plan.queue_limit)

    @property
    def on_the_air(self) -> int:
        """Reports that the link has and nobody has acknowledged yet."""
        return len(self._air)

    def link_down(self, cause: str = "network lost") -> None:
        """The link is gone: everything that was not acknowledged has to be sent again, and will be late."""
        for report in self.queue:
            _delay(report.entry, cause)
        self._air.clear()
        self._radio_free = 0.0
        self.queue.give_back_all()

    def give_up(self, cause: str) -> None:
        """Nothing will be sent any more: what waits keeps its outcome and gets this cause."""
        for report in self.queue:
            report.entry.cause = cause

    def report(self, values: Mapping[str, Value] | None = None) -> None:
        """Put a report into the queue and send what the link takes."""
        values = dict(self._device.values) if values is None else values
        sequence = None
        if self._device.plan.reliable:
            self._sequence = (self._sequence + 1) & 0xFFFFFFFF
            sequence = self._sequence
        frame = self._frame(values, sequence)
        self.queue_frame(frame, values, f"dev2app/{self._device.identity.did}", sequence)

    def _frame(self, values: Mapping[str, Value], sequence: int | None) -> bytes:
        """The report's bytes; those of the report before when nothing changed."""
        if sequence is not None:
            return self._codec.report(values, sequence)
        if values != self._last[0]:
            self._last = (values, self._codec.report(values))
        return self._last[1]

    def queue_frame(
        self, frame: bytes, values: Mapping[str, Value], topic: str, sequence: int | None = None
    ) -> None:
        """Put any frame into the queue and send what the link takes. The values are kept as they are."""
        self._number += 1
        entry = LedgerEntry(
            self._device.now(), self._device.plan.name, "report", values, frame.hex(), "queued"
        )
        self._device.surroundings.ledger.note(entry)
        if self._device.offline_cause:
            _delay(entry, self._device.offline_cause)
        self._device.counters.made += 1
        report = Report(self._number, frame, values, entry, topic, sequence)
        self._device.note("report", {"report": self._number, "hex": entry.hex})
        crowded_out = self.queue.add(report)
        if crowded_out is not None:
            self._lose(crowded_out, "queue full")
        self._device.counters.queued = len(self.queue)
        self.flush()

    def _lose(self, report: Report, cause: str) -> None:
        self.queue.remove(report)
        self._device.counters.lost += 1
        self._device.counters.queued = len(self.queue)
        self._device.note("lost", {"report": report.number, "cause": cause})
        self._device.surroundings.ledger.close(report.entry, "lost", cause)

    def flush(self) -> None:
        """Hand reports to the link while it is open and takes them."""
        while self._device.online:
            report = self.queue.next_to_send()
            if report is None:
                return
            self._send(report)

    def _send(self, report: Report) -> None:
        """One report passes the faults and the radio."""
        treatment = treat(self.faults, report.frame, self._device.age(), self._stream)
        if treatment.causes:
            report.entry.cause = ", ".join(treatment.causes)
            self._device.note("fault", {"report": report.number, "causes": list(treatment.causes)})
        if treatment.dropped:
            self._lost_on_the_way(report, "fault: drop")
            return
        outcome = self._device.radio.transmit()
        if outcome.cause is not None:
            self._device.network_lost(outcome.cause)
            return
        # One frame after the other: a report that takes more attempts is not overtaken by the next one.
        now = self._device.now()
        self._radio_free = max(self._radio_free, now) + outcome.delay_s
        delay = treatment.delay_s + self._radio_free - now
        self._device.while_linked(delay, lambda: self._transmit(report, treatment.frame, treatment.copies))

    def _transmit(self, report: Report, frame: bytes, copies: int) -> None:
        corrupted = frame != report.frame
        report.entry.outcome = "sent"
        for copy in range(copies):
            self._device.counters.sent += 1
            self._device.note("uplink", {"report": report.number, "hex": frame.hex()})
            token = report.number if copy == 0 and not corrupted else None
            if token is not None:
                self._air.add(token)
            self._device.port.publish(report.topic, frame, token)
            if copy and report.sequence is None and not corrupted:
                self._note_copy(report)
        if corrupted:
            self._lost_on_the_way(report, "fault: corrupt")

    def _lost_on_the_way(self, report: Report, cause: str) -> None:
        """Nobody will acknowledge this transmission; only a reliable report notices and leaves again."""
        if report.sequence is None:
            self._lose(report, cause)
        else:
            self._resend_later(report)

    def _resend_later(self, report: Report) -> None:
        wait = min(RESEND_LONGEST_S, RESEND_FIRST_S * 2.0 ** min(report.resends, 16))
        tries = report.tries
        self._device.while_linked(wait, lambda: self._resend(report, tries))

    def _note_copy(self, report: Report) -> None:
        """A doubled report is a second truth: the cloud is right to show it twice, or once."""
        entry = LedgerEntry(
            self._device.now(),
            self._device.plan.name,
            "report",
            report.entry.datapoints,
            report.entry.hex,
            "sent",
            "fault: duplicate",
        )
        self._device.surroundings.ledger.note(entry)
        self._device.surroundings.ledger.close(entry, "sent", "fault: duplicate")

    def acknowledged(self, token: int) -> None:
        """The broker has a report; reliable ones wait on for the cloud."""
        report = self.queue.get(token)
        if report is None:
            return
        if report.sequence is None:
            self._done(report)
        else:
            self._resend_later(report)
        self.flush()

    def cloud_acknowledged(self, sequence: int) -> None:
        """The cloud has a reliable report."""
        report = self.queue.by_sequence(sequence)
        if report is not None:
            self._done(report)
            self.flush()

    def _resend(self, report: Report, tries: int) -> None:
        if self.queue.get(report.number) is report and report.tries == tries:
            report.resends += 1
            self._air.discard(report.number)
            self.queue.give_back(report)
            self.flush()

    def _done(self, report: Report) -> None:
        self._air.discard(report.number)
        self.queue.remove(report)
        self._device.counters.acknowledged += 1
        self._device.counters.queued = len(self.queue)
        self._device.note("acknowledged", {"report": report.number})
        self._device.surroundings.ledger.close(report.entry, "acknowledged")


def _delay(entry: LedgerEntry, cause: str) -> None:
    """Note why a report will be late; the first reason stays, and that of a fault."""
    if entry.cause is None:
        entry.cause = f"late: {cause}"
