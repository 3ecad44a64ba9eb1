"""Counts and lists of every tag: filters, order, pages, forms (sylvia.md:183-276 and the like)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.tests.sylvia_cloud import HOST, SylviaCloud

TAGS = ("unit", "application", "network", "device", "device_route", "network_route", "dldata_buffer")
OF_UNITS = TAGS[1:]
EVERY = pytest.mark.parametrize("tag", TAGS)


def crowd() -> SylviaCloud:
    """Several of everything, one created after the other, names and profiles in another order."""
    cloud = SylviaCloud()
    for number, letter in enumerate("cab"):
        cloud.world.clock.advance(1)
        unit, name = cloud.ids["unit"]["home"], f"Name{'bca'[number]}"
        cloud.call("unit.update", {"name": name}, path=cloud.unit(f"u{letter}"))
        for tag in ("application", "network"):
            cloud.create(tag, code=f"X{letter}", unitId=unit, hostUri=HOST, name=name)
        device = cloud.device(f"0{letter}", name=name, profile=f"p{number % 2}")
        other = cloud.device(f"0{letter}", network="xc", name=name)
        cloud.route(device, f"x{letter}")
        cloud.route(other)
        cloud.buffer(device, f"x{letter}")
        cloud.buffer(other)
        cloud.create(
            "network_route",
            networkId=cloud.ids["network"][f"x{letter}"],
            applicationId=cloud.ids["application"][f"x{letter}"],
        )
    return cloud


CROWD = crowd()


@EVERY
def test_counts_are_those_of_lists(tag: str) -> None:
    """With every filter the tag has, alone."""
    filters: list[dict[str, Any]] = [{}]
    home = CROWD.ids["unit"]["home"]
    if tag == "unit":
        filters += [{"owner": CROWD.users["owner"]}, {"member": CROWD.users["member"]}, {"contains": "O"}]
    else:
        filters += [{"unit": home}, {"unit": CROWD.ids["unit"]["abroad"]}]
    if tag in ("application", "network"):
        filters += [{"code": "XA"}, {"contains": "X"}]
    if tag == "device":
        filters += [{"network": "xc"}, {"addr": "0A"}, {"profile": "P0"}, {"contains": "mea"}]
    if tag in ("device_route", "network_route", "dldata_buffer"):
        filters += [{"application": CROWD.ids["application"]["xa"]}, {"network": CROWD.ids["network"]["xa"]}]
    for query in filters:
        assert CROWD.total(tag, **query) == len(CROWD.rows(tag, limit=0, **query))


@EVERY
def test_pages(tag: str) -> None:
    """Pages put together are the whole; 0 is everything; behind the end is nothing."""
    whole = CROWD.rows(tag, limit=0)
    assert len(whole) >= 3
    pages = [CROWD.rows(tag, offset=offset, limit=2) for offset in range(0, len(whole), 2)]
    assert [row for page in pages for row in page] == whole
    assert CROWD.rows(tag, offset=1, limit=0) == whole[1:]
    assert CROWD.rows(tag, offset=len(whole)) == []
    assert CROWD.rows(tag, limit=1) == whole[:1]


@EVERY
def test_a_page_is_a_hundred(tag: str) -> None:
    """Unless said otherwise."""
    cloud = SylviaCloud()
    unit, network = cloud.ids["unit"]["home"], cloud.ids["network"]["home-net"]
    addresses = {"networkId": network, "startAddr": "0000", "endAddr": "0064"}
    cloud.call("device.range", addresses | {"unitId": unit})
    cloud.call("device_route.range", addresses | {"applicationId": cloud.ids["application"]["home-app"]})
    for number in range(101):
        if tag in ("unit", "application", "network", "network_route"):
            cloud.unit(f"u{number}")
        if tag in ("application", "network", "network_route"):
            code, unit = f"a{number}", cloud.ids["unit"][f"u{number}"]
            made = cloud.create("application", code=code, unitId=unit, hostUri=HOST)
            if tag != "application":
                own = cloud.create("network", code=code, unitId=unit, hostUri=HOST)
                cloud.create("network_route", applicationId=made, networkId=own)
        if tag == "dldata_buffer":
            cloud.buffer(cloud.rows("device", limit=1)[0]["deviceId"])
    assert len(cloud.rows(tag)) == 100
    assert len(cloud.rows(tag, limit=0)) == cloud.total(tag) > 100


@EVERY
def test_both_forms(tag: str) -> None:
    """In `data`, or a bare array."""
    whole = CROWD.rows(tag)
    assert CROWD.call(f"{tag}.list").body == {"data": whole}
    assert CROWD.call(f"{tag}.list", query={"format": "data"}).body == {"data": whole}
    assert CROWD.call(f"{tag}.list", query={"format": "array"}).body == whole


@EVERY
@pytest.mark.parametrize(
    "query",
    [
        {"limit": "-1"},
        {"offset": "-1"},
        {"limit": "x"},
        {"limit": ""},
        {"offset": "1.5"},
        {"offset": "٣"},
        {"format": "xml"},
        {"format": ""},
        {"format": "Array"},
        {"sort": ""},
        {"sort": "created"},
        {"sort": "created:"},
        {"sort": "created:up"},
        {"sort": "created:false"},
        {"sort": "created:ASC"},
        {"sort": "created:asc,"},
        {"sort": "created:asc:desc"},
        {"sort": "info:asc"},
        {"sort": " created:asc"},
    ],
)
@pytest.mark.parametrize("validates", [True, False])
def test_questions_that_are_none(tag: str, query: dict[str, str], validates: bool) -> None:
    """Refused by the contract or by the handler alone (sylvia.contra.7, 39, 40)."""
    CROWD.validates = validates
    assert CROWD.code(f"{tag}.list", query=query) == "err_param"
    CROWD.validates = True


KEYS = {
    "unit": {"code": "code", "created": "createdAt", "modified": "modifiedAt", "name": "name"},
    "application": {"code": "code", "created": "createdAt", "modified": "modifiedAt", "name": "name"},
    "network": {"code": "code", "created": "createdAt", "modified": "modifiedAt", "name": "name"},
    "device": {
        "network": "networkCode",
        "addr": "networkAddr",
        "created": "createdAt",
        "modified": "modifiedAt",
        "profile": "profile",
        "name": "name",
    },
    "device_route": {
        "application": "applicationCode",
        "network": "networkCode",
        "addr": "networkAddr",
        "created": "createdAt",
        "modified": "modifiedAt",
    },
    "network_route": {"application": "applicationCode", "network": "networkCode", "created": "createdAt"},
    "dldata_buffer": {"application": "applicationCode", "created": "createdAt", "expired": "expiredAt"},
}
DEFAULTS = {
    "unit": "code:asc",
    "application": "code:asc",
    "network": "code:asc",
    "device": "network:asc,addr:asc",
    "device_route": "network:asc,addr:asc,created:desc",
    "network_route": "network:asc,created:desc",
    "dldata_buffer": "application:asc,created:desc",
}


@pytest.mark.parametrize(("tag", "key"), [(tag, key) for tag, keys in KEYS.items() for key in keys])
def test_order_by_each_key(tag: str, key: str) -> None:
    """Up and down, nothing lost."""
    up, down = (CROWD.rows(tag, sort=f"{key}:{way}", limit=0) for way in ("asc", "desc"))
    values = [row[KEYS[tag][key]] for row in up]
    assert values == sorted(values)
    assert [row[KEYS[tag][key]] for row in down] == sorted(values, reverse=True)
    assert len(set(values)) > 1
    assert len(up) == len(down) == CROWD.total(tag)


@EVERY
def test_order_without_asking(tag: str) -> None:
    """The default is what it says."""
    assert CROWD.rows(tag) == CROWD.rows(tag, sort=DEFAULTS[tag])
    assert CROWD.rows(tag) != CROWD.rows(tag, sort="created:asc")


def test_several_keys() -> None:
    """The first counts most, each in its own direction; equal ones by id (sylvia.contra.47)."""
    rows = CROWD.rows("device", sort="profile:desc,addr:desc,network:asc")
    assert [(row["profile"], row["networkAddr"], row["networkCode"]) for row in rows] == [
        ("p1", "0a", "home-net"),
        ("p0", "0c", "home-net"),
        ("p0", "0b", "home-net"),
        ("", "0c", "xc"),
        ("", "0b", "xc"),
        ("", "0a", "xc"),
    ]
    equal = CROWD.rows("device_route", sort="application:desc")
    ids = [row["routeId"] for row in equal if row["applicationCode"] == "home-app"]
    assert ids == sorted(ids)


@pytest.mark.parametrize("tag", OF_UNITS)
def test_the_unit_of_a_list(tag: str) -> None:
    """Normal users have to give one they see; admins may, and an unknown one is refused."""
    home, abroad = CROWD.ids["unit"]["home"], CROWD.ids["unit"]["abroad"]
    for call in (f"{tag}.list", f"{tag}.count"):
        for name in ("owner", "member", "service", "stranger"):
            assert CROWD.code(call, as_=name) == "err_param"
            assert CROWD.code(call, as_=name, query={"unit": ""}) == "err_param"
        for name, unit, code in (
            ("owner", home, "200"),
            ("member", home, "200"),
            ("manager", home, "200"),
            ("stranger", home, "err_broker_unit_not_exist"),
            ("owner", abroad, "err_broker_unit_not_exist"),
            ("owner", "nothing", "err_broker_unit_not_exist"),
            ("admin", "nothing", "err_broker_unit_not_exist"),
        ):
            assert CROWD.code(call, as_=name, query={"unit": unit}) == code
    assert {row["unitId"] for row in CROWD.rows(tag, unit=home)} == {home}


def test_units_by_owner_and_member() -> None:
    """For admins; everybody else sees the own ones whatever is asked for."""
    users = CROWD.users

    def codes(as_: str, **query: Any) -> list[str]:
        return [row["code"] for row in CROWD.rows("unit", as_=as_, **query)]

    assert codes("admin", owner=users["stranger"]) == ["abroad"]
    assert codes("manager", member=users["member"]) == ["home"]
    assert codes("admin", member=users["owner"]) == ["home", "ua", "ub", "uc"]
    assert codes("admin", owner=users["owner"], member=users["member"]) == ["home"]
    assert codes("member") == ["home"]
    assert codes("stranger", owner=users["owner"], member=users["owner"]) == ["abroad"]
    assert codes("service") == []
    assert codes("owner", contains="U") == ["ua", "ub", "uc"]
    assert codes("admin", contains="OM", owner="") == ["home"]


@pytest.mark.parametrize("tag", ["application", "network"])
def test_codes(tag: str) -> None:
    """Equal or holding, ignoring case; code excludes contains (sylvia.contra.36)."""

    def codes(**query: Any) -> list[str]:
        return [row["code"] for row in CROWD.rows(tag, **query)]

    assert codes(code="XA") == ["xa"]
    assert codes(code="x") == []
    assert codes(contains="X") == ["xa", "xb", "xc"]
    assert codes(code="xb", contains="nothing") == ["xb"]
    assert codes(code="", contains="OME-") == [f"home-{'app' if tag == 'application' else 'net'}"]


def test_public_networks() -> None:
    """An empty unit asks for them, an absent one for all (sylvia.md:594)."""
    assert [row["code"] for row in CROWD.rows("network", unit="")] == ["public"]
    assert CROWD.total("network", unit="") == 1
    assert CROWD.total("network") == CROWD.total("network", limit=0) == 6


def test_devices_by_what_they_have() -> None:
    """Network by id or code, address and profile equal, names holding, ignoring case (sylvia.contra.6)."""

    def found(**query: Any) -> list[tuple[str, str]]:
        return [(row["networkCode"], row["networkAddr"]) for row in CROWD.rows("device", **query)]

    on_xc = [("xc", "0a"), ("xc", "0b"), ("xc", "0c")]
    assert found(network=CROWD.ids["network"]["xc"]) == found(network="XC") == on_xc
    assert found(addr="0A") == [("home-net", "0a"), ("xc", "0a")]
    assert found(addr="0") == []
    assert found(profile="P1") == [("home-net", "0a")]
    assert found(contains="NAMEB") == [("home-net", "0c"), ("xc", "0c")]
    assert found(contains="b", network="xc", addr="0c") == [("xc", "0c")]
    assert found(network="nothing") == []


@pytest.mark.parametrize("tag", ["device_route", "network_route", "dldata_buffer"])
def test_what_belongs_to_something(tag: str) -> None:
    """By application, network and device; unknown ids have nothing (sylvia.contra.46)."""
    names = {"application": "applicationId", "network": "networkId", "device": "deviceId"}
    for name, member in names.items():
        if tag == "network_route" and name == "device":
            continue
        wanted = CROWD.rows(tag)[-1][member]
        rows = CROWD.rows(tag, **{name: wanted})
        assert rows == [row for row in CROWD.rows(tag, limit=0) if row[member] == wanted]
        assert 0 < len(rows) < CROWD.total(tag)
        assert CROWD.total(tag, **{name: "nothing"}) == 0
        assert CROWD.total(tag, **{name: ""}) == CROWD.total(tag)


@EVERY
def test_look_ups_outlive_a_restart(tag: str) -> None:
    """Everything is found again."""
    cloud = crowd()
    before = (cloud.rows(tag, limit=0), cloud.total(tag))
    cloud.restart()
    assert (cloud.rows(tag, limit=0), cloud.total(tag)) == before
    if tag != "unit":
        assert cloud.rows(tag, unit=cloud.ids["unit"]["home"], limit=0) != []
