"""`python -m thingproof_contracts`: generate what runs from the YAML sources, or print a document whole.

build [--check]   write contract.json and models.py of every vendor; with --check only compare
bundle VENDOR     print the vendor's OpenAPI document as one JSON file
"""

from __future__ import annotations

import argparse
import json
import sys

from thingproof_contracts.building import build, drift
from thingproof_contracts.bundle import bundle
from thingproof_contracts.loading import VENDORS


def main(arguments: list[str] | None = None) -> int:
    """Run a command. Exit code 0, 1 on drift, 2 for misuse."""
    parser = argparse.ArgumentParser(prog="python -m thingproof_contracts", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="write what is generated from the YAML sources")
    building.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when a file is out of date"
    )
    bundling = commands.add_parser("bundle", help="print a vendor's OpenAPI document as one JSON file")
    bundling.add_argument("vendor", choices=VENDORS)
    options = parser.parse_args(arguments)
    if options.command == "bundle":
        sys.stdout.write(json.dumps(bundle(options.vendor), ensure_ascii=False, indent=1) + "\n")
        return 0
    changed = [path for vendor in VENDORS for path in (drift if options.check else build)(vendor)]
    for path in changed:
        state = "is out of date; run `python -m thingproof_contracts build`" if options.check else "written"
        sys.stdout.write(f"{path.parent.name}/{path.name} {state}\n")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
