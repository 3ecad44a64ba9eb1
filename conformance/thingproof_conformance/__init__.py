"""Black-box conformance suites and the harness that judges them."""

from importlib import metadata


def version() -> str:
    """The installed version of thingproof."""
    try:
        return metadata.version("thingproof")
    except metadata.PackageNotFoundError:
        return "0"
