"""Routes of devices and networks, and the downlinks that wait (sylvia.md:1131-1637)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from thingproof_platform.tests.sylvia_cloud import SylviaCloud
from thingproof_platform.vendors.sylvia.service.events import BufferRemoved

MANY = pytest.mark.parametrize("call", ["bulk", "bulk_delete", "range", "range_delete"])


def _ends(cloud: SylviaCloud, application: str = "home-app", network: str = "home-net") -> dict[str, Any]:
    return {
        "applicationId": cloud.ids["application"][application],
        "networkId": cloud.ids["network"][network],
    }


def _some(call: str) -> dict[str, Any]:
    if call.startswith("bulk"):
        return {"networkAddrs": ["10", "11"]}
    return {"startAddr": "10", "endAddr": "11"}


def test_a_new_device_route() -> None:
    """It shows device, network and application; the id has 12 letters."""
    cloud = SylviaCloud()
    device = cloud.device("0a", profile="p")
    application = cloud.ids["application"]["home-app"]
    route = cloud.create("device_route", as_="owner", deviceId=device, applicationId=application)
    assert re.fullmatch(r"1700000000000-[A-Za-z0-9]{12}", route)
    assert cloud.rows("device_route", as_="member", unit=cloud.ids["unit"]["home"]) == [
        {
            "routeId": route,
            "unitId": cloud.ids["unit"]["home"],
            "applicationId": application,
            "applicationCode": "home-app",
            "deviceId": device,
            "networkId": cloud.ids["network"]["home-net"],
            "networkCode": "home-net",
            "networkAddr": "0a",
            "profile": "p",
            "createdAt": "2023-11-14T22:13:20.000Z",
            "modifiedAt": "2023-11-14T22:13:20.000Z",
        }
    ]


def test_device_routes_that_cannot_be() -> None:
    """Device, application, unit and doublet are looked at in this order."""
    cloud = SylviaCloud()
    device = cloud.device("01")
    apps = cloud.ids["application"]

    def code(device_id: str, application_id: str, as_: str = "admin") -> str:
        data = {"deviceId": device_id, "applicationId": application_id}
        return cloud.code("device_route.create", data, as_=as_)

    assert code("x", "x") == "err_broker_device_not_exist"
    assert code(device, "x") == "err_broker_application_not_exist"
    assert code(device, apps["abroad-app"]) == "err_broker_unit_not_match"
    assert code(device, apps["abroad-app"], "owner") == "err_broker_application_not_exist"
    assert code(device, apps["home-app"], "member") == "err_broker_device_not_exist"
    assert code(device, apps["home-app"]) == "200"
    assert code(device, apps["home-app"]) == "err_broker_route_exist"


def test_a_new_network_route() -> None:
    """Without addresses and modification."""
    cloud = SylviaCloud()
    route = cloud.create("network_route", as_="owner", **_ends(cloud))
    assert re.fullmatch(r"1700000000000-[A-Za-z0-9]{12}", route)
    assert cloud.rows("network_route", as_="owner", unit=cloud.ids["unit"]["home"]) == [
        {
            "routeId": route,
            "unitId": cloud.ids["unit"]["home"],
            "applicationId": cloud.ids["application"]["home-app"],
            "applicationCode": "home-app",
            "networkId": cloud.ids["network"]["home-net"],
            "networkCode": "home-net",
            "createdAt": "2023-11-14T22:13:20.000Z",
        }
    ]


def test_network_routes_that_cannot_be() -> None:
    """Network, application, unit and doublet; public ones for admins (sylvia.contra.15)."""
    cloud = SylviaCloud()

    def code(as_: str = "admin", **ends: Any) -> str:
        return cloud.code("network_route.create", ends, as_=as_)

    assert code(networkId="x", applicationId="x") == "err_broker_network_not_exist"
    assert code(**_ends(cloud) | {"applicationId": "x"}) == "err_broker_application_not_exist"
    assert code(**_ends(cloud, "abroad-app")) == "err_broker_unit_not_match"
    assert code("member", **_ends(cloud)) == "err_broker_network_not_exist"
    assert code("owner", **_ends(cloud, network="public")) == "err_broker_network_not_exist"
    assert code("manager", **_ends(cloud, network="public")) == "200"
    assert code("manager", **_ends(cloud, "abroad-app", "public")) == "200"
    assert code(**_ends(cloud, network="public")) == "err_broker_route_exist"


def test_many_device_routes() -> None:
    """Those that exist stay, addresses without a device are skipped (sylvia.contra.32)."""
    cloud = SylviaCloud()
    first, second, third = (cloud.device(address) for address in ("0a", "0b", "0c"))
    known = cloud.route(first)
    data = _ends(cloud) | {"networkAddrs": ["0A", "0B", "0b", "ff"]}
    assert cloud.code("device_route.bulk", data, as_="owner") == "204"
    assert [(row["deviceId"], row["routeId"] == known) for row in cloud.rows("device_route")] == [
        (first, True),
        (second, False),
    ]
    span = _ends(cloud) | {"startAddr": "0B", "endAddr": "0f"}
    assert cloud.code("device_route.range", span) == "204"
    assert [row["deviceId"] for row in cloud.rows("device_route")] == [first, second, third]
    assert cloud.code("device_route.range_delete", span, as_="owner") == "204"
    assert [row["deviceId"] for row in cloud.rows("device_route")] == [first]
    assert cloud.code("device_route.bulk_delete", data) == "204"
    assert cloud.total("device_route") == 0
    assert cloud.code("device_route.bulk_delete", data) == "204"


def test_many_routes_without_any_device() -> None:
    """Refused when none exists, only when they are made."""
    cloud = SylviaCloud()
    for call in ("bulk", "range"):
        code = "err_broker_device_not_exist"
        assert cloud.code(f"device_route.{call}", _ends(cloud) | _some(call)) == code
        assert cloud.code(f"device_route.{call}_delete", _ends(cloud) | _some(f"{call}_delete")) == "204"


def test_devices_of_other_units_on_a_public_network() -> None:
    """A route stays within one unit."""
    cloud = SylviaCloud()
    cloud.device("10", unit="abroad", network="public")
    public = _ends(cloud, network="public") | {"networkAddrs": ["10", "11"]}
    assert cloud.code("device_route.bulk", public) == "err_broker_device_not_exist"
    mine = cloud.device("11", network="public")
    assert cloud.code("device_route.bulk", public) == "204"
    assert [row["deviceId"] for row in cloud.rows("device_route")] == [mine]


@MANY
def test_ends_that_do_not_exist(call: str) -> None:
    """Application first; a private network of another unit does not match (sylvia.contra.33)."""
    cloud = SylviaCloud()
    cloud.device("10")

    def code(as_: str = "admin", **ends: Any) -> str:
        return cloud.code(f"device_route.{call}", _some(call) | ends, as_=as_)

    assert code(applicationId="x", networkId="x") == "err_broker_application_not_exist"
    assert code(**_ends(cloud) | {"networkId": "x"}) == "err_broker_network_not_exist"
    assert code(**_ends(cloud, "abroad-app")) == "err_broker_unit_not_match"
    assert code("owner", **_ends(cloud, network="public")) == "err_broker_network_not_exist"
    assert code("member", **_ends(cloud)) == "err_broker_application_not_exist"


@MANY
@pytest.mark.parametrize("validates", [True, False])
def test_addresses_that_are_none(call: str, validates: bool) -> None:
    """The same forms as for devices."""
    cloud = SylviaCloud(validates=validates)
    wrong: tuple[dict[str, Any], ...] = (
        {"networkAddrs": []},
        {"networkAddrs": ["x"] * 1025},
        {"startAddr": "1", "endAddr": "2"},
        {"startAddr": "0000", "endAddr": "0400"},
        {},
    )
    for addresses in wrong:
        assert cloud.code(f"device_route.{call}", _ends(cloud) | addresses) == "err_param"


@pytest.mark.parametrize("tag", ["device_route", "network_route", "dldata_buffer"])
def test_deleting(tag: str) -> None:
    """By the owner; members and strangers change nothing, unknown ids are 204."""
    cloud = SylviaCloud()
    device = cloud.device("01")
    made = {
        "device_route": lambda: cloud.route(device),
        "network_route": lambda: cloud.create("network_route", **_ends(cloud)),
        "dldata_buffer": lambda: cloud.buffer(device),
    }[tag]()
    for name in ("member", "stranger", "service"):
        assert cloud.code(f"{tag}.delete", as_=name, path=made) == "204"
        assert cloud.total(tag) == 1
    assert cloud.code(f"{tag}.delete", path="nothing") == "204"
    assert cloud.code(f"{tag}.delete", as_="owner", path=made) == "204"
    assert cloud.total(tag) == 0
    assert cloud.code(f"{tag}.delete", as_="owner", path=made) == "204"


def test_a_waiting_downlink() -> None:
    """It expires a day later, or as the switch says (sylvia.contra.23), and shows where it went."""
    cloud = SylviaCloud()
    device = cloud.device("0a")
    first = cloud.buffer(device)
    cloud.world.clock.advance(0.25)
    cloud.seed(switches={"downlink_buffer_lifetime": 600.0})
    second = cloud.buffer(device)
    assert cloud.call("device.update", {"networkAddr": "0b"}, path=device).status == 204
    newest, oldest = cloud.rows("dldata_buffer", as_="member", unit=cloud.ids["unit"]["home"])
    assert oldest == {
        "dataId": first,
        "unitId": cloud.ids["unit"]["home"],
        "applicationId": cloud.ids["application"]["home-app"],
        "applicationCode": "home-app",
        "deviceId": device,
        "networkId": cloud.ids["network"]["home-net"],
        "networkAddr": "0a",
        "createdAt": "2023-11-14T22:13:20.000Z",
        "expiredAt": "2023-11-15T22:13:20.000Z",
    }
    assert newest["dataId"] == second
    assert (newest["createdAt"], newest["expiredAt"]) == (
        "2023-11-14T22:13:20.250Z",
        "2023-11-14T22:23:20.250Z",
    )


def test_removed_downlinks_are_told() -> None:
    """Whoever waits for the expiry need not any longer; each once."""
    cloud = SylviaCloud()
    device = cloud.device("0a")
    told: list[str] = []
    cloud.world.events.subscribe(BufferRemoved, lambda event: told.append(event.buffer.id))
    first, second = cloud.buffer(device), cloud.buffer(device)
    cloud.call("dldata_buffer.delete", path=second)
    cloud.call("unit.delete", path=cloud.ids["unit"]["home"])
    assert told == [second, first]
