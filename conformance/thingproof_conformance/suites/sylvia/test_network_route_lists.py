"""Counting and listing network routes: filters, order, pages and forms."""

from thingproof_conformance import negatives
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


@case("sylvia.network_route.count", kind="negative")
@negatives.parametrize("sylvia.network_route.count")
def test_count__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)


@case("sylvia.network_route.list", kind="negative")
@negatives.parametrize("sylvia.network_route.list")
def test_list__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)
