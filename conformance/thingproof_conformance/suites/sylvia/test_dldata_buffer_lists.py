"""Counting and listing the downlink buffer: filters, order, pages and forms."""

import pytest

from thingproof_conformance import negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import listings, populations
from thingproof_conformance.suites.sylvia import resource_cases as resources
from thingproof_conformance.vendors.sylvia import SylviaTarget


@case("sylvia.dldata_buffer.count", kind="consistency")
@listings.parametrize("sylvia.dldata_buffer.count")
def test_count__answers(sylvia: SylviaTarget, listing: listings.ListCase) -> None:
    """What the count call promises of the downlink buffer."""
    listings.judge(sylvia, listing)


@case("sylvia.dldata_buffer.list", kind="consistency")
@listings.parametrize("sylvia.dldata_buffer.list")
def test_list__answers(sylvia: SylviaTarget, listing: listings.ListCase) -> None:
    """What the list call promises of the downlink buffer."""
    listings.judge(sylvia, listing)


@case("sylvia.dldata_buffer.count", kind="negative")
@negatives.parametrize("sylvia.dldata_buffer.count")
def test_count__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)


@case("sylvia.dldata_buffer.list", kind="negative")
@negatives.parametrize("sylvia.dldata_buffer.list")
def test_list__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)


@case("sylvia.dldata_buffer.list", kind="consistency", rules=("sylvia.global.r22", "sylvia.global.r23"))
@pytest.mark.inferred
def test_list__ids(sylvia: SylviaTarget) -> None:
    """Ids of waiting data are longer than others and begin with the milliseconds of createdAt."""
    population = populations.populate(sylvia, "dldata_buffer")
    for row in sylvia.listed("dldata_buffer", population.caller, **population.scope):
        created = resources.milliseconds(row["createdAt"])
        resources.judge_identifier(resources.LONG_IDENTIFIER, row["dataId"], created)
