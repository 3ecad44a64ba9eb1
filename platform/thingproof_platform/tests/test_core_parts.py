"""Small parts of the core: identifiers, outbox, throttles, commands, records, events."""

from __future__ import annotations

import random

import pytest

from thingproof_platform.core.clock import Clock
from thingproof_platform.core.errors import Refusal
from thingproof_platform.core.events import CommandChanged, RecordAdded
from thingproof_platform.core.identifiers import Identifiers
from thingproof_platform.core.throttle import Throttles
from thingproof_platform.tests.builders import PASSWORD, START, Cloud, Wall


def test_identifiers_have_the_shapes_of_the_document() -> None:
    """Lengths and alphabets; the same source gives the same ids."""
    first, second = (Identifiers(random.Random(5)) for _ in range(2))  # noqa: S311 - tests repeat
    assert (len(first.did()), len(first.passcode()), len(first.token()), len(first.code())) == (22, 10, 32, 6)
    assert first.passcode().isupper()
    assert first.code().isdigit()
    for name in ("did", "passcode", "token", "code", "salt"):
        getattr(second, name)()
    assert len({first.did() for _ in range(100)}) == 100
    other = Identifiers(random.Random(5))  # noqa: S311 - tests repeat
    assert other.did() == Identifiers(random.Random(5)).did()  # noqa: S311 - tests repeat


def test_outbox_selects_by_kind_and_receiver() -> None:
    """Messages in order, numbered, with their moment."""
    outbox = Cloud().world.outbox
    outbox.send("sms", "1", "a", "123456")
    outbox.send("email", "x@y.example", "b")
    outbox.send("sms", "2", "c")
    assert [message.text for message in outbox.messages()] == ["a", "b", "c"]
    assert [message.text for message in outbox.messages("sms")] == ["a", "c"]
    assert [message.id for message in outbox.messages(to="2")] == [3]
    assert outbox.messages()[0].at == START
    outbox.clear()
    assert outbox.messages() == []


def test_throttle_is_a_sliding_minute() -> None:
    """The limit counts the last minute of one key."""
    clock = Clock(Wall())
    clock.freeze()
    throttles = Throttles(clock)
    for _ in range(2):
        throttles.check("k", "a", 2)
        throttles.note("k", "a")
        clock.advance(30)
    throttles.check("k", "a", 2)
    throttles.note("k", "a")
    with pytest.raises(Refusal):
        throttles.check("k", "a", 2)
    throttles.check("k", "b", 2)
    throttles.check("k", "a", 0)
    clock.set(START - 1000)
    throttles.check("k", "a", 2)


def test_commands_move_along_their_table_only() -> None:
    """accepted, queued, sent, acknowledged; nothing else, and each move is an event."""
    cloud = Cloud()
    world = cloud.world
    states: list[str] = []
    world.events.subscribe(CommandChanged, lambda event: states.append(event.command.state))
    thing = world.things.find("gizwits", cloud.did)[1]
    command = world.commands.submit(thing.id, b"x", client="c", sequence=4)
    assert not world.commands.move(command.id, "acknowledged")
    assert world.commands.sent(command.id)
    assert not world.commands.sent(command.id)
    assert world.commands.acknowledge(thing.id, "other", 4) is None
    assert world.commands.acknowledge(thing.id, "c", 4) is command
    assert not world.commands.refuse(command.id)
    assert states == ["accepted", "queued", "sent", "acknowledged"]
    assert world.clock.advance(100) == 0


def test_commands_expire_after_a_restart_too() -> None:
    """The timer is taken up again from the row."""
    cloud = Cloud()
    thing = cloud.world.things.find("gizwits", cloud.did)[1]
    cloud.world.commands.submit(thing.id, b"x", sequence=4)
    restarted = Cloud()
    restarted.world.restore(cloud.world.state.drain())
    assert len(restarted.world.commands) == 1
    restarted.world.clock.advance(61)
    assert len(restarted.world.commands) == 0


def test_records_stay_sorted_when_the_clock_goes_back() -> None:
    """Lines written in the past are found there."""
    cloud = Cloud()
    world = cloud.world
    seen: list[int] = []
    world.events.subscribe(RecordAdded, lambda event: seen.append(event.record.number))
    thing = world.things.find("gizwits", cloud.did)[1]
    world.records.add(thing.id, "uplink")
    world.clock.set(START - 100)
    world.records.add(thing.id, "uplink")
    found = world.records.between(thing.id, communication=True, start=START - 200, end=START + 1)
    assert [record.number for record in found] == [2, 1]
    assert seen == [1, 2]
    assert world.records.between(thing.id, communication=False, start=0, end=START + 1) == []


def test_unsubscribed_listeners_hear_nothing() -> None:
    """Undoing a subscription twice is harmless."""
    cloud = Cloud()
    seen: list[object] = []
    undo = cloud.world.events.subscribe(RecordAdded, seen.append)
    undo()
    undo()
    cloud.online()
    assert seen == []


def test_passwords_are_salted_hashes() -> None:
    """Two users with one password have different hashes, and no hash shows it."""
    cloud = Cloud()
    first = cloud.world.accounts.create("app", PASSWORD, username="x1")
    second = cloud.world.accounts.create("app", PASSWORD, username="x2")
    assert first.password != second.password
    assert PASSWORD not in first.password
    assert cloud.world.accounts.password_fits(first, PASSWORD)
    assert not cloud.world.accounts.password_fits(first, PASSWORD + "x")
