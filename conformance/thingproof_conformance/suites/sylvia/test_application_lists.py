"""Counting and listing applications: filters, order, pages and forms."""

from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import listings
from thingproof_conformance.vendors.sylvia import SylviaTarget


@case("sylvia.application.count", kind="consistency")
@listings.parametrize("sylvia.application.count")
def test_count__answers(sylvia: SylviaTarget, listing: listings.ListCase) -> None:
    """What the count call promises of applications."""
    listings.judge(sylvia, listing)


@case("sylvia.application.list", kind="consistency")
@listings.parametrize("sylvia.application.list")
def test_list__answers(sylvia: SylviaTarget, listing: listings.ListCase) -> None:
    """What the list call promises of applications."""
    listings.judge(sylvia, listing)
