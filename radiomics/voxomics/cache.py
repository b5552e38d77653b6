"""Where compiled kernels are kept, so that a process starts without compiling.

A folder that the user names in ``NUMBA_CACHE_DIR``, or ``__pycache__`` beside the source. Where
that cannot be written, a folder of the user stands in: in the user's cache, or else among the
temporary files. Kernels that were compiled in a place that can only be read are copied there once.

A kernel's file names the type of processor that it was compiled for. Nodes of several types share
one folder: kernels of each lie side by side, and each node loads its own.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).parent

_IMPORTED = re.compile(r"^(?:from|import) (voxomics[.\w]*)(?: import ([\w, ]+))?", re.MULTILINE)


@functools.cache
def folder() -> Path:
    """Return the folder in which compiled kernels are kept; chosen once, when first asked."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    place = Path(named) if named else _PACKAGE
    if _writable(place if named else place / "__pycache__"):
        return place
    own = _of_user()
    if own is None or not _writable(own):
        own = temporary()
    if named:
        _bring(_compiled_in(place), own)
    _bring(_compiled_beside(), own)
    return own


def chosen() -> Path | None:
    """Return the folder if it is not the one beside the source."""
    return None if folder() == _PACKAGE else folder()


def place_of(source: Path) -> Path:
    """Return the folder for the kernels of one source file."""
    place = chosen()
    return source.parent / "__pycache__" if place is None else place / _subfolder(source)


def stamp_of(source: Path) -> str:
    """Return what changes when a kernel of this source file must be compiled again.

    A kernel holds copies of the functions and constants that it uses: the stamp covers the
    source file and all files of the package that it imports, however far down.
    """
    files = sorted(_reached(source))
    return hashlib.sha256(b"".join(_digest(file) for file in files)).hexdigest()


def _reached(source: Path) -> set[Path]:
    found: set[Path] = set()
    left = {source}
    while left:
        found |= left
        left = {file for one in left for file in _imported(one)} - found
    return found


@functools.cache
def _digest(source: Path) -> bytes:
    return hashlib.sha256(source.read_bytes()).digest()


@functools.cache
def _imported(source: Path) -> frozenset[Path]:
    """Return the files of the package that a source file names in its imports."""
    stems: set[Path] = set()
    for module, names in _IMPORTED.findall(source.read_text(encoding="utf-8")):
        stem = _PACKAGE.joinpath(*module.split(".")[1:])
        stems |= {stem, *(stem / name.strip() for name in names.split(","))}
    files = [file for stem in stems for file in (stem.with_suffix(".py"), stem / "__init__.py")]
    return frozenset(file for file in files if file.is_file())


def _subfolder(source: Path) -> str:
    """Return the folder's name for one folder of sources: two installations stay apart."""
    whole = str(source.parent.absolute())
    return f"{source.parent.name}_{hashlib.sha256(whole.encode()).hexdigest()[:16]}"


def _of_user() -> Path | None:
    """Return the user's cache folder; None without a home."""
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given) / "voxomics"
    try:
        return Path.home() / ".cache" / "voxomics"
    except RuntimeError:
        return None


@functools.cache
def temporary() -> Path:
    """Return a folder among the temporary files that nobody else can write.

    What lies there is run as code: a folder of another user, or a link, is not taken.
    """
    place = Path(tempfile.gettempdir()) / f"voxomics-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    safe = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    if safe and not found.st_mode & 0o022:
        return place
    return Path(tempfile.mkdtemp(prefix="voxomics-"))


def _writable(place: Path) -> bool:
    """Tell whether a file can be made there, making the folder if need be."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError:
        return False


def _bring(compiled: Iterator[tuple[Path, str]], target: Path) -> None:
    """Copy what was compiled elsewhere, unless it is there already."""
    for kept, name in compiled:
        place = target / name / kept.name
        if place.exists():
            continue
        # Many ranks may do this at once: each file appears whole or not at all.
        with contextlib.suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target) as own:
                shutil.copyfile(kept, Path(own) / kept.name)
                (Path(own) / kept.name).replace(place)


def _compiled_beside() -> Iterator[tuple[Path, str]]:
    """Give each file that was compiled beside the source, and its folder's name in a cache."""
    for beside in sorted(_PACKAGE.rglob("__pycache__")):
        yield from ((kept, _subfolder(beside.parent / "any.py")) for kept in _kernels(beside))


def _compiled_in(named: Path) -> Iterator[tuple[Path, str]]:
    """Give each file of this installation in a folder that can only be read."""
    for source in [_PACKAGE, *(file.parent for file in sorted(_PACKAGE.glob("*/__init__.py")))]:
        name = _subfolder(source / "any.py")
        yield from ((kept, name) for kept in _kernels(named / name))


def _kernels(place: Path) -> Iterator[Path]:
    """Give code before its index."""
    for kind in ("nbc", "nbi"):
        yield from sorted(place.glob(f"*.{kind}"))
