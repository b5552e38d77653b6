"""A hash per file, read again only when the file's size or time changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from drepano.contracts import read_table, write_table
from drepano.contracts.inventory import FILES
from drepano.errors import ContractError
from drepano.index.findings import Problems
from drepano.index.walk import Entry

THREADS = min(16, 4 * (os.cpu_count() or 1))
"""Hashing waits for the disk more than it computes, and hashlib lets other threads run."""

UNREADABLE = "Mend its permission, or the disk."
"""What to do about a file that can not be read to its end."""


def fingerprint(entries: Iterable[Entry], kept: Path, problems: Problems) -> dict[Path, str]:
    """Return the SHA-256 of each file that can be read, and keep them for the next time.

    Parameters
    ----------
    entries
        Files; those with a trouble are left out.
    kept
        FILES table between two runs. A table that is not readable as one is made anew.
    problems
        Gets a row for each file that can not be read.
    """
    wanted = {entry.path: entry for entry in entries if not entry.trouble}
    known = _known(kept)
    hashes = {p: known[_identity(e)] for p, e in wanted.items() if _identity(e) in known}
    new = [path for path in wanted if path not in hashes]
    with ThreadPoolExecutor(THREADS) as pool:
        for path, outcome in zip(new, pool.map(_sha256, new), strict=True):
            if isinstance(outcome, OSError):
                problems.error(
                    path,
                    found=(outcome.strerror or type(outcome).__name__).lower(),
                    expected="a file that can be read",
                    remedy=UNREADABLE,
                )
            else:
                hashes[path] = outcome
    _keep(kept, [wanted[path] for path in sorted(hashes)], hashes)
    return hashes


def _identity(entry: Entry) -> tuple[str, int, int]:
    return str(entry.path), entry.size, entry.mtime_ns


def _known(kept: Path) -> dict[tuple[str, int, int], str]:
    if not kept.exists():
        return {}
    try:
        rows = read_table(kept, FILES)
    except (ContractError, OSError, ValueError):
        return {}  # of another version, or cut off: hashed anew, only slower
    columns = (rows[name].to_pylist() for name in FILES.names)
    return {(path, size, mtime): sha for path, size, mtime, sha in zip(*columns, strict=True)}


def _sha256(path: Path) -> str | OSError:
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        return error


def _keep(kept: Path, entries: list[Entry], hashes: dict[Path, str]) -> None:
    rows: list[dict[str, object]] = [
        {"path": str(e.path), "size": e.size, "mtime_ns": e.mtime_ns, "sha256": hashes[e.path]}
        for e in entries
    ]
    write_table(kept, FILES.from_rows(rows), FILES)
