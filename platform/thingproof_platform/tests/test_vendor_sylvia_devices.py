"""Devices: addresses, profiles, places, many at once and by range (sylvia.md:753-1129)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.tests.sylvia_cloud import SylviaCloud
from thingproof_platform.vendors.sylvia.service.events import DevicesChanged

MANY = pytest.mark.parametrize("call", ["bulk", "bulk_delete", "range", "range_delete"])


def _place(cloud: SylviaCloud, unit: str = "home", network: str = "home-net") -> dict[str, str]:
    return {"unitId": cloud.ids["unit"][unit], "networkId": cloud.ids["network"][network]}


def _told(cloud: SylviaCloud) -> list[tuple[str, str, dict[str, Any]]]:
    """What networks are told from now on: network, operation, content."""
    told: list[tuple[str, str, dict[str, Any]]] = []
    cloud.world.events.subscribe(
        DevicesChanged, lambda event: told.append((event.network.code, event.operation, event.new))
    )
    return told


def _addresses(cloud: SylviaCloud, **query: Any) -> list[str]:
    return [row["networkAddr"] for row in cloud.rows("device", limit=0, **query)]


def _some(call: str) -> dict[str, Any]:
    """Two addresses in the words of the call."""
    if call.startswith("bulk"):
        return {"networkAddrs": ["10", "11"]}
    return {"startAddr": "10", "endAddr": "11"}


def test_a_new_device() -> None:
    """Address without blanks around it, profile in lower case; the network is told, the core has a thing."""
    cloud = SylviaCloud()
    told = _told(cloud)
    data = {"networkAddr": " 80001A ", "profile": "Tracker-1", "name": "N", "info": {"a": 1}}
    identifier = cloud.create("device", as_="owner", **_place(cloud), **data)
    assert cloud.call("device.get", as_="member", path=identifier).body["data"] == {
        "deviceId": identifier,
        "unitId": cloud.ids["unit"]["home"],
        "unitCode": "home",
        "networkId": cloud.ids["network"]["home-net"],
        "networkCode": "home-net",
        "networkAddr": "80001a",
        "createdAt": "2023-11-14T22:13:20.000Z",
        "modifiedAt": "2023-11-14T22:13:20.000Z",
        "profile": "tracker-1",
        "name": "N",
        "info": {"a": 1},
    }
    assert told == [("home-net", "add-device", {"networkAddr": "80001a"})]
    attachment, thing = cloud.world.things.find("sylvia", identifier)
    assert thing.mac == "80001a"
    assert attachment.thing == thing.id


def test_defaults_of_a_device() -> None:
    """No profile, no name, no information; any text is an address."""
    cloud = SylviaCloud()
    shown = cloud.call("device.get", path=cloud.device("Not Hex")).body["data"]
    assert (shown["networkAddr"], shown["profile"], shown["name"], shown["info"]) == ("not hex", "", "", {})


@pytest.mark.parametrize(
    "wrong",
    [
        {"networkAddr": ""},
        {"networkAddr": "  "},
        {"networkAddr": 5},
        {"profile": "-a"},
        {"profile": "a b"},
        {"profile": 5},
        {"unitId": ""},
        {"networkId": ""},
        {"networkId": None},
        {"info": {"": 1}},
        {"name": 1},
    ],
)
@pytest.mark.parametrize("validates", [True, False])
def test_devices_that_are_none(wrong: dict[str, Any], validates: bool) -> None:
    """Refused by the contract or by the handler alone."""
    cloud = SylviaCloud(validates=validates)
    data = _place(cloud) | {"networkAddr": "01"} | wrong
    assert cloud.code("device.create", data) == "err_param"


def test_addresses_are_unique_on_a_network() -> None:
    """Whatever their case and unit; another network has its own (sylvia.md:797)."""
    cloud = SylviaCloud()
    cloud.device("aa")
    assert (
        cloud.code("device.create", {**_place(cloud), "networkAddr": "AA"}) == "err_broker_network_addr_exist"
    )
    cloud.device("aa", network="public")
    other = _place(cloud, "abroad", "public") | {"networkAddr": "aa"}
    assert cloud.code("device.create", other) == "err_broker_network_addr_exist"


@MANY
def test_places_that_do_not_exist(call: str) -> None:
    """Unit first, then the network; one of another unit does not exist for this one."""
    cloud = SylviaCloud()
    place = _place(cloud)
    for wrong, code in (
        ({"unitId": "x"}, "err_broker_unit_not_exist"),
        ({"unitId": "x", "networkId": "x"}, "err_broker_unit_not_exist"),
        ({"networkId": "x"}, "err_broker_network_not_exist"),
        ({"networkId": cloud.ids["network"]["abroad-net"]}, "err_broker_network_not_exist"),
    ):
        assert cloud.code(f"device.{call}", place | _some(call) | wrong) == code
        assert cloud.code("device.create", place | {"networkAddr": "1"} | wrong) == code


@MANY
def test_public_networks_are_for_admins(call: str) -> None:
    """For others they do not exist (sylvia.md:761)."""
    cloud = SylviaCloud()
    place = _place(cloud, network="public")
    assert cloud.code(f"device.{call}", place | _some(call), as_="owner") == "err_broker_network_not_exist"
    data = place | {"networkAddr": "1"}
    assert cloud.code("device.create", data, as_="owner") == "err_broker_network_not_exist"
    assert cloud.code(f"device.{call}", place | _some(call), as_="manager") == "204"


def test_a_device_on_a_public_network() -> None:
    """Its unit, but no unit code (sylvia.contra.12)."""
    cloud = SylviaCloud()
    shown = cloud.call("device.get", as_="member", path=cloud.device("1", network="public")).body["data"]
    assert (shown["unitId"], shown["unitCode"]) == (cloud.ids["unit"]["home"], None)


def test_many_devices() -> None:
    """Named after their addresses, those that exist stay; the network is told all of them."""
    cloud = SylviaCloud()
    known = cloud.device("0a", name="known", profile="old")
    told = _told(cloud)
    data = _place(cloud) | {"networkAddrs": ["0A", " 0b ", "0B", "x y"], "profile": "NEW"}
    assert cloud.code("device.bulk", data, as_="owner") == "204"
    shown = [(row["networkAddr"], row["name"], row["profile"]) for row in cloud.rows("device")]
    assert shown == [("0a", "known", "old"), ("0b", "0b", "new"), ("x y", "x y", "new")]
    assert cloud.rows("device")[0]["deviceId"] == known
    assert told == [("home-net", "add-device-bulk", {"networkAddrs": ["0a", "0b", "x y"]})]


@pytest.mark.parametrize("call", ["bulk", "bulk_delete"])
@pytest.mark.parametrize("addresses", [[], [""], ["a", " "], "a", [1], None, [f"{n:x}" for n in range(1025)]])
@pytest.mark.parametrize("validates", [True, False])
def test_lists_of_addresses_that_are_none(call: str, addresses: Any, validates: bool) -> None:
    """Not empty, not more than 1024, texts that are not empty (sylvia.contra.34)."""
    cloud = SylviaCloud(validates=validates)
    assert cloud.code(f"device.{call}", _place(cloud) | {"networkAddrs": addresses}) == "err_param"
    assert cloud.total("device") == 0


def test_as_many_as_allowed() -> None:
    """1024 in a list and in a range."""
    cloud = SylviaCloud()
    data = _place(cloud) | {"networkAddrs": [f"{n:04x}" for n in range(1024)]}
    assert cloud.code("device.bulk", data) == "204"
    assert cloud.code("device.range", _place(cloud) | {"startAddr": "0100", "endAddr": "04FF"}) == "204"
    assert cloud.total("device") == 0x500


def test_many_devices_go() -> None:
    """Those of the unit on the network, with routes and buffers; what is not there is skipped."""
    cloud = SylviaCloud()
    device = cloud.device("0a", network="public")
    cloud.device("0b", unit="abroad", network="public")
    cloud.device("0a")
    cloud.route(device)
    cloud.buffer(device)
    told = _told(cloud)
    data = _place(cloud, network="public") | {"networkAddrs": ["0A", "0b", "0c"]}
    assert cloud.code("device.bulk_delete", data) == "204"
    assert [(row["networkCode"], row["networkAddr"]) for row in cloud.rows("device")] == [
        ("home-net", "0a"),
        ("public", "0b"),
    ]
    assert (cloud.total("device_route"), cloud.total("dldata_buffer")) == (0, 0)
    assert told == [("public", "del-device-bulk", {"networkAddrs": ["0a", "0b", "0c"]})]


def test_a_range_of_devices() -> None:
    """Both ends, leading zeros, lower case (sylvia.contra.35)."""
    cloud = SylviaCloud()
    told = _told(cloud)
    data = _place(cloud) | {"startAddr": "00FE", "endAddr": "0101", "profile": "P"}
    assert cloud.code("device.range", data, as_="owner") == "204"
    assert _addresses(cloud) == ["00fe", "00ff", "0100", "0101"]
    assert {row["profile"] for row in cloud.rows("device")} == {"p"}
    assert [row["name"] for row in cloud.rows("device")] == _addresses(cloud)
    end = _place(cloud) | {"startAddr": "00ff", "endAddr": "0100"}
    assert cloud.code("device.range_delete", end, as_="owner") == "204"
    assert _addresses(cloud) == ["00fe", "0101"]
    assert told == [
        ("home-net", "add-device-range", {"startAddr": "00fe", "endAddr": "0101"}),
        ("home-net", "del-device-range", {"startAddr": "00ff", "endAddr": "0100"}),
    ]


@pytest.mark.parametrize("call", ["range", "range_delete"])
@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("00", "00", "204"),
        ("0000", "03ff", "204"),
        ("0000", "0400", "err_param"),
        ("0001", "0400", "204"),
        ("f" * 32, "F" * 32, "204"),
        ("f" * 29 + "c00", "f" * 32, "204"),
        ("f" * 29 + "bff", "f" * 32, "err_param"),
        ("0" * 34, "0" * 34, "err_param"),
        ("0" * 32, "f" * 32, "err_param"),
        ("0" * 32, "0" * 15 + "1" + "0" * 16, "err_param"),
        ("000", "001", "err_param"),
        ("00", "0001", "err_param"),
        ("02", "01", "err_param"),
        ("0g", "0h", "err_param"),
        ("", "", "err_param"),
        ("+1", "+2", "err_param"),
        ("1_0", "1_1", "err_param"),
        ("\u0660\u0661", "\u0660\u0662", "err_param"),  # digits, but not of this alphabet
        (1, 2, "err_param"),
        (None, "01", "err_param"),
    ],
)
@pytest.mark.parametrize("validates", [True, False])
def test_bounds_of_ranges(call: str, start: Any, end: Any, code: str, validates: bool) -> None:
    """Hexadecimal, even, equally long, at most 32 digits and 1024 addresses (sylvia.contra.9, 10)."""
    cloud = SylviaCloud(validates=validates)
    assert cloud.code(f"device.{call}", _place(cloud) | {"startAddr": start, "endAddr": end}) == code


def test_changes_of_a_device() -> None:
    """Only what is given; a new profile shows in routes too."""
    cloud = SylviaCloud()
    identifier = cloud.device("01", name="N", profile="a")
    cloud.route(identifier)
    told = _told(cloud)
    cloud.world.clock.advance(1)
    data = {"profile": "B", "info": {"x": 1}}
    assert cloud.code("device.update", data, as_="owner", path=identifier) == "204"
    shown = cloud.call("device.get", path=identifier).body["data"]
    assert (shown["profile"], shown["name"], shown["info"]) == ("b", "N", {"x": 1})
    assert shown["modifiedAt"] == "2023-11-14T22:13:21.000Z"
    (route,) = cloud.rows("device_route")
    assert (route["profile"], route["modifiedAt"]) == ("b", "2023-11-14T22:13:21.000Z")
    assert cloud.code("device.update", {"profile": ""}, path=identifier) == "204"
    assert cloud.call("device.get", path=identifier).body["data"]["profile"] == ""
    assert told == []


@pytest.mark.parametrize(
    "wrong", [{"profile": "-"}, {"networkAddr": " "}, {"info": {"": 1}}, {"networkId": ""}]
)
@pytest.mark.parametrize("validates", [True, False])
def test_changes_that_are_none(wrong: dict[str, Any], validates: bool) -> None:
    """Refused, and nothing changes."""
    cloud = SylviaCloud(validates=validates)
    identifier = cloud.device("01")
    before = cloud.call("device.get", path=identifier).body
    assert cloud.code("device.update", {"name": "x"} | wrong, path=identifier) == "err_param"
    assert cloud.call("device.get", path=identifier).body == before


def test_the_empty_change_comes_first() -> None:
    """Unlike with the other resources (sylvia.contra.27)."""
    cloud = SylviaCloud()
    assert cloud.code("device.update", {}, path="nothing") == "err_param"
    assert cloud.code("device.update", {"unitId": "x"}, path=cloud.device("01")) == "err_param"
    assert cloud.code("device.update", {"name": "x"}, path="nothing") == "err_not_found"


def test_a_device_moves() -> None:
    """Both networks are told, routes and unit code follow, so does the thing (sylvia.contra.30, 31)."""
    cloud = SylviaCloud()
    identifier = cloud.device("01")
    cloud.route(identifier)
    told = _told(cloud)
    public = cloud.ids["network"]["public"]
    data = {"networkId": public, "networkAddr": "0F"}
    assert cloud.code("device.update", data, path=identifier) == "204"
    shown = cloud.call("device.get", path=identifier).body["data"]
    assert (shown["networkCode"], shown["networkAddr"], shown["unitCode"]) == ("public", "0f", None)
    (route,) = cloud.rows("device_route", network=public)
    assert (route["networkId"], route["networkAddr"]) == (public, "0f")
    assert told == [
        ("home-net", "del-device", {"networkAddr": "01"}),
        ("public", "add-device", {"networkAddr": "0f"}),
    ]
    assert cloud.world.things.find("sylvia", identifier)[1].mac == "0f"
    cloud.restart()
    found = cloud.registry.devices
    moved = found.find((public, "0f"))
    assert moved is not None
    assert moved.id == identifier
    assert found.find((cloud.ids["network"]["home-net"], "01")) is None


def test_addresses_that_are_taken() -> None:
    """By another device, by itself when it is named, on the new network (sylvia.contra.28, 29)."""
    cloud = SylviaCloud()
    device, _ = cloud.device("01"), cloud.device("02")
    cloud.device("01", network="public")
    taken = "err_broker_network_addr_exist"
    assert cloud.code("device.update", {"networkAddr": "02"}, path=device) == taken
    assert cloud.code("device.update", {"networkAddr": "01"}, path=device) == taken
    public = cloud.ids["network"]["public"]
    assert cloud.code("device.update", {"networkId": public}, path=device) == taken
    assert cloud.code("device.update", {"networkId": public, "networkAddr": "03"}, path=device) == "204"
    same = {"networkId": public, "name": "x"}
    assert cloud.code("device.update", same, path=device) == "204"


def test_networks_a_device_cannot_move_to() -> None:
    """Unknown, of another unit, public for a normal user."""
    cloud = SylviaCloud()
    device = cloud.device("01")
    networks = cloud.ids["network"]
    unknown = "err_broker_network_not_exist"
    for name, network in (
        ("admin", "x"),
        ("admin", networks["abroad-net"]),
        ("owner", networks["abroad-net"]),
        ("owner", networks["public"]),
    ):
        assert cloud.code("device.update", {"networkId": network}, as_=name, path=device) == unknown
    assert _addresses(cloud, network="home-net") == ["01"]


def test_a_device_goes() -> None:
    """With routes, buffers and its thing; the network is told."""
    cloud = SylviaCloud()
    device = cloud.device("01")
    cloud.route(device)
    cloud.buffer(device)
    told = _told(cloud)
    assert cloud.code("device.delete", as_="owner", path=device) == "204"
    assert [cloud.total(tag) for tag in ("device", "device_route", "dldata_buffer")] == [0, 0, 0]
    assert told == [("home-net", "del-device", {"networkAddr": "01"})]
    assert cloud.world.things.attachment("sylvia", device) is None
    assert cloud.code("device.delete", path=device) == "204"
    assert cloud.device("01") != device
