"""AS923 group 1: RP002-1.0.4 section 2.10.

2.10.2 default channels and duty cycle, 2.10.3 data rates and TXPower, 2.10.6 payload sizes with and without
the dwell time of 400 ms, 2.10.7 receive windows. The other groups are this plan moved by AS923_FREQ_OFFSET.
"""

from __future__ import annotations

from types import MappingProxyType

from thingproof_wire.frames.regions.region import Channel, Region, SubBand, lora_rates

AS923 = Region(
    name="AS923",
    source="RP002-1.0.4 section 2.10, group 1 (AS923_FREQ_OFFSET 0)",
    fixed_plan=False,
    channels=tuple(Channel(hertz, 0, 5, hertz) for hertz in (923_200_000, 923_400_000)),
    max_channels=16,
    join_channels=(0, 1),
    data_rates=lora_rates(
        (0, 12, 125), (1, 11, 125), (2, 10, 125), (3, 9, 125), (4, 8, 125), (5, 7, 125), (6, 7, 250)
    ),
    min_data_rate=0,
    max_data_rate=5,
    join_data_rates=(2, 3, 4, 5),
    mac_payload=MappingProxyType({0: 59, 1: 59, 2: 123, 3: 123, 4: 250, 5: 250, 6: 250, 7: 250}),
    mac_payload_dwell=MappingProxyType({0: 0, 1: 0, 2: 19, 3: 61, 4: 133, 5: 250, 6: 250, 7: 250}),
    rx1_data_rates=(
        (0, 0, 0, 0, 0, 0, 1, 2),
        (1, 0, 0, 0, 0, 0, 2, 3),
        (2, 1, 0, 0, 0, 0, 3, 4),
        (3, 2, 1, 0, 0, 0, 4, 5),
        (4, 3, 2, 1, 0, 0, 5, 6),
        (5, 4, 3, 2, 1, 0, 6, 7),
        (6, 5, 4, 3, 2, 1, 7, 7),
        (7, 6, 5, 4, 3, 2, 7, 7),
    ),
    rx1_data_rates_dwell=(
        (2, 2, 2, 2, 2, 2, 2, 2),
        (2, 2, 2, 2, 2, 2, 2, 3),
        (2, 2, 2, 2, 2, 2, 3, 4),
        (3, 2, 2, 2, 2, 2, 4, 5),
        (4, 3, 2, 2, 2, 2, 5, 6),
        (5, 4, 3, 2, 2, 2, 6, 7),
        (6, 5, 4, 3, 2, 2, 7, 7),
        (7, 6, 5, 4, 3, 2, 7, 7),
    ),
    rx2_frequency_hz=923_200_000,
    rx2_data_rate=2,
    max_eirp_dbm=16.0,
    power_levels=8,
    sub_bands=(SubBand("AS923-1", 915_000_000, 928_000_000, 0.01, 16.0),),
    dwell_time_s=0.4,
    uplink_dwell_limited=True,
)
