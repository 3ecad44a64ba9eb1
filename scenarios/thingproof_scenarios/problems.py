"""What a user can get wrong, as one exception: the command line prints it as a line and exits with 2."""

from thingproof_contracts import VENDORS


class Misuse(Exception):
    """A mistake in what was asked for: what is wrong, and what to do instead.

    The text reads ``<what is wrong>: <remedy>`` on one line.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what = what
        self.remedy = remedy


class Broken(Exception):
    """Something that should work did not: a child process died, a server gave no answer."""


def known_vendor(name: str) -> str:
    """The vendor's name if this version knows it.

    Raises:
        Misuse: an unknown vendor.
    """
    if name not in VENDORS:
        raise Misuse(f"unknown vendor {name!r}", f"choose from {', '.join(VENDORS)}")
    return name
