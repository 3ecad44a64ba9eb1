"""Counting and listing the downlink buffer: filters, order, pages and forms."""

from thingproof_conformance import negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import listings
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
