"""Every row of the table of binding roles (gizwits.md:709-721).

The table says in words what each row begins with; `BEGINNINGS` says how to get there and what then happens.
The roles before and after are those of the row's own text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import EXTENDED
from thingproof_conformance.suites.gizwits.sharing_steps import (
    cancel,
    code_call,
    give_up,
    invite,
    respond,
    role_of,
    scan_code,
    share,
)
from thingproof_conformance.suites.gizwits.steps import ask
from thingproof_conformance.vendor_target import ANY
from thingproof_contracts import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

BIND = "gizwits.bindings.bind_mac"
ROWS: Final = load("gizwits").register.state_machines["binding_role"]["transitions"]
_CHANGE: Final = re.compile(r"([ABC])(?: can no longer use the device)?: (\w+) -> (\w+)")
_STAYS: Final = re.compile(r"([ABC]) stays (\w+)")
_GUESTS: Final = re.compile(r"every guest: guest -> (\w+)")


@dataclass
class Cast:
    """The users of the table, one device, and what they do."""

    gizwits: GizwitsTarget
    control: ControlClient
    device: Device
    users: dict[str, User]
    numbers: dict[str, int] = field(default_factory=dict)

    def turn_sharing_on(self) -> None:
        """The product allows sharing from now on."""
        mapping = {**self.device.product.mapping, "sharing": True}
        self.control.seed("gizwits", {"products": [mapping]})

    def bind(self, name: str, **body: Any) -> Answer:
        """A user binds the device, or tries."""
        return self.gizwits.bind(self.users[name], self.device, **body)

    def guest(self, name: str, **body: Any) -> None:
        """A invites a user, who accepts."""
        self.numbers[name] = invite(self.gizwits, self.users["A"], self.device, self.users[name], **body)
        respond(self.gizwits, self.users[name], self.numbers[name])

    def leave(self, name: str) -> None:
        """A user unbinds the device."""
        give_up(self.gizwits, self.users[name], self.device)

    def roles(self) -> dict[str, str]:
        """Everybody's role, none without the device."""
        return {name: role_of(self.gizwits, user, self.device) or "none" for name, user in self.users.items()}


def _plain(*names: str) -> Callable[[Cast], None]:
    """Users bind in this order while the product does not allow sharing."""

    def begin(cast: Cast) -> None:
        for name in names:
            cast.bind(name)

    return begin


def _shared(*guests: str, owner: bool = True, **body: Any) -> Callable[[Cast], None]:
    """The product allows sharing; A is owner and has guests."""

    def begin(cast: Cast) -> None:
        cast.turn_sharing_on()
        if owner:
            cast.bind("A", set_owner=1)
        for name in guests:
            cast.guest(name, **body)

    return begin


def _special_shares(cast: Cast) -> None:
    cast.turn_sharing_on()
    invite(cast.gizwits, cast.users["A"], cast.device, cast.users["C"])


def _second_binds(cast: Cast) -> None:
    members = {"product_key": cast.device.product.product_key, "mac": cast.device.mac}
    headers = cast.gizwits.signature(cast.device.product)
    expect.refused(
        cast.gizwits.call(BIND, token=cast.users["B"], headers=headers, json=members, expect=ANY), 9092
    )


def _guest_shares(cast: Cast) -> None:
    answer = share(cast.gizwits, cast.users["B"], cast.device, uid=cast.users["C"].uid, expected=ANY)
    expect.refused(answer, 9081)


def _scans(cast: Cast) -> None:
    code = scan_code(cast.gizwits, cast.users["A"], cast.device)
    code_call(cast.gizwits, cast.users["C"], code, accept=True)


def _removes(cast: Cast) -> None:
    parts: dict[str, Any] = {"path": {"did": cast.device.did}, "query": {"uid": cast.users["C"].uid}}
    ask(cast.gizwits, "bindings.guests.remove", cast.users["A"], **parts)


def _transfers(cast: Cast) -> None:
    parts: dict[str, Any] = {"path": {"did": cast.device.did}, "query": {"uid": cast.users["C"].uid}}
    ask(cast.gizwits, "sharing.transfer", cast.users["A"], **parts)


BEGINNINGS: Final[dict[str, tuple[Callable[[Cast], object], Callable[[Cast], object]]]] = {
    "br1": (_plain(), lambda cast: cast.bind("A")),
    "br2": (_plain("A"), lambda cast: cast.bind("B")),
    "br3": (_plain("A", "B"), lambda cast: cast.leave("A")),
    "br4": (_plain("A"), lambda cast: cast.leave("A")),
    "br5": (_plain("A", "B"), lambda cast: cast.leave("B")),
    "br6": (_plain("A", "B"), _special_shares),
    "br7": (_shared(owner=False), lambda cast: cast.bind("A", set_owner=1)),
    "br8": (_shared(), _second_binds),
    "br9": (_shared(), lambda cast: cast.guest("C")),
    "br10": (_shared(), _scans),
    "br11": (_shared("B"), lambda cast: cast.leave("A")),
    "br12": (_shared("C"), lambda cast: cancel(cast.gizwits, cast.users["A"], cast.numbers["C"])),
    "br13": (_shared("C"), _removes),
    "br14": (_shared("C"), lambda cast: cast.leave("C")),
    "br15": (_shared("B", "C"), _transfers),
    "br16": (_shared("C", duration=1), lambda cast: cast.control.advance(61)),
    "br17": (_shared("B"), _guest_shares),
    "br18": (_shared(owner=False), lambda cast: cast.bind("A", set_owner=1)),
}
"""How each row begins, and what happens in it."""


def _expected(result: str) -> tuple[dict[str, str], dict[str, str]]:
    """The roles before and after that a row's text names."""
    before, after = {}, {}
    for name, old, new in _CHANGE.findall(result):
        before[name], after[name] = old, new
    for name, role in _STAYS.findall(result):
        before[name] = after[name] = role
    for role in _GUESTS.findall(result):
        before["B"], after["B"] = "guest", role
    if not before and "no change" not in result:
        raise ValueError(f"binding_role: no role is named in {result!r}")
    return before, after


def _of_named(named: dict[str, str], roles: dict[str, str]) -> dict[str, str]:
    return {name: roles[name] for name in named}


@case(BIND, kind="state", errors=(9092, 9081), needs=("seed", "clock"))
@pytest.mark.documented
@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["id"]))
def test_bind_mac__walks(gizwits: GizwitsTarget, control: ControlClient, row: dict[str, Any]) -> None:
    """The roles before are those the row begins with, and those after are what it says."""
    device = gizwits.new_device(gizwits.new_product(EXTENDED))
    cast = Cast(gizwits, control, device, {name: gizwits.new_user() for name in "ABC"})
    begin, happen = BEGINNINGS[row["id"]]
    before, after = _expected(row["result"])
    begin(cast)
    roles = cast.roles()
    expect.equal(before, _of_named(before, roles), "roles before")
    happen(cast)
    if before:
        expect.equal(after, _of_named(after, cast.roles()), "roles after")
    else:  # a row that changes nothing
        expect.equal(roles, cast.roles(), "roles after")
