"""What a person or a machine reads after a run: `write` makes every report from one run file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_reports.html import write_html
from thingproof_reports.json_report import write_json
from thingproof_reports.junit import write_junit
from thingproof_reports.reading import RunFileError
from thingproof_reports.summary import Summary, summarise

if TYPE_CHECKING:
    from pathlib import Path


def write(run_file: Path, out: Path) -> list[Path]:
    """Write report.html, report.json and junit.xml into a folder, which is made if need be.

    Raises:
        RunFileError: the run file cannot be read; the text names file and line.
        OSError: the folder cannot be written.
    """
    summary = summarise(run_file)
    out.mkdir(parents=True, exist_ok=True)
    return [
        write_html(summary, out / "report.html"),
        write_json(summary, out / "report.json"),
        write_junit(summary, out / "junit.xml"),
    ]


__all__ = ["RunFileError", "Summary", "summarise", "write"]
