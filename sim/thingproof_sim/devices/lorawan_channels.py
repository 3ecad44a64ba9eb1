"""A device's channels, data rates and transmission time: what it may send where, and when.

A device of a region with a dynamic plan begins with the default channels and learns more; one with a fixed
plan has them all and is told which to use. Duty cycle and dwell time are the region's.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from thingproof_sim.devices.lorawan_masks import masked
from thingproof_sim.radio.lora_airtime import symbol_s
from thingproof_sim.radio.lora_duty import DutyCycle
from thingproof_wire.frames.lorawan import FrequencyList
from thingproof_wire.frames.lorawan_mac import MAX_EIRP_DBM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thingproof_sim.kernel.streams import Stream
    from thingproof_sim.radio.lora_duty import Account
    from thingproof_wire.frames.lorawan import CfList
    from thingproof_wire.frames.regions import Region, SubBand


class DataRate:
    """A data rate as a device uses it: LoRa parameters, and bytes for payload and FOpts together."""

    __slots__ = ("bandwidth_hz", "index", "max_payload", "sf", "symbol_s")

    def __init__(self, index: int, sf: int, bandwidth_hz: int, max_payload: int) -> None:
        self.index = index
        self.sf = sf
        self.bandwidth_hz = bandwidth_hz
        self.symbol_s = symbol_s(sf, bandwidth_hz)
        self.max_payload = max_payload


class Channel:
    """An uplink channel; `downlink_hz` is where its RX1 is."""

    __slots__ = ("downlink_hz", "frequency_hz", "index", "max_rate", "min_rate")

    def __init__(self, index: int, frequency_hz: int, min_rate: int, max_rate: int, downlink_hz: int) -> None:
        self.index = index
        self.frequency_hz = frequency_hz
        self.min_rate = min_rate
        self.max_rate = max_rate
        self.downlink_hz = downlink_hz


def bands(region: Region) -> tuple[SubBand, ...]:
    """The region's sub-bands whose use is limited."""
    return tuple(band for band in region.sub_bands if band.duty_cycle < 1)


class ChannelPlan:
    """The channels of one device.

    Args:
        region: regional parameters.
    """

    __slots__ = (
        "_channels", "_duty", "_dwell", "_enabled", "_max_eirp_dbm", "_rates", "_region", "_usable",
        "downlink_dwell", "fixed", "free_s", "slowest",
    )  # fmt: skip

    def __init__(self, region: Region) -> None:
        self._region = region
        self.fixed = region.fixed_plan
        limited = bands(region)
        self._duty = DutyCycle(limited) if limited else None
        self.reset()

    def reset(self) -> None:
        """As after a join: default channels, default limits. What was sent is not forgotten."""
        region = self._region
        self._channels = {
            index: Channel(
                index, row.frequency_hz, row.min_data_rate, row.max_data_rate, row.rx1_frequency_hz
            )
            for index, row in enumerate(region.channels)
        }
        self._enabled = frozenset(self._channels)
        self._max_eirp_dbm = region.max_eirp_dbm
        self._dwell = region.uplink_dwell_limited
        self.downlink_dwell = region.downlink_dwell_limited
        self._changed()

    def _changed(self) -> None:
        """Rates and channels are looked up far more often than they change."""
        self._usable: dict[tuple[int, bool], tuple[Channel, ...]] = {}
        self._rates = _rates(self._region, dwell=self._dwell)
        self.slowest = min(
            index
            for index, rate in self._rates.items()
            if rate.max_payload > 0 and index >= self._region.min_data_rate
        )
        """Slowest data rate whose frames keep the dwell time."""

    # -- data rates and power

    def rate(self, index: int) -> DataRate:
        """A data rate of the region.

        Raises:
            KeyError: it has no LoRa data rate of that index.
        """
        return self._rates[index]

    def knows_rate(self, index: int) -> bool:
        """Whether the region has that data rate, in either direction."""
        return index in self._rates

    def allows(self, index: int, enabled: frozenset[int] | None) -> bool:
        """Whether uplinks of that data rate are possible on some channels; None for the present ones."""
        channels = self._enabled if enabled is None else enabled
        return (
            index in self._rates
            and self._rates[index].max_payload > 0
            and any(
                self._channels[channel].min_rate <= index <= self._channels[channel].max_rate
                for channel in channels
            )
        )

    def knows_offset(self, offset: int) -> bool:
        """Whether the region has that RX1DROffset."""
        return 0 <= offset < len(self._region.rx1_data_rates[0])

    def knows_power(self, index: int) -> bool:
        """Whether the region has that TXPower."""
        return 0 <= index < self._region.power_levels

    def power_dbm(self, index: int, most: float) -> float:
        """Radiated power of a TXPower; a device never exceeds what it can."""
        return min(self._max_eirp_dbm - 2 * index, most)

    # -- sending

    def choose(
        self, rate: int, airtime_s: float, at: float, draws: Stream, *, join: bool
    ) -> tuple[Channel | None, float]:
        """A channel at random among those that are free for this device, or how long to wait for one."""
        channels = self.usable(rate, join=join)
        count = len(channels)
        if not count:
            return None, math.inf
        first = draws.below(count)
        duty = self._duty
        if duty is None:
            return channels[first], 0.0
        least = math.inf
        for step in range(count):
            channel = channels[(first + step) % count]
            wait = duty.wait_s(at, channel.frequency_hz, airtime_s)
            if wait <= 0.0:
                return channel, 0.0
            least = min(least, wait)
        return None, least

    def usable(self, rate: int, *, join: bool = False) -> tuple[Channel, ...]:
        """The channels on which a data rate may be sent."""
        channels = self._usable.get((rate, join))
        if channels is None:
            channels = self._usable[rate, join] = self._find(rate, join=join)
        return channels

    def account(self, channel: Channel) -> Account | None:
        """The duty cycle's account of a channel; None where there is no limit."""
        return None if self._duty is None else self._duty.account(channel.frequency_hz)

    def _find(self, rate: int, *, join: bool) -> tuple[Channel, ...]:
        indices = self._region.join_channels if join else sorted(self._enabled)
        return tuple(
            channel
            for channel in (self._channels[index] for index in indices)
            if channel.min_rate <= rate <= channel.max_rate
        )

    def spend(self, channel: Channel, airtime_s: float, at: float) -> None:
        """Something is sent now."""
        if self._duty is not None:
            self._duty.spend(at, channel.frequency_hz, airtime_s)

    def downlink_hz(self, channel: Channel) -> int:
        """Where RX1 of a channel is now."""
        return channel.downlink_hz

    # -- being told

    @property
    def restricted(self) -> bool:
        """Whether a default channel is switched off."""
        return not frozenset(range(len(self._region.channels))) <= self._enabled

    def enable_defaults(self) -> None:
        """Switch the default channels on, beside those that are on."""
        self.enable(self._enabled | frozenset(range(len(self._region.channels))))

    def enable(self, enabled: frozenset[int]) -> None:
        """Use these channels."""
        self._enabled = enabled
        self._changed()

    def masked(self, steps: Sequence[tuple[int, int]]) -> frozenset[int] | None:
        """The channels that a block of masks means; None when it is not allowed."""
        return masked(self._region.name, self._enabled, self._channels, steps)

    def tunable(self, frequency_hz: int) -> bool:
        """Whether the radio may use a frequency in this region."""
        return self._region.sub_band(frequency_hz) is not None

    def defined(self, index: int) -> bool:
        """Whether there is a channel of that index."""
        return index in self._channels

    def redefine(self, index: int, frequency_hz: int, min_rate: int, max_rate: int) -> tuple[bool, bool]:
        """NewChannelReq: make, change or, with frequency 0, remove a channel; defaults stay as they are.

        Returns:
            Whether the frequency and the data rates are accepted; nothing changes unless both are.
        """
        known = len(self._region.channels) <= index < self._region.max_channels
        if frequency_hz == 0:
            if known:
                self._channels.pop(index, None)
                self.enable(self._enabled - {index})
            return known, known
        frequency_ok = known and self.tunable(frequency_hz)
        rates_ok = known and min_rate <= max_rate and {min_rate, max_rate} <= self._rates.keys()
        if frequency_ok and rates_ok:
            self._channels[index] = Channel(index, frequency_hz, min_rate, max_rate, frequency_hz)
            self.enable(self._enabled | {index})
        return frequency_ok, rates_ok

    def move_downlink(self, index: int, frequency_hz: int) -> None:
        """RX1 of a channel is elsewhere from now on."""
        self._channels[index].downlink_hz = frequency_hz

    def limit(self, max_eirp: int, *, uplink_dwell: bool, downlink_dwell: bool) -> bool:
        """TXParamSetupReq: another power limit, and whether dwell times count; False where unknown."""
        if self._region.dwell_time_s is None or self.fixed:
            return False
        self._max_eirp_dbm = float(MAX_EIRP_DBM[max_eirp])
        self._dwell = uplink_dwell
        self.downlink_dwell = downlink_dwell
        self._changed()
        return True

    def take_list(self, cf_list: CfList) -> None:
        """The channels of a join accept; what does not fit the region is ignored."""
        if isinstance(cf_list, FrequencyList):
            if not self.fixed:
                first = len(self._region.channels)
                for number, frequency in enumerate(cf_list.frequencies_hz):
                    if frequency:
                        self.redefine(
                            first + number, frequency, self._region.min_data_rate, self._region.max_data_rate
                        )
            return
        if self.fixed:
            named = {
                16 * block + bit
                for block, mask in enumerate(cf_list.masks)
                for bit in range(16)
                if mask >> bit & 1
            }
            enabled = frozenset(named & self._channels.keys())
            if enabled:
                self.enable(enabled)


_RATES: dict[tuple[str, bool], dict[int, DataRate]] = {}


def _rates(region: Region, *, dwell: bool) -> dict[int, DataRate]:
    """The region's data rates; the same objects for every device."""
    key = (region.name, dwell)
    found = _RATES.get(key)
    if found is None:
        found = _RATES[key] = {
            index: DataRate(
                index,
                row.spreading_factor,
                row.bandwidth_hz,
                region.max_application_payload(index, dwell=dwell),
            )
            for index, row in region.data_rates.items()
        }
    return found


__all__ = ["Channel", "ChannelPlan", "DataRate", "bands"]
