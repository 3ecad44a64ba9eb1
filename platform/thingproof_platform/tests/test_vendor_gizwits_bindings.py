"""Bindings: signature, roles, lists (gizwits.md:705)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.tests.builders import AIR_CONDITIONER, BINARY, Cloud


def test_bind_answers_the_device() -> None:
    """All members of the table, remark and alias as given, role special for the first user."""
    cloud = Cloud()
    answer = cloud.bind(remark="备注信息", dev_alias="设备别名", set_owner=1)
    assert answer.status == 201
    assert answer.body == {
        "product_key": cloud.key,
        "did": cloud.did,
        "mac": "accf2350d446",
        "is_online": False,
        "passcode": "JHHOOIWJBA",
        "host": "cloud.test",
        "port": 1883,
        "port_s": 8883,
        "ws_port": 8080,
        "wss_port": 8880,
        "remark": "备注信息",
        "is_disabled": False,
        "type": "normal",
        "dev_alias": "设备别名",
        "dev_label": [],
        "role": "special",
    }


def test_second_user_of_an_unshared_device_is_normal() -> None:
    """First special, then normal; binding again keeps the role (gizwits.md:715)."""
    cloud = Cloud()
    bob = cloud.user("bob")
    assert cloud.bind().body["role"] == "special"
    assert cloud.bind(bob).body["role"] == "normal"
    again = cloud.bind(remark="new").body
    assert (again["role"], again["remark"]) == ("special", "new")


def test_shared_device_has_one_owner() -> None:
    """With sharing the first user is owner and nobody else can bind (gizwits.md:718)."""
    cloud = Cloud()
    bob = cloud.user("bob")
    body = {"product_key": BINARY["product_key"], "mac": "ffffffffffff"}
    headers = cloud.signed(BINARY["product_secret"])
    assert cloud.call("bindings.bind_mac", body | {"set_owner": 0}, headers=headers).body["role"] == "owner"
    assert cloud.code("bindings.bind_mac", body, headers=headers, token=bob) == 9092
    assert cloud.code("bindings.bind_mac", body, headers=headers) == 0


@pytest.mark.parametrize(("away", "code"), [(300, 0), (-300, 0), (301, 9043), (-301, 9043)])
def test_signature_window_is_five_minutes(away: int, code: int) -> None:
    """Five minutes to either side pass, a second more does not (gizwits.md:749)."""
    cloud = Cloud()
    headers = cloud.signed(at=cloud.world.clock.now() + away)
    body = {"product_key": cloud.key, "mac": "accf2350d446"}
    assert cloud.code("bindings.bind_mac", body, headers=headers) == code


@pytest.mark.parametrize("stamp", ["", "abc", "1.5", "-1", "9" * 5000, "\u0661\u0667", " 1700000000"])
def test_timestamps_that_are_none(stamp: str) -> None:
    """Anything but decimal digits is an invalid timestamp."""
    cloud = Cloud()
    headers = cloud.signed() | {"x-gizwits-timestamp": stamp}
    body = {"product_key": cloud.key, "mac": "accf2350d446"}
    assert cloud.code("bindings.bind_mac", body, headers=headers) == 9043


def test_wrong_signatures() -> None:
    """Missing, of another secret, in capitals (the document says lower)."""
    cloud = Cloud()
    right = cloud.signed()
    body = {"product_key": cloud.key, "mac": "accf2350d446"}
    wrong = ["", "ключ", right["x-gizwits-signature"].upper(), cloud.signed("x")["x-gizwits-signature"]]
    for signature in wrong:
        headers = right | {"x-gizwits-signature": signature}
        assert cloud.code("bindings.bind_mac", body, headers=headers) == 9044


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"product_key": "unknown"}, 9002),
        ({"mac": "unknown"}, 9014),
        ({"mac": ""}, 9015),
        ({"product_key": ["k"]}, 9015),
        ({"remark": 5}, 9015),
        ({"remark": "x" * 5000}, 9015),
        ({"set_owner": 2}, 9015),
        ({"set_owner": "yes"}, 9015),
        ({"set_owner": [1]}, 9015),
    ],
)
def test_bind_refuses(members: dict[str, Any], code: int) -> None:
    """Unknown product, unknown device, bad forms."""
    answer = Cloud().bind(**members)
    assert answer.body["error_code"] == code


def test_deregistered_devices_cannot_be_bound_and_are_listed_on_request() -> None:
    """9023 on binding; in lists only with show_disabled=1 (gizwits.md:862)."""
    cloud = Cloud()
    cloud.bind()
    cloud.world.things.set_disabled("gizwits", cloud.did, disabled=True)
    assert cloud.bind(cloud.user("bob")).body["error_code"] == 9023
    assert cloud.call("bindings.list").body == {"devices": []}
    shown = cloud.call("bindings.list", query={"show_disabled": 1}).body["devices"]
    assert [device["is_disabled"] for device in shown] == [True]


def _many(number: int) -> tuple[Cloud, list[str]]:
    """A user with that many devices, bound one second after the other; dids in order of binding."""
    devices = [
        {"product_key": AIR_CONDITIONER["product_key"], "mac": f"{index:012x}", "did": f"did{index}"}
        for index in range(number)
    ]
    cloud = Cloud(devices=devices, users=[{"username": "ann"}])
    for device in devices:
        cloud.bind(mac=device["mac"])
        cloud.world.clock.advance(1)
    return cloud, [device["did"] for device in devices]


def test_list_is_newest_first_in_pages() -> None:
    """Default 20, limit and skip, newest binding first."""
    cloud, dids = _many(25)
    newest = dids[::-1]

    def page(**query: int) -> list[str]:
        return [device["did"] for device in cloud.call("bindings.list", query=query).body["devices"]]

    assert page() == newest[:20]
    assert page(skip=20) == newest[20:]
    assert page(limit=3, skip=2) == newest[2:5]
    assert page(limit=0) == []
    assert page(limit=100) == newest
    assert page(skip=1000) == []


@pytest.mark.parametrize(
    "query", [{"limit": "x"}, {"limit": -1}, {"skip": "1.5"}, {"show_disabled": "yes"}, {"skip": "9" * 40}]
)
def test_list_refuses_what_is_no_number(query: dict[str, Any]) -> None:
    """A clear refusal, never a crash."""
    assert Cloud().code("bindings.list", query=query) == 9015


def test_list_has_the_members_clients_index() -> None:
    """Versions, product name and sandbox always, proto_ver on request (gizwits.md:863, 885)."""
    cloud = Cloud(
        devices=[
            {
                "product_key": AIR_CONDITIONER["product_key"],
                "mac": "accf2350d446",
                "is_sandbox": True,
                "wifi_soft_version": "04000006",
            }
        ]
    )
    cloud.bind()
    device = cloud.call("bindings.list").body["devices"][0]
    assert "proto_ver" not in device
    assert device["is_sandbox"] is True
    assert device["wifi_soft_version"] == "04000006"
    assert (device["product_name"], device["protoc"]) == ("Air conditioner", 4)
    for member in ("mcu_soft_version", "mcu_hard_version", "wifi_hard_version"):
        assert device[member] is None
    shown = cloud.call("bindings.list", query={"show_proto_ver": 1}).body["devices"][0]
    assert shown["proto_ver"] == "04"


def test_list_shows_the_callers_own_role() -> None:
    """Each user sees the own role and only the own devices."""
    cloud = Cloud()
    bob, eve = cloud.user("bob"), cloud.user("eve")
    cloud.bind()
    cloud.bind(bob)
    roles = [
        [device["role"] for device in cloud.call("bindings.list", token=token).body["devices"]]
        for token in (cloud.token, bob, eve)
    ]
    assert roles == [["special"], ["normal"], []]


def test_details_need_a_binding() -> None:
    """9014 for an unknown device, 9017 with 401 without binding, details for every role, guests too."""
    cloud = Cloud()
    assert cloud.code("devices.get", did="nothing") == 9014
    refused = cloud.call("devices.get")
    assert (refused.status, refused.body["error_code"]) == (401, 9017)
    bound = cloud.bind().body
    assert cloud.call("devices.get").body == bound
    cloud.world.things.bind(cloud.uid, cloud.world.things.find("gizwits", "display")[1].id, "guest")
    assert cloud.call("devices.get", did="display").body["role"] == "guest"
