"""A folder, a PACS export or an archive of it to the files in it."""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
_RESERVE_BYTES = 1 << 28
"""Left free on the disk whatever an archive says of its size."""
_CHUNK = 1 << 20
_DAMAGED = (
    EOFError,
    OSError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    RuntimeError,  # zipfile: an encrypted member
    NotImplementedError,  # zipfile: a compression that it does not know
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to look at.

    Attributes
    ----------
    path
        Where it can be read.
    shown
        How it is called for people: its path below the source, or in its archive. May hold a
        patient's name: only shown through `Hidden`.
    """

    path: Path
    shown: str


@dataclass(slots=True)
class Found:
    """What a source holds.

    Attributes
    ----------
    files
        Regular files by name, those of archives among them.
    troubles
        Names and why they can not be read.
    """

    files: list[SourceFile] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)


def find_files(source: Path, scratch: Path) -> Found:
    """List the files of a source; archives are unpacked into `scratch`.

    Parameters
    ----------
    source
        A folder, an archive or a single file.
    scratch
        Empty folder; members are written there under numbers, so that no name in an archive
        can lead out of it.
    """
    found = Found()
    entries = _walk(source, frozenset()) if source.is_dir() else iter([(source, "")])
    for path, trouble in entries:
        shown = str(path.relative_to(source)) if path != source else path.name
        shown = os.fsencode(shown).decode("utf-8", "replace")
        if trouble:
            found.troubles.append((shown, trouble))
        elif path.name.lower().endswith((*ARCHIVES, ".gz")):
            _unpack(path, shown, scratch, found)
        else:
            found.files.append(SourceFile(path, shown))
    return found


def _walk(folder: Path, above: frozenset[tuple[int, int]]) -> Iterator[tuple[Path, str]]:
    """List files by name through links; hidden ones are left out, troubles told."""
    try:
        status = folder.stat()
        here = (status.st_dev, status.st_ino)
        if here in above:
            yield folder, "a link to a folder above itself"
            return
        entries = sorted(folder.iterdir())
    except OSError as error:
        yield folder, _tell(error)
        return
    for path in entries:
        if path.name.startswith("."):
            continue
        try:
            mode = path.stat().st_mode
        except OSError as error:
            yield path, _tell(error)
            continue
        if stat.S_ISDIR(mode):
            yield from _walk(path, above | {here})
        else:
            yield path, "" if stat.S_ISREG(mode) else "neither a file nor a folder"


def _tell(error: BaseException) -> str:
    """Say what the system says, without the path that it adds."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "it is damaged or encrypted"


def _unpack(path: Path, shown: str, scratch: Path, found: Found) -> None:
    lower = path.name.lower()
    folder = scratch / f"archive{len(list(scratch.iterdir())):05d}"
    folder.mkdir()
    try:
        if lower.endswith(".zip"):
            members = _zip_members(path)
        elif lower.endswith(ARCHIVES):
            members = _tar_members(path)
        else:
            members = _gzip_member(path)
        for number, (name, content, trouble) in enumerate(members):
            inside = f"{shown}/{name}" if name else shown
            if content is None:
                found.troubles.append((inside, trouble))
            else:
                target = folder / f"{number:07d}"
                _copy(content, target)
                found.files.append(SourceFile(target, inside))
    except _DAMAGED as error:
        found.troubles.append((shown, f"an archive that can not be read: {_tell(error)}"))


Member = tuple[str, IO[bytes] | None, str]


def _zip_members(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = info.filename
            if info.is_dir() or _is_hidden(name):
                continue
            if stat.S_ISLNK(info.external_attr >> 16):
                yield name, None, "a link in an archive, which is not followed"
                continue
            with archive.open(info) as content:
                yield name, content, ""


def _tar_members(path: Path) -> Iterator[Member]:
    with tarfile.open(path) as archive:
        for info in archive:
            if info.isdir() or _is_hidden(info.name):
                continue
            content = archive.extractfile(info) if info.isfile() else None
            yield info.name, content, "a link or device in an archive, which is not followed"


def _gzip_member(path: Path) -> Iterator[Member]:
    with gzip.open(path) as content:
        yield "", cast("IO[bytes]", content), ""


def _is_hidden(name: str) -> bool:
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return last.startswith(".") or name.startswith("__MACOSX/")


def _copy(content: IO[bytes], target: Path) -> None:
    """Copy until the end, or until the disk is nearly full."""
    with target.open("wb") as handle:
        while chunk := content.read(_CHUNK):
            if shutil.disk_usage(target.parent).free < _RESERVE_BYTES:
                message = "no room left to unpack it"
                raise OSError(0, message)
            handle.write(chunk)
