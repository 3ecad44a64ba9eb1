"""US902-928, "US915": RP002-1.0.4 section 2.5.

2.5.2 channels, 2.5.3 data rates and TXPower, 2.5.6 payload sizes, 2.5.7 receive windows. The sizes already
keep the 400 ms dwell time of channels of 125 kHz (FCC part 15.247), so there is one table.
"""

from __future__ import annotations

from types import MappingProxyType

from thingproof_wire.frames.regions.region import Channel, Region, SubBand, lora_rates

_MAC_PAYLOAD = MappingProxyType(
    {0: 19, 1: 61, 2: 133, 3: 250, 4: 250, 8: 61, 9: 137, 10: 250, 11: 250, 12: 250, 13: 250}
)
_RX1 = ((10, 9, 8, 8), (11, 10, 9, 8), (12, 11, 10, 9), (13, 12, 11, 10), (13, 13, 12, 11))


def _downlink(index: int) -> int:
    """RX1 of channel n is downlink channel n modulo 8."""
    return 923_300_000 + index % 8 * 600_000


_NARROW = tuple(Channel(902_300_000 + n * 200_000, 0, 3, _downlink(n)) for n in range(64))
_WIDE = tuple(Channel(903_000_000 + n * 1_600_000, 4, 4, _downlink(n)) for n in range(8))

US915 = Region(
    name="US915",
    source="RP002-1.0.4 section 2.5",
    fixed_plan=True,
    channels=_NARROW + _WIDE,
    max_channels=72,
    join_channels=tuple(range(72)),
    data_rates=lora_rates(
        (0, 10, 125),
        (1, 9, 125),
        (2, 8, 125),
        (3, 7, 125),
        (4, 8, 500),
        (8, 12, 500),
        (9, 11, 500),
        (10, 10, 500),
        (11, 9, 500),
        (12, 8, 500),
        (13, 7, 500),
    ),
    min_data_rate=0,
    max_data_rate=3,
    join_data_rates=(0, 4),
    mac_payload=_MAC_PAYLOAD,
    mac_payload_dwell=_MAC_PAYLOAD,
    rx1_data_rates=_RX1,
    rx1_data_rates_dwell=_RX1,
    rx2_frequency_hz=923_300_000,
    rx2_data_rate=8,
    max_eirp_dbm=30.0,
    power_levels=15,
    sub_bands=(SubBand("902-928", 902_000_000, 928_000_000, 1.0, 30.0),),
    dwell_time_s=0.4,
    uplink_dwell_limited=True,
)
