"""What a linkage rule does (gizwits.md:2464-2530)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.group_steps import (
    await_heard,
    heard,
    online,
    siblings,
    stays_silent,
)
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, EXTENDED, MODES, SPECIMEN
from thingproof_conformance.suites.gizwits.rule_steps import (
    create_rule,
    new_rule,
    rules_of,
    send,
    settled,
    source,
    two_devices,
    wait,
)
from thingproof_conformance.suites.gizwits.steps import await_latest
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

CREATE = "gizwits.rules.create"
NEEDS = ("seed", "hardware")
OUTPUT = "rule.output"


@case(CREATE, kind="documented", rules=("r26", "r28", "r30"), events=(OUTPUT,), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.75")
@pytest.mark.parametrize("truth", [True, 1], ids=["true", "one"])
def test_create__attributes_and_raw(gizwits: GizwitsTarget, truth: bool | int) -> None:
    """A step sets data points, an enumeration by its label and a bit as true or 1, or sends decimal bytes."""
    user, (first, second), (master, target) = two_devices(gizwits)
    order = {"switch": truth, "mode": MODES[2], "set_temp": 25}
    new_rule(gizwits, user, first, [send(second, attrs=order), send(second, raw=[97, 98, 99])])
    master.report()
    told = await_heard(target, 2)
    await_latest(gizwits, second, switch=1, mode=MODES[2], set_temp=25)
    expect.equal("616263", told[1], "the raw bytes")


@case(CREATE, kind="documented", rules=("r29",), events=(OUTPUT,), needs=NEEDS)
@pytest.mark.documented
def test_create__extended(gizwits: GizwitsTarget) -> None:
    """An extended value of the full length arrives as it is."""
    user, first = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    display = gizwits.new_device(gizwits.new_product(EXTENDED))
    gizwits.bind(user, display)
    master, target = online(gizwits, first, display)
    new_rule(gizwits, user, first, [send(display, attrs={"binary": "1234567000"})])
    master.report()
    expect.contains("1234567000", await_heard(target)[0], "the command")


@case(CREATE, kind="documented", rules=("r17",), events=(OUTPUT,), needs=NEEDS)
@pytest.mark.documented
def test_create__value_of_an_input(gizwits: GizwitsTarget) -> None:
    """In the output prefix.name stands for the present value of that data point."""
    user, (first, second), (master, _) = two_devices(gizwits)
    master.set_value("set_temp", 27)
    settled(gizwits, user, first, master)
    step = send(second, attrs={"set_temp": "a.set_temp"})
    new_rule(gizwits, user, first, [step], input=[source(first, "a")])
    master.report()
    await_latest(gizwits, second, set_temp=27)


@case(CREATE, kind="documented", rules=("r17", "r29"), events=(OUTPUT,), needs=NEEDS)
@pytest.mark.inferred
@pytest.mark.parametrize(
    ("target", "origin", "value", "told"),
    [
        ("flag", "alarm", True, {"flag": 1}),
        ("choice", "choice", "three", {"choice": "three"}),
        ("scaled", "scaled", 21.5, {"scaled": 21.5}),
        ("large", "sensor", 9, {"large": 9}),
        ("large", "seen", True, {"large": 1}),
        ("text", "text", bytes.fromhex("01020304"), {"text": "01020304"}),
    ],
    ids=["alert", "enumeration", "ratio", "number", "bit", "extended"],
)
def test_create__value_of_every_type(
    gizwits: GizwitsTarget, target: str, origin: str, value: Any, told: dict[str, Any]
) -> None:
    """The value an output refers to may be of any type, and a number may come from another kind of number."""
    user, (first, second) = siblings(gizwits, gizwits.new_product(SPECIMEN), 2)
    master, _ = online(gizwits, first, second)
    master.set_value(origin, value)
    settled(gizwits, user, first, master)
    step = send(second, attrs={target: f"a.{origin}"})
    new_rule(gizwits, user, first, [step], input=[source(first, "a")])
    master.report()
    await_latest(gizwits, second, **told)


@case(CREATE, kind="negative", rules=("r17", "r26"), errors=(9002, 9015, 9025), needs=("seed",))
@pytest.mark.inferred
def test_create__impossible_outputs(gizwits: GizwitsTarget) -> None:
    """Outputs no device could ever be told are refused: what they refer to, whom and what they control."""
    user, (first, second) = siblings(gizwits, gizwits.new_product(SPECIMEN), 2)
    inputs = [source(first, "a")]
    for attrs in (
        {"large": "a.nothing"},
        {"nothing": "a.large"},
        {"sensor": "a.large"},
        {"large": "b.large"},
        {"large": "a.choice"},
        {"text": "a.large"},
        {"large": "a.sensor", "small": 61},
    ):
        answer = create_rule(gizwits, user, first, [send(second, attrs=attrs)], input=inputs, expected=ANY)
        expect.refused(answer, 9025, 9015)
    application = gizwits.new_application(products=[first.product.product_key])
    narrow = gizwits.new_user(application=application)
    strange = gizwits.new_device(gizwits.new_product(AIR_CONDITIONER))
    for device in (first, strange):
        gizwits.bind(narrow, device)
    expect.refused(create_rule(gizwits, narrow, first, [send(strange)], expected=ANY), 9002)
    expect.equal(([], []), (rules_of(gizwits, user), rules_of(gizwits, narrow)), "rules")


@case(CREATE, kind="time", rules=("r24", "r27"), events=(OUTPUT,), needs=(*NEEDS, "clock"))
@pytest.mark.contradictory("gizwits.contra.71")
def test_create__steps_in_order(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """The steps of a group run one after the other; a delay holds back what follows."""
    user, (first, second), (master, target) = two_devices(gizwits)
    control.freeze()
    group = [send(second, raw=[33]), wait(5), send(second, raw=[34]), wait(4000), send(second, raw=[35])]
    new_rule(gizwits, user, first, group)
    master.report()
    expect.equal(["21"], await_heard(target), "before the first delay")
    control.advance(4)
    stays_silent(target, 1)
    control.advance(2)
    expect.equal(["21", "22"], await_heard(target, 2), "after the first delay")
    control.advance(3998)
    stays_silent(target, 2)
    control.advance(2)
    expect.equal(["21", "22", "23"], await_heard(target, 3), "after the second delay")


@case(CREATE, kind="event", rules=("r23",), events=(OUTPUT,), needs=(*NEEDS, "clock"))
@pytest.mark.documented
def test_create__groups_side_by_side(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """All groups begin at the same time: the delay of one does not hold the other back."""
    user, (first, second), (master, target) = two_devices(gizwits)
    control.freeze()
    groups = ([wait(60), send(second, raw=[33])], [send(second, raw=[34])])
    new_rule(gizwits, user, first, *groups)
    master.report()
    expect.equal(["22"], await_heard(target), "before the delay of the first group")
    control.advance(61)
    expect.equal(["22", "21"], await_heard(target, 2), "after it")


@case(CREATE, kind="event", rules=("r23", "r25"), events=(OUTPUT,), needs=NEEDS)
@pytest.mark.documented
def test_create__failing_step(gizwits: GizwitsTarget) -> None:
    """A step that fails ends its group and no other: a device that is offline cannot be told."""
    user, (first, second), (master, target) = two_devices(gizwits)
    absent = gizwits.new_device(first.product)
    gizwits.bind(user, absent)
    groups = (
        [send(second, raw=[33]), send(absent, raw=[33]), send(second, raw=[34])],
        [send(second, raw=[35])],
    )
    new_rule(gizwits, user, first, *groups)
    master.report()
    expect.equal({"21", "23"}, set(await_heard(target, 2)), "what the device heard")
    stays_silent(target, 2)


@case(CREATE, kind="event", rules=("r23",), events=(OUTPUT,), needs=NEEDS)
@pytest.mark.inferred
def test_create__rules_in_a_ring(gizwits: GizwitsTarget) -> None:
    """Two rules that trigger each other run as long as reports come, and the cloud goes on answering."""
    user, (first, second), (master, target) = two_devices(gizwits)
    new_rule(gizwits, user, first, [send(second, attrs={"switch": True})], interval=1)
    new_rule(gizwits, user, second, [send(first, attrs={"switch": True})], interval=1)
    master.report()
    await_heard(target)
    await_heard(master)
    await_latest(gizwits, first, switch=1)
    expect.between(1, 5, len(heard(target)), "commands within the interval")
