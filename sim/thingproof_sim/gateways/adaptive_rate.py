"""The adaptive data rate of a network server: the fastest rate, then the least power, that leave a margin.

Source: Semtech, "Understanding ADR", the algorithm that public network servers share: the best signal of the
last twenty uplinks, less what the data rate needs, less an installation margin of 10 dB, in steps of 3 dB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MARGIN_DB: Final = 10.0
STEP_DB: Final = 3.0


def adapt(
    snr_db: Sequence[float],
    needed_db: float,
    *,
    data_rate: int,
    fastest: int,
    power_index: int,
    least_power: int,
) -> tuple[int, int]:
    """Data rate and power index that suit a device.

    Args:
        snr_db: best signal above the noise of each of the last uplinks.
        needed_db: what the present data rate needs.
        data_rate: present one.
        fastest: highest data rate that may be given.
        power_index: present one; 0 is the highest power.
        least_power: highest index, the lowest power.
    """
    steps = int((max(snr_db) - needed_db - MARGIN_DB) // STEP_DB)
    while steps > 0 and data_rate < fastest:
        data_rate += 1
        steps -= 1
    while steps > 0 and power_index < least_power:
        power_index += 1
        steps -= 1
    while steps < 0 and power_index > 0:
        power_index -= 1
        steps += 1
    return data_rate, power_index


__all__ = ["MARGIN_DB", "STEP_DB", "adapt"]
