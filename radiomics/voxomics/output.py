"""A table of features to CSV, JSON or Parquet."""

from __future__ import annotations

import errno
import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

FORMATS = (".csv", ".json", ".parquet")


def check_target(path: Path) -> None:
    """Make sure before a long measurement that its result can be written.

    Raises
    ------
    OSError
        The suffix is not one of `FORMATS`, the folder is missing, or it cannot be written.
    """
    if path.suffix.lower() not in FORMATS:
        raise OSError(errno.EINVAL, f"a file ending with {', '.join(FORMATS)} is asked", str(path))
    if not path.parent.is_dir():
        raise OSError(errno.ENOENT, "no such folder", str(path.parent))
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise OSError(errno.EACCES, "cannot be written", str(path))


def write_table(table: pd.DataFrame, path: Path | None, engine: str) -> None:
    """Write a table as `extract` gives it.

    Parameters
    ----------
    table
        A row for each label; `attrs` tells the labels without one, and their gaps.
    path
        File with a suffix out of `FORMATS`; None writes CSV to standard output.
    engine
        Name and version of the engine, which JSON and Parquet keep.
    """
    if path is None:
        click.echo(_as_csv(table), nl=False)
    elif path.suffix.lower() == ".csv":
        path.write_text(_as_csv(table), encoding="utf-8")
    elif path.suffix.lower() == ".json":
        path.write_text(_as_json(table, engine), encoding="utf-8")
    else:
        kept = table.copy()
        # Parquet's metadata takes texts as keys.
        kept.attrs = {"engine": engine} | _told(table)
        kept.to_parquet(path)


def _as_csv(table: pd.DataFrame) -> str:
    return table.to_csv(lineterminator="\n")


def _as_json(table: pd.DataFrame, engine: str) -> str:
    rows = {
        str(label): {name: v if math.isfinite(v) else None for name, v in row.items()}
        for label, row in table.to_dict(orient="index").items()
    }
    whole: dict[str, object] = {"engine": engine, "labels": rows, **_told(table)}
    return json.dumps(whole, indent=1, allow_nan=False) + "\n"


def _told(table: pd.DataFrame) -> dict[Any, Any]:
    """Return what is told of labels, which are texts here."""
    return {
        kind: {str(label): reason for label, reason in table.attrs[kind].items()}
        for kind in ("refused", "gaps")
    }
