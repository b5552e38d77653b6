"""KING-robust kinship of all pairs of subjects, block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Genotypes = NDArray[np.int8]
Counts = NDArray[np.float32]
Numbers = NDArray[np.float64]

HOM_REF, HET, HOM_ALT = 0, 1, 2

DUPLICATE = 2**-1.5
"""Kinship above which two samples are of one person, or of identical twins (0.354)."""

SECOND_DEGREE = 2**-3.5
"""Kinship above which two people are relatives of at most the second degree (0.0884)."""

_BLOCK = 512
"""Subjects of a block: with 5,000 markers the matrices of two blocks take 90 MB."""


@dataclass(frozen=True, slots=True)
class Kinship:
    """What all pairs of a subject come to; every array is (subjects,).

    Attributes
    ----------
    closest
        Greatest kinship with another subject; NaN if it could be compared with none.
    relatives
        Others with a kinship above `SECOND_DEGREE`, duplicates among them.
    duplicates
        Others with a kinship above `DUPLICATE`.
    """

    closest: Numbers
    relatives: NDArray[np.int64]
    duplicates: NDArray[np.int64]


class _Block:
    """Genotypes of some subjects as (subjects, markers) matrices of 0 and 1."""

    def __init__(self, genotypes: Genotypes) -> None:
        self.ref = (genotypes == HOM_REF).astype(np.float32)
        self.het = (genotypes == HET).astype(np.float32)
        self.alt = (genotypes == HOM_ALT).astype(np.float32)
        self.called = self.ref + self.het + self.alt


def kinship_of(genotypes: Genotypes, min_markers: int) -> Kinship:
    """Compare every subject with every other.

    Parameters
    ----------
    genotypes : (subjects, markers)
        Copies of ALT, 0 to 2; anything else is missing.
    min_markers
        Pairs with fewer markers called in both are not compared.
    """
    count = len(genotypes)
    found = Kinship(np.full(count, np.nan), np.zeros(count, np.int64), np.zeros(count, np.int64))
    for first in range(0, count, _BLOCK):
        rows = slice(first, min(first + _BLOCK, count))
        one = _Block(genotypes[rows])
        for second in range(first, count, _BLOCK):
            columns = slice(second, min(second + _BLOCK, count))
            other = one if second == first else _Block(genotypes[columns])
            values = _kinship(one, other, min_markers)
            if second == first:
                np.fill_diagonal(values, np.nan)
                _add(found, rows, values)
            else:
                _add(found, rows, values)
                _add(found, columns, values.T)
    return found


def _kinship(one: _Block, other: _Block, min_markers: int) -> Numbers:
    """Return the kinship of each pair of two blocks; NaN where it is undefined.

    Counts are whole numbers below 2^24, so float32 holds them exactly, whatever order a
    matrix product adds in.

    References
    ----------
    .. [1] Manichaikul et al., Bioinformatics 2010, 26:2867, equation 11 (between families).
    """
    both_het = (one.het @ other.het.T).astype(np.float64)
    opposite = (one.ref @ other.alt.T + one.alt @ other.ref.T).astype(np.float64)
    het_of_one = (one.het @ other.called.T).astype(np.float64)
    het_of_other = (one.called @ other.het.T).astype(np.float64)
    compared = one.called @ other.called.T
    fewest = np.minimum(het_of_one, het_of_other)
    with np.errstate(divide="ignore", invalid="ignore"):
        values: Numbers = (both_het - 2 * opposite) / (2 * fewest)
        values += 0.5 - (het_of_one + het_of_other) / (4 * fewest)
    values[(compared < min_markers) | (fewest == 0)] = np.nan
    return values


def _add(found: Kinship, rows: slice, values: Numbers) -> None:
    found.closest[rows] = np.fmax(found.closest[rows], np.fmax.reduce(values, axis=1))
    found.relatives[rows] += (values > SECOND_DEGREE).sum(axis=1)
    found.duplicates[rows] += (values > DUPLICATE).sum(axis=1)
