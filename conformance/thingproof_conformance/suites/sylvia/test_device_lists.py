"""Counting and listing devices: filters, order, pages and forms."""

from thingproof_conformance import negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import listings
from thingproof_conformance.vendors.sylvia import SylviaTarget


@case("sylvia.device.count", kind="consistency")
@listings.parametrize("sylvia.device.count")
def test_count__answers(sylvia: SylviaTarget, listing: listings.ListCase) -> None:
    """What the count call promises of devices."""
    listings.judge(sylvia, listing)


@case("sylvia.device.list", kind="consistency")
@listings.parametrize("sylvia.device.list")
def test_list__answers(sylvia: SylviaTarget, listing: listings.ListCase) -> None:
    """What the list call promises of devices."""
    listings.judge(sylvia, listing)


@case("sylvia.device.count", kind="negative")
@negatives.parametrize("sylvia.device.count")
def test_count__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)


@case("sylvia.device.list", kind="negative")
@negatives.parametrize("sylvia.device.list")
def test_list__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)
