"""Invitations: making, answering, cancelling, their times, what a restart keeps (gizwits.md:1514-1752)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.tests.builders import BINARY
from thingproof_platform.tests.sharing_cloud import DISPLAY, SharingCloud

ACCEPT, REJECT = 1, 2
WAITING, ACCEPTED, REFUSED, CANCELLED = 0, 1, 2, 3
MINUTE, DAY = 60, 24 * 3600


def _respond(cloud: SharingCloud, name: str, number: int, status: Any = ACCEPT) -> int:
    return cloud.refusal(name, "sharing.respond", query={"status": status}, path={"id": str(number)})


def _cancel(cloud: SharingCloud, name: str, number: int) -> int:
    return cloud.refusal(name, "sharing.cancel", path={"id": str(number)})


def _listed(cloud: SharingCloud, name: str, kind: int = 0, **query: Any) -> list[dict[str, Any]]:
    answer = cloud.ask(name, "sharing.list", query={"sharing_type": kind, **query})
    rows: list[dict[str, Any]] = answer.body["objects"]
    return rows


def _create(cloud: SharingCloud, name: str = "ann", **members: Any) -> int:
    return cloud.refusal(name, "sharing.create", {"type": 0, "did": DISPLAY, **members})


def _special_cloud() -> SharingCloud:
    """Ann is special and bob normal on the air conditioner, whose sharing is turned on after that."""
    cloud = SharingCloud()
    for name in ("ann", "bob"):
        cloud.bind(cloud.person(name))
    product = cloud.world.things.products.rows[cloud.key]
    product.sharing = True
    cloud.world.things.put_product(product)
    return cloud


# Making.


def test_numbers_count_and_outlive_a_restart() -> None:
    """Integers, one after the other, never used again; the example's form with null for nothing."""
    cloud = SharingCloud()
    first = cloud.invite("bob")
    cloud.restart()
    assert cloud.invite("eve") == first + 1
    assert _listed(cloud, "ann")[1] == {
        "id": first,
        "type": 0,
        "uid": cloud.uids["bob"],
        "username": "b****b",
        "email": None,
        "phone": None,
        "user_alias": "",
        "did": DISPLAY,
        "product_name": BINARY["name"],
        "dev_alias": "",
        "status": WAITING,
        "created_at": "2023-11-14T22:13:20Z",
        "updated_at": "2023-11-14T22:13:20Z",
        "expired_at": "2023-11-15T22:13:20Z",
    }


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"uid": ""},
        {"uid": None},
        {"uid": 5},
        {"type": 2},
        {"type": "0"},
        {"type": True},
        {"type": None},
        {"did": ""},
        {"did": None},
        *({"duration": value} for value in (0, -1, 1441, 1.5, "5", True)),
    ],
    ids=str,
)
@pytest.mark.parametrize("validates", [True, False])
def test_forms_that_are_refused(body: dict[str, Any], validates: bool) -> None:
    """By the contract or by the handler alone; nobody is invited, no number is used."""
    cloud = SharingCloud(validates=validates)
    cloud.person("bob")
    receiver = {} if not body or "uid" in body else {"uid": cloud.uids["bob"]}
    assert _create(cloud, **receiver, **body) == 9015
    assert _listed(cloud, "ann") == []
    assert cloud.messages("bob") == []


def test_the_first_name_counts() -> None:
    """The uid before username, e-mail and phone (gizwits.contra.44)."""
    cloud = SharingCloud()
    for name in ("bob", "eve"):
        cloud.person(name)
    assert _create(cloud, username="bob", uid=cloud.uids["eve"]) == 0
    assert _create(cloud, username="bob", phone="13800000000") == 0
    assert [row["uid"] for row in _listed(cloud, "ann")] == [cloud.uids["bob"], cloud.uids["eve"]]


def test_who_is_not_invited() -> None:
    """Oneself, nobody, users of other applications, who has the device, who is asked already."""
    cloud = SharingCloud(
        applications=[{"app_id": "app", "app_secret": "s"}, {"app_id": "other", "app_secret": "s"}]
    )
    body = {"username": "far", "password": "Passw0rd!"}
    far = cloud.call("users.create", body, app="other").body["uid"]
    cloud.add_guest("bob")
    cloud.invite("eve")
    uids = (cloud.uid, "0" * 32, far, cloud.uids["bob"], cloud.uids["eve"])
    assert [_create(cloud, uid=uid) for uid in uids] == [9080, 9082, 9082, 9083, 9087]
    assert _create(cloud, username="far") == 9082


def test_only_the_master_shares() -> None:
    """Guests and strangers are refused before anything is told about the receiver (gizwits.md:3585)."""
    cloud = SharingCloud()
    cloud.add_guest("bob")
    assert _create(cloud, "bob", uid="0" * 32) == 9081
    assert _create(cloud, "eve", uid="0" * 32) == 9017
    assert _create(cloud, "ann", did="unknown", uid="0" * 32) == 9014


def test_without_sharing_of_the_product_nobody_shares() -> None:
    """The special user neither, who stays special."""
    cloud = SharingCloud()
    cloud.bind()
    cloud.person("bob")
    assert _create(cloud, did=cloud.did, uid=cloud.uids["bob"]) == 9081
    assert cloud.roles("ann", did=cloud.did) == ["special"]


def test_a_special_user_becomes_owner_by_sharing() -> None:
    """At once, with normal users as guests; a refused call changes no role (br6, gizwits.md:717)."""
    cloud = _special_cloud()
    assert _create(cloud, did=cloud.did, uid="0" * 32) == 9082
    assert _create(cloud, "bob", did=cloud.did, uid=cloud.uid) == 9081
    assert cloud.roles("ann", "bob", did=cloud.did) == ["special", "normal"]
    number = cloud.invite("eve", did=cloud.did)
    assert cloud.roles("ann", "bob", "eve", did=cloud.did) == ["owner", "guest", None]
    cloud.restart()
    assert _respond(cloud, "eve", number) == 0
    assert cloud.roles("ann", "bob", "eve", did=cloud.did) == ["owner", "guest", "guest"]


@pytest.mark.parametrize(
    ("seconds", "again", "answered"), [(DAY - 1, 9087, 0), (DAY, 0, 9088), (2 * DAY, 0, 9088)]
)
def test_an_invitation_lives_for_a_day(seconds: int, again: int, answered: int) -> None:
    """To the second, across a restart; an expired one still shows as waiting and is in nobody's way."""
    cloud = SharingCloud()
    number = cloud.invite("bob")
    cloud.restart()
    cloud.world.clock.advance(seconds)
    assert _create(cloud, uid=cloud.uids["bob"]) == again
    assert _respond(cloud, "bob", number) == answered
    assert _listed(cloud, "bob", 1)[-1]["status"] == (WAITING if answered else ACCEPTED)


# Answering.


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("status", [ACCEPT, REJECT])
def test_an_invitation_is_answered_once(status: int, restarts: bool) -> None:
    """The record follows; a second answer is 9089, of whatever kind."""
    cloud = SharingCloud()
    number = cloud.invite("bob")
    cloud.world.clock.advance(MINUTE)
    assert _respond(cloud, "bob", number, status) == 0
    if restarts:
        cloud.restart()
    assert cloud.roles("ann", "bob") == ["owner", "guest" if status == ACCEPT else None]
    assert [_respond(cloud, "bob", number, again) for again in (ACCEPT, REJECT)] == [9089, 9089]
    (row,) = _listed(cloud, "bob", 1)
    assert (row["status"], row["updated_at"]) == (status, "2023-11-14T22:14:20Z")


def test_only_the_receiver_answers() -> None:
    """Neither the owner nor others; a number that is none or unknown is refused."""
    cloud = SharingCloud()
    number = cloud.invite("bob")
    assert [_respond(cloud, name, number) for name in ("ann", "eve")] == [9084, 9084]
    assert _respond(cloud, "bob", number + 1) == 9084
    answer = {"query": {"status": 1}, "path": {"id": "x"}}
    assert cloud.refusal("bob", "sharing.respond", **answer) == 9015
    assert [_respond(cloud, "bob", number, status) for status in (0, 3, "x", "")] == [9015] * 4
    assert cloud.roles("bob") == [None]


def test_who_has_the_device_accepts_no_other_invitation() -> None:
    """It would end with the shorter of the two; rejecting it is possible."""
    cloud = SharingCloud()
    number = cloud.invite("bob")
    content = cloud.ask("ann", "sharing.create", {"type": 1, "did": DISPLAY, "duration": 5}).body
    code = content["qr_content"].rpartition("=")[2]
    assert cloud.refusal("bob", "sharing.code.accept", path={"code": code}) == 0
    assert _respond(cloud, "bob", number) == 9083
    assert _respond(cloud, "bob", number, REJECT) == 0
    cloud.world.clock.advance(5 * MINUTE)
    assert cloud.roles("bob") == [None]


@pytest.mark.parametrize("restarts", [False, True])
def test_an_owner_who_left_has_no_invitations(restarts: bool) -> None:
    """They stay void when the device is bound again, and are in nobody's way (gizwits.md:3593)."""
    cloud = SharingCloud()
    number = cloud.invite("bob")
    cloud.unbind("ann", DISPLAY)
    assert (_respond(cloud, "bob", number), _cancel(cloud, "ann", number)) == (9090, 9090)
    cloud.bind_display()
    if restarts:
        cloud.restart()
    assert (_respond(cloud, "bob", number), _cancel(cloud, "ann", number)) == (9090, 9090)
    assert cloud.roles("ann", "bob") == ["owner", None]
    cloud.add_guest("bob")
    assert cloud.roles("ann", "bob") == ["owner", "guest"]


def test_the_next_owner_may_invite_whom_the_former_one_had_invited() -> None:
    """The invitation of somebody without the device blocks nobody."""
    cloud = SharingCloud()
    cloud.invite("bob")
    cloud.unbind("ann", DISPLAY)
    cloud.bind_display("eve")
    number = cloud.invite("bob", by="eve")
    assert _respond(cloud, "bob", number) == 0
    assert cloud.roles("ann", "bob", "eve") == [None, "guest", "owner"]


# The guest's time.


@pytest.mark.parametrize("restarts", [False, True])
def test_a_guests_time_ends(restarts: bool) -> None:
    """Duration minutes after the acceptance, not after the invitation; the owner stays (br16)."""
    cloud = SharingCloud()
    number = cloud.invite("bob", duration=30)
    cloud.world.clock.advance(3600)
    assert _respond(cloud, "bob", number) == 0
    if restarts:
        cloud.restart()
    cloud.world.clock.advance(30 * MINUTE - 1)
    assert cloud.roles("ann", "bob") == ["owner", "guest"]
    cloud.world.clock.advance(1)
    assert cloud.roles("ann", "bob") == ["owner", None]
    assert _listed(cloud, "bob", 1)[0]["status"] == ACCEPTED
    cloud.add_guest("bob")
    cloud.world.clock.advance(DAY)
    assert cloud.roles("bob") == ["guest"]


def test_a_guests_time_that_ended_while_the_cloud_was_down() -> None:
    """The timer is made anew and is due at once."""
    cloud = SharingCloud()
    cloud.add_guest("bob", duration=1)
    cloud.add_guest("eve")
    cloud.restart()
    cloud.wall.time += 3600
    cloud.world.clock.advance(0)
    assert cloud.roles("ann", "bob", "eve") == ["owner", None, "guest"]
    cloud.restart()
    assert cloud.roles("ann", "bob", "eve") == ["owner", None, "guest"]


def test_a_recalled_guests_time_does_not_end_the_next_one() -> None:
    """The timer of the first invitation is gone with it."""
    cloud = SharingCloud()
    first = cloud.add_guest("bob", duration=10)
    assert _cancel(cloud, "ann", first) == 0
    cloud.add_guest("bob", duration=60)
    cloud.world.clock.advance(30 * MINUTE)
    assert cloud.roles("bob") == ["guest"]
    cloud.world.clock.advance(30 * MINUTE)
    assert cloud.roles("bob") == [None]


# Cancelling.


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("accepted", [False, True])
def test_the_owner_cancels(accepted: bool, restarts: bool) -> None:
    """Waiting or accepted; the guest goes; who never accepted is not told; twice is 9094."""
    cloud = SharingCloud()
    number = cloud.add_guest("bob") if accepted else cloud.invite("bob")
    before = [len(cloud.messages(name)) for name in ("ann", "bob")]
    if restarts:
        cloud.restart()
    assert [_cancel(cloud, name, number) for name in ("bob", "eve", "ann", "ann")] == [9093, 9093, 0, 9094]
    after = [len(cloud.messages(name)) for name in ("ann", "bob")]
    assert after == [before[0] + 1, before[1] + accepted]
    assert cloud.roles("ann", "bob") == ["owner", None]
    assert _respond(cloud, "bob", number) == 9094
    assert _listed(cloud, "bob", 1)[0]["status"] == CANCELLED


def test_what_cannot_be_cancelled() -> None:
    """Rejected invitations, QR codes, unknown numbers, what is no number."""
    cloud = SharingCloud()
    number = cloud.invite("bob")
    assert _respond(cloud, "bob", number, REJECT) == 0
    cloud.ask("ann", "sharing.create", {"type": 1, "did": DISPLAY})
    assert [_cancel(cloud, "ann", number + more) for more in (0, 1, 2)] == [9089, 9084, 9084]
    assert cloud.refusal("ann", "sharing.cancel", path={"id": "x"}) == 9015
    assert [row["status"] for row in _listed(cloud, "ann")] == [WAITING, REFUSED]
