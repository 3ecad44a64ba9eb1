"""Applications and networks: codes of a unit, host URIs, public networks, deletion (sylvia.md:335-752)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.tests.sylvia_cloud import HOST, SylviaCloud
from thingproof_platform.vendors.sylvia.service.events import ApplicationChanged, NetworkChanged

BOTH = pytest.mark.parametrize("tag", ["application", "network"])


def _changes(cloud: SylviaCloud) -> list[tuple[str, str | None, str, str]]:
    """What is told about queues from now on: code, unit, change, host."""
    told: list[tuple[str, str | None, str, str]] = []
    cloud.world.events.subscribe(
        ApplicationChanged,
        lambda event: told.append(
            (event.application.code, event.unit_code, event.change, event.application.host_uri)
        ),
    )
    cloud.world.events.subscribe(
        NetworkChanged,
        lambda event: told.append(
            (event.network.code, event.unit_code, event.change, event.network.host_uri)
        ),
    )
    return told


@BOTH
def test_a_new_one(tag: str) -> None:
    """Shown by get with the code of its unit; its queues are asked for."""
    cloud = SylviaCloud()
    told = _changes(cloud)
    home = cloud.ids["unit"]["home"]
    data = {
        "code": "New",
        "unitId": home,
        "hostUri": "MQTT://Broker.Test:1883/X",
        "name": "N",
        "info": {"a": 1},
    }
    identifier = cloud.create(tag, as_="owner", **data)
    assert cloud.call(f"{tag}.get", as_="member", path=identifier).body["data"] == {
        f"{tag}Id": identifier,
        "code": "new",
        "unitId": home,
        "unitCode": "home",
        "createdAt": "2023-11-14T22:13:20.000Z",
        "modifiedAt": "2023-11-14T22:13:20.000Z",
        "hostUri": "mqtt://broker.test:1883/X",
        "name": "N",
        "info": {"a": 1},
    }
    assert told == [("new", "home", "created", "mqtt://broker.test:1883/X")]


@BOTH
def test_codes_are_unique_in_a_unit(tag: str) -> None:
    """The same code in another unit passes (sylvia.contra.20)."""
    cloud = SylviaCloud()
    home, abroad = cloud.ids["unit"]["home"], cloud.ids["unit"]["abroad"]
    data = {"code": "x", "hostUri": HOST}
    assert cloud.code(f"{tag}.create", data | {"unitId": home}) == "200"
    taken = f"err_broker_{tag}_exist"
    assert cloud.code(f"{tag}.create", data | {"unitId": home, "code": "X"}) == taken
    assert cloud.code(f"{tag}.create", data | {"unitId": abroad}) == "200"


@BOTH
def test_units_that_do_not_exist(tag: str) -> None:
    """For admins too."""
    cloud = SylviaCloud()
    data = {"code": "x", "hostUri": HOST, "unitId": "nothing"}
    assert cloud.code(f"{tag}.create", data) == "err_broker_unit_not_exist"


@BOTH
@pytest.mark.parametrize("uri", ["http://host", "mqtt:", "", "host", "mqtt://", "mqtt://h:99999", 5, None])
@pytest.mark.parametrize("validates", [True, False])
def test_host_uris_that_are_none(tag: str, uri: Any, validates: bool) -> None:
    """amqp, amqps, mqtt and mqtts with a host (sylvia.contra.22)."""
    cloud = SylviaCloud(validates=validates)
    data = {"code": "x", "hostUri": uri, "unitId": cloud.ids["unit"]["home"]}
    assert cloud.code(f"{tag}.create", data) == "err_param"


@BOTH
@pytest.mark.parametrize("scheme", ["amqp", "amqps", "mqtt", "mqtts"])
def test_schemes_of_hosts(tag: str, scheme: str) -> None:
    """Whether somebody answers there is no matter of the API."""
    cloud = SylviaCloud()
    data = {"code": scheme, "hostUri": f"{scheme}://u:p@h/v", "unitId": cloud.ids["unit"]["home"]}
    assert cloud.code(f"{tag}.create", data) == "200"


@BOTH
def test_changes(tag: str) -> None:
    """Another host is told once, the same one in other letters never; info is replaced."""
    cloud = SylviaCloud()
    told = _changes(cloud)
    identifier = cloud.ids[tag]["home-app" if tag == "application" else "home-net"]
    cloud.world.clock.advance(2)
    assert (
        cloud.code(f"{tag}.update", {"hostUri": "mqtt://BROKER.test:1883"}, as_="owner", path=identifier)
        == "204"
    )
    assert told == []
    data = {"hostUri": "amqp://other", "name": "N", "info": {"b": 1}}
    assert cloud.code(f"{tag}.update", data, as_="owner", path=identifier) == "204"
    code = "home-app" if tag == "application" else "home-net"
    assert told == [(code, "home", "moved", "amqp://other")]
    shown = cloud.call(f"{tag}.get", path=identifier).body["data"]
    assert (shown["hostUri"], shown["name"], shown["info"]) == ("amqp://other", "N", {"b": 1})
    assert (shown["createdAt"], shown["modifiedAt"]) == (
        "2023-11-14T22:13:20.000Z",
        "2023-11-14T22:13:22.000Z",
    )


@BOTH
def test_changes_that_are_none(tag: str) -> None:
    """Nothing given, a bad host; an unknown one is told first (sylvia.contra.27)."""
    cloud = SylviaCloud()
    identifier = cloud.ids[tag]["home-app" if tag == "application" else "home-net"]
    assert cloud.code(f"{tag}.update", {}, path=identifier) == "err_param"
    assert cloud.code(f"{tag}.update", {"code": "x", "unitId": "y"}, path=identifier) == "err_param"
    before = cloud.call(f"{tag}.get", path=identifier).body
    assert cloud.code(f"{tag}.update", {"name": "x", "hostUri": "ftp://h"}, path=identifier) == "err_param"
    assert cloud.call(f"{tag}.get", path=identifier).body == before
    assert cloud.code(f"{tag}.update", {}, path="nothing") == "err_not_found"


def test_public_networks() -> None:
    """Null or absent unit, for admins; normal users lack the unit (sylvia.contra.19)."""
    cloud = SylviaCloud(validates=False)
    told = _changes(cloud)
    assert cloud.code("network.create", {"code": "a", "hostUri": HOST, "unitId": None}) == "200"
    assert cloud.code("network.create", {"code": "b", "hostUri": HOST}, as_="manager") == "200"
    for name in ("owner", "service", "stranger"):
        assert (
            cloud.code("network.create", {"code": "c", "hostUri": HOST, "unitId": None}, as_=name)
            == "err_param"
        )
    assert [(code, unit) for code, unit, _, _ in told] == [("a", None), ("b", None)]
    shown = cloud.rows("network", unit="")
    assert [(row["code"], row["unitId"], row["unitCode"]) for row in shown] == [
        ("a", None, None),
        ("b", None, None),
        ("public", None, None),
    ]


def test_codes_of_public_networks() -> None:
    """A space of their own (sylvia.contra.20)."""
    cloud = SylviaCloud()
    data = {"code": "PUBLIC", "hostUri": HOST}
    assert cloud.code("network.create", data | {"unitId": None}) == "err_broker_network_exist"
    assert cloud.code("network.create", data | {"unitId": cloud.ids["unit"]["home"]}) == "200"


def test_public_networks_are_hidden_from_normal_users() -> None:
    """Get, change and delete; even when a device of theirs is on it."""
    cloud = SylviaCloud()
    cloud.device("01", network="public")
    public = cloud.ids["network"]["public"]
    for name in ("owner", "member", "service"):
        assert cloud.code("network.get", as_=name, path=public) == "err_not_found"
        assert cloud.code("network.update", {"name": "x"}, as_=name, path=public) == "err_not_found"
        assert cloud.code("network.delete", as_=name, path=public) == "204"
    assert cloud.code("network.get", as_="manager", path=public) == "200"


def test_an_application_goes_with_routes_and_buffers() -> None:
    """Devices and networks stay; its queues are closed."""
    cloud = SylviaCloud()
    device = cloud.device("01")
    cloud.route(device)
    cloud.buffer(device)
    cloud.create(
        "network_route",
        networkId=cloud.ids["network"]["home-net"],
        applicationId=cloud.ids["application"]["home-app"],
    )
    told = _changes(cloud)
    assert cloud.code("application.delete", as_="owner", path=cloud.ids["application"]["home-app"]) == "204"
    tags = ("application", "network", "device", "device_route", "network_route", "dldata_buffer")
    assert [cloud.total(tag) for tag in tags] == [1, 3, 1, 0, 0, 0]
    assert told == [("home-app", "home", "deleted", HOST)]


def test_a_network_goes_with_its_devices() -> None:
    """Routes and buffers too; the application stays."""
    cloud = SylviaCloud()
    device, other = cloud.device("01"), cloud.device("01", network="public")
    for each in (device, other):
        cloud.route(each)
        cloud.buffer(each)
    cloud.create(
        "network_route",
        networkId=cloud.ids["network"]["home-net"],
        applicationId=cloud.ids["application"]["home-app"],
    )
    told = _changes(cloud)
    assert cloud.code("network.delete", as_="owner", path=cloud.ids["network"]["home-net"]) == "204"
    tags = ("application", "network", "device", "device_route", "network_route", "dldata_buffer")
    assert [cloud.total(tag) for tag in tags] == [2, 2, 1, 1, 0, 1]
    assert told == [("home-net", "home", "deleted", HOST)]


@BOTH
def test_deleting_what_is_not_there(tag: str) -> None:
    """204 and nothing happens (sylvia.contra.4)."""
    cloud = SylviaCloud()
    told = _changes(cloud)
    assert cloud.code(f"{tag}.delete", path="nothing") == "204"
    assert told == []


def test_queues_of_a_unit_are_closed_with_it() -> None:
    """The unit's code still names them."""
    cloud = SylviaCloud()
    told = _changes(cloud)
    cloud.call("unit.delete", path=cloud.ids["unit"]["home"])
    assert told == [("home-net", "home", "deleted", HOST), ("home-app", "home", "deleted", HOST)]
