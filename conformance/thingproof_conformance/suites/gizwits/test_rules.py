"""Linkage rules: data points, making, listing, replacing, dropping (gizwits.md:2221-2678)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.group_steps import await_heard, stays_silent
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, EXTENDED, MODES, SPECIMEN
from thingproof_conformance.suites.gizwits.rule_steps import (
    compare,
    create_rule,
    definition,
    new_rule,
    rules_of,
    send,
    settled,
    source,
    two_devices,
    wait,
)
from thingproof_conformance.suites.gizwits.steps import ask
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

PARAMS, LIST = "gizwits.rules.params", "gizwits.rules.list"
CREATE, DELETE, UPDATE = "gizwits.rules.create", "gizwits.rules.delete", "gizwits.rules.update"
EVENTS = ("online", "offline", "alert", "fault", "data")


def params(gizwits: GizwitsTarget, user: User, *keys: str, expected: Any = "success") -> Any:
    """The data points of products."""
    query = {"product_key": ",".join(keys)}
    return ask(gizwits, "rules.params", user, query=query, expected=expected)


def pair(gizwits: GizwitsTarget) -> tuple[User, Device, Device]:
    """A user with two bound devices, not online."""
    user, first = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    second = gizwits.new_device(first.product)
    gizwits.bind(user, second)
    return user, first, second


# Data points.


@case(PARAMS, kind="documented", rules=("r1", "r2", "r5", "r6", "r7", "r9"), needs=("seed",))
@pytest.mark.documented
def test_params__of_products(gizwits: GizwitsTarget) -> None:
    """Several keys, separated by commas: every data point with name, type and enumeration."""
    specimen, cooler = gizwits.new_product(SPECIMEN), gizwits.new_product(AIR_CONDITIONER)
    user = gizwits.new_user()
    body = params(gizwits, user, specimen.product_key, cooler.product_key).body
    expect.equal({specimen.product_key, cooler.product_key}, set(body), "product keys")
    for product in (specimen, cooler):
        rows = {row["name"]: row for row in body[product.product_key]}
        points = product.mapping["datapoints"]
        expect.equal([point["name"] for point in points], list(rows), "names")
        for point in points:
            kind = "int" if point["type"].startswith("uint") else point["type"]
            row = rows[point["name"]]
            expect.equal(kind, row["type"], f"type of {point['name']}")
            expect.equal(point.get("values", []), row["enum"], f"enum of {point['name']}")
            expect.equal(point["display_name"], row["display_name"], "display_name")


@case(PARAMS, kind="documented", rules=("r3", "r1"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.77")
@pytest.mark.parametrize("query", [{"product_key": ""}, {}], ids=["empty", "missing"])
def test_params__of_all(gizwits: GizwitsTarget, query: dict[str, str]) -> None:
    """Without a key all products of the application are told, and no other."""
    mine, other = gizwits.new_product(EXTENDED), gizwits.new_product(EXTENDED)
    application = gizwits.new_application(products=[mine.product_key])
    user = gizwits.new_user(application=application)
    body = ask(gizwits, "rules.params", user, query=query).body
    expect.equal([mine.product_key], list(body), "product keys")
    expect.lacks(other.product_key, body, "product keys")


@case(PARAMS, kind="negative", rules=("r4",), errors=(9002,), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.78")
def test_params__not_linked(gizwits: GizwitsTarget) -> None:
    """A key that is not the application's is refused, or left out of the answer."""
    mine, other = gizwits.new_product(EXTENDED), gizwits.new_product(EXTENDED)
    application = gizwits.new_application(products=[mine.product_key])
    user = gizwits.new_user(application=application)
    answer = params(gizwits, user, mine.product_key, other.product_key, expected=ANY)
    expect.either(
        "gizwits.contra.78",
        a=lambda: expect.refused(answer, 9002),
        b=lambda: expect.equal([mine.product_key], list(answer.body), "product keys"),
    )


@case(PARAMS, kind="negative")
@negatives.parametrize(PARAMS)
def test_params__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers."""
    negatives.judge(gizwits, negative)


# Listing.


@case(
    LIST,
    kind="documented",
    rules=("r3", "r4", "r5", "r6", "r7", "r9", f"{CREATE}.r5", f"{CREATE}.r16", f"{CREATE}.r17"),
    needs=("seed",),
)
@pytest.mark.contradictory("gizwits.contra.74")
def test_list__as_given(gizwits: GizwitsTarget) -> None:
    """A rule is listed as it was given: steps and comparisons in groups, two prefixes of one device."""
    user, first, second = pair(gizwits)
    outputs = [[send(second, attrs={"switch": 1}), wait(5), send(first)], [send(second)]]
    given = definition(
        first,
        *outputs,
        name="打开开关",
        remark="备注",
        interval=30,
        input=[source(first, "a"), source(first, "b")],
        condition=[[compare("a.switch", "==", "1")], [compare("b.set_temp", ">", "20")]],
    )
    number = ask(gizwits, "rules.create", user, json=given)["rule_id"]
    rows = rules_of(gizwits, user)
    expect.equal([number], [row["rule_id"] for row in rows], "rules")
    expect.true(type(rows[0]["rule_id"]) is int, "rule_id is no integer")
    for name in ("name", "remark", "did", "product_key", "event", "interval", "input", "condition"):
        expect.equal(given[name], rows[0][name], name)
    shown = [[step["type"] for step in group] for group in rows[0]["output"]]
    expect.equal([["devctrl", "delay", "devctrl"], ["devctrl"]], shown, "steps")
    expect.equal({"switch": 1}, rows[0]["output"][0][0]["attrs"], "attrs")
    expect.equal([7], rows[0]["output"][1][0]["raw"], "raw")
    expect.equal([], rules_of(gizwits, gizwits.new_user()), "rules of another user")


@case(LIST, kind="documented", rules=("r1", "r2"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.87")
def test_list__pages(gizwits: GizwitsTarget) -> None:
    """Limit and skip cut pages; every rule comes once until a short page."""
    user, first, second = pair(gizwits)
    made = {new_rule(gizwits, user, first, [send(second)]) for _ in range(5)}
    seen: list[int] = []
    while True:
        rows = rules_of(gizwits, user, limit=2, skip=len(seen))
        expect.true(len(rows) <= 2, "a page is longer than its limit", actual=len(rows))
        seen += [row["rule_id"] for row in rows]
        if len(rows) < 2:
            break
    expect.equal((5, made), (len(seen), set(seen)), "rules over all pages")


@case(LIST, kind="negative")
@negatives.parametrize(LIST)
def test_list__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


# Making: forms. What rules do is judged in test_rules_triggers.py and test_rules_outputs.py.


@case(CREATE, kind="documented", rules=("r11", "r12", "r33", "r35"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.68")
@pytest.mark.parametrize("event", [*EVENTS, "Online"])
def test_create__events(gizwits: GizwitsTarget, event: str) -> None:
    """Every event makes a rule with a number; alert and fault name their data point."""
    user, first, second = pair(gizwits)
    names = {"alert": "alert_full", "fault": "fault_roomtemp"}
    more: dict[str, Any] = {}
    if event in names:
        more = {"event_attr": {"attr_name": names[event], "value": "1"}}
    answer = create_rule(gizwits, user, first, [send(second)], event=event, **more)
    expect.true(type(answer["rule_id"]) is int, "rule_id is no integer", actual=answer.body)
    row = rules_of(gizwits, user)[0]
    expect.equal(event.lower(), row["event"].lower(), "event")
    if more:
        expect.equal(more["event_attr"], row["event_attr"], "event_attr")


@case(CREATE, kind="permission", rules=("r2", "r3"), errors=(9002, 9014, 9017), needs=("seed",))
@pytest.mark.documented
def test_create__devices_of_the_user(gizwits: GizwitsTarget) -> None:
    """Master, inputs and outputs have to be bound to the user, their products linked with the application."""
    user, first, second = pair(gizwits)
    unbound = gizwits.new_device(first.product)
    body = definition(first, [send(second)])
    bad: list[tuple[dict[str, Any], tuple[int, ...]]] = [
        ({**body, "did": unbound.did}, (9017,)),
        ({**body, "did": gizwits.names.hex(22)}, (9014,)),
        ({**body, "product_key": gizwits.names.hex(32)}, (9002,)),
        ({**body, "input": [source(unbound, "a")]}, (9017,)),
        ({**body, "input": [{**source(first, "a"), "did": gizwits.names.hex(22)}]}, (9014,)),
        ({**body, "output": [[send(unbound)]]}, (9017,)),
        ({**body, "output": [[{**send(first), "did": gizwits.names.hex(22)}]]}, (9014,)),
    ]
    for members, codes in bad:
        expect.refused(ask(gizwits, "rules.create", user, json=members, expected=ANY), *codes)
    application = gizwits.new_application(products=[first.product.product_key])
    narrow = gizwits.new_user(application=application)
    strange = gizwits.new_device(gizwits.new_product(AIR_CONDITIONER))
    for device in (first, strange):
        gizwits.bind(narrow, device)
    members = definition(first, [send(first)], input=[source(strange, "a")])
    expect.refused(ask(gizwits, "rules.create", narrow, json=members, expected=ANY), 9002)
    expect.equal([], rules_of(gizwits, user), "rules")


@case(CREATE, kind="negative", rules=("r11", "r20", "r21"), errors=(9015, 9025, 9036), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.72")
def test_create__bad_definitions(gizwits: GizwitsTarget) -> None:
    """Events, comparisons and steps that make no sense are refused with the code of their kind."""
    user, first, second = pair(gizwits)
    step = [send(second)]
    inputs = [source(first, "a")]

    def when(left: str, opt: str, right: str) -> dict[str, Any]:
        return {"input": inputs, "condition": [[compare(left, opt, right)]]}

    bad: list[tuple[dict[str, Any], tuple[int, ...]]] = [
        ({"event": "explosion"}, (9036, 9015)),
        ({"event": "alert"}, (9015,)),
        ({"event": "alert", "event_attr": {"attr_name": "switch", "value": "1"}}, (9025,)),
        ({"event": "fault", "event_attr": {"attr_name": "alert_full", "value": "1"}}, (9025,)),
        ({"event": "alert", "event_attr": {"attr_name": "alert_full", "value": "2"}}, (9015,)),
        ({"interval": -1}, (9015,)),
        (when("a.switch", "=~", "1"), (9015,)),
        (when("a.nothing", "==", "1"), (9025,)),
        (when("b.switch", "==", "1"), (9015,)),
        (when("a.switch", "==", "'1'"), (9015,)),
        (when("a.mode", ">", f"'{MODES[0]}'"), (9015,)),
        (when("a.mode", "==", "1"), (9015,)),
        ({"input": [source(first, "a"), source(second, "a")]}, (9015,)),
        ({"output": []}, (9015,)),
        ({"output": [[{"type": "dance"}]]}, (9015,)),
        ({"output": [[{"type": "devctrl", "raw": [1]}]]}, (9015,)),
        ({"output": [[wait(-1)]]}, (9015,)),
        ({"output": [[send(second, attrs={"nothing": 1})]]}, (9025,)),
        ({"output": [[send(second, attrs={"room_temp": 1})]]}, (9025,)),
        ({"output": [[send(second, raw=[256])]]}, (9015,)),
    ]
    for body, codes in bad:
        answer = create_rule(gizwits, user, first, step, expected=ANY, **body)
        expect.refused(answer, *codes)
    expect.equal([], rules_of(gizwits, user), "rules")


@case(CREATE, kind="documented", rules=("r16",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.69")
def test_create__without_input(gizwits: GizwitsTarget) -> None:
    """When no data are used the input may be left out."""
    user, first, second = pair(gizwits)
    body = definition(first, [send(second)])
    del body["input"]
    ask(gizwits, "rules.create", user, json=body)
    expect.equal(1, len(rules_of(gizwits, user)), "rules")


@case(CREATE, kind="negative")
@negatives.parametrize(CREATE)
def test_create__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers, unknown devices."""
    negatives.judge(gizwits, negative)


# Replacing and dropping.


@case(
    UPDATE,
    kind="state",
    rules=("r1", "r2", "r3", "r4", "r6", f"{CREATE}.r4"),
    needs=("seed", "hardware"),
)
@pytest.mark.contradictory("gizwits.contra.76")
def test_update__replaces(gizwits: GizwitsTarget) -> None:
    """The new version is listed and takes effect for the next event; the number stays."""
    user, (first, second), (master, target) = two_devices(gizwits)
    number = new_rule(gizwits, user, first, [send(second, raw=[33])], remark="old")
    body = definition(first, [send(second, raw=[34])], name="new")
    answer = ask(gizwits, "rules.update", user, path={"rule_id": number}, json=body)
    expect.equal(number, answer["rule_id"], "rule_id")
    row = rules_of(gizwits, user)[0]
    expect.equal((number, "new", ""), (row["rule_id"], row["name"], row.get("remark") or ""), "the rule")
    master.report()
    expect.equal(["22"], await_heard(target), "what the device heard")


@case(UPDATE, kind="permission", errors=(9002, 9014, 9015, 9017, 9025, 9036), needs=("seed",))
@pytest.mark.inferred
def test_update__bad(gizwits: GizwitsTarget) -> None:
    """Rules of others, unknown ones, and what creation refuses; the rule stays as it was."""
    user, first, second = pair(gizwits)
    number = new_rule(gizwits, user, first, [send(second)])
    good = definition(first, [send(second)])
    unbound = gizwits.new_device(first.product)
    bad: list[tuple[dict[str, Any], tuple[int, ...]]] = [
        ({"product_key": gizwits.names.hex(32)}, (9002,)),
        ({"did": gizwits.names.hex(22)}, (9014,)),
        ({"did": unbound.did}, (9017,)),
        ({"event": "explosion"}, (9036, 9015)),
        ({"output": [[send(second, attrs={"nothing": 1})]]}, (9025,)),
        ({"output": []}, (9015,)),
    ]
    for body, codes in bad:
        parts: dict[str, Any] = {"path": {"rule_id": number}, "json": good | body}
        expect.refused(ask(gizwits, "rules.update", user, expected=ANY, **parts), *codes)
    parts = {"path": {"rule_id": number}, "json": good | {"name": "stolen"}}
    expect.refused(ask(gizwits, "rules.update", gizwits.new_user(), expected=ANY, **parts), 9015, 9017)
    parts["path"] = {"rule_id": 2_000_000_000}
    expect.refused(ask(gizwits, "rules.update", user, expected=ANY, **parts), 9015)
    expect.equal("rule", rules_of(gizwits, user)[0]["name"], "name")


@case(UPDATE, kind="negative")
@negatives.parametrize(UPDATE)
def test_update__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers, unknown devices."""
    negatives.judge(gizwits, negative)


@case(DELETE, kind="state", rules=("r1", "r2", "r3", "r5"), errors=(9015,), needs=("seed", "hardware"))
@pytest.mark.documented
def test_delete__does_not_trigger(gizwits: GizwitsTarget) -> None:
    """A deleted rule is gone and triggers nothing; nobody deletes another user's."""
    user, (first, second), (master, target) = two_devices(gizwits)
    number = new_rule(gizwits, user, first, [send(second)])
    kept = new_rule(gizwits, user, second, [send(first)])
    path = {"rule_id": number}
    expect.refused(ask(gizwits, "rules.delete", gizwits.new_user(), path=path, expected=ANY), 9015, 9017)
    expect.equal(number, ask(gizwits, "rules.delete", user, path=path)["rule_id"], "rule_id")
    expect.equal([kept], [row["rule_id"] for row in rules_of(gizwits, user)], "rules")
    master.report()
    settled(gizwits, user, first, master)
    stays_silent(target)
    expect.refused(ask(gizwits, "rules.delete", user, path=path, expected=ANY), 9015)


@case(DELETE, kind="negative")
@negatives.parametrize(DELETE)
def test_delete__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Foreign callers."""
    negatives.judge(gizwits, negative)
