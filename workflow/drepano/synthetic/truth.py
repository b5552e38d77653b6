"""The truth of a cohort, read back from its folder, for tests and benchmarks."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray

from drepano.errors import InputError
from drepano.synthetic.raw.delivery import map_path
from drepano.synthetic.raw.poses import Matrix

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """A number of `measures.tsv`.

    Attributes
    ----------
    unit
        UCUM code.
    pure
        What was put in: the tissue's own value, or that of the vessel; None where there is no
        single one.
    mean
        What a perfect measurement finds: the mean of the noise-free values in the region's
        voxels, or their volume; None where no voxels are meant.
    """

    unit: str
    pure: float | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class Session:
    """Where a session's truth is looked up.

    Attributes
    ----------
    subject, session
        BIDS labels; the session's is empty where there is no session level.
    """

    subject: str
    session: str = ""

    def fits(self, cells: Cells) -> bool:
        """Tell whether a row is of this session."""
        return (cells["subject"], cells["session"]) == (self.subject, self.session)


@dataclass(frozen=True)
class CohortTruth:
    """The truth of a cohort.

    Attributes
    ----------
    folder
        The cohort's folder, which holds `truth/`.
    """

    folder: Path

    def rows(self, table: str) -> list[Cells]:
        """Return the rows of a table of the truth as they are written; a null is empty.

        Raises
        ------
        InputError
            The cohort has no such table, such as `transforms` of a cohort that is not raw.
        """
        path = self.folder / "truth" / f"{table}.tsv"
        if not path.is_file():
            raise InputError.of(
                path,
                found="no such file",
                expected="a table of the truth",
                remedy="Tables of raw scans are written by `drepano synthetic --raw` alone.",
            )
        with path.open(newline="", encoding="utf-8") as handle:
            return list(csv.DictReader(handle, delimiter="\t"))

    @cached_property
    def _measures(self) -> dict[tuple[str, ...], Known]:
        key = ("subject", "session", "scan", "region", "quantity")
        return {
            tuple(row[name] for name in key): Known(
                row["unit"], _number(row["pure"]), _number(row["mean"])
            )
            for row in self.rows("measures")
        }

    def known(self, session: Session, scan: str, region: str, quantity: str) -> Known:
        """Return a number, such as `cbf` in `grey_matter` of the `asl`.

        Raises
        ------
        KeyError
            The session has no such scan, or the region no voxel in it.
        """
        return self._measures[(session.subject, session.session, scan, region, quantity)]

    def sessions(self) -> list[Session]:
        """Return all sessions with scans, in the order of the truth."""
        found = {(r["subject"], r["session"]): None for r in self.rows("scans")}
        return [Session(*labels) for labels in found]

    def state(self, session: Session, scan: str) -> tuple[str, str]:
        """Return state and reason of a scan by itself."""
        row = self._row("scans", session, scan)
        return row["state"], row["reason"]

    def motion(self, session: Session, scan: str) -> Matrix:
        """Return the motion (4, 4) from the world of the T1w to that of a scan, in mm, RAS.

        A point of the head that the T1w shows at p is shown by the scan at `motion @ p`: what
        a registration with the T1w as fixed image finds.

        Raises
        ------
        KeyError
            The session has no such scan.
        """
        row = self._row("transforms", session, scan)
        cells = [[float(row[f"m{i}{j}"]) for j in range(4)] for i in range(4)]
        return np.asarray(cells, np.float64)

    def map(self, session: Session, scan: str, what: str) -> tuple[NDArray[Any], Matrix]:
        """Return a map on the voxels of a scan, as stored, and its affine (RAS).

        Parameters
        ----------
        what
            `tissue`, `brain`, `lesions`, `bias`, `cbf`, `fa`, `md` or `r2star`.

        Raises
        ------
        FileNotFoundError
            There is no such map.
        """
        truth, participant = self.folder / "truth", f"sub-{session.subject}"
        image = nibabel.load(map_path(truth, participant, session.session, scan, what))
        return np.asarray(image.dataobj), np.asarray(image.affine)

    def lesions(self, session: Session) -> list[dict[str, float | None]]:
        """Return the session's lesions as numbers."""
        return [
            {name: _number(row[name]) for name in row if name not in ("subject", "session")}
            for row in self.rows("lesions")
            if session.fits(row)
        ]

    def _row(self, table: str, session: Session, scan: str) -> Cells:
        fitting = [r for r in self.rows(table) if session.fits(r) and r["scan"] == scan]
        if not fitting:
            message = f"no {scan} of {session} in the table {table}"
            raise KeyError(message)
        return fitting[0]


def _number(cell: str) -> float | None:
    return float(cell) if cell else None
