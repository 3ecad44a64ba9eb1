"""What MAC commands do to a device, and how it answers: a table of requests, walked for each downlink.

Source: LoRaWAN L2 1.0.4, chapter 5. Answers go into the next uplink. Those to RXParamSetupReq,
RXTimingSetupReq, TXParamSetupReq and DlChannelReq stay in every uplink until a class A downlink proves that
the network has them (sections 5.4, 5.7 to 5.9), because from then on both sides must agree about where the
device listens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_wire.errors import WireError
from thingproof_wire.frames.lorawan_mac import (
    BATTERY_UNKNOWN,
    MacCommand,
    command,
    decode_commands,
    encode_commands,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from thingproof_sim.devices.lorawan_mac import LorawanMac

UNCHANGED: Final = 15
"""Data rate or power of a LinkADRReq that stays as it is."""
STICKY: Final = frozenset({"RXParamSetupAns", "RXTimingSetupAns", "TXParamSetupAns", "DlChannelAns"})
LEAST_MARGIN_DB, MOST_MARGIN_DB = -32, 31


class Commands:
    """MAC commands of one device: what it still has to say, and what it was told.

    Attributes:
        battery: what DevStatusAns says, a share 0..1 or None for unknown; told by the device around.
        link_check: margin in dB and gateways of the last LinkCheckAns.
        network_time: GPS seconds of the last DeviceTimeAns.
    """

    __slots__ = ("_answers", "_asked", "_mac", "_sticky", "any", "battery", "link_check", "network_time")

    def __init__(self, mac: LorawanMac) -> None:
        self._mac = mac
        self.battery: Callable[[], float | None] = lambda: None
        self.link_check: tuple[int, int] | None = None
        self.network_time: float | None = None
        self.reset()

    def reset(self) -> None:
        """A new session: nothing to say."""
        self._sticky: dict[str, MacCommand] = {}
        self._answers: list[MacCommand] = []
        self._asked: list[MacCommand] = []
        self.any = False
        """Whether there is something to say."""

    # -- saying

    def ask(self, name: str) -> None:
        """Ask the network in the next uplink: LinkCheckReq or DeviceTimeReq."""
        self._asked.append(command(name))
        self.any = True

    def _all(self) -> list[MacCommand]:
        return [*self._sticky.values(), *self._answers, *self._asked]

    def waiting(self) -> bytes:
        """Everything to say, in bytes."""
        return encode_commands(self._all())

    def packed(self, room: int) -> bytes:
        """As many whole commands as there is room for, sticky ones first."""
        packed = b""
        for entry in self._all():
            data = encode_commands((entry,))
            if len(packed) + len(data) > room:
                break
            packed += data
        return packed

    def sent(self) -> None:
        """An uplink has taken them; sticky answers stay."""
        self._answers = []
        self._asked = []
        self.any = bool(self._sticky)

    # -- being told

    def heard_class_a(self) -> None:
        """A downlink came in RX1 or RX2: the network has had every answer."""
        if self._sticky:
            self._sticky = {}
            self.any = bool(self._answers or self._asked)

    def take(self, data: bytes, snr_db: float, at: float) -> None:
        """Obey the commands of a frame, in order; what is unknown or cut off ends them."""
        try:
            sequence = decode_commands(data, uplink=False)
        except WireError:
            return
        commands = sequence.commands
        place = 0
        while place < len(commands):
            name = commands[place].name
            end = place + 1
            if name == "LinkADRReq":
                while end < len(commands) and commands[end].name == name:
                    end += 1
                self._answer([self._link_adr(commands[place:end])] * (end - place))
            elif name in OBEY:
                answer = OBEY[name](self, commands[place].values, snr_db, at)
                self._answer([] if answer is None else [answer])
            place = end

    def _answer(self, answers: Sequence[MacCommand]) -> None:
        for answer in answers:
            if answer.name in STICKY:
                self._sticky[answer.name] = answer
            else:
                self._answers.append(answer)
            self.any = True

    def _link_adr(self, block: Sequence[MacCommand]) -> MacCommand:
        """Section 5.2: a block of requests is obeyed as a whole or not at all; the last one's rate counts."""
        mac = self._mac
        masked = mac.channels.masked(
            [(entry.values["channel_mask_control"], entry.values["channel_mask"]) for entry in block]
        )
        last = block[-1].values
        rate = mac.data_rate if last["data_rate"] == UNCHANGED else last["data_rate"]
        power = mac.power_index if last["tx_power"] == UNCHANGED else last["tx_power"]
        mask_ok = masked is not None
        rate_ok = mac.channels.allows(rate, masked)
        power_ok = mac.channels.knows_power(power)
        if mask_ok and rate_ok and power_ok:
            assert masked is not None
            mac.channels.enable(masked)
            mac.data_rate = rate
            mac.power_index = power
            mac.nb_trans = last["nb_trans"] or 1
        return command(
            "LinkADRAns", channel_mask_ack=int(mask_ok), data_rate_ack=int(rate_ok), power_ack=int(power_ok)
        )

    def _duty_cycle(self, values: Mapping[str, int], snr_db: float, at: float) -> MacCommand:
        """Section 5.3: all bands together at most 1 / 2^n of the time."""
        del snr_db, at
        self._mac.silence_factor = (1 << values["max_duty_cycle"]) - 1
        return command("DutyCycleAns")

    def _rx_param_setup(self, values: Mapping[str, int], snr_db: float, at: float) -> MacCommand:
        """Section 5.4: all three or none."""
        del snr_db, at
        mac = self._mac
        answer = {
            "channel_ack": int(mac.channels.tunable(values["frequency_hz"])),
            "rx2_data_rate_ack": int(mac.channels.knows_rate(values["rx2_data_rate"])),
            "rx1_dr_offset_ack": int(mac.channels.knows_offset(values["rx1_dr_offset"])),
        }
        if all(answer.values()):
            mac.rx2_frequency_hz = values["frequency_hz"]
            mac.rx2_rate = values["rx2_data_rate"]
            mac.rx1_dr_offset = values["rx1_dr_offset"]
        return command("RXParamSetupAns", **answer)

    def _dev_status(self, values: Mapping[str, int], snr_db: float, at: float) -> MacCommand:
        """Section 5.5: the battery, and how well this very request was heard."""
        del values, at
        share = self.battery()
        battery = BATTERY_UNKNOWN if share is None else max(1, min(254, round(1 + 253 * share)))
        margin = max(LEAST_MARGIN_DB, min(MOST_MARGIN_DB, round(snr_db)))
        return command("DevStatusAns", battery=battery, margin=margin)

    def _new_channel(self, values: Mapping[str, int], snr_db: float, at: float) -> MacCommand | None:
        """Section 5.6: regions with fixed channels do not know the command and say nothing."""
        del snr_db, at
        channels = self._mac.channels
        if channels.fixed:
            return None
        frequency_ok, rates_ok = channels.redefine(
            values["channel_index"],
            values["frequency_hz"],
            values["min_data_rate"],
            values["max_data_rate"],
        )
        return command(
            "NewChannelAns", channel_frequency_ack=int(frequency_ok), data_rate_range_ack=int(rates_ok)
        )

    def _rx_timing_setup(self, values: Mapping[str, int], snr_db: float, at: float) -> MacCommand:
        """Section 5.7: 0 means 1 s as well."""
        del snr_db, at
        self._mac.rx1_delay_s = float(values["delay"] or 1)
        return command("RXTimingSetupAns")

    def _tx_param_setup(self, values: Mapping[str, int], snr_db: float, at: float) -> MacCommand | None:
        """Section 5.8: regions without dwell times do not know the command."""
        del snr_db, at
        mac = self._mac
        known = mac.channels.limit(
            values["max_eirp"],
            uplink_dwell=bool(values["uplink_dwell_time"]),
            downlink_dwell=bool(values["downlink_dwell_time"]),
        )
        if not known:
            return None
        mac.data_rate = max(mac.data_rate, mac.channels.slowest)
        return command("TXParamSetupAns")

    def _dl_channel(self, values: Mapping[str, int], snr_db: float, at: float) -> MacCommand | None:
        """Section 5.9: where RX1 of a channel is."""
        del snr_db, at
        channels = self._mac.channels
        if channels.fixed:
            return None
        frequency_ok = channels.tunable(values["frequency_hz"])
        exists = channels.defined(values["channel_index"])
        if frequency_ok and exists:
            channels.move_downlink(values["channel_index"], values["frequency_hz"])
        return command(
            "DlChannelAns", channel_frequency_ack=int(frequency_ok), uplink_frequency_exists=int(exists)
        )

    def _link_check(self, values: Mapping[str, int], snr_db: float, at: float) -> None:
        """Section 5.1."""
        del snr_db, at
        self.link_check = (values["margin"], values["gateway_count"])

    def _device_time(self, values: Mapping[str, int], snr_db: float, at: float) -> None:
        """Section 5.10: the time at the end of the uplink that asked."""
        del snr_db, at
        self.network_time = values["gps_seconds"] + values["fraction_256"] / 256


OBEY: Final[dict[str, Callable[[Commands, Mapping[str, int], float, float], MacCommand | None]]] = {
    "LinkCheckAns": Commands._link_check,  # noqa: SLF001 - the class's own table
    "DutyCycleReq": Commands._duty_cycle,  # noqa: SLF001
    "RXParamSetupReq": Commands._rx_param_setup,  # noqa: SLF001
    "DevStatusReq": Commands._dev_status,  # noqa: SLF001
    "NewChannelReq": Commands._new_channel,  # noqa: SLF001
    "RXTimingSetupReq": Commands._rx_timing_setup,  # noqa: SLF001
    "TXParamSetupReq": Commands._tx_param_setup,  # noqa: SLF001
    "DlChannelReq": Commands._dl_channel,  # noqa: SLF001
    "DeviceTimeAns": Commands._device_time,  # noqa: SLF001
}
"""What is done for each command but LinkADRReq, which comes in blocks; the result is the answer."""


__all__ = ["OBEY", "STICKY", "UNCHANGED", "Commands"]
