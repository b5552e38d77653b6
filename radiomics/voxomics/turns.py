"""Whose turn it is to compile: one process of a machine at a time for each kernel."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import time
from pathlib import Path

from voxomics import cache

PATIENCE_S = 900.0
"""Longest wait for another process. A process that dies gives its turn back at once; one that
is halted does not. Files appear whole or not at all, so it is safe to go on without a turn."""

_PAUSE_S = 0.02, 0.5
_TAKEN = (errno.EWOULDBLOCK, errno.EACCES)


class Turn:
    """A lock between processes, named by a file beside the kernel that is to be compiled.

    Not safe between threads of a process, which numba's own compiler lock keeps apart. The
    operating system frees the lock when its holder ends, however that happens.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> None:
        """Wait for the turn; without effect if it is ours already.

        Where the folder or its file system has no locks, those of one node agree by a file
        among the temporary ones; where that fails too, each process goes its own way.
        """
        if self._file is not None:
            return
        for path in (self._path, self._on_node()):
            try:
                self._file = _wait_for(path)
            except OSError:
                continue
            return

    def give_back(self) -> None:
        """Let the next one in; without effect if the turn is not ours."""
        if self._file is not None:
            # Not by closing alone: a child that was forked meanwhile holds the file open.
            fcntl.flock(self._file, fcntl.LOCK_UN)
            os.close(self._file)
            self._file = None

    def _on_node(self) -> Path:
        name = hashlib.sha256(str(self._path).encode()).hexdigest()[:16]
        return cache.temporary() / f"{name}.lock"


def _wait_for(path: Path) -> int | None:
    """Return an open file that is locked; None if patience ends.

    Raises
    ------
    OSError
        The file cannot be made, or its file system knows no locks.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if _locked(file):
            return file
    except BaseException:
        os.close(file)
        raise
    os.close(file)
    return None


def _locked(file: int) -> bool:
    pause, longest = _PAUSE_S
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            time.sleep(pause)
            pause = min(2 * pause, longest)
        else:
            return True
    return False
