"""One platform per data directory: an advisory lock the operating system drops when the process ends."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from thingproof_platform.store.journal import DataDirectoryError

if TYPE_CHECKING:
    from pathlib import Path


class DirectoryLock:
    """Holds `<directory>/lock` until released; the file tells who holds it."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "lock"
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataDirectoryError(
                f"data directory {directory} cannot be used: {error.strerror}; choose a writable one"
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            raise DataDirectoryError(
                f"data directory {directory} is in use by process {holder}; stop it or use another one"
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process in; the file stays, so that two waiting processes lock the same one."""
        os.close(self._descriptor)
