"""MAC commands on the network's side: what devices ask, what it asks of them, what it makes of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_sim.devices.lorawan_commands import UNCHANGED
from thingproof_sim.gateways.adaptive_rate import adapt
from thingproof_sim.gateways.server_model import NOTHING
from thingproof_sim.radio.lora_link import required_snr_db
from thingproof_wire.errors import WireError
from thingproof_wire.frames.lorawan_mac import (
    BY_NAME,
    GPS_EPOCH_UNIX_S,
    MacCommand,
    command,
    decode_commands,
    encode_commands,
)

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from thingproof_sim.gateways.server_model import HeardBy, Radio, ServerDevice
    from thingproof_sim.gateways.server_region import ServerRegion

GPS_LEAP_S: Final = 18
"""Leap seconds between GPS time and UTC since 2017."""
ALL_CHANNELS: Final = 6
"""ChMaskCntl that switches every defined channel on."""
EVERY_CHANNEL_MASK: Final = 0x00FF


class ServerCommands:
    """MAC commands of a network server.

    Args:
        region: regional parameters.
        counters: of the server.
    """

    def __init__(self, region: ServerRegion, counters: Counter[str]) -> None:
        self._region = region
        self._counters = counters

    # -- what the network wants

    def want(self, device: ServerDevice, name: str, values: Mapping[str, int]) -> None:
        """Ask a device until it answers.

        Raises:
            WireError: no such command, or values it does not take.
        """
        device.requests[BY_NAME[name].cid] = encode_commands((command(name, **values),))
        device.asked[BY_NAME[name].cid] = dict(values)

    def adapt(self, device: ServerDevice) -> None:
        """Look at a device's signal and ask for another data rate or power if that is better."""
        best, count = device.snr_best_db, device.snr_count
        device.snr_best_db, device.snr_count = NOTHING, 0
        if count == 0 or not self._region.adaptable(device.data_rate):
            return
        data_rate, power = self._suits(device, device.data_rate, best)
        if (data_rate, power) == (device.data_rate, device.power_index):
            return
        self._counters["rate_changes_asked"] += 1
        values = {
            "data_rate": data_rate,
            "tx_power": power,
            "channel_mask": EVERY_CHANNEL_MASK,
            "channel_mask_control": ALL_CHANNELS,
            "nb_trans": device.nb_trans,
        }
        self.want(device, "LinkADRReq", values)

    def content(self, device: ServerDevice, data_rate: int, strengths: Iterable[float]) -> bool:
        """Whether a look at a device with this data rate asks for nothing, with any of these signals."""
        return not self._region.adaptable(data_rate) or all(
            self._suits(device, data_rate, best) == (data_rate, device.power_index)
            for best in strengths
            if best > NOTHING
        )

    def _suits(self, device: ServerDevice, data_rate: int, best: float) -> tuple[int, int]:
        """Data rate and power that suit a device whose best signal is known."""
        region = self._region
        return adapt(
            (best,),
            required_snr_db(region.sf(data_rate)),
            data_rate=data_rate,
            fastest=region.fastest,
            power_index=device.power_index,
            least_power=region.least_power,
        )

    # -- what devices say

    def take(
        self, device: ServerDevice, data: bytes, radio: Radio, copies: Sequence[HeardBy], at: float
    ) -> None:
        """The commands of an uplink; what is unknown or cut off ends them."""
        try:
            sequence = decode_commands(data, uplink=True)
        except WireError:
            self._counters["malformed MAC commands"] += 1
            return
        for entry in sequence.commands:
            if entry.name == "LinkCheckReq":
                margin = copies[0].snr_db - required_snr_db(radio.sf)
                answer = command(
                    "LinkCheckAns",
                    margin=max(0, min(254, round(margin))),
                    gateway_count=min(255, len(copies)),
                )
                device.answers.append(encode_commands((answer,)))
            elif entry.name == "DeviceTimeReq":
                device.answers.append(encode_commands((_gps_time(at),)))
            elif entry.name in LEARN:
                cid = BY_NAME[entry.name].cid
                if device.requests.pop(cid, None) is not None:
                    LEARN[entry.name](device, entry.values, device.asked.pop(cid, {}))


def _gps_time(at: float) -> MacCommand:
    """DeviceTimeAns for a moment of Unix time, at the end of the uplink that asked."""
    seconds, fraction = divmod(max(0.0, at - GPS_EPOCH_UNIX_S + GPS_LEAP_S), 1.0)
    return command("DeviceTimeAns", gps_seconds=int(seconds) & 0xFFFFFFFF, fraction_256=int(fraction * 256))


def _learn_rate(device: ServerDevice, answer: Mapping[str, int], asked: Mapping[str, int]) -> None:
    if all(answer.values()):
        if asked["data_rate"] != UNCHANGED:
            device.data_rate = asked["data_rate"]
        if asked["tx_power"] != UNCHANGED:
            device.power_index = asked["tx_power"]
        device.nb_trans = asked["nb_trans"] or 1


def _learn_windows(device: ServerDevice, answer: Mapping[str, int], asked: Mapping[str, int]) -> None:
    if all(answer.values()):
        device.rx1_dr_offset = asked["rx1_dr_offset"]
        device.rx2 = (asked["frequency_hz"], asked["rx2_data_rate"])


def _learn_delay(device: ServerDevice, answer: Mapping[str, int], asked: Mapping[str, int]) -> None:
    del answer
    device.rx1_delay_s = float(asked["delay"] or 1)


def _learn_dwell(device: ServerDevice, answer: Mapping[str, int], asked: Mapping[str, int]) -> None:
    del answer
    device.downlink_dwell = bool(asked["downlink_dwell_time"])


def _learn_status(device: ServerDevice, answer: Mapping[str, int], asked: Mapping[str, int]) -> None:
    del asked
    device.status = (answer["battery"], answer["margin"])


def _learn_downlink_channel(
    device: ServerDevice, answer: Mapping[str, int], asked: Mapping[str, int]
) -> None:
    if all(answer.values()):
        device.downlink_hz[asked["channel_index"]] = asked["frequency_hz"]


def _learn_channel(device: ServerDevice, answer: Mapping[str, int], asked: Mapping[str, int]) -> None:
    if all(answer.values()):
        device.channels_hz[asked["frequency_hz"]] = asked["channel_index"]


def _learn_nothing(device: ServerDevice, answer: Mapping[str, int], asked: Mapping[str, int]) -> None:
    """The answer says that the device has obeyed, and that is all."""


LEARN: Final[dict[str, Callable[[ServerDevice, Mapping[str, int], Mapping[str, int]], None]]] = {
    "LinkADRAns": _learn_rate,
    "DutyCycleAns": _learn_nothing,
    "RXParamSetupAns": _learn_windows,
    "DevStatusAns": _learn_status,
    "NewChannelAns": _learn_channel,
    "RXTimingSetupAns": _learn_delay,
    "TXParamSetupAns": _learn_dwell,
    "DlChannelAns": _learn_downlink_channel,
}
"""What the server learns from each answer."""


__all__ = ["ALL_CHANNELS", "ServerCommands"]
