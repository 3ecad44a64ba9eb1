"""What users change of their own bindings (gizwits.md:967-1013)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import EXTENDED
from thingproof_conformance.suites.gizwits.steps import ask, details
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

UPDATE = "gizwits.bindings.update"


def update(
    gizwits: GizwitsTarget, user: User, device: Device, *, expected: Any = "success", **body: Any
) -> Answer:
    """Change a binding."""
    return ask(gizwits, "bindings.update", user, path={"did": device.did}, json=body, expected=expected)


@case(UPDATE, kind="documented", rules=("r1", "r4", "r5", "r7"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.35")
def test_update__is_kept(gizwits: GizwitsTarget) -> None:
    """Remark, alias and labels are answered and shown from then on."""
    user, device = gizwits.bound()
    given = {"remark": "备注", "dev_alias": "设备别名", "dev_label": ["标签1", "标签2"]}
    answer = update(gizwits, user, device, **given)
    expect.equal(given, {name: answer[name] for name in given}, "the answer")
    shown = details(gizwits, user, device)
    expect.equal(given, {name: shown[name] for name in given}, "the details")


@case(UPDATE, kind="documented", rules=("r3",), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("member", ["remark", "dev_alias", "dev_label"])
def test_update__one_member(gizwits: GizwitsTarget, member: str) -> None:
    """One of the three suffices and leaves the others as they were."""
    user, device = gizwits.bound()
    before = {"remark": "a", "dev_alias": "b", "dev_label": ["c"]}
    update(gizwits, user, device, **before)
    value: Any = ["new"] if member == "dev_label" else "new"
    update(gizwits, user, device, **{member: value})
    shown = details(gizwits, user, device)
    expect.equal(before | {member: value}, {name: shown[name] for name in before}, "the details")


@case(UPDATE, kind="consistency", rules=("r2",), needs=("seed",))
@pytest.mark.documented
def test_update__per_user(gizwits: GizwitsTarget) -> None:
    """Two users of a device have remarks and aliases of their own."""
    first, device = gizwits.bound(gizwits.new_product(EXTENDED))
    second = gizwits.new_user()
    gizwits.bind(second, device)
    update(gizwits, first, device, remark="mine", dev_alias="one", dev_label=["x"])
    update(gizwits, second, device, remark="yours", dev_alias="two")
    shown = [details(gizwits, user, device) for user in (first, second)]
    pairs = [(row["remark"], row["dev_alias"]) for row in shown]
    expect.equal([("mine", "one"), ("yours", "two")], pairs, "remark and alias")
    expect.equal([["x"], []], [row["dev_label"] for row in shown], "labels")


@case(UPDATE, kind="negative", rules=("r3",), errors=(9015,), needs=("seed",))
@pytest.mark.documented
def test_update__nothing(gizwits: GizwitsTarget) -> None:
    """Without any of the three the call is refused."""
    user, device = gizwits.bound()
    expect.refused(update(gizwits, user, device, expected=ANY), 9015)


@case(UPDATE, kind="permission", rules=("r1",), errors=(9017,), needs=("seed",))
@pytest.mark.inferred
def test_update__not_bound(gizwits: GizwitsTarget) -> None:
    """A device that is not bound cannot be changed."""
    _, device = gizwits.bound()
    expect.refused(update(gizwits, gizwits.new_user(), device, remark="x", expected=ANY), 9017)


@case(UPDATE, kind="negative", rules=("r1",), errors=(9014,), needs=("fresh-accounts",))
@pytest.mark.inferred
def test_update__unknown_device(gizwits: GizwitsTarget) -> None:
    """A device nobody has cannot be changed."""
    parts: dict[str, Any] = {"path": {"did": gizwits.names.hex(22)}, "json": {"remark": "x"}}
    answer = ask(gizwits, "bindings.update", gizwits.new_user(), expected=ANY, **parts)
    expect.refused(answer, 9014)


@case(UPDATE, kind="negative")
@negatives.parametrize(UPDATE)
def test_update__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)
