"""Resident memory of a process, as ``ps`` tells it on every system."""

import os
import subprocess


def resident_kib(process: int | None = None) -> int:
    """KiB of a process; of this one without an id."""
    command = ["/bin/ps", "-o", "rss=", "-p", str(process or os.getpid())]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
