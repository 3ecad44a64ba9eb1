"""The reference platform as a child process, started like any stranger's server.

The platform is never imported: what it prints on its first line is all that is known about it.
"""

from __future__ import annotations

import atexit
import json
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from thingproof_conformance.verdicts import Unreachable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
_running: set[Running] = set()


class LaunchError(Unreachable):
    """The platform did not start; the message carries what it wrote to stderr."""


@dataclass(eq=False, slots=True)
class Running:
    """A platform child process; `info` is the JSON object it printed when everything listened."""

    info: dict[str, Any]
    process: subprocess.Popen[bytes]
    arguments: tuple[str, ...]
    _log: IO[bytes] = field(repr=False)

    @property
    def control_url(self) -> str:
        """Where the control surface listens."""
        return str(self.info["control"]["url"])

    @property
    def control_token(self) -> str:
        """The token that guards the control surface."""
        return str(self.info["control"]["token"])

    @property
    def alive(self) -> bool:
        """The process runs."""
        return self.process.poll() is None

    def log(self) -> str:
        """What the platform wrote to stderr so far."""
        return Path(self._log.name).read_text("utf-8", "replace")

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> int:
        """End the process cleanly (SIGINT; SIGKILL when it does not end); gives its exit code."""
        if self.alive:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self._reap()

    def kill(self) -> int:
        """End the process by SIGKILL, as a power cut would."""
        if self.alive:
            self.process.kill()
        return self._reap()

    def _reap(self) -> int:
        code = self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        _running.discard(self)
        self._log.close()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_platform(
    arguments: Sequence[str] = (),
    *,
    timeout_s: float = START_TIMEOUT_S,
    module: str = "thingproof_platform",
) -> Running:
    """Start `python -m thingproof_platform --json` with more arguments and wait until it listens."""
    command = [sys.executable, "-m", module, "--json", *arguments]
    log = tempfile.NamedTemporaryFile(prefix="thingproof-platform-", suffix=".log")  # noqa: SIM115 - lives as long as the process
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)  # noqa: S603 - our own interpreter
    line = _first_line(process, timeout_s)
    try:
        info = json.loads(line)
    except ValueError:
        if process.poll() is None:
            process.kill()
        process.wait()
        said = Path(log.name).read_text("utf-8", "replace").strip() or "nothing"
        log.close()
        raise LaunchError(
            f"the platform did not start within {timeout_s:g} s (exit code {process.returncode}): {said}"
        ) from None
    running = Running(info, process, tuple(arguments), log)
    _running.add(running)
    return running


def _first_line(process: subprocess.Popen[bytes], timeout_s: float) -> bytes:
    """The first line on stdout; empty when the process ends or the time is over before."""
    stream = process.stdout
    assert stream is not None
    lines: queue.Queue[bytes] = queue.Queue()

    def read() -> None:
        lines.put(stream.readline())

    threading.Thread(target=read, daemon=True, name="platform-start").start()
    try:
        return lines.get(timeout=timeout_s)
    except queue.Empty:
        return b""


@atexit.register
def _stop_all() -> None:
    for running in list(_running):
        running.kill()
