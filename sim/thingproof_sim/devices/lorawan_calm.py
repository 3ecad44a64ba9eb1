"""The everyday uplinks of a settled device, many in one go.

Most of a network's life is devices that have joined, have nothing to answer, may send and send one
unconfirmed frame after the other. What such a device decides (when, on which channel, within which duty
cycle) depends on nobody else, so it is decided for a stretch of frames at once, while everything it needs is
at hand; when a frame is due, it only goes on the air. What the network server makes of the frames that
nothing happened to is taken account of in one go as well.

Whatever is not everyday (a downlink, a queue, the duty cycle, an ADR question) takes the device's ordinary
way, which gives the same outcome; a test compares both. Whoever wants something of the device in the middle
of a stretch makes it forget what it has not sent yet (`catch_up`).
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final, TypeAlias

from thingproof_sim.devices.lorawan_mac import ADR_ACK_LIMIT, WINDOW_SYMBOLS
from thingproof_sim.devices.lorawan_settled import busy, everyday, key_of
from thingproof_sim.devices.lorawan_states import MacState
from thingproof_sim.gateways.server_model import SNR_HISTORY
from thingproof_sim.radio.lora_duty import HOUR_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thingproof_sim.devices.lorawan_device import LoraDevice
    from thingproof_sim.devices.lorawan_emission import Emission
    from thingproof_sim.radio.lora_air import Transmission
    from thingproof_sim.radio.lora_signal import Reception

Place: TypeAlias = "tuple[int, list[int]]"
Mark: TypeAlias = "tuple[Place, Place, list[tuple[float, float, float, int]], int, tuple[int, int, int, int]]"
"""Both streams, what was used of each sub-band, the beat, and counters."""

UNIT: Final = 2.0**-53
LISTEN_SYMBOLS: Final = 16
"""Two windows of eight symbols in which nothing comes, taken at the uplink's rate."""
ASK_AT: Final = SNR_HISTORY - 1
"""Uplinks after which the server looks at the signal with the next one."""
FCNT_REACH: Final = 0xF000
"""A server takes counters that are less than 2^16 ahead of the last one."""
BOUNDLESS: Final = 1_000_000
UNLIMITED: Final = float("-inf")
"""When a channel without a duty cycle is free."""
STRETCH: Final = 32
"""Frames that are decided at once, at most; eight cost one hash of random draws."""
LISTENING, SENDING = MacState.LISTENING, MacState.SENDING


class CalmUplinks:
    """A device as long as nothing unusual happens to it.

    What it counts and knows is its own until `catch_up`. What became of a frame is asked when the next one is
    due, unless the server has something to say: then at its end (`finish`).

    Attributes:
        tx: the frame whose outcome was not asked for yet.
        bands: by channel: place in `limits`, or the place after the last one.
        offs: by place: how long a sub-band is left alone from the start of a frame.
        ahead: what is decided but not sent, the next one last: (when the one after it is due, Hz).
        size: frames of the stretch, sent or not; everything else here is as after its last one.
        known: how many of them the server knows about.
        steady: whether the server has nothing to say to any of them, whoever hears them.
        pending: whether `finish` is on the agenda for `tx`.
        sent, delivered: uplinks since the device last took account.
    """

    __slots__ = (
        "adr", "afford", "ahead", "airtime_s", "bands", "before", "begin", "channels", "count", "delivered",
        "device", "draws", "emission", "end_s", "fcnt", "first_s", "frequencies", "heard", "index", "known",
        "late", "limits", "mac", "offs", "pending", "period_s", "plan_key", "poisson", "radios", "ready_s",
        "sent", "server", "server_device", "settled_for", "signal", "silent", "size", "steady", "traffic",
        "tx", "world",
    )  # fmt: skip

    def __init__(self, device: LoraDevice, emission: Emission) -> None:
        world, mac, rate = device.world, device.mac, emission.rate
        self.device, self.world, self.mac = device, world, mac
        self.plan_key = key_of(device, emission)
        self.draws, self.traffic = mac.draws, device.traffic
        self.sent = self.delivered = self.late = 0
        self.tx: Transmission | None = None
        self.ahead: list[tuple[float, int]] = []
        self.size = self.known = self.index = 0
        self.steady = self.pending = False
        self.settled_for: tuple[int, float] | None = None
        self.begin = world.air.begin
        self.channels = mac.channels.usable(rate.index)
        self.count = len(self.channels)
        self.frequencies = [channel.frequency_hz for channel in self.channels]
        accounts = [mac.channels.account(channel) for channel in self.channels]
        self.limits = [
            (account, account.duty * HOUR_S) for account in dict.fromkeys(accounts) if account is not None
        ]
        places = {account: place for place, (account, _) in enumerate(self.limits)}
        self.bands = [len(places) if account is None else places[account] for account in accounts]
        self.emission = everyday(device, emission)
        self.airtime_s = self.emission.airtime_s
        self.offs = [self.airtime_s / account.duty for account, _ in self.limits]
        self.offs.append(UNLIMITED)
        self.signal = device.signal_of(rate, emission.power_dbm)
        self.heard = self.signal.heard
        network = world.network
        self.server, self.server_device = network.server, device.server_key
        self.server_device.stirred = device.stirred
        self.radios = [network.radio(rate.index, channel.frequency_hz) for channel in self.channels]
        self.period_s = device.plan.period_s
        self.poisson = device.plan.traffic == "poisson"
        rx2 = mac.channels.rate(mac.rx2_rate)
        self.silent = mac.rx1_delay_s + 1.0 + WINDOW_SYMBOLS * rx2.symbol_s
        self.resume()

    def resume(self) -> None:
        """Take over from the MAC."""
        mac = self.mac
        self.fcnt = mac.fcnt_up
        self.adr = mac.adr_ack_count
        self.end_s = mac.rx1_at - mac.rx1_delay_s
        self.ready_s = mac.listen_until
        self.afford = self.size = self.known = 0

    def act(self, at: float) -> float | None:
        """A reading is due; when the next one is."""
        if self.ahead:
            tx = self.tx
            if tx is not None and tx.losses is not None:
                self._account()
            due, frequency_hz = self.ahead.pop()
            self.tx = self.begin(self.signal, at, self.airtime_s, frequency_hz)
            return due
        return self._decide(at)

    # -- deciding

    def _decide(self, at: float) -> float | None:
        """Nothing is decided for the reading that is due: send it and decide about the next ones."""
        device = self.device
        if device.calm is not self:
            return device.wake(at)
        if self.tx is not None:
            if at < self.end_s:
                self.watch()
            else:
                self._account()
                self.tx = None
        limit = 0 if at < self.ready_s else self._most(at)
        if limit > 0:
            self.before = self._mark()
            self.first_s = at
            self._stretch(at, limit)
        if not self.ahead:
            device.uncalm(at)
            return device.wake(at)
        due, frequency_hz = self.ahead.pop()
        self.tx = self.begin(self.signal, at, self.airtime_s, frequency_hz)
        if not self.steady:
            other = self.server_device
            if other.snr_count >= ASK_AT or busy(other):
                self.watch()
        return due

    def _most(self, at: float) -> int:
        """How many frames may be decided at once, the one that is due included; 0 for the ordinary way."""
        room = ADR_ACK_LIMIT - 1 - self.adr if self.emission.adr else STRETCH
        if room <= 0 or (self.afford <= 0 and not self._affordable(at)):
            return 0
        other = self.server_device
        self.steady = False
        if (
            not self.heard
            or busy(other)
            or self.emission.session is not other.twin
            or not other.enabled
            or not 0 <= self.fcnt - 1 - other.fcnt_up < FCNT_REACH
        ):
            return 1
        if self.emission.adr and not self._left_alone():
            room = min(room, ASK_AT - other.snr_count)
            if room <= 0:
                return 1
        self.steady = True
        return min(room, self.afford, STRETCH)

    def _left_alone(self) -> bool:
        """Whether the server changes neither rate nor power, whichever gateways hear the next frames."""
        other = self.server_device
        key = other.power_index, other.snr_best_db
        if self.settled_for != key:
            rate = self.emission.rate.index
            strengths = {one.snr_db for one in self.heard} | {other.snr_best_db}
            if not self.server.content(other, rate, strengths):
                return False
            self.settled_for = key
        return True

    def _stretch(self, at: float, limit: int) -> None:
        """Decide about the frame at a moment and those after it, as long as they are everyday ones."""
        count, bands, offs, frequencies = self.count, self.bands, self.offs, self.frequencies
        airtime, period_s, poisson = self.airtime_s, self.period_s, self.poisson
        clear = airtime + self.silent
        accounts = [account for account, _ in self.limits]
        free = [account.free_s for account in accounts]
        free.append(UNLIMITED)
        recent = [account.recent for account in accounts]
        recent.append([])
        before = [len(frames) for frames in recent]
        choices = self.draws.take(limit)
        waits = self.traffic.take(limit) if poisson else choices
        stretch: list[tuple[float, int]] = []
        start, used = at, 0
        for choice, wait in zip(choices, waits):  # noqa: B905 - they are as long, and the check costs time
            index = choice * count >> 64
            band = bands[index]
            if free[band] > at:
                index = self._free(index, free, at)
                if index < 0:
                    break
                band = bands[index]
            start, used = at, index
            free[band] = at + offs[band]
            recent[band].append((at + airtime, airtime))
            due = at - period_s * log(1 - (wait >> 11) * UNIT) if poisson else self.device.next_due(at)
            stretch.append((due, frequencies[index]))
            if due < at + clear:
                break
            at = due
        done = len(stretch)
        if done < limit:
            self.draws.unread(choices[done:])
            if poisson:
                self.traffic.unread(waits[done:])
        for band, account in enumerate(accounts):
            account.spent(len(recent[band]) - before[band], airtime, free[band])
        if done:
            self.index = used
            self.end_s = start + airtime
            self.ready_s = self.end_s + self.silent
        self.afford -= done
        self.fcnt += done
        self.adr += done
        self.sent += done
        self.size, self.known = done, 0
        stretch.reverse()
        self.ahead = stretch

    def _free(self, first: int, free: list[float], at: float) -> int:
        """The next channel whose sub-band the duty cycle leaves free at a moment; -1 when none is."""
        for step in range(1, self.count):
            index = (first + step) % self.count
            if free[self.bands[index]] <= at:
                return index
        return -1

    def _affordable(self, at: float) -> bool:
        """Whether every sub-band's budget has room; for how many frames it surely has."""
        room = BOUNDLESS
        for account, budget in self.limits:
            account.forget(at - HOUR_S)
            room = min(room, int((budget - account.used_s) / self.airtime_s))
        self.afford = room
        return room > 0

    def _mark(self) -> Mark:
        """Everything that a stretch changes."""
        return (
            self.traffic.mark(),
            self.draws.mark(),
            [(one.used_s, one.total_s, one.free_s, len(one.recent)) for one, _ in self.limits],
            self.device.beat,
            (self.afford, self.fcnt, self.adr, self.sent),
        )

    def _forget(self) -> None:
        """Take back what is decided but not sent: decide again, about so many frames as were sent."""
        sent, known = self.size - len(self.ahead), self.known
        traffic, draws, accounts, self.device.beat, counts = self.before
        self.traffic.back(traffic)
        self.draws.back(draws)
        for (account, _), (used_s, total_s, free_s, length) in zip(self.limits, accounts, strict=True):
            account.used_s, account.total_s, account.free_s = used_s, total_s, free_s
            del account.recent[length:]
        self.afford, self.fcnt, self.adr, self.sent = counts
        self._stretch(self.first_s, sent)
        self.ahead = []
        self.known = known

    # -- what became of it

    def watch(self) -> None:
        """The outcome of the frame on the air matters at its end."""
        if not self.pending:
            self.pending = True
            self.world.clock.schedule(self.end_s, self.finish)

    def finish(self, at: float) -> None:
        """The frame has left, and the server may answer it."""
        self.pending = False
        if self.tx is None or at < self.end_s:
            return
        self._account()
        self.tx = None
        device = self.device
        if device.calm is not self:
            self.tell(at)
            self.settle()
            if device.queue:
                device.later(self.mac.listen_until)

    def _account(self) -> None:
        """What became of the frames that were sent, the last one included, which is over."""
        transmission = self.tx
        assert transmission is not None
        sent = self.size - len(self.ahead)
        heard = self.heard if transmission.losses is None else transmission.hearers()
        if self.steady and transmission.losses is None:
            self._reached(sent - self.known, self.heard)
        else:
            self._reached(sent - 1 - self.known, self.heard)
            if not heard:
                self.world.lost_calm(self.device, self.emission.rate.sf, self.world.missed(transmission))
            elif self.steady:
                self._reached(1, heard)
            else:
                self._looked_at(heard)
        self.known = sent

    def _reached(self, count: int, heard: Sequence[Reception]) -> None:
        """The server has got so many everyday frames more."""
        if count > 0:
            self.known += count
            fcnt = self.fcnt - 1 - self.size + self.known
            self.server.heard_often(self.server_device, self.emission, fcnt, count, heard)
            self.delivered += count

    def _looked_at(self, heard: Sequence[Reception]) -> None:
        """A frame to which the server may have something to say; it is the last one."""
        emission, index = self.emission, self.index
        emission.fcnt, emission.channel = self.fcnt - 1, self.channels[index]
        cause = self.server.heard_clear(
            self.server_device, emission.session, emission, self.radios[index], heard, self.end_s
        )
        if cause is None:
            self.delivered += 1
        else:
            self.world.lost_calm(self.device, emission.rate.sf, cause)

    # -- taking account

    def catch_up(self, at: float) -> None:
        """Somebody looks at the device or wants something of it now."""
        if self.ahead:
            self._forget()
        if self.tx is not None:
            if at < self.end_s:
                self._reached(self.size - 1 - self.known, self.heard)
                self.steady = False
                self.watch()
            else:
                self._account()
                self.tx = None
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
        mac.emission = self.device.emission = emission
        mac.rx1_at = self.end_s + mac.rx1_delay_s
        mac.rx2_at = mac.rx1_at + 1.0
        mac.listen_until = self.end_s + self.silent
        mac.state = SENDING if at < self.end_s else LISTENING

    def settle(self) -> None:
        """Put what was counted here into the accounts of device and world."""
        device, sent, delivered, emission = self.device, self.sent, self.delivered, self.emission
        self.sent = self.delivered = 0
        listened = sent + self.late
        self.late = int(self.tx is not None)  # its windows come
        counters, power = device.counters, emission.power_dbm
        counters.readings += sent
        counters.frames += sent
        counters.delivered += delivered
        counters.airtime_s += sent * self.airtime_s
        counters.listen_s += (listened - self.late) * LISTEN_SYMBOLS * emission.rate.symbol_s
        device.air_s[power] = device.air_s.get(power, 0.0) + sent * self.airtime_s
        self.world.count_calm(emission.rate.sf, delivered)


__all__ = ["LISTEN_SYMBOLS", "CalmUplinks"]
