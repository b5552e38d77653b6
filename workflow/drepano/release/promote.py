"""The link `latest`: moved in one step, and only to a release that passed its gates."""

from __future__ import annotations

from pathlib import Path

from drepano.contracts.released import LATEST
from drepano.errors import ReleaseError
from drepano.release.aside import owner, sync_folder


def latest_version(folder: Path) -> str | None:
    """Return the version that a site's `latest` leads to, or None."""
    link = folder / LATEST
    return link.readlink().name if link.is_symlink() else None


def check_link(folder: Path) -> None:
    """Refuse a `latest` that is not a link: nobody's files are overwritten.

    Raises
    ------
    ReleaseError
        Something else lies there.
    """
    link = folder / LATEST
    if link.exists() and not link.is_symlink():
        raise ReleaseError.of(
            link,
            found="a file or folder",
            expected="a link to a release, or nothing",
            remedy="Move it away, then run again.",
        )


def promote(folder: Path, version: str) -> None:
    """Let `latest` lead to a version; a reader sees the old one or the new one."""
    if latest_version(folder) == version:
        return
    temporary = folder / f".{LATEST}-{owner()}"
    try:
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(version)
        temporary.replace(folder / LATEST)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(folder)
