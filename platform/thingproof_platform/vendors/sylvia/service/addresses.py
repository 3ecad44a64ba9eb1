"""Network addresses: one, many at once, and ranges of hexadecimal ones (sylvia.md:762, 805, 873)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from thingproof_platform.vendors.sylvia.service.forms import malformed, text, texts

if TYPE_CHECKING:
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.forms import Members

_HEXADECIMAL: Final = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one call, in lower case and each once; `sent` is how the call named them."""

    each: list[str]
    sent: dict[str, object]
    kind: str  # "bulk" or "range"


def single(world: World, data: Members) -> str:
    """The address of a device: any text but an empty one, without the blanks around it."""
    return _plain(world, "networkAddr", text(data, "networkAddr"))


def many(world: World, data: Members) -> Addresses:
    """The addresses of a bulk call (sylvia.contra.34)."""
    given = texts(data, "networkAddrs")
    most = world.limits.addresses_per_call
    if not given:
        raise malformed("networkAddrs", "must not be empty")
    if len(given) > most and not world.faults.on("bulk_limit_ignored"):
        raise malformed("networkAddrs", f"{len(given)} are more than {most}")
    each = list(dict.fromkeys(_plain(world, "networkAddrs", address) for address in given))
    return Addresses(each, {"networkAddrs": each}, "bulk")


def span(world: World, data: Members) -> Addresses:
    """The addresses of a range, both ends included; they keep the length of the first (sylvia.md:873)."""
    faults, most = world.faults, world.limits.addresses_per_call
    first, last = (_number(world, data, name) for name in ("startAddr", "endAddr"))
    if len(first) != len(last) and not faults.on("range_lengths_differ"):
        raise malformed("endAddr", "must have as many digits as startAddr")
    start, end = int(first, 16), int(last, 16)
    if start > end:
        raise malformed("endAddr", "is before startAddr")
    if (end - start >= most and not faults.on("range_limit_off")) or end - start > most:
        raise malformed("endAddr", f"more than {most} addresses")
    stop = end if faults.on("range_excludes_end") else end + 1
    each = [f"{number:0{len(first)}x}" for number in range(start, stop)]
    return Addresses(each, {"startAddr": first, "endAddr": last}, "range")


def _number(world: World, data: Members, name: str) -> str:
    value = _plain(world, name, text(data, name))
    longest = world.limits.address_digits
    if not _HEXADECIMAL.fullmatch(value):
        raise malformed(name, "expected hexadecimal digits")
    if len(value) % 2 and not world.faults.on("range_odd_digits"):
        raise malformed(name, "expected an even number of digits")
    if len(value) > longest:
        raise malformed(name, f"expected at most {longest} digits")
    return value


def _plain(world: World, name: str, value: str) -> str:
    value = value.strip()
    if not value:
        raise malformed(name, "an address must not be empty")
    return value if world.faults.on("addresses_keep_case") else value.lower()
