"""What the platform asks of a store: load the changes once, commit new ones in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from thingproof_platform.core.state import Change

Durability = Literal["group", "fast"]


class JournalError(RuntimeError):
    """The journal cannot promise durability any more; nothing may be acknowledged from here on."""


class DataDirectoryError(ValueError):
    """The data directory cannot be used; the text names the path and the remedy."""


class Journal(Protocol):
    """An ordered, durable list of changes."""

    def load(self) -> Iterable[Change]:
        """Return every change that is needed to rebuild the state, in an order that rebuilds it."""
        ...

    def commit(self, changes: Sequence[Change]) -> asyncio.Future[None] | None:
        """Take changes over, in call order.

        Returns None when there is nothing to wait for, else a future that is done when the changes are
        on disk; it fails with JournalError when they never will be.
        """
        ...

    async def close(self) -> None:
        """Finish what was handed over, then release files and locks."""
        ...

    def counters(self) -> dict[str, int]:
        """Return `journal_rows` (changes handed over), `journal_commits` and `journal_pending_rows`."""
        ...


def open_journal(data_dir: Path | None, durability: Durability) -> Journal:
    """Open the store of a data directory, or one without memory when there is no directory.

    Args:
        data_dir: where the database lies; created when absent.
        durability: `group` acknowledges after the disk has it, `fast` at once.

    Raises:
        DataDirectoryError: the directory is in use, not writable, or holds something else.
    """
    # Imported here: a platform without a data directory needs no database.
    from thingproof_platform.store.memory import MemoryJournal  # noqa: PLC0415
    from thingproof_platform.store.sqlite import SqliteJournal  # noqa: PLC0415

    if data_dir is None:
        return MemoryJournal()
    return SqliteJournal.open(data_dir, durability=durability)
