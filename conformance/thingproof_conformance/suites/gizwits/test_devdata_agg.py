"""Aggregated data (gizwits.md:3382-3452)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import SPECIMEN
from thingproof_conformance.suites.gizwits.schedule_steps import moment
from thingproof_conformance.suites.gizwits.steps import ask, await_latest, renew
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User
    from thingproof_sim.api import LiveDevice

AGG = "gizwits.devdata.agg"
NEEDS = ("seed", "hardware", "clock")
AGGREGATED = "devdata.aggregated"
START = "2027-01-15 08:00"
"""A Friday."""


def agg(
    gizwits: GizwitsTarget,
    user: User,
    device: Device,
    aggregator: str = "sum",
    unit: str = "HOURS",
    *,
    attrs: str = "small",
    since: str = START,
    until: str | None = None,
    expected: Any = "success",
) -> Answer:
    """Ask for aggregated data from one moment to another, or until now."""
    query: dict[str, Any] = {"start_ts": int(moment(since)) * 1000, "attrs": attrs}
    query |= {"aggregator": aggregator, "unit": unit}
    if until is not None:
        query["end_ts"] = int(moment(until)) * 1000
    return ask(gizwits, "devdata.agg", user, path={"did": device.did}, query=query, expected=expected)


def values(answer: Answer, name: str = "small") -> list[float]:
    """The aggregates of one data point, period by period."""
    return [float(row["attrs"][name]) for row in answer["data"]]


def measuring(
    gizwits: GizwitsTarget, control: ControlClient, *, opened: bool = True, start: str = START
) -> tuple[User, Device, LiveDevice]:
    """A device whose first report, of 10, is made at the start."""
    control.freeze(at=moment(start))
    user, device = gizwits.bound(gizwits.new_product(SPECIMEN, data_service=opened))
    live = gizwits.hardware(device, values={"small": 10, "sensor": 0})
    await_latest(gizwits, device, small=10)
    return user, device, live


def tell(gizwits: GizwitsTarget, device: Device, live: LiveDevice, *numbers: int) -> None:
    """Report these values of `small`, one after the other."""
    for number in numbers:
        live.set_value("small", number)
        await_latest(gizwits, device, small=number)


@case(
    AGG,
    kind="event",
    rules=("r1", "r4", "r7", "r9", "r11", "r13"),
    events=(AGGREGATED,),
    needs=NEEDS,
)
@pytest.mark.contradictory("gizwits.contra.94")
@pytest.mark.parametrize(("aggregator", "expected"), [("sum", 90), ("avg", 30), ("max", 60), ("min", 10)])
def test_agg__aggregators(
    gizwits: GizwitsTarget, control: ControlClient, aggregator: str, expected: int
) -> None:
    """10, 20 and 60 in an hour: their sum, average, greatest and smallest value, as number or its text."""
    user, device, live = measuring(gizwits, control)
    tell(gizwits, device, live, 20, 60)
    answer = agg(gizwits, user, device, aggregator)
    expect.equal([expected], values(answer), aggregator)
    row = answer["data"][0]
    expect.equal((user.uid, device.product.product_key), (row["uid"], row["product_key"]), "uid and product")


@case(AGG, kind="documented", rules=("r2", "r8"), events=(AGGREGATED,), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.92")
@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("HOURS", [30, 30, 40, 50, 60]),
        ("DAYS", [60, 40, 50, 60]),
        ("WEEKS", [100, 50, 60]),
        ("MONTHS", [150, 60]),
        ("days", [60, 40, 50, 60]),
    ],
)
def test_agg__units(gizwits: GizwitsTarget, control: ControlClient, unit: str, expected: list[int]) -> None:
    """Sums by the hour, day, week and month; periods without data are left out."""
    user, device, live = measuring(gizwits, control)
    tell(gizwits, device, live, 20)
    for at, number in (
        ("2027-01-15 09:10", 30),
        ("2027-01-16 00:05", 40),
        ("2027-01-18 12:00", 50),
        ("2027-02-02 12:00", 60),
    ):
        control.set_clock(moment(at))
        tell(gizwits, device, live, number)
    user = renew(gizwits, user)
    answer = agg(gizwits, user, device, unit=unit)
    expect.equal(expected, values(answer), f"sums by {unit}")
    expect.equal(unit.upper(), answer["query"]["unit"].upper(), "unit")


@case(AGG, kind="documented", rules=("r3", "r11"), events=(AGGREGATED,), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.96")
@pytest.mark.parametrize("attrs", ["small,scaled", "small, scaled"], ids=["list", "with blanks"])
def test_agg__several(gizwits: GizwitsTarget, control: ControlClient, attrs: str) -> None:
    """Several data points at once, with blanks after the commas or not."""
    user, device, live = measuring(gizwits, control)
    live.set_value("scaled", 0.5)
    await_latest(gizwits, device, scaled=0.5)
    answer = agg(gizwits, user, device, "max", attrs=attrs)
    expect.equal([10.0], values(answer), "small")
    expect.equal([0.5], values(answer, "scaled"), "scaled")
    expect.equal(2, len(answer["data"][0]["attrs"]), "data points")


@case(AGG, kind="documented", rules=("r5", "r6", "r9", "r10"), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.93")
def test_agg__period(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """start_ts and end_ts are milliseconds and bound the answer; the query is repeated."""
    user, device, live = measuring(gizwits, control)
    for at, number in (("2027-01-15 09:30", 20), ("2027-01-15 10:30", 30)):
        control.set_clock(moment(at))
        tell(gizwits, device, live, number)
    open_end = agg(gizwits, user, device, "max")
    expect.equal([10, 20, 30], values(open_end), "without end")
    expect.equal(None, open_end["query"]["end_ts"], "query.end_ts")
    expect.equal(int(moment(START)) * 1000, open_end["query"]["start_ts"], "query.start_ts")
    bounded = agg(gizwits, user, device, "max", since="2027-01-15 09:00", until="2027-01-15 10:00")
    expect.equal([20], values(bounded), "between 9 and 10")
    expect.equal(int(moment("2027-01-15 10:00")) * 1000, bounded["query"]["end_ts"], "query.end_ts")
    expect.equal(("max", "small"), (bounded["query"]["aggregator"], bounded["query"]["attrs"]), "query")


@case(AGG, kind="state", rules=("r4",), errors=(9029,), needs=NEEDS)
@pytest.mark.documented
def test_agg__opened_on_request(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Before the service is opened nothing is aggregated; afterwards what is reported from then on."""
    user, device, live = measuring(gizwits, control, opened=False)
    tell(gizwits, device, live, 20)
    answer = agg(gizwits, user, device, expected=ANY)
    if answer.ok:
        expect.equal([], answer["data"], "data of a closed service")
    else:
        expect.refused(answer, 9029)
    mapping = {**device.product.mapping, "data_service": True}
    control.seed("gizwits", {"products": [mapping]})
    tell(gizwits, device, live, 30)
    expect.equal([30], values(agg(gizwits, user, device)), "sum after the opening")


@case(AGG, kind="permission", errors=(9014, 9017), needs=("seed",))
@pytest.mark.inferred
def test_agg__foreign_device(gizwits: GizwitsTarget) -> None:
    """A device of somebody else is not told."""
    _, device = gizwits.bound(gizwits.new_product(SPECIMEN, data_service=True))
    expect.refused(agg(gizwits, gizwits.new_user(), device, expected=ANY), 9017, 9014)


@case(AGG, kind="negative", rules=("r7", "r8"), errors=(9015, 9025), needs=("seed",))
@pytest.mark.inferred
def test_agg__bad_query(gizwits: GizwitsTarget) -> None:
    """Other aggregators and units, data points that are no numbers, periods that end before they begin."""
    user, device = gizwits.bound(gizwits.new_product(SPECIMEN, data_service=True))
    bad: list[tuple[dict[str, Any], tuple[int, ...]]] = [
        ({"aggregator": "median"}, (9015,)),
        ({"unit": "YEARS"}, (9015,)),
        ({"attrs": "nothing"}, (9025,)),
        ({"attrs": "small,nothing"}, (9025,)),
        ({"attrs": "choice"}, (9025,)),
        ({"attrs": "text"}, (9025,)),
        ({"attrs": ""}, (9015,)),
        ({"until": "2027-01-15 07:00"}, (9015,)),
    ]
    for query, codes in bad:
        expect.refused(agg(gizwits, user, device, expected=ANY, **query), *codes)


@case(AGG, kind="documented", rules=("r1",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.02")
def test_agg__put_as_well(gizwits: GizwitsTarget) -> None:
    """GET reads aggregates; PUT, as the section says, may do the same."""
    call = gizwits.valid_call(AGG)
    expected = gizwits.perform(call).body
    call.method = "PUT"
    answer = gizwits.perform(call, expect=ANY, check=False)
    if answer.ok:
        expect.equal(expected["query"], answer["query"], "the answer of PUT")
    else:
        expect.one_of((400, 404, 405), answer.status, "the status of PUT")


@case(AGG, kind="negative", rules=("r12",))
@negatives.parametrize(AGG)
def test_agg__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers, unknown devices."""
    negatives.judge(gizwits, negative)
