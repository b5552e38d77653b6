"""How well features hold still when scan and regions are disturbed: an intraclass correlation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from drepano.contracts import Column
from drepano.matrix.fill import Rows, batches_of
from drepano.matrix.rows import RowIndex, positions_of
from drepano.settings import Study

Floats = NDArray[np.float64]

MODEL = "ICC(1,1)"
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Agreement:
    """An intraclass correlation.

    Attributes
    ----------
    icc
        1: perturbations change nothing beside the differences between scans; 0 or below: they
        change as much. None where it is undefined: fewer than two scans, or no variance.
    lower, upper
        Limits of its 95 % confidence interval; None where it is undefined.
    scans
        Scans with at least two perturbed values.
    values
        Perturbed values of these scans.
    """

    icc: float | None
    lower: float | None
    upper: float | None
    scans: int
    values: int


def is_perturbed(study: Study) -> bool:
    """Tell if any modality of the study is measured again under perturbation."""
    return bool(_perturbed(study))


def stability(
    subjects: pa.Table, columns: Sequence[Column], imaging: Rows, study: Study
) -> dict[str, Any]:
    """Return the intraclass correlation of each perturbed column.

    Parameters
    ----------
    subjects
        Columns subject and session, sorted: the rows of the matrix.
    columns
        Declared columns; those of modalities without a perturbation are left out.
    imaging
        An `imaging` table, or its record batches (columns subject, session, column, item,
        value); perturbations are the items from 1.
    study
        Says which modalities are perturbed.

    Returns
    -------
    dict
        `model`, `confidence`, and `columns`: for each perturbed column `icc`, `lower`, `upper`,
        `scans`, `values`, as in `Agreement`. No value of a patient.

    Notes
    -----
    Sums are added value by value in the order of the rows, and each scan's rows come from one
    unit: no cut into batches, shards or ranks moves a bit.
    """
    modalities = _perturbed(study)
    chosen = [
        column
        for column in columns
        if len(parts := column.state_source.split("__")) == 2 and parts[0] in modalities
    ]
    sums = _Sums(chosen, RowIndex.of(subjects))
    for batch in batches_of(imaging):
        sums.add(batch)
    return {
        "model": MODEL,
        "confidence": _CONFIDENCE,
        "columns": {
            column.name: _as_json(sums.agreement(position))
            for position, column in enumerate(chosen)
        },
    }


def _perturbed(study: Study) -> set[str]:
    modalities = study.imaging.modalities if study.imaging else {}
    return {name for name, modality in modalities.items() if modality.perturbation}


def _as_json(found: Agreement) -> dict[str, Any]:
    return {name: getattr(found, name) for name in Agreement.__slots__}


class _Sums:
    """Number, sum and sum of squares of the perturbed values of each column and scan.

    They are those of differences from the scan's first value: no digit is lost to a large mean.
    """

    def __init__(self, columns: Sequence[Column], index: RowIndex) -> None:
        self._names = pa.array([column.name for column in columns], pa.string())
        self._index = index
        shape = (len(columns), len(index))
        self._first = np.zeros(shape)
        self._count = np.zeros(shape, np.int64)
        self._sum = np.zeros(shape)
        self._squares = np.zeros(shape)

    def add(self, batch: pa.RecordBatch) -> None:
        """Add the rows of perturbations; others are left out."""
        batch = batch.filter(pc.greater(batch["item"], 0))
        columns = positions_of(batch["column"], self._names)
        rows = self._index.find(batch["subject"], batch["session"])
        kept = (columns >= 0) & (rows >= 0)
        cells = columns[kept] * len(self._index) + rows[kept]
        values = np.asarray(batch["value"].to_numpy(zero_copy_only=False), np.float64)[kept]
        places, starts = np.unique(cells, return_index=True)
        fresh = self._count.ravel()[places] == 0
        self._first.ravel()[places[fresh]] = values[starts[fresh]]
        off = values - self._first.ravel()[cells]
        # add.at adds one by one: wherever a batch ends, the bits are the same.
        np.add.at(self._count.ravel(), cells, 1)
        np.add.at(self._sum.ravel(), cells, off)
        np.add.at(self._squares.ravel(), cells, off * off)

    def agreement(self, column: int) -> Agreement:
        """Return the agreement of one column over its scans."""
        chosen = self._count[column] >= 2
        count = self._count[column][chosen].astype(np.float64)
        off = self._sum[column][chosen] / count
        within = self._squares[column][chosen] - count * off**2
        # Rounding may leave a trace below 0 where a scan's values are all the same.
        return intraclass(count, self._first[column][chosen] + off, np.maximum(within, 0.0))


def intraclass(count: Floats, mean: Floats, within: Floats) -> Agreement:
    """Return the intraclass correlation (1,1) of groups by one-way analysis of variance.

    Parameters
    ----------
    count, mean, within : (groups,)
        Values in each group (at least two), their mean, and the sum of their squared
        differences from it.

    Notes
    -----
    ICC = (MSB - MSW) / (MSB + (n - 1) MSW), with n = (N - sum(count²) / N) / (groups - 1) where
    groups differ in size. ICC(1,1) belongs to perturbations that differ from scan to scan, and
    is what Zwanenburg 2019 takes; it is also lowered by what moves all scans alike.

    References
    ----------
    .. [1] Shrout & Fleiss, Psychol Bull 1979;86:420, https://doi.org/10.1037/0033-2909.86.2.420
    .. [2] Donner, Int Stat Rev 1986;54:67, https://doi.org/10.2307/1403259 - unequal groups
    .. [3] Zwanenburg et al., Sci Rep 2019;9:614, https://doi.org/10.1038/s41598-018-36938-4
    """
    groups, total = len(count), float(count.sum())
    undefined = Agreement(None, None, None, groups, int(total))
    if groups < 2:
        return undefined
    size = (total - float((count**2).sum()) / total) / (groups - 1)
    grand = float((count * mean).sum()) / total
    between = float((count * (mean - grand) ** 2).sum()) / (groups - 1)
    inside = float(within.sum()) / (total - groups)
    if not between + (size - 1) * inside > 0:
        return undefined
    icc = _ratio(between, inside, size)
    lower, upper = _limits(between, inside, size, (groups - 1, total - groups))
    return Agreement(icc, lower, upper, groups, int(total))


def _ratio(between: float, inside: float, size: float) -> float:
    return (between - inside) / (between + (size - 1) * inside)


def _limits(
    between: float, inside: float, size: float, freedom: tuple[float, float]
) -> tuple[float, float]:
    """Return the confidence limits; of unequal groups they are those of their mean size."""
    from scipy import stats  # noqa: PLC0415 - slow to load, and only perturbed studies need it

    tail = (1 - _CONFIDENCE) / 2
    below, above = (float(stats.f.ppf(1 - tail, *f)) for f in (freedom, freedom[::-1]))
    return _ratio(between, inside * below, size), _ratio(between * above, inside, size)
