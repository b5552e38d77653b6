"""Kernel that passes over the lines of a VCF file which lie before a region."""

from __future__ import annotations

from drepano.genomics.reading.compiled import Bytes, kernel

FINE = 0
BAD_POSITION = -1
BAD_ORDER = -2
BAD_LINE = -3
BAD_CONTIG = -4

FAULTS = {
    BAD_POSITION: "a POS that is no number",
    BAD_ORDER: "records out of their order",
    BAD_LINE: "a line of too few columns",
    BAD_CONTIG: "records of another, where its index leads",
}

_NEWLINE, _TAB, _ZERO = 10, 9, 48
_D, _E, _L, _N, _EQUALS = 68, 69, 76, 78, 61
_STRIDE = 64
_LARGEST = 1 << 40


@kernel
def _end_of_line(text: Bytes, i: int) -> int:
    """Return the place of the next newline; every text ends with one."""
    while i + _STRIDE <= len(text):
        found = False
        for k in range(_STRIDE):  # no way out of the loop, so that it is done for many at once
            found |= text[i + k] == _NEWLINE
        if found:
            break
        i += _STRIDE
    while text[i] != _NEWLINE:
        i += 1
    return i


@kernel
def skip(  # noqa: C901, PLR0911, PLR0912
    text: Bytes,
    here: int,
    start: Bytes,
    before: int,
    first: int,
) -> tuple[int, int, int]:
    """Pass over lines that surely end before a region.

    Parameters
    ----------
    text
        Whole lines; (bytes,) uint8.
    here
        Begin of the first of them.
    start
        CHROM and its tab, which every line must begin with; (bytes,) uint8.
    before
        POS of the line before.
    first
        1-based begin of the region.

    Returns
    -------
    tuple
        Begin of the next line that is not passed over, or the text's length; its POS, or that
        of the last line; and a code. A line with REF to the region, or with a field that may
        tell a length (END, SVLEN, LEN), is not passed over.
    """
    size = len(text)
    while here < size:
        i = here
        for byte in start:
            if i >= size or text[i] != byte:
                return here, before, BAD_CONTIG
            i += 1
        position = 0
        digits = 0
        while i < size and _ZERO <= text[i] <= _ZERO + 9 and position < _LARGEST:
            position = position * 10 + (text[i] - _ZERO)
            digits += 1
            i += 1
        if digits == 0 or i >= size or text[i] != _TAB:
            return here, before, BAD_POSITION
        if position < before:
            return here, before, BAD_ORDER
        before = position
        if position >= first:
            return here, before, FINE
        tabs, reference, long = 0, 0, False
        while tabs < 8:
            byte = text[i]
            if byte == _TAB:
                tabs += 1
            elif byte == _NEWLINE:
                if tabs < 6:
                    return here, before, BAD_LINE
                break  # a file without samples has no FORMAT
            elif tabs == 2:
                reference += 1
            elif tabs >= 6 and byte == _N and text[i - 1] == _E:
                long |= text[i - 2] == _L or (text[i + 1] == _D and text[i + 2] == _EQUALS)
            i += 1
        if long or position + reference > first:
            return here, before, FINE
        here = _end_of_line(text, i) + 1
    return here, before, FINE
