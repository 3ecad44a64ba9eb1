"""Where acknowledged state is kept: nowhere (memory) or in a journal on disk (SQLite)."""

from thingproof_platform.store.journal import DataDirectoryError, Journal, JournalError, open_journal

__all__ = ["DataDirectoryError", "Journal", "JournalError", "open_journal"]
