"""The message center (gizwits.md:617-705); sharing makes the messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives, states
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.sharing_steps import (
    invite,
    masks_of,
    messages_of,
    shared_device,
    the_message,
)
from thingproof_conformance.suites.gizwits.steps import ask
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.states import Walk
    from thingproof_conformance.vendors.gizwits import GizwitsTarget, User

LIST, UPDATE = "gizwits.messages.list", "gizwits.messages.update"
UNREAD, READ, DELETED = 0, 1, 2
UTC = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?"


def receiver_of_messages(gizwits: GizwitsTarget, count: int = 1) -> User:
    """A user with so many unread messages."""
    receiver = gizwits.new_user()
    for _ in range(count):
        owner, device = shared_device(gizwits)
        invite(gizwits, owner, device, receiver)
    return receiver


def mark(gizwits: GizwitsTarget, user: User, message: str, status: int, expected: Any = "success") -> Any:
    """Mark a message."""
    parts = {"path": {"id": message}, "query": {"status": status}}
    return ask(gizwits, "messages.update", user, expected=expected, **parts)


@case(LIST, kind="documented", rules=("r1", "r2", "r9", "r10", "r12", "r15"), needs=("seed",))
@pytest.mark.documented
def test_list__own_messages(gizwits: GizwitsTarget) -> None:
    """A user finds the own sharing message, unread, and nobody else's."""
    receiver, stranger = receiver_of_messages(gizwits), gizwits.new_user()
    message = the_message(gizwits, receiver)
    expect.equal((1, UNREAD), (message["type"], message["status"]), "type and status")
    expect.equal([], messages_of(gizwits, stranger), "messages of a stranger")


@case(LIST, kind="time", rules=("r8",), needs=("seed", "clock"))
@pytest.mark.contradictory("gizwits.contra.55")
def test_list__times_are_utc(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """created_at is the second of the invitation in UTC, updated_at the second of the last change."""
    control.freeze(at=1_800_000_000.0)
    receiver = receiver_of_messages(gizwits)
    created = the_message(gizwits, receiver)
    expect.matches(UTC, created["created_at"], "created_at")
    expect.true(created["created_at"].startswith("2027-01-15T08:00:00"), "created_at is not the UTC second")
    control.advance(90)
    mark(gizwits, receiver, created["id"], READ)
    read = the_message(gizwits, receiver)
    expect.true(read["updated_at"].startswith("2027-01-15T08:01:30"), "updated_at does not follow")
    expect.equal(created["created_at"], read["created_at"], "created_at")


@case(LIST, kind="documented", rules=("r3", "r4", "r5", "r6", "r7", "r11"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.83")
def test_list__pages(gizwits: GizwitsTarget) -> None:
    """Limit and skip cut pages; the addresses lead from page to page; every message comes once."""
    receiver = receiver_of_messages(gizwits, 5)
    everything = [row["id"] for row in messages_of(gizwits, receiver)]
    query: dict[str, Any] = {"type": 1, "limit": 2, "skip": 0}
    seen: list[str] = []
    previous = None
    for number in range(3):
        answer = ask(gizwits, "messages.list", receiver, query=query)
        meta = answer["meta"]
        shown = (meta["total"], meta["limit"], meta["skip"])
        expect.equal((5, 2, 2 * number), shown, "meta")
        expect.equal(number == 0, meta["previous"] is None, "previous is null on the first page")
        expect.equal(number == 2, meta["next"] is None, "next is null on the last page")
        if previous is not None:
            expect.contains("type=1", meta["previous"], "the address of the page before")
            expect.contains("limit=2", meta["previous"], "the address of the page before")
            expect.contains(f"skip={2 * number - 2}", meta["previous"], "the address of the page before")
        seen += [row["id"] for row in answer["objects"]]
        previous = meta
        if meta["next"] is not None:
            expect.true(meta["next"].startswith("/app/messages?"), "next is no relative path")
            query = dict(pair.split("=") for pair in meta["next"].partition("?")[2].split("&"))
    expect.equal(everything, seen, "messages over all pages")
    only = ask(gizwits, "messages.list", receiver, query={"type": 1, "limit": 5})["meta"]
    expect.equal((None, None), (only["previous"], only["next"]), "pages beside the only one")


@case(LIST, kind="documented", rules=("r2",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.85")
def test_list__of_another_type(gizwits: GizwitsTarget) -> None:
    """Only type 1 is documented, for sharing: under another type a sharing message is not listed."""
    receiver = receiver_of_messages(gizwits)
    message = the_message(gizwits, receiver)["id"]
    answer = ask(gizwits, "messages.list", receiver, query={"type": 2}, expected=ANY)
    if answer.ok:
        expect.lacks(message, [row["id"] for row in answer["objects"]], "messages of type 2")
    else:
        expect.refused(answer, 9015)


@case(LIST, kind="documented", rules=("r13",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.14")
def test_list__content_is_masked(gizwits: GizwitsTarget) -> None:
    """The owner's message names the receiver with **** and the device."""
    owner, device = shared_device(gizwits)
    receiver = gizwits.new_user()
    invite(gizwits, owner, device, receiver)
    content = the_message(gizwits, owner)["content"]
    plain = str(receiver.username)
    by_example, by_table = masks_of("username", plain)
    expect.either(
        "gizwits.contra.14",
        a=lambda: expect.contains(by_example, content, "content"),
        b=lambda: expect.contains(by_table, content, "content"),
    )
    expect.contains(device.product.name, content, "content")
    expect.lacks(plain, content, "content")


@case(LIST, kind="negative")
@negatives.parametrize(LIST)
def test_list__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


@case(UPDATE, kind="state", rules=("r1", "r2", "r7"), errors=(9098, 9101, 9015), needs=("seed",))
@pytest.mark.documented
@states.parametrize("gizwits", "message_status")
def test_update__walks(gizwits: GizwitsTarget, walk: Walk) -> None:
    """Every transition of a message's status, and what it refuses."""
    receiver = gizwits.new_user()
    message = ""
    for step in walk:
        caller = gizwits.new_user() if "another user" in step.event else receiver
        if step.source is None:
            owner, device = shared_device(gizwits)
            invite(gizwits, owner, device, receiver)
            message = the_message(gizwits, receiver)["id"]
            continue
        wanted = [number for number in (0, 1, 2) if f"status={number}" in step.event] or [READ]
        for status in wanted:
            answer = mark(gizwits, caller, message, status, ANY)
            if step.refusal is None:
                expect.accepted(answer)
            else:
                expect.refused(answer, step.refusal)
    shown = {row["id"]: row["status"] for row in messages_of(gizwits, receiver)}
    target = int(walk[-1].target)
    if target == DELETED:
        expect.one_of((DELETED, None), shown.get(message), "status of a deleted message")
    else:
        expect.equal(target, shown.get(message), "status")


@case(UPDATE, kind="state", rules=("r1",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.86")
def test_update__deleted_is_gone(gizwits: GizwitsTarget) -> None:
    """A deleted message is not listed any more, or listed as deleted."""
    receiver = receiver_of_messages(gizwits)
    message = the_message(gizwits, receiver)["id"]
    mark(gizwits, receiver, message, DELETED)
    shown = {row["id"]: row["status"] for row in messages_of(gizwits, receiver)}
    expect.either(
        "gizwits.contra.86",
        a=lambda: expect.lacks(message, shown, "messages"),
        b=lambda: expect.equal(DELETED, shown.get(message), "status"),
    )


@case(UPDATE, kind="permission", rules=("r3",), errors=(9101,), needs=("seed",))
@pytest.mark.documented
def test_update__of_another_user(gizwits: GizwitsTarget) -> None:
    """Only the receiver marks a message; after the refusal it is unread still."""
    receiver, stranger = receiver_of_messages(gizwits), gizwits.new_user()
    message = the_message(gizwits, receiver)["id"]
    expect.refused(mark(gizwits, stranger, message, DELETED, ANY), 9101)
    expect.equal(UNREAD, the_message(gizwits, receiver)["status"], "status")


@case(UPDATE, kind="negative", rules=("r4",), errors=(9085,), needs=("fresh-accounts",))
@pytest.mark.documented
def test_update__unknown(gizwits: GizwitsTarget) -> None:
    """A message nobody has is refused."""
    answer = mark(gizwits, gizwits.new_user(), gizwits.names.hex(24), READ, ANY)
    expect.refused(answer, 9085)


@case(UPDATE, kind="negative", rules=("r5",), errors=(9098,), needs=("seed",))
@pytest.mark.documented
def test_update__already_deleted(gizwits: GizwitsTarget) -> None:
    """A deleted message can be neither read nor deleted again."""
    receiver = receiver_of_messages(gizwits)
    message = the_message(gizwits, receiver)["id"]
    mark(gizwits, receiver, message, DELETED)
    for status in (READ, DELETED):
        expect.refused(mark(gizwits, receiver, message, status, ANY), 9098)


@case(UPDATE, kind="negative", rules=("r2",), errors=(9015,), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("status", [0, 3, -1, "read"])
def test_update__no_such_status(gizwits: GizwitsTarget, status: Any) -> None:
    """Only 1 and 2 can be set."""
    receiver = receiver_of_messages(gizwits)
    message = the_message(gizwits, receiver)["id"]
    expect.refused(mark(gizwits, receiver, message, status, ANY), 9015)


@case(UPDATE, kind="negative")
@negatives.parametrize(UPDATE)
def test_update__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)
