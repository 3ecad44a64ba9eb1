"""Units: codes, owners and members, changes, deletion with everything in them (sylvia.md:142-333)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from thingproof_platform.tests.sylvia_cloud import SylviaCloud


def test_a_new_unit_is_the_callers() -> None:
    """Code in lower case, caller as owner and member, equal times, an id that tells the moment."""
    cloud = SylviaCloud(empty=True)
    identifier = cloud.create("unit", as_="owner", code="Sylvia_1-X", name="Home", info={"a": {"b": 1}})
    unit = cloud.call("unit.get", as_="owner", path=identifier).body["data"]
    assert unit == {
        "unitId": identifier,
        "code": "sylvia_1-x",
        "createdAt": "2023-11-14T22:13:20.000Z",
        "modifiedAt": "2023-11-14T22:13:20.000Z",
        "ownerId": cloud.users["owner"],
        "memberIds": [cloud.users["owner"]],
        "name": "Home",
        "info": {"a": {"b": 1}},
    }
    assert re.fullmatch(r"1700000000000-[A-Za-z0-9]{8}", identifier)


def test_name_and_info_may_be_left_out() -> None:
    """Empty text and empty object; null counts as left out for the handler."""
    cloud = SylviaCloud(empty=True, validates=False)
    identifier = cloud.create("unit", code="a", name=None, info=None, ownerId=None)
    unit = cloud.call("unit.get", path=identifier).body["data"]
    assert (unit["name"], unit["info"], unit["ownerId"]) == ("", {}, cloud.users["admin"])


@pytest.mark.parametrize("code", ["", "-a", "_a", "a b", "ä", "a.b", "a\n", 5, None, [], {}])
@pytest.mark.parametrize("validates", [True, False])
def test_codes_that_are_none(code: Any, validates: bool) -> None:
    """Refused by the contract or by the handler alone."""
    cloud = SylviaCloud(empty=True, validates=validates)
    assert cloud.code("unit.create", {"code": code}) == "err_param"
    assert cloud.total("unit") == 0


@pytest.mark.parametrize("info", [5, "x", [], {"": 1}])
@pytest.mark.parametrize("validates", [True, False])
def test_information_that_is_none(info: Any, validates: bool) -> None:
    """An object without an empty name."""
    cloud = SylviaCloud(empty=True, validates=validates)
    assert cloud.code("unit.create", {"code": "a", "info": info}) == "err_param"


@pytest.mark.parametrize("body", [None, [], "x", 5, {}, {"data": None}, {"data": []}])
@pytest.mark.parametrize("validates", [True, False])
def test_bodies_that_are_none(body: Any, validates: bool) -> None:
    """`data` has to be an object."""
    cloud = SylviaCloud(empty=True, validates=validates)
    assert cloud.code("unit.create", body=body) == "err_param"


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application"]
)
def test_content_types_that_are_not_json(content_type: str) -> None:
    """The body has to be sent as JSON, with parameters if they like."""
    cloud = SylviaCloud(empty=True)
    assert cloud.code("unit.create", {"code": "a"}, content_type=content_type) == "err_param"
    assert cloud.code("unit.create", {"code": "a"}, content_type="Application/JSON; charset=utf-8") == "200"


def test_codes_are_unique_whatever_their_case() -> None:
    """Among all units, until the unit is gone."""
    cloud = SylviaCloud(empty=True)
    identifier = cloud.create("unit", as_="owner", code="Home")
    assert cloud.code("unit.create", {"code": "hOME"}, as_="stranger") == "err_broker_unit_exist"
    cloud.call("unit.delete", path=identifier)
    assert cloud.code("unit.create", {"code": "home"}, as_="stranger") == "200"


def test_owner_by_admin_only() -> None:
    """Honoured for admin and manager, ignored for others (sylvia.contra.18)."""
    cloud = SylviaCloud(empty=True)
    data = {"ownerId": cloud.users["owner"]}
    for name, owner in (
        ("admin", "owner"),
        ("manager", "owner"),
        ("service", "service"),
        ("stranger", "stranger"),
    ):
        identifier = cloud.create("unit", as_=name, code=name, **data)
        unit = cloud.call("unit.get", path=identifier).body["data"]
        assert unit["ownerId"] == cloud.users[owner]
        assert unit["memberIds"] == [cloud.users[owner]]
    nobody = {"code": "x", "ownerId": "nobody"}
    assert cloud.code("unit.create", nobody) == "err_broker_owner_not_exist"
    assert cloud.code("unit.create", nobody, as_="owner") == "200"
    assert cloud.code("unit.create", {"code": "y", "ownerId": ""}) == "err_param"


def test_changes_of_a_unit() -> None:
    """What is given changes, info as a whole, modifiedAt follows."""
    cloud = SylviaCloud()
    home = cloud.ids["unit"]["home"]
    cloud.world.clock.advance(1.5)
    assert cloud.code("unit.update", {"info": {"a": 1, "b": 2}}, as_="owner", path=home) == "204"
    assert cloud.code("unit.update", {"name": "N", "info": {"c": 3}}, as_="owner", path=home) == "204"
    unit = cloud.call("unit.get", path=home).body["data"]
    assert (unit["name"], unit["info"], unit["code"]) == ("N", {"c": 3}, "home")
    assert unit["modifiedAt"] == "2023-11-14T22:13:21.500Z"
    assert unit["createdAt"] == "2023-11-14T22:13:20.000Z"


def test_owner_and_members_by_admin() -> None:
    """The owner stays a member, doublets go, a new owner is added (sylvia.contra.26)."""
    cloud = SylviaCloud()
    home, users = cloud.ids["unit"]["home"], cloud.users

    def members() -> list[str]:
        unit = cloud.call("unit.get", path=home).body["data"]
        named = {identifier: name for name, identifier in users.items()}
        return [named[unit["ownerId"]], *(named[member] for member in unit["memberIds"])]

    data: dict[str, Any] = {"memberIds": [users["stranger"], users["stranger"]]}
    assert cloud.code("unit.update", data, path=home) == "204"
    assert members() == ["owner", "stranger", "owner"]
    assert cloud.code("unit.update", {"ownerId": users["member"]}, as_="manager", path=home) == "204"
    assert members() == ["member", "stranger", "owner", "member"]
    assert cloud.code("unit.update", {"memberIds": []}, path=home) == "204"
    assert members() == ["member", "member"]
    both = {"ownerId": users["owner"], "memberIds": [users["member"]]}
    assert cloud.code("unit.update", both, path=home) == "204"
    assert members() == ["owner", "member", "owner"]


def test_members_and_owners_who_do_not_exist() -> None:
    """Two codes, and nothing changes."""
    cloud = SylviaCloud()
    home = cloud.ids["unit"]["home"]
    before = cloud.call("unit.get", path=home).body
    members = {"name": "x", "memberIds": [cloud.users["owner"], "nobody"]}
    assert cloud.code("unit.update", members, path=home) == "err_broker_member_not_exist"
    owner = {"name": "x", "ownerId": "nobody"}
    assert cloud.code("unit.update", owner, path=home) == "err_broker_owner_not_exist"
    assert cloud.code("unit.update", {"memberIds": "x"}, path=home) == "err_param"
    assert cloud.call("unit.get", path=home).body == before


def test_a_change_of_nothing() -> None:
    """At least one member that counts for the caller; the unknown unit is told first (sylvia.contra.27)."""
    cloud = SylviaCloud()
    home = cloud.ids["unit"]["home"]
    assert cloud.code("unit.update", {}, path=home) == "err_param"
    assert cloud.code("unit.update", {"code": "x"}, path=home) == "err_param"
    admins = {"ownerId": cloud.users["member"], "memberIds": []}
    assert cloud.code("unit.update", admins, as_="owner", path=home) == "err_param"
    assert cloud.code("unit.update", admins | {"name": "x"}, as_="owner", path=home) == "204"
    assert cloud.call("unit.get", path=home).body["data"]["ownerId"] == cloud.users["owner"]
    assert cloud.code("unit.update", {}, path="nothing") == "err_not_found"


def test_a_unit_goes_with_everything_in_it() -> None:
    """Applications, networks, devices, routes, buffers; those of other units stay (sylvia.contra.49)."""
    cloud = SylviaCloud()
    for unit in ("home", "abroad"):
        device = cloud.device("01", unit=unit, network=f"{unit}-net")
        cloud.device(f"{unit}-02", unit=unit, network="public")
        cloud.route(device, f"{unit}-app")
        cloud.buffer(device, f"{unit}-app")
        cloud.create(
            "network_route",
            networkId=cloud.ids["network"]["public"],
            applicationId=cloud.ids["application"][f"{unit}-app"],
        )
    tags = ("unit", "application", "network", "device", "device_route", "network_route", "dldata_buffer")
    assert [cloud.total(tag) for tag in tags] == [2, 2, 3, 4, 2, 2, 2]
    assert cloud.code("unit.delete", as_="owner", path=cloud.ids["unit"]["home"]) == "204"
    assert [cloud.total(tag) for tag in tags] == [1, 1, 2, 2, 1, 1, 1]
    assert len(cloud.world.things.things) == len(cloud.world.things.attachments) == 2
    cloud.restart()
    assert [cloud.total(tag) for tag in tags] == [1, 1, 2, 2, 1, 1, 1]
    assert cloud.total("device", unit=cloud.ids["unit"]["abroad"]) == 2


def test_units_of_a_user() -> None:
    """Those of the owner go, those where the user is a member stay; admins only."""
    cloud = SylviaCloud()
    cloud.unit("second", owner="owner")
    cloud.unit("third", owner="stranger", members=["owner"])
    user = cloud.users["owner"]
    for name in ("owner", "member", "stranger", "service"):
        assert cloud.code("unit.delete_by_user", as_=name, path=user) == "err_perm"
    assert cloud.call("unit.delete_by_user", as_="owner", path=user).status == 403
    assert cloud.code("unit.delete_by_user", as_="manager", path=user) == "204"
    assert [row["code"] for row in cloud.rows("unit")] == ["abroad", "third"]


def test_units_of_nobody() -> None:
    """204 like deployed brokers, 404 as written with the switch (sylvia.contra.2)."""
    cloud = SylviaCloud()
    assert cloud.code("unit.delete_by_user", path="nobody") == "204"
    cloud.seed(switches={"unknown_user_units_refused": True})
    assert cloud.call("unit.delete_by_user", path="nobody").status == 404
    assert cloud.code("unit.delete_by_user", path=cloud.users["member"]) == "204"


def test_everybody_may_own_several_units() -> None:
    """An owner creates a second one (sylvia.contra.17)."""
    cloud = SylviaCloud()
    cloud.create("unit", as_="owner", code="second")
    assert [row["code"] for row in cloud.rows("unit", as_="owner")] == ["home", "second"]
