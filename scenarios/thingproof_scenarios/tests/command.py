"""Run the command line as a person does: in a process of its own."""

import subprocess
import sys
from pathlib import Path

TIMEOUT_S = 120.0


def thingproof(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``thingproof`` to its end, in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "thingproof_scenarios", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def one_line(text: str) -> str:
    """The only line of a text; fails if there are more."""
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == 1, text
    return lines[0]
