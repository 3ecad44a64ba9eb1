"""Single key presses of a terminal, without waiting for Enter."""

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager

KEY_BYTES = 8


class Keys:
    """Reads keys that were pressed since the last look; never waits."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def pressed(self) -> list[str]:
        """Keys in order; empty when there is no terminal."""
        if self._descriptor is None or not select.select([self._descriptor], [], [], 0)[0]:
            return []
        return list(os.read(self._descriptor, KEY_BYTES).decode(errors="ignore").lower())


@contextmanager
def key_presses() -> Iterator[Keys]:
    """Keys of standard input if it is a terminal; its settings are restored afterwards."""
    if not sys.stdin.isatty():
        yield Keys(None)
        return
    import termios  # noqa: PLC0415 (only where there are terminals)
    import tty  # noqa: PLC0415

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield Keys(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
