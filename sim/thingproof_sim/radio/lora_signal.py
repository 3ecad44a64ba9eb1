"""What devices send, as gateways get it: antennas, links, strengths and the answers of the air.

What one device sends with one spreading factor and power reaches every gateway with the same strength:
that is a `Signal`, computed once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from thingproof_sim.radio.lora_airtime import PREAMBLE
from thingproof_sim.radio.lora_collision import (
    CAPTURE_DB,
    GATEWAY_BUSY,
    HALF_DUPLEX,
    HEARD,
    OUT_OF_RANGE,
    cause_text,
    rejection_db,
    spare_preamble_s,
)
from thingproof_sim.radio.lora_link import (
    SENSITIVITY_DBM,
    PathLoss,
    Position,
    noise_floor_dbm,
    shadowing_db,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thingproof_sim.radio.lora_air import Transmission

PATHS: Final = 8
"""Demodulation paths of an SX1301 gateway."""
STRONGEST_DBM: Final = 36.0
"""More than any region lets a device or gateway radiate."""
FAINTEST_DBM: Final = min(SENSITIVITY_DBM.values()) - CAPTURE_DB
"""Signals below this neither are read nor disturb one that is."""
RARE: Final = 5.0
"""Shadowing beyond so many standard deviations is not looked for."""
NOTHING: Final = float("-inf")

NEEDED_DB: Final = {sf: {other: rejection_db(sf, other) for other in range(7, 13)} for sf in range(7, 13)}
"""Least signal-to-interference ratio by own spreading factor and that of the interferer."""


class Reception(NamedTuple):
    """What one gateway, or a device, made of a transmission.

    Attributes:
        gateway: index of the gateway; for a downlink of the one that sent it.
        outcome: 0 heard, a positive number: lost by the frame of that number, else a constant of
            `lora_collision`.
        rssi_dbm: strength at the receiver; minus infinity when nothing arrives.
        snr_db: the same above the noise.
    """

    gateway: int
    outcome: int
    rssi_dbm: float
    snr_db: float

    @property
    def heard(self) -> bool:
        """Whether it was read."""
        return self.outcome == HEARD

    @property
    def cause(self) -> str | None:
        """Why it was lost, as the ledger says it; None when it was read."""
        return cause_text(self.outcome)

    @property
    def other(self) -> int | None:
        """Number of the transmission that destroyed it, if one did."""
        return self.outcome if self.outcome > 0 else None


NEARNESS: Final = (HEARD, HALF_DUPLEX, GATEWAY_BUSY, OUT_OF_RANGE)
"""Causes from nearest to being heard to farthest; a collision is between the first two."""


def verdict(receptions: Sequence[Reception]) -> int:
    """The one outcome of a frame at several gateways: heard if one did, else the nearest miss.

    A collision is nearest, then half-duplex, gateway busy, out of range.
    """
    return nearest(reception.outcome for reception in receptions)


def nearest(outcomes: Iterable[int]) -> int:
    """The same for outcomes alone; out of range when there are none."""
    best = OUT_OF_RANGE
    for outcome in outcomes:
        if outcome == HEARD:
            return HEARD
        if outcome > 0:
            best = outcome if best <= 0 else min(best, outcome)
        elif best < 0 and NEARNESS.index(outcome) < NEARNESS.index(best):
            best = outcome
    return best


def hearers(receptions: Iterable[Reception]) -> tuple[Reception, ...]:
    """Those that heard a frame, best first."""
    return tuple(sorted((one for one in receptions if one.heard), key=lambda one: one.snr_db, reverse=True))


class GatewayRadio:
    """A gateway's antenna and concentrator.

    Args:
        name: seeds the shadowing of its links.
        position: where its antenna is, metres.
        gain_dbi: of its antenna.
        paths: frames it can read at the same time.
    """

    __slots__ = ("busy_until", "deaf_until_s", "gain_dbi", "index", "name", "paths", "position")

    def __init__(self, name: str, position: Position, gain_dbi: float = 0.0, paths: int = PATHS) -> None:
        self.name = name
        self.position = position
        self.gain_dbi = gain_dbi
        self.paths = paths
        self.index = -1
        self.deaf_until_s = NOTHING
        self.busy_until: list[float] = []
        """A heap of the moments at which its paths are free, one a path."""
        self.release(NOTHING)

    def release(self, deaf_until_s: float) -> None:
        """Give up all receptions; no path is free before that time."""
        self.deaf_until_s = deaf_until_s
        self.busy_until[:] = [deaf_until_s] * self.paths


class Channel:
    """A frequency with a bandwidth and what is on it."""

    __slots__ = ("bandwidth_hz", "busy_until_s", "frequency_hz", "neighbours", "ongoing")

    def __init__(self, frequency_hz: int, bandwidth_hz: int) -> None:
        self.frequency_hz = frequency_hz
        self.bandwidth_hz = bandwidth_hz
        self.ongoing: list[Transmission] = []
        """In order of start; ended ones may still be there."""
        self.busy_until_s = NOTHING
        """When all of them have ended."""
        self.neighbours: list[Channel] = []
        """Other channels whose signals disturb those of this one."""


class Surroundings(Protocol):
    """What an antenna knows of the air it is in."""

    @property
    def gateways(self) -> tuple[GatewayRadio, ...]:
        """All gateways by index."""
        ...

    def channels_of(self, bandwidth_hz: int) -> dict[int, Channel]:
        """The channels of a bandwidth by frequency."""
        ...


class Signal:
    """What a device sends with one spreading factor and power, as the gateways get it.

    Attributes:
        rssi_dbm: strength by gateway index, minus infinity where nothing arrives.
        reached: the gateways that can read it.
        clear: what `LoraAir.end` answers when nothing went wrong.
        heard: those of `clear` that heard it, best first.
    """

    __slots__ = (
        "antenna", "bandwidth_hz", "channels", "clear", "heard", "indices", "needed_db", "power_dbm",
        "reached", "rssi_dbm", "sf", "spare_s",
    )  # fmt: skip

    def __init__(self, antenna: Antenna, sf: int, bandwidth_hz: int, power_dbm: float, preamble: int) -> None:
        self.antenna = antenna
        self.sf = sf
        self.bandwidth_hz = bandwidth_hz
        self.power_dbm = power_dbm
        self.spare_s = spare_preamble_s(sf, bandwidth_hz, preamble)
        self.needed_db = NEEDED_DB[sf]
        self.channels = antenna.air.channels_of(bandwidth_hz)
        self.rssi_dbm = tuple(power_dbm + gain for gain in antenna.gain_db)
        least, noise = SENSITIVITY_DBM[sf, bandwidth_hz], noise_floor_dbm(bandwidth_hz)
        self.clear = tuple(
            Reception(index, HEARD if rssi >= least else OUT_OF_RANGE, rssi, rssi - noise)
            for index, rssi in enumerate(self.rssi_dbm)
        )
        self.heard = hearers(self.clear)
        self.indices = tuple(reception.gateway for reception in self.clear if reception.heard)
        self.reached = tuple(antenna.air.gateways[index] for index in self.indices)

    def marred(self, losses: dict[int, int]) -> tuple[Reception, ...]:
        """What `LoraAir.end` answers when something went wrong."""
        return tuple(
            reception._replace(outcome=losses[reception.gateway])
            if reception.gateway in losses
            else reception
            for reception in self.clear
        )


class Antenna:
    """A device's antenna and its links to all gateways.

    Attributes:
        gain_db: what a signal gains on its way to each gateway and back, antennas included; negative, and
            minus infinity where nothing can arrive.
    """

    __slots__ = ("_signals", "air", "gain_db", "name", "position")

    def __init__(self, air: Surroundings, name: str, position: Position, gain_db: tuple[float, ...]) -> None:
        self.air = air
        self.name = name
        self.position = position
        self.gain_db = gain_db
        self._signals: dict[tuple[int, int, float, int], Signal] = {}

    def signal(self, sf: int, bandwidth_hz: int, power_dbm: float, preamble: int = PREAMBLE) -> Signal:
        """What it sends with these settings; the same object for the same settings.

        Args:
            sf: spreading factor 7..12.
            bandwidth_hz: 125 000, 250 000 or 500 000.
            power_dbm: conducted power; antennas' gains are added.
            preamble: symbols.

        Raises:
            ValueError: unknown spreading factor or bandwidth.
        """
        key = (sf, bandwidth_hz, power_dbm, preamble)
        found = self._signals.get(key)
        if found is None:
            if sf not in NEEDED_DB or (sf, bandwidth_hz) not in SENSITIVITY_DBM:
                raise ValueError(
                    f"SF{sf} at {bandwidth_hz} Hz: the air knows SF7 to SF12 at 125000, 250000 and 500000 Hz"
                )
            found = self._signals[key] = Signal(self, sf, bandwidth_hz, power_dbm, preamble)
        return found


def link_gain_db(
    path_loss: PathLoss, seed: int, name: str, position: Position, gateway: GatewayRadio
) -> float:
    """What a signal gains between a device's place and a gateway, both ways; minus infinity for no link."""
    (x, y, z), (other_x, other_y, other_z) = position, gateway.position
    distance = float(((x - other_x) ** 2 + (y - other_y) ** 2 + (z - other_z) ** 2) ** 0.5)
    gain = gateway.gain_dbi - path_loss.loss_db(distance)
    if STRONGEST_DBM + gain + RARE * path_loss.shadowing_db < FAINTEST_DBM:
        return NOTHING
    return gain - shadowing_db(seed, name, gateway.name, path_loss.shadowing_db)
