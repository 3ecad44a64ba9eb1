"""What the LoRaWAN Regional Parameters say about one region, as data.

Source: RP002-1.0.4 (LoRaWAN Regional Parameters), chapter 2; each region's module names its sections.
Frequencies and bandwidths are in Hz, delays in s, powers in dBm EIRP, sizes in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from thingproof_wire.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Mapping

SYNC_WORD = 0x34
"""LoRa sync word of public networks, the same in all regions (section 2 of each, "preamble format")."""
PREAMBLE_SYMBOLS = 8
CODING_RATE = "4/5"
FHDR_AND_PORT_BYTES = 8
"""FHDR without FOpts, and FPort: what an application payload (N) is shorter than a MACPayload (M)."""
_NONE: Mapping[int, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DataRate:
    """A LoRa data rate; data rates of other modulations (FSK, LR-FHSS) are not in the tables."""

    index: int
    spreading_factor: int
    bandwidth_hz: int

    @property
    def identifier(self) -> str:
        """As the Semtech protocol writes it, e.g. ``SF7BW125``."""
        return f"SF{self.spreading_factor}BW{self.bandwidth_hz // 1000}"


@dataclass(frozen=True, slots=True)
class Channel:
    """An uplink channel and where its RX1 is.

    Attributes:
        frequency_hz: of the uplink.
        min_data_rate, max_data_rate: data rates allowed on it.
        rx1_frequency_hz: of the downlink in RX1.
    """

    frequency_hz: int
    min_data_rate: int
    max_data_rate: int
    rx1_frequency_hz: int


@dataclass(frozen=True, slots=True)
class SubBand:
    """A range of frequencies with its own limits.

    Attributes:
        name: as the regulation calls it.
        low_hz, high_hz: from, and up to without.
        duty_cycle: share of the time a transmitter may send, 1.0 without a limit.
        max_eirp_dbm: most that it may radiate.
    """

    name: str
    low_hz: int
    high_hz: int
    duty_cycle: float
    max_eirp_dbm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One region.

    Attributes:
        name: common name, e.g. EU868.
        source: section of RP002-1.0.4.
        fixed_plan: whether channels are switched by masks only (CFList type 1) or made one by one (type 0).
        channels: those every device has, by index.
        max_channels: how many a device can have.
        join_channels: indices of the channels for join requests.
        data_rates: LoRa data rates by index, of both directions.
        min_data_rate, max_data_rate: for uplinks and ADR on channels of 125 kHz.
        join_data_rates: for join requests.
        mac_payload: longest MACPayload (M) by data rate, for devices that never use a repeater.
        mac_payload_dwell: the same while the dwell time is limited; equal to `mac_payload` where the limit is
            always in force.
        rx1_data_rates: data rate of RX1 by data rate of the uplink and RX1DROffset.
        rx1_data_rates_dwell: the same while the dwell time of downlinks is limited.
        rx2_frequency_hz, rx2_data_rate: defaults of RX2.
        rx2_of_join_channel: frequency of RX2 after a join, by join channel, where that matters.
        max_eirp_dbm: default.
        power_levels: how many values TXPower has; each is 2 dB below the one before.
        sub_bands: limits by frequency, in order.
        dwell_time_s: longest transmission while the dwell time is limited, None where it never is.
        uplink_dwell_limited, downlink_dwell_limited: whether it is before a TXParamSetupReq says otherwise.
    """

    name: str
    source: str
    fixed_plan: bool
    channels: tuple[Channel, ...]
    max_channels: int
    join_channels: tuple[int, ...]
    data_rates: Mapping[int, DataRate]
    min_data_rate: int
    max_data_rate: int
    join_data_rates: tuple[int, ...]
    mac_payload: Mapping[int, int]
    mac_payload_dwell: Mapping[int, int]
    rx1_data_rates: tuple[tuple[int, ...], ...]
    rx1_data_rates_dwell: tuple[tuple[int, ...], ...]
    rx2_frequency_hz: int
    rx2_data_rate: int
    rx2_of_join_channel: Mapping[int, int] = field(default_factory=lambda: _NONE)
    max_eirp_dbm: float
    power_levels: int
    sub_bands: tuple[SubBand, ...]
    dwell_time_s: float | None = None
    uplink_dwell_limited: bool = False
    downlink_dwell_limited: bool = False
    # Section 2.3: the same in all regions.
    receive_delay1_s: int = 1
    receive_delay2_s: int = 2
    join_accept_delay1_s: int = 5
    join_accept_delay2_s: int = 6
    adr_ack_limit: int = 64
    adr_ack_delay: int = 32
    retransmit_timeout_s: tuple[int, int] = (1, 3)

    def rx1_data_rate(self, uplink: int, offset: int, *, dwell: bool = False) -> int:
        """Data rate of RX1.

        Args:
            uplink: data rate of the uplink.
            offset: RX1DROffset.
            dwell: whether the dwell time of downlinks is limited.

        Raises:
            OutOfRange: a data rate or an offset that the region does not have.
        """
        table = self.rx1_data_rates_dwell if dwell else self.rx1_data_rates
        if not 0 <= uplink < len(table):
            raise OutOfRange(f"is {uplink}, {self.name} has 0..{len(table) - 1}", field="uplink data rate")
        if not 0 <= offset < len(table[uplink]):
            raise OutOfRange(f"is {offset}, {self.name} has 0..{len(table[uplink]) - 1}", field="RX1DROffset")
        return table[uplink][offset]

    def max_mac_payload(self, data_rate: int, *, dwell: bool = False) -> int:
        """Most bytes of a MACPayload (M); 0 for a data rate that cannot carry any."""
        return (self.mac_payload_dwell if dwell else self.mac_payload).get(data_rate, 0)

    def max_application_payload(self, data_rate: int, *, dwell: bool = False) -> int:
        """Most bytes of an application payload (N) when FOpts is empty."""
        return max(self.max_mac_payload(data_rate, dwell=dwell) - FHDR_AND_PORT_BYTES, 0)

    def power_dbm(self, tx_power: int, max_eirp_dbm: float | None = None) -> float:
        """EIRP of a TXPower value.

        Raises:
            OutOfRange: the region has no such value.
        """
        if not 0 <= tx_power < self.power_levels:
            raise OutOfRange(f"is {tx_power}, {self.name} has 0..{self.power_levels - 1}", field="TXPower")
        return (self.max_eirp_dbm if max_eirp_dbm is None else max_eirp_dbm) - 2 * tx_power

    def sub_band(self, frequency_hz: int) -> SubBand | None:
        """The sub-band of a frequency, None where nobody may transmit."""
        return next((band for band in self.sub_bands if band.low_hz <= frequency_hz < band.high_hz), None)

    def rx2_after_join_hz(self, join_channel: int) -> int:
        """Frequency of RX2 of a device that joined on a channel."""
        return self.rx2_of_join_channel.get(join_channel, self.rx2_frequency_hz)


def lora_rates(*rates: tuple[int, int, int]) -> Mapping[int, DataRate]:
    """A table of data rates from index, spreading factor and bandwidth in kHz."""
    return MappingProxyType({index: DataRate(index, factor, wide * 1000) for index, factor, wide in rates})
