"""EU863-870, "EU868": RP002-1.0.4 section 2.4.

2.4.2 default channels, 2.4.3 data rates and TXPower, 2.4.6 payload sizes, 2.4.7 receive windows. Duty
cycles and powers of the sub-bands are those of ETSI EN 300 220-2 V3.1.1, table B.1 (ERP there; EIRP is 2.15
dB more).
"""

from __future__ import annotations

from types import MappingProxyType

from thingproof_wire.frames.regions.region import Channel, Region, SubBand, lora_rates

_MAC_PAYLOAD = MappingProxyType({0: 59, 1: 59, 2: 59, 3: 123, 4: 250, 5: 250, 6: 250, 7: 250})
_RX1 = (
    (0, 0, 0, 0, 0, 0),
    (1, 0, 0, 0, 0, 0),
    (2, 1, 0, 0, 0, 0),
    (3, 2, 1, 0, 0, 0),
    (4, 3, 2, 1, 0, 0),
    (5, 4, 3, 2, 1, 0),
    (6, 5, 4, 3, 2, 1),
    (7, 6, 5, 4, 3, 2),
)

EU868 = Region(
    name="EU868",
    source="RP002-1.0.4 section 2.4",
    fixed_plan=False,
    channels=tuple(Channel(hertz, 0, 5, hertz) for hertz in (868_100_000, 868_300_000, 868_500_000)),
    max_channels=16,
    join_channels=(0, 1, 2),
    data_rates=lora_rates(
        (0, 12, 125), (1, 11, 125), (2, 10, 125), (3, 9, 125), (4, 8, 125), (5, 7, 125), (6, 7, 250)
    ),
    min_data_rate=0,
    max_data_rate=5,
    join_data_rates=(0, 1, 2, 3, 4, 5),
    mac_payload=_MAC_PAYLOAD,
    mac_payload_dwell=_MAC_PAYLOAD,
    rx1_data_rates=_RX1,
    rx1_data_rates_dwell=_RX1,
    rx2_frequency_hz=869_525_000,
    rx2_data_rate=0,
    max_eirp_dbm=16.0,
    power_levels=8,
    sub_bands=(
        SubBand("K", 863_000_000, 865_000_000, 0.001, 16.15),
        SubBand("L", 865_000_000, 868_000_000, 0.01, 16.15),
        SubBand("M", 868_000_000, 868_600_000, 0.01, 16.15),
        SubBand("N", 868_700_000, 869_200_000, 0.001, 16.15),
        SubBand("P", 869_400_000, 869_650_000, 0.1, 29.15),
        SubBand("R", 869_700_000, 870_000_000, 0.01, 16.15),
    ),
)
