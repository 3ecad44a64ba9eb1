"""Child processes that never outlive the command that started them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO, Any

GRACE_S = 5.0
"""How long a child may take to end on SIGINT or SIGTERM before it is killed."""


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP, turned into an exception so that every ``with`` closes what it opened."""


def _raise_terminated(signal_number: int, _frame: FrameType | None) -> None:
    raise Terminated(signal.Signals(signal_number).name)


def end_on_signals() -> None:
    """Let SIGTERM and SIGHUP unwind the stack like Ctrl-C does, also where a shell made SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_terminated)


def python_module(module: str, *arguments: str) -> list[str]:
    """The command that runs a module with this interpreter."""
    return [sys.executable, "-m", module, *arguments]


def stop(process: subprocess.Popen[Any], first_signal: signal.Signals = signal.SIGTERM) -> int:
    """End a child and all of its own children; its exit code."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, first_signal)
        try:
            process.wait(timeout=GRACE_S)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    code = process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # what the child left behind in its group
    return code


@contextmanager
def child(
    command: Sequence[str],
    *,
    variables: Mapping[str, str] | None = None,
    output: IO[Any] | int = subprocess.DEVNULL,
    errors: IO[Any] | int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[str]]:
    """A child in a process group of its own, ended when the block is left, however it is left.

    The group keeps a Ctrl-C of the terminal away from the child: this process ends it in its own order.
    """
    process = subprocess.Popen(  # noqa: S603 (the command is ours)
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        text=True,
        env={**os.environ, **(variables or {})},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        stop(process)
