"""How roles end and change: unbinding, promotion, guests, labels (gizwits.md:711-721, 802-1084)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.tests.builders import BINARY, Cloud
from thingproof_platform.tests.sharing_cloud import DISPLAY, SharingCloud

SHARED = BINARY["product_key"]


def _crowd(*names: str) -> SharingCloud:
    """Users of the air conditioner, which is not shared, in order of binding."""
    cloud = SharingCloud()
    for name in names:
        cloud.bind(cloud.person(name))
        cloud.world.clock.advance(1)
    return cloud


def _roles(cloud: SharingCloud, *names: str) -> list[str | None]:
    return cloud.roles(*names, did=cloud.did)


def test_unbinding_tells_what_was_done() -> None:
    """Plain dids in both lists; objects or plain dids are taken (gizwits.contra.46)."""
    cloud = _crowd("ann")
    assert cloud.unbind("ann", cloud.did, DISPLAY, "unknown") == {
        "success": [cloud.did, DISPLAY],
        "failed": ["unknown"],
    }
    assert cloud.unbind("ann", cloud.did) == {"success": [], "failed": [cloud.did]}
    cloud.bind()
    answer = cloud.call("bindings.unbind", {"devices": [cloud.did, {"did": cloud.did}]})
    assert answer.body == {"success": [cloud.did], "failed": [cloud.did]}


@pytest.mark.parametrize(
    "body",
    [{}, {"devices": []}, {"devices": "x"}, {"devices": [{}]}, {"devices": [5]}, {"devices": [{"did": ""}]}],
)
@pytest.mark.parametrize("validates", [True, False])
def test_lists_of_devices_that_are_none(body: dict[str, Any], validates: bool) -> None:
    """Refused as a whole, by the contract or by the handler alone."""
    cloud = SharingCloud(validates=validates)
    assert cloud.refusal("ann", "bindings.unbind", body) == 9015
    assert cloud.roles("ann") == ["owner"]


def test_the_earliest_normal_user_follows() -> None:
    """Special leaves: the next in order of binding is special, the others stay (br3)."""
    cloud = _crowd("ann", "bob", "eve")
    cloud.unbind("ann", cloud.did)
    assert _roles(cloud, "ann", "bob", "eve") == [None, "special", "normal"]
    cloud.bind(cloud.person("ann"))
    cloud.unbind("bob", cloud.did)
    assert _roles(cloud, "ann", "bob", "eve") == ["normal", None, "special"]


def test_normal_users_leave_quietly() -> None:
    """The others keep their roles (br5); after the last one the device is free (br4)."""
    cloud = _crowd("ann", "bob", "eve")
    cloud.unbind("bob", cloud.did)
    assert _roles(cloud, "ann", "bob", "eve") == ["special", None, "normal"]
    cloud.unbind("eve", cloud.did)
    cloud.unbind("ann", cloud.did)
    cloud.bind(cloud.person("dan"))
    assert _roles(cloud, "dan", "ann") == ["special", None]


def test_promotion_outlives_a_restart() -> None:
    """The new role is a row like any other."""
    cloud = _crowd("ann", "bob", "eve")
    cloud.unbind("ann", cloud.did)
    cloud.restart()
    assert _roles(cloud, "ann", "bob", "eve") == [None, "special", "normal"]
    cloud.unbind("bob", cloud.did)
    cloud.restart()
    assert _roles(cloud, "bob", "eve") == [None, "special"]


def test_with_the_owner_everybody_loses_the_device() -> None:
    """Guests go with the owner, and the device is free again (br11)."""
    cloud = SharingCloud()
    for name in ("bob", "eve"):
        cloud.add_guest(name)
    assert cloud.unbind("ann", DISPLAY)["success"] == [DISPLAY]
    assert cloud.roles("ann", "bob", "eve") == [None, None, None]
    cloud.restart()
    assert cloud.bind_display("bob").body["role"] == "owner"


def test_a_guest_may_leave() -> None:
    """Nobody else is concerned (br14)."""
    cloud = SharingCloud()
    for name in ("bob", "eve"):
        cloud.add_guest(name)
    cloud.unbind("bob", DISPLAY)
    assert cloud.roles("ann", "bob", "eve") == ["owner", None, "guest"]


def test_guests_are_shown_to_the_owner_with_their_names_hidden() -> None:
    """Username, phone and e-mail masked, what is not set is null, the time is that of acceptance."""
    cloud = SharingCloud(
        users=[
            {"app_id": "app", "username": "ann", "password": "Passw0rd!"},
            {"app_id": "app", "phone": "13812345678", "email": "somebody@example.com"},
        ]
    )
    phone = next(row for row in cloud.world.accounts.accounts if row.phone)
    cloud.uids["pia"] = phone.id
    cloud.tokens["pia"] = cloud.world.accounts.issue("app", phone.id).value
    cloud.invite("pia")
    number = cloud.invite("b")
    cloud.world.clock.advance(3600)
    cloud.ask("b", "sharing.respond", query={"status": 1}, path={"id": str(number)})
    cloud.ask("pia", "sharing.respond", query={"status": 1}, path={"id": str(number - 1)})
    accepted = {"created_at": "2023-11-14T23:13:20Z"}
    assert cloud.ask("ann", "bindings.guests.list", did=DISPLAY).body == [
        {"uid": cloud.uids["b"], "username": "b****b", "phone": None, "email": None} | accepted,
        {
            "uid": cloud.uids["pia"],
            "username": None,
            "phone": "138****5678",
            "email": "s****y@example.com",
        }
        | accepted,
    ]


@pytest.mark.parametrize("name", ["bob", "dan"])
def test_only_the_owner_manages_guests(name: str) -> None:
    """Neither a guest nor a stranger sees or removes guests; nor does a special user."""
    cloud = SharingCloud()
    cloud.add_guest("bob")
    cloud.bind()
    uid = cloud.uids["bob"]
    assert cloud.refusal(name, "bindings.guests.list", did=DISPLAY) == 9093
    assert cloud.refusal(name, "bindings.guests.remove", did=DISPLAY, query={"uid": uid}) == 9093
    assert cloud.refusal("ann", "bindings.guests.list") == 9093
    assert cloud.refusal("ann", "bindings.guests.list", did="unknown") == 9014
    assert cloud.refusal("ann", "bindings.guests.remove", did="unknown", query={"uid": uid}) == 9014
    assert cloud.roles("bob") == ["guest"]


def test_removing_guests() -> None:
    """Gone for good, others stay; the own uid, strangers and no uid are refused."""
    cloud = SharingCloud()
    for name in ("bob", "eve"):
        cloud.add_guest(name)
    cloud.person("dan")

    def remove(**query: str) -> int:
        return cloud.refusal("ann", "bindings.guests.remove", did=DISPLAY, query=query)

    assert remove(uid=cloud.uids["bob"]) == 0
    assert cloud.roles("ann", "bob", "eve") == ["owner", None, "guest"]
    codes = [remove(uid=uid) for uid in (cloud.uids["bob"], cloud.uids["dan"], "unknown")]
    assert codes == [9082, 9082, 9082]
    assert (remove(uid=cloud.uid), remove()) == (9095, 9015)
    cloud.restart()
    assert cloud.roles("ann", "bob", "eve") == ["owner", None, "guest"]


def test_who_loses_a_device_must_be_told() -> None:
    """9099 while that is impossible, and nothing changes (gizwits.md:3600)."""
    cloud = SharingCloud()
    cloud.add_guest("bob")
    cloud.world.faults.enable("binding_notices_fail")
    assert cloud.refusal("ann", "bindings.unbind", {"devices": [{"did": DISPLAY}]}) == 9099
    query = {"uid": cloud.uids["bob"]}
    assert cloud.refusal("ann", "bindings.guests.remove", did=DISPLAY, query=query) == 9099
    assert cloud.roles("ann", "bob") == ["owner", "guest"]


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("leaves", [False, True])
def test_an_invitation_of_before_does_not_end_a_new_one(restarts: bool, leaves: bool) -> None:
    """Whoever lost the device and was invited again is a guest by the new invitation alone."""
    cloud = SharingCloud()
    first = cloud.add_guest("bob", duration=10)
    if leaves:
        cloud.unbind("bob", DISPLAY)
    else:
        cloud.ask("ann", "bindings.guests.remove", did=DISPLAY, query={"uid": cloud.uids["bob"]})
    if restarts:
        cloud.restart()
    cloud.add_guest("bob", duration=20)
    cloud.world.clock.advance(700)
    assert cloud.roles("bob") == ["guest"]
    assert cloud.refusal("ann", "sharing.cancel", path={"id": str(first)}) == 0
    assert cloud.roles("bob") == ["guest"]
    cloud.world.clock.advance(600)
    assert cloud.roles("bob") == [None]


def test_labels_remarks_and_aliases_are_the_users_own() -> None:
    """What is given changes, the rest stays, and each user has the own words, after a restart too."""
    cloud = _crowd("ann", "bob")
    given = {"remark": "备注", "dev_alias": "设备别名", "dev_label": ["标签1", "标签2"]}
    assert cloud.ask("ann", "bindings.update", given).body == given
    assert cloud.ask("ann", "bindings.update", {"remark": ""}).body == given | {"remark": ""}
    assert cloud.ask("ann", "bindings.update", {"dev_label": []}).body["dev_label"] == []
    assert cloud.ask("bob", "bindings.update", {"dev_alias": "b"}).body["remark"] == ""
    cloud.restart()
    shown = [cloud.ask(name, "devices.get").body["dev_alias"] for name in ("ann", "bob")]
    assert shown == ["设备别名", "b"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 9015),
        ({"remark": None}, 9015),
        ({"remark": 5}, 9015),
        ({"dev_label": "kitchen"}, 9015),
        ({"dev_label": [5]}, 9015),
        ({"dev_label": ["x"] * 101}, 9015),
        ({"remark": "x" * 5000}, 9015),
    ],
)
@pytest.mark.parametrize("validates", [True, False])
def test_changes_that_are_refused(body: dict[str, Any], code: int, validates: bool) -> None:
    """By the contract or by the handler alone."""
    cloud = Cloud(validates=validates)
    cloud.bind()
    assert cloud.code("bindings.update", body) == code


def test_changes_of_devices_that_are_not_ones_own() -> None:
    """9017 without binding, 9014 for no device."""
    cloud = Cloud()
    assert cloud.code("bindings.update", {"remark": "x"}) == 9017
    assert cloud.code("bindings.update", {"remark": "x"}, did="unknown") == 9014
