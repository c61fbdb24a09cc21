"""Temporary folders that nothing outlives: what a killed process leaves of them, the next one removes."""

import fcntl
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

PREFIX = "mytorch-temporary-"


class TemporaryFolder(tempfile.TemporaryDirectory):
    """Locked while this process lives, or one that was forked from it. Those that nobody has locked any more
    are removed when another is made.
    """

    def __init__(self):
        for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            with suppress(OSError):  # another user's, in use, or gone
                _remove_if_left(path)
        super().__init__(prefix=PREFIX)
        lock = os.open(self.name, os.O_RDONLY)
        weakref.finalize(self, os.close, lock)
        with suppress(OSError):  # where the file system has no locks, nobody removes it
            fcntl.flock(lock, fcntl.LOCK_EX)


def _remove_if_left(path: Path) -> None:
    """Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.listdir(descriptor):  # one that was made this moment is empty, and not yet locked
            shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)
