"""Cases of every count and list call, generated from the rules of its contract.

    @case("sylvia.unit.list", kind="consistency")
    @listings.parametrize("sylvia.unit.list")
    def test_list__answers(sylvia, listing):
        listings.judge(sylvia, listing)

The rules of these calls are worded alike, so that the wording tells how a rule is judged; each case
claims the rules it proves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance.suites.sylvia.listing_judges import JUDGES, Listing
from thingproof_contracts import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_conformance.vendors.sylvia import SylviaTarget
    from thingproof_contracts import Operation


@dataclass(frozen=True, slots=True)
class ListCase:
    """One case of a count or list call: what it claims, and how it is judged."""

    operation: str
    name: str
    judge: Callable[..., None] = field(repr=False)
    words: tuple[str, ...]
    rules: tuple[str, ...]
    mark: pytest.MarkDecorator = field(repr=False)


def parametrize(operation: str) -> Callable[..., Any]:
    """A decorator that runs a test with every case of a count or list call, as `listing`."""
    cases = generate(load("sylvia").operations[operation])
    return pytest.mark.parametrize(
        "listing",
        [
            pytest.param(each, id=each.name, marks=[each.mark, pytest.mark.covers(rules=each.rules)])
            for each in cases
        ],
    )


def generate(operation: Operation) -> list[ListCase]:
    """The cases of one call: one for each judge and the words it reads in the rules."""
    found: dict[str, ListCase] = {}
    for rule in operation.rules:
        for row in JUDGES:
            matched = row.pattern.match(rule.text)
            if matched is None or (row.names and operation.id not in row.names):
                continue
            words = matched.groups()
            name = "_".join(
                (row.name, *(word.lower() for word in words if row.by_word and word.isidentifier()))
            )
            mark = (
                pytest.mark.contradictory(row.contradiction) if row.contradiction else pytest.mark.documented
            )
            other = found.get(name)
            rules = (*(other.rules if other else ()), rule.id, *row.also)
            found[name] = ListCase(operation.id, name, row.judge, words if row.by_word else (), rules, mark)
            break
    return list(found.values())


def judge(target: SylviaTarget, case: ListCase) -> None:
    """Make the entries and judge what the call answers about them."""
    case.judge(Listing(target, case.operation), *case.words)
