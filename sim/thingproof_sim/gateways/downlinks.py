"""Downlinks of a network server: what goes into a frame, which window and gateway take it, what became of it.

A class A device listens twice after its uplink; a class C device always. Each gateway has a duty cycle and
sends one frame at a time. An order that a gateway refuses (`TX_ACK` with an error) goes to the next gateway,
then to the next window.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, TypeAlias

from thingproof_sim.gateways.server_model import HeardBy, Radio, ServerDevice, TxOrder
from thingproof_sim.radio.lora_airtime import airtime_s
from thingproof_wire.frames.lorawan import DataFrame, MType

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Hashable, Iterator, Sequence

    from thingproof_sim.gateways.server_model import DownlinkRequest, ServerPort
    from thingproof_sim.gateways.server_region import ServerRegion
    from thingproof_sim.radio.lora_duty import DutyCycle

WAITING, SENT = -1, -2
"""Results of a downlink under way: waits for the device, waits for its acknowledgement."""
DONE: Final = 0
EXPIRED, UNKNOWN_DEVICE, TOO_LONG, UNACKNOWLEDGED, MALFORMED, REFUSED = 1, 2, 3, 4, 5, 6
"""Results of a downlink that failed."""
CLASS_C_S: Final = 0.1
"""How far ahead of now a class C frame is sent."""
CLASS_C_RETRY_S: Final = 8.0
"""How long the server waits for a class C device's acknowledgement (RP002: RECEIVE_CONFIRMED, 8 s)."""
BLOCKED_RETRY_S: Final = 10.0
GAP_S: Final = 0.001
"""Between two frames of a gateway."""
MAX_FOPTS: Final = 15

Way: TypeAlias = "tuple[HeardBy | None, Hashable, Radio, float, int]"
"""Copy that is answered, gateway, how and when it is sent (seconds), microseconds after the uplink."""


@dataclass(slots=True)
class GatewayTime:
    """When a gateway sends: what it may still send, what it was told to, seconds on the air so far."""

    duty: DutyCycle
    airtime_s: float = 0.0
    busy: list[tuple[float, float]] = field(default_factory=list)

    def free(self, start: float, end: float) -> bool:
        """Whether nothing else is sent then."""
        return all(end + GAP_S <= begin or start >= until + GAP_S for begin, until in self.busy)

    def take(self, start: float, end: float) -> None:
        """Something will be sent then; what ended long before is forgotten."""
        self.airtime_s += end - start
        self.busy = [entry for entry in self.busy if entry[1] > start - 10]
        self.busy.append((start, end))


@dataclass(slots=True)
class Attempt:
    """A frame on its way to a device.

    Attributes:
        ways: windows and gateways that are left, best first.
    """

    device: ServerDevice
    data: bytes
    request: DownlinkRequest | None
    ways: list[Way]
    order: TxOrder | None = None


@dataclass(slots=True)
class Content:
    """What one frame would carry."""

    frame: DataFrame
    request: DownlinkRequest | None
    answers: int


class Downlinks:
    """The sending half of a network server.

    Args:
        region: how devices listen.
        port: where orders and results go.
        counters: of the server.
    """

    def __init__(self, region: ServerRegion, port: ServerPort, counters: Counter[str]) -> None:
        self._region = region
        self._port = port
        self._counters = counters
        self._gateways: dict[Hashable, GatewayTime] = {}
        self._attempts: dict[int, Attempt] = {}
        self._timers: list[tuple[float, int, ServerDevice]] = []
        self._token = 0
        self._now = 0.0

    def gateway(self, key: Hashable) -> GatewayTime:
        """What is known of a gateway's time."""
        found = self._gateways.get(key)
        if found is None:
            found = self._gateways[key] = GatewayTime(self._region.duty())
        return found

    def gateway_airtimes_s(self) -> list[float]:
        """Seconds on the air of each gateway that ever sent something."""
        return [gateway.airtime_s for gateway in self._gateways.values()]

    # -- requests

    def request(self, device: ServerDevice, request: DownlinkRequest, at: float) -> None:
        """An application wants something sent."""
        if len(request.payload) > self._region.longest:
            self._port.result(
                request.data_id, TOO_LONG, f"{len(request.payload)} bytes, at most {self._region.longest} fit"
            )
            return
        device.waiting.append(request)
        self._port.result(request.data_id, WAITING, "waiting for the device")
        if request.expires_at is not None:
            self._arm(request.expires_at, device)
        if device.device_class == "C":
            self.send_class_c(device, at)

    def forget(self, device: ServerDevice, status: int, message: str) -> None:
        """Nothing that waits for a device will be sent any more."""
        for request in (*device.waiting, *([device.unacknowledged] if device.unacknowledged else [])):
            self._port.result(request.data_id, status, message)
        device.waiting.clear()
        device.unacknowledged = None

    def _arm(self, due: float, device: ServerDevice) -> None:
        self._token += 1
        heappush(self._timers, (due, self._token, device))

    def next_due(self) -> float | None:
        """When something expires or is tried again; None for never."""
        return self._timers[0][0] if self._timers else None

    def tick(self, at: float) -> None:
        """Time has passed: expire what is too old, try class C again."""
        self._now = at
        while self._timers and self._timers[0][0] <= at:
            device = heappop(self._timers)[2]
            self._expire(device, at)
            if device.device_class == "C" and device.blocked_until <= at:
                self._class_c_again(device, at)

    def _expire(self, device: ServerDevice, at: float) -> None:
        for request in list(device.waiting):
            if request.expires_at is not None and request.expires_at <= at:
                device.waiting.remove(request)
                self._counters["downlinks_expired"] += 1
                self._port.result(request.data_id, EXPIRED, "expired before the device could be reached")
        held = device.unacknowledged
        if held is not None and held.expires_at is not None and held.expires_at <= at:
            device.unacknowledged = None
            self._counters["downlinks_expired"] += 1
            self._port.result(held.data_id, EXPIRED, "expired before it was acknowledged")

    def _class_c_again(self, device: ServerDevice, at: float) -> None:
        if device.unacknowledged is not None:
            self.unanswered(device)
        if device.waiting:
            self.send_class_c(device, at)

    # -- acknowledgements

    def acknowledged(self, device: ServerDevice) -> None:
        """The device has the last confirmed downlink."""
        request, device.unacknowledged = device.unacknowledged, None
        if request is not None:
            self._counters["downlinks_acknowledged"] += 1
            self._port.result(request.data_id, DONE, "acknowledged")

    def unanswered(self, device: ServerDevice) -> None:
        """The device was heard without an acknowledgement, or not at all: once more, or never."""
        request, device.unacknowledged = device.unacknowledged, None
        if request is None:
            return
        if request.sent < request.tries:
            device.waiting.appendleft(request)
            return
        self._counters["downlinks_unacknowledged"] += 1
        self._port.result(request.data_id, UNACKNOWLEDGED, f"no acknowledgement after {request.sent} tries")

    # -- sending

    def answer(
        self,
        device: ServerDevice,
        radio: Radio,
        copies: Sequence[HeardBy],
        at: float,
        *,
        sign: bool = False,
    ) -> None:
        """Class A: send what there is in RX1 or RX2 of an uplink that ended at a moment.

        With `sign` the device hears from the network even if there is nothing to say (ADRACKReq).
        """
        if device.session is None:
            return
        first, second = self._windows(device, radio, copies, at, device.rx1_delay_s)
        ways = [*first, *second]
        content = self._content(device, ways[0][2].data_rate, sign=sign)
        if content is None or (content.request is None and device.waiting):
            roomy = self._content(device, second[0][2].data_rate, sign=sign)
            if roomy is not None and (content is None or roomy.request is not None):
                content, ways = roomy, second
        if content is not None:
            self._send(device, content, ways)

    def accept(
        self, device: ServerDevice, data: bytes, radio: Radio, copies: Sequence[HeardBy], at: float
    ) -> None:
        """Answer a join request, with the windows of the region and without offset."""
        first, second = self._windows(None, radio, copies, at, self._region.join_delay_s)
        self._try(Attempt(device, data, None, [*first, *second]))

    def send_class_c(self, device: ServerDevice, at: float) -> None:
        """Class C: send now, by the gateway that heard the device best."""
        if device.session is None or device.last is None or device.unacknowledged is not None:
            return
        copies = device.last
        radio = self._region.rx2(device)
        content = self._content(device, radio.data_rate)
        if content is None:
            return
        ways: list[Way] = [(None, copy.gateway, radio, at + CLASS_C_S, 0) for copy in copies]
        self._send(device, content, ways)
        if device.waiting or device.unacknowledged is not None:
            wait = CLASS_C_RETRY_S if device.unacknowledged is not None else BLOCKED_RETRY_S
            device.blocked_until = at + wait
            self._arm(at + wait, device)

    def _windows(
        self, device: ServerDevice | None, radio: Radio, copies: Sequence[HeardBy], at: float, delay_s: float
    ) -> tuple[list[Way], list[Way]]:
        """The ways through RX1 and through RX2, best gateway first; RX1 has none where it is no LoRa."""
        delay_us = round(delay_s * 1e6)
        rx1 = self._region.rx1(radio, device)
        rx2 = self._region.rx2(device)
        first: list[Way] = (
            [] if rx1 is None else [(copy, copy.gateway, rx1, at + delay_s, delay_us) for copy in copies]
        )
        second: list[Way] = [
            (copy, copy.gateway, rx2, at + delay_s + 1.0, delay_us + 1_000_000) for copy in copies
        ]
        return first, second

    def _content(self, device: ServerDevice, data_rate: int, *, sign: bool = False) -> Content | None:
        """The frame that a device needs now and that fits; None when it needs none."""
        room = self._region.max_payload(data_rate, device)
        session = device.session
        assert session is not None, "who is answered has a session"
        commands = [*device.answers, *device.requests.values()]
        fopts = b""
        for command in commands:
            if len(fopts) + len(command) > min(MAX_FOPTS, room):
                break
            fopts += command
        request = self._fitting(device, room - len(fopts))
        if request is None and not fopts and not device.ack_due and not sign:
            return None
        frame = DataFrame(
            MType.CONFIRMED_DOWN if request is not None and request.confirmed else MType.UNCONFIRMED_DOWN,
            session.dev_addr,
            device.fcnt_down,
            None if request is None else request.port,
            b"" if request is None else request.payload,
            fopts,
            ack=device.ack_due,
            f_pending=len(device.waiting) > (request is not None),
        )
        return Content(frame, request, len(device.answers))

    def _fitting(self, device: ServerDevice, room: int) -> DownlinkRequest | None:
        """The oldest request, if it fits; they are sent in their order."""
        if not device.waiting or device.unacknowledged is not None:
            return None
        request = device.waiting[0]
        return request if len(request.payload) <= room else None

    def _send(
        self,
        device: ServerDevice,
        content: Content,
        ways: list[Way],
    ) -> None:
        """Seal the frame; the device counts as answered unless every way is closed."""
        assert device.session is not None, "who is answered has a session"
        data = device.session.seal(content.frame)
        request = content.request
        if request is not None:
            device.waiting.popleft()
            request.fcnt = content.frame.fcnt
        attempt = Attempt(device, data, request, ways)
        if self._try(attempt):
            device.fcnt_down += 1
            device.ack_due = False
            device.answers = []
        elif request is not None:
            device.waiting.appendleft(request)

    def _try(self, attempt: Attempt) -> bool:
        """Give the frame to the next gateway that may send it; False when none is left."""
        data, region = attempt.data, self._region
        while attempt.ways:
            copy, key, radio, start, delay_us = attempt.ways.pop(0)
            airtime = airtime_s(len(data), radio.sf, radio.bandwidth_hz, crc=False)
            gateway = self.gateway(key)
            if gateway.duty.wait_s(start, radio.frequency_hz, airtime) > 0:
                self._counters["downlinks_held_by_duty_cycle"] += 1
                continue
            if not gateway.free(start, start + airtime):
                self._counters["downlinks_held_by_busy_gateway"] += 1
                continue
            self._token += 1
            power = region.downlink_power_dbm(radio.frequency_hz)
            order = TxOrder(self._token, key, copy, start, delay_us, radio, power, data, airtime)
            attempt.order = order
            self._attempts[order.token] = attempt
            error = self._port.transmit(order)
            if error is None:
                return True
            if self.transmitted(order.token, error, again=False):
                return True
        self._counters["downlinks_without_gateway"] += 1
        return False

    def transmitted(self, token: int, error: str, *, again: bool = True) -> bool:
        """A gateway's answer to an order: empty or NONE when it will send it.

        Returns:
            Whether the frame is on its way, by this gateway or another one.
        """
        attempt = self._attempts.pop(token, None)
        if attempt is None or attempt.order is None:
            return False
        order = attempt.order
        if error in ("", "NONE"):
            gateway = self.gateway(order.gateway)
            gateway.take(order.start_s, order.start_s + order.airtime_s)
            gateway.duty.spend(order.start_s, order.radio.frequency_hz, order.airtime_s)
            self._counters["downlinks"] += 1
            self._on_its_way(attempt)
            return True
        self._counters[f"downlinks_refused_{error.lower()}"] += 1
        if not again:
            return False
        if self._try(attempt):
            return True
        if attempt.request is not None:
            attempt.device.waiting.appendleft(attempt.request)
        return False

    def _on_its_way(self, attempt: Attempt) -> None:
        request = attempt.request
        if request is None:
            return
        request.sent += 1
        if request.confirmed:
            attempt.device.unacknowledged = request
            self._port.result(request.data_id, SENT, "sent, waiting for the acknowledgement")
        else:
            self._port.result(request.data_id, DONE, "sent")

    def pending(self, device: ServerDevice) -> Iterator[str]:
        """Names of the downlinks that are not done yet."""
        if device.unacknowledged is not None:
            yield device.unacknowledged.data_id
        for request in device.waiting:
            yield request.data_id


__all__ = [
    "DONE",
    "EXPIRED",
    "MALFORMED",
    "REFUSED",
    "SENT",
    "TOO_LONG",
    "UNACKNOWLEDGED",
    "UNKNOWN_DEVICE",
    "WAITING",
    "Downlinks",
]
