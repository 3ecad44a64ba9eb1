"""CN470-510, plan "20 MHz antenna, type A": RP002-1.0.4 section 2.9.

2.9.2 channels and common join channels 0 to 7, 2.9.3 data rates and TXPower, 2.9.6 payload sizes, 2.9.7
receive windows. The sizes keep the regulation's 1 s dwell time, which leaves no room for DR0. A device
learns its plan from the join channel that was answered; this is the plan of the first eight, which other
plans follow with frequencies of their own. Checked against two published implementations of RP002, which
differ in three values: DR3 carries 192 bytes (193 take longer than 1 s), RX2 begins at DR1 and RX1 never
falls below DR1.
"""

from __future__ import annotations

from types import MappingProxyType

from thingproof_wire.frames.regions.region import Channel, Region, SubBand, lora_rates

_MAC_PAYLOAD = MappingProxyType({0: 0, 1: 31, 2: 94, 3: 192, 4: 250, 5: 250, 6: 250, 7: 250})
_RX1 = (
    (0, 0, 0, 0, 0, 0),
    (1, 1, 1, 1, 1, 1),
    (2, 1, 1, 1, 1, 1),
    (3, 2, 1, 1, 1, 1),
    (4, 3, 2, 1, 1, 1),
    (5, 4, 3, 2, 1, 1),
    (6, 5, 4, 3, 2, 1),
    (7, 6, 5, 4, 3, 2),
)
_STEP = 200_000


def _group(uplink_hz: int, downlink_hz: int) -> tuple[Channel, ...]:
    """Thirty-two channels, each with its own downlink."""
    return tuple(Channel(uplink_hz + n * _STEP, 1, 5, downlink_hz + n * _STEP) for n in range(32))


CN470 = Region(
    name="CN470",
    source="RP002-1.0.4 section 2.9, 20 MHz antenna type A",
    fixed_plan=True,
    channels=_group(470_300_000, 483_900_000) + _group(503_500_000, 490_300_000),
    max_channels=64,
    join_channels=(3, 11, 19, 27, 35, 43, 51, 59),
    data_rates=lora_rates(
        (0, 12, 125), (1, 11, 125), (2, 10, 125), (3, 9, 125), (4, 8, 125), (5, 7, 125), (6, 7, 500)
    ),
    min_data_rate=1,
    max_data_rate=5,
    join_data_rates=(1, 2, 3, 4, 5),
    mac_payload=_MAC_PAYLOAD,
    mac_payload_dwell=_MAC_PAYLOAD,
    rx1_data_rates=_RX1,
    rx1_data_rates_dwell=_RX1,
    rx2_frequency_hz=486_900_000,
    rx2_data_rate=1,
    rx2_of_join_channel=MappingProxyType(
        {3 + 8 * number: 485_300_000 + number * 1_600_000 for number in range(8)}
    ),
    max_eirp_dbm=19.15,
    power_levels=8,
    sub_bands=(SubBand("470-510", 470_000_000, 510_000_000, 1.0, 19.15),),
    dwell_time_s=1.0,
    uplink_dwell_limited=True,
)
