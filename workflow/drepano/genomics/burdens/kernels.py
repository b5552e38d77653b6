"""What a counted allele adds to the sums of every sample; compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.calls import Codes
from drepano.genomics.reading.compiled import kernel

Whole = NDArray[np.int64]


@kernel
def add_copies(  # pragma: no cover - compiled
    codes: Codes, copies: Whole, called: Whole, alleles: Whole, variants: Whole
) -> None:
    """Add the calls of one ALT.

    Parameters
    ----------
    codes : (samples,)
        Of `drepano.genomics.reading.genotype_codes`; negative is no call.
    copies : (5,)
        Copies of the ALT by code.
    called, alleles, variants : (samples,)
        Running sums of calls, of copies, and of calls with a copy; are added to.
    """
    for sample in range(codes.size):
        code = codes[sample]
        if code >= 0:
            count = copies[code]
            called[sample] += 1
            alleles[sample] += count
            variants[sample] += count > 0
