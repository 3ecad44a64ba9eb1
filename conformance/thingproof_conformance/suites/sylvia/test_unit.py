"""Units: making, looking, changing (sylvia.md:141-182, 277-317)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import resource_cases as resources
from thingproof_conformance.vendor_target import ANY, Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

CREATE, GET, UPDATE = "sylvia.unit.create", "sylvia.unit.get", "sylvia.unit.update"


# Making.


@case(CREATE, kind="documented", rules=("r1", "r2", "r6", "r8", "r9", "r13", "sylvia.global.r25"))
@pytest.mark.documented
def test_create__code_alone(sylvia: SylviaTarget) -> None:
    """A code is enough; the caller becomes owner and only member, and everything shows the unit."""
    owner = sylvia.new_user()
    unit = sylvia.new_unit(owner)
    found = resources.entry(sylvia, "unit", unit.unit_id)
    told = {name: found[name] for name in ("code", "ownerId", "memberIds", "name", "info")}
    wanted = {
        "code": unit.code,
        "ownerId": owner.user_id,
        "memberIds": [owner.user_id],
        "name": "",
        "info": {},
    }
    expect.equal(wanted, told, "the unit")
    resources.shown_everywhere(sylvia, "unit", unit.unit_id, owner)


@case(CREATE, kind="documented", rules=("r1", "r5", "r10"))
@pytest.mark.documented
def test_create__lower_case(sylvia: SylviaTarget) -> None:
    """The code is kept in lower case; name and info as they came."""
    info = {"Address": "Mt. Sylvia", "floors": [1, None, {"Ä": 0.5}]}
    code = f"Unit_{sylvia.names.hex(6)}-X"
    unit = sylvia.new_unit(code=code, name="Sylvia Ünit", info=info)
    found = resources.entry(sylvia, "unit", unit.unit_id)
    told = (found["code"], found["name"], found["info"])
    expect.equal((code.lower(), "Sylvia Ünit", info), told, "code, name and info")


@case(CREATE, kind="negative", rules=("r4",), errors=("err_param",))
@pytest.mark.documented
def test_create__no_code(sylvia: SylviaTarget) -> None:
    """A code begins with a letter or digit and goes on with these, hyphens and underscores."""
    resources.codes_refused(sylvia, "unit", sylvia.new_user())


@case(CREATE, kind="negative", errors=("err_param",), rules=("sylvia.global.r5",))
@pytest.mark.inferred
def test_create__empty_key(sylvia: SylviaTarget) -> None:
    """Information without a name is refused."""
    owner = sylvia.new_user()
    body = {"data": {"code": sylvia.names.text("unit")}}
    resources.empty_key_refused(sylvia, Call(CREATE, token=owner, json=body))


@case(CREATE, kind="negative", rules=("r12",), errors=("err_broker_unit_exist",))
@pytest.mark.documented
def test_create__code_used(sylvia: SylviaTarget) -> None:
    """A code is used once among all units, in whatever case; it is free again after the deletion."""
    unit, other = sylvia.new_unit(), sylvia.new_user()
    for caller, code in ((unit.owner, unit.code), (other, unit.code), (other, unit.code.upper())):
        answer = sylvia.call(CREATE, token=caller, json={"data": {"code": code}}, expect=ANY)
        expect.refused(answer, "err_broker_unit_exist")
    expect.equal(0, sylvia.counted("unit", owner=other.user_id), "the units of the other user")
    sylvia.call("sylvia.unit.delete", token=unit.owner, path={"unitId": unit.unit_id})
    again = sylvia.new_unit(other, code=unit.code)
    expect.different(unit.unit_id, again.unit_id, "the id of the second unit")


@case(CREATE, kind="permission", rules=("r2", "sylvia.global.r17"))
@pytest.mark.documented
def test_create__owner_given(sylvia: SylviaTarget) -> None:
    """Administrators make units for others, who own them then."""
    for caller in (sylvia.admin, sylvia.manager):
        owner = sylvia.new_user()
        unit = sylvia.new_unit(caller, ownerId=owner.user_id)
        found = resources.entry(sylvia, "unit", unit.unit_id)
        expect.equal((owner.user_id, [owner.user_id]), (found["ownerId"], found["memberIds"]), "the owner")
        resources.update(sylvia, "unit", unit.unit_id, owner, name="mine")


@case(CREATE, kind="permission", rules=("r7",))
@pytest.mark.contradictory("sylvia.contra.18")
def test_create__owner_given_by_anybody(sylvia: SylviaTarget) -> None:
    """A normal user who names an owner owns the unit nevertheless."""
    caller, other = sylvia.new_user(), sylvia.new_user()
    unit = sylvia.new_unit(caller, ownerId=other.user_id)
    expect.equal(caller.user_id, resources.entry(sylvia, "unit", unit.unit_id)["ownerId"], "the owner")
    expect.equal(0, sylvia.counted("unit", owner=other.user_id), "the units of the other")


@case(CREATE, kind="negative", rules=("r11",), errors=("err_broker_owner_not_exist",))
@pytest.mark.documented
def test_create__owner_unknown(sylvia: SylviaTarget) -> None:
    """An owner who does not exist is refused, an empty id, too; nothing is made."""
    code = sylvia.names.text("unit")
    body = {"data": {"code": code, "ownerId": sylvia.names.hex(22)}}
    answer = sylvia.call(CREATE, token=sylvia.admin, json=body, expect=ANY)
    expect.refused(answer, "err_broker_owner_not_exist")
    body["data"]["ownerId"] = ""
    answer = sylvia.call(CREATE, token=sylvia.admin, json=body, expect=ANY)
    expect.refused(answer, "err_param", "err_broker_owner_not_exist")
    expect.equal(0, sylvia.counted("unit", contains=code), "the units made")


@case(CREATE, kind="permission", rules=("sylvia.global.r15",))
@pytest.mark.contradictory("sylvia.contra.17")
def test_create__second_unit(sylvia: SylviaTarget) -> None:
    """An owner makes a second unit."""
    owner = sylvia.new_user()
    ids = {sylvia.new_unit(owner).unit_id, sylvia.new_unit(owner).unit_id}
    expect.equal(ids, {row["unitId"] for row in sylvia.listed("unit", owner)}, "the units of the owner")


@case(CREATE, kind="consistency", rules=("sylvia.global.r21", "sylvia.global.r23", "sylvia.global.r24"))
@pytest.mark.inferred
def test_create__id_and_times(sylvia: SylviaTarget) -> None:
    """The id begins with the milliseconds of createdAt, which is now and equals modifiedAt."""
    resources.fresh(sylvia, "unit", lambda: sylvia.new_unit().unit_id)


@case(CREATE, kind="negative")
@negatives.parametrize(CREATE)
def test_create__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)


# Looking.


@case(GET, kind="consistency", rules=("r1", "r2", "r4"))
@pytest.mark.documented
def test_get__entry(sylvia: SylviaTarget) -> None:
    """Each unit is found by its id, as the list shows it."""
    owner = sylvia.new_user()
    units = [sylvia.new_unit(owner, name=f"unit {number}") for number in range(2)]
    listed = {row["unitId"]: row for row in sylvia.listed("unit", owner)}
    for number, unit in enumerate(units):
        found = resources.entry(sylvia, "unit", unit.unit_id)
        expect.equal(listed[unit.unit_id], found, "the unit")
        expect.equal((unit.code, f"unit {number}"), (found["code"], found["name"]), "code and name")


@case(GET, kind="negative")
@negatives.parametrize(GET)
def test_get__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)


# Changing.


@case(UPDATE, kind="documented", rules=("r1", "r4", "r7", "r10", "r11", "r14", "sylvia.global.r4"))
@pytest.mark.documented
def test_update__one_member(sylvia: SylviaTarget) -> None:
    """What is given changes, and modifiedAt; the rest stays."""
    unit = sylvia.new_unit(name="before", info={"a": 1})
    resources.only_this_changes(sylvia, "unit", unit.unit_id, unit.owner, name="after")
    resources.only_this_changes(sylvia, "unit", unit.unit_id, unit.owner, info={"b": 2})
    resources.only_this_changes(sylvia, "unit", unit.unit_id, sylvia.manager, name="")


@case(UPDATE, kind="documented", rules=("r12", "r13"))
@pytest.mark.documented
def test_update__info(sylvia: SylviaTarget) -> None:
    """Information is replaced as a whole."""
    unit = sylvia.new_unit()
    resources.info_replaced(sylvia, "unit", unit.unit_id, unit.owner)


@case(UPDATE, kind="negative", errors=("err_param",), rules=("sylvia.global.r5",))
@pytest.mark.inferred
def test_update__empty_key(sylvia: SylviaTarget) -> None:
    """Information without a name is refused."""
    unit = sylvia.new_unit()
    path = {"unitId": unit.unit_id}
    resources.empty_key_refused(sylvia, Call(UPDATE, path, token=unit.owner, json={"data": {"name": "x"}}))


@case(UPDATE, kind="negative", rules=("r2",), errors=("err_param",))
@pytest.mark.documented
def test_update__nothing_given(sylvia: SylviaTarget) -> None:
    """A change of nothing is refused, to the owner and to the administrator."""
    unit = sylvia.new_unit()
    for caller in (unit.owner, sylvia.admin):
        resources.nothing_given(sylvia, "unit", unit.unit_id, caller)


@case(UPDATE, kind="permission", rules=("r5", "r8", "r2"))
@pytest.mark.contradictory("sylvia.contra.18")
def test_update__people_given_by_the_owner(sylvia: SylviaTarget) -> None:
    """Owner and members are the administrators' to set: from the owner they have no effect."""
    unit, other = sylvia.new_unit(), sylvia.new_user()
    for people in ({"ownerId": other.user_id}, {"memberIds": [other.user_id]}):
        resources.nothing_given(sylvia, "unit", unit.unit_id, unit.owner, **people)
        resources.only_this_changes(sylvia, "unit", unit.unit_id, unit.owner, name=sylvia.names.text())
        answer = resources.update(sylvia, "unit", unit.unit_id, unit.owner, name="both", **people)
        expect.accepted(answer, status=204)
        found = resources.entry(sylvia, "unit", unit.unit_id)
        told = (found["name"], found["ownerId"], found["memberIds"])
        expect.equal(("both", unit.owner.user_id, [unit.owner.user_id]), told, "name, owner, members")


@case(UPDATE, kind="permission", rules=("r6", "r4"))
@pytest.mark.documented
def test_update__owner(sylvia: SylviaTarget) -> None:
    """A unit gets another owner, who may do now what the former may not; he becomes a member."""
    unit, heir = sylvia.new_unit(), sylvia.new_user()
    resources.update(sylvia, "unit", unit.unit_id, sylvia.admin, ownerId=heir.user_id)
    found = resources.entry(sylvia, "unit", unit.unit_id)
    expect.equal(heir.user_id, found["ownerId"], "the owner")
    expect.contains(heir.user_id, found["memberIds"], "the new owner among the members")
    resources.update(sylvia, "unit", unit.unit_id, heir, name="mine now")
    answer = resources.update(sylvia, "unit", unit.unit_id, unit.owner, expected=ANY, name="still mine")
    expect.refused(answer)
    expect.equal("mine now", resources.entry(sylvia, "unit", unit.unit_id)["name"], "the name")


@case(UPDATE, kind="permission", rules=("r9", "r7"))
@pytest.mark.documented
def test_update__members(sylvia: SylviaTarget) -> None:
    """A new list of members takes the place of the former; who left sees the unit no more."""
    unit, one, two = sylvia.new_unit(), sylvia.new_user(), sylvia.new_user()
    owner = unit.owner.user_id
    resources.update(sylvia, "unit", unit.unit_id, sylvia.admin, memberIds=[owner, one.user_id, one.user_id])
    found = resources.entry(sylvia, "unit", unit.unit_id)
    expect.equal(sorted([owner, one.user_id]), sorted(found["memberIds"]), "the members, each once")
    expect.equal(found, sylvia.shown("unit", unit.unit_id, one), "what the member sees")
    resources.update(sylvia, "unit", unit.unit_id, sylvia.manager, memberIds=[owner, two.user_id])
    expect.equal(None, sylvia.shown("unit", unit.unit_id, one), "what the former member sees")
    expect.equal([unit.unit_id], [row["unitId"] for row in sylvia.listed("unit", two)], "the new member's")
    expect.equal([], sylvia.listed("unit", one), "the former member's units")


@case(UPDATE, kind="state", rules=("r9", "sylvia.global.r25"))
@pytest.mark.contradictory("sylvia.contra.26")
def test_update__owner_stays_member(sylvia: SylviaTarget) -> None:
    """A list of members without the owner does not drop him."""
    unit, other = sylvia.new_unit(), sylvia.new_user()
    for members in ([other.user_id], []):
        resources.update(sylvia, "unit", unit.unit_id, sylvia.admin, memberIds=members)
        found = set(resources.entry(sylvia, "unit", unit.unit_id)["memberIds"])
        expect.equal({unit.owner.user_id, *members}, found, "the members")


@case(UPDATE, kind="negative", rules=("r15",), errors=("err_broker_owner_not_exist",))
@pytest.mark.documented
def test_update__owner_unknown(sylvia: SylviaTarget) -> None:
    """An owner who does not exist is refused, and nothing changes."""
    unit = sylvia.new_unit()
    before = resources.entry(sylvia, "unit", unit.unit_id)
    unknown = sylvia.names.hex(22)
    answer = resources.update(
        sylvia, "unit", unit.unit_id, sylvia.admin, expected=ANY, ownerId=unknown, name="changed"
    )
    expect.refused(answer, "err_broker_owner_not_exist")
    expect.equal(before, resources.entry(sylvia, "unit", unit.unit_id), "the unit")


@case(UPDATE, kind="negative", rules=("r16",), errors=("err_broker_member_not_exist",))
@pytest.mark.documented
def test_update__member_unknown(sylvia: SylviaTarget) -> None:
    """One member who does not exist is enough to refuse the list, and nothing changes."""
    unit, other = sylvia.new_unit(), sylvia.new_user()
    before = resources.entry(sylvia, "unit", unit.unit_id)
    members = [unit.owner.user_id, sylvia.names.hex(22), other.user_id]
    answer = resources.update(
        sylvia, "unit", unit.unit_id, sylvia.admin, expected=ANY, memberIds=members, name="changed"
    )
    expect.refused(answer, "err_broker_member_not_exist")
    expect.equal(before, resources.entry(sylvia, "unit", unit.unit_id), "the unit")


@case(UPDATE, kind="negative")
@negatives.parametrize(UPDATE)
def test_update__refuses(sylvia: SylviaTarget, negative: negatives.Negative) -> None:
    """A spoilt call is refused."""
    negatives.judge(sylvia, negative)
