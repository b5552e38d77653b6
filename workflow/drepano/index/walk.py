"""Files below a folder, with size and time, from one pass of `os.scandir`.

bids2table 2.3 indexes 4,800 files in 2.3 s here, quick enough; its parser of BIDS names is
used (`drepano.index.names`), its walk is not. It leaves out names that it does not know and
links that lead nowhere without a word, reads `run-01` as the number 1, and gives neither size
nor time, which the fingerprints need: that would be a second pass over a network file system.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

IMAGE_SUFFIXES = (".nii", ".nii.gz", ".mgz")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as the folder lists it.

    Attributes
    ----------
    path
        As the site file leads to it.
    size
        In bytes.
    mtime_ns
        Time of the last change, in ns since 1970.
    trouble
        Why it can not be looked at, such as a link that leads nowhere; empty if it can.
    """

    path: Path
    size: int = 0
    mtime_ns: int = 0
    trouble: str = ""


def stat_entry(path: Path) -> Entry:
    """Look at one file; links are followed."""
    try:
        return _entry_of(path, path.stat())
    except OSError as error:
        return Entry(path, trouble=_trouble(path.is_symlink(), error))


def _entry_of(path: Path, status: os.stat_result) -> Entry:
    # Opening a pipe or a device would wait for ever.
    special = not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode))
    trouble = "neither a file nor a folder" if special else ""
    return Entry(path, status.st_size, status.st_mtime_ns, trouble)


def utf8_text(text: str) -> str:
    """Return a path or name with a question mark for each byte that is no UTF-8.

    Python carries such bytes as lone surrogates, which no table and no terminal takes.
    """
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def walk(folder: Path) -> Iterator[Entry]:
    """List the files below `folder` by name, through links; hidden names are left out.

    A folder that can not be listed, or that links to one above it, comes as an entry with
    its trouble.
    """
    yield from _walk(folder, frozenset())


def _walk(folder: Path, above: frozenset[tuple[int, int]]) -> Iterator[Entry]:
    try:
        status = folder.stat()
        here = (status.st_dev, status.st_ino)
        if here in above:
            yield Entry(folder, trouble="a link to a folder above itself")
            return
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        yield Entry(folder, trouble=_trouble(folder.is_symlink(), error))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = folder / entry.name
        try:
            folder_below = entry.is_dir()  # fails for a link in a circle, or below a closed folder
            found = None if folder_below else _entry_of(path, entry.stat())
        except OSError as error:
            found = Entry(path, trouble=_trouble(entry.is_symlink(), error))
        if found is None:
            yield from _walk(path, above | {here})
        else:
            yield found


def _trouble(is_link: bool, error: OSError) -> str:  # noqa: FBT001 - private
    if is_link and isinstance(error, FileNotFoundError):
        return "a link to a file that is not there"
    return (error.strerror or type(error).__name__).lower()
