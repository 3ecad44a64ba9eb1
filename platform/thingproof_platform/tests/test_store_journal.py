"""The journal: order, durability, refusal of directories that are in use, damaged or foreign."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from thingproof_platform.core.state import Change
from thingproof_platform.store import DataDirectoryError, JournalError, open_journal
from thingproof_platform.store.sqlite import DATABASE_NAME, SqliteJournal

if TYPE_CHECKING:
    from pathlib import Path

    from thingproof_platform.store import Journal


def _put(key: str, body: bytes = b"x", table: str = "things") -> Change:
    return Change("put", table, key, body)


async def _commit(journal: Journal, changes: list[Change]) -> None:
    done = journal.commit(changes)
    assert done is not None
    await done


def _reload(directory: Path) -> list[Change]:
    async def read() -> list[Change]:
        journal = open_journal(directory, "group")
        try:
            return list(journal.load())
        finally:
            await journal.close()

    return asyncio.run(read())


def test_changes_come_back_in_the_order_of_first_insertion(tmp_path: Path) -> None:
    """A row that is replaced keeps its place, a deleted one is gone, as in the tables in memory."""

    async def write() -> None:
        journal = open_journal(tmp_path, "group")
        await _commit(journal, [_put("b"), _put("a"), Change("append", "records", "1", b"r")])
        await _commit(journal, [_put("b", b"newer"), Change("delete", "things", "a"), _put("c")])
        await journal.close()

    asyncio.run(write())
    assert [(change.table, change.key, change.body) for change in _reload(tmp_path)] == [
        ("things", "b", b"newer"),
        ("records", "1", b"r"),
        ("things", "c", b"x"),
    ]


def test_commit_is_done_only_when_another_connection_can_read_it(tmp_path: Path) -> None:
    """The future of `commit` is not done before the transaction is."""

    async def write() -> int:
        journal = open_journal(tmp_path, "group")
        done = journal.commit([_put("a")])
        assert done is not None
        assert not done.done()
        await done
        with sqlite3.connect(tmp_path / DATABASE_NAME) as reader:
            (rows,) = reader.execute("SELECT count(*) FROM rows").fetchone()
        reader.close()
        await journal.close()
        return int(rows)

    assert asyncio.run(write()) == 1


def test_many_commits_share_transactions(tmp_path: Path) -> None:
    """A thousand commits handed over at once need far fewer transactions, and all are counted."""

    async def write() -> dict[str, int]:
        journal = open_journal(tmp_path, "group")
        await asyncio.gather(*(_commit(journal, [_put(str(number))]) for number in range(1000)))
        counters = journal.counters()
        await journal.close()
        return counters

    counters = asyncio.run(write())
    assert counters["journal_rows"] == 1000
    assert counters["journal_pending_rows"] == 0
    assert counters["journal_commits"] < 100


def test_fast_never_waits_and_still_writes(tmp_path: Path) -> None:
    """With `fast` a commit has nothing to wait for; a clean close writes everything."""

    async def write() -> None:
        journal = open_journal(tmp_path, "fast")
        assert journal.commit([_put("a")]) is None
        await journal.close()

    asyncio.run(write())
    assert [change.key for change in _reload(tmp_path)] == ["a"]


def test_no_directory_keeps_nothing() -> None:
    """Without a directory nothing waits and nothing comes back."""

    async def write() -> None:
        journal = open_journal(None, "group")
        assert journal.commit([_put("a")]) is None
        assert list(journal.load()) == []
        assert journal.counters()["journal_rows"] == 1
        await journal.close()

    asyncio.run(write())


def test_second_platform_is_refused_by_name(tmp_path: Path) -> None:
    """Two processes cannot share a directory; the refusal names the holder. It is free after a SIGKILL."""
    script = (
        "import asyncio, sys, time; from pathlib import Path\n"
        "from thingproof_platform.store import open_journal\n"
        "async def hold():\n"
        f"    journal = open_journal(Path({str(tmp_path)!r}), 'group')\n"
        "    print('held', flush=True); time.sleep(60)\n"
        "asyncio.run(hold())"
    )
    holder = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DataDirectoryError, match=rf"in use by process {holder.pid}"):
            open_journal(tmp_path, "group")
    finally:
        holder.kill()
        holder.communicate()
    assert _reload(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a database at all" * 100, "cannot be read"),
        (b"SQLite format 3\x00" + b"\xff" * 4096, "cannot be read"),
    ],
    ids=["text", "broken header"],
)
def test_damaged_file_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """A file that is no database is refused with its path, not with a traceback of SQLite."""
    (tmp_path / DATABASE_NAME).write_bytes(content)
    with pytest.raises(DataDirectoryError, match=said):
        open_journal(tmp_path, "group")
    assert (tmp_path / DATABASE_NAME).read_bytes() == content


def test_foreign_database_is_refused_and_untouched(tmp_path: Path) -> None:
    """Somebody else's database is not ours to write to."""
    foreign = sqlite3.connect(tmp_path / DATABASE_NAME)
    foreign.execute("CREATE TABLE theirs (a)")
    foreign.commit()
    foreign.close()
    with pytest.raises(DataDirectoryError, match="not written by this program"):
        open_journal(tmp_path, "group")


def test_newer_format_is_refused(tmp_path: Path) -> None:
    """A database of a later version is not misread."""
    _reload(tmp_path)
    later = sqlite3.connect(tmp_path / DATABASE_NAME)
    later.execute("PRAGMA user_version = 99")
    later.commit()
    later.close()
    with pytest.raises(DataDirectoryError, match="format 99"):
        open_journal(tmp_path, "group")


def test_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A path through a file is no directory; the refusal says so in one line."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirectoryError, match="cannot be created"):
        open_journal(tmp_path / "file" / "data", "group")


def test_write_failure_fails_the_commit_and_all_later_ones(tmp_path: Path) -> None:
    """When the disk refuses, the waiting acknowledgement fails, and no later one is given."""

    async def write() -> None:
        journal = open_journal(tmp_path, "group")
        assert isinstance(journal, SqliteJournal)
        saboteur = sqlite3.connect(tmp_path / DATABASE_NAME)
        saboteur.execute("DROP TABLE rows")
        saboteur.commit()
        saboteur.close()
        with pytest.raises(JournalError, match="nothing is acknowledged"):
            await _commit(journal, [_put("a")])
        with pytest.raises(JournalError):
            journal.commit([_put("b")])
        await journal.close()

    asyncio.run(write())
