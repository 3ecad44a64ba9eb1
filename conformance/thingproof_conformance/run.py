"""One run as the controlling process sees it: it starts the stream, merges the workers', and concludes."""

from __future__ import annotations

import shutil
import socket
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import thingproof_conformance
from thingproof_conformance import coverage, register, stream, wallclock
from thingproof_conformance.stream import StreamReader, StreamWriter
from thingproof_conformance.target import Target, read_target
from thingproof_conformance.verdicts import EXIT_CODES, ExitCode, Overall, Verdict, overall
from thingproof_contracts import VENDORS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from thingproof_conformance.options import Settings

CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a run ended, for the terminal and the exit code."""

    verdict: Overall
    exit_code: ExitCode
    reason: str | None
    seconds: float
    counts: Mapping[str, int]
    rows: list[dict[str, Any]] = field(repr=False)

    def lines(self) -> list[str]:
        """The summary for a terminal."""
        words = {name: self.counts.get(name, 0) for name in Verdict}
        told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in words.items() if count)
        lines = [f"{self.verdict.replace('_', ' ')}: {told or 'no case'} in {self.seconds:.1f} s"]
        if self.reason:
            lines.append(self.reason)
        for row in self.rows:
            if row["verdict"] == Verdict.FAILED:
                lines.append(f"failed {row['id']}: {row['finding']['message']}")
            elif row["verdict"] == Verdict.INCONCLUSIVE:
                lines.append(f"inconclusive {row['id']}: {row['reason']}")
        return lines


@dataclass(slots=True)
class Run:
    """The state of a run in the controlling process."""

    settings: Settings
    streams: Path
    began: float = field(default_factory=wallclock.elapsed)
    stamp: str = field(default_factory=wallclock.stamp)
    salt: str = ""
    trouble: list[str] = field(default_factory=list)
    """What went wrong in the harness: suites that do not collect, workers that died."""
    target: Target | None = None

    def open(self) -> None:
        """Read the target file (TargetError)."""
        if self.settings.target is not None:
            self.target = read_target(self.settings.target)
            # A target that keeps its data must not meet the last run's names again.
            self.salt = f"{int(wallclock.epoch() * 1000):x}"

    def unreachable(self) -> str | None:
        """Why the target cannot be judged: nobody accepts connections at an address; None when fine."""
        for part in self.target.vendors.values() if self.target is not None else ():
            address = urlsplit(part.url)
            port = address.port or (443 if address.scheme == "https" else 80)
            try:
                socket.create_connection((address.hostname or "", port), CONNECT_TIMEOUT_S).close()
            except OSError as error:
                return f"vendors.{part.name}.url: {part.url} does not accept connections ({error})"
        return None

    def conclude(self, *, unreachable: str | None = None) -> Conclusion:
        """Merge the workers' streams, write run.ndjson and give the verdict."""
        raw = StreamReader(self.streams).new_rows()
        rows = stream.merge(raw)
        verdict, reason = overall(rows), None
        if verdict is Overall.MISUSE:
            verdict, reason = Overall.MISUSE, "no case selected; see the cases by pytest --collect-only"
        if unreachable is not None:
            verdict, reason = Overall.UNREACHABLE, unreachable
        if self.trouble and verdict is not Overall.NOT_CONFORMANT:
            verdict, reason = Overall.HARNESS_ERROR, "; ".join(self.trouble)
        seconds = wallclock.elapsed() - self.began
        counts = Counter(row["verdict"] for row in rows)
        conclusion = Conclusion(verdict, EXIT_CODES[verdict], reason, seconds, counts, rows)
        if self.settings.run_file is not None:
            self._write(self.settings.run_file, conclusion)
        shutil.rmtree(self.streams, ignore_errors=True)
        return conclusion

    def _write(self, path: Path, conclusion: Conclusion) -> None:
        path.unlink(missing_ok=True)
        vendors = self._vendors()
        with StreamWriter(path) as writer:
            writer.write(self._started(vendors))
            for vendor in vendors:
                writer.write(register.documented(vendor))
            for row in conclusion.rows:
                writer.write(stream.public(row))
            for vendor in vendors:
                writer.write(coverage.coverage(vendor, conclusion.rows))
            writer.write(
                {
                    "event": "run.finished",
                    "verdict": str(conclusion.verdict),
                    "seconds": round(conclusion.seconds, 3),
                    "exit_code": int(conclusion.exit_code),
                    "reason": conclusion.reason,
                }
            )

    def _vendors(self) -> list[str]:
        served = list(self.target.vendors) if self.target is not None else list(VENDORS)
        return [name for name in served if not self.settings.vendors or name in self.settings.vendors]

    def _started(self, vendors: list[str]) -> dict[str, Any]:
        target: dict[str, Any] = {"name": "embedded platform"}
        if self.target is not None:
            urls = {name: part.url for name, part in self.target.vendors.items()}
            target = {"name": self.target.name, "url": next(iter(urls.values())), "urls": urls}
        return {
            "event": "run.started",
            "at": self.stamp,
            "thingproof": thingproof_conformance.version(),
            "seed": self.settings.seed,
            "profile": self.settings.profile,
            "readings": self.settings.readings,
            "target": target,
            "vendors": vendors,
        }
