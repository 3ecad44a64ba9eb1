"""WiFi as a device feels it: association, address by DHCP, signal, retries, drops.

Signal: log-distance path loss with log-normal shadowing per device (free-space loss at 1 m and 2.4 GHz is
40 dB). Retries: a frame is lost for good when all of its attempts fail; each attempt fails with a probability
that rises as the signal nears the sensitivity of the lowest data rate. Fading differs between attempts, so
its mean is all that matters, and one draw tells how many attempts a frame takes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from thingproof_sim.radio.interface import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_sim.kernel.streams import Stream

LOSS_AT_ONE_METRE_DB = 40.0
SENSITIVITY_DBM = -92.0
"""802.11n at 6.5 Mbit/s, typical of cheap modules."""
SOFT_EDGE_DB = 3.0
"""Width of the slope between all frames heard and none."""
FADING_DB = 2.0
"""Standard deviation of the fast fading."""
ATTEMPTS = 7
"""The standard's default limit of short retries."""
ATTEMPT_S = 0.002


@dataclass(frozen=True, slots=True)
class WifiPlan:
    """Where a device stands and how its network behaves.

    Attributes:
        distance_m: distance to the access point.
        power_dbm: transmit power.
        path_loss_exponent: 2 in the open, 3 to 4 through walls.
        shadowing_db: standard deviation of the shadowing.
        association_s: shortest and longest association.
        dhcp_s: shortest and longest wait for an address.
        drop_every_s: mean time between losses of the link; 0 for never.
        outage_s: shortest and longest time without the network after a loss.
    """

    distance_m: float = 8.0
    power_dbm: float = 17.0
    path_loss_exponent: float = 3.0
    shadowing_db: float = 4.0
    association_s: tuple[float, float] = (0.05, 0.3)
    dhcp_s: tuple[float, float] = (0.05, 0.5)
    drop_every_s: float = 0.0
    outage_s: tuple[float, float] = (1.0, 10.0)

    def radio(self, stream: Stream, now: Callable[[], float]) -> WifiRadio:
        """The radio of a device there; its signal does not change with time."""
        del now
        return WifiRadio(self, stream)


def attempt_loss(signal_dbm: float) -> float:
    """Probability that one transmission attempt fails, averaged over the fading, 0..1."""
    steps = [deviation / 4 for deviation in range(-12, 13)]
    weights = [math.exp(-step * step / 2) for step in steps]
    losses = [
        1 / (1 + math.exp((signal_dbm + FADING_DB * step - SENSITIVITY_DBM) / SOFT_EDGE_DB)) for step in steps
    ]
    return sum(map(float.__mul__, weights, losses)) / sum(weights)


class WifiRadio:
    """The radio of one device."""

    __slots__ = ("_plan", "_stream", "loss", "signal_dbm")

    def __init__(self, plan: WifiPlan, stream: Stream) -> None:
        self._plan = plan
        self._stream = stream
        loss = LOSS_AT_ONE_METRE_DB + 10 * plan.path_loss_exponent * math.log10(max(plan.distance_m, 1.0))
        self.signal_dbm = plan.power_dbm - loss + stream.gauss(0.0, plan.shadowing_db)
        self.loss = attempt_loss(self.signal_dbm)

    def levels(self) -> dict[str, float]:
        """Signal in dBm."""
        return {"signal_dbm": round(self.signal_dbm, 1)}

    def transmit(self) -> Outcome:
        """Send one frame with the standard's retries."""
        drawn, failed, attempts = self._stream.unit(), self.loss, 1
        while drawn < failed:  # the first n attempts all fail with probability loss ** n
            if attempts == ATTEMPTS:
                return Outcome(ATTEMPTS * ATTEMPT_S, "no signal")
            attempts += 1
            failed *= self.loss
        return Outcome(attempts * ATTEMPT_S)

    def associate(self) -> Outcome:
        """Join the network."""
        delay = self._stream.uniform(*self._plan.association_s)
        return Outcome(delay, self.transmit().cause)

    def address(self) -> Outcome:
        """Get an address by DHCP."""
        delay = self._stream.uniform(*self._plan.dhcp_s)
        return Outcome(delay, "no address" if self.transmit().cause else None)

    def time_to_drop(self) -> float | None:
        """Seconds until the link is lost by itself; None when it never is."""
        return self._stream.exponential(self._plan.drop_every_s) if self._plan.drop_every_s else None

    def drop(self) -> Outcome:
        """The link is lost by itself: why, and how long the network stays away."""
        return Outcome(self._stream.uniform(*self._plan.outage_s), "network lost")
