"""Invitations by QR code, lists of invitations, aliases, handing over (gizwits.md:1599-1681, 1754-1866)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from thingproof_platform.tests.builders import BINARY
from thingproof_platform.tests.sharing_cloud import DISPLAY, SharingCloud

WAITING, ACCEPTED, CANCELLED = 0, 1, 3
QUARTER = 15 * 60


def _code(cloud: SharingCloud, name: str = "ann", **members: Any) -> str:
    answer = cloud.ask(name, "sharing.create", {"type": 1, "did": DISPLAY, **members})
    assert answer.body["id"] is None
    found = re.fullmatch("type=share&code=([0-9a-f]{32})", answer.body["qr_content"])
    assert found is not None
    return found[1]


def _look(cloud: SharingCloud, name: str, code: str) -> int:
    return cloud.refusal(name, "sharing.code.get", path={"code": code})


def _scan(cloud: SharingCloud, name: str, code: str) -> int:
    return cloud.refusal(name, "sharing.code.accept", path={"code": code})


def _listed(cloud: SharingCloud, name: str, kind: int = 0, **query: Any) -> list[dict[str, Any]]:
    answer = cloud.ask(name, "sharing.list", query={"sharing_type": kind, **query})
    rows: list[dict[str, Any]] = answer.body["objects"]
    return rows


def _rename(cloud: SharingCloud, name: str, number: int, alias: str) -> int:
    query = {"user_alias": alias}
    return cloud.refusal(name, "sharing.alias", query=query, path={"id": str(number)})


def _transfer(cloud: SharingCloud, name: str, to: str, did: str = DISPLAY) -> int:
    cloud.person(to)
    return cloud.refusal(name, "sharing.transfer", query={"uid": cloud.uids[to]}, did=did)


# Codes.


@pytest.mark.parametrize("restarts", [False, True])
def test_a_code_shows_its_offer_and_is_accepted_once(restarts: bool) -> None:
    """The owner masked, the owner's alias, 15 minutes in UTC; then it is 9089 for everybody."""
    cloud = SharingCloud()
    cloud.ask("ann", "bindings.update", {"dev_alias": "cellar"}, did=DISPLAY)
    code = _code(cloud)
    if restarts:
        cloud.restart()
    assert cloud.ask("bob", "sharing.code.get", path={"code": code}).body == {
        "owner": "a****n",
        "product_name": BINARY["name"],
        "dev_alias": "cellar",
        "expired_at": "2023-11-14T22:28:20Z",
    }
    assert _scan(cloud, "bob", code) == 0
    if restarts:
        cloud.restart()
    assert cloud.roles("ann", "bob") == ["owner", "guest"]
    assert [call(cloud, name, code) for call in (_look, _scan) for name in ("bob", "eve")] == [9089] * 4
    assert [len(cloud.messages(name)) for name in ("ann", "bob", "eve")] == [1, 1, 0]


def test_codes_that_are_refused() -> None:
    """To the owner, by guests already, unknown ones; looking changes nothing."""
    cloud = SharingCloud()
    cloud.add_guest("bob")
    code = _code(cloud)
    assert [call(cloud, "ann", code) for call in (_look, _scan)] == [9096, 9096]
    assert [call(cloud, "eve", "0" * 32) for call in (_look, _scan)] == [9084, 9084]
    assert (_look(cloud, "bob", code), _scan(cloud, "bob", code)) == (0, 9083)
    assert _scan(cloud, "eve", code) == 0


@pytest.mark.parametrize(("seconds", "expected"), [(QUARTER - 1, 0), (QUARTER, 9088)])
def test_a_code_lives_for_a_quarter_of_an_hour(seconds: int, expected: int) -> None:
    """To the second, across a restart."""
    cloud = SharingCloud()
    code = _code(cloud)
    cloud.restart()
    cloud.world.clock.advance(seconds)
    assert (_look(cloud, "bob", code), _scan(cloud, "bob", code)) == (expected, expected)


def test_a_receiver_of_a_code_is_ignored() -> None:
    """Whoever scans accepts; who was named hears nothing (gizwits.contra.43)."""
    cloud = SharingCloud()
    cloud.person("bob")
    code = _code(cloud, uid=cloud.uids["bob"], phone="nonsense")
    assert (_listed(cloud, "bob", 1), cloud.messages("bob"), cloud.messages("ann")) == ([], [], [])
    (row,) = _listed(cloud, "ann")
    assert [row[name] for name in ("type", "uid", "username", "email", "phone")] == [
        1,
        None,
        None,
        None,
        None,
    ]
    assert _scan(cloud, "eve", code) == 0
    assert [row["uid"] for row in _listed(cloud, "ann")] == [cloud.uids["eve"]]


def test_codes_of_an_owner_who_left() -> None:
    """Void for good, after binding again too."""
    cloud = SharingCloud()
    code = _code(cloud)
    cloud.unbind("ann", DISPLAY)
    assert _scan(cloud, "bob", code) == 9090
    cloud.bind_display()
    assert _scan(cloud, "bob", code) == 9090
    assert cloud.roles("bob") == [None]


def test_a_guests_time_by_code_ends() -> None:
    """Like any other, and the code does not come back with it."""
    cloud = SharingCloud()
    code = _code(cloud, duration=1)
    assert _scan(cloud, "bob", code) == 0
    cloud.restart()
    cloud.world.clock.advance(60)
    assert cloud.roles("bob") == [None]
    assert _scan(cloud, "bob", code) == 9089


# Lists.


def test_lists_have_pages() -> None:
    """Newest first, with the addresses of the pages beside; the status counts in the total."""
    cloud = SharingCloud()
    numbers = [cloud.invite(f"user{number}") for number in range(4)]
    cloud.refusal("ann", "sharing.cancel", path={"id": str(numbers[0])})
    query = {"sharing_type": 0, "status": WAITING, "limit": 1, "skip": 1}
    body = cloud.ask("ann", "sharing.list", query=query).body
    assert [row["id"] for row in body["objects"]] == [numbers[2]]
    place = "/app/sharing?sharing_type=0&status=0&limit=1&skip="
    assert body["meta"] == {
        "total": 3,
        "limit": 1,
        "skip": 1,
        "previous": place + "0",
        "next": place + "2",
    }
    whole = cloud.ask("ann", "sharing.list", query={"sharing_type": 0}).body["meta"]
    assert whole == {"total": 4, "limit": 20, "skip": 0, "previous": None, "next": None}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"sharing_type": 2},
        {"sharing_type": "x"},
        {"sharing_type": 0, "status": 4},
        {"sharing_type": 0, "status": -1},
        {"sharing_type": 0, "limit": -1},
        {"sharing_type": 0, "skip": "x"},
    ],
    ids=str,
)
@pytest.mark.parametrize("validates", [True, False])
def test_lists_that_are_refused(query: dict[str, Any], validates: bool) -> None:
    """By the contract or by the handler alone."""
    assert SharingCloud(validates=validates).refusal("ann", "sharing.list", query=query) == 9015


def test_only_the_owner_asks_about_a_device() -> None:
    """Guests, strangers and former owners do not (gizwits.md:1618)."""
    cloud = SharingCloud()
    number = cloud.add_guest("bob")
    assert [row["id"] for row in _listed(cloud, "ann", did=DISPLAY)] == [number]
    cloud.bind()
    assert _listed(cloud, "ann", did=cloud.did) == []
    for name, did in (("bob", DISPLAY), ("eve", DISPLAY), ("ann", "unknown")):
        query = {"sharing_type": 1, "did": did}
        assert cloud.refusal(name, "sharing.list", query=query) == 9093
    cloud.unbind("ann", DISPLAY)
    assert cloud.refusal("ann", "sharing.list", query={"sharing_type": 0, "did": DISPLAY}) == 9093


# Aliases.


def test_each_names_the_other() -> None:
    """And sees the own word only, after a restart too; others change nothing."""
    cloud = SharingCloud()
    number = cloud.invite("bob")
    assert _rename(cloud, "ann", number, "奶奶") == 0
    assert _rename(cloud, "bob", number, "son") == 0
    assert _rename(cloud, "eve", number, "x") == 9100
    assert _rename(cloud, "ann", number + 1, "x") == 9084
    assert _rename(cloud, "ann", number, "") == 9015
    assert _rename(cloud, "ann", number, "x" * 5000) == 9015
    cloud.restart()
    assert (_listed(cloud, "ann")[0]["user_alias"], _listed(cloud, "bob", 1)[0]["user_alias"]) == (
        "奶奶",
        "son",
    )


# Handing over.


def test_a_guest_becomes_owner() -> None:
    """The former owner loses the device, other guests stay, after a restart too (br15)."""
    cloud = SharingCloud()
    for name in ("bob", "eve"):
        cloud.add_guest(name)
    assert _transfer(cloud, "ann", "bob") == 0
    cloud.restart()
    assert cloud.roles("ann", "bob", "eve") == [None, "owner", "guest"]
    assert _transfer(cloud, "ann", "eve") == 9093
    number = cloud.invite("ann", by="bob")
    answer = {"query": {"status": 1}, "path": {"id": str(number)}}
    assert cloud.refusal("ann", "sharing.respond", **answer) == 0
    assert cloud.roles("ann", "bob", "eve") == ["guest", "owner", "guest"]


def test_handing_over_that_is_refused() -> None:
    """By guests and special users, to oneself, strangers, who has not answered, of no device."""
    cloud = SharingCloud()
    cloud.add_guest("bob")
    cloud.invite("dan")
    cloud.bind()
    assert [_transfer(cloud, "ann", name) for name in ("ann", "eve", "dan")] == [9082, 9082, 9082]
    assert [_transfer(cloud, name, "bob") for name in ("bob", "eve")] == [9093, 9093]
    assert _transfer(cloud, "ann", "bob", cloud.did) == 9093
    assert _transfer(cloud, "ann", "bob", "unknown") == 9014
    assert cloud.refusal("ann", "sharing.transfer", did=DISPLAY) == 9015
    assert cloud.roles("ann", "bob") == ["owner", "guest"]


@pytest.mark.parametrize("restarts", [False, True])
def test_what_the_former_owner_offered_is_void(restarts: bool) -> None:
    """Nobody becomes a guest of an owner who did not invite; the new one may invite the same users."""
    cloud = SharingCloud()
    cloud.add_guest("bob")
    number, code = cloud.invite("eve"), _code(cloud)
    assert _transfer(cloud, "ann", "bob") == 0
    if restarts:
        cloud.restart()
    answer = {"query": {"status": 1}, "path": {"id": str(number)}}
    assert cloud.refusal("eve", "sharing.respond", **answer) == 9090
    assert _scan(cloud, "dan", code) == 9090
    assert cloud.refusal("ann", "sharing.cancel", path={"id": str(number)}) == 9090
    assert _listed(cloud, "bob") == []
    cloud.invite("eve", by="bob")


def test_the_new_owner_recalls_guests() -> None:
    """Accepted invitations follow the device without the aliases, history stays with who made it."""
    cloud = SharingCloud()
    heir, guest = cloud.add_guest("bob", duration=10), cloud.add_guest("eve")
    rejected = cloud.invite("dan")
    answer = {"query": {"status": 2}, "path": {"id": str(rejected)}}
    assert cloud.refusal("dan", "sharing.respond", **answer) == 0
    assert (_rename(cloud, "ann", guest, "mine"), _rename(cloud, "eve", guest, "hers")) == (0, 0)
    assert _transfer(cloud, "ann", "bob") == 0
    assert [(row["id"], row["user_alias"]) for row in _listed(cloud, "bob")] == [(guest, "")]
    shown = _listed(cloud, "eve", 1)
    assert [(row["uid"], row["user_alias"]) for row in shown] == [(cloud.uids["bob"], "")]
    assert [(row["id"], row["status"]) for row in _listed(cloud, "ann")] == [(rejected, 2), (heir, CANCELLED)]
    assert _rename(cloud, "ann", guest, "x") == 9100
    assert cloud.refusal("ann", "sharing.cancel", path={"id": str(guest)}) == 9093
    assert cloud.refusal("bob", "sharing.cancel", path={"id": str(guest)}) == 0
    assert cloud.roles("ann", "bob", "eve") == [None, "owner", None]


@pytest.mark.parametrize("restarts", [False, True])
def test_the_new_owners_time_as_guest_does_not_end(restarts: bool) -> None:
    """The limit was the guest's; that of other guests goes on."""
    cloud = SharingCloud()
    for name in ("bob", "eve"):
        cloud.add_guest(name, duration=10)
    assert _transfer(cloud, "ann", "bob") == 0
    if restarts:
        cloud.restart()
    cloud.world.clock.advance(599)
    assert cloud.roles("bob", "eve") == ["owner", "guest"]
    cloud.world.clock.advance(1)
    assert cloud.roles("bob", "eve") == ["owner", None]
