"""Kernel that judges the genotypes of one record about one variant."""

from __future__ import annotations

import numpy as np

from drepano.genomics.reading.compiled import kernel

_MAX_PLOIDY = 2


@kernel
def judge(alleles, phased, roles, codes, dosage, ploidy, together, form):  # noqa: ANN001, ANN201, PLR0913, PLR0917, C901
    """Count the alleles of each genotype that carry a variant.

    Parameters
    ----------
    alleles
        Allele numbers, -1 missing, -2 no allele; (samples, most) int16.
    phased
        (samples,) bool.
    roles
        `Role` of REF and of each ALT; (alleles,) uint8.
    codes
        Called, missing, too many alleles, not known to be anything: (4,) int8.
    dosage, ploidy, together, form
        Filled, (samples,): copies (float64, NaN if not called); number of alleles (int8); phased
        1 or 0, -1 for a single allele (int8); place in `calls.FORMS` (int8).

    Returns
    -------
    tuple
        Code of each sample, (samples,) int8; and whether any call is a half call.
    """
    samples, most = alleles.shape
    found = np.empty(samples, np.int8)
    half = False
    for sample in range(samples):
        count, missing, carries, unknown, order = 0, 0, 0, 0, 0
        for k in range(most):
            allele = alleles[sample, k]
            if allele == -1:
                missing += 1
            elif allele >= 0:
                count += 1
                role = roles[allele]
                carries += role == 1
                unknown += role == 2
                order = 2 * order + (role == 1)
        ploidy[sample] = count
        together[sample] = phased[sample] if count > 1 else -1
        dosage[sample] = np.nan
        form[sample] = 0
        half |= missing > 0 and count > 0
        if missing > 0 or count == 0:
            found[sample] = codes[1]
        elif count > _MAX_PLOIDY:
            found[sample] = codes[2]
        elif unknown > 0:
            found[sample] = codes[3]
        else:
            found[sample] = codes[0]
            dosage[sample] = carries
            form[sample] = 1 + order if count == 1 else 3 + order + 4 * phased[sample]
    return found, half
