"""Kernel for the commonest lines: FORMAT is GT alone, and every call has two one-digit alleles."""

from __future__ import annotations

from drepano.genomics.reading.compiled import Units, Words, kernel

UNKNOWN = 1 << 20
MISSING = 1 << 24
_STRANGE = 1 << 28
_TAB, _SLASH, _BAR = 9, 47, 124

FITS = 0
HALF = 1
ELSE = -1


@kernel
def add_alleles(words: Words, worth: Units, units: Units) -> int:
    """Add up what the two alleles of each call are worth.

    Parameters
    ----------
    words
        Allele, mark, allele and tab of each sample; (samples,) uint32, little-endian.
    worth
        Of each byte as an allele; `UNKNOWN`, `MISSING`, or 1 << 28 for what is none; (256,) int32.
    units
        Filled: the sum, -1 where it holds what is missing or unknown; (samples,) int32.

    Returns
    -------
    int
        `HALF` if there is a half call, else `FITS`; `ELSE`: a call is of another form.
    """
    seen, halves, strange = 0, 0, False
    for sample in range(len(words)):
        word = words[sample]
        total = worth[word & 255] + worth[(word >> 16) & 255]
        mark = (word >> 8) & 255
        strange |= mark not in (_SLASH, _BAR) or (word >> 24) != _TAB
        seen |= total
        halves |= total >> 24
        units[sample] = total if total < UNKNOWN else -1
    if strange or seen >= _STRANGE:
        return ELSE
    return HALF if halves & 1 else FITS
