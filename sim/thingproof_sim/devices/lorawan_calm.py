"""The everyday uplink of a settled device, in one go.

Most of a network's life is devices that have joined, have nothing to answer, may send and send one
unconfirmed frame after the other. What the device, its MAC, the air and the server do then is the same every
time, and it is
done here without the detours that the other cases need: no object for the reading, no bytes, no timers.
Whatever is not everyday (a downlink, a queue, the duty cycle, an ADR question) takes the device's ordinary
way, which gives the same outcome; a test compares both.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from thingproof_sim.devices.lorawan_emission import Emission
from thingproof_sim.devices.lorawan_mac import ADR_ACK_LIMIT, DATA_OVERHEAD, WINDOW_SYMBOLS
from thingproof_sim.devices.lorawan_states import MacState
from thingproof_sim.lora_plan import DEFAULT_PORT
from thingproof_sim.radio.lora_airtime import airtime_s
from thingproof_sim.radio.lora_duty import HOUR_S

if TYPE_CHECKING:
    from thingproof_sim.devices.lorawan_device import LoraDevice

UNIT: Final = 2.0**-53
LISTEN_SYMBOLS: Final = 16
"""Two windows of eight symbols in which nothing comes, taken at the uplink's rate."""
LISTENING, SENDING = MacState.LISTENING, MacState.SENDING


class CalmUplinks:
    """A device as long as nothing unusual happens to it.

    Attributes:
        sent, delivered: uplinks since the device last took account.
    """

    __slots__ = (
        "accounts", "airtime_s", "channels", "count", "delivered", "device", "draws", "due", "emission",
        "heard",
        "index", "limits", "mac", "network", "period_s", "poisson", "radios", "sending", "sent",
        "server_device", "signal", "traffic", "transmission", "window_s", "world",
    )  # fmt: skip

    def __init__(self, device: LoraDevice, emission: Emission) -> None:
        world, mac, rate = device.world, device.mac, emission.rate
        self.device, self.world, self.mac = device, world, mac
        self.draws, self.traffic = mac.draws, device.traffic
        self.sent = self.delivered = 0
        self.sending = False
        self.due: float | None = None
        self.index = 0
        self.transmission = device.transmission
        self.channels = mac.channels.usable(rate.index)
        self.count = len(self.channels)
        self.accounts = [mac.channels.account(channel) for channel in self.channels]
        self.limits = [
            (account, account.duty * HOUR_S)
            for account in dict.fromkeys(self.accounts)
            if account is not None
        ]
        size = DATA_OVERHEAD + 1 + device.codec.size  # the frame before may have carried MAC commands
        self.airtime_s = airtime_s(size, rate.sf, rate.bandwidth_hz)
        self.signal = device.signal_of(rate, emission.power_dbm)
        self.heard = world.hearers(self.signal.clear)
        self.network = network = world.network
        self.radios = [network.radio(rate.index, channel.frequency_hz) for channel in self.channels]
        self.server_device = device.server_key
        self.period_s = device.plan.period_s
        self.poisson = device.plan.traffic == "poisson"
        rx2 = mac.channels.rate(mac.rx2_rate)
        self.window_s = WINDOW_SYMBOLS * rx2.symbol_s
        made = Emission(mac.session, DEFAULT_PORT, world.blank(device.codec.size), None)
        made.rate, made.channel, made.power_dbm = rate, emission.channel, emission.power_dbm
        made.adr = emission.adr
        made.size, made.airtime_s, made.attempt = size, self.airtime_s, 1
        self.emission = made

    def act(self, at: float) -> float | None:
        """A reading is due, or its frame has left; when the next of the two is."""
        if self.sending:
            return self._left(at)
        device, mac, emission, airtime = self.device, self.mac, self.emission, self.airtime_s
        if device.calm is not self:
            return device.wake(at)
        count = mac.adr_ack_count + 1
        if (
            at < mac.listen_until
            or at < mac.channels.free_s
            or (count >= ADR_ACK_LIMIT and emission.adr)
            or (self.limits and not self._affordable(at))
        ):
            device.uncalm()
            return device.wake(at)
        if self.poisson:
            due = at - self.period_s * math.log(1 - (self.traffic.bits() >> 11) * UNIT)
        else:
            due = device.next_due(at)
        self.index = index = self.draws.bits() * self.count >> 64
        emission.channel = channel = self.channels[index]
        end = at + airtime
        account = self.accounts[index]
        if account is not None:
            account.recent.append((end, airtime))
            account.used_s += airtime
            account.total_s += airtime
            account.free_s = mac.channels.free_s = at + airtime / account.duty
        emission.fcnt = mac.fcnt_up
        mac.fcnt_up += 1
        if emission.adr:
            mac.adr_ack_count = count
        mac.emission = device.emission = emission
        mac.state = SENDING
        self.sent += 1
        self.sending = True
        self.transmission = self.world.air.begin(self.signal, at, airtime, channel.frequency_hz)
        if due > end:
            self.due = due
        else:
            self.due = None
            self.world.clock.schedule(due, device.wake_action)
        return end

    def _affordable(self, at: float) -> bool:
        """Whether every sub-band's budget has room for a frame; what is an hour old has left it."""
        for account, budget in self.limits:
            if account.used_s + self.airtime_s > budget:
                account.forget(at - HOUR_S)
                if account.used_s + self.airtime_s > budget:
                    return False
        return True

    def _left(self, at: float) -> float | None:
        """The frame has left: the windows begin to count, the network hears it or not."""
        self.sending = False
        device, mac, transmission = self.device, self.mac, self.transmission
        mac.state = LISTENING
        mac.rx1_at = rx1 = at + mac.rx1_delay_s
        mac.rx2_at = rx2 = rx1 + 1.0
        mac.listen_until = rx2 + self.window_s
        assert transmission is not None
        heard = (
            self.heard
            if transmission.losses is None
            else self.world.hearers(self.world.air.end(transmission))
        )
        cause: str | None
        if heard:
            radio = self.radios[self.index]
            cause = self.network.take_calm(self.server_device, self.emission, radio, heard, at)
        else:
            cause = self.world.missed(transmission)
        if cause is None:
            self.delivered += 1
        else:
            self.world.lost_calm(device, self.emission.rate.sf, cause)
        if device.queue:
            device.later(mac.listen_until)
        if device.calm is not self:
            self.settle()
        return self.due

    def settle(self) -> None:
        """Put what was counted here into the accounts of device and world."""
        device, sent, delivered, emission = self.device, self.sent, self.delivered, self.emission
        self.sent = self.delivered = 0
        counters, power = device.counters, emission.power_dbm
        counters.readings += sent
        counters.frames += sent
        counters.delivered += delivered
        counters.airtime_s += sent * self.airtime_s
        counters.listen_s += sent * LISTEN_SYMBOLS * emission.rate.symbol_s
        device.air_s[power] = device.air_s.get(power, 0.0) + sent * self.airtime_s
        self.world.count_calm(emission.rate.sf, delivered)


__all__ = ["CalmUplinks"]
