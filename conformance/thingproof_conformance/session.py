"""One conformance session in one process: settings, the target, and the row of every finished case."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from thingproof_conformance import coverage, features, register, wallclock
from thingproof_conformance.cases import Declaration, Evidence, Kind
from thingproof_conformance.casestate import CaseState
from thingproof_conformance.control import ControlClient, ControlError
from thingproof_conformance.evidence import Scrubber, curl, exchange_row, story
from thingproof_conformance.launcher import Running, start_platform
from thingproof_conformance.names import Names
from thingproof_conformance.recorder import RECORDER, Readings
from thingproof_conformance.stream import StreamWriter
from thingproof_conformance.target import Target, embedded_target, read_target
from thingproof_conformance.vendors import TARGETS
from thingproof_conformance.verdicts import Finding, Inconclusive, NotApplicable, Verdict
from thingproof_contracts import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from thingproof_conformance.options import Settings
    from thingproof_conformance.vendor_target import VendorTarget


class Session:
    """The harness in one process; the target is made ready when the first case asks for it."""

    def __init__(self, settings: Settings, worker: str, streams: Path, salt: str = "") -> None:
        self.settings = settings
        self.worker = worker
        self._salt = salt
        RECORDER.readings = Readings(settings.strict, dict(settings.readings))
        self.writer = StreamWriter(streams / f"{worker}.ndjson")
        self.scrubber = Scrubber()
        self.missing: dict[str, str] = {}
        self._running: Running | None = None
        self._target: Target | None = None
        self._control: ControlClient | None = None
        self._found_clock: tuple[float, bool, float] | None = None
        self._vendors: dict[str, VendorTarget] = {}
        self._failure: Inconclusive | None = None
        self._faults = settings.faults

    @property
    def target(self) -> Target:
        """The target, started and probed."""
        if self._failure is not None:
            # A new exception each time: one that is raised again drags its old traceback along.
            raise type(self._failure)(self._failure.reason, harness=self._failure.harness)
        if self._target is None:
            try:
                self._target = self._open()
            except Inconclusive as failure:
                self._failure = failure
                raise
        return self._target

    @property
    def control(self) -> ControlClient:
        """The control surface; NotApplicable when the target has none."""
        if self.target and self._control is None:
            raise NotApplicable("the target has no control surface")
        assert self._control is not None
        return self._control

    def vendor(self, name: str) -> VendorTarget:
        """One vendor's surface of the target."""
        if name not in self._vendors:
            part = self.target.vendors.get(name)
            if part is None:
                raise NotApplicable(f"the target does not serve {name}")
            offered = frozenset(features.FEATURES) - frozenset(self.missing)
            self._vendors[name] = TARGETS[name](part, load(name), self._control, offered)
        return self._vendors[name]

    def use_faults(self, faults: tuple[tuple[str, dict[str, Any]], ...]) -> None:
        """Start afresh with these faults switched on and no other; ControlError when the platform is gone."""
        self._faults = faults
        if self._target is None:
            return
        for vendor in self._vendors.values():
            vendor.forget()
        self.control.reset()
        self._set_faults()

    def begin(self, state: CaseState) -> None:
        """Get ready for a case; NotApplicable when the target lacks what it needs."""
        state.began = wallclock.elapsed()
        RECORDER.start(state.declaration)
        vendor = self.vendor(state.declaration.vendor)
        vendor.begin(Names(self.settings.seed, state.id, self._salt))
        for need in state.declaration.needs:
            if need in self.missing:
                state.core = features.is_core(need)
                raise NotApplicable(f"needs {need}: {self.missing[need]}")

    def end(self, state: CaseState) -> None:
        """Clean up after a case."""
        vendor = self._vendors.get(state.declaration.vendor)
        if vendor is not None:
            vendor.finish()
        if self._control is not None:
            self._tidy(self._control)

    def finish(self, state: CaseState) -> dict[str, Any]:
        """Write the row of a judged case; gives the row."""
        row = self._row(state)
        self.writer.write(row)
        return row

    def scrubbed(self, finding: Finding) -> Finding:
        """The finding without secrets, changed in place: whoever prints the exception sees none."""
        self.scrubber.learn_from(RECORDER.exchanges)
        finding.message = self.scrubber.text(finding.message)
        finding.expected = self.scrubber.value(finding.expected)
        finding.actual = self.scrubber.value(finding.actual)
        return finding

    def failure_text(self, state: CaseState) -> str:
        """A failed case as a person reads it."""
        self.scrubber.learn_from(RECORDER.exchanges)
        rows = [exchange_row(exchange, self.scrubber) for exchange in RECORDER.exchanges]
        curls = [curl(exchange, self.scrubber) for exchange in RECORDER.exchanges[-1:]]
        text = self.scrubber.text(str(state.finding or state.reason))
        return story(text, rows, curls, self.settings.replay_line(state.id))

    def close(self) -> None:
        """Close connections and stop the platform."""
        for vendor in self._vendors.values():
            vendor.close()
        if self._control is not None:
            self._put_clock_back(self._control)
            self._control.close()
        if self._running is not None:
            self._running.stop()
        self.writer.close()

    def _open(self) -> Target:
        if self.settings.target is None:
            vendors = ",".join(self.settings.vendors) or ",".join(TARGETS)
            self._running = start_platform(["--seed", str(self.settings.seed), "--vendors", vendors])
            target = embedded_target(self._running)
        else:
            target = read_target(self.settings.target)
        if target.control is not None:
            self._control = ControlClient(target.control.url, target.control.token)
            if not target.embedded:
                self._found_clock = self._read_clock(self._control)
        self.scrubber.learn(target.secrets())
        self._set_faults()
        self._probe(target)
        return target

    @staticmethod
    def _read_clock(control: ControlClient) -> tuple[float, bool, float] | None:
        """A foreign target's time, whether it stands still, when it was read; None without a clock."""
        try:
            return control.clock(), control.clock_mode() == "frozen", wallclock.elapsed()
        except ControlError:
            return None

    def _put_clock_back(self, control: ControlClient) -> None:
        """A foreign target gets its time back, as if nobody had moved it."""
        if self._found_clock is None:
            return
        now, frozen, read_at = self._found_clock
        with suppress(ControlError):
            control.set_clock(now if frozen else now + wallclock.elapsed() - read_at)
            if frozen:
                control.freeze()

    def _probe(self, target: Target) -> None:
        """Find out which features are absent; a claimed one that is absent is a finding."""
        claimed = target.claimed
        asked = features.FEATURES if claimed is None else claimed
        absent = features.absent(target, self._control, asked)
        unclaimed = (
            {}
            if claimed is None
            else {name: "not claimed" for name in features.FEATURES if name not in claimed}
        )
        self.missing = {**unclaimed, **absent}
        for name, reason in absent.items() if claimed is not None else ():
            self.writer.write(self._absent_row(target, name, reason))

    def _absent_row(self, target: Target, name: str, reason: str) -> dict[str, Any]:
        vendor = next(iter(target.vendors))
        state = CaseState(
            f"target.features::{name.replace('-', '_')}",
            "",
            Declaration("target.features", Kind.CONSISTENCY),
            Evidence("documented"),
            f"The target offers {name}, as it claims",
            Verdict.FAILED,
        )
        state.finding = Finding(
            f"the target claims {name} and does not offer it", expected=name, actual=reason, kind="feature"
        )
        return {**self._row(state), "vendor": vendor}

    def _set_faults(self) -> None:
        for name, parameters in self._faults:
            if self._control is None:
                raise Inconclusive(f"fault {name}: the target has no control surface")
            self._control.set_fault(name, **parameters)
            self._control.active_faults.discard(name)  # stays on for the whole run

    def _tidy(self, control: ControlClient) -> None:
        """Undo what the case did to clock and faults; our own platform starts afresh after a clock move."""
        moved = control.moved_clock
        control.restore()
        if not moved:
            return
        for vendor in self._vendors.values():
            vendor.forget()
        if self.target.embedded:
            control.reset()
            self._set_faults()

    def _row(self, state: CaseState) -> dict[str, Any]:
        failed = state.verdict is Verdict.FAILED
        declaration = state.declaration
        return {
            "event": "case.finished",
            "id": state.id,
            "node": state.node,
            "vendor": declaration.vendor,
            "operation": declaration.operation,
            "title": state.title,
            "kind": str(declaration.kind),
            "evidence": state.evidence.kind,
            "contradiction": state.evidence.contradiction,
            "rules": list(declaration.rules),
            "errors": list(declaration.errors),
            "events": list(declaration.events),
            "permission": None if declaration.permission is None else dict(declaration.permission),
            "verdict": str(state.verdict),
            "reason": None if state.reason is None else self.scrubber.text(state.reason),
            "seconds": round(wallclock.elapsed() - state.began, 6) if state.began else 0.0,
            "worker": self.worker,
            "finding": self._finding_row(state.finding) if failed else None,
            "exchanges": self._rows(exchange_row) if failed else [],
            "frames": RECORDER.frames() if failed else [],
            "curl": self._rows(curl) if failed else [],
            "replay": self.settings.replay_line(state.id),
            "tally": coverage.tally(RECORDER.exchanges),
            "observed_errors": sorted(RECORDER.errors, key=str),
            "observed_events": sorted(RECORDER.events),
            "core": state.core,
            "harness": state.harness,
        }

    def _rows(self, render: Callable[[Any, Scrubber], Any]) -> list[Any]:
        return [render(exchange, self.scrubber) for exchange in RECORDER.exchanges]

    def _finding_row(self, finding: Finding | None) -> dict[str, Any] | None:
        if finding is None:
            return None
        return {
            "rule": finding.rule,
            "line": register.rule_line(finding.rule),
            "expected": finding.expected,
            "actual": finding.actual,
            "message": finding.message,
            "kind": finding.kind,
        }
