"""What to say of a path in a settings file that leads nowhere."""

from __future__ import annotations

from pathlib import Path


def tried(path: Path) -> str:
    """Say where a path was looked for, when that is not what the file says."""
    return "" if path.is_absolute() else f" at {Path.cwd() / path}"


def mend_path(path: Path, place: str) -> str:
    """Say what to do about a path; `place` names the file, or the key, that states it."""
    remedy = f"Mend the path in {place}"
    if path.is_absolute():
        return f"{remedy}, or mount the disk."
    return f"{remedy}, or `cd` to where drepano belongs: relative paths start there."
