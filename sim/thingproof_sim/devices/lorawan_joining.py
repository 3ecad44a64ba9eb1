"""Joining over the air: DevNonce as a counter, slower rates after failures, and the back-off of section 7.

Source: LoRaWAN L2 1.0.4, sections 6.2.5 (DevNonce), 6.2.6 (JoinNonce, keys) and 7: a device that keeps asking
transmits at most 36 s in the first hour, 36 s in the ten hours after it, then 8.7 s a day.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from thingproof_wire.errors import Malformed
from thingproof_wire.frames.lorawan import JoinRequest
from thingproof_wire.frames.lorawan_crypto import SessionKeys, derive_session_keys, open_join_accept

if TYPE_CHECKING:
    from thingproof_sim.devices.lorawan_states import MacSettings
    from thingproof_sim.kernel.streams import Stream
    from thingproof_wire.frames.lorawan import JoinAccept
    from thingproof_wire.frames.regions import Region

BACK_OFF: Final = ((3600.0, 0.01), (39_600.0, 0.001), (math.inf, 0.0001))
"""Seconds since the first request up to which a share of time may be spent on the air."""
SPREAD: Final = 0.5
"""A wait is longer by up to this share of itself, at random: devices that lost power together part."""
LEAST_WAIT_S: Final = 30.0
"""Random wait on top, so that short requests part too."""
TRIES_A_RATE: Final = 2
LAST_DEV_NONCE: Final = 0xFFFF


class Joining:
    """The join procedure of one device. What it counts survives power cycles."""

    __slots__ = ("_began", "_rates", "_settings", "attempts", "dev_nonce", "join_nonce", "retry_at")

    def __init__(self, settings: MacSettings, region: Region) -> None:
        self._settings = settings
        self._rates = _rates(settings.data_rate, region)
        self._began: float | None = None
        self.dev_nonce = -1
        """Of the last request."""
        self.join_nonce = -1
        """Of the last answer."""
        self.attempts = 0
        """Requests since the last answer."""
        self.retry_at = 0.0

    def data_rate(self) -> int:
        """Data rate of the next request: the device's own first, then slower ones, then from the start."""
        return self._rates[self.attempts // TRIES_A_RATE % len(self._rates)]

    def request(self) -> JoinRequest:
        """The next request; `sent` makes it count.

        Raises:
            Malformed: the device has used its 65 536 nonces up.
        """
        if self.dev_nonce >= LAST_DEV_NONCE:
            raise Malformed("65535 was the last one, the device needs a new JoinEUI", field="DevNonce")
        return JoinRequest(self._settings.join_eui, self._settings.dev_eui, self.dev_nonce + 1)

    def sent(self, at: float, airtime_s: float, draws: Stream) -> None:
        """A request is on the air: count it, and when the next one may follow."""
        if self._began is None:
            self._began = at
        self.dev_nonce += 1
        self.attempts += 1
        share = next(share for until, share in BACK_OFF if at - self._began < until)
        wait = airtime_s / share
        self.retry_at = at + wait + draws.uniform(0.0, SPREAD * wait + LEAST_WAIT_S)

    def accept(self, data: bytes, request: JoinRequest) -> tuple[JoinAccept, SessionKeys]:
        """The answer to a request, and the keys of the session that begins.

        Raises:
            WrongMic: not for this device.
            Malformed: a JoinNonce that was used before.
            WireError: no join accept.
        """
        accept = open_join_accept(data, self._settings.app_key)
        if accept.join_nonce <= self.join_nonce:
            raise Malformed(f"is {accept.join_nonce}, {self.join_nonce} was used before", field="JoinNonce")
        keys = derive_session_keys(
            self._settings.app_key,
            join_nonce=accept.join_nonce,
            net_id=accept.net_id,
            dev_nonce=request.dev_nonce,
        )
        self.join_nonce = accept.join_nonce
        self.attempts = 0
        self._began = None
        self.retry_at = 0.0
        return accept, keys


def _rates(first: int, region: Region) -> tuple[int, ...]:
    """Data rates of join requests in their order."""
    allowed = sorted(region.join_data_rates, reverse=True)
    slower = [rate for rate in allowed if rate <= first]
    faster = [rate for rate in allowed if rate > first]
    return tuple(slower + faster) or (first,)


__all__ = ["BACK_OFF", "Joining"]
