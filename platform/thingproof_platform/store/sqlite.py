"""The journal on disk: one writer thread, one transaction for everything that arrived since the last one."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Literal

from thingproof_platform.core.state import Change
from thingproof_platform.store.journal import DataDirectoryError, Durability, JournalError
from thingproof_platform.store.lock import DirectoryLock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

APPLICATION_ID: Final = 0x7470_7266  # "tprf" in the header of the database file
SCHEMA_VERSION: Final = 1
DATABASE_NAME: Final = "platform.sqlite3"
BATCH_ITEMS: Final = 2_000  # bounds the time a single acknowledgement may wait for others
SHRINK_FREE_PAGES: Final = 1_024  # below this the file is not worth shrinking

# `id` keeps the order of first insertion, as the tables in memory do.
_SCHEMA = f"""
BEGIN;
CREATE TABLE rows (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (name, key)
);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""
_PUT = (
    "INSERT INTO rows (kind, name, key, body) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (name, key) DO UPDATE SET body = excluded.body, kind = excluded.kind"
)
_DELETE = "DELETE FROM rows WHERE name = ? AND key = ?"

_Order = Literal["commit", "close"]


@dataclass(slots=True)
class _Item:
    """One piece of work for the writer thread."""

    order: _Order
    changes: Sequence[Change]
    done: asyncio.Future[None] | None


class SqliteJournal:
    """Changes in SQLite with a write-ahead log; `synchronous=FULL` makes each commit reach the disk.

    Use `open`; the arguments here are what it found out.
    """

    def __init__(self, connection: sqlite3.Connection, lock: DirectoryLock, durability: Durability) -> None:
        self._connection = connection
        self._lock = lock
        self._waits = durability == "group"
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._failure: JournalError | None = None
        self._handed_over = self._written = self._commits = 0
        self._thread = threading.Thread(target=self._write_forever, name="journal", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, data_dir: Path, *, durability: Durability) -> SqliteJournal:
        """Create or open the journal of a directory.

        Raises:
            DataDirectoryError: in use, not writable, damaged, or not written by this program.
        """
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataDirectoryError(
                f"data directory {data_dir} cannot be created: {error.strerror}; choose a writable one"
            ) from error
        lock = DirectoryLock(data_dir)
        try:
            return cls(_connect(data_dir / DATABASE_NAME, durability), lock, durability)
        except DataDirectoryError:
            lock.release()
            raise

    def load(self) -> Iterator[Change]:
        """Yield every row as the change that makes it, in the order of first insertion.

        Only before the first commit: the connection belongs to the writer thread afterwards.
        """
        for kind, name, key, body in self._connection.execute(
            "SELECT kind, name, key, body FROM rows ORDER BY id"
        ):
            yield Change(kind, name, key, body)

    def commit(self, changes: Sequence[Change]) -> asyncio.Future[None] | None:
        """Hand changes to the writer; the future is done after the disk has them (never with `fast`)."""
        self._check()
        if not changes:
            return None
        self._handed_over += len(changes)
        done = asyncio.get_running_loop().create_future() if self._waits else None
        self._queue.put(_Item("commit", changes, done))
        return done

    async def close(self) -> None:
        """Write what is left, end the thread, release the directory."""
        if self._thread.is_alive():
            done = asyncio.get_running_loop().create_future()
            self._queue.put(_Item("close", (), done))
            with suppress(JournalError):
                await done
            await asyncio.to_thread(self._thread.join)
        self._connection.close()
        self._lock.release()

    def counters(self) -> dict[str, int]:
        """Return rows handed over, transactions, and rows not yet on disk."""
        return {
            "journal_rows": self._handed_over,
            "journal_commits": self._commits,
            "journal_pending_rows": self._handed_over - self._written,
        }

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    # ---- writer thread

    def _write_forever(self) -> None:
        while True:
            batch = self._next_batch()
            try:
                if self._failure is None:
                    self._write(batch)
            except sqlite3.Error as error:
                self._failure = JournalError(
                    f"the journal cannot be written: {error}; nothing is acknowledged any more; make room "
                    "on the disk and start the platform again"
                )
            self._answer(batch)
            if batch[-1].order == "close":
                return

    def _next_batch(self) -> list[_Item]:
        """Everything that waits; `close` ends a batch."""
        batch = [self._queue.get()]
        with suppress(Empty):
            while batch[-1].order == "commit" and len(batch) < BATCH_ITEMS:
                batch.append(self._queue.get_nowait())
        return batch

    def _write(self, batch: list[_Item]) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            for item in batch:
                for change in item.changes:
                    if change.kind == "delete":
                        connection.execute(_DELETE, (change.table, change.key))
                    else:
                        connection.execute(_PUT, (change.kind, change.table, change.key, change.body))
            connection.execute("COMMIT")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        self._commits += 1
        self._written += sum(len(item.changes) for item in batch)

    def _answer(self, batch: list[_Item]) -> None:
        """Wake those who wait, all in one call into their loop."""
        waiting = [item.done for item in batch if item.done is not None]
        if waiting:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                waiting[0].get_loop().call_soon_threadsafe(_settle, waiting, self._failure)


def _settle(waiting: list[asyncio.Future[None]], failure: JournalError | None) -> None:
    for done in waiting:
        if done.done():
            continue
        if failure is None:
            done.set_result(None)
        else:
            done.set_exception(failure)


def _connect(path: Path, durability: Durability) -> sqlite3.Connection:
    """Open the database for the writer thread: fill an empty file, refuse anything foreign."""
    connection = None
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        _accept(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durability == 'group' else 'NORMAL'}")
        _shrink(connection)
    except (sqlite3.Error, DataDirectoryError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, DataDirectoryError):
            raise
        raise DataDirectoryError(
            f"{path} cannot be read: {error}; restore a copy, or move it away to start empty"
        ) from error
    return connection


def _accept(connection: sqlite3.Connection, path: Path) -> None:
    application = _number(connection, "PRAGMA application_id")
    version = _number(connection, "PRAGMA user_version")
    if application == 0 and _number(connection, "SELECT count(*) FROM sqlite_master") == 0:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.executescript(_SCHEMA)
        return
    if application != APPLICATION_ID:
        raise DataDirectoryError(f"{path} was not written by this program; choose another data directory")
    if version != SCHEMA_VERSION:
        raise DataDirectoryError(
            f"{path} has format {version}, this version reads {SCHEMA_VERSION}; use the version that wrote it"
        )
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise DataDirectoryError(
            f"{path} is damaged: {verdict}; restore a copy, or move it away to start empty"
        )


def _shrink(connection: sqlite3.Connection) -> None:
    """Give pages of deleted rows (pruned logs) back to the file system."""
    if _number(connection, "PRAGMA freelist_count") > SHRINK_FREE_PAGES:
        connection.execute("PRAGMA incremental_vacuum").fetchall()


def _number(connection: sqlite3.Connection, question: str) -> int:
    return int(connection.execute(question).fetchone()[0])
