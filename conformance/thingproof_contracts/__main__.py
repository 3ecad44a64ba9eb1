"""`python -m thingproof_contracts build [--check]`: generate what runs from the YAML sources."""

from __future__ import annotations

import argparse
import sys

from thingproof_contracts.building import build, drift
from thingproof_contracts.loading import VENDORS


def main(arguments: list[str] | None = None) -> int:
    """Build every vendor; with --check only compare. Exit code 0, 1 on drift."""
    parser = argparse.ArgumentParser(prog="python -m thingproof_contracts", description=__doc__)
    parser.add_argument("command", choices=["build"])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when a file is out of date"
    )
    options = parser.parse_args(arguments)
    changed = [path for vendor in VENDORS for path in (drift if options.check else build)(vendor)]
    for path in changed:
        state = "is out of date; run `python -m thingproof_contracts build`" if options.check else "written"
        sys.stdout.write(f"{path.parent.name}/{path.name} {state}\n")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
