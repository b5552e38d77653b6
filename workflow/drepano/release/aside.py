"""Folders beside the releases: written in full, then renamed; those of dead runs are removed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from drepano.errors import ReleaseError

_INCOMING, _OUTGOING = ".incoming-", ".outgoing-"
_ABANDONED_AFTER_S = 7 * 24 * 3600


def owner() -> str:
    """Return the mark of this process: its machine, shortened, and its number."""
    machine = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
    return f"{machine}-{os.getpid()}"


def sync_folder(folder: Path) -> None:
    """Have the names in a folder written to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private(folder: Path) -> None:
    """Make a folder and those above it, for this user alone; leave existing ones as they are.

    Raises
    ------
    ReleaseError
        Something else than a folder has one of their names.
    """
    for path in [*reversed(folder.parents), folder]:
        if path.is_dir():
            continue
        try:
            path.mkdir(mode=0o700)
        except FileExistsError as error:
            raise ReleaseError.of(
                path,
                found="something else than a folder",
                expected="a folder, or nothing",
                remedy="Move it away, then run again.",
            ) from error


@contextlib.contextmanager
def writing_aside(folder: Path, name: str) -> Iterator[Path]:
    """Give a new folder beside the releases; it is removed unless it was renamed meanwhile."""
    incoming = folder / f"{_INCOMING}{name}-{owner()}"
    shutil.rmtree(incoming, ignore_errors=True)
    try:
        incoming.mkdir(mode=0o700)
        yield incoming
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def put_in_place(incoming: Path, target: Path) -> None:
    """Rename a finished folder to its name; a damaged one of that name makes room."""
    outgoing = target.with_name(f"{_OUTGOING}{target.name}-{owner()}")
    sync_folder(incoming)
    damaged = target.exists()
    if damaged:
        target.rename(outgoing)
    try:
        incoming.rename(target)
    except OSError:
        if damaged:
            outgoing.rename(target)
        raise
    sync_folder(target.parent)
    shutil.rmtree(outgoing, ignore_errors=True)


def remove_leftovers(folder: Path) -> list[str]:
    """Remove what dead runs left; return the names.

    A folder is left over when its process on this machine is dead, or after a week.
    """
    removed = []
    for pattern in (f"{_INCOMING}*", f"{_OUTGOING}*", ".latest-*"):
        for path in sorted(folder.glob(pattern)):
            if _is_left_over(path):
                if path.is_symlink():
                    path.unlink(missing_ok=True)
                else:
                    shutil.rmtree(path, ignore_errors=True)
                removed.append(path.name)
    return removed


def _is_left_over(path: Path) -> bool:
    machine, _, number = path.name.rpartition("-")
    if machine.endswith(owner().partition("-")[0]) and number.isdecimal():
        return int(number) == os.getpid() or not _is_alive(int(number))
    return time.time() - path.lstat().st_mtime > _ABANDONED_AFTER_S


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
