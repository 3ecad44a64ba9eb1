"""Defects are hunted in one process: what counts as caught, and that every defect meets a fresh platform."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance.defect_hunt import FOUND, Hunter
from thingproof_conformance.selftest.suite import PLUGINS

if TYPE_CHECKING:
    from collections.abc import Sequence


class ScriptedHunter(Hunter):
    """A hunter whose cases fail as they are told, and that remembers what was switched."""

    def __init__(self, outcomes: Sequence[bool], cases: int = 1) -> None:
        self._items = [ScriptedItem(f"case-{number}") for number in range(cases)]  # type: ignore[misc] # scripted, not collected
        self._healthy = set()
        self.left = list(outcomes)
        self.switched: list[str | None] = []

    def _switch(self, fault: str | None) -> None:
        self.switched.append(fault)

    def _notices(self, item: Any) -> bool:  # type: ignore[override] # it has no item to run
        item.stash = _Stash(item.nodeid)
        return self.left.pop(0)


class ScriptedItem:
    """As much of a pytest item as a hunter looks at."""

    module = json

    def __init__(self, nodeid: str) -> None:
        self.nodeid = nodeid


class _Stash(dict[Any, Any]):
    def __init__(self, identifier: str) -> None:
        super().__init__()
        self.id = identifier

    def __getitem__(self, key: Any) -> Any:
        return self


@pytest.mark.parametrize(
    ("outcomes", "caught", "unreliable"),
    [
        ([True, True, False], "case-0", []),  # found, found again, healthy without the defect
        ([False], None, []),
        ([True, False], None, ["case-0"]),  # not found again
        ([True, True, True], None, ["case-0"]),  # fails without the defect as well
    ],
)
def test_a_case_that_fails_by_itself_catches_nothing(
    outcomes: list[bool], caught: str | None, unreliable: list[str]
) -> None:
    """A catch is seen twice with the defect and not without it."""
    hunter = ScriptedHunter(outcomes)
    found = hunter.hunt("x", [])
    assert (found["case"], found["unreliable"], hunter.left) == (caught, unreliable, [])


def test_the_next_case_is_tried_with_the_defect_on() -> None:
    """After a case that fails by itself the hunt goes on, on a fresh platform with the defect."""
    hunter = ScriptedHunter([True, True, True, True, True, False], cases=2)
    assert hunter.hunt("x", [])["case"] == "case-1"
    assert hunter.switched == ["x", "x", None, "x", "x", None]


def test_a_healthy_case_is_asked_once() -> None:
    """What was seen to pass without a defect is believed for the next one."""
    hunter = ScriptedHunter([True, True, False, True, True])
    assert [hunter.hunt(name, [])["case"] for name in ("x", "y")] == ["case-0", "case-0"]
    assert hunter.switched == ["x", "x", None, "y", "y"]


SUITE = '''
import pytest
from thingproof_conformance import expect
from thingproof_conformance.cases import case

@case("gizwits.users.login", kind="documented")
@pytest.mark.documented
def test_login__token(gizwits):
    """A login tells when its token ends."""
    user = gizwits.new_user()
    body = {"username": user.username, "password": user.password}
    answer = gizwits.call("gizwits.users.login", json=body, expect=None, check=False)
    expect.field(answer, "expire_at")
'''


def test_two_defects_in_one_process(pytester: pytest.Pytester) -> None:
    """The second defect meets a platform without the first."""
    pytester.makepyfile(test_users=SUITE)
    rows = [
        {"fault": "drop_field:operation=gizwits.users.login,field=expire_at", "near": []},
        {"fault": "drop_field:operation=gizwits.users.login,field=uid", "near": []},
    ]
    plan = pytester.makefile(".json", hunt=json.dumps(rows))
    pytester.runpytest_subprocess(
        *PLUGINS, "-p", "thingproof_conformance.defect_hunt", "--hunt", str(plan), "--vendor", "gizwits"
    )
    found = [json.loads(line) for line in (pytester.path / f"hunt.json{FOUND}").read_text().splitlines()]
    assert [row["case"] for row in found] == ["gizwits.users.login::token", None]
