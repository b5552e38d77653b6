"""What was converted before: kept in the dataset, so that a rerun converts only what is new.

It holds digests of UIDs, names of files and their checksums: no id, no date.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drepano.contracts import write_text
from drepano.errors import BusyError, Fault, InputError

_FOLDER = ".drepano"
_FILE = "dicom.json"
_ASIDE = "aside-"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Made:
    """An image that was made.

    Attributes
    ----------
    stem
        Its path in the dataset without endings.
    rule
        Digest of what of the rule changes its content.
    files
        Checksum of each file, by path.
    """

    stem: str
    rule: str
    files: dict[str, str]


@dataclass(slots=True)
class Ledger:
    """What a dataset has from earlier conversions.

    Attributes
    ----------
    images
        By the digest of the part that each was made of.
    studies
        Subject and session by the digest of the study's UID.
    """

    images: dict[str, Made] = field(default_factory=dict)
    studies: dict[str, tuple[str, str]] = field(default_factory=dict)

    def holds(self, digest: str, bids: Path) -> bool:
        """Tell if the image of a part was made and all its files are still there."""
        made = self.images.get(digest)
        return made is not None and all((bids / name).is_file() for name in made.files)


def study_digest(label: str, study: str) -> str:
    """Return what stands for a subject's study in the ledger."""
    return hashlib.sha256(f"{label} {study}".encode()).hexdigest()


def read_ledger(bids: Path) -> Ledger:
    """Read the ledger of a dataset; empty if it has none.

    What was removed from the dataset since is forgotten: it may be made anew, or otherwise.

    Raises
    ------
    InputError
        It can not be understood.
    """
    path = bids / _FOLDER / _FILE
    if not path.exists():
        return Ledger()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return _still_there(_parse(content), bids)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError.of(
            path,
            found="a ledger that can not be read",
            expected="the ledger that drepano dicom wrote",
            remedy="Restore it from a backup; or remove it: then every series is converted and "
            "compared again.",
        ) from error


def _parse(content: dict[str, Any]) -> Ledger:
    if content["version"] != _VERSION:
        message = "a version of another drepano"
        raise ValueError(message)
    images = {digest: Made(**made) for digest, made in content["images"].items()}
    return Ledger(images, {d: (visit[0], visit[1]) for d, visit in content["studies"].items()})


def _still_there(ledger: Ledger, bids: Path) -> Ledger:
    images = {
        digest: made
        for digest, made in ledger.images.items()
        if any((bids / name).exists() for name in made.files)
    }
    visits = {tuple(Path(made.stem).parent.parent.parts) for made in images.values()}
    studies = {
        digest: (subject, session)
        for digest, (subject, session) in ledger.studies.items()
        if (f"sub-{subject}", *([f"ses-{session}"] if session else [])) in visits
    }
    return Ledger(images, studies)


def write_ledger(bids: Path, ledger: Ledger) -> None:
    """Write the ledger whole."""
    content = {
        "version": _VERSION,
        "images": {
            digest: {"stem": made.stem, "rule": made.rule, "files": made.files}
            for digest, made in sorted(ledger.images.items())
        },
        "studies": {digest: list(visit) for digest, visit in sorted(ledger.studies.items())},
    }
    write_text(bids / _FOLDER / _FILE, json.dumps(content, indent=1) + "\n")


@contextlib.contextmanager
def working_in(bids: Path) -> Iterator[Path]:
    """Give a private folder in the dataset's file system, and keep other conversions out.

    Raises
    ------
    BusyError
        Another conversion into this dataset is under way.
    """
    folder = bids / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            fault = Fault(str(bids), "another conversion under way", "none", "Wait for its end.")
            raise BusyError(fault) from error
        except OSError as error:  # a file system without locks: one may still work alone
            del error
        for leftover in folder.glob(f"{_ASIDE}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_ASIDE, dir=folder) as aside:
            yield Path(aside)
