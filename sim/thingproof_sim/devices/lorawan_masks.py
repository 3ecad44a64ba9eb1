"""What ChMaskCntl and ChMask of a LinkADRReq mean in each region: a table.

Source: RP002-1.0.4, sections 2.4.5 and 2.10.5 (EU868, AS923), 2.5.5 (US915), 2.9.5 (CN470).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

MASK_BITS: Final = 16
NARROW: Final = range(64)
"""US915: channels of 125 kHz; eight of 500 kHz follow."""


def _bits(mask: int, first: int, count: int = MASK_BITS) -> set[int]:
    """Channels that a mask names."""
    return {first + bit for bit in range(count) if mask >> bit & 1}


def _block(first: int, count: int = MASK_BITS) -> Callable[[set[int], int, Collection[int]], set[int]]:
    """The mask is for some channels from the first on; the others stay."""
    reach = range(first, first + count)

    def apply(enabled: set[int], mask: int, defined: Collection[int]) -> set[int]:
        del defined
        return {index for index in enabled if index not in reach} | _bits(mask, first, count)

    return apply


def _all_on(enabled: set[int], mask: int, defined: Collection[int]) -> set[int]:
    del enabled, mask
    return set(defined)


def _all_off(enabled: set[int], mask: int, defined: Collection[int]) -> set[int]:
    del enabled, mask, defined
    return set()


def _banks(enabled: set[int], mask: int, defined: Collection[int]) -> set[int]:
    """US915: each bit is eight narrow channels and the wide one among them."""
    del enabled, defined
    return {
        index
        for bank in range(8)
        if mask >> bank & 1
        for index in (*range(8 * bank, 8 * bank + 8), 64 + bank)
    }


def _narrow_on(enabled: set[int], mask: int, defined: Collection[int]) -> set[int]:
    del enabled, defined
    return set(NARROW) | _bits(mask, 64, 8)


def _narrow_off(enabled: set[int], mask: int, defined: Collection[int]) -> set[int]:
    del enabled, defined
    return _bits(mask, 64, 8)


_DYNAMIC = {0: _block(0), 6: _all_on}

CONTROLS: Final[dict[str, dict[int, Callable[[set[int], int, Collection[int]], set[int]]]]] = {
    "EU868": _DYNAMIC,
    "AS923": _DYNAMIC,
    "US915": {
        **{control: _block(MASK_BITS * control) for control in range(4)},
        4: _block(64, 8),
        5: _banks,
        6: _narrow_on,
        7: _narrow_off,
    },
    "CN470": {**{control: _block(MASK_BITS * control) for control in range(4)}, 6: _all_on, 7: _all_off},
}
"""By region and ChMaskCntl: from the channels switched on, the mask and the channels there are, to those that
are on then. A value that is missing is reserved."""


def masked(
    region: str, enabled: Collection[int], defined: Collection[int], steps: Sequence[tuple[int, int]]
) -> frozenset[int] | None:
    """The channels that are on after a block of requests.

    Args:
        region: its name.
        enabled: channels that are on now.
        defined: channels there are.
        steps: ChMaskCntl and ChMask of each request, in order.

    Returns:
        None when the block is not allowed: a reserved value, a channel that does not exist, or none left.
    """
    result = set(enabled)
    for control, mask in steps:
        apply = CONTROLS[region].get(control)
        if apply is None:
            return None
        result = apply(result, mask, defined)
    if not result or not result <= set(defined):
        return None
    return frozenset(result)


__all__ = ["CONTROLS", "masked"]
