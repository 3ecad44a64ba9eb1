"""Names are the same for the same seed and case, and different otherwise."""

from __future__ import annotations

import re

from thingproof_conformance.names import Names


def drawn(names: Names) -> list[str]:
    return [names.hex(32), names.text(), names.mac(), names.phone(), names.email(), names.digits(6)]


def test_same_seed_same_names() -> None:
    """A case's names do not depend on what ran before it."""
    assert drawn(Names(7, "a")) == drawn(Names(7, "a"))


def test_everything_else_gives_other_names() -> None:
    """Another seed, case or salt, and the next draw."""
    one = drawn(Names(7, "a"))
    for other in (Names(8, "a"), Names(7, "b"), Names(7, "a", "salt")):
        assert not set(drawn(other)) & set(one)
    names = Names(7, "a")
    assert names.hex(32) != names.hex(32)


def test_names_have_their_form() -> None:
    """Addresses, numbers and keys look like what they stand for."""
    names = Names(7, "form")
    assert re.fullmatch("[0-9a-f]{31}", names.hex(31))
    assert re.fullmatch("02[0-9a-f]{10}", names.mac())
    assert re.fullmatch("139[0-9]{8}", names.phone())
    assert re.fullmatch(r"tp-[0-9a-f]{12}@example\.com", names.email())
