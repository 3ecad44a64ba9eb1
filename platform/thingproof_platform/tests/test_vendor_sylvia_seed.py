"""Seeding: everything comes back completed, again changes only what is given, mistakes are named."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.core.errors import InputError
from thingproof_platform.tests.sylvia_cloud import SylviaCloud

EVERYTHING: dict[str, Any] = {
    "users": [
        {"account": "ann", "name": "Ann"},
        {"account": "root", "userId": "u1", "roles": ["admin", "service"]},
    ],
    "clients": [{"account": "ann"}, {"account": "u1", "clientId": "c", "clientSecret": "s"}],
    "tokens": [{"account": "ann", "token": "t", "expiresIn": 5}],
    "units": [{"code": "Home", "owner": "ann", "members": ["root", "ann"], "unitId": "unit-1"}],
    "applications": [{"unit": "home", "code": "App", "hostUri": "AMQP://Host/v"}],
    "networks": [
        {"unit": "unit-1", "code": "net", "hostUri": "mqtt://h"},
        {"code": "net", "hostUri": "mqtt://h", "networkId": "public-1"},
    ],
    "devices": [
        {"unit": "home", "network": "NET", "networkAddr": " 0A ", "profile": "P"},
        {"unit": "home", "network": "public-1", "networkAddr": "0a", "deviceId": "device-2"},
    ],
    "deviceRoutes": [{"unit": "home", "application": "app", "network": "net", "networkAddr": "0A"}],
    "networkRoutes": [{"unit": "home", "application": "app", "network": "public-1"}],
}
PARTS = tuple(EVERYTHING)


def test_everything_comes_back_completed() -> None:
    """Ids, tokens and secrets beside what was given."""
    cloud = SylviaCloud(empty=True)
    done = cloud.seed(**EVERYTHING)
    ann, root = done["users"]
    assert (ann["name"], ann["roles"], ann["expiresIn"]) == ("Ann", [], 3600)
    assert root["userId"] == "u1"
    assert len(done["clients"][0]["clientSecret"]) == 64
    assert (done["clients"][1]["clientId"], done["clients"][1]["clientSecret"]) == ("c", "s")
    assert (done["tokens"][0]["token"], done["tokens"][0]["expiresIn"]) == ("t", 5)
    assert done["units"][0]["memberIds"] == [ann["userId"], "u1"]
    application, device = done["applications"][0], done["devices"][0]
    assert (application["hostUri"], application["unitCode"]) == ("amqp://host/v", "home")
    assert [row["unitId"] for row in done["networks"]] == ["unit-1", None]
    assert (device["networkAddr"], device["networkId"]) == ("0a", done["networks"][0]["networkId"])
    assert done["deviceRoutes"][0]["deviceId"] == device["deviceId"]
    shown = cloud.call("device.get", as_=ann["token"], path="device-2").body["data"]
    assert (shown["networkId"], shown["unitCode"]) == ("public-1", None)


def test_again_is_the_same() -> None:
    """Ids stay, nothing is doubled; a role that is given anew counts."""
    cloud = SylviaCloud(empty=True)
    first, second = cloud.seed(**EVERYTHING), cloud.seed(**EVERYTHING)
    for name in PARTS:
        if name not in ("tokens", "clients"):
            ids = [[row[key] for key in row if key.endswith("Id")] for row in first[name]]
            assert ids == [[row[key] for key in row if key.endswith("Id")] for row in second[name]]
    assert second["clients"][0]["clientId"] != first["clients"][0]["clientId"]
    cloud.seed(users=[{"account": "ann", "roles": ["manager"]}])
    assert cloud.code("device.get", as_=second["users"][0]["token"], path="device-2") == "200"


@pytest.mark.parametrize(
    ("part", "row", "field"),
    [
        ("users", {"account": "x", "roles": ["boss"]}, "users[0].roles[0]"),
        ("users", {"account": "x", "password": "y"}, "users[0]"),
        ("users", {}, "users[0]"),
        ("clients", {"account": "nobody"}, "clients[0].account"),
        ("tokens", {"account": "ann", "token": " "}, "tokens[0].token"),
        ("units", {"code": "-", "owner": "ann"}, "units[0].code"),
        ("units", {"code": "x", "owner": "nobody"}, "units[0].account"),
        ("units", {"code": "x", "owner": "ann", "unitId": "unit-1"}, "units[0].unitId"),
        ("applications", {"unit": "home", "code": "x", "hostUri": "http://h"}, "applications[0].hostUri"),
        ("applications", {"unit": "nothing", "code": "x", "hostUri": "mqtt://h"}, "applications[0].unit"),
        ("networks", {"code": "x", "hostUri": "mqtt://h", "networkId": "public-1"}, "networks[0].networkId"),
        ("devices", {"unit": "home", "network": "x", "networkAddr": "1"}, "devices[0].network"),
        ("devices", {"unit": "home", "network": "net", "networkAddr": " "}, "devices[0].networkAddr"),
        ("devices", {"unit": "two", "network": "public-1", "networkAddr": "0a"}, "devices[0].networkAddr"),
        (
            "deviceRoutes",
            {"unit": "home", "application": "app", "network": "net", "networkAddr": "ff"},
            "deviceRoutes[0].networkAddr",
        ),
        (
            "networkRoutes",
            {"unit": "home", "application": "x", "network": "net"},
            "networkRoutes[0].application",
        ),
    ],
)
def test_mistakes_are_named(part: str, row: dict[str, Any], field: str) -> None:
    """The member at fault, in the names of the API."""
    cloud = SylviaCloud(empty=True)
    cloud.seed(**EVERYTHING)
    cloud.seed(units=[{"code": "two", "owner": "root"}])
    with pytest.raises(InputError) as caught:
        cloud.seed(**{part: [row]})
    assert caught.value.field == field
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("switches", "field"),
    [
        ({"nothing": 1}, "switches.nothing"),
        ({"short_message_code": 1}, "switches.short_message_code"),
        ({"addresses_per_call": True}, "switches.addresses_per_call"),
        ({"downlink_buffer_lifetime": "1"}, "switches.downlink_buffer_lifetime"),
    ],
)
def test_switches_that_are_none(switches: dict[str, Any], field: str) -> None:
    """Name and type are checked before anything is set."""
    cloud = SylviaCloud(empty=True)
    with pytest.raises(InputError) as caught:
        cloud.seed(switches={"list_page": 5} | switches)
    assert caught.value.field == field
    assert cloud.world.limits.list_page == 100


def test_switches_last_until_the_reset() -> None:
    """Then the limits are as at the start."""
    cloud = SylviaCloud(empty=True)
    cloud.seed(switches={"downlink_buffer_lifetime": 60, "list_page": 2})
    assert (cloud.world.limits.downlink_buffer_lifetime, cloud.world.limits.list_page) == (60, 2)
    cloud.world.reset()
    assert (cloud.world.limits.downlink_buffer_lifetime, cloud.world.limits.list_page) == (86400, 100)
    assert len(cloud.registry.users) == len(cloud.registry.units) == 0
