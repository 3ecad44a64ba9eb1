"""The air of a LoRaWAN: who transmits when, and which gateway hears it; the event engine.

Everything about a transmission is known when it begins, so that is when frames are marked as lost; lists are
cleared of what ended only when somebody looks at them.

A gateway's demodulation path is taken at the start of every frame it could read and freed at its end, whether
the frame survives or not. A gateway that transmits hears nothing and gives up what it was receiving.
"""

from __future__ import annotations

import math
from heapq import heapreplace
from typing import TYPE_CHECKING

from thingproof_sim.radio.lora_collision import (
    GATEWAY_BUSY,
    HALF_DUPLEX,
    HEARD,
    OUT_OF_RANGE,
    channels_overlap,
    overpowered,
    spare_preamble_s,
    touches,
)
from thingproof_sim.radio.lora_link import LORASIM, SENSITIVITY_DBM, PathLoss, Position, noise_floor_dbm
from thingproof_sim.radio.lora_signal import (
    NEEDED_DB,
    Antenna,
    Channel,
    GatewayRadio,
    Reception,
    Signal,
    link_gain_db,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class GatewayTransmitting(ValueError):
    """A gateway was told to transmit while it transmits."""


class Transmission:
    """A frame on the air from a device.

    Attributes:
        number: the frames of an air are numbered from 1 in order of start.
        losses: outcomes by gateway index where something went wrong; None when nothing did.
    """

    __slots__ = ("end_s", "frequency_hz", "losses", "number", "payload", "signal", "start_s")

    def __init__(  # noqa: PLR0917 - one for each frame, and keywords cost time
        self, number: int, signal: Signal, start_s: float, end_s: float, frequency_hz: int, payload: bytes
    ) -> None:
        self.number = number
        self.signal = signal
        self.start_s = start_s
        self.end_s = end_s
        self.frequency_hz = frequency_hz
        self.payload = payload
        self.losses: dict[int, int] | None = None

    def heard(self) -> bool:
        """Whether at least one gateway heard it; asked at its end or later."""
        losses = self.losses
        if losses is None:
            return bool(self.signal.indices)
        return any(index not in losses for index in self.signal.indices)

    def hearers(self) -> tuple[Reception, ...]:
        """The gateways that heard it, best first; asked at its end or later."""
        losses = self.losses
        if losses is None:
            return self.signal.heard
        return tuple(one for one in self.signal.heard if one.gateway not in losses)


class Downlink:
    """A frame on the air from a gateway."""

    __slots__ = (
        "bandwidth_hz", "critical_s", "end_s", "frequency_hz", "gateway", "number", "payload", "power_dbm",
        "rivals", "sf", "start_s",
    )  # fmt: skip

    def __init__(
        self,
        number: int,
        gateway: int,
        start_s: float,
        end_s: float,
        frequency_hz: int,
        *,
        sf: int,
        bandwidth_hz: int,
        power_dbm: float,
        payload: bytes,
    ) -> None:
        self.number = number
        self.gateway = gateway
        self.start_s = start_s
        self.end_s = end_s
        self.critical_s = start_s + spare_preamble_s(sf, bandwidth_hz)
        self.frequency_hz = frequency_hz
        self.sf = sf
        self.bandwidth_hz = bandwidth_hz
        self.power_dbm = power_dbm
        self.payload = payload
        self.rivals: list[Downlink] = []


class LoraAir:
    """All transmissions around some gateways.

    Args:
        gateways: each belongs to one air.
        path_loss: how signals fade with distance.
        seed: of the shadowing.
    """

    def __init__(
        self, gateways: Iterable[GatewayRadio], path_loss: PathLoss = LORASIM, seed: int = 0
    ) -> None:
        self.gateways = tuple(gateways)
        for index, gateway in enumerate(self.gateways):
            gateway.index = index
        self.path_loss = path_loss
        self.frames = 0
        """Transmissions so far."""
        self._seed = seed
        self._channels: dict[int, dict[int, Channel]] = {}
        self._downlinks: list[Downlink] = []

    def antenna(self, name: str, position: Position, gain_dbi: float = 0.0) -> Antenna:
        """Put a device's antenna somewhere. Its name seeds the shadowing of its links."""
        gains = tuple(
            gain_dbi + link_gain_db(self.path_loss, self._seed, name, position, gateway)
            for gateway in self.gateways
        )
        return Antenna(self, name, position, gains)

    def channels_of(self, bandwidth_hz: int) -> dict[int, Channel]:
        """The channels of a bandwidth by frequency; it grows as they are used."""
        return self._channels.setdefault(bandwidth_hz, {})

    def begin(
        self, signal: Signal, start_s: float, duration_s: float, frequency_hz: int, payload: bytes = b""
    ) -> Transmission:
        """A device starts to transmit. Calls come in order of time.

        Args:
            signal: from the device's antenna.
            start_s: now.
            duration_s: time on air.
            frequency_hz: centre of the channel.
            payload: the frame's bytes.
        """
        self.frames = number = self.frames + 1
        end_s = start_s + duration_s
        transmission = Transmission(number, signal, start_s, end_s, frequency_hz, payload)
        for gateway in signal.reached:
            busy = gateway.busy_until
            if busy[0] <= start_s:
                heapreplace(busy, end_s)
            else:
                deaf = gateway.deaf_until_s > start_s
                mark(transmission, gateway.index, HALF_DUPLEX if deaf else GATEWAY_BUSY)
        try:
            channel = signal.channels[frequency_hz]
        except KeyError:
            channel = self._open(frequency_hz, signal)
        if channel.busy_until_s > start_s:
            meet(transmission, channel)
            channel.ongoing.append(transmission)
            channel.busy_until_s = max(channel.busy_until_s, end_s)
        else:
            channel.ongoing = [transmission]
            channel.busy_until_s = end_s
        if channel.neighbours:
            for neighbour in channel.neighbours:
                meet(transmission, neighbour)
        return transmission

    def end(self, transmission: Transmission) -> Sequence[Reception]:
        """What each gateway made of a transmission, by index; asked at its end or later. Do not change it."""
        losses = transmission.losses
        return transmission.signal.clear if losses is None else transmission.signal.marred(losses)

    def silence(self) -> None:
        """Begin again with the same devices and gateways: nothing is on the air, frames count from 1."""
        self.frames = 0
        self._downlinks.clear()
        for gateway in self.gateways:
            gateway.release(-math.inf)
        for channels in self._channels.values():
            for channel in channels.values():
                channel.ongoing.clear()
                channel.busy_until_s = -math.inf

    def _open(self, frequency_hz: int, signal: Signal) -> Channel:
        """A channel is used for the first time."""
        channel = signal.channels[frequency_hz] = Channel(frequency_hz, signal.bandwidth_hz)
        for channels in self._channels.values():
            for other in channels.values():
                if other is not channel and channels_overlap(
                    frequency_hz, signal.bandwidth_hz, other.frequency_hz, other.bandwidth_hz
                ):
                    channel.neighbours.append(other)
                    other.neighbours.append(channel)
        return channel

    def begin_downlink(
        self,
        gateway: int,
        start_s: float,
        duration_s: float,
        frequency_hz: int,
        *,
        sf: int,
        bandwidth_hz: int,
        power_dbm: float,
        payload: bytes = b"",
    ) -> Downlink:
        """A gateway starts to transmit; it gives up what it is receiving.

        Args:
            gateway: index.
            start_s: now.
            duration_s: time on air.
            frequency_hz: centre of the channel.
            sf: spreading factor 7..12.
            bandwidth_hz: 125 000, 250 000 or 500 000.
            power_dbm: conducted power.
            payload: the frame's bytes.

        Raises:
            GatewayTransmitting: it does already.
        """
        radio = self.gateways[gateway]
        if radio.deaf_until_s > start_s:
            raise GatewayTransmitting(
                f"gateway {radio.name} transmits until {radio.deaf_until_s:.6f} s: send at that time or later"
            )
        self.frames += 1
        end_s = start_s + duration_s
        downlink = Downlink(
            self.frames,
            gateway,
            start_s,
            end_s,
            frequency_hz,
            sf=sf,
            bandwidth_hz=bandwidth_hz,
            power_dbm=power_dbm,
            payload=payload,
        )
        radio.release(end_s)
        self._interrupt(gateway, start_s)
        self._downlinks = [other for other in self._downlinks if other.end_s > start_s]
        for other in self._downlinks:
            if channels_overlap(frequency_hz, bandwidth_hz, other.frequency_hz, other.bandwidth_hz):
                other.rivals.append(downlink)
                downlink.rivals.append(other)
        self._downlinks.append(downlink)
        return downlink

    def _interrupt(self, gateway: int, now: float) -> None:
        for channels in self._channels.values():
            for channel in channels.values():
                for other in channel.ongoing:
                    if other.end_s <= now or gateway not in other.signal.indices:
                        continue
                    losses = other.losses
                    if losses is None:
                        other.losses = {gateway: HALF_DUPLEX}
                    elif losses.get(gateway) != GATEWAY_BUSY or other.start_s >= now:
                        losses[gateway] = HALF_DUPLEX

    def heard_by(self, antenna: Antenna, downlink: Downlink) -> Reception:
        """What a device made of a downlink it listened to all the time; asked at its end or later."""
        gains = antenna.gain_db
        power = downlink.power_dbm + gains[downlink.gateway]
        outcome = HEARD
        if power < SENSITIVITY_DBM[downlink.sf, downlink.bandwidth_hz]:
            outcome = OUT_OF_RANGE
        else:
            for rival in downlink.rivals:
                needed = NEEDED_DB[downlink.sf][rival.sf]
                if touches(downlink.critical_s, downlink.end_s, rival.start_s, rival.end_s) and overpowered(
                    power, rival.power_dbm + gains[rival.gateway], needed
                ):
                    outcome = rival.number
                    break
        return Reception(downlink.gateway, outcome, power, power - noise_floor_dbm(downlink.bandwidth_hz))


def mark(transmission: Transmission, gateway: int, outcome: int) -> None:
    """Note why a gateway loses a frame; of several that destroy it the one that started first."""
    losses = transmission.losses
    if losses is None:
        transmission.losses = {gateway: outcome}
    elif outcome < losses.get(gateway, outcome + 1):
        losses[gateway] = outcome


def meet(new: Transmission, channel: Channel) -> None:
    """A transmission begins while others are under way: who destroys whom, and at which gateways.

    The rules are `touches` and `overpowered`, written out: this is the innermost loop.
    """
    start_s, end_s, signal = new.start_s, new.end_s, new.signal
    critical_s = start_s + signal.spare_s
    powers, sf = signal.rssi_dbm, signal.sf
    ended = False
    for other in channel.ongoing:
        other_end_s = other.end_s
        if other_end_s <= start_s:
            ended = True
            continue
        other_signal = other.signal
        other_powers = other_signal.rssi_dbm
        if other_end_s > critical_s:
            needed = signal.needed_db[other_signal.sf]
            for index in signal.indices:
                if powers[index] - other_powers[index] < needed:
                    mark(new, index, other.number)
        if end_s > other.start_s + other_signal.spare_s:
            needed = other_signal.needed_db[sf]
            for index in other_signal.indices:
                if other_powers[index] - powers[index] < needed:
                    mark(other, index, new.number)
    if ended:
        channel.ongoing = [other for other in channel.ongoing if other.end_s > start_s]
