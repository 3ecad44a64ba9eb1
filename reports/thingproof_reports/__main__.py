"""``python -m thingproof_reports RUN --out DIR``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from thingproof_reports import RunFileError, write


def main(arguments: list[str] | None = None) -> int:
    """Write the reports; 0 when they are written, 2 when the run file cannot be used."""
    parser = argparse.ArgumentParser(prog="thingproof_reports", description="Reports from a run file.")
    parser.add_argument("run", type=Path, help="run.ndjson of a run")
    parser.add_argument("--out", type=Path, default=Path("thingproof-report"), help="folder for the reports")
    options = parser.parse_args(arguments)
    try:
        paths = write(options.run, options.out)
    except RunFileError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.writelines(f"{path}\n" for path in paths)
    return 0


if __name__ == "__main__":
    sys.exit(main())
