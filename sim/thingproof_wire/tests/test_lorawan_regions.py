"""The regional tables: values of the documents, and what must hold in any region."""

from __future__ import annotations

from math import ceil

import pytest

from thingproof_wire.errors import OutOfRange
from thingproof_wire.frames.regions import REGIONS, Region

EU868, US915, AS923, CN470 = (REGIONS[name] for name in ("EU868", "US915", "AS923", "CN470"))
every_region = pytest.mark.parametrize("region", REGIONS.values(), ids=list(REGIONS))


@every_region
def test_tables_fit_together(region: Region) -> None:
    """Channels, data rates, payload sizes, receive windows and sub-bands know the same things."""
    assert region.source.startswith("RP002-1.0.4 section 2.")
    assert len(region.channels) <= region.max_channels
    for channel in region.channels:
        assert {channel.min_data_rate, channel.max_data_rate} <= set(region.data_rates)
        assert region.sub_band(channel.frequency_hz) is not None
        assert region.sub_band(channel.rx1_frequency_hz) is not None
    assert region.sub_band(region.rx2_frequency_hz) is not None
    assert {region.rx2_data_rate, *region.join_data_rates} <= set(region.data_rates)
    assert set(region.data_rates) <= set(region.mac_payload)
    assert set(region.mac_payload) == set(region.mac_payload_dwell)
    for index in region.join_channels:
        channel = region.channels[index]
        rates = range(channel.min_data_rate, channel.max_data_rate + 1)
        assert any(rate in rates for rate in region.join_data_rates)


@every_region
def test_receive_windows(region: Region) -> None:
    """RX1 is defined for each data rate of an uplink; a higher offset (up to 5) never makes it faster."""
    for dwell in (False, True):
        for uplink in range(region.max_data_rate + 1):
            width = len(region.rx1_data_rates[uplink])
            rates = [region.rx1_data_rate(uplink, offset, dwell=dwell) for offset in range(width)]
            assert rates[:6] == sorted(rates[:6], reverse=True)
            assert set(rates) <= set(region.mac_payload)
    with pytest.raises(OutOfRange):
        region.rx1_data_rate(0, 8)
    with pytest.raises(OutOfRange):
        region.rx1_data_rate(15, 0)


@every_region
def test_delays(region: Region) -> None:
    """Section 2.3: the second window opens one second after the first."""
    assert (region.receive_delay1_s, region.receive_delay2_s) == (1, 2)
    assert (region.join_accept_delay1_s, region.join_accept_delay2_s) == (5, 6)


def airtime_s(phy_bytes: int, factor: int, bandwidth_hz: int) -> float:
    """Time on air at 4/5 with header, CRC and 8 symbols of preamble (SX1276 data sheet, section 4.1.1.7)."""
    symbol = (1 << factor) / bandwidth_hz
    slow = symbol > 0.016
    blocks = ceil((8 * phy_bytes - 4 * factor + 44) / (4 * (factor - 2 * slow)))
    return (20.25 + max(blocks * 5, 0)) * symbol


@pytest.mark.parametrize(
    ("region", "rate"), [(US915, 0), (US915, 1), (US915, 2), (AS923, 2), (AS923, 3), (AS923, 4), (CN470, 3)]
)
def test_payload_limits_keep_the_dwell_time(region: Region, rate: int) -> None:
    """The longest MACPayload with MHDR and MIC fits the dwell time, and not much more does."""
    longest = region.max_mac_payload(rate, dwell=True)
    form = region.data_rates[rate]
    limit = region.dwell_time_s or 0
    assert airtime_s(longest + 5, form.spreading_factor, form.bandwidth_hz) <= limit
    assert airtime_s(longest + 5 + 6, form.spreading_factor, form.bandwidth_hz) > limit


def test_eu868() -> None:
    """Default channels, sub-bands and their duty cycles, RX2."""
    assert [channel.frequency_hz for channel in EU868.channels] == [868_100_000, 868_300_000, 868_500_000]
    duty = {hertz: EU868.sub_band(hertz) for hertz in (864_000_000, 867_100_000, 868_100_000, 869_525_000)}
    assert [band.duty_cycle for band in duty.values() if band] == [0.001, 0.01, 0.01, 0.1]
    assert EU868.sub_band(868_650_000) is None
    assert [EU868.max_mac_payload(rate) for rate in range(8)] == [59, 59, 59, 123, 250, 250, 250, 250]
    assert EU868.max_application_payload(0) == 51
    assert (EU868.rx2_frequency_hz, EU868.rx2_data_rate) == (869_525_000, 0)
    assert [EU868.power_dbm(index) for index in (0, 7)] == [16, 2]
    assert EU868.power_dbm(1, 14) == 12
    with pytest.raises(OutOfRange):
        EU868.power_dbm(8)
    assert EU868.data_rates[6].identifier == "SF7BW250"


def test_us915() -> None:
    """Sixty-four narrow and eight wide channels; RX1 is channel number modulo 8."""
    narrow, wide = US915.channels[:64], US915.channels[64:]
    assert (narrow[0].frequency_hz, narrow[63].frequency_hz) == (902_300_000, 914_900_000)
    assert (wide[0].frequency_hz, wide[7].frequency_hz) == (903_000_000, 914_200_000)
    assert narrow[9].rx1_frequency_hz == wide[1].rx1_frequency_hz == 923_900_000
    assert US915.rx1_data_rate(0, 0) == 10
    assert US915.rx1_data_rate(4, 3) == 11
    assert (US915.rx2_frequency_hz, US915.rx2_data_rate) == (923_300_000, 8)
    assert US915.power_dbm(14) == 2


def test_as923() -> None:
    """Offsets 6 and 7 make RX1 faster; a limited dwell time keeps it at DR2 or above."""
    assert [channel.frequency_hz for channel in AS923.channels] == [923_200_000, 923_400_000]
    assert AS923.rx1_data_rate(3, 6) == 4
    assert AS923.rx1_data_rate(3, 7) == 5
    assert AS923.rx1_data_rate(0, 0, dwell=True) == 2
    assert (AS923.max_mac_payload(2), AS923.max_mac_payload(2, dwell=True)) == (123, 19)
    assert AS923.max_application_payload(0, dwell=True) == 0


def test_cn470() -> None:
    """Two groups of thirty-two channels; the join channel decides about RX2."""
    assert (CN470.channels[0].frequency_hz, CN470.channels[31].frequency_hz) == (470_300_000, 476_500_000)
    assert (CN470.channels[32].frequency_hz, CN470.channels[63].frequency_hz) == (503_500_000, 509_700_000)
    assert CN470.channels[63].rx1_frequency_hz == 496_500_000
    joins = [CN470.channels[index] for index in CN470.join_channels]
    megahertz = [channel.frequency_hz / 1e6 for channel in joins]
    assert megahertz == [470.9, 472.5, 474.1, 475.7, 504.1, 505.7, 507.3, 508.9]
    megahertz = [CN470.rx2_after_join_hz(index) / 1e6 for index in CN470.join_channels]
    assert megahertz == [485.3, 486.9, 488.5, 490.1, 491.7, 493.3, 494.9, 496.5]
    assert CN470.rx2_after_join_hz(0) == CN470.rx2_frequency_hz == 486_900_000
