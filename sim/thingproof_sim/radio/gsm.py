"""GSM with GPRS as a device feels it: slow registration, a signal that drifts, access delays, drops.

Signal: median path loss of Okumura and Hata for 900 MHz, a base station antenna 30 m high and a device at
1.5 m (ITU-R P.529), a loss through walls, log-normal shadowing per device, and a slow drift (first-order
autoregressive, so that it depends on the time between two looks and not on how often somebody looks).
Frames: a device that was silent first asks for a radio resource, then sends its blocks in rounds that repeat
what the network did not get (RLC acknowledged mode, 3GPP TS 44.060); the chance of a round to fail rises as
the signal nears the reference sensitivity of 3GPP TS 45.005.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from thingproof_sim.radio.interface import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_sim.kernel.streams import Stream

FREQUENCY_MHZ: Final = 900.0
BASE_HEIGHT_M: Final = 30.0
DEVICE_HEIGHT_M: Final = 1.5
SENSITIVITY_DBM: Final = -102.0
"""Reference sensitivity of a small GSM 900 device (3GPP TS 45.005, section 6.2)."""
SOFT_EDGE_DB: Final = 2.0
"""Width of the slope between all blocks heard and none."""
ROUND_S: Final = 0.12
"""A round of blocks with its acknowledgement."""
ROUNDS: Final = 8
"""Rounds without an answer after which the resource is lost."""
HOLD_S: Final = 1.5
"""How long the network keeps an idle device's resource."""
CSQ_UNKNOWN: Final = 99

TERRAINS: Final = ("urban", "suburban", "open")


@dataclass(frozen=True, slots=True)
class GsmPlan:
    """Where a device stands and how its network behaves.

    Attributes:
        distance_km: distance to the base station, 0.1 to 35.
        terrain: urban, suburban or open.
        power_dbm: what the base station radiates, antenna gain included.
        indoor_loss_db: loss through the walls around the device.
        shadowing_db: standard deviation of the shadowing.
        drift_db: standard deviation of the drift around the device's mean.
        drift_s: time after which the drift has mostly forgotten where it was.
        registration_s: shortest and longest search for a cell with registration.
        attach_s: shortest and longest GPRS attach.
        pdp_s: shortest and longest activation of a PDP context.
        access_s: shortest and longest wait for a radio resource.
        refusal: probability that the network refuses an attach, 0..1.
        drop_every_s: mean time between losses of the link; 0 for never.
        outage_s: shortest and longest time without the network after a loss.
    """

    distance_km: float = 1.5
    terrain: str = "suburban"
    power_dbm: float = 55.0
    indoor_loss_db: float = 12.0
    shadowing_db: float = 6.0
    drift_db: float = 2.5
    drift_s: float = 300.0
    registration_s: tuple[float, float] = (2.0, 12.0)
    attach_s: tuple[float, float] = (1.0, 5.0)
    pdp_s: tuple[float, float] = (0.8, 3.0)
    access_s: tuple[float, float] = (0.3, 0.9)
    refusal: float = 0.01
    drop_every_s: float = 14_400.0
    outage_s: tuple[float, float] = (10.0, 120.0)

    def radio(self, stream: Stream, now: Callable[[], float]) -> GsmRadio:
        """The radio of a device there."""
        return GsmRadio(self, stream, now)


def path_loss_db(distance_km: float, terrain: str) -> float:
    """Median loss between antennas (ITU-R P.529, equation 1, with its corrections for the terrain)."""
    frequency, base = math.log10(FREQUENCY_MHZ), math.log10(BASE_HEIGHT_M)
    device = (1.1 * frequency - 0.7) * DEVICE_HEIGHT_M - (1.56 * frequency - 0.8)
    loss = 69.55 + 26.16 * frequency - 13.82 * base - device
    loss += (44.9 - 6.55 * base) * math.log10(max(distance_km, 0.02))
    if terrain == "suburban":
        loss -= 2 * math.log10(FREQUENCY_MHZ / 28) ** 2 + 5.4
    elif terrain == "open":
        loss -= 4.78 * frequency**2 - 18.33 * frequency + 40.94
    return loss


def round_loss(signal_dbm: float) -> float:
    """Probability that one round of blocks fails, 0..1."""
    return 1 / (1 + math.exp(min((signal_dbm - SENSITIVITY_DBM) / SOFT_EDGE_DB, 500.0)))


def csq(signal_dbm: float | None) -> int:
    """Signal as AT+CSQ tells it: 0 (-113 dBm or less) to 31 (-51 dBm or more), 99 when there is none.

    Source: 3GPP TS 27.007, section 8.5.
    """
    if signal_dbm is None:
        return CSQ_UNKNOWN
    return min(31, max(0, round((signal_dbm + 113) / 2)))


class GsmRadio:
    """The radio of one device."""

    __slots__ = ("_drift", "_looked", "_mean", "_now", "_plan", "_resource_until", "_stream")

    def __init__(self, plan: GsmPlan, stream: Stream, now: Callable[[], float]) -> None:
        self._plan = plan
        self._stream = stream
        self._now = now
        loss = path_loss_db(plan.distance_km, plan.terrain) + plan.indoor_loss_db
        self._mean = plan.power_dbm - loss + stream.gauss(0.0, plan.shadowing_db)
        self._drift = stream.gauss(0.0, plan.drift_db)
        self._looked = now()
        self._resource_until = -math.inf

    @property
    def signal_dbm(self) -> float:
        """The signal now; the drift goes on from where it was at the last look."""
        now = self._now()
        passed = now - self._looked
        if passed > 0:
            kept = math.exp(-passed / self._plan.drift_s)
            spread = self._plan.drift_db * math.sqrt(1 - kept * kept)
            self._drift = self._drift * kept + self._stream.gauss(0.0, spread)
            self._looked = now
        return self._mean + self._drift

    def levels(self) -> dict[str, float]:
        """Signal in dBm and as AT+CSQ tells it."""
        signal = self.signal_dbm
        return {"signal_dbm": round(signal, 1), "csq": csq(signal)}

    def transmit(self) -> Outcome:
        """Send one frame: get a radio resource unless there is one, then as many rounds as it takes."""
        now = self._now()
        start = max(now, self._resource_until - HOLD_S)
        access = self._stream.uniform(*self._plan.access_s) if now > self._resource_until else 0.0
        loss = round_loss(self.signal_dbm)
        drawn, failed, rounds = self._stream.unit(), loss, 1
        while drawn < failed and rounds < ROUNDS:  # the first n rounds all fail with probability loss ** n
            rounds += 1
            failed *= loss
        delay = access + rounds * ROUND_S
        if drawn < failed:
            self._resource_until = -math.inf
            return Outcome(delay, "no signal")
        self._resource_until = start + delay + HOLD_S
        return Outcome(delay)

    def associate(self) -> Outcome:
        """Find a cell, register, attach to GPRS."""
        plan, stream = self._plan, self._stream
        self._resource_until = -math.inf
        if self.signal_dbm < SENSITIVITY_DBM:
            return Outcome(plan.registration_s[1], "no service")
        delay = stream.uniform(*plan.registration_s) + stream.uniform(*plan.attach_s)
        return Outcome(delay, "attach refused" if stream.chance(plan.refusal) else None)

    def address(self) -> Outcome:
        """Activate a PDP context."""
        delay = self._stream.uniform(*self._plan.pdp_s)
        return Outcome(delay, "no PDP context" if self.transmit().cause else None)

    def time_to_drop(self) -> float | None:
        """Seconds until the link is lost by itself; None when it never is."""
        return self._stream.exponential(self._plan.drop_every_s) if self._plan.drop_every_s else None

    def drop(self) -> Outcome:
        """The link is lost by itself: why, and how long the network stays away."""
        return Outcome(self._stream.uniform(*self._plan.outage_s), "network lost")
