"""One LoRaWAN device: it measures, queues readings, drives its MAC and keeps account of every reading.

Its events: a reading is due, a frame has left, and the MAC may go on.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from thingproof_sim.devices import behaviours
from thingproof_sim.devices.lorawan_calm import LISTEN_SYMBOLS, CalmUplinks
from thingproof_sim.devices.lorawan_mac import ACKNOWLEDGE_S, LorawanMac
from thingproof_sim.devices.lorawan_reading import DELIVERED, LOST, LoraCounters, Reading, what_holds
from thingproof_sim.devices.lorawan_settled import key_of, settled
from thingproof_sim.devices.lorawan_states import Done, MacState, Window
from thingproof_sim.kernel.blocks import BlockStream
from thingproof_sim.kernel.ledger import LedgerEntry
from thingproof_sim.kernel.streams import Stream
from thingproof_sim.lora_plan import DEFAULT_PORT
from thingproof_wire.errors import WireError

if TYPE_CHECKING:
    from thingproof_sim.devices.lorawan_channels import DataRate
    from thingproof_sim.devices.lorawan_emission import Emission
    from thingproof_sim.devices.lorawan_states import Downlink, MacSettings
    from thingproof_sim.lora_plan import LoraDevicePlan
    from thingproof_sim.lora_world import LoraWorld
    from thingproof_sim.radio.lora_air import Transmission
    from thingproof_sim.radio.lora_signal import Antenna, Signal
    from thingproof_wire.frames.regions import Region
    from thingproof_wire.payloads.gizwits_product import Value
    from thingproof_wire.payloads.lora_points import PointsCodec

TOO_LONG: Final = "too long for the data rate"
AWAY_DBM: Final = -200.0
"""What a device out of reach seems to radiate."""
NEVER: Final = math.inf


class LoraDevice:
    """One device.

    Args:
        plan: its part of the fleet.
        settings: who it is, for its MAC.
        region: regional parameters.
        antenna: its place in the air.
        codec: of its product.
        world: everything around it.
    """

    __slots__ = (
        "_behaviour_streams", "_first", "_last_calm", "_pump", "_sent", "_signals", "air_s", "antenna",
        "away", "beat", "calm", "codec", "corrupting", "counters", "emission", "mac", "name", "plan",
        "pump_at", "queue", "received", "sent", "server_key", "settings", "traffic", "transmission",
        "values", "wake_action", "world",
    )  # fmt: skip

    def __init__(
        self,
        plan: LoraDevicePlan,
        settings: MacSettings,
        *,
        region: Region,
        antenna: Antenna,
        codec: PointsCodec,
        world: LoraWorld,
    ) -> None:
        self.plan = plan
        self.name = plan.name
        self.settings = settings
        self.antenna = antenna
        self.codec = codec
        self.world = world
        seed = world.seed
        self.traffic = BlockStream(seed, f"{plan.name}/traffic")
        self._behaviour_streams = [
            Stream(seed, f"{plan.name}/behaviour/{row.datapoint}") for row in plan.behaviours
        ]
        self.mac = LorawanMac(settings, region, BlockStream(seed, f"{plan.name}/mac"), self)
        self.values: dict[str, Value] = {
            row.name: behaviours.first_value(row) for row in codec.product.datapoints
        }
        self.values.update(plan.values)
        self.queue: deque[Reading] = deque()
        self.counters = LoraCounters()
        self.air_s: dict[float, float] = {}
        """Seconds on the air by power in dBm."""
        self.emission: Emission | None = None
        self.transmission: Transmission | None = None
        self.away = False
        """Out of reach of everything, by order."""
        self.corrupting = False
        """A bit of every frame is flipped, by order."""
        self.received: deque[Downlink] = deque(maxlen=world.kept)
        self.sent: deque[Reading] = deque(maxlen=world.kept)
        self.server_key: Any = None
        self._signals: dict[tuple[int, int, float], Signal] = {}
        self.beat = 0
        """Readings of a periodic device so far."""
        self._first = 0.0
        self.pump_at = NEVER
        self.wake_action, self._sent, self._pump = self.wake, self.left, self.go_on
        self.calm: CalmUplinks | None = None
        self._last_calm: CalmUplinks | None = None

    # -- life

    def power_on(self, at: float) -> None:
        """Begin to join and to measure."""
        self.mac.power_on()
        self.world.note(at, self.name, "power on", None)
        self._first = at
        if self.plan.period_s > 0:
            self.world.clock.schedule(self.next_due(at), self.wake_action)
        self.go_on(at)

    def power_off(self, at: float) -> None:
        """Stop; readings that wait stay where they are."""
        self.mac.power_off(at)

    def next_due(self, at: float) -> float:
        """The next reading: at random with the mean of the period, or at every period with some jitter."""
        plan = self.plan
        if plan.traffic == "poisson":
            return at + self.traffic.exponential(plan.period_s)
        self.beat += 1
        due = self._first + self.beat * plan.period_s
        if plan.jitter:
            due += plan.period_s * plan.jitter * self.traffic.uniform(-1.0, 1.0)
        return max(due, at)

    # -- readings

    def wake(self, at: float) -> float | None:
        """A reading is due; when the next one is."""
        if self.mac.state is MacState.OFF:
            return None
        calm = self.calm
        if calm is not None:
            self.world.clock.schedule(at, calm.act)  # from now on it is called instead of this
            return None
        due = self.next_due(at)
        self.measure(at)
        return due

    def measure(self, at: float) -> None:
        """Take a reading of everything and send it as soon as the MAC may."""
        if self.world.measures:
            for index, row in enumerate(self.plan.behaviours):
                datapoint = self.codec.product.datapoint(row.datapoint)
                self.values[row.datapoint] = behaviours.step(
                    row, datapoint, self.values, at, self._behaviour_streams[index]
                )
            payload = self.codec.encode(self.values)
        else:
            payload = self.world.blank(self.codec.size)
        self.send(payload, DEFAULT_PORT, self.plan.confirmed, at)

    def send(self, payload: bytes, port: int, confirmed: bool, at: float) -> Reading:
        """Queue a message; the oldest one that waits makes room when there are too many."""
        counters = self.counters
        counters.readings += 1
        reading = Reading(counters.readings, at, payload, port, confirmed)
        world = self.world
        if world.keeps:
            values = dict(self.values) if port == DEFAULT_PORT else {}
            reading.entry = LedgerEntry(at, self.name, "report", values, payload.hex(), "queued")
            world.ledger.note(reading.entry)
            self.sent.append(reading)
        queue = self.queue
        queue.append(reading)
        if len(queue) > self.plan.queue_limit:
            self.lose(queue.popleft(), what_holds(self.mac, at), at)
        if self.mac.state is MacState.IDLE or self.pump_at == NEVER:
            self.go_on(at)
        return reading

    def lose(self, reading: Reading, cause: str, at: float, kind: str | None = None) -> None:
        """A reading is lost for good."""
        if reading.outcome in (DELIVERED, LOST):
            return
        reading.outcome, reading.cause = LOST, cause
        self.counters.lost += 1
        self.world.lost(self, reading, cause, kind or cause, at)

    def delivered(self, reading: Reading, at: float) -> None:
        """The network server has it."""
        if reading.outcome in (DELIVERED, LOST):
            return
        reading.outcome = DELIVERED
        self.counters.delivered += 1
        self.world.arrived(self, reading, at)

    def accepted(self, fcnt: int, at: float) -> None:
        """A network server far away has taken the message with that counter."""
        reading = next((one for one in reversed(self.sent) if one.fcnt == fcnt), None)
        if reading is not None:
            self.delivered(reading, at)

    def dropped(self, transmitted: int, cause: str, at: float) -> None:
        """A network server far away has dropped the message with those lower 16 bits of its counter."""
        sent = (one for one in reversed(self.sent) if one.fcnt >= 0 and one.fcnt & 0xFFFF == transmitted)
        reading = next(sent, None)
        if reading is not None and self.mac.tries_left <= 0:
            self.lose(reading, cause, at, self.world.kind(cause))

    # -- driving the MAC

    def later(self, at: float) -> None:
        """Go on at a moment, unless something is planned before."""
        if at < self.pump_at:
            self.pump_at = at
            self.world.clock.schedule(at, self._pump)

    def go_on(self, at: float) -> None:
        """Do what is next: wait for the windows, join, repeat, send what is queued."""
        if at >= self.pump_at:
            self.pump_at = NEVER
        mac = self.mac
        state = mac.state
        if state is MacState.LISTENING:
            if at < mac.listen_until:
                self.later(mac.listen_until)
                return
            mac.close_windows(at)
            state = mac.state
        if state is MacState.IDLE:
            self._begin(at)
        elif state is MacState.WAITING:
            if at < mac.retry_at:
                self.later(mac.retry_at)
                return
            self._transmit(mac.repeat(at), at)

    def _begin(self, at: float) -> None:
        """Begin an exchange, if there is a reason."""
        mac = self.mac
        if not mac.joined:
            self._transmit(mac.join(at), at)
            return
        queue = self.queue
        sign = False
        while queue and len(queue[0].payload) > mac.most_payload():
            self.lose(queue.popleft(), TOO_LONG, at)
            sign = mac.settings.adr  # without any uplink the network would never give a faster rate
        if queue:
            reading = queue[0]
            emission = mac.uplink(
                reading.port, reading.payload, confirmed=reading.confirmed, token=reading, at=at
            )
            if emission is not None and emission.token is reading:
                queue.popleft()
                reading.fcnt = emission.fcnt
                reading.outcome = "sent"
            self._transmit(emission, at)
        elif sign or mac.wants_to_send:
            self._transmit(mac.uplink(None, b"", confirmed=False, token=None, at=at), at)

    def _transmit(self, emission: Emission | None, at: float) -> None:
        """Put a frame on the air, or wait until the MAC may."""
        mac = self.mac
        if emission is None:
            if mac.blocked_until < NEVER:
                self.later(mac.blocked_until)
            return
        airtime, rate = emission.airtime_s, emission.rate
        power = AWAY_DBM if self.away else emission.power_dbm
        signal = self.signal_of(rate, power)
        world = self.world
        counters = self.counters
        counters.frames += 1
        counters.airtime_s += airtime
        self.air_s[power] = self.air_s.get(power, 0.0) + airtime
        self.emission = emission
        self.transmission = world.air.begin(signal, at, airtime, emission.channel.frequency_hz)
        world.clock.schedule(at + airtime, self._sent)

    def signal_of(self, rate: DataRate, power_dbm: float) -> Signal:
        """What gateways get of it with these settings."""
        key = (rate.sf, rate.bandwidth_hz, power_dbm)
        signal = self._signals.get(key)
        if signal is None:
            signal = self._signals[key] = self.antenna.signal(*key)
        return signal

    def left(self, at: float) -> None:
        """The frame has left: the windows begin to count, the network hears it or not."""
        emission, transmission, mac = self.emission, self.transmission, self.mac
        assert emission is not None
        assert transmission is not None
        mac.sent(at)
        self.counters.listen_s += LISTEN_SYMBOLS * emission.rate.symbol_s
        cause = self.world.uplink(self, emission, transmission, at)
        reading = emission.token
        if reading is not None:
            assert isinstance(reading, Reading)
            if cause is None:
                self.delivered(reading, at)
            elif mac.tries_left <= 0 and cause != self.world.open:
                self.lose(reading, cause, at, self.world.kind(cause))
        if self.queue or mac.tries_left > 0 or emission.confirmed or emission.join is not None:
            self.later(mac.listen_until)
        elif self.world.quick and reading is not None and settled(self):
            self._calm_down(emission)

    def _calm_down(self, emission: Emission) -> None:
        """The short way from here on; what is needed for it stays the same most of the time."""
        calm = self._last_calm
        if calm is None or calm.pending or calm.plan_key != key_of(self, emission):
            calm = self._last_calm = CalmUplinks(self, emission)
        else:
            calm.resume()
        self.calm = calm

    def uncalm(self, at: float) -> None:
        """Something unusual: the ordinary way from here on."""
        calm, self.calm = self.calm, None
        if calm is not None:
            calm.catch_up(at)
            if calm.tx is None:
                calm.settle()

    def catch_up(self, at: float) -> None:
        """Somebody looks at the MAC, or wants something of the device."""
        if self.calm is not None:
            self.calm.catch_up(at)

    def stirred(self) -> None:
        """The network server is asked to do something with the device now."""
        self.catch_up(self.world.clock.now())

    def settle(self, at: float) -> None:
        """Take account of everything so far."""
        if self.calm is not None:
            self.calm.catch_up(at)
            self.calm.settle()

    def receiving(self, at: float, until: float) -> None:
        """A downlink begins that may be for it: its receiver stays open until the end."""
        self.uncalm(at)
        self.mac.receiving(until)

    def heard(self, data: bytes, window: Window, snr_db: float, at: float) -> None:
        """A downlink was received; an acknowledgement or the next reading follows soon."""
        mac = self.mac
        self.uncalm(at)
        mac.hear(data, window, snr_db, at)
        emission = self.emission
        if not (self.queue or mac.wants_to_send):
            if (
                self.world.quick
                and mac.state is MacState.IDLE
                and emission is not None
                and emission.join is None
                and settled(self)
            ):
                self._calm_down(emission)
        elif mac.state is MacState.IDLE:
            self.later(at + self.traffic.uniform(*ACKNOWLEDGE_S))
        elif mac.state is MacState.LISTENING and window is Window.CLASS_C:
            self.later(max(at + self.traffic.uniform(*ACKNOWLEDGE_S), mac.listen_until))

    # -- what the MAC tells

    def mac_joined(self, at: float) -> None:
        """There is a session."""
        self.counters.joins += 1
        self.world.joined(self, at)

    def mac_done(self, emission: Emission, how: Done, at: float) -> None:
        """An uplink's exchange is over."""
        reading = emission.token
        if how is Done.ACKNOWLEDGED:
            self.counters.acknowledged += 1
        if isinstance(reading, Reading) and how is Done.STOPPED:
            self.lose(reading, str(how), at)

    def mac_downlink(self, downlink: Downlink) -> None:
        """A downlink for the application: datapoints of the product are obeyed."""
        self.counters.downlinks += 1
        self.received.append(downlink)
        cause = None
        values: dict[str, Value] = {}
        try:
            values = self.codec.decode(downlink.payload)
            self.values.update(values)
        except WireError as error:
            cause = str(error)
        self.world.took(self, downlink, values, cause)

    def mac_refused(self, cause: str, data: bytes, at: float) -> None:
        """A frame that cannot be used."""
        self.world.refused(self, cause, data, at)


__all__ = ["DELIVERED", "LOST", "LoraCounters", "LoraDevice", "Reading"]
