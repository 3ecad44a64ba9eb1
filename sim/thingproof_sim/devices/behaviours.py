"""What datapoints do by themselves, seeded: walk, follow the day, count, toggle, follow another datapoint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thingproof_sim.kernel.streams import Stream
    from thingproof_wire.payloads.gizwits_product import Datapoint, Value

DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class BehaviourPlan:
    """How one datapoint behaves.

    Attributes:
        datapoint: name.
        kind: constant, random_walk, daily_cycle, schedule, toggle, counter or follow.
        every_s: seconds between two steps.
        value: value of a constant.
        low, high: limits of a walk or a cycle; None for the datapoint's own.
        step: largest step of a walk, or what a counter adds, or how fast a follower moves.
        probability: of a toggle at each step.
        target: datapoint that a follower moves towards.
        when: bool datapoint that must be true for a follower or counter to move; None for always.
        times: seconds of the day and the value from then on, in order, for a schedule.
    """

    datapoint: str
    kind: str
    every_s: float = 60.0
    value: Value | None = None
    low: float | None = None
    high: float | None = None
    step: float = 1.0
    probability: float = 0.1
    target: str | None = None
    when: str | None = None
    times: tuple[tuple[float, Value], ...] = ()


class Step(Protocol):
    """The next value of a datapoint."""

    def __call__(
        self,
        plan: BehaviourPlan,
        datapoint: Datapoint,
        values: Mapping[str, Value],
        at: float,
        stream: Stream,
    ) -> Value:
        """Value at a moment, from all present values."""
        ...


def _limits(plan: BehaviourPlan, datapoint: Datapoint) -> tuple[float, float]:
    low = datapoint.minimum if plan.low is None else max(plan.low, datapoint.minimum)
    high = datapoint.maximum if plan.high is None else min(plan.high, datapoint.maximum)
    return low, high


def _fit(datapoint: Datapoint, value: float, low: float, high: float) -> Value:
    """The value the datapoint can express that lies nearest, inside the limits."""
    inside = min(max(value, low), high)
    raw = round((inside - datapoint.addition) / datapoint.ratio)
    shown = datapoint.to_display(max(0, raw))
    if shown > datapoint.maximum:
        shown = datapoint.to_display(raw - 1)
    if shown < datapoint.minimum:
        shown = datapoint.to_display(raw + 1)
    return datapoint.check(shown)


def _number(value: Value | None) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _constant(
    plan: BehaviourPlan, datapoint: Datapoint, values: Mapping[str, Value], at: float, stream: Stream
) -> Value:
    del at, stream
    return values[datapoint.name] if plan.value is None else datapoint.check(plan.value)


def _random_walk(
    plan: BehaviourPlan, datapoint: Datapoint, values: Mapping[str, Value], at: float, stream: Stream
) -> Value:
    del at
    low, high = _limits(plan, datapoint)
    return _fit(datapoint, _number(values[datapoint.name]) + stream.uniform(-plan.step, plan.step), low, high)


def _daily_cycle(
    plan: BehaviourPlan, datapoint: Datapoint, values: Mapping[str, Value], at: float, stream: Stream
) -> Value:
    del values
    low, high = _limits(plan, datapoint)
    warmth = (1 - math.cos(2 * math.pi * ((at - 4 * 3600) % DAY_S) / DAY_S)) / 2  # coldest at 4 o'clock
    return _fit(datapoint, low + (high - low) * warmth + stream.gauss(0.0, (high - low) / 100), low, high)


def _schedule(
    plan: BehaviourPlan, datapoint: Datapoint, values: Mapping[str, Value], at: float, stream: Stream
) -> Value:
    """Before the first time of a day the last one of the day before holds."""
    del datapoint, values, stream
    second = at % DAY_S
    return next((value for time, value in reversed(plan.times) if time <= second), plan.times[-1][1])


def _toggle(
    plan: BehaviourPlan, datapoint: Datapoint, values: Mapping[str, Value], at: float, stream: Stream
) -> Value:
    del at
    value = values[datapoint.name]
    if not stream.chance(plan.probability):
        return value
    return stream.choice(datapoint.values) if datapoint.type == "enum" else not value


def _counter(
    plan: BehaviourPlan, datapoint: Datapoint, values: Mapping[str, Value], at: float, stream: Stream
) -> Value:
    del at
    if plan.when is not None and not values[plan.when]:
        return values[datapoint.name]
    low, high = _limits(plan, datapoint)
    value = _number(values[datapoint.name]) + stream.uniform(0.0, 2 * plan.step)
    return _fit(datapoint, low if value > high else value, low, high)


def _follow(
    plan: BehaviourPlan, datapoint: Datapoint, values: Mapping[str, Value], at: float, stream: Stream
) -> Value:
    del at
    low, high = _limits(plan, datapoint)
    value = _number(values[datapoint.name])
    if plan.target is None or (plan.when is not None and not values[plan.when]):
        return _fit(datapoint, value + stream.uniform(-plan.step, plan.step), low, high)
    gap = _number(values[plan.target]) - value
    return _fit(datapoint, value + max(-plan.step, min(plan.step, gap)), low, high)


KINDS: dict[str, Callable[..., Value]] = {
    "constant": _constant,
    "random_walk": _random_walk,
    "daily_cycle": _daily_cycle,
    "schedule": _schedule,
    "toggle": _toggle,
    "counter": _counter,
    "follow": _follow,
}
NUMERIC_KINDS = frozenset({"random_walk", "daily_cycle", "counter", "follow"})


def step(
    plan: BehaviourPlan, datapoint: Datapoint, values: Mapping[str, Value], at: float, stream: Stream
) -> Value:
    """The next value of the plan's datapoint."""
    return KINDS[plan.kind](plan, datapoint, values, at, stream)


def first_value(datapoint: Datapoint) -> Value:
    """What a datapoint holds before anything happened: off, first label, 0 or the nearest allowed, zeros."""
    if datapoint.type == "bool":
        return False
    if datapoint.type == "enum":
        return datapoint.values[0]
    if datapoint.type == "binary":
        return bytes(datapoint.length)
    return _fit(datapoint, 0.0, datapoint.minimum, datapoint.maximum)
