"""Where compiled kernels are kept, so that a process starts without compiling.

numba keeps them in ``NUMBA_CACHE_DIR``, or beside the source. Where neither is set or can be
written, a folder of the user stands in: in the user's cache, or else among the temporary files.
Kernels that were compiled beside a read-only install are copied there once.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from numba.core import caching, config

_NUMBA: Any = config
_PACKAGE = Path(__file__).parent


def settle() -> None:
    """Choose the folder; called before the first kernel is made."""
    if _NUMBA.CACHE_DIR or _writable(_PACKAGE / "__pycache__"):
        return
    chosen = _of_user()
    if chosen is None or not _writable(chosen):
        chosen = _temporary()
    _NUMBA.CACHE_DIR = str(chosen)
    _bring_compiled(chosen)


def folder() -> Path:
    """Return the folder in which compiled kernels are kept."""
    return Path(_NUMBA.CACHE_DIR or _PACKAGE)


def _of_user() -> Path | None:
    """Return the user's cache folder; None without a home."""
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given) / "voxomics"
    try:
        return Path.home() / ".cache" / "voxomics"
    except RuntimeError:
        return None


def _temporary() -> Path:
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


def _bring_compiled(target: Path) -> None:
    """Copy what was compiled beside the source, unless it is there already."""
    for kept, name in _compiled():
        place = target / name / kept.name
        if place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        # Many ranks may do this at once: each file appears whole or not at all.
        with contextlib.suppress(OSError), tempfile.TemporaryDirectory(dir=target) as own:
            shutil.copyfile(kept, Path(own) / kept.name)
            (Path(own) / kept.name).replace(place)


def _compiled() -> Iterator[tuple[Path, str]]:
    """Give each compiled file, code before its index, and its folder's name in a cache."""
    # It has no public name.
    subfolder: Callable[[str], str] = caching._CacheLocator.get_suitable_cache_subpath  # noqa: SLF001
    for beside in sorted(_PACKAGE.rglob("__pycache__")):
        name = subfolder(str(beside.parent / "any.py"))
        for kind in ("nbc", "nbi"):
            yield from ((kept, name) for kept in sorted(beside.glob(f"*.{kind}")))
