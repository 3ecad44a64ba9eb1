"""The message centre: who reads what, pages, marking, and that nothing is lost (gizwits.md:617)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.tests.builders import START
from thingproof_platform.tests.sharing_cloud import SharingCloud
from thingproof_platform.vendors.gizwits.service import messages

READ, DELETED = 1, 2


def _mark(cloud: SharingCloud, name: str, identifier: str, status: Any) -> int:
    return cloud.refusal(name, "messages.update", path={"id": identifier}, query={"status": status})


def test_a_message_has_the_members_of_the_table() -> None:
    """Unread, of type 1, with UTC times to the second and a 24-digit id (gizwits.md:668)."""
    cloud = SharingCloud()
    cloud.invite("bob")
    (message,) = cloud.messages("bob")
    assert len(message.pop("id")) == 24
    assert message == {
        "status": 0,
        "created_at": "2023-11-14T22:13:20Z",
        "updated_at": "2023-11-14T22:13:20Z",
        "content": "a****n shared the device Display with you!",
        "type": 1,
    }
    assert cloud.messages("ann")[0]["content"] == "You shared the device Display with b****b!"


def test_users_read_messages_in_their_language() -> None:
    """The example is Chinese (gizwits.md:673); who chose zh-cn reads it so."""
    cloud = SharingCloud()
    cloud.person("bob")
    cloud.ask("bob", "users.update", {"lang": "zh-cn"})
    cloud.invite("bob")
    assert cloud.messages("bob")[0]["content"] == "a****n 给您共享了设备 Display!"


def test_everyone_reads_the_own_messages_of_a_type() -> None:
    """Strangers read nothing; messages of rules are of another type (gizwits.contra.85)."""
    cloud = SharingCloud()
    cloud.invite("bob")
    messages.centre(cloud.world).post(cloud.uids["bob"], "it is warm", 2)
    assert [row["type"] for row in cloud.messages("bob")] == [1]
    assert [row["content"] for row in cloud.messages("bob", type=2)] == ["it is warm"]
    assert cloud.messages("eve") == []


def test_pages_of_the_messages() -> None:
    """20 unless said; the addresses keep the query; null at the ends (gizwits.contra.83)."""
    cloud = SharingCloud()
    centre = messages.centre(cloud.world)
    for number in range(25):
        centre.post(cloud.uid, str(number))
    meta = cloud.ask("ann", "messages.list", query={"type": 1}).body["meta"]
    following = "/app/messages?type=1&skip=20&limit=20"
    assert meta == {"total": 25, "limit": 20, "skip": 0, "previous": None, "next": following}
    meta = cloud.ask("ann", "messages.list", query={"type": 1, "limit": 4, "skip": 22}).body["meta"]
    before = "/app/messages?type=1&limit=4&skip=18"
    assert meta == {"total": 25, "limit": 4, "skip": 22, "previous": before, "next": None}
    assert [row["content"] for row in cloud.messages("ann", limit=2, skip=1)] == ["23", "22"]


@pytest.mark.parametrize(
    "query",
    [{}, {"type": "x"}, {"type": 1, "limit": -1}, {"type": 1, "skip": "1.5"}, {"type": 1, "limit": "many"}],
)
def test_lists_that_are_refused(query: dict[str, Any]) -> None:
    """A type is required, and numbers are numbers."""
    assert SharingCloud().refusal("ann", "messages.list", query=query) == 9015


def test_marking_read_and_deleting() -> None:
    """Read is shown with its time, deleted is not shown any more, and stays so (gizwits.md:3599)."""
    cloud = SharingCloud()
    cloud.invite("bob")
    identifier = cloud.messages("bob")[0]["id"]
    cloud.world.clock.advance(60)
    assert _mark(cloud, "bob", identifier, READ) == 0
    (message,) = cloud.messages("bob")
    assert (message["status"], message["updated_at"]) == (READ, "2023-11-14T22:14:20Z")
    assert message["created_at"] == "2023-11-14T22:13:20Z"
    assert _mark(cloud, "bob", identifier, READ) == 0
    assert _mark(cloud, "bob", identifier, DELETED) == 0
    assert cloud.messages("bob") == []
    assert [_mark(cloud, "bob", identifier, status) for status in (READ, DELETED)] == [9098, 9098]


@pytest.mark.parametrize("status", [0, 3, -1, "x", ""])
def test_only_two_states_can_be_set(status: Any) -> None:
    """1 and 2 (gizwits.md:701)."""
    cloud = SharingCloud()
    cloud.invite("bob")
    assert _mark(cloud, "bob", cloud.messages("bob")[0]["id"], status) == 9015


def test_messages_of_others_and_of_nobody() -> None:
    """9101 for somebody else's message, whatever its state, 9085 for none."""
    cloud = SharingCloud()
    cloud.invite("bob")
    identifier = cloud.messages("bob")[0]["id"]
    assert _mark(cloud, "eve", identifier, READ) == 9101
    assert _mark(cloud, "bob", "0" * 24, READ) == 9085
    assert _mark(cloud, "bob", identifier, DELETED) == 0
    assert _mark(cloud, "eve", identifier, READ) == 9101


def test_messages_outlive_a_restart_in_their_order() -> None:
    """Rows, their states and what follows them; the numbers go on."""
    cloud = SharingCloud()
    centre = messages.centre(cloud.world)
    first, second, third = (centre.post(cloud.uid, text).id for text in ("a", "b", "c"))
    assert _mark(cloud, "ann", first, READ) == 0
    assert _mark(cloud, "ann", second, DELETED) == 0
    cloud.restart()
    assert [(row["id"], row["status"]) for row in cloud.messages("ann")] == [(third, 0), (first, READ)]
    assert _mark(cloud, "ann", second, READ) == 9098
    messages.centre(cloud.world).post(cloud.uid, "d")
    cloud.restart()
    assert [row["content"] for row in cloud.messages("ann")] == ["d", "c", "a"]


def test_a_reset_leaves_no_message() -> None:
    """Neither row nor index."""
    cloud = SharingCloud()
    messages.centre(cloud.world).post(cloud.uid, "a")
    cloud.world.reset()
    assert messages.centre(cloud.world).of(cloud.uid, messages.SHARING) == []
    assert messages.centre(cloud.world).post(cloud.uid, "b").number == 1
    assert cloud.world.clock.now() == START
