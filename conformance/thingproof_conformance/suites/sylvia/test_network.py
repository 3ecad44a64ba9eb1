"""Networks: making, looking, changing, deleting (sylvia.md:543-586, 708-751)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import coded_cases, resource_cases

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

CREATE, GET = "sylvia.network.create", "sylvia.network.get"
UPDATE, DELETE = "sylvia.network.update", "sylvia.network.delete"


@case(CREATE, kind="documented", rules=("r1", "r8", "r9", "r13"))
@pytest.mark.documented
def test_create__required_members(sylvia: SylviaTarget) -> None:
    """Code, unit and hostUri are enough; everything shows the network."""
    coded_cases.required_members(sylvia, "network")


@case(CREATE, kind="documented", rules=("r5", "r10"))
@pytest.mark.documented
def test_create__lower_case(sylvia: SylviaTarget) -> None:
    """The code is kept in lower case; name and info as they came."""
    coded_cases.lower_case(sylvia, "network")


@case(CREATE, kind="negative", rules=("r4",), errors=("err_param",))
@pytest.mark.documented
def test_create__no_code(sylvia: SylviaTarget) -> None:
    """A code begins with a letter or digit and goes on with these, hyphens and underscores."""
    coded_cases.no_code(sylvia, "network")


@case(CREATE, kind="negative", rules=("r7",), errors=("err_param",))
@pytest.mark.contradictory("sylvia.contra.22")
def test_create__host_uris(sylvia: SylviaTarget) -> None:
    """The queues are at a broker of AMQP or MQTT, reachable or not."""
    coded_cases.host_uris(sylvia, "network")


@case(CREATE, kind="negative", rules=("sylvia.global.r5",), errors=("err_param",))
@pytest.mark.inferred
def test_create__empty_key(sylvia: SylviaTarget) -> None:
    """Information without a name is refused."""
    coded_cases.empty_key(sylvia, "network")


@case(CREATE, kind="negative", rules=("r12",), errors=("err_broker_network_exist",))
@pytest.mark.contradictory("sylvia.contra.20")
def test_create__code_used(sylvia: SylviaTarget) -> None:
    """A code is used once in a unit, in whatever case, and may be used in another one."""
    coded_cases.code_used(sylvia, "network")


@case(CREATE, kind="negative", rules=("r11",), errors=("err_broker_unit_not_exist",))
@pytest.mark.documented
def test_create__unit_unknown(sylvia: SylviaTarget) -> None:
    """A unit that does not exist is refused to administrators, too."""
    coded_cases.unit_unknown(sylvia, "network")


@case(CREATE, kind="consistency", rules=("sylvia.global.r21", "sylvia.global.r23", "sylvia.global.r24"))
@pytest.mark.inferred
def test_create__id_and_times(sylvia: SylviaTarget) -> None:
    """The id begins with the milliseconds of createdAt, which is now and equals modifiedAt."""
    coded_cases.id_and_times(sylvia, "network")


@case(CREATE, kind="negative")
@negatives.parametrize(CREATE)
def test_create__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)


@case(GET, kind="consistency", rules=("r1", "r2", "r4"))
@pytest.mark.documented
def test_get__found_by_id(sylvia: SylviaTarget) -> None:
    """Each network is found by its id, as the list shows it."""
    coded_cases.found_by_id(sylvia, "network")


@case(GET, kind="negative")
@negatives.parametrize(GET)
def test_get__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)


@case(UPDATE, kind="documented", rules=("r1", "r4", "r6", "r7", "r10", "sylvia.global.r4"))
@pytest.mark.documented
def test_update__one_member(sylvia: SylviaTarget) -> None:
    """What is given changes, and modifiedAt; the rest stays."""
    coded_cases.one_member(sylvia, "network")


@case(UPDATE, kind="documented", rules=("r8", "r9"))
@pytest.mark.documented
def test_update__info_replaced(sylvia: SylviaTarget) -> None:
    """Information is replaced as a whole."""
    coded_cases.info_replaced(sylvia, "network")


@case(UPDATE, kind="negative", rules=("sylvia.global.r5",), errors=("err_param",))
@pytest.mark.inferred
def test_update__empty_key_of_change(sylvia: SylviaTarget) -> None:
    """Information without a name is refused."""
    coded_cases.empty_key_of_change(sylvia, "network")


@case(UPDATE, kind="negative", rules=("r2",), errors=("err_param",))
@pytest.mark.documented
def test_update__nothing_given(sylvia: SylviaTarget) -> None:
    """A change of nothing is refused; code and unit are not to be changed."""
    coded_cases.nothing_given(sylvia, "network")


@case(UPDATE, kind="negative", rules=("sylvia.global.r5",), errors=("err_param",))
@pytest.mark.contradictory("sylvia.contra.22")
def test_update__host_uri_refused(sylvia: SylviaTarget) -> None:
    """What is no broker of AMQP or MQTT is refused, and nothing changes."""
    coded_cases.host_uri_refused(sylvia, "network")


@case(UPDATE, kind="negative")
@negatives.parametrize(UPDATE)
def test_update__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)


@case(DELETE, kind="state", rules=("r1", "r2", "r3", "sylvia.global.r4"))
@pytest.mark.contradictory("sylvia.contra.49")
def test_delete__takes_its_own_along(sylvia: SylviaTarget) -> None:
    """A network goes with its devices, routes and waiting data; all else stays."""
    coded_cases.takes_its_own_along(sylvia, "network")


@case(DELETE, kind="negative", rules=("r2", "r3"))
@pytest.mark.contradictory("sylvia.contra.4")
def test_delete__unknown_deleted(sylvia: SylviaTarget) -> None:
    """Deleting something that is not there is done already."""
    resource_cases.unknown_deleted(sylvia, "network")


@case(DELETE, kind="negative")
@negatives.parametrize(DELETE)
def test_delete__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)
