"""Regional parameters as a server needs them: where and how devices listen, what gateways may send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_sim.devices.lorawan_channels import bands
from thingproof_sim.gateways.server_model import Radio
from thingproof_sim.radio.lora_duty import DutyCycle
from thingproof_wire.errors import Malformed
from thingproof_wire.frames.lorawan import FrequencyList

if TYPE_CHECKING:
    from thingproof_sim.gateways.server_model import ServerDevice
    from thingproof_wire.frames.lorawan import CfList
    from thingproof_wire.frames.regions import Region

MORE_CHANNELS: Final[dict[str, tuple[int, int, int, int, int]]] = {
    "EU868": (867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000),
    "AS923": (923_600_000, 923_800_000, 924_000_000, 924_200_000, 924_400_000),
}
"""Channels that joining devices get beside the default ones: those that public networks share."""
GATEWAY_POWER_DBM: Final = 27.0
"""What a gateway radiates where the region allows it."""


class ServerRegion:
    """The server's view of a region.

    Args:
        region: regional parameters.
        more_channels: give joining devices more channels, where the region knows some.
    """

    def __init__(self, region: Region, *, more_channels: bool = True) -> None:
        self.region = region
        more = MORE_CHANNELS.get(region.name) if more_channels else None
        self.cf_list: CfList | None = None if more is None else FrequencyList(more)
        self.rx2_data_rate = region.rx2_data_rate
        self.join_delay_s = float(region.join_accept_delay1_s)
        self.fastest = region.max_data_rate
        self.least_power = region.power_levels - 1
        self.longest = max(region.max_application_payload(index) for index in region.data_rates)
        self._bands = bands(region)
        self._uplink_rates = {
            (row.spreading_factor, row.bandwidth_hz): index
            for index, row in sorted(region.data_rates.items(), reverse=True)
        }
        self._radios: dict[tuple[int, int], Radio] = {}
        self._rx1 = {row.frequency_hz: row.rx1_frequency_hz for row in region.channels}
        self._index = {row.frequency_hz: index for index, row in enumerate(region.channels)}
        for number, frequency in enumerate(more or ()):
            self._index[frequency] = len(region.channels) + number

    def duty(self) -> DutyCycle:
        """What one gateway may send."""
        return DutyCycle(self._bands, time_off=False)

    def radio(self, data_rate: int, frequency_hz: int) -> Radio:
        """How a frame is sent with a data rate; the same object for the same values.

        Raises:
            KeyError: the region has no such data rate.
        """
        found = self._radios.get((data_rate, frequency_hz))
        if found is None:
            row = self.region.data_rates[data_rate]
            found = Radio(frequency_hz, row.spreading_factor, row.bandwidth_hz, data_rate)
            self._radios[data_rate, frequency_hz] = found
        return found

    def heard(self, sf: int, bandwidth_hz: int, frequency_hz: int) -> Radio:
        """How an uplink was sent, as a gateway tells it.

        Raises:
            Malformed: no data rate of the region.
        """
        index = self._uplink_rates.get((sf, bandwidth_hz))
        if index is None:
            raise Malformed(
                f"SF{sf} at {bandwidth_hz} Hz is no data rate of {self.region.name}", field="datr"
            )
        return self.radio(index, frequency_hz)

    def rx1(self, uplink: Radio, device: ServerDevice | None) -> Radio | None:
        """How a device listens in RX1 after an uplink; a joining one (None) without offset."""
        offset = 0 if device is None else device.rx1_dr_offset
        dwell = self.region.downlink_dwell_limited if device is None else device.downlink_dwell
        rate = self.region.rx1_data_rate(uplink.data_rate, offset, dwell=dwell)
        if rate not in self.region.data_rates:
            return None
        frequency = self._rx1.get(uplink.frequency_hz, uplink.frequency_hz)
        if device is not None and device.downlink_hz:
            index = device.channels_hz.get(uplink.frequency_hz, self._index.get(uplink.frequency_hz, -1))
            frequency = device.downlink_hz.get(index, frequency)
        return self.radio(rate, frequency)

    def rx2(self, device: ServerDevice | None) -> Radio:
        """How a device listens in RX2."""
        if device is not None and device.rx2 is not None:
            frequency, rate = device.rx2
            return self.radio(rate, frequency)
        return self.radio(self.rx2_data_rate, self.region.rx2_frequency_hz)

    def rx2_after_join(self, uplink: Radio) -> tuple[int, int] | None:
        """RX2 of a device that joined by an uplink, where the channel decides; None where it does not."""
        index = self._index.get(uplink.frequency_hz, -1)
        frequency = self.region.rx2_of_join_channel.get(index)
        return None if frequency is None else (frequency, self.rx2_data_rate)

    def max_payload(self, data_rate: int, device: ServerDevice) -> int:
        """Bytes of payload and FOpts together in a downlink to a device."""
        return self.region.max_application_payload(data_rate, dwell=device.downlink_dwell)

    def sf(self, data_rate: int) -> int:
        """Spreading factor of a data rate."""
        return self.region.data_rates[data_rate].spreading_factor

    def adaptable(self, data_rate: int) -> bool:
        """Whether ADR moves a data rate: those of the narrow uplink channels."""
        return self.region.min_data_rate <= data_rate <= self.region.max_data_rate

    def downlink_power_dbm(self, frequency_hz: int) -> float:
        """What a gateway may radiate on a frequency."""
        band = self.region.sub_band(frequency_hz)
        allowed = self.region.max_eirp_dbm if band is None else band.max_eirp_dbm
        return min(GATEWAY_POWER_DBM, float(int(allowed)))


__all__ = ["ServerRegion"]
