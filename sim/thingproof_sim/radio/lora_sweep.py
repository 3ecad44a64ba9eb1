"""Whole days on the air at once: the vectorised engine, for what-if questions over many frames.

It follows the rules of `lora_collision` and of the event engine to the letter: the same frames give the same
outcome at every gateway, with the same destroyer. It needs the extra `sweep` (NumPy).

Pairs of frames that meet are found by comparing each frame with its first, second, third ... successor on the
same channel as long as any pair still overlaps: work grows with frames and meetings, never with their square.
Whether a gateway has a free path depends on what happened before; only frames that find all paths taken if
none had been refused are decided one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final

from thingproof_sim.radio.lora_collision import (
    FIRST_SF,
    GATEWAY_BUSY,
    HALF_DUPLEX,
    HEARD,
    LAST_SF,
    OUT_OF_RANGE,
    channels_overlap,
    overpowered,
    rejection_db,
    spare_preamble_s,
    touches,
)
from thingproof_sim.radio.lora_link import sensitivity_dbm
from thingproof_sim.radio.lora_signal import PATHS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

    from thingproof_sim.radio.lora_air import Downlink, Transmission

    Floats = NDArray[np.float64]
    Whole = NDArray[Any]

SF_ROW: Final = 16
"""Width of a table by spreading factor."""
NEVER: Final = float("inf")
ROUNDING_S: Final = 1e-6
FEW: Final = 50
"""Below one in so many, frames are looked up instead of ordered with their indices."""


class SweepUnavailable(RuntimeError):
    """NumPy is not installed."""


@cache
def numpy() -> ModuleType:
    """NumPy, imported when it is first wanted.

    Raises:
        SweepUnavailable: it is not installed.
    """
    try:
        import numpy as np  # noqa: PLC0415 - an extra
    except ImportError:
        raise SweepUnavailable(
            "the sweep engine needs NumPy, which is not installed: pip install 'thingproof[sweep]'"
        ) from None
    return np


@dataclass(frozen=True, slots=True)
class Frames:
    """Transmissions of devices, in any order; frame n of the outcomes is index n - 1.

    Attributes:
        start_s: (n,) starts.
        end_s: (n,) ends.
        sf: (n,) spreading factors 7..12, uint8.
        channel: (n,) indices into `channels`, uint8.
        rssi_dbm: (gateways, n) strengths; minus infinity for nothing.
        channels: centre and bandwidth in Hz.
        preamble: symbols, of all.
    """

    start_s: Floats
    end_s: Floats
    sf: Whole
    channel: Whole
    rssi_dbm: Floats
    channels: tuple[tuple[int, int], ...]
    preamble: int = 8


@dataclass(frozen=True, slots=True)
class Listener:
    """A gateway: its demodulation paths and when it transmits itself, (start, end) in seconds, ascending."""

    paths: int = PATHS
    transmits: Sequence[tuple[float, float]] = ()


def frames_of(transmissions: Sequence[Transmission]) -> Frames:
    """What the event engine had on the air, for this one; preambles are those of LoRaWAN."""
    np = numpy()
    channels = sorted({(one.frequency_hz, one.signal.bandwidth_hz) for one in transmissions})
    index = {channel: number for number, channel in enumerate(channels)}
    return Frames(
        start_s=np.array([one.start_s for one in transmissions], np.float64),
        end_s=np.array([one.end_s for one in transmissions], np.float64),
        sf=np.array([one.signal.sf for one in transmissions], np.uint8),
        channel=np.array(
            [index[one.frequency_hz, one.signal.bandwidth_hz] for one in transmissions], np.uint8
        ),
        rssi_dbm=np.array([one.signal.rssi_dbm for one in transmissions], np.float64).T.copy(),
        channels=tuple(channels),
    )


def listeners_of(paths: Sequence[int], downlinks: Iterable[Downlink]) -> tuple[Listener, ...]:
    """Gateways by index with what the event engine let them send."""
    sent: list[list[tuple[float, float]]] = [[] for _ in paths]
    for one in downlinks:
        sent[one.gateway].append((one.start_s, one.end_s))
    return tuple(Listener(count, sorted(times)) for count, times in zip(paths, sent, strict=True))


def sweep(frames: Frames, listeners: Sequence[Listener]) -> Any:
    """The outcome of every frame at every gateway.

    Args:
        frames: in any order; of those that start at the same moment the first counts as earlier.
        listeners: the gateways, by the rows of `rssi_dbm`.

    Returns:
        (gateways, n) int32: 0 heard, a positive number n: destroyed by the frame with index n - 1, else a
        constant of `lora_collision`.

    Raises:
        SweepUnavailable: NumPy is not installed.
        ValueError: gateways and strengths differ in number.
    """
    np = numpy()
    if len(listeners) != len(frames.rssi_dbm):
        raise ValueError(f"rssi_dbm has {len(frames.rssi_dbm)} rows for {len(listeners)} gateways: one each")
    modes = _modes(np, frames)
    groups, complete = _groups(frames.channels)
    members = _members(np, frames, groups)
    outcomes = _collisions(np, frames, modes, (members, complete))
    least = _by_mode(np, frames, sensitivity_dbm)[modes]
    for row, (strength, listener) in enumerate(zip(frames.rssi_dbm, listeners, strict=True)):
        _receive(np, outcomes[row], strength >= least, frames, listener)
    return outcomes


def _members(np: ModuleType, frames: Frames, groups: list[int]) -> list[Any]:
    """Indices of the frames of each group of channels, in order of start."""
    members = []
    for number in range(max(groups, default=-1) + 1):
        belongs = np.array([group == number for group in groups])
        frame = np.flatnonzero(belongs[frames.channel])
        members.append(frame[_order(np, frames.start_s[frame])])
    return members


def _order(np: ModuleType, start_s: Any) -> Any:
    """Indices in order of start, ties as given."""
    order = np.argsort(start_s)
    ordered = start_s[order]
    return np.argsort(start_s, kind="stable") if (ordered[1:] == ordered[:-1]).any() else order


def _bandwidths(frames: Frames) -> list[int]:
    return sorted({bandwidth for _, bandwidth in frames.channels})


def _modes(np: ModuleType, frames: Frames) -> Any:
    """(n,) spreading factor and bandwidth as one number, which tables are indexed by."""
    bandwidths = _bandwidths(frames)
    if len(bandwidths) == 1:
        return frames.sf
    rows = np.array([bandwidths.index(bandwidth) * SF_ROW for _, bandwidth in frames.channels], np.uint8)
    return rows[frames.channel] + frames.sf


def _by_mode(np: ModuleType, frames: Frames, value: Callable[[int, int], float]) -> Any:
    """A table of a value of spreading factor and bandwidth."""
    bandwidths = _bandwidths(frames)
    table = np.zeros(len(bandwidths) * SF_ROW)
    for row, bandwidth in enumerate(bandwidths):
        for sf in range(FIRST_SF, LAST_SF + 1):
            table[row * SF_ROW + sf] = value(sf, bandwidth)
    return table


def _groups(channels: Sequence[tuple[int, int]]) -> tuple[list[int], bool]:
    """Which channels disturb each other: a group number each, and whether all within a group do."""
    group = list(range(len(channels)))
    near = {
        (one, other)
        for one in range(len(channels))
        for other in range(len(channels))
        if channels_overlap(*channels[one], *channels[other])
    }
    for one, other in near:
        if group[one] != group[other]:
            old, new = group[other], group[one]
            group = [new if number == old else number for number in group]
    complete = all((one, other) in near for one in range(len(group)) for other in range(len(group))
                   if group[one] == group[other])  # fmt: skip
    dense = {number: rank for rank, number in enumerate(sorted(set(group)))}
    return [dense[number] for number in group], complete


def _collisions(np: ModuleType, frames: Frames, modes: Any, groups: tuple[list[Any], bool]) -> Any:
    """Who destroys whom, as if every gateway listened to every frame."""
    members, complete = groups
    ones, others = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for frame in members:
        for first, last in _pairs(np, frames.start_s[frame], frames.end_s[frame]):
            ones.append(frame[first])
            others.append(frame[last])
    one, other = np.concatenate(ones), np.concatenate(others)
    if not complete:
        near = np.array([[channels_overlap(*a, *b) for b in frames.channels] for a in frames.channels])
        kept = near[frames.channel[one], frames.channel[other]]
        one, other = one[kept], other[kept]
    return _destroyed(np, frames, modes, one, other)


def _pairs(np: ModuleType, start: Any, end: Any) -> Iterator[tuple[Any, Any]]:
    """Places of frames that are on the air together, the earlier first, by distance."""
    first = np.flatnonzero(start[1:] < end[:-1])
    step = 1
    while len(first):
        yield first, first + step
        step += 1
        first = first[: np.searchsorted(first, len(start) - step)]
        first = first[start[first + step] < end[first]]


def _destroyed(np: ModuleType, frames: Frames, modes: Any, one: Any, other: Any) -> Any:
    """Outcomes from pairs: `one` starts first, pairs of the same frame are ordered by distance."""
    outcomes = np.zeros(frames.rssi_dbm.shape, np.int32)
    if not len(one):
        return outcomes
    spare = _by_mode(np, frames, lambda sf, bandwidth: spare_preamble_s(sf, bandwidth, frames.preamble))
    needed = _needed(np)
    critical, own, foreign = frames.start_s + spare[modes], frames.sf[one], frames.sf[other]
    # They are on the air together, so the starts need no look: only whether the ends reach far enough.
    hits_one = touches(critical[one], NEVER, -NEVER, frames.end_s[other])
    hits_other = touches(critical[other], NEVER, -NEVER, frames.end_s[one])
    for_one, for_other = needed[own * SF_ROW + foreign], needed[foreign * SF_ROW + own]
    for row, strength in zip(outcomes, frames.rssi_dbm, strict=True):
        power, rival = strength[one], strength[other]
        lost = hits_one & overpowered(power, rival, for_one)
        # The first destroyer counts. Later ones first, the nearest last, so that it stays ...
        row[one[lost][::-1]] = other[lost][::-1] + 1
        lost = hits_other & overpowered(rival, power, for_other)
        # ... and earlier frames come before all of those, the farthest last.
        row[other[lost]] = one[lost] + 1
    return outcomes


def _needed(np: ModuleType) -> Any:
    """Least signal-to-interference ratio by two spreading factors."""
    needed = np.zeros(SF_ROW * SF_ROW)
    for sf in range(FIRST_SF, LAST_SF + 1):
        for foreign in range(FIRST_SF, LAST_SF + 1):
            needed[sf * SF_ROW + foreign] = rejection_db(sf, foreign)
    return needed


def _receive(np: ModuleType, outcome: Any, reached: Any, frames: Frames, listener: Listener) -> None:
    """Put what one gateway cannot receive into its outcomes, which hold the collisions so far."""
    start_s, end_s = frames.start_s, frames.end_s
    released, candidates = end_s, reached
    if listener.transmits:
        sent_from = np.array([times[0] for times in listener.transmits])
        sent_to = np.array([times[1] for times in listener.transmits])
        after = np.searchsorted(sent_from, start_s, "right")
        deaf = (after > 0) & (sent_to[after - 1] > start_s)
        following = np.append(sent_from, NEVER)[after]
        released = np.minimum(end_s, following)
        outcome[deaf | (following < end_s)] = HALF_DUPLEX
        candidates = reached & ~deaf
    chosen = np.flatnonzero(candidates)
    outcome[chosen[_refused(np, start_s[chosen], released[chosen], listener.paths)]] = GATEWAY_BUSY
    outcome[~reached] = OUT_OF_RANGE


def _refused(np: ModuleType, start: Any, released: Any, paths: int) -> Any:
    """Indices of frames that find all paths taken."""
    doubtful, taken = _doubtful(np, start, released, paths)
    refused = _one_by_one(
        doubtful.tolist(), taken.tolist(), start[doubtful].tolist(), released[doubtful].tolist(), paths
    )
    return np.array(refused, np.intp)


def _doubtful(np: ModuleType, start: Any, released: Any, paths: int) -> tuple[Any, Any]:
    """Frames that would find all paths taken if none had been refused, in order of start, and how many.

    Values are sorted without their indices, which is several times faster; the few frames that matter are
    found by their start.
    """
    nothing = np.zeros(0, np.intp)
    if len(start) <= paths:
        return nothing, nothing
    begins = np.sort(start)
    # So many frames before must have begun within the longest of them.
    longest = (released - start).max() + ROUNDING_S
    place = np.flatnonzero(begins[paths:] - begins[:-paths] < longest) + paths
    taken = place - np.searchsorted(np.sort(released), begins[place], "right")
    full = taken >= paths
    place, taken = place[full], taken[full]
    if not len(place):
        return nothing, nothing
    if len(place) * FEW > len(start) or (begins[1:] == begins[:-1]).any():
        return _order(np, start)[place], taken
    wanted = begins[place]
    near = np.minimum(np.searchsorted(wanted, start), len(wanted) - 1)
    found = np.flatnonzero(wanted[near] == start)
    return found[np.argsort(start[found])], taken


def _one_by_one(
    doubtful: list[int], taken: list[int], start: list[float], released: list[float], paths: int
) -> list[int]:
    """Decide the doubtful in order: whoever was refused before and would still be on the air frees a path."""
    refused: list[int] = []
    ends: list[float] = []
    for index, busy, begins, ends_s in zip(doubtful, taken, start, released, strict=True):
        while ends and ends[0] <= begins:
            heappop(ends)
        if busy - len(ends) >= paths:
            refused.append(index)
            heappush(ends, ends_s)
    return refused


def delivered(outcomes: Any) -> Any:
    """(n,) whether at least one gateway heard the frame."""
    return (outcomes == HEARD).any(axis=0)
