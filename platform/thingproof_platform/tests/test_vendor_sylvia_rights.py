"""The permission matrix: role by method by what it is about (sylvia.md:91-110, sylvia.contra.3)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.tests.sylvia_cloud import HOST, SylviaCloud

RESOURCES = ("unit", "application", "network", "device")
NORMAL = ("owner", "member", "stranger", "service")
PRIVILEGED = ("admin", "manager")


def _furnished() -> SylviaCloud:
    cloud = SylviaCloud()
    cloud.device("01")
    return cloud


def _identifier(cloud: SylviaCloud, tag: str) -> str:
    codes = {"unit": "home", "application": "home-app", "network": "home-net", "device": "01"}
    return cloud.ids[tag][codes[tag]]


@pytest.mark.parametrize("tag", RESOURCES)
def test_reading_one(tag: str) -> None:
    """Members and owner see it, for strangers it is not there; the role service is no help."""
    cloud = _furnished()
    found = {name: cloud.code(f"{tag}.get", as_=name, path=_identifier(cloud, tag)) for name in cloud.tokens}
    seen, hidden = "200", "err_not_found"
    assert found == {
        "admin": seen,
        "manager": seen,
        "service": hidden,
        "owner": seen,
        "member": seen,
        "stranger": hidden,
    }
    assert cloud.code(f"{tag}.get", path="nothing") == hidden


@pytest.mark.parametrize("tag", RESOURCES)
@pytest.mark.parametrize("name", ["member", "stranger", "service"])
def test_changing_what_is_not_ones_own(tag: str, name: str) -> None:
    """404 and no effect."""
    cloud = _furnished()
    path = _identifier(cloud, tag)
    before = cloud.call(f"{tag}.get", path=path).body
    answer = cloud.call(f"{tag}.update", {"name": "x"}, as_=name, path=path)
    assert (answer.status, answer.body["code"]) == (404, "err_not_found")
    assert cloud.call(f"{tag}.get", path=path).body == before


@pytest.mark.parametrize("tag", RESOURCES)
@pytest.mark.parametrize("name", ["member", "stranger", "service"])
def test_deleting_what_is_not_ones_own(tag: str, name: str) -> None:
    """204 and no effect."""
    cloud = _furnished()
    path = _identifier(cloud, tag)
    assert cloud.code(f"{tag}.delete", as_=name, path=path) == "204"
    assert cloud.code(f"{tag}.get", path=path) == "200"


@pytest.mark.parametrize("tag", RESOURCES)
@pytest.mark.parametrize("name", ["owner", "admin", "manager"])
def test_changing_and_deleting(tag: str, name: str) -> None:
    """The owner, admin and manager."""
    cloud = _furnished()
    path = _identifier(cloud, tag)
    assert cloud.code(f"{tag}.update", {"name": "x"}, as_=name, path=path) == "204"
    assert cloud.call(f"{tag}.get", path=path).body["data"]["name"] == "x"
    assert cloud.code(f"{tag}.delete", as_=name, path=path) == "204"
    assert cloud.code(f"{tag}.get", path=path) == "err_not_found"


def _creations(cloud: SylviaCloud) -> dict[str, tuple[dict[str, Any], str]]:
    """Each call that names a unit or its resources, and how it is refused to who does not own them."""
    unit, network = cloud.ids["unit"]["home"], cloud.ids["network"]["home-net"]
    application = cloud.ids["application"]["home-app"]
    place = {"unitId": unit, "networkId": network}
    ends = {"applicationId": application, "networkId": network}
    many, span = {"networkAddrs": ["01", "02"]}, {"startAddr": "01", "endAddr": "02"}
    no_unit, no_application = "err_broker_unit_not_exist", "err_broker_application_not_exist"
    return {
        "application.create": ({"code": "x", "unitId": unit, "hostUri": HOST}, no_unit),
        "network.create": ({"code": "x", "unitId": unit, "hostUri": HOST}, no_unit),
        "device.create": (place | {"networkAddr": "02"}, no_unit),
        "device.bulk": (place | many, no_unit),
        "device.range": (place | span, no_unit),
        "device_route.create": (
            {"deviceId": cloud.ids["device"]["01"], "applicationId": application},
            "err_broker_device_not_exist",
        ),
        "device_route.bulk": (ends | many, no_application),
        "device_route.range": (ends | span, no_application),
        "device_route.bulk_delete": (ends | many, no_application),
        "device_route.range_delete": (ends | span, no_application),
        "network_route.create": (ends, "err_broker_network_not_exist"),
        "device.bulk_delete": (place | many, no_unit),
        "device.range_delete": (place | span, no_unit),
    }


@pytest.mark.parametrize("call", list(_creations(_furnished())))
@pytest.mark.parametrize("name", ["member", "stranger", "service"])
def test_posting_into_what_is_not_ones_own(call: str, name: str) -> None:
    """What the caller does not own does not exist; nothing is written."""
    cloud = _furnished()
    device = cloud.route(cloud.ids["device"]["01"]) and cloud.ids["device"]["01"]
    data, code = _creations(cloud)[call]
    cloud.world.state.drain()
    assert cloud.code(call, data, as_=name) == code
    assert cloud.world.state.drain() == []
    assert cloud.code("device.get", path=device) == "200"


@pytest.mark.parametrize("call", list(_creations(_furnished())))
@pytest.mark.parametrize("name", ["owner", "admin", "manager"])
def test_posting(call: str, name: str) -> None:
    """The owner, admin and manager."""
    cloud = _furnished()
    data, _ = _creations(cloud)[call]
    assert cloud.code(call, data, as_=name) in ("200", "204")


@pytest.mark.parametrize("name", [*NORMAL, *PRIVILEGED])
def test_everybody_may_create_a_unit(name: str) -> None:
    """Nobody needs one before."""
    assert SylviaCloud().code("unit.create", {"code": "x"}, as_=name) == "200"


def test_a_former_member_sees_nothing() -> None:
    """Rights follow memberIds at once, and the owner's the owner."""
    cloud = _furnished()
    home = cloud.ids["unit"]["home"]
    assert cloud.code("unit.update", {"memberIds": []}, path=home) == "204"
    assert cloud.code("device.get", as_="member", path=cloud.ids["device"]["01"]) == "err_not_found"
    change = {"ownerId": cloud.users["stranger"]}
    assert cloud.code("unit.update", change, path=home) == "204"
    assert cloud.code("unit.update", {"name": "x"}, as_="owner", path=home) == "err_not_found"
    assert cloud.code("unit.get", as_="owner", path=home) == "200"
    assert cloud.code("unit.update", {"name": "x"}, as_="stranger", path=home) == "204"
