"""Settler, alarm, command waiters and certificates, each by itself."""

from __future__ import annotations

import asyncio
import random
import ssl
from typing import Any

import pytest

from thingproof_platform.core.clock import Clock
from thingproof_platform.core.effects import SendText
from thingproof_platform.core.identifiers import Identifiers
from thingproof_platform.core.model import Thing
from thingproof_platform.core.world import World
from thingproof_platform.servers.alarm import Alarm
from thingproof_platform.servers.certificates import make_certificates
from thingproof_platform.servers.command_waiters import CommandWaiters
from thingproof_platform.servers.settler import Settler
from thingproof_platform.store import JournalError


class _SlowJournal:
    """A journal whose commits end when the test says so."""

    def __init__(self) -> None:
        self.commits: list[asyncio.Future[None]] = []

    def commit(self, _changes: object) -> asyncio.Future[None]:
        self.commits.append(asyncio.get_running_loop().create_future())
        return self.commits[-1]


def _world(now: float = 1000.0) -> World:
    return World(Clock(lambda: now), Identifiers(random.Random(1)))  # noqa: S311 - repeatable on purpose


def _settler(
    world: World, journal: Any, done: list[str], failures: list[JournalError] | None = None
) -> Settler:
    return Settler(
        world,
        journal,
        perform=lambda effect: done.append(effect.text),  # type: ignore[union-attr]
        settled=lambda: None,
        failed=(failures if failures is not None else []).append,
    )


def _change(world: World, name: str) -> None:
    world.state.put("things", name, Thing(name, "p", "m", 0.0))


def test_effects_wait_for_their_commit_and_keep_their_order() -> None:
    """An effect without a change does not overtake one that waits for the disk."""

    async def run() -> None:
        world, journal = _world(), _SlowJournal()
        done: list[str] = []
        settler = _settler(world, journal, done)
        _change(world, "a")
        world.effect(SendText("s", "first"))
        waiting = settler.settle()
        world.effect(SendText("s", "second"))
        assert settler.settle(acknowledging=False) is None
        assert done == []
        journal.commits[0].set_result(None)
        await asyncio.sleep(0)
        assert waiting is not None
        assert waiting.done()
        assert done == ["first", "second"]

    asyncio.run(run())


def test_an_acknowledgement_waits_for_earlier_commits() -> None:
    """A repeated report changes nothing; it is acknowledged only when the first copy is on disk."""

    async def run() -> None:
        world, journal = _world(), _SlowJournal()
        settler = _settler(world, journal, [])
        _change(world, "a")
        first = settler.settle()
        assert settler.settle() is first
        assert settler.settle(acknowledging=False) is None
        journal.commits[0].set_result(None)
        await asyncio.sleep(0)
        assert settler.settle() is None

    asyncio.run(run())


def test_a_failed_commit_carries_nothing_out() -> None:
    """What the disk refused is not told to anybody, and the failure is reported."""

    async def run() -> None:
        world, journal = _world(), _SlowJournal()
        done: list[str] = []
        failures: list[JournalError] = []
        settler = _settler(world, journal, done, failures)
        _change(world, "a")
        world.effect(SendText("s", "never"))
        waiting = settler.settle()
        assert waiting is not None
        journal.commits[0].set_exception(JournalError("disk full"))
        with pytest.raises(JournalError):
            await waiting
        await asyncio.sleep(0)
        assert (done, [str(failure) for failure in failures]) == ([], ["disk full"])

    asyncio.run(run())


def test_alarm_runs_due_work_and_follows_the_clock() -> None:
    """Work that is due rings; a frozen clock is silent; a shifted one is looked at again."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        clock = Clock(loop.time)
        ran: list[str] = []
        rang = asyncio.Event()
        alarm = Alarm(clock, rang.set)
        clock.schedule(clock.now() + 0.02, lambda: ran.append("soon"))
        clock.schedule(clock.now() + 3600, lambda: ran.append("later"))
        alarm.arm()
        async with asyncio.timeout(5):
            await rang.wait()
        assert ran == ["soon"]
        clock.freeze()
        alarm.shifted()
        assert alarm._handle is None
        clock.advance(7200)
        assert ran == ["soon", "later"]
        clock.resume()
        clock.schedule(clock.now(), lambda: ran.append("now"))
        rang.clear()
        alarm.shifted()
        async with asyncio.timeout(5):
            await rang.wait()
        assert ran[-1] == "now"
        alarm.stop()
        assert alarm._handle is None

    asyncio.run(run())


def test_alarm_survives_failing_work(caplog: pytest.LogCaptureFixture) -> None:
    """One piece of work that raises does not stop the ones after it."""

    def broken() -> None:
        raise KeyError("a bug")

    async def run() -> None:
        clock = Clock(asyncio.get_running_loop().time)
        ran = asyncio.Event()
        alarm = Alarm(clock, lambda: None)
        clock.schedule(clock.now(), broken)
        clock.schedule(clock.now() + 0.01, ran.set)
        alarm.arm()
        async with asyncio.timeout(5):
            await ran.wait()
        alarm.stop()

    asyncio.run(run())
    assert "a bug" in caplog.text


def test_command_waiters_get_the_end_or_the_timeout() -> None:
    """The end is delivered while waiting, when it came before, and after the time is over."""

    async def run() -> None:
        world = _world()
        waiters = CommandWaiters(world)
        asked = world.commands.submit("thing", b"", sequence=5)
        world.commands.sent(asked.id)
        waiting = asyncio.ensure_future(waiters.ended(asked.id, 5))
        await asyncio.sleep(0)
        world.commands.acknowledge("thing", "", 5)
        assert (await waiting).state == "acknowledged"
        early = world.commands.submit("thing", b"")
        world.commands.sent(early.id)
        assert (await waiters.ended(early.id, 5)).state == "sent"
        silent = world.commands.submit("thing", b"", sequence=6)
        assert (await waiters.ended(silent.id, 0.01)).state == "queued"
        with pytest.raises(LookupError, match="command 99"):
            await waiters.ended("99", 1)

    asyncio.run(run())


def test_certificates_are_trusted_for_their_names_only() -> None:
    """A client that trusts the authority accepts localhost, 127.0.0.1 and the host, nothing else."""
    certificates = make_certificates("cloud.example")

    def handshake(name: str) -> None:
        there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = ssl.create_default_context(cadata=certificates.authority.decode()).wrap_bio(
            back, there, server_hostname=name
        )
        server = certificates.context().wrap_bio(there, back, server_side=True)
        finished: set[ssl.SSLObject] = set()
        while len(finished) < 2:
            for side in (client, server):
                try:
                    side.do_handshake()
                    finished.add(side)
                except ssl.SSLWantReadError:
                    continue

    for name in ("cloud.example", "localhost", "127.0.0.1"):
        handshake(name)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake("other.example")
