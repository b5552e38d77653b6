"""Dosages of one variant for sums over many: exact, missing told apart, gates applied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.alleles import Target
from drepano.genomics.reading.evidence import read_calls
from drepano.genomics.reading.record import Record
from drepano.settings import Genomics

UNIT = 1 << 14
"""A dosage of 1. Imputed dosages are rounded to 1/16384, so that sums of them are exact."""

NO_CALL = -1


def dosages(record: Record, target: Target, gates: Genomics) -> NDArray[np.int32] | None:
    """Return copies of the target's ALT in each sample, in units of 1/16384.

    Parameters
    ----------
    record
        Any record of the target's chromosome.
    target
        A variant on the file's build.
    gates
        Accepted filters, least depths and qualities; the same as for the panel.

    Returns
    -------
    (samples,) array, or None
        `NO_CALL` where nothing was called; None if the record does not speak of the site.
    """
    calls = read_calls(record, target, gates)
    if calls is None:
        return None
    units = np.full(record.samples, NO_CALL, np.int32)
    units[calls.called] = np.rint(calls.dosage[calls.called] * UNIT).astype(np.int32)
    return units
