"""Names that owner and guest give each other (gizwits.md:1820-1842)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.sharing_steps import (
    add_guest,
    invite,
    received,
    sent,
    shared_device,
)
from thingproof_conformance.suites.gizwits.steps import ask
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

ALIAS = "gizwits.sharing.alias"


@case(ALIAS, kind="documented", rules=("r1", "r2", "r3", "r6"), needs=("seed",))
@pytest.mark.documented
def test_alias__of_each_other(gizwits: GizwitsTarget) -> None:
    """Owner and guest each name the other; each sees the own choice as user_alias."""
    owner, device = shared_device(gizwits)
    guest, number = add_guest(gizwits, owner, device)
    for user, name in ((owner, "grandmother"), (guest, "son")):
        ask(gizwits, "sharing.alias", user, path={"id": number}, query={"user_alias": name})
    expect.equal("grandmother", sent(gizwits, owner)[0]["user_alias"], "the owner's name for the guest")
    expect.equal("son", received(gizwits, guest)[0]["user_alias"], "the guest's name for the owner")


@case(ALIAS, kind="permission", rules=("r4",), errors=(9100,), needs=("seed",))
@pytest.mark.documented
def test_alias__stranger(gizwits: GizwitsTarget) -> None:
    """Who is neither owner nor guest changes nothing."""
    owner, device = shared_device(gizwits)
    number = invite(gizwits, owner, device, gizwits.new_user())
    parts = {"path": {"id": number}, "query": {"user_alias": "x"}}
    expect.refused(ask(gizwits, "sharing.alias", gizwits.new_user(), expected=ANY, **parts), 9100)


@case(ALIAS, kind="negative", errors=(9084,), needs=("fresh-accounts",))
@pytest.mark.documented
def test_alias__unknown(gizwits: GizwitsTarget) -> None:
    """An invitation nobody made is refused."""
    parts = {"path": {"id": 2_000_000_000}, "query": {"user_alias": "x"}}
    expect.refused(ask(gizwits, "sharing.alias", gizwits.new_user(), expected=ANY, **parts), 9084)


@case(ALIAS, kind="negative")
@negatives.parametrize(ALIAS)
def test_alias__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)
