"""Counting and listing network routes: filters, order, pages and forms."""

from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import listings
from thingproof_conformance.vendors.sylvia import SylviaTarget


@case("sylvia.network_route.count", kind="consistency")
@listings.parametrize("sylvia.network_route.count")
def test_count__answers(sylvia: SylviaTarget, listing: listings.ListCase) -> None:
    """What the count call promises of network routes."""
    listings.judge(sylvia, listing)


@case("sylvia.network_route.list", kind="consistency")
@listings.parametrize("sylvia.network_route.list")
def test_list__answers(sylvia: SylviaTarget, listing: listings.ListCase) -> None:
    """What the list call promises of network routes."""
    listings.judge(sylvia, listing)
