"""The everyday uplink of a settled device, in one go.

Most of a network's life is devices that have joined, have nothing to answer, may send and send one
unconfirmed frame after the other. What the device, its MAC, the air and the server do then is the same every
time, and it is
done here without the detours that the other cases need: no object for the reading, no bytes, no timers.
Whatever is not everyday (a downlink, a queue, the duty cycle, an ADR question) takes the device's ordinary
way, which gives the same outcome; a test compares both.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final

from thingproof_sim.devices.lorawan_emission import Emission
from thingproof_sim.devices.lorawan_mac import ADR_ACK_LIMIT, DATA_OVERHEAD, NEVER, WINDOW_SYMBOLS
from thingproof_sim.devices.lorawan_states import MacState
from thingproof_sim.gateways.server_model import SNR_HISTORY
from thingproof_sim.lora_plan import DEFAULT_PORT
from thingproof_sim.radio.lora_airtime import airtime_s
from thingproof_sim.radio.lora_duty import HOUR_S

if TYPE_CHECKING:
    from thingproof_sim.devices.lorawan_device import LoraDevice
    from thingproof_sim.radio.lora_air import Transmission

UNIT: Final = 2.0**-53
LISTEN_SYMBOLS: Final = 16
"""Two windows of eight symbols in which nothing comes, taken at the uplink's rate."""
ASK_AT: Final = SNR_HISTORY - 1
"""Uplinks after which the server looks at the signal with the next one."""
BOUNDLESS: Final = 1_000_000
LISTENING, SENDING = MacState.LISTENING, MacState.SENDING


class CalmUplinks:
    """A device as long as nothing unusual happens to it.

    What it counts and knows is its own until `catch_up` or `leave` tell the MAC. What became of a frame is
    asked
    when the next one is due, unless the server has something to say: then at its end (`finish`).

    Attributes:
        tx: the frame whose outcome was not asked for yet.
        pending: whether `finish` is on the agenda for it.
        sent, delivered: uplinks since the device last took account.
    """

    __slots__ = (
        "accounts", "adr", "afford", "airtime_s", "begin", "channels", "count", "delivered", "device",
        "draws", "emission", "end_s", "fcnt", "free_s", "heard", "index", "limits", "mac", "pending",
        "period_s", "plan_key", "poisson", "radios", "ready_s", "sent", "server", "server_device",
        "signal", "silent", "traffic", "tx", "world",
    )  # fmt: skip

    def __init__(self, device: LoraDevice, emission: Emission) -> None:
        world, mac, rate = device.world, device.mac, emission.rate
        self.device, self.world, self.mac = device, world, mac
        self.plan_key = key_of(device, emission)
        self.draws, self.traffic = mac.draws, device.traffic
        self.sent = self.delivered = 0
        self.tx: Transmission | None = None
        self.pending = False
        self.index = 0
        self.begin = world.air.begin
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
        network = world.network
        self.server, self.server_device = network.server, device.server_key
        self.radios = [network.radio(rate.index, channel.frequency_hz) for channel in self.channels]
        self.period_s = device.plan.period_s
        self.poisson = device.plan.traffic == "poisson"
        rx2 = mac.channels.rate(mac.rx2_rate)
        self.silent = mac.rx1_delay_s + 1.0 + WINDOW_SYMBOLS * rx2.symbol_s
        made = Emission(mac.session, DEFAULT_PORT, world.blank(device.codec.size), None)
        made.rate, made.channel, made.power_dbm = rate, emission.channel, emission.power_dbm
        made.adr = emission.adr
        made.size, made.airtime_s, made.attempt = size, self.airtime_s, 1
        self.emission = made
        self.resume()

    def resume(self) -> None:
        """Take over from the MAC."""
        mac = self.mac
        self.fcnt = mac.fcnt_up
        self.adr = mac.adr_ack_count
        self.free_s = mac.channels.free_s
        self.end_s = mac.rx1_at - mac.rx1_delay_s
        self.ready_s = max(mac.listen_until, self.free_s)
        self.afford = 0

    def act(self, at: float) -> float | None:
        """A reading is due; when the next one is."""
        device = self.device
        if device.calm is not self:
            return device.wake(at)
        if self.tx is not None:
            if at < self.end_s:
                self.watch()
            else:
                self._settle_last()
        if (
            at < self.ready_s
            or self.adr >= ADR_ACK_LIMIT - 1
            or (self.afford <= 0 and not self._affordable(at))
        ):
            device.uncalm(at)
            return device.wake(at)
        if self.poisson:
            due = at - self.period_s * log(1 - (self.traffic.bits() >> 11) * UNIT)
        else:
            due = device.next_due(at)
        self.index = index = self.draws.bits() * self.count >> 64
        airtime = self.airtime_s
        self.end_s = end = at + airtime
        self.ready_s = ready = end + self.silent
        account = self.accounts[index]
        if account is not None:
            account.recent.append((end, airtime))
            account.used_s += airtime
            account.total_s += airtime
            account.free_s = self.free_s = free = at + airtime / account.duty
            if free > ready:
                self.ready_s = free
        self.afford -= 1
        self.fcnt += 1
        self.adr += 1
        self.sent += 1
        self.tx = self.begin(self.signal, at, airtime, self.channels[index].frequency_hz)
        other = self.server_device
        if (
            other.snr_count >= ASK_AT
            or other.waiting
            or other.requests
            or other.unacknowledged
            or other.answers
        ):
            self.watch()
        return due

    def watch(self) -> None:
        """The outcome of the frame on the air matters at its end."""
        if not self.pending:
            self.pending = True
            self.world.clock.schedule(self.end_s, self.finish)

    def _affordable(self, at: float) -> bool:
        """Whether every sub-band's budget has room; for how many frames it surely has."""
        room = BOUNDLESS
        for account, budget in self.limits:
            account.forget(at - HOUR_S)
            room = min(room, int((budget - account.used_s) / self.airtime_s))
        self.afford = room
        return room > 0

    def finish(self, at: float) -> None:
        """The frame has left, and the server may answer it."""
        self.pending = False
        if self.tx is None or at < self.end_s:
            return
        self._settle_last()
        device = self.device
        if device.calm is not self:
            self.tell(at)
            self.settle()
            if device.queue:
                device.later(self.mac.listen_until)

    def _settle_last(self) -> None:
        """What became of the last frame: who heard it, whether the server took it."""
        transmission, self.tx = self.tx, None
        assert transmission is not None
        world, at = self.world, self.end_s
        heard = self.heard if transmission.losses is None else world.hearers(world.air.end(transmission))
        cause: str | None = None
        if heard:
            other, radio, fcnt = self.server_device, self.radios[self.index], self.fcnt - 1
            emission = self.emission
            if not self.server.heard_calm(other, emission, fcnt, radio, heard, at):
                emission.fcnt = fcnt
                emission.channel = self.channels[self.index]
                cause = self.server.heard_clear(other, emission.session, emission, radio, heard, at)
        else:
            cause = world.missed(transmission)
        if cause is None:
            self.delivered += 1
        else:
            world.lost_calm(self.device, self.emission.rate.sf, cause)

    def catch_up(self, at: float) -> None:
        """Somebody looks at the device or wants something of it now."""
        if self.tx is not None:
            if at < self.end_s:
                self.watch()
            else:
                self._settle_last()
        self.tell(at)

    def tell(self, at: float) -> None:
        """The MAC learns what has happened."""
        mac, emission = self.mac, self.emission
        if mac.fcnt_up >= self.fcnt:
            if mac.emission is emission and mac.fcnt_up == self.fcnt:
                mac.state = SENDING if at < self.end_s else LISTENING
            return  # nothing else has, or the MAC has gone on since
        emission.fcnt = self.fcnt - 1
        emission.channel = self.channels[self.index]
        mac.fcnt_up = self.fcnt
        if emission.adr:
            mac.adr_ack_count = self.adr
        mac.channels.free_s = self.free_s
        mac.emission = self.device.emission = emission
        mac.rx1_at = self.end_s + mac.rx1_delay_s
        mac.rx2_at = mac.rx1_at + 1.0
        mac.listen_until = self.end_s + self.silent
        mac.state = SENDING if at < self.end_s else LISTENING

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


def key_of(device: LoraDevice, emission: Emission) -> tuple[object, ...]:
    """What must be the same for a device to be calm in the same way again."""
    mac = device.mac
    return (
        mac.session,
        emission.rate.index,
        emission.power_dbm,
        emission.adr,
        mac.channels.usable(emission.rate.index),
        mac.rx1_delay_s,
        mac.rx2_rate,
    )


def settled(device: LoraDevice) -> bool:
    """Whether nothing but everyday uplinks is to be expected of a device."""
    plan, mac, emission = device.plan, device.mac, device.emission
    return (
        emission is not None
        and plan.period_s > 0
        and mac.nb_trans == 1
        and mac.adr_ack_count < ADR_ACK_LIMIT - 1
        and emission.rate.index == mac.data_rate
        and device.codec.size <= mac.most_payload()
        and not (mac.commands.any or mac.wants_to_send or mac.silence_factor)
        and not (device.away or device.corrupting or plan.confirmed or plan.behaviours)
        and device.pump_at == NEVER
    )


__all__ = ["CalmUplinks", "key_of", "settled"]
