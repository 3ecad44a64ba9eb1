"""Facts about other processes: memory and children, from ``/proc`` where there is one, else from ``ps``."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One running process; ``state`` is one letter, Z for one that has ended."""

    id: int
    parent: int
    state: str
    program: str


def output_of(command: list[str]) -> str:
    """Standard output of a command with fixed words."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


def processes() -> Iterator[Process]:
    """All processes that can be seen."""
    if (PROC / "self" / "stat").exists():
        for folder in PROC.glob("[0-9]*"):
            try:
                text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # it ended while we looked
            program = text[text.index("(") + 1 : text.rindex(")")]
            state, parent = text[text.rindex(")") + 2 :].split()[:2]
            yield Process(int(folder.name), int(parent), state, program)
        return
    command = ["/bin/ps", "-axo", "pid=,ppid=,stat=,comm="]
    for line in output_of(command).splitlines():
        number, parent, state, program = line.split(None, 3)
        yield Process(int(number), int(parent), state[:1], Path(program).name)


def child_named(parent: int, program: str) -> int | None:
    """The id of a process's running child of that name."""
    return next(
        (
            process.id
            for process in processes()
            if process.parent == parent and process.program == program and process.state != "Z"
        ),
        None,
    )


def resident_kib(process: int | None = None) -> int:
    """Resident memory in KiB; of this process without an id."""
    number = process or os.getpid()
    status = PROC / str(number) / "status"
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1])
    command = ["/bin/ps", "-o", "rss=", "-p", str(number)]
    return int(output_of(command))
